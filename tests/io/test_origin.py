import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perturbsci import backend, io
from perturbsci.errors import ParameterError
from perturbsci.io import origin

KEYS = {
    *("versions", "git", "command", "parameters", "seed", "backend", "threads", "blas"),
    *("machine", "start", "seconds", "peak_memory"),
}


@pytest.fixture
def private(monkeypatch):
    """Give the process a user, a host and a home that occur nowhere else."""
    monkeypatch.setenv("HOME", "/home/zebulon")
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "zebulon")
    monkeypatch.setattr("platform.node", lambda: "quagga.example.org")


def test_it_holds_what_is_needed_to_repeat_and_is_json():
    with backend.use("numpy", threads=2):
        found = io.provenance(parameters={"epsilon": 0.1}, seed=3, seconds=2)
    assert found.keys() == KEYS
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["backend"], found["threads"], found["seed"]) == ("numpy", 2, 3)
    assert found["seconds"] == 2.0
    assert found["versions"]["numpy"] == np.__version__
    assert found["versions"].keys() >= {
        "python",
        "scipy",
        "sympy",
        "numba",
        "matplotlib",
        "cupy",
    }
    assert found["machine"].keys() == {"system", "processor", "cores", "memory"}
    assert found["blas"].keys() == {"name", "version", "architecture"}
    assert found["start"].endswith("+00:00")
    assert 2**20 < found["peak_memory"] < found["machine"]["memory"]


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("figures", "figures"),
        ("--size=small", "--size=small"),
        ("-o", "-o"),
        ("/home/zebulon/work/out", "out"),
        ("--output=/home/zebulon/out/", "--output=out"),
        ("/home/zebulon", "~"),
        ("/home/zebulon/", "~"),
        ("~zebulon/x.npz", "x.npz"),
        ("../zebulon", "~"),
        ("zebulon@quagga:/data/x", "x"),
        ("quagga.example.org", "~"),
        ("quagga", "~"),
        ("zebulon-run.npz", "~-run.npz"),
        ("--home=zebulon", "--home=~"),
        (r"C:\Users\zebulon\x.npz", "x.npz"),
        ("/", ""),
        ("", ""),
    ],
)
def test_words_of_the_command(private, monkeypatch, word, kept):
    monkeypatch.setattr(sys, "argv", ["/home/zebulon/bin/perturbsci", word])
    assert io.provenance()["command"] == [kept]


def test_no_user_host_or_home(private, monkeypatch):
    words = [
        "/home/zebulon/a",
        "zebulon",
        "quagga",
        "--x=/home/zebulon",
        "/tmp/quagga/zebulon",
    ]
    monkeypatch.setattr(sys, "argv", ["perturbsci", *words])
    text = json.dumps(io.provenance(parameters={"epsilon": 0.1}, seed=0))
    for secret in ("zebulon", "quagga", "/home", str(Path.cwd())):
        assert secret not in text


def test_parameters_become_plain_json():
    parameters = {
        "n": np.int64(3),
        "x": np.float64(0.5),
        "bad": [float("nan"), float("-inf")],
        "z": 1 + 2j,
        "q": Fraction(1, 3),
        "t": (1, {"a": None, "b": True}),
    }
    assert io.provenance(parameters=parameters)["parameters"] == {
        "n": 3,
        "x": 0.5,
        "bad": ["nan", "-inf"],
        "z": "(1+2j)",
        "q": "1/3",
        "t": [1, {"a": None, "b": True}],
    }


@pytest.mark.parametrize("value", [np.zeros(3), {1: 2}, abs, {1, 2}, np.longdouble(1)])
def test_parameters_that_are_refused(value):
    with pytest.raises(
        ParameterError, match=r"parameters\['x'\]\[0\] is a .*pass array.tolist"
    ):
        io.provenance(parameters={"x": [value]})


def test_seeds():
    assert io.provenance()["seed"] is None
    assert io.provenance(seed=np.int32(4))["seed"] == 4
    assert io.provenance(seed=np.random.default_rng(0))["seed"] == "Generator(PCG64)"
    with pytest.raises(ParameterError, match="pass None if none was used"):
        io.provenance(seed="today")


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_seconds_that_are_refused(seconds):
    with pytest.raises(ParameterError, match="needed a time from 0 on"):
        io.provenance(seconds=seconds)


def test_a_backend_that_cannot_be_used_does_not_stop_a_save(monkeypatch, tmp_path):
    monkeypatch.setenv("PERTURBSCI_BACKEND", "abacus")
    path = io.save({"x": np.zeros(1)}, tmp_path / "x.npz")
    assert io.verify(path).meta["provenance"]["backend"] is None


def make_checkout(folder):
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *command], cwd=folder, check=True, timeout=30)


def test_git_tells_commit_and_changes(tmp_path):
    package = tmp_path / "perturbsci"
    package.mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert origin._git(package) is None
    make_checkout(tmp_path)
    clean = origin._git(package)
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (tmp_path / "pyproject.toml").write_text("x")
    assert origin._git(package) == {"commit": clean["commit"], "dirty": True}


def test_a_checkout_of_something_else_is_not_told(tmp_path):
    """As of a virtual environment inside the project of a user."""
    package = tmp_path / "environment" / "perturbsci"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    make_checkout(tmp_path)
    assert origin._git(package) is None


def test_without_git(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".git").mkdir()
    assert origin._git(tmp_path / "perturbsci") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert origin._git(tmp_path / "perturbsci") is None


@pytest.mark.parametrize(
    ("words", "core"),
    [
        ("OpenBLAS 0.3.31.188.0 USE64BITINT NO_AFFINITY Haswell MAX_THREADS=64", "Haswell"),
        ("OpenBLAS 0.3.31 DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64", None),
        ("", None),
    ],
)
def test_the_core_that_blas_was_built_for(monkeypatch, words, core):
    config = {
        "Build Dependencies": {"blas": {"name": "b", "openblas configuration": words}}
    }
    monkeypatch.setattr(np, "show_config", lambda **_: config)
    assert io.provenance()["blas"] == {"name": "b", "version": None, "architecture": core}


def test_it_loads_no_heavy_library():
    script = (
        "import sys; from perturbsci import io; io.provenance();"
        "heavy = {'sympy', 'scipy', 'numba', 'matplotlib', 'cupy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr
