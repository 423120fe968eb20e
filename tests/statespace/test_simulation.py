"""Scan, recurrence and convolution against one another and against scipy.signal.dlsim."""

import numpy
import pytest
import scipy.signal

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status
from perturbsci.statespace import (
    DiagonalSystem,
    HankelSystem,
    advance,
    bidirectional,
    convolution_kernel,
    dense,
    discretize,
    halve,
    simulate,
    transfer_function,
    unfold,
)
from perturbsci.verification import load_reference

from .statespace_samples import all_modes, dense_sample, legs_shifted, low_rank_sample

METHODS = ("scan", "recurrence", "convolution")
AGREE = load_reference("statespace_systems.routes_agree").value  # of the largest output


def by_scipy(system, inputs):
    """dlsim has x_(k+1) = a x_k + b u_k; ours is C a x_k + (C b + D) u_k of that state."""
    full = dense(halve(system) if isinstance(system, DiagonalSystem) else system)
    if not full.is_real:  # dlsim keeps real parts only
        full = dense(FORMS["halved low rank"])
    through, at_once = full.c @ full.a, full.c @ full.b + full.feedthrough()
    matrices = (full.a, full.b, through, at_once, 1.0)
    return numpy.stack([scipy.signal.dlsim(matrices, u)[1] for u in inputs])


def forms():
    system = dense_sample(7, seed=4)
    half = halve(all_modes(system))
    _, low, low_half = low_rank_sample(seed=6)
    hankel = HankelSystem(numpy.random.default_rng(3).standard_normal((5, 3, 2)), system.d)
    named = {
        "dense": system,
        "halved": half,
        "all modes": unfold(half),
        "low rank": low,
        "halved low rank": low_half,
        "hankel": hankel,
    }
    return {name: discretize(each, 0.02, rule="bilinear") for name, each in named.items()}


FORMS = forms()


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("batch", "length"), [(2, 1), (1, 5), (1, 700), (70, 130), (3, 1500)]
)
def test_all_methods_agree_with_dlsim(name, batch, length):
    system = FORMS[name]
    inputs = numpy.random.default_rng(length).standard_normal((batch, length, 2))
    expected = by_scipy(system, inputs)
    scale = numpy.abs(expected).max()
    for method in METHODS if batch * length < 5000 else METHODS[::2]:
        found = simulate(system, inputs, method=method)
        assert found.outputs.shape == (batch, length, 3)
        assert found.outputs.dtype.kind == ("f" if system.is_real else "c")
        assert numpy.abs(found.outputs - expected).max() <= AGREE * scale
        assert found.status is Status.CONVERGED


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("method", METHODS)
def test_a_sequence_in_two_parts_is_the_sequence(name, method):
    system = FORMS[name]
    inputs = numpy.random.default_rng(0).standard_normal((2, 600, 2))
    once = simulate(system, inputs)
    first = simulate(system, inputs[:, :333], method=method)
    then = simulate(system, inputs[:, 333:], initial=first.final_state, method=method)
    joined = numpy.concatenate([first.outputs, then.outputs], axis=1)
    scale = numpy.abs(once.outputs).max()
    assert numpy.abs(joined - once.outputs).max() <= AGREE * scale
    # the state of a HankelSystem reaches the output scaled by its Markov parameters
    state = numpy.abs(once.final_state).max()
    assert numpy.abs(then.final_state - once.final_state).max() <= 10 * AGREE * state


@pytest.mark.parametrize("name", FORMS)
def test_streaming_gives_the_outputs_of_a_sequence(name):
    system = FORMS[name]
    system = dense(system) if isinstance(system, HankelSystem) else system
    inputs = numpy.random.default_rng(0).standard_normal((2, 20, 2))
    expected = simulate(system, inputs)
    state = numpy.zeros_like(expected.final_state)
    for k in range(20):
        state, output = advance(system, state, inputs[:, k])
        error = numpy.abs(output - expected.outputs[:, k]).max()
        assert error <= 1e-13 * numpy.abs(expected.outputs).max()
    assert numpy.abs(state - expected.final_state).max() <= 1e-13


def test_a_sine_comes_out_as_the_transfer_function_says():
    system = FORMS["halved"]
    angle = 0.3
    inputs = numpy.cos(angle * numpy.arange(6000))[None, :, None] * [1.0, 0.0]
    tail = simulate(system, inputs).outputs[0, -100:]
    gain = transfer_function(system, [numpy.exp(1j * angle)])[0, :, 0]
    expected = (gain * numpy.exp(1j * angle * numpy.arange(5900, 6000))[:, None]).real
    # the transient has decayed by e^(-0.5 0.02 6000)
    assert numpy.abs(tail - expected).max() <= 1e-12


def test_copies_are_independent_systems():
    rng = numpy.random.default_rng(2)
    values = -rng.random((2, 3, 4)) + 1j * rng.random((2, 3, 4))
    b, c = rng.standard_normal((2, 3, 4, 2)), rng.standard_normal((2, 3, 1, 4))
    d = rng.standard_normal((2, 3, 1, 2))
    weights = 2 * numpy.ones(4)
    system = discretize(DiagonalSystem(values, b, c, d, weights=weights), 0.1)
    inputs = rng.standard_normal((2, 500, 2, 3, 2))
    start = rng.standard_normal((2, 2, 3, 4)) + 0j
    for method in METHODS:
        found = simulate(system, inputs, initial=start, method=method)
        for i in numpy.ndindex(2, 3):
            one = discretize(
                DiagonalSystem(values[i], b[i], c[i], d[i], weights=weights), 0.1
            )
            here = (slice(None), slice(None), *i)
            alone = simulate(one, inputs[here], initial=start[:, i[0], i[1]])
            assert numpy.abs(found.outputs[here] - alone.outputs).max() <= 1e-12
            assert (
                numpy.abs(found.final_state[:, i[0], i[1]] - alone.final_state).max()
                <= 1e-12
            )


def test_complex_inputs_of_systems_with_all_modes():
    rng = numpy.random.default_rng(0)
    inputs = rng.standard_normal((2, 400, 2)) + 1j * rng.standard_normal((2, 400, 2))
    for name in ("dense", "all modes", "low rank"):
        system = FORMS[name]
        parts = [simulate(system, part).outputs for part in (inputs.real, inputs.imag)]
        for method in METHODS:
            found = simulate(system, inputs, method=method).outputs
            assert numpy.abs(found - parts[0] - 1j * parts[1]).max() <= 1e-12


def test_single_precision_stays_single():
    half = FORMS["halved"]
    single = DiagonalSystem(
        *(each.astype("c8") for each in (half.eigenvalues, half.b, half.c)),
        half.d.astype("f4"),
        step=0.02,
        weights=half.weights,
    )
    inputs = numpy.random.default_rng(0).standard_normal((1, 1000, 2)).astype("f4")
    expected = simulate(half, inputs.astype("f8")).outputs
    for method in METHODS:
        found = simulate(single, inputs, method=method)
        assert found.outputs.dtype == numpy.float32
        assert found.final_state.dtype == numpy.complex64
        # poles rounded to 6e-8 act over 1/(1 - abs(a)) = 100 steps
        assert numpy.abs(found.outputs - expected).max() <= 2e-5 * numpy.abs(expected).max()


def test_the_bound_of_rounding_holds():
    for seed in range(12):
        system = discretize(halve(all_modes(dense_sample(6, seed=seed))), 0.05)
        inputs = numpy.random.default_rng(seed).standard_normal((1, 1000, 2))
        found = simulate(system, inputs)
        wide = [
            each.astype("clongdouble") for each in (system.eigenvalues, system.b, system.c)
        ]
        state, weights, errors = 0, system.weights, []
        for k, u in enumerate(inputs[0].astype("longdouble")):
            state = wide[0] * state + wide[1] @ u
            exact = (wide[2] @ (weights * state)).real + system.d @ u
            errors.append(numpy.abs(exact - found.outputs[0, k]).max())
        bound = found.certificates[1].value * numpy.abs(found.outputs).max()
        assert max(errors) <= bound
        assert found.certificate.passed
        assert bound <= 1e-8  # and says something


def test_the_bits_do_not_depend_on_threads():
    from perturbsci import backend  # noqa: PLC0415

    inputs = numpy.random.default_rng(0).standard_normal((1, 4000, 2))
    found = []
    for threads in (1, 2):
        with backend.use("numba", threads=threads):
            found.append(simulate(FORMS["halved"], inputs).outputs.tobytes())
    with backend.use("numpy"):
        found.append(simulate(FORMS["halved"], inputs[:, :300]).outputs.tobytes())
    assert found[0] == found[1]
    short = simulate(FORMS["halved"], inputs[:, :300]).outputs.tobytes()
    assert found[2] == short


def test_bidirectional_runs_the_second_system_from_the_end():
    forward, backward = FORMS["halved"], FORMS["dense"]
    inputs = numpy.random.default_rng(0).standard_normal((2, 30, 2))
    found = bidirectional(forward, backward, inputs)
    assert found.shape == (2, 30, 6)
    assert (found[..., :3] == simulate(forward, inputs).outputs).all()
    turned = simulate(backward, inputs[:, ::-1]).outputs[:, ::-1]
    assert numpy.abs(found[..., 3:] - turned).max() <= 1e-13


def test_an_unstable_system_says_that_it_overflows():
    system = DiagonalSystem([1e10], [1.0], [1.0], step=1.0)
    found = simulate(system, numpy.ones((1, 50, 1)))
    assert found.status is Status.NOT_FINITE
    assert not found.certificate.passed


def test_legs_agrees_with_its_shifted_modes_to_the_bound():
    """rho/(1 - rho) of the H-infinity norm bounds the energy of the difference."""
    readout = numpy.random.default_rng(1).standard_normal((1, 16))
    exact, half = legs_shifted(16, 0.1, readout)
    inputs = numpy.zeros((1, 4096, 1))
    inputs[0, :512] = numpy.random.default_rng(2).standard_normal((512, 1))
    outputs = [simulate(discretize(each, 2e-3), inputs).outputs for each in (exact, half)]
    error = numpy.linalg.norm(outputs[0] - outputs[1]) / numpy.linalg.norm(inputs)
    points = 1j * numpy.concatenate([[0], numpy.logspace(-3, 5, 4000)])
    largest = numpy.abs(transfer_function(exact, points)).max()
    assert 0 < error <= 0.1 / 1.9 / (1 - 0.1 / 1.9) * largest


def test_simulations_survive_a_file(tmp_path):
    found = simulate(FORMS["halved"], numpy.ones((1, 5, 2)))
    io.save(found, tmp_path / "simulation.npz")
    again = io.load(tmp_path / "simulation.npz")
    assert again.outputs.tobytes() == found.outputs.tobytes()
    assert again.final_state.tobytes() == found.final_state.tobytes()
    assert again.status is found.status
    assert again.certificate.claim == found.certificate.claim
    assert len(found.summary().splitlines()) <= 30


def test_bad_simulations():
    system = FORMS["halved"]
    inputs = numpy.ones((1, 5, 2))
    with pytest.raises(ParameterError, match=r"pass discretize\(system, step\)"):
        simulate(dense_sample(), inputs)
    with pytest.raises(ParameterError, match="one of 'scan', 'recurrence', 'convolution'"):
        simulate(system, inputs, method="fft")
    with pytest.raises(ShapeError, match=r"for one sequence pass inputs\[None\]"):
        simulate(system, inputs[0])
    with pytest.raises(ShapeError, match="needed"):
        simulate(system, inputs[..., :1])
    with pytest.raises(ShapeError, match="one state a sequence; pass a final_state"):
        simulate(system, inputs, initial=numpy.ones(9))
    one = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    with pytest.raises(ShapeError, match=r"and one input pass inputs\[None, ..., None\]"):
        simulate(one, inputs[0, :, 0])
    assert simulate(one, inputs[0, :, 0][None, ..., None]).outputs.shape == (1, 5, 1)
    with pytest.raises(ParameterError, match="real and imaginary part"):
        simulate(system, inputs * 1j)
    with pytest.raises(ParameterError, match="astype"):
        simulate(system, inputs.astype("f4"))
    with pytest.raises(ParameterError, match="not finite"):
        simulate(system, inputs * numpy.inf)
    with pytest.raises(ShapeError, match="holds no number"):
        simulate(system, inputs[:, :0])
    for bad in (None, "abc", [[1, 2], [3]]):
        with pytest.raises((ParameterError, ShapeError)):
            simulate(system, bad)


def test_bad_steps():
    system = FORMS["halved"]
    state, sample = numpy.zeros((1, system.n_state)) + 0j, numpy.ones((1, 2))
    with pytest.raises(ShapeError, match="one row a sequence of sample; to begin at rest"):
        advance(system, state[0], sample)
    with pytest.raises(ShapeError, match="needed"):
        advance(system, state, sample[0])
    with pytest.raises(ParameterError, match=r"pass dense\(system\)"):
        advance(FORMS["hankel"], state, sample)
    with pytest.raises(ParameterError, match="discretize"):
        advance(dense_sample(), state, sample)


def test_an_impulse_gives_the_kernel():
    for name, system in FORMS.items():
        impulse = numpy.zeros((2, 100, 2))
        impulse[[0, 1], 0, [0, 1]] = 1
        found = numpy.moveaxis(simulate(system, impulse).outputs, 0, -1)
        kernel = convolution_kernel(system, 100)
        kernel[0] += system.d
        assert numpy.abs(found - kernel).max() <= 1e-12 * numpy.abs(kernel).max(), name
