"""Whatever the subpackage returns is stored and read again bit by bit."""

import dataclasses
import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci import koopman as kp
from perturbsci.errors import FileFormatError, PerturbsciError
from perturbsci.results import Result
from tests.bits import same
from tests.koopman.koopman_samples import (
    ANGLES,
    AT,
    DATA,
    DICTIONARIES,
    PARTS,
    RESULTS,
    X,
    Y,
)

ALL = {**RESULTS, **PARTS, **DICTIONARIES}


def again(thing, tmp_path):
    return io.load(io.save(thing, tmp_path / "stored.npz", overwrite=True))


@pytest.mark.parametrize("name", ALL)
def test_it_comes_back_bit_by_bit(name, tmp_path):
    found = again(ALL[name], tmp_path)
    assert same(found, ALL[name])


def test_every_class_is_among_the_samples():
    classes = [getattr(kp, name) for name in kp.__all__]
    classes = {each for each in classes if isinstance(each, type)}
    assert {each for each in classes if issubclass(each, Result)} == {
        type(each) for each in RESULTS.values()
    }
    assert classes == {type(each) for each in ALL.values()}


def test_the_comparison_tells_one_bit_apart():
    """Otherwise every test here would pass for nothing."""
    spectrum = RESULTS["Spectrum"]
    residuals = spectrum.residuals.copy()
    residuals[-1] = np.nextafter(residuals[-1], 0)
    assert not same(spectrum, dataclasses.replace(spectrum, residuals=residuals))
    assert not same(spectrum, dataclasses.replace(spectrum, step=math.nextafter(1, 2)))
    assert not same(1.0, 1)
    assert not same((0.0,), (-0.0,))
    assert not same((1,), (1, 2))
    assert same(float("nan"), float("nan"))


@pytest.mark.parametrize("name", DICTIONARIES)
def test_a_dictionary_read_again_evaluates_the_same(name, tmp_path):
    dictionary = DICTIONARIES[name]
    found = again(dictionary, tmp_path)
    assert found(X).tobytes() == dictionary(X).tobytes()
    assert found.bounds == dictionary.bounds
    assert found.constants == dictionary.constants


def arrays(thing):
    """Return all arrays of a result, those of its parts included."""
    if isinstance(thing, np.ndarray):
        return [thing]
    if not dataclasses.is_dataclass(thing):
        return []
    fields = [getattr(thing, field.name) for field in dataclasses.fields(thing)]
    return [array for field in fields for array in arrays(field)]


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("Spectrum", lambda s: s.eigenfunctions(X)),
        ("Spectrum", lambda s: kp.predict(s, X[:2], 5)),
        ("Spectrum", lambda s: kp.generator(s.keep(0.6))),
        ("Spectrum, DMD", lambda s: kp.predict(s, X[0], 3)),
        ("Spectrum, single", lambda s: s.eigenfunctions(X.astype(np.float32))),
        (
            "Spectrum, unitary",
            lambda s: kp.spectral_measure(s, AT, coefficients=np.ones(5)),
        ),
        ("Spectrum, unitary", lambda s: kp.rigged_dmd(s, np.ones(5), AT)),
        ("WavePackets", lambda p: p.evaluate(ANGLES)),
        ("SpectralMeasure", lambda m: m.cumulative(AT)),
        ("SpectralMeasure, atoms", lambda m: m.cumulative(AT)),
        ("Pseudospectrum", lambda p: p.inside(0.3)),
        ("OptimizedModes", lambda m: m.evaluate(AT)),
        ("ControlledModel", lambda m: m.simulate(X[0], X[:5, :1])),
        ("Adversary", lambda a: a.phase(AT)),
        ("StochasticGram", lambda g: kp.edmd(g.variance)),
        ("GramState", lambda g: kp.edmd(kp.accumulate(DATA, onto=g))),
        ("GramState, qr", lambda g: kp.merge(g, g)),
        ("Snapshots", lambda d: kp.edmd(d)),
    ],
)
def test_a_result_read_again_goes_on_as_the_first(name, use, tmp_path):
    """To rounding: files hold arrays row by row, and BLAS sums another order otherwise."""
    found, wanted = (arrays(use(each)) for each in (again(ALL[name], tmp_path), ALL[name]))
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype
        unit = 1e3 * float(np.finfo(one.dtype).eps) if one.dtype.kind in "fc" else 0
        size = np.abs(other * 1).max(initial=1.0)
        assert np.abs(one * 1 - other * 1).max(initial=0.0) <= unit * size


def test_a_summary_read_again_is_the_same(tmp_path):
    for name, result in RESULTS.items():
        assert again(result, tmp_path).summary() == result.summary(), name


OWN = kp.custom(np.tanh, 2, n_state=2, name="own")


@pytest.mark.parametrize(
    "result",
    [
        OWN,
        kp.edmd(DATA, OWN),
        kp.accumulate(DATA, kp.union(OWN, kp.linear(2))),
        kp.edmd(kp.Snapshots(np.tile(X, 2), np.tile(Y, 2)), kp.delays(OWN, 2)),
    ],
    ids=["dictionary", "spectrum", "union", "delays"],
)
def test_a_function_of_yours_cannot_be_stored(result, tmp_path):
    path = tmp_path / "stored.npz"
    with pytest.raises(PerturbsciError, match=r"function.*(leave|drop|store|rebuild|set)"):
        io.save(result, path)
    assert not path.exists()


def test_a_damaged_file_is_refused(tmp_path):
    path = io.save(RESULTS["Spectrum"], tmp_path / "stored.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileFormatError):
        io.load(path)
