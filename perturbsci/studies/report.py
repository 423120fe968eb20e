"""One HTML page for all studies: no script, no outside reference, every value escaped."""

import base64
import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.files import write_atomically
from perturbsci.studies.base import CheckedClaim, StudyOutcome
from perturbsci.studies.storage import read_record

__all__ = ["write_report"]

LOOK = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto;
       padding: 0 1rem; color: #222; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1rem; }
img { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; width: 100%; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #ddd;
         padding: 0.25rem 0.75rem 0.25rem 0; }
.claims td:nth-child(2) { min-width: 12rem; } .claims td:last-child { min-width: 20rem; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.passed { color: #00694b; } .failed { color: #a33f00; font-weight: bold; }
.small { color: #555; font-size: 0.875rem; } pre { overflow-x: auto; font-size: 0.75rem; }
"""
Record: TypeAlias = Mapping[str, object]
SYMBOLS = {"equal": "=", "at_most": "≤", "at_least": "≥"}
COLUMNS = ("verdict", "claim", "value", "", "reference", "tolerance", "origin", "source")


def write_report(outcomes: Iterable[StudyOutcome], output: str | Path) -> Path:
    """Write ``output/report.html``: verdict, index, and every figure with its claims.

    Parameters
    ----------
    outcomes : iterable of StudyOutcome
        As ``run_study`` returned them for this folder.
    output : str or path
        The folder with the studies' files.

    Returns
    -------
    path : pathlib.Path
        The page.

    Raises
    ------
    ParameterError
        If something else than outcomes and a folder was passed.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> failed = StudyOutcome("koopman_mine", "failed", (), {}, 0.1, "ValueError: x is 0")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_report([failed], folder).read_text(encoding="utf-8")
    >>> "ValueError: x is 0" in page
    True
    """
    if not isinstance(output, (str, Path)):
        raise ParameterError(f"output is {output!r:.60}; pass a folder")
    if not isinstance(outcomes, Iterable):
        raise ParameterError(f"outcomes is {outcomes!r:.60}; pass a list, also for one")
    outcomes = list(outcomes)
    if odd := [each for each in outcomes if not isinstance(each, StudyOutcome)]:
        raise ParameterError(f"outcomes holds {odd[0]!r:.60}; pass those of run_study")
    folder = Path(output)
    records = [_record(folder / f"{outcome.name}.json") for outcome in outcomes]
    good, total = _held(outcomes)
    failed = [outcome.name for outcome in outcomes if outcome.state == "failed"]
    verdict = f"{good} of {total} claims hold in {len(outcomes)} studies"
    if failed:
        verdict += f"; {', '.join(failed)} could not run"
    body = [
        "<h1>perturbsci: figures and claims</h1>",
        _tag("p", verdict, "passed" if all(o.passed for o in outcomes) else "failed"),
        _index(outcomes, records),
        *(_section(*each, folder) for each in zip(outcomes, records, strict=True)),
    ]
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>perturbsci: figures and claims</title><style>{LOOK}</style></head>\n"
        f"<body>{chr(10).join(body)}</body></html>\n"
    )
    content = page.encode()
    return write_atomically(
        folder / "report.html", lambda file: file.write(content), overwrite=True
    )


def _held(outcomes: Iterable[StudyOutcome]) -> tuple[int, int]:
    """Return how many claims hold, and how many there are."""
    claims = [claim for outcome in outcomes for claim in outcome.claims]
    return sum(claim.passed for claim in claims), len(claims)


def _index(outcomes: Iterable[StudyOutcome], records: Iterable[Record]) -> str:
    """Return one row a study, with a link to its figure."""
    rows = []
    for outcome, record in zip(outcomes, records, strict=True):
        name, (good, total) = html.escape(outcome.name, quote=True), _held([outcome])
        title = html.escape(str(record.get("title", outcome.message)))
        rows.append(
            f'<tr><td><a href="#{name}">{name}</a></td><td>{title}</td>'
            + _tag("td", f"{good} of {total}", "passed" if outcome.passed else "failed")
            + "</tr>"
        )
    head = "".join(_tag("th", word) for word in ("study", "what it shows", "claims"))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _claims_table(claims: Iterable[CheckedClaim]) -> str:
    head = "".join(_tag("th", column) for column in COLUMNS)
    rows = "".join(f"<tr>{_claim_cells(claim)}</tr>" for claim in claims)
    return f'<div class="wide"><table class="claims"><tr>{head}</tr>{rows}</table></div>'


def _claim_cells(claim: CheckedClaim) -> str:
    word = "passed" if claim.passed else "failed"
    numbers = (
        f"{claim.value:.7g}",
        SYMBOLS[claim.relation],
        f"{claim.expected:.7g}",
        f"{claim.tolerance:.2g}",
    )
    return "".join(
        [
            _tag("td", word, word),
            _tag("td", claim.text),
            *(_tag("td", number, "number") for number in numbers),
            _tag("td", claim.origin),
            _tag("td", claim.source),
        ]
    )


def _section(outcome: StudyOutcome, record: Record, folder: Path) -> str:
    """Return the figure of a study, then its claims."""
    name = html.escape(outcome.name, quote=True)
    title = html.escape(str(record.get("title", outcome.name)))
    parts = [f'<h2 id="{name}">{title}</h2>']
    if outcome.message:
        parts.append(_tag("p", outcome.message, "failed"))
    if record:
        parts += _figure(record, folder / f"{outcome.name}.png")
        parts.append(_claims_table(outcome.claims))
    return "\n".join(parts)


def _record(path: Path) -> Record:
    """Return the record of a study, empty where there is none that verifies."""
    try:
        return read_record(path)
    except FileFormatError:
        return {}


def _figure(record: Record, picture: Path) -> list[str]:
    data = base64.b64encode(picture.read_bytes()).decode("ascii")
    title = html.escape(str(record["title"]), quote=True)
    details = json.dumps(record["provenance"], indent=1, sort_keys=True)
    note = f"{record['name']}, size {record['size']}, {float(str(record['seconds'])):.1f} s"
    return [
        f'<p><img alt="{title}" src="data:image/png;base64,{data}"></p>',
        _tag("p", str(record["caption"])),
        _tag("p", f"Source: {record['source']}", "small"),
        f"<details><summary>{html.escape(note)}</summary>{_tag('pre', details)}</details>",
    ]


def _tag(name: str, text: str, look: str = "") -> str:
    attribute = f' class="{look}"' if look else ""
    return f"<{name}{attribute}>{html.escape(text)}</{name}>"
