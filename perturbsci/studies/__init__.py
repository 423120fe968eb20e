"""Studies: one figure or table each, with the claims that it makes and their check.

The names are loaded on first use, so that listing the studies imports none of them.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.studies.base import CheckedClaim, Claim, Study, StudyOutcome
    from perturbsci.studies.registry import get_study, list_studies
    from perturbsci.studies.report import write_report
    from perturbsci.studies.running import run_study

__all__ = [
    "Study",
    "Claim",
    "CheckedClaim",
    "StudyOutcome",
    "list_studies",
    "get_study",
    "run_study",
    "write_report",
]

HOMES = {
    **dict.fromkeys(("Study", "Claim", "CheckedClaim", "StudyOutcome"), "base"),
    **dict.fromkeys(("list_studies", "get_study"), "registry"),
    "run_study": "running",
    "write_report": "report",
}


def __getattr__(name: str) -> object:
    """Load the file that defines a name when it is first asked for (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module 'perturbsci.studies' has no attribute {name!r}")
    return getattr(importlib.import_module(f"perturbsci.studies.{HOMES[name]}"), name)
