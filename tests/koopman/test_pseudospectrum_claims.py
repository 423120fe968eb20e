"""What a pseudospectrum may claim: certificates, held-out pairs, chunks, files, errors."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    accumulate,
    disk_grid,
    fourier,
    limits_required,
    linear,
    pseudospectrum,
)


def cloud(n_points, seed=0, radius=1.5):
    box = np.random.default_rng(seed).uniform(-radius, radius, (2, n_points))
    return box[0] + 1j * box[1]


def random_pairs(n_state, *, seed=0, n_samples=None):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, n_samples or 3 * n_state, n_state))
    return Snapshots(x, y + x)


ANGLES = 2 * np.pi * np.arange(64)[:, None] / 64
ROTATION = Snapshots(ANGLES, ANGLES + 1.0, sampling="quadrature")


@pytest.mark.parametrize(
    ("sampling", "kind"),
    [
        ("unknown", "estimate"),
        ("ergodic", "estimate"),
        ("quadrature", "estimate"),
        ("independent", "statistical"),
    ],
)
def test_the_certificate_is_of_the_kind_that_the_sampling_earns(sampling, kind):
    x = np.random.default_rng(0).uniform(0, 2 * np.pi, (4000, 1))
    field = pseudospectrum(
        Snapshots(x, x + 1.0, sampling=sampling), fourier(1), grid=cloud(30)
    )
    assert field.certificate.kind == kind
    widened = kind == "statistical"
    assert (field.certificate.value > field.values.min()) == widened
    assert any("limits required 2, taken 0" in t for t in field.certificate.assumptions)
    assert field.limits.order == limits_required("pseudospectrum").order


@pytest.mark.parametrize("seed", range(5))
def test_a_modulus_gives_a_bound_that_holds(seed):
    # A circle map; the truth on 200 times as many points.
    rng = np.random.default_rng(seed)
    strength, shift = 0.3 * rng.uniform(), rng.uniform(0, 6)

    def on_points(m):
        x = 2 * np.pi * (np.arange(m)[:, None] + 0.5) / m
        return Snapshots(x, x + shift + strength * np.sin(x), sampling="quadrature")

    z = cloud(25, seed)
    modulus = (1 + strength, 2 * np.pi / 2000)
    field = pseudospectrum(on_points(2000), fourier(1), grid=z, modulus=modulus)
    truth = pseudospectrum(on_points(400_000), fourier(1), grid=z, accuracy="gram")
    assert field.certificate.kind == "a-posteriori"
    assert truth.values.min() <= field.certificate.value
    assert field.certificate.value < truth.values.min() + 0.3  # and says something


@pytest.mark.parametrize("form", ["complex", "real"])
def test_held_out_values_are_residuals_of_the_minimizers_there(form):
    rng = np.random.default_rng(1)
    x, other = rng.uniform(0, 2 * np.pi, (2, 300, 1))
    data, held_out = (Snapshots(s, s + 1 + 0.3 * np.sin(s)) for s in (x, other))
    functions = fourier(3, form=form)
    z = cloud(9)
    field = pseudospectrum(data, functions, grid=z, held_out=held_out, vectors=True)
    inside = pseudospectrum(data, functions, grid=z)
    g, image = (functions(s) @ field.vectors.T for s in (held_out.x, held_out.y))
    exact = np.linalg.norm(image - z * g, axis=0) / np.linalg.norm(g, axis=0)
    assert field.values == pytest.approx(exact, rel=1e-9)
    assert not np.allclose(field.values, inside.values, rtol=1e-3)
    assert field.certificate.kind == "held-out"
    assert field.certificate.value == field.values.min()
    assert any("200 bootstrap resamples" in t for t in field.certificate.assumptions)


def test_data_may_come_in_chunks_once():
    data = random_pairs(4, n_samples=60)
    z = cloud(10)
    whole = pseudospectrum(data, grid=z)
    once = pseudospectrum((part for part in data.chunks(7)), grid=z)
    again = pseudospectrum(list(data.chunks(7)), grid=z)
    state = pseudospectrum(accumulate(data, linear(4)), grid=z)
    for field in (once, again, state):
        assert field.values == pytest.approx(whole.values, rel=1e-11)


def test_inside_is_below_epsilon():
    field = pseudospectrum(random_pairs(3), grid=cloud(50))
    middle = float(np.median(field.values))
    assert (field.inside(middle) == (field.values < middle)).all()
    with pytest.raises(ParameterError, match="epsilon is 0; pass one finite number above"):
        field.inside(0)


def test_a_field_is_kept_bit_by_bit(tmp_path):
    field = pseudospectrum(random_pairs(3), grid=cloud(6).reshape(2, 3), vectors=True)
    back = io.load(io.save(field, tmp_path / "field.npz"))
    for name, array in field.arrays().items():
        assert getattr(back, name).tobytes() == array.tobytes()
    assert back.residual_floor == field.residual_floor
    assert back.status is field.status
    assert str(back.certificate) == str(field.certificate)
    assert back.limits.order == field.limits.order


def test_the_summary_counts_what_is_inside():
    field = pseudospectrum(ROTATION, fourier(3), grid=disk_grid(1.2, 0.1))
    text = field.summary()
    assert text.startswith("Pseudospectrum: CONVERGED")
    assert len(text.splitlines()) <= 30
    assert f"{(field.values < 0.2).sum():16d}" in text


@pytest.mark.parametrize(
    ("options", "error", "advice"),
    [
        ({"grid": np.array([])}, ShapeError, "grid"),
        ({"grid": np.array([1.0, np.nan])}, ParameterError, "grid"),
        ({"grid": "circle"}, ParameterError, "grid"),
        ({"tolerance": 0.0}, ParameterError, "tolerance is 0.0; pass"),
        ({"tolerance": 1.0}, ParameterError, "below 1, say 1e-6"),
        ({"vectors": 1}, ParameterError, "vectors is 1; pass True"),
        ({"declare": "contraction"}, ParameterError, "declare is 'contraction'"),
        ({"accuracy": "best"}, ParameterError, "accuracy is 'best'"),
        ({"confidence": 95}, ParameterError, "confidence is 95"),
        ({"modulus": 1.0}, ParameterError, r"pass \(lipschitz, fill_distance\)"),
        ({"held_out": 3}, ParameterError, "held_out is a int"),
        ({"held_out": random_pairs(2)}, ShapeError, "held_out has states of 2 columns"),
    ],
)
def test_bad_options_are_named(options, error, advice):
    with pytest.raises(error, match=advice):
        pseudospectrum(random_pairs(3), **{"grid": np.array([0.5])} | options)


def test_data_that_cannot_be_used_are_named():
    state = accumulate(random_pairs(3), linear(3))
    with pytest.raises(ParameterError, match="holds no pairs"):
        pseudospectrum(state, grid=np.array([0.5]), accuracy="verified")
    with pytest.raises(ParameterError, match='form="qr"'):
        pseudospectrum(state, grid=np.array([0.5]), accuracy="qr")
    with pytest.raises(ParameterError, match="one-shot iterator"):
        pseudospectrum(iter([random_pairs(3)]), grid=np.array([0.5]), accuracy="verified")
    with pytest.raises(ShapeError, match="dictionary is for states of 2 columns"):
        pseudospectrum(random_pairs(3), linear(2), grid=np.array([0.5]))
