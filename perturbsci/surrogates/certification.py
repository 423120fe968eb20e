"""Certify: how far a surrogate is from the solution, found anew from its residual.

Two kinds: by floating-point quadrature, or proven with intervals that round outward.
"""

import math

from perturbsci.arguments import is_finite_number, one_of
from perturbsci.errors import ParameterError
from perturbsci.surrogates.bounds import certificate
from perturbsci.surrogates.proven import proven_certificate
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.theorems import recognize
from perturbsci.verification import Certificate

__all__ = ["certify"]

KINDS = ("a-posteriori", "proven")
NORMS = ("L1", "L2", "max", "energy")


def certify(
    surrogate: Surrogate,
    *,
    kind: str = "a-posteriori",
    norm: str | None = None,
    growth: float | None = None,
) -> Certificate:
    """Return how far a surrogate is from the solution of its statement.

    Parameters
    ----------
    surrogate : Surrogate
        From ``solve``, ``continue_branch`` or a file.
    kind : {"a-posteriori", "proven"}, optional
        How integrals are taken: by Gauss points, or enclosed by intervals.
    norm : {"L1", "L2", "max", "energy"}, optional
        Of the error; by default that of the theorem that applies.
    growth : float, optional
        A growth rate L of errors that is known to hold for this evolution, in the
        reciprocal unit of time; by default that of the theorem.

    Returns
    -------
    certificate : Certificate
        ``value`` bounds the error, ``bound`` is the tolerance that the surrogate had, or
        the size of the surrogate if it had none. Where "proven" is asked for but intervals
        are too coarse, the kind stays ``"a-posteriori"`` and the assumptions say so; it is
        ``"none"`` where a theorem gives nothing, ``"held-out"`` where none applies.

    Raises
    ------
    ParameterError
        If an argument is none of these.

    Notes
    -----
    A fraction of the cost of ``solve``; ``"proven"`` some ten times as much.

    References
    ----------
    Kruzhkov (1970); Plum (2001); Evans (2010), chapters 6 and 7.

    Examples
    --------
    >>> import sympy
    >>> from perturbsci import problems as pp
    >>> (x,), s = pp.coordinates("x"), sympy.Symbol("s")
    >>> u = pp.field("u", x)
    >>> problem = pp.FieldProblem([u.diff(x, 2) + u**2 + s], pp.Box({x: (0, 1)}),
    ...                           [pp.Dirichlet(u, 0)], parameters={s: 0})
    >>> from perturbsci.surrogates import continue_branch
    >>> solution = continue_branch(problem, s, 0.0, 5.0).solutions[-1]
    >>> certify(solution).value < 1e-10
    True
    """
    if not isinstance(surrogate, Surrogate):
        raise ParameterError(
            f"surrogate is {surrogate!r:.80}; it must be a Surrogate, such as from solve"
        )
    one_of(kind, "kind", KINDS)
    if norm is not None:
        one_of(norm, "norm", NORMS)
    if growth is not None and not is_finite_number(growth):
        raise ParameterError(
            f"growth is {growth!r:.80}; it must be a finite number or None"
        )
    if any(isinstance(value, tuple) for value in surrogate.parameters.values()):
        wide = [
            str(item) for item, v in surrogate.parameters.items() if isinstance(v, tuple)
        ]
        raise ParameterError(
            f"surrogate depends on {wide}, which are intervals; certify it at values: "
            "solve with parameters={symbol: value}"
        )
    rate = None if growth is None else float(growth)
    found = certificate(surrogate, 1.0, norm, growth=rate)
    if found.kind != "held-out" and math.isfinite(found.value):
        found = _with_bound(found, surrogate, norm)
        if kind == "proven":
            return proven_certificate(surrogate, found, norm, rate)
    return found


def _with_bound(found: Certificate, surrogate: Surrogate, norm: str | None) -> Certificate:
    """Return a certificate with the tolerance of the surrogate where the norms agree."""
    old = surrogate.certificate
    default = recognize(surrogate.problem)
    same = default is not None and norm in (None, default.norm)
    if old.kind != "a-posteriori" or not same or old.method != found.method:
        return found
    parts = (found.kind, found.method, found.assumptions)
    return Certificate(found.claim, found.value, old.bound, *parts)
