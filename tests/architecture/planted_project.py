"""Planted violations in the checkout around the package."""

from .checks_project import (
    check_readme_commands,
    check_references_are_complete,
    check_references_are_used,
    check_studies_have_references,
    check_top_level,
)
from .small_tree import Plant, Plants

STUDY = "perturbsci/studies/koopman_small.py"
NUMBERS = "data/reference/koopman.json"

PLANTS: Plants = {
    check_top_level: [
        Plant("notes.txt", "x", "stands at the top level"),
    ],
    check_readme_commands: [
        Plant("README.md", "python -m pip install -e .\n", "write exactly"),
        Plant(
            "README.md",
            "&& perturbsci  figures",
            "write exactly",
            old="&& perturbsci figures",
        ),
        Plant(
            "README.md",
            "x",
            "write exactly",
            at="    python -m pip install .",
            old='    python -m pip install ".[test]" && python -m pytest\n',
        ),
    ],
    check_references_are_complete: [
        Plant(NUMBERS, '"id": "io.period"', "begin with", old='"id": "koopman.period"'),
        Plant(NUMBERS, "", "exactly the fields", at='"id"', old=' "quantity": "period",'),
        Plant(NUMBERS, '"guessed"', "has origin", old='"measured"', at='"id"'),
        Plant(NUMBERS, "-0.01", "has tolerance", old="0.01", at='"id"'),
        Plant(
            NUMBERS, '"source": " "', "empty source", at='"id"', old='"source": "a script"'
        ),
        Plant("data/reference/io.json", "{}", "is no list"),
        Plant(
            "data/reference/koopman.two.json", '[{"id": "koopman.period"}]', "occurs twice"
        ),
    ],
    check_references_are_used: [
        Plant(STUDY, 'load_reference("koopman.perod")\n', "no reference"),
        Plant(STUDY, 'Claim("a", 1, reference="io.x")\n', "no reference"),
        Plant("tests/test_a.py", 'Claim("a", 1.0, "io.x")\n', "no reference"),
        Plant("docs/start.md", "It is {{ koopman.perod }}.\n", "no reference"),
        Plant("docs/start.md", 'load_reference("io.x").value\n', "no reference"),
        Plant(NUMBERS, "koopman.unused", "nothing cites", old="koopman.period"),
    ],
    check_studies_have_references: [
        Plant(STUDY, 'Claim("period", 1.0)\n', "no reference"),
        Plant(STUDY, 'Claim("period", 1.0, "")\n', "no reference"),
        Plant(STUDY, 'source=""', "no source", old='source="Williams2015"', at="STUDY = "),
        Plant(
            STUDY,
            "return [str(1)]",
            "claims nothing",
            old='return [Claim("period", data["period"], "koopman.period")]',
            at="STUDY = ",
        ),
    ],
}
