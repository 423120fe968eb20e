"""``perturbsci check``: are files whole, and do their certificates and claims hold."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from perturbsci import io
from perturbsci.cli.paths import SUFFIXES, stored_file
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.studies.storage import read_record

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of this verb.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of this verb.
    """
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="files, or folders of them"
    )
    parser.epilog = "example: perturbsci check figures"


def run(arguments: argparse.Namespace) -> int:
    """Run the verb.

    Parameters
    ----------
    arguments : argparse.Namespace
        As parsed.

    Returns
    -------
    code : int
        0; 5 if a file is damaged; 4 if a certificate or claim does not hold.
    """
    rows = [_checked(path) for path in _files(arguments.paths)]
    states = {state for _, state, _ in rows}
    if arguments.json:
        files = [
            {"path": str(path), "state": state, "message": text}
            for path, state, text in rows
        ]
        print(json.dumps({"schema": 1, "passed": states <= {"good"}, "files": files}))
    else:
        for path, state, text in rows:
            print(f"{state:<8}{path}" + (f": {text}" if text else ""))
    return 5 if "damaged" in states else 4 if "failed" in states else 0


def _files(words: list[str]) -> Iterator[Path]:
    """Yield the files to check; a folder stands for its archives and records."""
    for word in words:
        if not Path(word).is_dir():
            yield stored_file(word)
            continue
        below = sorted(Path(word).rglob("*"))
        found = [path for path in below if path.suffix in SUFFIXES and path.is_file()]
        if not found:
            raise ParameterError(
                f"path {word!r} holds no .npz or .json file; name a folder of outputs"
            )
        yield from found


def _checked(path: Path) -> tuple[Path, str, str]:
    """Return path, state, and what is wrong."""
    try:
        if path.suffix == ".json":
            claims = read_record(path)["claims"]
            bad = [claim["text"] for claim in claims if not claim["passed"]]
        else:
            certificates = io.verify(path).certificates
            bad = [
                str(certificate) for certificate in certificates if not certificate.passed
            ]
    except FileFormatError as error:
        return path, "damaged", str(error).removeprefix(f"{path}: ")
    return path, "failed" if bad else "good", "; ".join(bad)
