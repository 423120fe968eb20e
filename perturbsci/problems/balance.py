"""Steady problems whose fields are determined up to a constant, and whether one exists.

If only derivatives of u occur and no wall fixes it, constants are a null space. For
div(A grad u) + f = 0 with A du/dn = A g on the walls a solution exists exactly if
int f + int A_nn g = 0.
"""

from collections.abc import Iterator

import numpy
import sympy

from perturbsci.problems.classification import is_conservative, is_linear
from perturbsci.problems.conditions import Dirichlet, Neumann, Periodic, Robin
from perturbsci.problems.derivatives import JetForm
from perturbsci.problems.domains import Box
from perturbsci.problems.findings import Finding, Subject
from perturbsci.problems.identities import vanishes
from perturbsci.problems.placement import sides_of
from perturbsci.problems.sampling import sampled_values
from perturbsci.types import Array

__all__ = ["null_space_findings"]

ROUNDING = 1e-7  # relative: quadrature of sources that are not smooth
MAX_NODES = 200_000


def null_space_findings(subject: Subject) -> Iterator[Finding]:
    """Yield fields that are determined up to a constant only.

    Parameters
    ----------
    subject : Subject
        The statement.

    Yields
    ------
    finding : Finding
        ``singular-neumann`` if no solution exists, ``null-space`` if many do.
    """
    form = subject.form
    if subject.timed or not _moves(form):
        return
    for place, field in enumerate(form.fields):
        zero = form.symbols[form.slots.index((place, (0,) * len(form.coordinates)))]
        if any(item.has(zero) for item in form.residuals) or not _is_open(subject, field):
            continue
        defect = _defect(subject)
        if defect is not None and defect > ROUNDING:
            yield Finding(
                "error",
                "singular-neumann",
                f"{field} is determined up to a constant only, and its sources do not "
                f"balance what the walls let through: they miss by {defect:.3g} of their "
                "size, so that no solution exists",
                "make the mean of the source match the Neumann data, or give a value on "
                "one wall",
            )
        else:
            yield Finding(
                "warning",
                "null-space",
                f"{field} is determined up to a constant only: no term and no wall fixes "
                "its value",
                "the solution of mean zero is taken; give a value on one wall for another",
            )


def _moves(form: JetForm) -> bool:
    return any(sum(index) >= 2 for _, index in form.slots)


def _is_open(subject: Subject, field: sympy.Expr) -> bool:
    """Return whether walls ask for derivatives of a field only; no wall is no answer."""
    own = [item for item in subject.conditions if item.field == field]
    return any(isinstance(item, (Neumann, Robin, Periodic)) for item in own) and not any(
        isinstance(item, Dirichlet) or (isinstance(item, Robin) and item.alpha != 0)
        for item in own
    )


def _defect(subject: Subject) -> float | None:
    """Return the relative imbalance, None where the adjoint null space is not known."""
    form, domain = subject.form, subject.domain
    single = len(form.fields) == 1 and len(form.residuals) == 1
    if not isinstance(domain, Box) or not single or not is_linear(form):
        return None
    if not is_conservative(form):
        return None
    if not _is_pure_flux(form):
        return None
    source = form.residuals[0].xreplace(dict.fromkeys(form.symbols, sympy.S.Zero))
    inside, size = _integral(domain, source, None)
    total, largest = inside, size
    for item in subject.conditions:
        if isinstance(item, (Neumann, Robin)):
            value = item.value if isinstance(item, Neumann) else item.value / item.beta
            for symbol, end in sides_of(item, domain):
                column = domain.space.index(symbol)
                flux = _coefficient(form, column) * value
                part, size = _integral(domain, flux, (column, end))
                total, largest = total + part, largest + size
    if not numpy.isfinite(total):
        return None
    return float(abs(total) / largest) if largest > 0.0 else 0.0


def _coefficient(form: JetForm, column: int) -> sympy.Expr:
    """Return the coefficient of the second derivative in one coordinate."""
    index = tuple(2 * (k == column) for k in range(len(form.coordinates)))
    if (0, index) not in form.slots:
        return sympy.S.Zero
    return form.residuals[0].diff(form.symbols[form.slots.index((0, index))])


def _is_pure_flux(form: JetForm) -> bool:
    """Return whether the terms with u are the divergence of a_k u_k, k by k."""
    for symbol, (_, index) in zip(form.symbols, form.slots, strict=True):
        slope = form.residuals[0].diff(symbol)
        if sum(index) > 2 or (sum(index) == 2 and max(index) == 1):
            return False
        if sum(index) == 1:
            column = index.index(1)
            wanted = _coefficient(form, column).diff(form.coordinates[column])
            if not vanishes(slope - wanted):
                return False
    return True


def _integral(
    domain: Box, formula: sympy.Expr, wall: tuple[int, str] | None
) -> tuple[float, float]:
    """Return the integral of a formula and of its modulus, over the box or a wall."""
    d = len(domain.space)
    free = [k for k in range(d) if wall is None or k != wall[0]]
    per_axis = max(4, min(200, int(MAX_NODES ** (1 / max(len(free), 1)))))
    nodes, weights = numpy.polynomial.legendre.leggauss(per_axis)
    grids: list[Array] = []
    shares: list[Array] = []
    for k, (low, high) in enumerate(domain.bounds):
        if k in free:
            grids.append(0.5 * (low + high) + 0.5 * (high - low) * nodes)
            shares.append(0.5 * (high - low) * weights)
        else:
            assert wall is not None
            grids.append(numpy.array([high if wall[1] == "high" else low]))
            shares.append(numpy.ones(1))
    mesh = numpy.stack([g.ravel() for g in numpy.meshgrid(*grids, indexing="ij")], axis=-1)
    share = numpy.prod(
        numpy.stack([g.ravel() for g in numpy.meshgrid(*shares, indexing="ij")]), axis=0
    )
    values = sampled_values([formula], domain.space, mesh)[:, 0]
    return float((share * values).real.sum()), float((share * numpy.abs(values)).sum())
