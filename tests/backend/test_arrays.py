import array_api_strict
import numpy as np
import pytest

from perturbsci import backend
from perturbsci.backend.arrays import as_array, device_of
from perturbsci.errors import BackendError, ParameterError, ShapeError

KEPT = (np.float64, np.complex128, np.float32, np.complex64)
VALUES = np.random.default_rng(0).standard_normal((6, 4))


class OnCupy:
    """Stands for an array of CuPy: its module is what the library looks at."""

    __module__ = "cupy.fake"

    def __init__(self, index=0):
        self.device = type("Device", (), {"id": index})()

    def get(self):
        return np.ones(2)


class Tensor:
    """Stands for an array of any library that speaks DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def as_memory_map(values, folder):
    path = folder / "values.bin"
    values.tofile(path)
    return np.memmap(path, dtype=values.dtype, mode="r", shape=values.shape)


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


LAYOUTS = {
    "C order": lambda v, _: v.copy(),
    "Fortran order": lambda v, _: np.asfortranarray(v),
    "strided": lambda v, _: np.repeat(np.repeat(v, 2, axis=0), 3, axis=1)[::2, ::3],
    "negative stride": lambda v, _: v[::-1, ::-1].copy()[::-1, ::-1],
    "big-endian": lambda v, _: v.astype(v.dtype.newbyteorder(">")),
    "big-endian Fortran": lambda v, _: np.asfortranarray(v.astype(">c16")),
    "read-only": lambda v, _: read_only(v),
    "memory-mapped": as_memory_map,
    "masked without a mask": lambda v, _: np.ma.masked_array(v),
    "subclass": lambda v, _: v.view(np.recarray),
    "transposed": lambda v, _: v.T.copy().T,
    "DLPack": lambda v, _: Tensor(v.copy()),
    "array-API": lambda v, _: array_api_strict.asarray(v.copy()),
    "nested list": lambda v, _: v.tolist(),
    "list of arrays": lambda v, _: list(v),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_bitwise_the_c_ordered_copy(layout, tmp_path):
    dtype = np.complex128 if layout == "big-endian Fortran" else np.float64
    values = LAYOUTS[layout](VALUES.astype(dtype), tmp_path)
    array = as_array(values, name="x")
    assert type(array) is np.ndarray
    assert array.dtype == dtype
    assert array.dtype.isnative
    assert array.flags.c_contiguous
    assert array.tobytes() == VALUES.astype(dtype).tobytes()


@pytest.mark.parametrize("layout", ["strided", "big-endian", "Fortran order"])
@pytest.mark.parametrize("dtype", KEPT)
def test_the_four_dtypes_are_kept_in_every_layout(layout, dtype, tmp_path):
    values = LAYOUTS[layout](VALUES.astype(dtype), tmp_path)
    before = values.tobytes()
    array = as_array(values, name="x")
    assert array.dtype == dtype
    assert array.tobytes() == VALUES.astype(dtype).tobytes()
    assert values.tobytes() == before


def test_a_clean_array_is_passed_through():
    assert as_array(VALUES, name="x") is VALUES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_copy_never_shares_memory(layout, tmp_path):
    values = LAYOUTS[layout](VALUES.copy(), tmp_path)
    owner = values.array if layout == "DLPack" else values
    owner = owner._array if layout == "array-API" else owner
    array = as_array(values, name="x", copy=True)
    assert not any(np.shares_memory(array, part) for part in np.asanyarray(owner))


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", ">i8", "u8", int])
def test_integers_become_float64(dtype):
    array = as_array(np.arange(3, dtype=dtype), name="x")
    assert array.dtype == np.float64
    assert array.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("value", [3, 3.0, np.float64(3), np.int8(3), range(3, 4)])
def test_scalars_and_ranges(value):
    array = as_array(value, name="x")
    assert array.dtype == np.float64
    assert array.ravel().tolist() == [3.0]


@pytest.mark.parametrize(
    ("value", "options", "match"),
    [
        (np.ones(3), {"ndim": 2}, r"x has shape \(3,\), needed 2 axes.* x\[:, None\]"),
        (np.ones((1, 3)), {"ndim": 1}, r"needed 1 axis; reshape it, or pass x\[0\]"),
        (np.float64(1), {"ndim": 1}, "add the missing axes with None in an index"),
        (np.ones((2, 3, 1)), {"ndim": 2}, r"reshape it, or pass x\[0\]"),
        (np.ones((2, 3)), {"columns": 4}, "needed 4 columns on its last axis; pass the 4"),
        (np.float64(1), {"columns": 4}, "needed 4 columns"),
        (np.ones((0, 3)), {}, r"\(0, 3\), which holds no number; pass at least one row"),
        (np.ones((3, 0)), {}, "holds no number; pass at least one row and one column"),
        ([], {}, "holds no number; pass at least one row"),
        ([[1.0], [1.0, 2.0]], {}, "x is a list whose rows have different lengths; make"),
        ([np.ones(2), np.ones(3)], {}, "make all rows equally long, or pass a list of"),
    ],
)
def test_wrong_shapes(value, options, match):
    with pytest.raises(ShapeError, match=match):
        as_array(value, name="x", **options)


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (np.array([True]), r"x has dtype bool, .*; write x\.astype\(float\) if truth"),
        ([True, False], "x has dtype bool"),
        (np.float16([1]), r"x has dtype float16, .* write x\.astype\(numpy\.float32\)"),
        (np.float16([1]).astype(">f2"), r"dtype float16, .*astype\(numpy\.float32\)"),
        (np.longdouble([1]), r"has dtype longdouble, .*x\.astype\(numpy\.float64\)"),
        (np.clongdouble([1]), r"has dtype clongdouble, .*x\.astype\(numpy\.complex128\)"),
        (np.array([1, None]), r"has dtype object, .*numpy\.array\(x, dtype=float\)"),
        ([1.0, None], "x has dtype object, .* if every entry is a number"),
        ([10**400], "x has dtype object, .* if every entry is a number"),
        (np.array(["1"]), "x has dtype str.*, .* if every entry is a number"),
        (np.zeros(2, "M8[s]"), r"x has dtype datetime64\[s\], needed float64, complex128"),
        (np.zeros(2, "f8,f8"), "x has dtype void.*, needed float64, complex128"),
        ("1.0", "x is '1.0', needed numbers; pass an array or a list of numbers"),
        (b"1.0", "x is b'1.0', needed numbers; pass an array or a list of numbers"),
        (None, "x is None, needed numbers; pass an array or a list of numbers"),
        ({"a": 1}, "x is {'a': 1}, needed numbers; pass an array or a list"),
        ({1.0}, r"x is {1\.0}, needed numbers"),
        (object(), "x has dtype object"),
        ((number for number in range(3)), "x has dtype object"),
        (
            np.ma.masked_array([1.0, 2.0], [True, False]),
            r"masked array with 1 masked entries, .*drop those rows or pass x\.filled",
        ),
    ],
)
def test_what_is_no_array_of_numbers(value, match):
    with pytest.raises(ParameterError, match=match):
        as_array(value, name="x")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, complex(0, np.nan)])
def test_values_that_are_not_finite_are_counted_and_placed(bad):
    values = VALUES.astype(complex if isinstance(bad, complex) else float)
    values[2:4, 1] = bad
    with pytest.raises(
        ParameterError,
        match=r"`x` has 2 values that are not finite, first at index \(2, 1\); drop those",
    ):
        as_array(values, name="x")
    assert as_array(values, name="x", finite=False) is values


def test_a_complex_array_where_real_numbers_are_needed():
    with pytest.raises(ParameterError, match=r"dtype complex64, .* pass x\.real if the"):
        as_array(np.complex64([1]), name="x", real=True)


def test_extents_of_zero_on_request():
    assert as_array(np.zeros((0, 3)), name="x", ndim=2, empty=True).shape == (0, 3)


def test_an_object_that_breaks_its_promise_of_dlpack():
    class Broken(Tensor):
        def __dlpack__(self, **_):
            raise BufferError("on another machine")

    with pytest.raises(BackendError, match=r"Broken .*another machine.* pass a NumPy or"):
        as_array(Broken(VALUES), name="x")
    with pytest.raises(BackendError, match=r"Broken .* convert it to a NumPy array first"):
        backend.to_host(Broken(VALUES))


def test_host_arrays_are_not_copied():
    assert backend.to_host(VALUES) is VALUES
    assert backend.to_device(VALUES, "numpy") is VALUES
    assert np.shares_memory(backend.to_host(Tensor(VALUES)), VALUES)
    assert backend.to_host(OnCupy()).tolist() == [1.0, 1.0]


def test_the_namespace_is_that_of_the_arrays():
    strict = array_api_strict.ones(2)
    assert backend.namespace(VALUES, None, 2.0, 1j, np.float32(3)) is np
    assert backend.namespace() is np
    assert backend.namespace(strict, 1.0).__name__ == "array_api_strict"


def test_a_list_has_no_namespace():
    with pytest.raises(BackendError, match=r"argument 2 is a list.* pass a NumPy or CuPy"):
        backend.namespace(VALUES, [1.0])


def test_the_device_of_an_array():
    second = array_api_strict.ones(2, device=array_api_strict.Device("device1"))
    assert device_of(VALUES) == "numpy"
    assert device_of(OnCupy(1)) == "cupy:1"
    assert device_of(second) != device_of(array_api_strict.ones(2))


@pytest.mark.parametrize(
    ("x", "y", "match"),
    [
        (
            OnCupy(),
            VALUES,
            r"x lives on cupy:0 but y on numpy; move one of them with "
            r'backend\.to_device\(y, "cupy(:0)?"\) or backend\.to_host\(x\)',
        ),
        (
            VALUES,
            OnCupy(),
            r"x lives on numpy but y on cupy:0; move one of them with .*to_host\(y\)",
        ),
        (
            OnCupy(0),
            OnCupy(1),
            r'x lives on cupy:0 but y on cupy:1; .*to_device\((y, "cupy:0|x, "cupy:1)"\)',
        ),
    ],
)
def test_mixed_devices_are_named_with_the_call_that_moves_one(x, y, match):
    with pytest.raises(BackendError, match=match):
        backend.namespace(x, y, names=("x", "y"))


def test_the_two_devices_of_one_library_do_not_mix():
    first = array_api_strict.ones(2)
    second = array_api_strict.ones(2, device=array_api_strict.Device("device1"))
    with pytest.raises(BackendError, match=r"a lives on array_api_strict:.* but b on"):
        backend.namespace(first, second, names=("a", "b"))
