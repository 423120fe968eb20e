"""Every argument of every public function of files: a good value, and mistakes."""

import atexit
import math
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np

from perturbsci import io, resources
from perturbsci.results import Result
from tests.mistakes import NO_SEED, but, choice, entry, flag, no_panel, whole

FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER)
HERE = Path(FOLDER)
STORED = io.save({"x": np.arange(3.0)}, HERE / "x.npz")
TEXT = HERE / "text.npz"
TEXT.write_text("no archive", encoding="ascii")
EMPTY = HERE / "empty.npz"
EMPTY.write_bytes(b"")
NO_TEXT = {"none": None, "number": 3, "list": ["x"], "class": Path, "array": np.ones(2)}
NO_FILE = NO_TEXT | {
    "missing": HERE / "missing.npz",
    "folder": HERE,
    "text file": TEXT,
    "empty file": EMPTY,
    "nothing": "",
}
NO_TARGET = NO_TEXT | {
    "nothing": "",
    "folder": HERE,
    "no such folder": HERE / "no" / "x.npz",
}
NO_CONTENT = {
    "none": None,
    "text": "x",
    "number": 1.0,
    "array": np.ones(2),
    "list": [np.ones(2)],
    "function": math.sin,
    "class": Result,
    "object": {"x": np.array([None])},
    "code": {"x": math.sin},
}
FILE = re.compile(r"(path|npz|tmp).*(needed|pass)")  # files are named by their path
SIZE = re.compile("max_bytes")
NO_BYTES = whole(2**20, few=10)[2]
NO_ORIGIN = {
    "text": "a",
    "number": 1,
    "list": [1],
    "no name": {1: 1.0},
    "code": {"a": math.sin},
}
ORIGIN = {
    "parameters": entry(None, NO_ORIGIN),
    "seed": entry(None, but(NO_SEED, "none")),
}

STORABLE = ("nan", "infinity", "empty", "an axis more", "bool", "float16")

CALLS = {
    "save": (
        io.save,
        {
            "result": entry({"x": np.ones(2)}, NO_CONTENT),
            "path": entry(HERE / "y.npz", NO_TARGET),
            **ORIGIN,
            "overwrite": (True, *flag()[1:]),
        },
    ),
    "load": (
        io.load,
        {"path": entry(STORED, NO_FILE, FILE), "max_bytes": entry(2**20, NO_BYTES, SIZE)},
    ),
    "verify": (
        io.verify,
        {"path": entry(STORED, NO_FILE, FILE), "max_bytes": entry(2**20, NO_BYTES, SIZE)},
    ),
    "hash_array": (
        io.hash_array,
        {"array": entry(np.ones(2), but(no_panel(np.ones(2)), *STORABLE))},
    ),
    "load_record": (io.load_record, {"name": choice("elnino", path="../elnino")}),
    "provenance": (
        io.provenance,
        ORIGIN
        | {
            "seconds": entry(
                None, {"text": "1", "nan": math.nan, "negative": -1.0, "bool": True}
            )
        },
    ),
    "resource": (
        lambda parts: resources.resource(parts),
        {"parts": entry("reference", NO_TEXT | {"up": "..", "root": "/"})},
    ),
}
