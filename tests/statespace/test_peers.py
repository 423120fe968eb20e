"""Norms beside those of SLICOT: stored numbers, and the library where it is installed."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from perturbsci import statespace as ss
from perturbsci.verification import load_reference

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "peers" / "slycot_norms.py"
STORED = {
    ("damped", "hinf"): load_reference("statespace_peers.damped_hinf"),
    ("damped", "hankel"): load_reference("statespace_peers.damped_hankel"),
    ("damped", "h2"): load_reference("statespace_peers.damped_h2"),
    ("direct", "hinf"): load_reference("statespace_peers.direct_hinf"),
    ("legs", "hinf"): load_reference("statespace_peers.legs_hinf"),
    ("legs", "hankel"): load_reference("statespace_peers.legs_hankel"),
    ("legs", "h2"): load_reference("statespace_peers.legs_h2"),
}
NORMS = {
    "hinf": lambda system: ss.hinf_norm(system).value,
    "h2": ss.h2_norm,
    "hankel": ss.hankel_singular_values,
}


def systems():
    """The fixed systems of the script, which need NumPy only."""
    i = np.arange(6)
    damped = (
        np.diag(-0.1 * (i + 1.0)) + np.diag(1.0 + i[:-1], 1) - np.diag(1.0 + i[:-1], -1)
    )
    b, c = np.cos(np.outer(i, [1.0, 2.0])), np.sin(np.outer([1.0, 2.0, 3.0], i + 1))
    legs = ss.hippo("legs", 16)
    return {
        "damped": ss.DenseSystem(damped, b, c),
        "direct": ss.DenseSystem(damped, b, c, np.ones((3, 2))),
        "legs": ss.DenseSystem(legs.a, legs.b, np.ones(16)),
    }


@pytest.mark.parametrize(("name", "norm"), STORED)
def test_norms_are_those_of_slicot(name, norm):
    reference = STORED[name, norm]
    found, expected = np.asarray(NORMS[norm](systems()[name])), np.asarray(reference.value)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= reference.tolerance * expected.max()


def test_slicot_agrees_where_it_is_installed():
    pytest.importorskip("slycot", reason="slycot is not installed")
    spec = importlib.util.spec_from_file_location("slycot_norms", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    own = systems()
    for name, arrays in script.systems().items():
        for one, two in zip(arrays, (own[name].a, own[name].b, own[name].c), strict=False):
            np.testing.assert_allclose(one, two, rtol=1e-15, atol=0)
        peak = script.hinf(*arrays)[0]
        found = ss.hinf_norm(own[name])
        assert found.lower <= peak * (1 + 2e-9)  # their tolerance is 1e-10
        assert peak <= found.upper * (1 + 2e-9)
    rng = np.random.default_rng(0)
    for _ in range(5):
        a = rng.standard_normal((8, 8))
        a -= (np.linalg.eigvals(a).real.max() + 0.3) * np.eye(8)
        arrays = (
            a,
            rng.standard_normal((8, 2)),
            rng.standard_normal((3, 8)),
            np.zeros((3, 2)),
        )
        system = ss.DenseSystem(*arrays)
        assert ss.hinf_norm(system).value == pytest.approx(
            script.hinf(*arrays)[0], rel=2e-9
        )
        assert ss.h2_norm(system) == pytest.approx(script.h2(*arrays), rel=1e-11)
        theirs = script.hankel(*arrays)
        np.testing.assert_allclose(
            ss.hankel_singular_values(system), theirs, rtol=0, atol=1e-11 * theirs[0]
        )
