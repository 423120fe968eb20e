"""Every class of the subpackage comes back from a file bit by bit, and works as before."""

import dataclasses
import inspect
import math

import numpy as np
import pytest

from perturbsci import io
from perturbsci import statespace as ss

LEGS = ss.hippo("legs", 7)
FIRST = np.eye(7)[0]
NEAR = ss.perturb_then_diagonalize(LEGS)
HALF = ss.diagonal_system(NEAR, LEGS.b, FIRST, d=[[2.0]])
STEPS = ss.discretize(HALF, 0.01)
INPUTS = np.linspace(-1.0, 1.0, 12).reshape(2, 6, 1)
LABELS = np.array([0, 1, 0, 1, 1, 0])
SEQUENCES = np.linspace(-1.0, 1.0, 36).reshape(6, 6, 1)
MODEL = ss.sequence_classifier(1, 2, n_state=4, width=2, depth=1)
UNSTABLE = ss.DiagonalSystem([1.0], [1.0], [1.0])


def single(system):
    """The same system in single precision."""
    narrow = {np.dtype("c16"): np.complex64, np.dtype("f8"): np.float32}
    arrays = {each.name: getattr(system, each.name) for each in dataclasses.fields(system)}
    return type(system)(
        **{
            name: value.astype(narrow[value.dtype]) if hasattr(value, "dtype") else value
            for name, value in arrays.items()
        }
    )


def made():
    """One of every class and of every kind of field."""
    return {
        "memory": LEGS,
        "memory without a factor": ss.hippo("lmu", 3),
        "memory with two columns": ss.hippo("legt", 5),
        "shift": NEAR,
        "shift in single precision": ss.perturb_then_diagonalize(LEGS.a.astype(np.float32)),
        "no perturbation": ss.perturb_then_diagonalize(np.eye(2)),
        "optimized": ss.perturb_then_diagonalize(
            ss.hippo("legs", 3), method="optimize", max_steps=5
        ),
        "draw": ss.perturb_then_diagonalize(LEGS, method="random", stable=False, seed=3),
        "useless": ss.perturb_then_diagonalize(
            [[0.0, 1.0], [0.0, 0.0]], theta=0, strict=False
        ),
        "full": ss.DenseSystem(LEGS.a, LEGS.b, FIRST),
        "full and complex": ss.DenseSystem(LEGS.a * 1j, LEGS.b, FIRST, step=0.5),
        "halved": HALF,
        "halved in single precision": single(HALF),
        "discrete with exponents": STEPS,
        "copies": ss.initialize("s4d-lin", 6, copies=3).system,
        "a step a copy": ss.DiagonalSystem(*np.ones((3, 2, 4)), step=np.array([0.1, 0.2])),
        "feedback": ss.initialize("s4", 6).system,
        "feedback without states' weights": ss.unfold(ss.initialize("s4", 6).system),
        "series": ss.initialize("hope", 5, inputs=2, outputs=3).system,
        "norm": ss.hinf_norm(HALF),
        "infinite norm": ss.hinf_norm(UNSTABLE),
        "simulation": ss.simulate(STEPS, INPUTS),
        "overflow": ss.simulate(
            ss.DiagonalSystem([1e200], [1.0], [1.0], step=1.0), np.ones((1, 4, 1))
        ),
        "beginning": ss.initialize("s5-ptd", 8, blocks=2),
        "beginning by formula": ss.initialize("lru", 4, copies=2),
        "classifier": MODEL,
        "training": ss.train(MODEL, SEQUENCES, LABELS, epochs=2),
        "tokens": ss.listops(2, min_length=4, max_length=16),
        "robustness": ss.noise_robustness(
            STEPS, SEQUENCES, LABELS, [1.0, 30.0], n_train=4, moments=2
        ),
    }


KEPT = made()


def differences(one, two, place=""):
    """Return where two objects differ in type, bits or order, deep inside."""
    if type(one) is not type(two):
        return [f"{place}: {type(one).__name__} became {type(two).__name__}"]
    if dataclasses.is_dataclass(one):
        pairs = [
            (f"{place}.{each.name}", getattr(one, each.name), getattr(two, each.name))
            for each in dataclasses.fields(one)
        ]
    elif isinstance(one, (tuple, list)):
        if len(one) != len(two):
            return [f"{place}: {len(one)} entries became {len(two)}"]
        pairs = [(f"{place}[{k}]", one[k], two[k]) for k in range(len(one))]
    elif isinstance(one, np.ndarray):
        same = (one.dtype, one.shape, one.tobytes()) == (
            two.dtype,
            two.shape,
            two.tobytes(),
        )
        return [] if same else [f"{place}: {one!r:.80} became {two!r:.80}"]
    elif isinstance(one, float) and math.isnan(one):
        return [] if math.isnan(two) else [f"{place}: NaN became {two}"]
    else:
        return [] if one == two else [f"{place}: {one!r:.80} became {two!r:.80}"]
    return [text for where, a, b in pairs for text in differences(a, b, where)]


def test_every_class_is_among_them():
    exported = {getattr(ss, name) for name in ss.__all__}
    classes = {each for each in exported if inspect.isclass(each)} - {ss.StateSpace}
    assert {type(each) for each in KEPT.values()} == classes


@pytest.mark.parametrize("name", KEPT)
def test_what_is_loaded_is_what_was_saved(name, tmp_path):
    kept = KEPT[name]
    io.save(kept, tmp_path / "kept.npz", seed=0)
    again = io.load(tmp_path / "kept.npz")
    assert differences(kept, again) == []
    if hasattr(kept, "summary"):
        assert again.summary() == kept.summary()
        assert again.certificate.claim == kept.certificate.claim


def test_the_same_run_gives_the_same_bits():
    assert differences(list(KEPT.values()), list(made().values())) == []


def test_what_is_loaded_can_be_gone_on_with(tmp_path):
    def through_a_file(value):
        io.save(value, tmp_path / "step.npz", overwrite=True)
        return io.load(tmp_path / "step.npz")

    memory = through_a_file(LEGS)
    near = through_a_file(ss.perturb_then_diagonalize(memory))
    system = through_a_file(ss.diagonal_system(near, memory.b, FIRST, d=[[2.0]]))
    discrete = through_a_file(ss.discretize(system, 0.01))
    found = ss.simulate(discrete, INPUTS)
    expected = KEPT["simulation"]
    assert differences(expected, found) == []
    restarted = ss.simulate(discrete, INPUTS, initial=through_a_file(found).final_state)
    whole = ss.simulate(discrete, np.concatenate([INPUTS, INPUTS], axis=1))
    scale = np.abs(whole.outputs).max()
    rounding = 64 * np.finfo(float).eps  # of 12 steps
    assert np.abs(restarted.outputs - whole.outputs[:, 6:]).max() <= rounding * scale
    model = through_a_file(KEPT["training"].model)
    np.testing.assert_array_equal(
        ss.classify(model, SEQUENCES), ss.classify(KEPT["training"].model, SEQUENCES)
    )
