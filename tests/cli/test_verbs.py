import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from perturbsci import io, perturbation
from perturbsci.cli import VERBS, bench, main
from perturbsci.studies import list_studies

ROOT = Path(__file__).parents[2]


def one_object(text):
    assert text.count("\n") == 1
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_figures_json_is_one_object_with_every_claim(with_study, tmp_path, capsys):
    with_study(12.0)
    assert main(["figures", "koopman_tiny", "-o", str(tmp_path), "--json"]) == 0
    found = one_object(capsys.readouterr().out)
    assert sorted(found) == sorted(
        ["schema", "size", "backend", "output", "seconds", "passed", "studies"]
    )
    (study,) = found["studies"]
    assert sorted(study) == sorted(
        ["name", "state", "seconds", "message", "files", "arrays", "claims"]
    )
    assert study["files"] == [f"koopman_tiny.{s}" for s in ("npz", "png", "pdf", "json")]
    assert study["arrays"] == {"x": io.hash_array(numpy.arange(3.0))}
    (claim,) = study["claims"]
    assert claim == {
        "text": "the year in months",
        "value": 12.0,
        "reference": "koopman.year",
        "expected": 12.0,
        "tolerance": 0.01,
        "relation": "equal",
        "passed": True,
    }


def test_json_of_a_value_that_is_not_finite_is_null(with_study, tmp_path, capsys):
    with_study(float("nan"))
    assert main(["figures", "koopman_tiny", "-o", str(tmp_path), "--json"]) == 4
    found = one_object(capsys.readouterr().out)
    assert found["studies"][0]["claims"][0]["value"] is None
    assert found["passed"] is False


def test_progress_off_a_terminal_is_one_plain_line_a_study(with_study, tmp_path, capsys):
    with_study(12.0)
    main(["figures", "koopman_tiny", "-o", str(tmp_path)])
    error = capsys.readouterr().err
    assert re.fullmatch(
        r"\[1/1\] koopman_tiny: drawn, 1 of 1 claims hold \(.* s\)\n", error
    )


def test_progress_on_a_terminal_rewrites_one_line(
    with_study, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with_study(12.0)
    main(["figures", "koopman_tiny", "-o", str(tmp_path)])
    error = capsys.readouterr().err
    assert "\n" not in error
    assert error.endswith("\r")


def test_a_dumb_terminal_gets_plain_lines(with_study, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    with_study(12.0)
    main(["figures", "koopman_tiny", "-o", str(tmp_path)])
    assert "\r" not in capsys.readouterr().err


def test_list_shows_every_study_with_its_first_line(capsys):
    assert main(["figures", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(list_studies())
    assert all(len(line.split()) > 3 for line in lines)
    assert main(["figures", "--list", "--json"]) == 0
    assert list(one_object(capsys.readouterr().out)["studies"]) == list(list_studies())


def test_info_finds_the_records_whole(capsys):
    assert main(["info"]) == 0
    assert "elnino: whole" in capsys.readouterr().out
    assert main(["info", "--json"]) == 0
    found = one_object(capsys.readouterr().out)
    names = ("elnino", "sunspots", "co2", "digits")
    assert found["records"] == dict.fromkeys(names, "whole")
    assert "numba" in found["backends"]


def test_info_reports_a_damaged_record(capsys, monkeypatch, tmp_path):
    from perturbsci import resources  # noqa: PLC0415

    for name in ("elnino.csv", "sunspots.csv", "co2.csv", "digits.csv", "SHA256SUMS"):
        content = resources.resource(name).read_bytes()
        (tmp_path / name).write_bytes(content.replace(b"23.11", b"23.12"))
    monkeypatch.setattr(
        "perturbsci.io.records.resource", lambda *parts: tmp_path.joinpath(*parts)
    )
    assert main(["info"]) == 5
    assert "elnino" in capsys.readouterr().out


def test_show_prints_the_summary_of_archive_and_study(with_study, tmp_path, capsys):
    with_study(12.0)
    main(["figures", "koopman_tiny", "-o", str(tmp_path)])
    capsys.readouterr()
    for suffix, word in (
        ("npz", "x  (3,)  float64"),
        ("json", "passed  the year in months: 12 = 12 within"),
    ):
        path = tmp_path / f"koopman_tiny.{suffix}"
        assert main(["show", str(path)]) == 0
        assert word in capsys.readouterr().out
        assert main(["show", str(path), "--json"]) == 0
        assert one_object(capsys.readouterr().out)["schema"] == 1


def test_show_gives_the_numbers_of_a_result_as_json(tmp_path, capsys):
    bound = perturbation.bauer_fike([[1.0, 100.0], [0.0, 2.0]], 1e-3)
    path = io.save(bound, tmp_path / "bound.npz")
    assert main(["show", str(path), "--json"]) == 0
    assert one_object(capsys.readouterr().out)["fields"]["value"] == bound.value


def test_check_passes_what_is_whole(with_study, tmp_path, capsys):
    with_study(12.0)
    main(["figures", "koopman_tiny", "-o", str(tmp_path)])
    capsys.readouterr()
    assert main(["check", str(tmp_path), "--json"]) == 0
    found = one_object(capsys.readouterr().out)
    assert found["passed"] is True
    assert [file["state"] for file in found["files"]] == ["good", "good"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_has_one_example(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        main([verb, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.count(f"example: perturbsci {verb}") == 1


def test_module_and_command_are_the_same():
    words = [sys.executable, "-m", "perturbsci", "figures", "--list"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, capture_output=True, text=True, env=environment, check=True
    )
    assert "koopman_elnino" in done.stdout


def test_a_closed_pipe_is_no_error():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "perturbsci", "figures", "--list"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()


def test_bench_prints_one_line_a_floor_and_start(capsys, monkeypatch):
    monkeypatch.setattr(bench, "REPEATS", 1)
    monkeypatch.setattr(bench, "STARTS", {"python": ["-c", "pass"]})
    assert main(["bench"]) == 0
    *floors, start = capsys.readouterr().out.splitlines()
    names = ["triad", "dgemm, n = 600", "svd, n = 200", "fft, n = 2^20", "sha256"]
    assert [line[:28].strip() for line in floors] == names
    assert all(float(line[28:38]) > 0 for line in floors)
    assert start.startswith("python")
    assert start.endswith(" s (+0.000 s)")


@pytest.mark.slow
def test_bench_prints_every_floor(capsys):
    assert main(["bench", "--json"]) == 0
    found = one_object(capsys.readouterr().out)
    assert all(floor["value"] > 0 for floor in found["floors"].values())
