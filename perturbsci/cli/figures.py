"""``perturbsci figures``: run studies and print the table of their claims."""

import argparse
import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import perturbsci
from perturbsci.cli.progress import Progress
from perturbsci.errors import ParameterError
from perturbsci.studies.registry import first_line, get_study, list_studies

if TYPE_CHECKING:
    from perturbsci.studies import StudyOutcome

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of this verb.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of this verb.
    """
    parser.add_argument("names", nargs="*", metavar="NAME", help="studies; default all")
    parser.add_argument("--list", action="store_true", help="show the studies and stop")
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--backend", metavar="NAME", help="numba, numpy or cupy")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("-o", "--output", default="figures", metavar="DIR")
    parser.add_argument("--force", action="store_true", help="run finished studies again")
    parser.epilog = "example: perturbsci figures koopman_elnino --size full -o figures"


def run(arguments: argparse.Namespace) -> int:
    """Run the verb.

    Parameters
    ----------
    arguments : argparse.Namespace
        As parsed.

    Returns
    -------
    code : int
        0, 3 if a study could not run, 4 if a claim failed.

    Raises
    ------
    ParameterError
        If a study is unknown, or the output is a file.
    """
    if arguments.list:
        _print_list(arguments.json)
        return 0
    if Path(arguments.output).is_file():
        raise ParameterError(f"output {arguments.output!r} is a file; name a folder")
    start = time.perf_counter()
    names = arguments.names or list(list_studies())
    studies = [get_study(name) for name in names]
    outcomes = []
    with Progress(len(studies)) as progress:
        for study in studies:
            progress.begin(study.name)
            outcome = perturbsci.studies.run_study(
                study,
                size=arguments.size,
                backend=arguments.backend,
                seed=arguments.seed,
                output=arguments.output,
                force=arguments.force,
            )
            outcomes.append(outcome)
            progress.finish(f"{outcome.state}, {_verdict(outcome)}")
    report = perturbsci.studies.write_report(outcomes, arguments.output)
    seconds = time.perf_counter() - start
    if arguments.json:
        print(json.dumps(_as_json(outcomes, arguments, seconds), allow_nan=False))
    else:
        print("\n\n".join(outcome.table() for outcome in outcomes))
        claims = [claim for outcome in outcomes for claim in outcome.claims]
        held = sum(claim.passed for claim in claims)
        print(f"\n{held} of {len(claims)} claims hold, {seconds:.1f} s; see {report}")
    if any(outcome.state == "failed" for outcome in outcomes):
        return 3
    return 0 if all(outcome.passed for outcome in outcomes) else 4


def _print_list(as_json: bool) -> None:
    lines = {name: first_line(name) for name in list_studies()}
    if as_json:
        print(json.dumps({"schema": 1, "studies": lines}))
        return
    width = max(map(len, lines))
    print("\n".join(f"{name:<{width}}  {line}" for name, line in lines.items()))


def _verdict(outcome: "StudyOutcome") -> str:
    good = sum(claim.passed for claim in outcome.claims)
    return outcome.message or f"{good} of {len(outcome.claims)} claims hold"


def _as_json(
    outcomes: list["StudyOutcome"], arguments: argparse.Namespace, seconds: float
) -> dict[str, object]:
    return {
        "schema": 1,
        "size": arguments.size,
        "backend": arguments.backend or perturbsci.backend.get_backend().name,
        "output": arguments.output,
        "seconds": seconds,
        "passed": all(outcome.passed for outcome in outcomes),
        "studies": [
            _study_as_json(outcome, Path(arguments.output)) for outcome in outcomes
        ],
    }


def _study_as_json(outcome: "StudyOutcome", folder: Path) -> dict[str, object]:
    names = [f"{outcome.name}.{suffix}" for suffix in ("npz", "png", "pdf", "json")]
    return {
        "name": outcome.name,
        "state": outcome.state,
        "seconds": outcome.seconds,
        "message": outcome.message,
        "files": [name for name in names if (folder / name).is_file()],
        "arrays": dict(outcome.arrays),
        "claims": [
            {
                "text": claim.text,
                "value": claim.value if math.isfinite(claim.value) else None,
                "reference": claim.reference,
                "expected": claim.expected,
                "tolerance": claim.tolerance,
                "relation": claim.relation,
                "passed": claim.passed,
            }
            for claim in outcome.claims
        ],
    }
