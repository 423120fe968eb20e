"""The stationary distribution of a perturbed Markov chain, pi (P + epsilon D) = pi.

One recurrent class: pi_k = pi_0 (D Z)^k, Z = (I - P + 1 pi_0)^-1. Several classes, between
which only the perturbation leads: with V the stationary rows of the classes and W the
probabilities to end in them, the slow chain Q = V D W has theta Q = 0, pi_0 = theta V, and
the next orders follow from solvability at the order after. Both are the null vector of

    M(epsilon) = H(epsilon)/epsilon  (H(epsilon) itself for one class),

H the matrix of P^T - I + epsilon D^T in the invariant subspace of V^T (``subspaces``).

References: Schweitzer (1968); Courtois (1977); Avrachenkov, Filar and Howlett (2013).
"""

from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import to_host
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.families import matrix_family, unit_roundoff
from perturbsci.perturbation.matrix_series import relative_size
from perturbsci.perturbation.subspaces import Subspace, bloch
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["StationaryExpansion", "stationary_expansion"]

ROWS = 1e-10  # by how much a sum of a row may be off
SLOW = 1e-10  # rates of the slow chain below this, relative, are zero


@dataclass(frozen=True, slots=True, eq=False)
class StationaryExpansion(Result):
    """The stationary distribution as a power series.

    Parameters
    ----------
    distribution : Expansion
        pi_k, shape (N+1, n): pi_0 sums to 1, the others to 0.
    classes : tuple of integer array, shape (k_c,)
        The states of each recurrent class of P.
    singular : bool
        True if there are several: pi_0 then depends on the perturbation.
    status : Status
        CONVERGED.
    certificates : tuple of Certificate
        Residual of the equation, and of the sums, as coefficients.

    Examples
    --------
    >>> chain = [[0.5, 0.5], [0.5, 0.5]]
    >>> found = stationary_expansion(chain, [[0.5, -0.5], [0.0, 0.0]], order=2)
    >>> found.distribution.coefficients.tolist()
    [[0.5, 0.5], [0.25, -0.25], [0.125, -0.125]]
    """

    distribution: Expansion
    classes: tuple[Array, ...]
    singular: bool
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)


def stationary_expansion(
    transition: Array, perturbation: Array | tuple[Array, ...], *, order: int = 4
) -> StationaryExpansion:
    """Expand the stationary distribution of P + epsilon D.

    Parameters
    ----------
    transition : real array, shape (n, n)
        P, each row a distribution.
    perturbation : real array, shape (n, n), or a tuple of them
        D, rows that sum to 0; or (D_1, D_2, ...) of P + epsilon D_1 + epsilon^2 D_2 + ...
    order : int
        N, the last power.

    Returns
    -------
    expansion : StationaryExpansion
        For small positive epsilon.

    Raises
    ------
    ShapeError
        If the matrices are not square and of one shape.
    ParameterError
        If rows do not sum to 1 or 0, a probability is negative, the order is negative, or
        the recurrent classes are not joined at first order: more than two time scales.

    Notes
    -----
    About 4 n^3 flops and 2 n^2 an order and class, on the host.

    Examples
    --------
    >>> found = stationary_expansion([[1.0, 0.0], [0.0, 1.0]], [[-1.0, 1.0], [3.0, -3.0]])
    >>> found.distribution.coefficients[0].round(12).tolist(), found.singular
    ([0.75, 0.25], True)
    """
    given = matrix_family(transition, perturbation, first_name="transition")
    order = whole(order, "order", least=0)
    p, *rest = (to_host(a) for a in given)
    _check_chain(p, rest)
    classes = _recurrent_classes(p)
    subspace = _stationary_subspace(p, classes)
    terms = [p.T - numpy.eye(len(p)), *(d.T for d in rest)]
    lost = 0 if len(classes) == 1 else 1
    x, h = bloch(terms, subspace, order + lost)
    weights = _null_series(h[1:]) if lost else numpy.eye(order + 1, 1)
    pi = numpy.stack(
        [sum(x[j] @ weights[k - j] for j in range(k + 1)) for k in range(order + 1)]
    )
    coefficients, *states = returned(given[0], pi, *classes)
    return StationaryExpansion(
        Expansion(coefficients, numpy.arange(order + 1.0), numpy.zeros(order + 1)),
        tuple(states),
        bool(lost),
        Status.CONVERGED,
        _certified(pi, terms, (x[: order + 1], weights[:, :, None])),
    )


def _check_chain(p: numpy.ndarray, perturbations: list[numpy.ndarray]) -> None:
    rows = [("transition", p, 1), *(("perturbation", d, 0) for d in perturbations)]
    for name, a, total in rows:
        if a.dtype.kind == "c":
            raise ParameterError(
                f"{name} has dtype {a.dtype}, needed real numbers; pass {name}.real"
            )
        off = numpy.abs(a.sum(axis=1) - total)
        row = int(off.argmax())
        if off[row] > ROWS * max(1.0, float(numpy.abs(a).max())):
            raise ParameterError(
                f"row {row} of {name} sums to {a[row].sum():.12g}, needed {total}; put "
                "what is missing on the diagonal"
            )
    if p.min() < 0:
        i, j = numpy.unravel_index(int(p.argmin()), p.shape)
        raise ParameterError(
            f"transition[{i}, {j}] is {p.min():.6g}, which is no probability; pass numbers "
            "from 0 to 1"
        )


def _recurrent_classes(p: numpy.ndarray) -> list[numpy.ndarray]:
    """Return the sets of states that a chain does not leave, by their first state."""
    from scipy.sparse.csgraph import (  # noqa: PLC0415 (loads SciPy)
        connected_components,
    )

    _, label = connected_components(p > 0, directed=True, connection="strong")
    leaves = ((p > 0) & (label[:, None] != label)).any(axis=1)
    open_ones = set(label[leaves].tolist())
    kept = dict.fromkeys(k for k in label.tolist() if k not in open_ones)
    return [numpy.flatnonzero(label == k) for k in kept]


def _stationary_subspace(p: numpy.ndarray, classes: list[numpy.ndarray]) -> Subspace:
    """Return V^T, W and the group inverse of P^T - I."""
    n, q = len(p), len(classes)
    v, w = numpy.zeros((q, n), dtype=p.dtype), numpy.zeros((n, q), dtype=p.dtype)
    transient = numpy.setdiff1d(numpy.arange(n), numpy.concatenate(classes))
    inner = numpy.eye(len(transient)) - p[numpy.ix_(transient, transient)]
    for k, states in enumerate(classes):
        system = p[numpy.ix_(states, states)].T - numpy.eye(len(states))
        system[-1] = 1
        side = numpy.zeros(len(states))
        side[-1] = 1
        v[k, states] = numpy.linalg.solve(system, side)
        w[states, k] = 1
        ends = p[numpy.ix_(transient, states)].sum(axis=1)
        w[transient, k] = numpy.linalg.solve(inner, ends)
    limit = w @ v
    deviation = numpy.linalg.inv(numpy.eye(n) - p + limit) - limit
    return Subspace(
        v.T,
        w,
        numpy.zeros((q, q), dtype=p.dtype),
        lambda f: -(deviation.T @ f),
        lambda f: -(deviation @ f),
        lambda f: w.T @ f,
        0.0,
    )


def _null_series(m: numpy.ndarray) -> numpy.ndarray:
    """Return c with M(epsilon) c(epsilon) = 0 and sum c_k = delta_{k0}; 1^T M = 0."""
    q = m.shape[1]
    s = numpy.linalg.svdvals(m[0])
    if s[-2] <= SLOW * max(float(s[0]), float(numpy.abs(m).max())):
        joined = int((s > SLOW * max(float(s[0]), 1e-300)).sum())
        raise ParameterError(
            f"perturbation joins the {q} recurrent classes of transition by a slow chain "
            f"of rank {joined}, needed {q - 1}: there are more than two time scales; "
            "join the classes at first order"
        )
    system = numpy.concatenate([m[0], numpy.ones((1, q))])
    rows: list[numpy.ndarray] = []
    for k in range(m.shape[0]):
        forced = -sum((m[j] @ rows[k - j] for j in range(1, k + 1)), numpy.zeros(q))
        side = numpy.append(forced, 0.0 if k else 1.0)
        rows.append(numpy.linalg.lstsq(system, side, rcond=None)[0])
    return numpy.stack(rows)


def _certified(
    pi: numpy.ndarray, terms: list[numpy.ndarray], factors: tuple[numpy.ndarray, ...]
) -> tuple[Certificate, ...]:
    """Return the residual of each power of epsilon, and that of the sums."""
    count = len(pi)
    family = numpy.zeros((count, *terms[0].shape))
    family[: len(terms)] = terms[:count]
    columns = pi[:, :, None]
    residual = numpy.stack(
        [sum(family[j] @ columns[k - j] for j in range(k + 1)) for k in range(count)]
    )
    sums = pi.sum(axis=1) - numpy.eye(count)[0]
    bound = 100 * pi.shape[1] * unit_roundoff(pi)
    method = f"order {count - 1}"
    claim = "residual of pi (P + epsilon D) = pi, relative to its terms"
    size = relative_size(residual, (family, *factors))
    largest = float((numpy.abs(sums) / numpy.abs(pi).sum(axis=1).clip(1e-300)).max())
    return (
        Certificate(claim, size, bound, "a-posteriori", method),
        Certificate("sum of pi is 1, relative", largest, bound, "a-posteriori", method),
    )
