"""Layers against difference quotients, the whole against simulations of its systems."""

import numpy
import pytest
import scipy.special

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace import (
    DiagonalSystem,
    SequenceClassifier,
    classify,
    discretize,
    initialize,
    loss_and_gradient,
    network,
    sequence_classifier,
    simulate,
    with_parameters,
)
from perturbsci.statespace.layers import affine, cross_entropy, gelu, normalize
from perturbsci.statespace.state_layers import block, modes

INITIALIZATIONS = ("s4d-legs", "s4d-lin", "s4d-inv", "s4d-real", "s4-ptd")


def data(n=5, length=12, channels=2, classes=3, seed=0):
    rng = numpy.random.default_rng(seed)
    inputs = rng.standard_normal((n, length, channels))
    return inputs, rng.integers(0, classes, n)


def small(layer, **options):
    sizes = {"n_state": 5, "width": 3, "depth": 2, "seed": 1} | options
    return sequence_classifier(2, 3, layer=layer, **sizes)


def slopes(function, value, size=1e-5):
    """Central differences; of a complex array df/dRe + i df/dIm. Error about size^2."""
    found = numpy.zeros_like(value)
    for place in numpy.ndindex(value.shape):
        for unit in (1, 1j) if value.dtype.kind == "c" else (1,):
            ends = []
            for sign in (1, -1):
                moved = value.copy()
                moved[place] += sign * size * unit
                ends.append(function(moved))
            found[place] += unit * (ends[0] - ends[1]) / (2 * size)
    return found


@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_every_gradient_is_a_difference_quotient(layer):
    model, (inputs, labels) = small(layer), data()
    _, gradient = loss_and_gradient(model, inputs, labels)
    assert gradient.keys() == model.parameters.keys()
    for name, value in model.parameters.items():

        def loss(moved, name=name):
            changed = with_parameters(model, {**model.parameters, name: moved})
            return loss_and_gradient(changed, inputs, labels)[0]

        assert gradient[name].shape == value.shape
        assert gradient[name].dtype == value.dtype
        # quotients of a loss of order 1: rounding 1e-11, third derivatives 1e-10
        assert numpy.abs(slopes(loss, value) - gradient[name]).max() <= 1e-9, name
        assert numpy.abs(gradient[name]).max() > 1e-6, name


@pytest.mark.parametrize("initialization", INITIALIZATIONS)
@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_gradients_along_a_line(layer, initialization):
    """One direction in all parameters at once, for systems with and without real modes."""
    model = small(layer, initialization=initialization, n_state=7, depth=3)
    (inputs, labels), rng = data(seed=2), numpy.random.default_rng(3)
    _, gradient = loss_and_gradient(model, inputs, labels)
    ways, slope = {}, 0.0
    for name, value in model.parameters.items():
        way = rng.standard_normal(value.shape)
        if value.dtype.kind == "c":
            way = way + 1j * rng.standard_normal(value.shape)
        ways[name] = way
        slope += (numpy.conj(gradient[name]) * way).real.sum()

    def loss(size):
        moved = {name: v + size * ways[name] for name, v in model.parameters.items()}
        return loss_and_gradient(with_parameters(model, moved), inputs, labels)[0]

    size = 1e-5
    assert abs((loss(size) - loss(-size)) / (2 * size) - slope) <= 1e-6 * max(1, abs(slope))


@pytest.mark.parametrize(
    "layer",
    [gelu, lambda x: affine(x, numpy.arange(6.0).reshape(3, 2), numpy.ones(2)),
     lambda x: normalize(x, numpy.array([1.0, 2.0, -1.0]), numpy.ones(3))],
    ids=["gelu", "affine", "normalize"],
)  # fmt: skip
def test_layers_on_the_way_back(layer):
    rng = numpy.random.default_rng(0)
    x = rng.standard_normal((2, 4, 3))
    y, back = layer(x)
    weights = rng.standard_normal(y.shape)
    expected = slopes(lambda moved: (weights * layer(moved)[0]).sum(), x)
    assert numpy.abs(back(weights)[0] - expected).max() <= 1e-8


def test_gelu_is_near_the_exact_one():
    x = numpy.linspace(-6, 6, 2001)
    exact = x * scipy.special.ndtr(x)
    # Hendrycks and Gimpel (2016): the form with tanh is off by less than 5e-4
    assert 1e-5 < numpy.abs(gelu(x)[0] - exact).max() < 5e-4


def test_normalize_has_mean_zero_and_variance_one():
    x = 3 + 5 * numpy.random.default_rng(0).standard_normal((2, 3, 400))
    y = normalize(x, numpy.ones(400), numpy.zeros(400))[0]
    assert numpy.abs(y.mean(axis=-1)).max() <= 1e-14
    # 1e-5 is added to the variance, which is 25
    assert numpy.abs(y.var(axis=-1) - 1).max() <= 1e-6


def test_cross_entropy_is_that_of_scipy():
    rng = numpy.random.default_rng(0)
    logits, labels = 50 * rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    loss, gradient = cross_entropy(logits, labels)
    logs = scipy.special.log_softmax(logits, axis=1)
    assert abs(loss + logs[range(6), labels].mean()) <= 1e-13
    expected = slopes(lambda moved: cross_entropy(moved, labels)[0], logits)
    assert numpy.abs(gradient - expected).max() <= 1e-8
    far = cross_entropy(numpy.array([[1e4, 0.0]]), numpy.array([1]))  # no overflow
    assert far[0] == 1e4


@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_modes_are_a_simulation(layer):
    """By the bilinear rule; copies of one port, or one copy of many."""
    rng = numpy.random.default_rng(0)
    copies, m, n = (4, 1, 3) if layer == "s4d" else (1, 4, 3)
    decay, frequency = rng.standard_normal((2, copies, n))
    b, c = (
        rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
        for shape in ((copies, n, m), (copies, m, n))
    )
    d, u = rng.standard_normal(4), rng.standard_normal((2, 50, 4))
    log_step = rng.standard_normal((copies, 1 if layer == "s4d" else n)) - 2
    y, _ = modes(u, decay, frequency, b, c, d, log_step)
    for g in range(copies):
        # y = Re(C x) of real inputs is the real part of the complex system's output
        values = -numpy.exp(decay[g]) + 1j * frequency[g]
        step = numpy.broadcast_to(numpy.exp(log_step[g]), n).copy()
        through = numpy.diag(d[g * m : (g + 1) * m])
        system = DiagonalSystem(values, b[g], c[g], through)
        discrete = discretize(system, step, rule="bilinear")
        ports = slice(g * m, (g + 1) * m)
        expected = simulate(discrete, u[..., ports]).outputs.real
        assert numpy.abs(y[..., ports] - expected).max() <= 1e-12


@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_a_model_begins_with_the_systems_of_initialize(layer):
    """One channel of one block against the outputs of the real, halved system."""
    model = sequence_classifier(4, 2, layer=layer, width=4, depth=1, n_state=9, seed=3)
    p = model.parameters
    name = "s4-ptd" if layer == "s4d" else "s5-ptd"
    values = initialize(name, 9).system.eigenvalues
    found = -numpy.exp(p["layer0.modes.decay"]) + 1j * p["layer0.modes.frequency"]
    assert numpy.abs(found - values).max() <= 1e-13 * numpy.abs(values).max()
    u = numpy.random.default_rng(0).standard_normal((2, 20, 4))
    state = {key: p[f"layer0.modes.{key}"] for key in ("b", "c", "d", "log_step")}
    y, _ = modes(u, p["layer0.modes.decay"], p["layer0.modes.frequency"], **state)
    mix = {"weights": "layer0.mixing.weights", "bias": "layer0.mixing.bias"}
    v = gelu(y)[0]
    if layer == "s4d":
        v = affine(v, *(p[key] for key in mix.values()))[0]
    expected = normalize(u + v, numpy.ones(4), numpy.zeros(4))[0]
    below = {
        key.removeprefix("layer0."): each for key, each in p.items() if "layer0" in key
    }
    assert numpy.abs(block(u, below)[0] - expected).max() <= 1e-14


def test_sequences_do_not_depend_on_their_neighbors():
    model, (inputs, labels) = small("s4d"), data(n=7)
    whole, gradient = loss_and_gradient(model, inputs, labels)
    alone = [
        loss_and_gradient(model, inputs[k : k + 1], labels[k : k + 1]) for k in range(7)
    ]
    assert abs(whole - numpy.mean([loss for loss, _ in alone])) <= 1e-14
    for name in gradient:
        mean = numpy.mean([each[name] for _, each in alone], axis=0)
        assert numpy.abs(mean - gradient[name]).max() <= 1e-13
    order = [3, 0, 6, 2, 1, 5, 4]
    assert (classify(model, inputs[order]) == classify(model, inputs)[order]).all()


def test_the_class_is_the_one_with_the_smallest_loss():
    model, (inputs, _) = small("s5"), data(n=20)
    named = classify(model, inputs)
    losses = [
        [loss_and_gradient(model, inputs[k : k + 1], [c])[0] for c in range(3)]
        for k in range(20)
    ]
    assert named.dtype == numpy.int64
    assert (named == numpy.argmin(losses, axis=1)).all()


def test_pieces_of_a_batch_add_up(monkeypatch):
    model, (inputs, labels) = small("s4d"), data(n=30)
    whole = loss_and_gradient(model, inputs, labels), classify(model, inputs)
    monkeypatch.setattr(network, "CACHE", 7 * 12 * 9 * 16)  # 7 of 30 sequences
    loss, gradient = loss_and_gradient(model, inputs, labels)
    assert abs(loss - whole[0][0]) <= 1e-14
    for name, each in gradient.items():
        assert numpy.abs(each - whole[0][1][name]).max() <= 1e-14
    assert (classify(model, inputs) == whole[1]).all()


def test_single_precision_stays_single():
    model, (inputs, labels) = small("s4d"), data()
    single = {
        name: each.astype("c8" if each.dtype.kind == "c" else "f4")
        for name, each in model.parameters.items()
    }
    low = with_parameters(model, single)
    loss, gradient = loss_and_gradient(low, inputs.astype("f4"), labels)
    expected, exact = loss_and_gradient(model, inputs, labels)
    # 12 steps and two blocks of rounding 6e-8
    assert abs(loss - expected) <= 1e-5
    for name, each in gradient.items():
        assert each.dtype == single[name].dtype
        assert numpy.abs(each - exact[name]).max() <= 1e-5
    with pytest.raises(ParameterError, match="convert with astype"):
        loss_and_gradient(low, inputs, labels)


def test_labels_and_inputs_come_in_any_form():
    model, (inputs, labels) = small("s4d"), data()
    expected = loss_and_gradient(model, inputs, labels)[0]
    big = inputs.astype(">f8")
    turned = numpy.asfortranarray(inputs)
    turned.flags.writeable = False
    for u in (big, turned, inputs.tolist()):
        for true in (labels.tolist(), labels.astype("u1"), labels.astype(float)):
            assert loss_and_gradient(model, u, true)[0] == expected


def test_parameters_are_read_only_by_name():
    model = small("s4d")
    with pytest.raises(TypeError):
        model.parameters["encoder.bias"] = numpy.ones(3)
    assert (model.depth, model.n_inputs, model.n_classes) == (2, 2, 3)


@pytest.mark.parametrize("layer", ["s4d", "s5"])
def test_models_survive_a_file(tmp_path, layer):
    model = small(layer)
    io.save(model, tmp_path / "model.npz")
    again = io.load(tmp_path / "model.npz")
    assert again.names == model.names
    for one, two in zip(again.values, model.values, strict=True):
        assert one.tobytes() == two.tobytes()
    assert again.layer == layer


def test_seeds():
    bits = [
        small("s4d", seed=seed).parameters["layer1.modes.c"].tobytes() for seed in (1, 1, 2)
    ]
    assert bits[0] == bits[1] != bits[2]


def test_bad_models():
    for name in ("n_inputs", "n_classes", "n_state", "width", "depth"):
        sizes = {"n_inputs": 1, "n_classes": 2} | {name: 0}
        with pytest.raises(ParameterError, match=f"{name} is 0"):
            sequence_classifier(sizes.pop("n_inputs"), sizes.pop("n_classes"), **sizes)
    with pytest.raises(ParameterError, match="n_classes is 1"):
        sequence_classifier(1, 1)
    with pytest.raises(ParameterError, match="one of s4d, s5"):
        sequence_classifier(1, 2, layer="s6")
    for initialization in ("s4", "lru", "hope", "random"):
        with pytest.raises(ParameterError, match="pass one of s4d-legs"):
            sequence_classifier(1, 2, initialization=initialization)
    with pytest.raises(ParameterError, match="pass one of s4d-legs"):
        sequence_classifier(1, 2, initialization="s5")  # many ports, in single ports
    with pytest.raises(ParameterError, match="seed"):
        sequence_classifier(1, 2, seed=-1)


def test_bad_parameters():
    model = small("s4d")
    some = dict(model.parameters)
    some.pop("decoder.bias")
    with pytest.raises(ParameterError, match="keys of model"):
        with_parameters(model, some)
    with pytest.raises(ParameterError, match="pass a mapping"):
        with_parameters(model, None)
    with pytest.raises(ShapeError, match=r"decoder\.bias has shape"):
        with_parameters(model, {**model.parameters, "decoder.bias": numpy.ones(4)})
    nan = {**model.parameters, "decoder.bias": numpy.full(3, numpy.nan)}
    with pytest.raises(ParameterError, match="not finite"):
        with_parameters(model, nan)
    turned = {**model.parameters, "decoder.bias": numpy.ones(3) + 1j}
    with pytest.raises(ShapeError, match="real numbers"):
        with_parameters(model, turned)
    with pytest.raises(ParameterError, match="what sequence_classifier returns"):
        with_parameters("s4d", {})
    with pytest.raises(ParameterError, match="one of s4d, s5"):
        SequenceClassifier("s6", model.names, model.values)
    with pytest.raises(ParameterError, match="no matrices"):
        SequenceClassifier("s4d", (), ())
    with pytest.raises(ParameterError, match="differ"):
        SequenceClassifier("s4d", model.names[:-1], model.values[:-1])
    many = small("s5")
    odd = tuple(each.T for each in many.values)
    with pytest.raises(ShapeError, match="needed"):
        SequenceClassifier("s5", many.names, odd)
    with pytest.raises(ShapeError, match="as many names as values"):
        SequenceClassifier("s4d", model.names, model.values[:-1])


def test_bad_sequences():
    model, (inputs, labels) = small("s4d"), data()
    with pytest.raises(ShapeError, match=r"for one sequence pass inputs\[None\]"):
        classify(model, inputs[0])
    with pytest.raises(ShapeError, match=r"needed \(batch, length, 2\)"):
        loss_and_gradient(model, inputs[..., :1], labels)
    with pytest.raises(ParameterError, match="real numbers"):
        classify(model, inputs + 1j)
    with pytest.raises(ParameterError, match="not finite"):
        classify(model, inputs * numpy.nan)
    with pytest.raises(ParameterError, match="what sequence_classifier returns"):
        classify(None, inputs)
    with pytest.raises(ShapeError, match="one class a sequence"):
        loss_and_gradient(model, inputs, labels[:-1])
    with pytest.raises(ParameterError, match="from 0 to 2; number the classes"):
        loss_and_gradient(model, inputs, [0, 1, 2, 3, 0])
    with pytest.raises(ParameterError, match=r"labels has 0.5 at index 1"):
        loss_and_gradient(model, inputs, [0, 0.5, 2, 1, 0])
    with pytest.raises(ParameterError, match="from 0 to 2"):
        loss_and_gradient(model, inputs, [0, -1, 2, 1, 0])
