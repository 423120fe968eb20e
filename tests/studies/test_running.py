import errno
import functools
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy
import pytest

import perturbsci
from perturbsci import io, studies
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.studies import run_study, storage
from perturbsci.studies.storage import (
    read_record,
    remove_stale,
    study_key,
    write_record,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_without_output_nothing_is_written(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run_study(tiny)
    assert outcome.passed
    assert outcome.state == "drawn"
    assert names(tmp_path) == []


def test_a_finished_study_is_kept_and_its_claims_computed_again(tiny, tmp_path):
    first = run_study(tiny, output=tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    second = run_study(tiny, output=tmp_path)
    assert (first.state, second.state) == ("drawn", "kept")
    assert dict(first.arrays) == dict(second.arrays)
    assert second.claims[0].passed
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert run_study(tiny, output=tmp_path, force=True).state == "drawn"


def test_files_and_array_hashes_do_not_depend_on_folder_or_time(tiny, tmp_path):
    outcomes = [run_study(tiny, output=tmp_path / name) for name in ("a", "b")]
    assert dict(outcomes[0].arrays) == dict(outcomes[1].arrays)
    for suffix in ("png", "pdf"):
        a, b = (tmp_path / name / f"koopman_tiny.{suffix}" for name in ("a", "b"))
        assert a.read_bytes() == b.read_bytes()


def test_the_seconds_of_an_outcome_were_spent_in_the_call(tiny, variant, tmp_path):
    def broken(data):
        raise ZeroDivisionError

    calls = ((tiny, "drawn"), (tiny, "kept"), (variant(claims=broken), "failed"))
    for study, state in calls:
        start = time.perf_counter()
        outcome = run_study(study, output=tmp_path)
        assert outcome.state == state
        assert 0 <= outcome.seconds <= time.perf_counter() - start
        if state == "drawn":
            stored = read_record(tmp_path / "koopman_tiny.json")["seconds"]
            assert 0 <= stored <= outcome.seconds


def test_a_folder_is_made_with_its_parents_and_cleared_of_dead_writers(tiny, tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    folder = tmp_path / "results" / "today"
    run_study(tiny, output=folder)
    (folder / f".a.npz.{child.pid}.0a.tmp").touch()
    run_study(tiny, output=folder)
    assert names(folder) == [f"koopman_tiny.{end}" for end in ("json", "npz", "pdf", "png")]


@pytest.mark.parametrize("change", [{"seed": 1}, {"size": "full"}, {"backend": "numpy"}])
def test_other_arguments_run_again(tiny, tmp_path, change):
    run_study(tiny, output=tmp_path)
    assert run_study(tiny, output=tmp_path, **change).state == "drawn"


def test_key_depends_on_every_argument_and_version(tiny, monkeypatch):
    keys = {
        study_key(tiny, "small", "numba", 0),
        study_key(tiny, "full", "numba", 0),
        study_key(tiny, "small", "numpy", 0),
        study_key(tiny, "small", "numba", 1),
    }
    monkeypatch.setattr("perturbsci.studies.storage.metadata.version", lambda name: "0")
    keys.add(study_key(tiny, "small", "numba", 0))
    monkeypatch.setattr("perturbsci.studies.storage._sources", lambda: "changed")
    keys.add(study_key(tiny, "small", "numba", 0))
    assert len(keys) == 6


def test_key_depends_on_sources_and_data_but_not_on_what_python_compiled(
    tiny, tmp_path, monkeypatch
):
    assert Path(perturbsci.__file__).parent == storage.PACKAGE
    package, data = tmp_path / "package", tmp_path / "data"
    for folder in (package / "__pycache__", data):
        folder.mkdir(parents=True)
    monkeypatch.setattr(storage, "PACKAGE", package)
    monkeypatch.setattr(storage, "resource", lambda: data)
    keys = []
    for path in (package / "a.py", data / "a.csv", package / "__pycache__" / "a.py"):
        path.write_text("1")
        storage._sources.cache_clear()
        keys.append(study_key(tiny, "small", "numba", 0))
    storage._sources.cache_clear()
    assert keys[0] != keys[1] == keys[2]


def test_key_of_a_study_outside_of_the_package_depends_on_its_file(variant, tmp_path):
    path, keys = tmp_path / "mine.py", []
    for text in ("1.0", "2.0"):
        path.write_text(f"def run(size, backend, seed):\n    return {{'x': {text}}}\n")
        spec = importlib.util.spec_from_file_location("mine", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for run in (module.run, functools.partial(module.run)):
            keys += [study_key(variant(run=run), "small", "numba", 0)] * 2
            assert study_key(variant(run=run), "small", "numba", 0) == keys[-1]
    assert len(set(keys[:4])) == len(set(keys[4:])) == 1
    assert keys[0] != keys[4]


def test_a_study_without_a_file_is_never_kept(variant, tmp_path):
    class Run:
        def __call__(self, *_):
            return {"period": numpy.array(12.0), "x": numpy.ones(2)}

    def typed(size, backend, seed):
        return Run()()

    typed.__code__ = typed.__code__.replace(co_filename="<stdin>")
    for run in (Run(), typed):
        outcomes = [run_study(variant(run=run), output=tmp_path) for _ in range(2)]
        assert [each.state for each in outcomes] == ["drawn", "drawn"]


@pytest.mark.parametrize("suffix", ["npz", "png", "pdf", "json"])
def test_a_damaged_or_missing_file_runs_the_study_again(tiny, tmp_path, suffix):
    whole = run_study(tiny, output=tmp_path)
    path = tmp_path / f"koopman_tiny.{suffix}"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    again = run_study(tiny, output=tmp_path)
    assert again.state == "drawn"
    assert dict(again.arrays) == dict(whole.arrays)
    path.unlink()
    assert run_study(tiny, output=tmp_path).state == "drawn"


def test_record_is_written_last(tiny, tmp_path, variant):
    run_study(tiny, output=tmp_path)

    def broken(data):
        raise ZeroDivisionError("no figure")

    outcome = run_study(variant(draw=broken), output=tmp_path, force=True)
    assert outcome.state == "failed"
    assert "ZeroDivisionError" in outcome.message
    assert "no figure" in outcome.message
    assert "koopman_tiny.json" not in names(tmp_path)


def test_a_study_that_raises_is_failed_and_says_where(variant):
    def broken(size, backend, seed):
        return {"x": numpy.ones(3)[7]}

    outcome = run_study(variant(run=broken))
    assert outcome.state == "failed"
    assert "IndexError at test_running.py:" in outcome.message


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOSPC, "full", "x")])
def test_lack_of_resources_is_not_a_failed_study(variant, error):
    def broken(size, backend, seed):
        raise error

    with pytest.raises(type(error)):
        run_study(variant(run=broken))


def test_bad_arguments_are_refused(tiny, variant):
    with pytest.raises(ParameterError, match=r"pass get_study\(name\)"):
        run_study("koopman_elnino")
    with pytest.raises(ParameterError, match="knows small"):
        run_study(variant(sizes=("small",)), size="full")
    with pytest.raises(ParameterError, match="whole number from 0 on"):
        run_study(tiny, seed=-1)
    with pytest.raises(ParameterError, match="'numba', 'numpy' or 'cupy'"):
        run_study(tiny, backend="jax")


def test_unknown_study_offers_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'koopman_elnino'"):
        studies.get_study("koopman_elnin")


def test_record_survives_no_change(tiny, tmp_path):
    run_study(tiny, output=tmp_path)
    path = tmp_path / "koopman_tiny.json"
    record = read_record(path)
    assert record["claims"][0]["reference"] == "koopman.year"
    changed = json.loads(path.read_text())
    changed["claims"][0]["passed"] = False
    path.write_text(json.dumps(changed))
    with pytest.raises(FileFormatError, match="its own hash"):
        read_record(path)
    path.write_text("[" * 100_000)
    with pytest.raises(FileFormatError, match="run `perturbsci figures` again"):
        read_record(path)
    path.write_text(json.dumps({"schema": 2, "sha256": "", "files": {}}))
    with pytest.raises(FileFormatError, match="update perturbsci"):
        read_record(path)


def test_a_value_that_is_not_finite_is_stored_as_null(variant, tmp_path):
    nan = variant(run=lambda size, backend, seed: {"x": numpy.ones(2), "period": numpy.nan})
    outcome = run_study(nan, output=tmp_path)
    assert outcome.state == "drawn"
    assert not outcome.passed
    assert read_record(tmp_path / "koopman_tiny.json")["claims"][0]["value"] is None


def test_stale_files_of_dead_processes_go_and_others_stay(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    dead = tmp_path / f".a.npz.{child.pid}.0a.tmp"
    alive = tmp_path / f".a.npz.{os.getpid()}.0a.tmp"
    other = tmp_path / ".keep.tmp"
    beyond = tmp_path / f".a.npz.{2**70}.0a.tmp"  # no system has such a process
    for path in (dead, alive, other, beyond):
        path.touch()
    remove_stale(tmp_path)
    assert names(tmp_path) == sorted([alive.name, other.name, beyond.name])


def test_a_stale_file_that_another_process_removes_first_is_no_error(tmp_path, monkeypatch):
    stale = tmp_path / ".a.npz.7.0a.tmp"
    stale.touch()

    def removed_meanwhile(pid, signal):
        assert signal == 0  # a question, no signal
        stale.unlink()
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", removed_meanwhile)
    remove_stale(tmp_path)
    assert names(tmp_path) == []


def test_a_record_is_sorted_text_of_one_line_a_value_and_may_be_replaced(tmp_path):
    path = tmp_path / "a.json"
    for number in (1, 2):
        write_record(path, {"b": number, "a": {}})
    lines = path.read_text().splitlines()
    assert lines[:3] == ["{", ' "a": {},', ' "b": 2,']
    assert lines[3].startswith(' "sha256": ')


def test_stored_arrays_are_those_of_the_run(tiny, tmp_path):
    run_study(tiny, output=tmp_path, seed=3)
    stored = io.load(tmp_path / "koopman_tiny.npz")
    assert stored["x"].tobytes() == numpy.random.default_rng(3).random(5).tobytes()
