"""Adam step by step, a task that needs memory, and digits read pixel by pixel."""

import numpy
import pytest

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.results import Status
from perturbsci.statespace import (
    classify,
    loss_and_gradient,
    sequence_classifier,
    train,
)
from perturbsci.verification import load_reference


def first_sample(n, length=16, seed=0):
    """The class is the sign of the first sample; the others are silence."""
    rng = numpy.random.default_rng(seed)
    signs = rng.integers(0, 2, n)
    inputs = 0.1 * rng.standard_normal((n, length, 1))
    inputs[:, 0, 0] = 2.0 * signs - 1
    return inputs, signs


def small(layer="s4d", **options):
    return sequence_classifier(1, 2, layer=layer, width=4, n_state=6, depth=1, **options)


@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_a_memory_of_the_first_sample_is_learned(layer):
    inputs, labels = first_sample(96)
    others, true = first_sample(200, seed=1)
    model = small(layer)
    found = train(model, inputs, labels, epochs=15, batch=16, rate=0.03)
    assert found.status is Status.CONVERGED
    assert found.losses.shape == found.accuracies.shape == (15,)
    assert found.losses[-1] < 0.1 < 0.5 < found.losses[0]
    assert found.accuracies[-1] == 1.0
    assert (classify(found.model, others) == true).mean() >= 0.99
    assert found.certificate.passed
    assert found.certificate.kind == "estimate"
    assert (model.values[0] == small(layer).values[0]).all()  # not changed in place


def test_the_first_step_is_that_of_adam():
    """m^ = g and v^ = abs(g)^2: entries move by the rate, state entries by a quarter."""
    inputs, labels = first_sample(8)
    model, rate = small(), 0.02
    _, gradient = loss_and_gradient(model, inputs, labels)
    moved = train(model, inputs, labels, epochs=1, batch=8, rate=rate).model.parameters
    slow = ("modes.decay", "modes.frequency", "modes.b", "modes.log_step")
    for name, g in gradient.items():
        own = rate / 4 if name.endswith(slow) else rate
        expected = model.parameters[name] - own * g / (abs(g) + 1e-8)
        # the order of summation over the batch differs
        assert numpy.abs(moved[name] - expected).max() <= 1e-7 * rate, name


def test_the_rate_falls_along_a_cosine():
    """With a gradient that hardly changes, each step is as long as its rate."""
    inputs, labels = first_sample(4)
    model, rate = small(), 1e-6
    moved = train(model, inputs, labels, epochs=4, batch=4, rate=rate).model
    way = moved.parameters["decoder.bias"] - model.parameters["decoder.bias"]
    rates = rate * (1 + numpy.cos(numpy.pi * numpy.arange(4) / 4)) / 2
    assert numpy.abs(abs(way) / rates.sum() - 1).max() <= 1e-3


def test_a_loss_is_the_mean_over_the_epoch():
    inputs, labels = first_sample(10)
    model = small()
    found = train(model, inputs, labels, epochs=1, batch=4, rate=1e-12)
    loss, _ = loss_and_gradient(model, inputs, labels)
    assert abs(found.losses[0] - loss) <= 1e-9
    assert found.accuracies[0] == (classify(model, inputs) == labels).mean()


def test_equal_seeds_give_equal_bits():
    inputs, labels = first_sample(20)

    def bits(seed):
        found = train(small(), inputs, labels, epochs=2, batch=8, seed=seed)
        return found.losses.tobytes() + b"".join(v.tobytes() for v in found.model.values)

    assert bits(0) == bits(0)
    assert bits(0) != bits(1)


def test_trainings_survive_a_file(tmp_path):
    inputs, labels = first_sample(6)
    found = train(small("s5"), inputs, labels, epochs=2)
    io.save(found, tmp_path / "training.npz")
    again = io.load(tmp_path / "training.npz")
    assert again.losses.tobytes() == found.losses.tobytes()
    assert again.status is found.status
    assert again.certificate.claim == found.certificate.claim
    assert (classify(again.model, inputs) == classify(found.model, inputs)).all()
    assert len(found.summary().splitlines()) <= 30


def test_a_rate_that_is_too_large_is_said():
    inputs, labels = first_sample(6)
    with pytest.raises(ConvergenceError, match="lower rate") as caught:
        train(small(), inputs, labels, epochs=3, rate=1e7)
    partial = caught.value.partial
    assert partial.status is Status.NOT_FINITE
    again = train(small(), inputs, labels, epochs=3, rate=1e7, strict=False)
    assert len(again.losses) == len(partial.losses) < 3
    assert not again.certificate.passed
    assert numpy.isfinite(loss_and_gradient(again.model, inputs, labels)[0])


def test_bad_trainings():
    inputs, labels = first_sample(6)
    for name in ("epochs", "batch"):
        with pytest.raises(ParameterError, match=f"{name} is 0"):
            train(small(), inputs, labels, **{name: 0})
    with pytest.raises(ParameterError, match="rate"):
        train(small(), inputs, labels, rate=0.0)
    with pytest.raises(ParameterError, match="number the classes"):
        train(small(), inputs, labels + 1)
    with pytest.raises(ShapeError, match="one class a sequence"):
        train(small(), inputs, labels[:3])
    with pytest.raises(ParameterError, match="seed"):
        train(small(), inputs, labels, seed=None)


@pytest.mark.slow
def test_digits_are_read_pixel_by_pixel():
    """64 steps; 1200 images to learn from, 597 to test, by other writers."""
    record = io.load_record("digits")
    order = numpy.random.default_rng(0).permutation(1797)
    learn, test = order[:1200], order[1200:]
    inputs, labels = record.values[:, :, None] / 16, record.labels
    model = sequence_classifier(1, 10)
    found = train(model, inputs[learn], labels[learn], epochs=40)
    accuracy = (classify(found.model, inputs[test]) == labels[test]).mean()
    assert accuracy >= load_reference("statespace_learning.digits").value
