import errno
import json
import os
import re
import subprocess
import sys
import types
import zipfile

import numpy as np
import pytest
import sympy
from io_samples import Picky, Thawed, same, sample

from perturbsci import io
from perturbsci.errors import ParameterError
from perturbsci.files import write_atomically
from perturbsci.io import writing
from perturbsci.io.writing import json_depth

OLD, NEW = {"x": np.zeros(4)}, {"x": np.ones(4)}
DUMMY = sympy.Dummy("x")
DEEP = []
for _ in range(30):
    DEEP = [DEEP]
ENDLESS = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (abs, "field 'value' holds a builtins.builtin_function_or_method"),
        (DUMMY**2, "field 'value' holds a sympy.core.symbol.Dummy"),
        ({"a": (1, {2})}, "field 'value.a.1' holds a builtins.set"),
        ([b"bytes"], "field 'value.0' holds a builtins.bytes"),
        ({DUMMY: 1}, "key.* holds a sympy.core.symbol.Dummy"),
        (types.SimpleNamespace(x=1), "SimpleNamespace"),
        (Thawed(3), "Thawed"),
        (
            np.array(["a"]),
            r"field 'value' has dtype <U1.* write \.astype\(numpy\.float64\)",
        ),
        (np.array([None]), "has dtype object"),
        (np.zeros(2, "M8[s]"), r"dtype datetime64\[s\]"),
        (np.zeros(2, "f8,f8"), "has dtype"),
        (np.longdouble(1), r"write \.astype\(numpy\.float64\)"),
        (np.zeros(1, np.clongdouble), r"write \.astype\(numpy\.complex128\)"),
        (np.str_("text"), "has dtype <U4"),
        (np.ma.masked_array([1.0], [True]), r"pass \.filled\(number\)"),
        ({"a b": np.zeros(1)}, "'value.a b' cannot name an array.* rename"),
        ({-1: np.zeros(1)}, "'value.-1' cannot name an array"),
        ({"k" * 130: np.zeros(1)}, "at most 127 ASCII letters"),
        ({"a.b": np.zeros(1), "a": {"b": np.zeros(1)}}, "two arrays would be stored as"),
        (DEEP, "nested more than 20 deep"),
        (ENDLESS, "nested more than 20 deep"),
        ({1: {2: {3: {4: {5: {6: {7: {8: {9: {10: 1}}}}}}}}}}, "deep as JSON"),
        ("x" * (2**24 + 1), "turn long lists of numbers into arrays"),
    ],
)
def test_what_cannot_be_stored_is_named_before_the_file_is_opened(
    exported, tmp_path, value, match
):
    with pytest.raises(ParameterError, match=match):
        io.save(sample(value), tmp_path / "x.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("result", "match"),
    [
        ({"x": [1.0]}, r"result\['x'\] is a list, needed an array"),
        ({"x": 1.0}, r"pass numpy\.asarray"),
        ({"x": np.float64(1)}, "is a float64, needed an array"),
        ({"a/b": np.zeros(1)}, "'a/b' cannot name an array"),
        ({3: np.zeros(1)}, "3 cannot name an array"),
        ({"": np.zeros(1)}, "cannot name an array"),
        (np.zeros(1), "is a ndarray, needed a result"),
        (None, "is a NoneType"),
        (Thawed(3), r"pass \{'x': array\}"),
    ],
)
def test_what_is_no_result(exported, tmp_path, result, match):
    with pytest.raises(ParameterError, match=match):
        io.save(result, tmp_path / "x.npz")


def test_frozen_dataclasses_of_the_package_are_stored_too(exported, tmp_path):
    picky = Picky(3)
    assert same(io.load(io.save(picky, tmp_path / "x.npz")), picky)


def test_an_existing_file_is_replaced_only_on_request(tmp_path):
    path = io.save(OLD, tmp_path / "x.npz")
    with pytest.raises(ParameterError, match="pass overwrite=True"):
        io.save(NEW, path)
    assert same(io.load(path), OLD)
    io.save(NEW, str(path), overwrite=True)
    assert same(io.load(path), NEW)
    assert [place.name for place in tmp_path.iterdir()] == ["x.npz"]


def test_targets_that_cannot_be_a_file(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "link.npz").symlink_to(tmp_path / "x.npz")
    os.mkfifo(tmp_path / "pipe.npz")
    for name, match in [
        ("folder.npz", "a folder or device"),
        ("pipe.npz", "a folder or device"),
        ("link.npz", "symbolic link"),
        ("missing/x.npz", "no existing folder; make"),
        ("link.npz/x.npz", "no existing folder; make"),
        ("x.zip", "add the suffix"),
        ("x", "add the suffix"),
    ]:
        with pytest.raises(ParameterError, match=match):
            io.save(OLD, tmp_path / name, overwrite=True)
    for path in (3, None, b"x.npz", "", "a\0.npz"):
        with pytest.raises(ParameterError, match=r"pass a file name such as 'result\.npz'"):
            io.save(OLD, path)


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = io.save(OLD, tmp_path / "x.npz")

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail, overwrite=True)
    assert same(io.load(path), OLD)
    assert list(tmp_path.iterdir()) == [path]


def test_errors_of_the_writer_itself_pass_unchanged(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(tmp_path / "x", lambda _: (tmp_path / "lost").open())
    assert caught.value.filename == str(tmp_path / "lost")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="bytes are free") as caught:
        io.save(OLD, tmp_path / "x.npz")
    assert caught.value.filename == str(tmp_path / "x.npz")


def test_the_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "plain").touch()
    usual = (tmp_path / "plain").stat().st_mode
    assert io.save(OLD, tmp_path / "x.npz").stat().st_mode == usual


def run(script, *words):
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FULL_DISK = """
import json, pathlib, resource, signal, sys
import numpy as np
from perturbsci import io
folder = pathlib.Path(sys.argv[1])
path = io.save({"x": np.zeros(4)}, folder / "x.npz")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    io.save({"x": np.ones(100_000)}, path, overwrite=True)
except OSError as error:
    found = [error.errno, error.filename, str(error)]
print(json.dumps([found, io.load(path)["x"].tolist(), [p.name for p in folder.iterdir()]]))
"""


def test_a_full_disk_keeps_the_old_file_and_says_what_is_needed(tmp_path):
    (number, filename, message), values, names = run(FULL_DISK, tmp_path)
    assert number == errno.EFBIG
    assert filename == str(tmp_path / "x.npz")
    assert re.search(
        r"needed 80\d{4} bytes, \d+ bytes are free .*an existing file was kept", message
    )
    assert values == [0.0] * 4
    assert names == ["x.npz"]


KILLS = """
import json, os, pathlib, random, signal, sys, time
import numpy as np
from perturbsci import io
path = pathlib.Path(sys.argv[1], "x.npz")
rng = random.Random(3)
io.save({"x": np.zeros(100_000), "y": np.zeros(100_000)}, path)
seen = []
for trial in range(int(sys.argv[2])):
    before = path.stat().st_ino
    child = os.fork()
    if child == 0:
        k = 0
        while True:
            k += 1
            arrays = {name: np.full(100_000, trial + k / 1e6) for name in "xy"}
            io.save(arrays, path, overwrite=True)
    while path.stat().st_ino == before:  # the first save replaces the file
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    values = np.unique(np.concatenate(list(io.load(path).values())))
    seen.append(values.tolist())
print(json.dumps([seen, [p.name for p in path.parent.iterdir()]]))
"""


def test_kills_leave_the_old_or_the_new_file(tmp_path):
    seen, names = run(KILLS, tmp_path, 25)
    assert len(seen) == 25
    assert all(len(values) == 1 for values in seen)
    assert [int(value) for (value,) in seen] == list(range(25))
    others = [name for name in names if name != "x.npz"]
    assert all(re.fullmatch(r"\.x\.npz\.\d+\.[0-9a-f]{8}\.tmp", name) for name in others)


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("1", 0),
        ('{"a": [1, {}]}', 3),
        ('["]", []]', 2),
        ('["[[[", "\\"[[", {}]', 2),
        ("[[], [], [[]]]", 3),
    ],
)
def test_brackets_inside_of_texts_are_no_depth(text, depth):
    assert json_depth(text) == depth


def meta_text(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("meta.json").decode()


def test_what_is_no_array_is_sorted_and_up_to_a_limit(tmp_path, monkeypatch):
    arrays, path = {"y": np.ones(2), "x": np.ones(3)}, tmp_path / "x.npz"
    text = meta_text(io.save(arrays, path, parameters={"b": 1, "a": 2}))
    assert text == json.dumps(json.loads(text), sort_keys=True)
    monkeypatch.setattr(writing, "provenance", lambda **_: {})
    text = meta_text(io.save(arrays, path, overwrite=True))
    for name, most in (("MAX_META", len(text)), ("MAX_DEPTH", json_depth(text))):
        with monkeypatch.context() as patch:
            patch.setattr(writing, name, most)
            assert meta_text(io.save(arrays, path, overwrite=True)) == text
            patch.setattr(writing, name, most - 1)
            with pytest.raises(ParameterError, match=f"allowed are {most - 1};"):
                io.save(arrays, path, overwrite=True)


def test_the_room_that_is_asked_for_is_the_size_of_the_file(tmp_path, monkeypatch):
    asked = []

    def recorded(target, write, *, overwrite, needed):
        asked.append(needed)
        return write_atomically(target, write, overwrite=overwrite, needed=needed)

    write_atomically = writing.write_atomically
    monkeypatch.setattr(writing, "write_atomically", recorded)
    path = io.save({"x": np.ones(5), "y": np.arange(3)}, tmp_path / "x.npz")
    assert asked == [path.stat().st_size]
