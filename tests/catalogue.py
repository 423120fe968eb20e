"""The catalogue of bad inputs of the package: tables of calls by subpackage.

A table gives, for each public function, class and method, every argument with a good
value, the advice of its messages, and the mistakes it is given. Special cases are calls
that only several arguments together can get wrong, each with the message it is given.
"""

import importlib
import inspect
from dataclasses import dataclass, field

from tests.mistakes import functions, is_result


@dataclass(frozen=True)
class Part:
    """Where the tables of a subpackage stand, and what is in none, with the reason."""

    tables: tuple[str, ...]
    exempt: dict[str, str] = field(default_factory=dict)

    def _found(self, name):
        modules = [importlib.import_module(f"tests.{table}") for table in self.tables]
        return [getattr(module, name) for module in modules if hasattr(module, name)]

    @property
    def calls(self):
        return {
            name: call for table in self._found("CALLS") for name, call in table.items()
        }

    @property
    def cases(self):
        return {
            name: case for table in self._found("SPECIAL") for name, case in table.items()
        }


MADE_HERE = "returned by functions, not made by users"
RAISED = "raised by the package, not made by users"
PARTS = {
    "backend": Part(
        ("backend.backend_calls",),
        {
            "namespace.arrays": "any number of arrays; the table has one",
            "namespace.names": "words for the message, from the package itself",
            "linalg.sort_spectrum.arrays": "carried along; the table has the first",
        },
    ),
    "verification": Part(
        ("verification.verification_calls",),
        {"Reference": "an entry of the shipped files, checked by test_references"},
    ),
    "perturbation": Part(("perturbation.perturbation_calls",)),
    "problems": Part(
        ("problems.problem_calls",),
        {
            "dawson": "a SymPy function, whose arguments SymPy checks",
            "dawson.eval": "called by SymPy",
            "dawson.fdiff": "called by SymPy",
            "register": "a decorator of constructors; see test_registry",
            "field.coordinates": "any number of symbols; the table has one",
        },
    ),
    "koopman": Part(
        ("koopman.koopman_calls", "koopman.koopman_special_mistakes"),
        {
            "Dictionary": "made by constructors such as fourier",
            "GramState": MADE_HERE,
            "LimitCount": MADE_HERE,
            "RationalKernel": MADE_HERE,
        },
    ),
    "statespace": Part(
        ("statespace.statespace_calls", "statespace.statespace_special_mistakes"),
        {
            "Hippo": MADE_HERE,
            "Initialization": MADE_HERE,
            "ListOps": MADE_HERE,
            "SequenceClassifier": "made by sequence_classifier; see the special cases",
            "StateSpace": "the base class of systems",
        },
    ),
    "multiscale": Part(
        ("multiscale.multiscale_calls", "multiscale.multiscale_special_mistakes"),
        {
            "VelocityGrid": MADE_HERE,
            "CollisionOperator": MADE_HERE,
            "Moments": MADE_HERE,
            "Stepper": MADE_HERE,
        },
    ),
    "surrogates": Part(
        ("surrogates.surrogate_calls",),
        {"SolveStatistics": MADE_HERE, "Surrogate": MADE_HERE},
    ),
    "io": Part(
        ("io.io_calls",),
        {"Archive": MADE_HERE, "ArrayRecord": MADE_HERE, "Record": MADE_HERE},
    ),
    "plotting": Part(("plotting.plotting_calls",)),
    "studies": Part(
        ("studies.study_calls",),
        {"CheckedClaim": MADE_HERE, "StudyOutcome": MADE_HERE},
    ),
    "resources": Part(("io.io_calls",)),
    "results": Part(
        (), {"Status": "an enumeration", "Result": "the base class of results"}
    ),
    "errors": Part((), dict.fromkeys(("PerturbsciError",), RAISED)),
    "cli": Part((), {"main": "words of a person: usage and exit codes, tests/cli"}),
}


def missing(name):
    """Return what is public in a subpackage and stands in no table."""
    part, module = PARTS[name], importlib.import_module(f"perturbsci.{name}")
    found = []
    for label, thing in functions(module):
        if label in part.exempt or (is_result(thing) and label not in part.calls):
            continue
        if inspect.isclass(thing) and issubclass(thing, BaseException):
            continue
        elsewhere = {"self", "cls"} | ({"backend"} if part.cases else set())
        arguments = set(inspect.signature(thing).parameters) - elsewhere
        listed = part.calls.get(label, (None, {}))[1]
        found += [f"{label}.{argument}" for argument in arguments - set(listed)]
    return sorted(set(found) - set(part.exempt))


def count():
    """Return the number of cases by subpackage, of one argument and special ones."""
    return {
        name: (
            sum(
                len(entry[2])
                for _, table in part.calls.values()
                for entry in table.values()
            ),
            len(part.cases),
        )
        for name, part in PARTS.items()
        if part.tables and name != "resources"  # its table is that of io
    }


def table():
    """Return the counts as a table in Markdown, largest first, with the sum."""
    counts = sorted(count().items(), key=lambda item: -sum(item[1]))
    total = tuple(map(sum, zip(*(numbers for _, numbers in counts), strict=True)))
    rows = [
        f"| {name} | {single} | {special} |"
        for name, (single, special) in [*counts, ("all", total)]
    ]
    return "\n".join(
        ["| subpackage | mistakes of one argument | of several |", "|---|---|---|", *rows]
    )
