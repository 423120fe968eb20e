import math
import struct
import tempfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from io_samples import HELD_OUT, NO_CLAIM, same, sample

from perturbsci import io
from perturbsci.io.archive import DTYPES, npy_header
from perturbsci.results import Status
from perturbsci.verification import Certificate, uniform_order

SHAPES = st.sampled_from([(), (0,), (1,), (7,), (0, 3), (2, 3), (2, 0, 2), (1, 2, 3)])
SETTINGS = settings(deadline=None, derandomize=True, max_examples=60)


@st.composite
def arrays(draw):
    """Any bits: signaling NaN, subnormal, negative zero."""
    dtype, shape = np.dtype(draw(st.sampled_from(sorted(DTYPES)))), draw(SHAPES)
    seed = draw(st.integers(0, 2**32 - 1))
    count = math.prod(shape) * dtype.itemsize
    content = np.random.default_rng(seed).bytes(count)
    if dtype.kind == "b":
        content = bytes(byte % 2 for byte in content)
    return np.frombuffer(content, dtype).reshape(shape).copy()


FLOATS = st.integers(0, 2**64 - 1).map(
    lambda n: struct.unpack("<d", n.to_bytes(8, "little"))[0]
)
SPECIAL = st.sampled_from(
    [0.0, -0.0, math.nan, -math.nan, math.inf, -math.inf, 5e-324, 1e308]
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**300), 2**300),
    FLOATS,
    SPECIAL,
    st.builds(complex, SPECIAL | FLOATS, SPECIAL | FLOATS),
    st.text(),
    st.fractions(),
    st.sampled_from(Status),
)
LEAVES = (
    PLAIN | arrays() | arrays().filter(lambda a: a.size).map(lambda a: a.reshape(-1)[0])
)
KEYS = st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True)
FREE_KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.text()) | st.fractions()


def nested(inner):
    return st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(FREE_KEYS, PLAIN, max_size=3),
        inner.map(sample),
    )


VALUES = LEAVES | nested(LEAVES | nested(LEAVES))


def round_trip(result, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = io.save(result, Path(folder, "result.npz"), **options)
        archive = io.verify(path)
        return io.load(path), archive


@SETTINGS
@given(value=VALUES, again=LEAVES)
def test_save_then_load_is_the_identity(exported, value, again):
    result = sample(value, again)
    loaded, _ = round_trip(result)
    assert same(loaded, result)


@SETTINGS
@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,20}", fullmatch=True), arrays()
    )
)
def test_named_arrays_come_back_in_their_order_and_numpy_reads_them(mapping):
    with tempfile.TemporaryDirectory() as folder:
        path = io.save(mapping, Path(folder, "arrays.npz"))
        loaded = io.load(path)
        with np.load(path, allow_pickle=False) as archive:
            assert all(same(archive[name], array) for name, array in mapping.items())
    assert same(loaded, mapping)


def test_an_array_of_a_hundred_thousand_numbers():
    x = np.random.default_rng(0).standard_normal(100_000)
    loaded, _ = round_trip({"x": x})
    assert same(loaded["x"], x)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: np.asfortranarray(a),
        lambda a: a[::-1, ::2],
        lambda a: a.astype(">f8"),
        lambda a: np.broadcast_to(a[0], (5, 6)),
        lambda a: a.T,
    ],
    ids=["Fortran", "strided", "big-endian", "broadcast", "transposed"],
)
def test_memory_layout_does_not_matter(view):
    array = view(np.arange(24.0).reshape(4, 6))
    plain = np.array(array, dtype=float, order="C")
    loaded, archive = round_trip({"x": array})
    assert same(loaded["x"], plain)
    assert archive.arrays["x"].sha256 == io.hash_array(array) == io.hash_array(plain)


def test_hash_is_that_of_dtype_shape_and_bytes():
    # printf '<f8||\0\0\0\0\0\0\0\0' | sha256sum
    zero = "21962412d7279688"
    hashes = {
        io.hash_array(np.zeros(shape, dtype))
        for shape in [(), (1,), (6,), (2, 3), (3, 2), (0,), (0, 2)]
        for dtype in ["f8", "i8", "c8", "u8"]
    }
    assert len(hashes) == 28
    assert io.hash_array(np.zeros(())).startswith(zero)


@pytest.mark.parametrize("dtype", sorted(DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (5,), (123456, 2), (2,) * 10])
def test_array_header_is_the_one_of_numpy(dtype, shape, tmp_path):
    np.save(tmp_path / "x.npy", np.empty(shape, dtype))
    assert (tmp_path / "x.npy").read_bytes().startswith(npy_header(shape, dtype))


def test_padding_of_array_headers_is_that_of_numpy():
    # lengths that differ by one, past a multiple of the 64 bytes that headers fill
    for shape in [(), *((10**k,) for k in range(20)), *((3, 10**k) for k in range(99))]:
        file = BytesIO()
        fields = {"descr": "<f8", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, fields)
        assert npy_header(shape, "<f8") == file.getvalue()


def test_a_public_result_comes_back_with_its_certificate():
    result = uniform_order(
        lambda epsilon, h: (1 + epsilon) * h, [1.0, 0.1], [0.1, 0.05, 0.025]
    )
    loaded, archive = round_trip(result, parameters={"epsilon": 0.1}, seed=7)
    assert same(loaded, result)
    assert archive.kind == "verification.UniformOrder"
    assert same(archive.certificates, (result.certificate,))
    assert archive.meta["provenance"]["parameters"] == {"epsilon": 0.1}
    assert archive.meta["provenance"]["seed"] == 7


def test_nested_arrays_are_members_with_the_path_as_name(exported):
    result = sample({"a": (np.zeros(1), np.ones(2))}, [{"b": np.ones(3)}])
    _, archive = round_trip(result)
    assert [(name, record.shape) for name, record in archive.arrays.items()] == [
        ("value.a.0", (1,)),
        ("value.a.1", (2,)),
        ("again.0.b", (3,)),
    ]


def test_all_certificates_are_found_in_field_order(exported):
    result = sample((NO_CLAIM, {"x": HELD_OUT}), sample(NO_CLAIM))
    _, archive = round_trip(result)
    kinds = [certificate.kind for certificate in archive.certificates]
    assert kinds == ["held-out", "none", "held-out", "held-out", "none"]
    assert all(isinstance(certificate, Certificate) for certificate in archive.certificates)


def test_a_long_integer_and_a_small_fraction(exported):
    result = sample(10**5000, Fraction(-1, 10**400))
    assert same(round_trip(result)[0], result)


def test_files_of_equal_results_differ_in_provenance_only(exported, tmp_path):
    result = sample({"z": np.arange(3.0), "a": (1, 2.5, "é")}, np.zeros((2, 2)))
    metas = []
    for name in ("first", "second"):
        archive = io.verify(io.save(result, tmp_path / f"{name}.npz", seed=3))
        assert archive.meta.pop("provenance")["seed"] == 3
        metas.append(archive.meta)
    assert metas[0] == metas[1]


def test_mapping_without_arrays_is_legal():
    assert round_trip({})[0] == {}
