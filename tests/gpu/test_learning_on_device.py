"""Classifiers, initializations, robustness on a device: numbers are those of the host."""

import numpy
import pytest

from perturbsci import backend
from perturbsci.errors import BackendError
from perturbsci.statespace import (
    classify,
    discretize,
    fourier_noise,
    frozen_features,
    initialize,
    loss_and_gradient,
    noise_robustness,
    sequence_classifier,
    train,
    with_parameters,
)

RNG = numpy.random.default_rng(0)
INPUTS, LABELS = RNG.standard_normal((12, 10, 2)), RNG.integers(0, 3, 12)


def there(array, device):
    return backend.to_device(numpy.asarray(array), device)


def agrees(found, expected):
    assert not isinstance(found, numpy.ndarray)
    host = backend.to_host(found)
    assert host.dtype == expected.dtype
    # two libraries of products and elementary functions
    assert numpy.abs(host - expected).max() <= 1e-11 * max(numpy.abs(expected).max(), 1e-3)


@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_learning_stays_on_the_device(device, layer):
    model = sequence_classifier(2, 3, layer=layer, width=4, n_state=5)
    moved = sequence_classifier(2, 3, layer=layer, width=4, n_state=5, backend=device)
    inputs, labels = there(INPUTS, device), there(LABELS, device)
    loss, gradient = loss_and_gradient(model, INPUTS, LABELS)
    found, gradient_there = loss_and_gradient(moved, inputs, labels)
    assert abs(found - loss) <= 1e-12
    for name, expected in gradient.items():
        agrees(gradient_there[name], expected)
    agrees(classify(moved, inputs), classify(model, INPUTS))
    trained = train(model, INPUTS, LABELS, epochs=2, batch=5)
    trained_there = train(moved, inputs, labels, epochs=2, batch=5)
    # Adam divides by the size of the gradient: rounding of small ones is enlarged
    assert numpy.abs(trained_there.losses - trained.losses).max() <= 1e-8
    for one, two in zip(trained_there.model.values, trained.model.values, strict=True):
        assert numpy.abs(backend.to_host(one) - two).max() <= 1e-6


@pytest.mark.parametrize("name", ["s4", "s4d-lin", "s4-ptd", "s5-ptd", "lru", "hope"])
def test_beginnings_are_made_on_the_device(device, name):
    begun, moved = (initialize(name, 6, backend=each) for each in (None, device))
    array = "markov" if name == "hope" else "b"
    agrees(getattr(moved.system, array), getattr(begun.system, array))
    agrees(moved.steps, begun.steps)


def test_robustness_on_the_device(device):
    begun, moved = (
        initialize("s5-ptd", 8, inputs=2, outputs=3, backend=each).system
        for each in (None, device)
    )
    system, system_there = discretize(begun, 0.1), discretize(moved, 0.1)
    inputs = there(INPUTS, device)
    agrees(frozen_features(system_there, inputs), frozen_features(system, INPUTS))
    options = {"n_train": 8, "amplitude": 2.0}
    expected = noise_robustness(system, INPUTS, LABELS, [1.0, 7.0], **options)
    found = noise_robustness(
        system_there, inputs, there(LABELS, device), there([1.0, 7.0], device), **options
    )
    assert (found.accuracy == expected.accuracy).all()
    noise = fourier_noise((2, 5), 1.0, step=0.1, backend=device)
    agrees(noise, fourier_noise((2, 5), 1.0, step=0.1))


def test_devices_do_not_mix(device):
    model = sequence_classifier(2, 3, width=4, n_state=5)
    with pytest.raises(BackendError, match="to_device"):
        classify(model, there(INPUTS, device))
    with pytest.raises(BackendError, match="to_device"):
        loss_and_gradient(model, INPUTS, there(LABELS, device))
    some = dict(model.parameters)
    some["encoder.bias"] = there(some["encoder.bias"], device)
    with pytest.raises(BackendError, match="to_device"):
        with_parameters(model, some)
