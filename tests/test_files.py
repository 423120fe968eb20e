import errno
import os

import pytest

from perturbsci.errors import ParameterError
from perturbsci.files import RESOURCE_ERRORS, check_target, write_atomically


def write_new(file):
    file.write(b"new")


def failing(error):
    def write(file):
        file.write(b"half of the n")
        raise error

    return write


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "result.npz"
    path.write_bytes(b"old")
    return path


def test_a_new_file_is_written_and_its_path_returned(tmp_path):
    assert write_atomically(str(tmp_path / "x"), write_new) == tmp_path / "x"
    assert (tmp_path / "x").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_the_old_file_stands_until_the_new_one_is_complete(target):
    def write(file):
        file.write(b"new")
        assert target.read_bytes() == b"old"
        assert len(list(target.parent.iterdir())) == 2

    write_atomically(target, write, overwrite=True)
    assert target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(1), ValueError("x"), ParameterError("x")]
)
def test_a_failing_writer_leaves_the_old_file_and_nothing_else(target, error):
    with pytest.raises(type(error)) as caught:
        write_atomically(target, failing(error), overwrite=True)
    assert caught.value is error
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("number", sorted(RESOURCE_ERRORS))
def test_an_error_about_resources_names_path_and_bytes(target, number):
    error = OSError(number, os.strerror(number))
    with pytest.raises(OSError, match=r"needed 13 bytes, \d+ bytes are free") as caught:
        write_atomically(target, failing(error), overwrite=True, needed=13)
    assert caught.value.errno == number
    assert caught.value.filename == str(target)
    assert "make room or choose another folder; an existing file was kept" in str(
        caught.value
    )
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_without_a_size_only_the_free_bytes_are_named(tmp_path):
    error = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match=r"device \(\d+ bytes are free"):
        write_atomically(tmp_path / "x", failing(error))


def test_another_error_of_the_system_passes_unchanged(tmp_path):
    error = OSError(errno.EIO, "Input/output error")
    with pytest.raises(OSError, match="Input/output error") as caught:
        write_atomically(tmp_path / "x", failing(error))
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_a_rename_that_fails_removes_the_temporary_file(target, monkeypatch):
    def replace(self, other):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(type(target), "replace", replace)
    with pytest.raises(OSError, match="Read-only file system"):
        write_atomically(target, write_new, overwrite=True)
    assert list(target.parent.iterdir()) == [target]


def test_an_existing_target_is_kept_without_overwrite(target):
    with pytest.raises(ParameterError, match=r"pass overwrite=True to replace it"):
        write_atomically(target, write_new)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_refused_also_where_it_points_to_nothing(target, exists):
    link = target.with_name("link")
    link.symlink_to(target if exists else target.with_name("nothing"))
    with pytest.raises(ParameterError, match="pass the file that it points to"):
        write_atomically(link, write_new, overwrite=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("path", [None, 3, b"bytes", "", "a\0b"])
def test_a_path_is_text_or_a_path(path):
    with pytest.raises(ParameterError, match=r"pass a file name such as 'result\.npz'"):
        check_target(path, overwrite=True, suffix=".npz")


def test_places_that_cannot_be_a_file(tmp_path):
    with pytest.raises(ParameterError, match=r"make .*missing first"):
        check_target(tmp_path / "missing" / "x", overwrite=False)
    with pytest.raises(ParameterError, match="pass a file name in a folder"):
        check_target(tmp_path, overwrite=True)
    with pytest.raises(ParameterError, match=r"needed a name in \.npz; add the suffix"):
        check_target(tmp_path / "x.npy", overwrite=False, suffix=".npz")
