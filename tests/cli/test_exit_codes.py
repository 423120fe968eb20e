import errno
import signal
import time

import pytest

from perturbsci import io
from perturbsci.cli import main
from perturbsci.verification import Certificate, UniformOrder, uniform_order


def figures(folder, *words):
    return main(["figures", "koopman_tiny", "-o", str(folder), *words])


def test_0_when_every_claim_holds(with_study, tmp_path, capsys):
    with_study(12.0)
    assert figures(tmp_path) == 0
    assert "1 of 1 claims hold" in capsys.readouterr().out


def test_1_for_a_bug_says_how_to_report_it(monkeypatch, tmp_path, capsys):
    def broken(name):
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("perturbsci.cli.figures.get_study", broken)
    assert figures(tmp_path) == 1
    assert "please report" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["figures", "koopman_elnini"], "did you mean 'koopman_elnino'"),
        (["figures", "--seed", "-3"], "whole number from 0 on"),
        (["figures", "--backend", "jax"], "'numba', 'numpy' or 'cupy'"),
        (["figures", "--backend", "cupy"], "cupy"),
        (["check", "README.txt"], "name one of them"),
    ],
)
def test_2_for_words_that_make_no_sense(words, advice, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert advice in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "show"])
@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("missing.npz", "does not exist; check its name and folder"),
        ("missing.json", "does not exist"),
        ("perturbation_jordan", "is no folder, .npz or .json file"),
    ],
)
def test_2_for_a_name_that_is_no_file(verb, name, advice, tmp_path, capsys):
    assert main([verb, str(tmp_path / name)]) == 2
    assert advice in capsys.readouterr().err


def test_2_for_a_folder_to_show_and_a_file_to_write_into(tmp_path, capsys):
    assert main(["show", str(tmp_path)]) == 2
    assert "is a folder; name one of its files" in capsys.readouterr().err
    (tmp_path / "x").touch()
    assert main(["figures", "koopman_elnino", "-o", str(tmp_path / "x")]) == 2
    assert "is a file; name a folder" in capsys.readouterr().err


def test_without_words_the_verbs_are_listed(capsys):
    with pytest.raises(SystemExit):
        main([])
    assert "run studies: figures" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["draw"], ["figures", "--size", "huge"], ["show"]])
def test_2_for_usage(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "usage: perturbsci" in capsys.readouterr().err


def test_3_when_a_study_could_not_run_and_the_others_do(monkeypatch, with_study, tmp_path):
    good = with_study(12.0)

    def choose(name):
        return good if name == "koopman_tiny" else _broken(good)

    monkeypatch.setattr("perturbsci.cli.figures.get_study", choose)
    words = ["figures", "koopman_broken", "koopman_tiny", "-o", str(tmp_path)]
    assert main(words) == 3
    assert (tmp_path / "koopman_tiny.json").is_file()


def _broken(study):
    import dataclasses  # noqa: PLC0415

    def run(size, backend, seed):
        raise ValueError("no data")

    return dataclasses.replace(study, name="koopman_broken", run=run)


def test_4_when_a_claim_fails(with_study, tmp_path, capsys):
    with_study(13.0)
    assert figures(tmp_path) == 4
    assert "FAILED  the year in months: 13 = 12" in capsys.readouterr().out
    assert main(["check", str(tmp_path)]) == 4


def test_4_when_a_certificate_fails(tmp_path, capsys):
    table = uniform_order(lambda epsilon, step: step + epsilon, [1.0, 0.0], [0.1, 0.05])
    assert isinstance(table, UniformOrder)
    assert isinstance(table.certificate, Certificate)
    assert not table.certificate.passed
    path = io.save(table, tmp_path / "table.npz")
    assert main(["check", str(path)]) == 4
    assert "order uniform in epsilon" in capsys.readouterr().out


def test_5_names_the_damaged_file(with_study, tmp_path, capsys):
    with_study(12.0)
    figures(tmp_path)
    path = tmp_path / "koopman_tiny.npz"
    content = bytearray(path.read_bytes())
    content[-200] ^= 4
    path.write_bytes(bytes(content))
    capsys.readouterr()
    assert main(["check", str(tmp_path)]) == 5
    assert "damaged" in capsys.readouterr().out
    assert main(["show", str(path)]) == 5
    assert "koopman_tiny.npz" in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_6_when_the_disk_is_full_names_the_path(
    number, monkeypatch, with_study, tmp_path, capsys
):
    with_study(12.0)

    def full(*words, **named):
        raise OSError(number, "no space (needed 9 bytes, 3 bytes are free)", "x.npz")

    monkeypatch.setattr("perturbsci.studies.running.io.save", full)
    assert figures(tmp_path) == 6
    message = capsys.readouterr().err
    assert "x.npz" in message
    assert "3 bytes are free" in message


def test_6_when_memory_runs_out(monkeypatch, tmp_path, capsys):
    def huge(name):
        raise MemoryError("Unable to allocate 1 PiB")

    monkeypatch.setattr("perturbsci.cli.figures.get_study", huge)
    assert figures(tmp_path) == 6
    assert "1 PiB" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_130_and_143_within_two_seconds_and_resumable(number, code, start, tmp_path):
    process = start(tmp_path)
    assert process.stderr.readline().strip() == "running"
    begin = time.monotonic()
    process.send_signal(number)
    _, error = process.communicate(timeout=10)
    assert time.monotonic() - begin < 2
    assert process.returncode == code
    assert f"perturbsci figures koopman_a koopman_b -o {tmp_path}" in error
    assert list(tmp_path.glob("*.tmp")) + list(tmp_path.glob(".*")) == []
