"""Each checker is silent on a small tree in order and finds what is planted in it."""

import pytest

from . import (
    checks_behavior,
    checks_docs,
    checks_imports,
    checks_interface,
    checks_names,
    checks_project,
    checks_size,
    planted_behavior,
    planted_interface,
    planted_project,
    planted_structure,
)
from .small_tree import write_tree

MODULES = (
    checks_behavior,
    checks_docs,
    checks_imports,
    checks_interface,
    checks_names,
    checks_project,
    checks_size,
)
PLANTED = (planted_behavior, planted_interface, planted_project, planted_structure)
PLANTS = [
    pytest.param(check, plant, id=f"{check.__name__}: {plant.says}")
    for module in PLANTED
    for check, plants in module.PLANTS.items()
    for plant in plants
]
CHECKERS = {
    name: checker
    for module in MODULES
    for name, checker in vars(module).items()
    if name.startswith("check_") and checker.__module__ == module.__name__
}


@pytest.fixture
def tree(tmp_path):
    """A folder with the small tree."""
    write_tree(tmp_path)
    return tmp_path


def test_every_checker_has_a_plant():
    assert set(CHECKERS.values()) == {param.values[0] for param in PLANTS}


@pytest.mark.parametrize("name", CHECKERS)
def test_a_tree_in_order_gives_no_finding(name, tree):
    assert CHECKERS[name](tree) == []


@pytest.mark.parametrize(("check", "plant"), PLANTS)
def test_a_planted_violation_is_found(check, plant, tree):
    line = plant.put(tree)
    findings = check(tree)
    assert any(plant.says in finding for finding in findings), findings
    for finding in findings:
        where, _, advice = finding.partition("; ")
        assert advice, f"{finding} says what is wrong but not what to do"
        path = where.split(":")[0]
        assert where.startswith(f"{path}:{line}: ") or path != plant.path, (line, findings)


def test_a_missing_entry_of_the_top_level_is_found(tree):
    (tree / "LICENSE").unlink()
    assert checks_project.check_top_level(tree) == ["LICENSE:1: is missing; write it"]


def test_a_problem_without_source_is_found(tree):
    problems = {"good": "Williams2015", "bad": "Yule1927", "empty": ""}
    findings = checks_project.problems_without_source(problems, tree)
    assert [finding.split()[1] for finding in findings] == ["bad", "empty"]
