"""Nothing is decided by an exact solution: without it the same bits come out."""

import dataclasses
import re
from pathlib import Path

import pytest

from perturbsci import problems as pp
from perturbsci import surrogates as su

# Where the defaults take longer: the same statement over a part of its time.
SHORT = {"klein_gordon": {"end": 0.5}, "flow_mixing": {"end": 0.1}}
COSTLY = {*SHORT, "helmholtz"}  # Helmholtz is among the tests of boxes
LOOSE = 1e-2


def seen(name):
    return getattr(pp, name)(**SHORT.get(name, {}))


KNOWN = [name for name in pp.list_field_problems() if seen(name).exact is not None]


def test_statements_with_an_exact_solution_are_among_the_ready_ones():
    """Else nothing would be tested here; the others hold nothing to look at."""
    assert {"heat", "helmholtz", "klein_gordon", "poisson", "steady_burgers"} <= set(KNOWN)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in COSTLY else name
        for name in KNOWN
    ],
)
def test_without_the_exact_solution_the_same_bits_come_out(name):
    problem = seen(name)
    blind = dataclasses.replace(problem, exact=None)
    assert blind.exact is None
    one, two = (
        su.solve(item, tolerance=LOOSE, strict=False, max_steps=40)
        for item in (problem, blind)
    )
    assert one.coefficients.tobytes() == two.coefficients.tobytes()
    assert [each.tobytes() for each in one.edges] == [each.tobytes() for each in two.edges]
    assert str(one.certificate) == str(two.certificate)
    assert one.statistics.choice == two.statistics.choice


def test_no_file_of_the_methods_reads_it():
    """Only tests and studies may, beside the statement itself."""
    files = sorted(Path(su.__file__).parent.glob("*.py"))
    assert len(files) > 50
    looking = re.compile(r"\.exact\b|['\"]exact['\"]")
    assert [path.name for path in files if looking.search(path.read_text())] == []
