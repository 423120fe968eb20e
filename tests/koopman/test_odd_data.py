"""What may be meant is not refused, but never silent: a note, a status, no certificate."""

import dataclasses
import re

import numpy as np
import pytest

from perturbsci import koopman as kp
from perturbsci.results import Status
from tests.koopman.koopman_samples import X, Y

ONE = np.ones_like(X)
SHRUNK = X / 2

ODD = {
    "transposed": (X.T.copy(), Y.T.copy(), "x has 2 samples of 60 columns: .* transpose"),
    "zero": (0 * X, 0 * X, "every sample of x is zero: no dynamics"),
    "zero, and moving": (0 * X, Y, "every sample of x is zero: no dynamics"),
    "constant": (ONE, ONE, "every sample of x is the same state: no dynamics"),
    "repeated": (np.tile(X[:10], (6, 1)), np.tile(Y[:10], (6, 1)), "50 of 60 pairs repeat"),
    "far away": (1e12 + X, 1e12 + Y, r"column 0 of x lies 1e\+12 from 0 .*: center"),
    "subnormal": (1e-310 * X, 1e-310 * Y, "240 numbers are subnormal .*: scale"),
    "half subnormal": (X * [1, 1e-310], SHRUNK * [1, 1e-310], "120 numbers are subnormal"),
}


def ramp(n_samples):
    return np.arange(1.0, 1 + n_samples)[:, None]


FITS = {
    "edmd": lambda data: kp.edmd(data),
    "edmd, gram": lambda data: kp.edmd(data, accuracy="gram"),
    "edmd, qr": lambda data: kp.edmd(data, accuracy="qr"),
    "edmd, affine": lambda data: kp.edmd(data, kp.monomials(1, n_state=data.n_state)),
    "mpedmd": lambda data: kp.mpedmd(data),
    "dmd": lambda data: kp.dmd(data),
    "dmd, forward-backward": lambda data: kp.dmd(data, method="forward-backward"),
    "dmd, total least squares": lambda data: kp.dmd(data, method="total-least-squares"),
    "dmd, measure-preserving": lambda data: kp.dmd(data, method="measure-preserving"),
    "controlled_dmd": lambda data: kp.controlled_dmd(data, ramp(data.n_samples)),
    "stochastic_edmd": lambda data: kp.stochastic_edmd(
        data, data.y, kp.linear(data.n_state)
    ),
    "kernel_edmd": lambda data: kp.kernel_edmd(data, scale=1.0),
    "pseudospectrum": lambda data: kp.pseudospectrum(data, grid=[0.0, 0.5]),
    "certified_spectrum": lambda data: kp.certified_spectrum(data),
}

# There is no unitary matrix on no direction at all.
REFUSED = {"mpedmd", "dmd, measure-preserving"}


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", ODD)
def test_odd_data_are_flagged_by_every_fit(fit, name):
    x, y, match = ODD[name]
    data = kp.Snapshots(x, y)
    if fit in REFUSED and name in ("zero", "zero, and moving", "subnormal"):
        with pytest.raises(ValueError, match="dictionary has rank 0 on the 60 samples"):
            FITS[fit](data)
        return
    result = FITS[fit](data)
    notes = [text for text in result.certificate.assumptions if text.startswith("note: ")]
    assert [text for text in notes if re.search(match, text)]
    summary = result.summary()
    assert all(text[:90] in summary for text in notes)
    assert not has_nan(result) or not result.status.ok


def has_nan(thing):
    """Say whether a field of a result holds NaN, its certificate aside."""
    fields = [getattr(thing, field.name) for field in dataclasses.fields(thing)]
    numbers = [each for each in fields if isinstance(each, (float, np.ndarray))]
    return any(np.isnan(each).any() for each in numbers)


@pytest.mark.parametrize("fit", FITS)
def test_ordinary_data_are_not(fit):
    result = FITS[fit](kp.Snapshots(X, Y))
    assert "note: " not in " ".join(result.certificate.assumptions)
    assert "note: " not in result.summary()


CLAIMING = set(FITS) - REFUSED - {"edmd, affine", "kernel_edmd", "stochastic_edmd"}


@pytest.mark.parametrize("name", ["zero", "zero, and moving", "constant"])
@pytest.mark.parametrize("fit", sorted(CLAIMING))
def test_nothing_is_claimed_of_states_that_do_not_differ(fit, name):
    x, y, _ = ODD[name]
    result = FITS[fit](kp.Snapshots(x, y))
    assert result.status in (Status.UNDERDETERMINED, Status.RANK_REDUCED)
    # With control, the inputs differ: what they do may be known.
    assert result.certificate.kind == "none" or fit == "controlled_dmd"


def test_of_portions_the_first_is_looked_at():
    far = kp.Snapshots(1e12 + X, 1e12 + Y)
    spectrum = kp.edmd(list(far.chunks(20)))
    assert "in the first portion of data, column 0 of x lies 1e+12" in spectrum.summary()
    single = list(kp.Snapshots(X, Y).chunks(1))
    assert "note: " not in kp.edmd(single).summary()


def test_a_defective_matrix_is_flagged():
    x = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    spectrum = kp.edmd(kp.Snapshots(x, x @ np.array([[0.5, 1.0], [0.0, 0.5]])))
    assert "note: eigenvector condition > 1e8" in spectrum.summary()


@pytest.mark.parametrize("exponent", [-480, -100, 100, 480])
@pytest.mark.parametrize("fit", ["edmd", "edmd, qr", "dmd", "controlled_dmd", "mpedmd"])
def test_the_unit_of_the_states_matters_to_no_eigenvalue(fit, exponent):
    """A power of 2 rounds nothing; all that may change is the order of sums."""
    unit = 2.0**exponent
    found = FITS[fit](kp.Snapshots(unit * X, unit * Y))
    wanted = FITS[fit](kp.Snapshots(X, Y))
    for part in (np.abs, np.angle):
        values = [np.sort(part(each.eigenvalues)) for each in (found, wanted)]
        assert values[0] == pytest.approx(values[1], abs=1e-12)
    assert np.sort(found.residuals) == pytest.approx(np.sort(wanted.residuals), abs=1e-12)


def test_a_record_of_any_size_has_its_exponents():
    times = np.linspace(0, 3, 40)
    record = np.exp(-0.3 * times)[:, None] * np.cos(5 * times)[:, None]
    for size in (1e-250, 1e-140, 1.0, 1e140, 1e300):
        found = kp.optimized_dmd(size * record, times, rank=2)
        assert np.sort(found.exponents.imag) == pytest.approx([-5.0, 5.0], abs=1e-9)
        assert found.amplitudes == pytest.approx(size * np.full(2, 0.5), rel=1e-9)


def test_centers_of_any_size_are_the_same():
    wanted = kp.place_centers(kp.Snapshots(X, Y), 4)
    for exponent in (-1000, 1000):
        scaled = kp.Snapshots(2.0**exponent * X, Y)
        assert kp.place_centers(scaled, 4).tobytes() == (2.0**exponent * wanted).tobytes()
