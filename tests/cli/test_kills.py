"""A killed run resumes: the same arrays, no temporary files, everything kept afterwards."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perturbsci.studies import get_study, run_study

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}


def command(folder, *names):
    return [
        sys.executable,
        "-m",
        "perturbsci",
        "figures",
        *names,
        "-o",
        str(folder),
        "--json",
    ]


def hashes(folder, *names):
    done = subprocess.run(
        command(folder, *names), capture_output=True, env=ENVIRONMENT, check=True
    )
    found = json.loads(done.stdout)
    states = [study["state"] for study in found["studies"]]
    return {study["name"]: study["arrays"] for study in found["studies"]}, states


def kill_and_resume(folder, undisturbed, seconds, n_kills, *names):
    moments = random.Random(0)
    for _ in range(n_kills):
        process = subprocess.Popen(
            command(folder, *names),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
        )
        time.sleep(moments.uniform(0, seconds))
        process.kill()
        process.wait()
        found, _ = hashes(folder, *names)
        assert found == undisturbed
        assert list(folder.glob(".*")) == []
        _, states = hashes(folder, *names)
        assert set(states) == {"kept"}
        for path in folder.glob("*.json"):
            path.unlink()  # forget, so that the next run has something to be killed in


def test_a_killed_study_resumes(tmp_path):
    name = "verification_uniform_order"
    begin = time.monotonic()
    undisturbed = {name: dict(run_study(get_study(name)).arrays)}
    kill_and_resume(tmp_path, undisturbed, 1 + time.monotonic() - begin, 1, name)


@pytest.mark.slow
def test_several_figures_resume_after_25_kills(tmp_path):
    names = ("verification_uniform_order", "backend_same_bits", "statespace_norms")
    begin = time.monotonic()
    undisturbed, _ = hashes(tmp_path / "whole", *names)
    seconds = time.monotonic() - begin
    kill_and_resume(tmp_path / "killed", undisturbed, seconds, 25, *names)
