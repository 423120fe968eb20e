"""The claims tables of README and docs/claims.md, made from the studies themselves.

``python tests/docs/claims_table.py`` writes both anew; the test beside it compares.
"""

from pathlib import Path

from perturbsci import studies

ROOT = Path(__file__).resolve().parents[2]
README, CLAIMS = ROOT / "README.md", ROOT / "docs" / "claims.md"
BEGIN, END = "<!-- claims -->\n", "<!-- /claims -->"
ROUNDING = 1e-11  # smaller values differ from machine to machine
SYMBOLS = {"equal": "=", "at_most": "≤", "at_least": "≥"}
HEADER = "| claim | value | reference | tolerance |\n|---|---|---|---|\n"
HEADLINES = (  # study and reference number of the claims that README shows
    ("koopman_elnino", "koopman.elnino_verified"),
    ("koopman_elnino", "koopman.elnino_lead3_verified"),
    ("koopman_pollution", "koopman_pollution.spurious"),
    ("koopman_pollution", "koopman_pollution.violations"),
    ("statespace_spikes", "statespace_studies.shift_bound"),
    ("statespace_spikes", "statespace_studies.spike_height"),
    ("multiscale_mass_ratio", "multiscale_studies.flat_work"),
    ("multiscale_mass_ratio", "multiscale_studies.flat_error"),
    ("multiscale_order_map", "multiscale.t1_bdf2_order"),
    ("surrogates_bounds", "surrogates_tables.violations"),
    ("surrogates_burgers", "surrogates_studies.burgers_eight"),
    ("surrogates_burgers", "surrogates_studies.bound_holds"),
)


def claims_table(checked):
    """Return the table of claims in Markdown: of all, ``checked`` by name of the study."""
    rows = []
    for name, claims in checked.items():
        rows.append(f"| **`{name}`** | | | |\n")
        rows += [row(claim) for claim in claims]
    return HEADER + "".join(rows)


def headlines_table(checked):
    """Return the table of the claims that README shows."""
    found = {
        (name, claim.reference): f"| `{name}` {row(claim)}"
        for name, claims in checked.items()
        for claim in claims
    }
    rows = "".join(found[headline] for headline in HEADLINES)
    return "| study " + HEADER.replace("\n|", "\n|---|", 1) + rows


def row(claim):
    """Return the cells of one claim, numbers with 4 significant digits."""
    expected = f"{SYMBOLS[claim.relation]} {digits(claim.expected)}"
    value = "rounding" if 0 < abs(claim.value) < ROUNDING else digits(claim.value)
    return f"| {claim.text} | {value} | {expected} | {claim.tolerance:.4g} |\n"


def digits(value):
    """Return a number with 4 significant digits, a whole number as it is."""
    return f"{value:.0f}" if value == round(value) else f"{value:#.4g}"


def stored_table(path):
    """Return what stands between the markers of a page."""
    return path.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def main():
    """Run the studies and write their claims between the markers of both pages."""
    checked = {
        name: studies.run_study(studies.get_study(name)).claims
        for name in studies.list_studies()
    }
    for path, table in (
        (README, headlines_table(checked)),
        (CLAIMS, claims_table(checked)),
    ):
        text = path.read_text(encoding="utf-8")
        old = BEGIN + stored_table(path) + END
        path.write_text(text.replace(old, BEGIN + table + END), encoding="utf-8")


if __name__ == "__main__":
    main()
