"""Every argument of every public function of studies: a good value, and mistakes."""

import atexit
import shutil
import tempfile

import numpy as np

from perturbsci import studies
from tests.mistakes import NO_FUNCTION, NO_REAL, but, choice, entry, flag

FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER)
TEXT = {
    "none": None,
    "number": 3,
    "list": ["x"],
    "bytes": b"x",
    "empty": "",
    "array": np.ones(1),
}
CLAIM = studies.Claim("period", 12.0, "koopman.elnino_annual_period")
FAILED = studies.StudyOutcome("mine", "failed", (), {}, 0.1, "x is 0")
PARTS = {
    "name": entry("mine", TEXT | {"spaces": "my study"}),
    "title": entry("A study", TEXT),
    "source": entry("Nobody (2000)", TEXT),
    "run": entry(lambda size, backend, seed: {"x": np.ones(2)}, NO_FUNCTION),
    "draw": entry(lambda data: None, NO_FUNCTION),
    "claims": entry(lambda data: [], NO_FUNCTION),
    "sizes": entry(
        ("small",),
        {"none": None, "text": "small", "number": 3, "empty": (), "unknown": ("large",)},
    ),
    "caption": entry("", but(TEXT, "empty")),
}
MINE = studies.Study(**{name: good for name, (good, _, _) in PARTS.items()})
NO_STUDY = {"none": None, "text": "mine", "class": studies.Study, "function": np.sin}
NO_STUDY |= {"claim": CLAIM, "outcome": FAILED}
NO_OUTCOMES = {
    "none": None,
    "number": 3,
    "one": FAILED,
    "text": "x",
    "study": [MINE],
    "names": ["x"],
}
NO_FOLDER = {"none": None, "number": 3, "list": ["x"], "array": np.ones(2)}
NO_SEED = {
    "none": None,
    "text": "x",
    "float": 1.5,
    "negative": -1,
    "bool": True,
    "list": [1],
}

CALLS = {
    "Study": (studies.Study, PARTS),
    "Claim": (
        studies.Claim,
        {
            "text": entry("period", TEXT),
            "value": entry(12.0, but(NO_REAL, "nan", "infinity", "decimal")),
            "reference": entry("koopman.elnino_annual_period", TEXT),
            "relation": choice("equal"),
        },
    ),
    "get_study": (studies.get_study, {"name": choice("koopman_sunspots")}),
    "run_study": (
        studies.run_study,
        {
            "study": entry(MINE, NO_STUDY),
            "size": choice("small"),
            "backend": entry(None, but(choice("numpy")[2], "none")),
            "seed": entry(0, NO_SEED),
            "output": entry(None, but(NO_FOLDER, "none")),
            "force": flag(),
        },
    ),
    "write_report": (
        studies.write_report,
        {
            "outcomes": entry([FAILED], NO_OUTCOMES),
            "output": entry(FOLDER, NO_FOLDER),
        },
    ),
}
