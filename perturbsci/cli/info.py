"""``perturbsci info``: what is installed, what can be used, whether the data are whole."""

import argparse
import dataclasses
import json

from perturbsci import __version__, backend, io
from perturbsci.errors import FileFormatError
from perturbsci.io.records import DESCRIPTIONS
from perturbsci.resources import resource

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of this verb.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of this verb.
    """
    parser.epilog = "example: perturbsci info --json"


def run(arguments: argparse.Namespace) -> int:
    """Run the verb.

    Parameters
    ----------
    arguments : argparse.Namespace
        As parsed.

    Returns
    -------
    code : int
        0, or 5 if a shipped record is damaged.
    """
    machine = backend.info()
    problems = {name: _problem(name) for name in DESCRIPTIONS}
    damaged = any(problems.values())
    facts = {
        "schema": 1,
        "perturbsci": __version__,
        **dataclasses.asdict(machine),
        "backends": backend.available(),
        "data_folder": str(resource()),
        "records": {name: problem or "whole" for name, problem in problems.items()},
    }
    if arguments.json:
        print(json.dumps(facts))
    else:
        print(f"perturbsci    {__version__}\n{machine.summary()}")
        print(f"backends      {', '.join(backend.available())}\ndata_folder   {resource()}")
        for name, problem in problems.items():
            print(f"record        {name}: {problem or 'whole'}")
    return 5 if damaged else 0


def _problem(name: str) -> str:
    try:
        io.load_record(name)
    except FileFormatError as error:
        return str(error)
    return ""
