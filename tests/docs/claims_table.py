"""The claims table of README, made from the studies themselves.

``python tests/docs/claims_table.py`` writes it anew; the test beside it compares.
"""

from pathlib import Path

from perturbsci import studies

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- claims -->\n", "<!-- /claims -->"
ROUNDING = 1e-11  # smaller values differ from machine to machine
SYMBOLS = {"equal": "=", "at_most": "≤", "at_least": "≥"}
HEADER = "| claim | value | reference | tolerance |\n|---|---|---|---|\n"


def claims_table(outcomes):
    """Return the table of all claims in Markdown, one row each, studies in their order."""
    rows = []
    for outcome in outcomes:
        rows.append(f"| **`{outcome.name}`** | | | |\n")
        for claim in outcome.claims:
            expected = f"{SYMBOLS[claim.relation]} {digits(claim.expected)}"
            value = "rounding" if 0 < abs(claim.value) < ROUNDING else digits(claim.value)
            cells = (claim.text, value, expected, f"{claim.tolerance:.4g}")
            rows.append(f"| {' | '.join(cells)} |\n")
    return HEADER + "".join(rows)


def digits(value):
    """Return a number with 4 significant digits, a whole number as it is."""
    return f"{value:.0f}" if value == round(value) else f"{value:#.4g}"


def stored_table(text):
    """Return what stands between the markers."""
    return text.split(BEGIN)[1].split(END)[0]


def main():
    """Run the studies and write their claims between the markers of README."""
    outcomes = [
        studies.run_study(studies.get_study(name)) for name in studies.list_studies()
    ]
    text = README.read_text(encoding="utf-8")
    new = text.replace(
        BEGIN + stored_table(text) + END, BEGIN + claims_table(outcomes) + END
    )
    README.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
