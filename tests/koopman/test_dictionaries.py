import dataclasses

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Dictionary,
    Snapshots,
    accumulate,
    chebyshev,
    compress,
    custom,
    delays,
    fourier,
    hermite,
    indicator,
    kernel_dictionary,
    legendre,
    linear,
    monomials,
    radial,
    tensor,
    union,
)

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (30, 4))
PAIRS = Snapshots(X[:, :2], X[:, 2:])
EDGES = np.linspace(-1, 1, 4)


def functions():
    """Return one dictionary of every constructor and some of their compositions."""
    waves = fourier(2, period=2.0)
    return {
        "linear": linear(2),
        "monomials": monomials(3, n_state=2),
        "fourier": waves,
        "real_fourier": fourier(2, form="real"),
        "chebyshev": chebyshev(4),
        "legendre": legendre([3, 0]),
        "hermite": hermite(4),
        "hermite_function": hermite(4, form="function"),
        "radial": radial(X[:5, :2], scale=0.7),
        "laplacian": radial(X[:5, :2], scale=0.7, profile="laplacian"),
        "lorentzian": radial(X[:5, :2], scale=0.7, profile="lorentzian"),
        "indicator": indicator(EDGES, EDGES),
        "delays": delays(waves, 2),
        "tensor": tensor(waves, hermite(3)),
        "cross": tensor(fourier(3), chebyshev(3), cross=3),
        "union": union(monomials(1, n_state=2), tensor(waves, waves)),
        "nested": delays(union(tensor(waves, chebyshev(1)), linear(2)), 2),
        "kernel": kernel_dictionary(PAIRS, rank=6),
        "polynomial": kernel_dictionary(PAIRS, kernel="polynomial", degree=3, rank=6),
        "kernel_line": kernel_dictionary(PAIRS, kernel="linear", rank=2),
        "compressed": compress(PAIRS, tensor(waves, waves), rank=7),
    }


NAMES = tuple(functions())


@pytest.fixture(params=NAMES)
def dictionary(request):
    return functions()[request.param]


def equal(one, other):
    """Return whether two dictionaries have the same fields, bit by bit."""
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "parts":
            if len(a) != len(b) or not all(map(equal, a, b)):
                return False
        elif field.name == "parameters":
            if not all(np.array_equal(p, q) for p, q in zip(a, b, strict=True)):
                return False
        elif not (a is b or np.array_equal(a, b)):
            return False
    return True


def test_every_dictionary_gives_one_column_per_function(dictionary):
    psi = dictionary(X[:, : dictionary.n_state])
    assert psi.shape == (30, dictionary.n_functions)
    assert psi.dtype.kind == ("c" if dictionary.dtype_kind == "complex" else "f")
    assert psi.flags.c_contiguous
    assert np.isfinite(psi).all()
    if dictionary.indices is not None and dictionary.mixing is None:
        assert len(dictionary.indices) == dictionary.n_functions


def test_every_row_is_evaluated_by_itself(dictionary):
    psi = dictionary(X[:, : dictionary.n_state])
    rows = np.concatenate([dictionary(row[None, : dictionary.n_state]) for row in X])
    # the products that mix functions may be summed in another order
    assert rows == pytest.approx(psi, abs=1e-12 * max(1.0, abs(psi).max()))


def test_the_memory_order_of_states_does_not_change_a_bit(dictionary):
    x = np.ascontiguousarray(X[:, : dictionary.n_state])
    wide = np.zeros((60, 2 * dictionary.n_state))
    wide[::2, ::2] = x
    read_only = x.copy()
    read_only.flags.writeable = False
    layouts = [
        np.asfortranarray(x),
        wide[::2, ::2],
        x[::-1].copy()[::-1],
        x.astype(">f8"),
        read_only,
    ]
    expected = dictionary(x).tobytes()
    before = x.copy()
    for layout in layouts:
        assert dictionary(layout).tobytes() == expected
    assert np.array_equal(x, before)


def test_every_dictionary_survives_a_file_bit_by_bit(dictionary, tmp_path):
    io.save(dictionary, tmp_path / "dictionary.npz")
    loaded = io.load(tmp_path / "dictionary.npz")
    assert equal(loaded, dictionary)
    x = X[:, : dictionary.n_state]
    assert loaded(x).tobytes() == dictionary(x).tobytes()


UNBOUNDED = (
    "linear",
    "monomials",
    "hermite",
    "indicator",  # it jumps
    "tensor",
    "union",
    "nested",
    "polynomial",
    "kernel_line",
)


def test_which_dictionaries_have_bounds():
    without = [name for name, each in functions().items() if each.bounds is None]
    assert tuple(without) == UNBOUNDED


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(UNBOUNDED)))
def test_bounds_hold_on_a_dense_sample(name):
    dictionary = functions()[name]
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, (4000, dictionary.n_state))
    step = rng.standard_normal(x.shape)
    step *= 1e-4 / np.linalg.norm(step, axis=1)[:, None]
    near = np.clip(x + step, -1, 1)
    sup, slope = dictionary.bounds
    psi, moved = dictionary(x), dictionary(near)
    distance = np.linalg.norm(near - x, axis=1)
    assert np.linalg.norm(psi, axis=1).max() <= sup * (1 + 1e-13)
    ratio = np.linalg.norm(moved - psi, axis=1) / distance
    assert ratio.max() <= slope * (1 + 1e-9)  # 2^-52 * 100 functions / 1e-4


def test_linear_functions_are_the_coordinates_in_memory_of_their_own():
    x = X.copy()
    psi = linear(4)(x)
    assert np.array_equal(psi, X)
    psi[:] = 0.0
    assert np.array_equal(x, X)
    assert linear(3).name == "linear"
    assert linear(3)(X[:, :3] * 1j).dtype == complex


@pytest.mark.parametrize("n_state", [0, -1, 1.5, None, True])
def test_linear_functions_need_a_number_of_columns(n_state):
    with pytest.raises(ParameterError, match=r"the number of columns of snapshots\.x"):
        linear(n_state)


def test_where_the_coordinates_stand():
    assert linear(3).coordinates == (0, 1, 2)
    assert monomials(2, n_state=2).coordinates == (1, 2)
    assert monomials([2, 0]).coordinates is None
    assert union(fourier(1), linear(1)).coordinates == (3,)
    assert union(tensor(fourier(1), fourier(0)), linear(2)).coordinates == (3, 4)
    assert fourier(2).coordinates is None
    assert compress(PAIRS, linear(2), rank=2).coordinates is None


def test_a_custom_function_is_called_and_checked():
    dictionary = custom(lambda x: np.hstack([x, x**2]), 4, n_state=2, name="mine")
    assert np.array_equal(dictionary(X[:, :2]), np.hstack([X[:, :2], X[:, :2] ** 2]))
    assert dictionary.name == "mine"
    assert dictionary.bounds is None
    with pytest.raises(
        ShapeError, match=r"mine\(x\) has shape \(30, 4\), needed \(30, 3\)"
    ):
        custom(dictionary.function, 3, n_state=2, name="mine")(X[:, :2])


@pytest.mark.parametrize(
    ("values", "error", "match"),
    [
        (lambda x: np.full((len(x), 1), np.nan), ParameterError, "30 values .* not finite"),
        (lambda x: np.log(x[:, :1] * 0), ParameterError, "values that are not finite"),
        (lambda x: np.ones(len(x)), ShapeError, r"has shape \(30,\), needed \(30, 1\)"),
        (lambda x: np.ones((1, 1)), ShapeError, r"one row per state and one column"),
        (lambda x: None, ParameterError, r"custom\(x\) is None, needed numbers"),
        (lambda x: x[:, :1] > 0, ParameterError, r"custom\(x\) has dtype bool"),
        (lambda x: [["a"]] * len(x), ParameterError, r"custom\(x\) has dtype"),
    ],
)
def test_bad_values_of_a_custom_function_are_refused(values, error, match):
    with np.errstate(all="ignore"), pytest.raises(error, match=match):
        custom(values, 1, n_state=2)(X[:, :2])


def test_a_custom_dictionary_cannot_be_stored_and_the_message_says_what_to_do(tmp_path):
    dictionary = union(linear(2), custom(np.cos, 2, n_state=2))
    with pytest.raises(ParameterError, match="build that part with a named constructor"):
        io.save(dictionary, tmp_path / "a.npz")
    state = accumulate(PAIRS, dictionary)
    with pytest.raises(ParameterError, match=r"replace\(result, dictionary=None\)"):
        io.save(state, tmp_path / "a.npz")
    io.save(dataclasses.replace(state, dictionary=None), tmp_path / "a.npz")
    loaded = io.load(tmp_path / "a.npz")
    assert loaded.blocks.tobytes() == state.blocks.tobytes()


def test_the_precision_of_parts_is_kept():
    x = X.astype(np.float32)
    for name, dictionary in functions().items():
        psi = dictionary(x[:, : dictionary.n_state])
        assert psi.dtype in (np.float32, np.complex64), name
        exact = dictionary(x[:, : dictionary.n_state].astype(float))
        scale = 1.0
        if dictionary.mixing is not None:  # the mixing cancels: its size times rounding
            scale = np.linalg.norm(dictionary.mixing, 2) * 10
        assert abs(psi - exact).max() < 1e-5 * scale, name


def test_a_dictionary_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        linear(3).name = "other"


@pytest.mark.parametrize("x", [X[:, :2], X[0], np.ones((2, 5)), np.ones((2, 3, 3))])
def test_states_of_another_width_are_refused(x):
    with pytest.raises(ShapeError, match=r"x has shape .*, needed"):
        linear(3)(x)


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"family": "magic"}, ParameterError, "family is 'magic'; use a constructor"),
        ({"n_state": 0}, ParameterError, "n_state is 0"),
        ({"indices": [1, 2]}, ShapeError, r"\(2,\), .* one row of degrees a function"),
        ({"indices": np.zeros((0, 2), int)}, ShapeError, "one row of degrees a function"),
        ({"indices": None}, ShapeError, "one row of degrees a function"),
        ({"indices": [[1], [1, 2]]}, ShapeError, "rows of different lengths"),
        ({"indices": [[1.0, 2.0]]}, ParameterError, "dtype float64; degrees are whole"),
        ({"indices": [[1, -2]]}, ParameterError, "degrees are whole numbers from 0"),
        ({"parameters": (1.0,)}, ParameterError, r"needed a tuple of 0 for monomials"),
        ({"mixing": np.ones((2, 2))}, ShapeError, r"mixing has shape .*needed \(3, n_f"),
        ({"mixing": np.full((3, 1), np.nan)}, ParameterError, "mixing has .* not finite"),
        ({"bounds": (1.0,)}, ParameterError, r"bounds is \(1.0,\); pass \(sup, slope\)"),
        ({"bounds": (1.0, -1.0)}, ParameterError, "two finite numbers from 0 on"),
        ({"family": "linear", "n_state": 3}, ShapeError, None),
    ],
)
def test_fields_that_do_not_fit_together_are_refused(changes, error, match):
    fields = {
        "name": "mine",
        "family": "monomials",
        "n_state": 2,
        "indices": np.array([[0, 0], [1, 0], [0, 2]]),
    }
    if match is None:
        assert Dictionary(**(fields | changes)).n_functions == 3
        return
    with pytest.raises(error, match=match):
        Dictionary(**(fields | changes))


@pytest.mark.parametrize(
    ("dictionary", "changes", "match"),
    [
        (tensor(fourier(1), fourier(1)), {"parameters": (np.full((2, 2), 3),)}, "up to"),
        (tensor(fourier(1), fourier(1)), {"parameters": (np.array([[-1, 0]]),)}, "whole"),
        (tensor(fourier(1), fourier(1)), {"n_state": 3}, "columns of a state of 3"),
        (tensor(fourier(1), fourier(1)), {"parts": ()}, "parts of tensor"),
        (union(linear(1), linear(1)), {"parts": ()}, "parts of union"),
        (union(linear(1), linear(1)), {"parts": (linear(1), linear(2))}, "parts of union"),
        (delays(linear(1), 2), {"parts": (linear(2),)}, "parts of delays"),
        (delays(linear(1), 2), {"parameters": (0,)}, "count is 0"),
        (fourier(1), {"parameters": (-1.0,)}, "period is -1.0"),
        (chebyshev(1), {"parameters": (1.0, 0.0)}, "left < right"),
        (radial(X[:, :2], scale=1.0), {"n_state": 3}, "needed 3 columns"),
        (radial(X[:, :2], scale=1.0), {"parameters": (X, "cubic", 1.0)}, "columns|one of"),
        (indicator(EDGES), {"n_state": 2}, "needed a tuple of 2 for indicator"),
        (custom(np.cos, 1, n_state=1), {"function": None}, "function is a NoneType"),
    ],
)
def test_a_damaged_composition_is_refused(dictionary, changes, match):
    with pytest.raises((ParameterError, ShapeError), match=match):
        dataclasses.replace(dictionary, **changes)
