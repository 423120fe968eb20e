"""Noise, frozen features and accuracies against simulations of noisy sequences."""

import numpy
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace import (
    DiagonalSystem,
    HankelSystem,
    dense,
    diagonal_system,
    discretize,
    fourier_noise,
    frozen_features,
    hippo,
    initialize,
    noise_robustness,
    perturb_then_diagonalize,
    simulate,
)


def memory(theta, n=8, step=0.02, d=None):
    legs = hippo("legs", n)
    near = perturb_then_diagonalize(legs, theta=theta)
    return discretize(diagonal_system(near, legs.b, numpy.eye(n), d=d), step)


def waves(n=60, length=50, channels=1, seed=0):
    """Two classes of noisy ramps."""
    rng = numpy.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    ramp = numpy.linspace(-1, 1, length) * (2 * labels - 1)[:, None]
    inputs = ramp[..., None] + 0.7 * rng.standard_normal((n, length, channels))
    return inputs, labels


def test_noise_is_a_cosine_with_random_amplitudes():
    noise = fourier_noise((40, 9, 2), 3.0, step=0.1, amplitude=0.2, seed=5)
    scales = noise[:, 0, 0]
    assert (noise[..., 0] == noise[..., 1]).all()
    expected = scales[:, None] * numpy.cos(3.0 * 0.1 * numpy.arange(9))
    assert numpy.abs(noise[..., 0] - expected).max() <= 1e-16
    assert (scales >= 0).all()
    assert (scales < 0.2).all()
    # mean of 40 uniform numbers within 5 standard errors
    assert abs(scales.mean() / 0.2 - 0.5) <= 5 / (12 * 40) ** 0.5
    again = fourier_noise((40, 9, 2), 3.0, step=0.1, amplitude=0.2, seed=5)
    assert (again == noise).all()
    assert (fourier_noise((2, 3), 1.0, step=1.0, amplitude=0.0) == 0).all()


@pytest.mark.parametrize("moments", [1, 3, 4, 50])
def test_features_are_outputs(moments):
    d = numpy.random.default_rng(1).standard_normal((8, 1))
    systems = {
        "halved": memory(0.1, d=d),
        "dense": dense(memory(0.1, d=d)),
        "hankel": HankelSystem(numpy.ones((4, 2, 1)), step=0.02),
        "complex": initialize("lru", 5, outputs=2).system,
    }
    inputs, _ = waves(n=6)
    for system in systems.values():
        found = frozen_features(system, inputs, moments=moments)
        outputs = simulate(system, inputs).outputs
        places = [j * 50 // moments - 1 for j in range(1, moments + 1)]
        expected = outputs[:, places].reshape(6, -1)
        assert found.shape == (6, moments * system.n_outputs)
        assert numpy.abs(found - expected).max() <= 1e-12 * numpy.abs(expected).max()


@pytest.mark.parametrize("name", ["memory", "lru"])
def test_accuracies_are_those_of_noisy_sequences(name):
    """Noise added to the test sequences, every one simulated; ridge by least squares."""
    system = memory(1.0)
    if name == "lru":
        system = initialize("lru", 4, outputs=3, radius_range=(0.5, 0.95)).system
    inputs, labels = waves(seed=3)
    rates = numpy.array([2.0, 60.0, 150.0])
    found = noise_robustness(
        system, inputs, labels, rates, n_train=35, amplitude=4.0, penalty=2.0, seed=7
    )
    rng = numpy.random.default_rng(7)
    order = rng.permutation(60)
    train, test = order[:35], order[35:]
    scales = rng.random(25)

    def features(u):
        y = simulate(system, u).outputs[:, [11, 24, 36, 49]].reshape(len(u), -1)
        return numpy.concatenate([y.real, y.imag], axis=1) if name == "lru" else y

    x = features(inputs[train])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    x = (x - mean) / spread
    # an intercept that is not penalized, and rows sqrt(penalty) for the others
    n = x.shape[1]
    rows = numpy.block(
        [[numpy.ones((35, 1)), x], [numpy.zeros((n, 1)), 2**0.5 * numpy.eye(n)]]
    )
    right = numpy.concatenate([numpy.eye(2)[labels[train]], numpy.zeros((n, 2))])
    weights = numpy.linalg.lstsq(rows, right)[0]

    def accuracy(u):
        z = (features(u) - mean) / spread
        return ((weights[0] + z @ weights[1:]).argmax(axis=1) == labels[test]).mean()

    assert found.clean_accuracy == accuracy(inputs[test])
    for rate, share in zip(rates, found.accuracy, strict=True):
        noise = numpy.cos(rate * system.step * numpy.arange(50))
        noisy = inputs[test] + 4.0 * scales[:, None, None] * noise[:, None]
        assert share == accuracy(noisy)
    assert found.accuracy.min() < found.clean_accuracy  # the noise is felt


def test_no_noise_changes_nothing():
    inputs, labels = waves(channels=2)
    system = initialize("s5", 8, inputs=2, outputs=6).system
    system = discretize(system, 0.05)
    found = noise_robustness(system, inputs, labels, [1.0, 9.0], n_train=30, amplitude=0.0)
    assert (found.accuracy == found.clean_accuracy).all()
    assert found.certificate.passed
    assert found.certificate.kind == "held-out"


def test_constant_features_and_missing_classes_are_borne():
    inputs, labels = waves()
    silent = DiagonalSystem([0.5, 0.5], [1.0, 0.0], numpy.eye(2), step=1.0)
    labels[labels == 1] = 7  # classes need not be 0, 1, 2, ...
    found = noise_robustness(silent, inputs, labels, [1.0], n_train=40)
    assert found.clean_accuracy > 0.8


def test_seeds():
    inputs, labels = waves()
    options = {"n_train": 30, "amplitude": 5.0}
    found = [
        noise_robustness(
            memory(1.0), inputs, labels, [2.0, 9.0, 90.0], seed=seed, **options
        )
        for seed in (0, 0, 3)
    ]
    one, again, other = ((each.clean_accuracy, *each.accuracy) for each in found)
    assert one == again
    assert one != other


def test_robustness_survives_a_file(tmp_path):
    inputs, labels = waves()
    found = noise_robustness(memory(0.1), inputs, labels, [1.0], n_train=30)
    io.save(found, tmp_path / "found.npz")
    again = io.load(tmp_path / "found.npz")
    assert again.accuracy.tobytes() == found.accuracy.tobytes()
    assert again.clean_accuracy == found.clean_accuracy
    assert len(again.certificates) == 2
    assert len(found.summary().splitlines()) <= 30


def test_bad_noise():
    for bad in ((3,), 5, (2, 0), (2, 2.5)):
        with pytest.raises((ShapeError, ParameterError), match="shape"):
            fourier_noise(bad, 1.0, step=0.1)
    with pytest.raises(ParameterError, match="step"):
        fourier_noise((2, 3), 1.0, step=0.0)
    with pytest.raises(ParameterError, match="amplitude"):
        fourier_noise((2, 3), 1.0, step=0.1, amplitude=-1.0)
    with pytest.raises(ParameterError, match="frequency"):
        fourier_noise((2, 3), numpy.inf, step=0.1)
    with pytest.raises(ParameterError, match="seed"):
        fourier_noise((2, 3), 1.0, step=0.1, seed=None)


def test_bad_features():
    inputs, labels = waves()
    system = memory(0.1)
    continuous = initialize("s4-ptd", 8).system
    with pytest.raises(ParameterError, match=r"pass discretize\(system, step\)"):
        frozen_features(continuous, inputs)
    with pytest.raises(ParameterError, match="moments is 51"):
        frozen_features(system, inputs, moments=51)
    with pytest.raises(ShapeError, match=r"for one channel pass inputs\[..., None\]"):
        frozen_features(system, inputs[..., 0])
    copies = discretize(initialize("s4-ptd", 8, copies=2).system, 0.1)
    with pytest.raises(ShapeError, match=r"copies \(2,\)"):
        frozen_features(copies, inputs)
    with pytest.raises(ParameterError, match="system is a str"):
        frozen_features("legs", inputs)
    with pytest.raises(ParameterError, match="astype"):
        frozen_features(system, inputs.astype("f4"))
    with pytest.raises(ParameterError, match="with one step for all states"):
        noise_robustness(continuous, inputs, labels, [1.0], n_train=30)
    many = initialize("s5", 8)
    states = discretize(many.system, many.steps)
    with pytest.raises(ParameterError, match="with one step for all states"):
        noise_robustness(states, inputs, labels, [1.0], n_train=30)
    for n_train in (0, 60, 1.5):
        with pytest.raises(ParameterError, match="n_train"):
            noise_robustness(system, inputs, labels, [1.0], n_train=n_train)
    with pytest.raises(ParameterError, match="some to train and some to test"):
        noise_robustness(system, inputs[:1], labels[:1], [1.0], n_train=1)
    with pytest.raises(ParameterError, match="penalty"):
        noise_robustness(system, inputs, labels, [1.0], n_train=30, penalty=0.0)
    with pytest.raises(ShapeError, match="frequencies"):
        noise_robustness(system, inputs, labels, 1.0, n_train=30)
    with pytest.raises(ParameterError, match="number the classes"):
        noise_robustness(system, inputs, labels - 1, [1.0], n_train=30)
