"""Studies: one figure or table each, with the claims that it makes and their check."""

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
