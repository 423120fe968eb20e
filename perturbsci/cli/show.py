"""``perturbsci show``: the summary of a stored result, or of a study."""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy

from perturbsci import io
from perturbsci.cli.paths import stored_file
from perturbsci.results import Result, clip
from perturbsci.studies.base import CheckedClaim
from perturbsci.studies.storage import read_record

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of this verb.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of this verb.
    """
    parser.add_argument("path", metavar="PATH", help="an .npz archive or a study's .json")
    parser.epilog = "example: perturbsci show figures/koopman_elnino.npz"


def run(arguments: argparse.Namespace) -> int:
    """Run the verb.

    Parameters
    ----------
    arguments : argparse.Namespace
        As parsed.

    Returns
    -------
    code : int
        0.
    """
    path = stored_file(arguments.path)
    facts, text = _study(path) if path.suffix == ".json" else _archive(path)
    print(json.dumps(facts) if arguments.json else text)
    return 0


def _study(path: Path) -> tuple[dict[str, object], str]:
    record = read_record(path)
    lines = [
        f"{record['name']}: {record['title']}",
        f"size {record['size']}, seed {record['seed']}",
    ]
    for claim in record["claims"]:  # null is how JSON says NaN
        known: dict[str, Any] = {
            name: math.nan if v is None else v for name, v in claim.items()
        }
        lines.append(str(CheckedClaim(**known)))
    return {"schema": 1, **record}, clip(lines)


def _archive(path: Path) -> tuple[dict[str, object], str]:
    archive = io.verify(path)
    arrays = {
        name: {"shape": list(array.shape), "dtype": array.dtype, "sha256": array.sha256}
        for name, array in archive.arrays.items()
    }
    facts = {
        "schema": 1,
        "path": str(path),
        "kind": archive.kind,
        "arrays": arrays,
        "fields": archive.meta["fields"],
        "certificates": [str(certificate) for certificate in archive.certificates],
    }
    result = io.load(path)
    if isinstance(result, Result):
        return facts, result.summary()
    lines = [f"{path.name}: {archive.kind}"]
    lines += [
        f"{name}  {array.shape}  {numpy.dtype(array.dtype)}"
        for name, array in archive.arrays.items()
    ]
    lines += [str(certificate) for certificate in archive.certificates]
    return facts, clip(lines)
