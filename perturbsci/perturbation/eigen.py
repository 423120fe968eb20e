"""Rayleigh-Schroedinger series: one eigenvalue of A_0 + epsilon A_1 + ... and its vectors.

lambda_k = y_0* sum_{j=1}^k A_j x_{k-j},
x_k = S [sum_{0<j<k} lambda_j x_{k-j} - sum_{j=1}^k A_j x_{k-j}],  y_0* x_k = delta_{k0},

with the reduced resolvent S of A_0 - lambda_0: S x_0 = 0, y_0* S = 0. The left vectors obey
the same recursion with A*.

References: Kato (1966), sections II.2 and II.3; Stewart and Sun (1990), section V.2.
"""

from dataclasses import dataclass, field

import numpy

from perturbsci.arguments import number, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.perturbation import isolation
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.families import (
    CLUSTER,
    is_hermitian,
    matrix_family,
    unit_roundoff,
)
from perturbsci.perturbation.spectral import Spectral, spectral_form
from perturbsci.perturbation.subspaces import bloch, dual
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["EigenExpansion", "eigen_expansion", "rayleigh_schrodinger"]


@dataclass(frozen=True, slots=True, eq=False)
class EigenExpansion(Result):
    """An eigenvalue and its vectors as power series.

    Parameters
    ----------
    value : Expansion
        lambda_k, N + 1 numbers.
    right : Expansion
        x_k, shape (N+1, n); x_0 has unit norm, its largest entry real positive.
    left : Expansion or None
        y_k, shape (N+1, n), with y(epsilon)* A(epsilon) = lambda(epsilon) y(epsilon)* for
        real epsilon, x_0* y_k = 0 for k >= 1; None where all matrices are Hermitian.
    matrices : tuple of array, shape (n, n)
        A_0, A_1, ..., for the radius.
    contour : tuple of two floats, or None
        Radius in epsilon and bound of the displacement inside, where they are known;
        None has them computed from the matrices at first use.
    status : Status
        CONVERGED.

    Examples
    --------
    >>> import numpy as np
    >>> pair = rayleigh_schrodinger(np.diag([0.0, 1.0]), [[0.0, 1.0], [1.0, 0.0]], 0)
    >>> pair.value.coefficients.tolist()
    [0.0, 0.0, -1.0, 0.0, 1.0]
    >>> round(pair.radius, 12)
    0.5
    """

    value: Expansion
    right: Expansion
    left: Expansion | None
    matrices: tuple[Array, ...]
    contour: tuple[float, float] | None = None
    status: Status = Status.CONVERGED
    _known: dict[str, object] = field(init=False, repr=False, default_factory=dict)

    @property
    def radius(self) -> float:
        """Guaranteed radius of convergence r_0 of ``value``."""
        return self._reach()[0]

    @property
    def certificate(self) -> Certificate:
        """Cauchy's estimate of the coefficients, on which the remainder rests."""
        radius, rho = self._reach()
        sizes = numpy.abs(to_host(self.value.coefficients[1:]))
        if radius == 0:
            return Certificate(
                "remainder of the eigenvalue",
                numpy.nan,
                numpy.nan,
                "none",
                "Kato",
                ("the resolvent is infinite on every circle that was tried",),
            )
        powers = 1 / radius ** numpy.arange(1.0, len(sizes) + 1)
        with numpy.errstate(invalid="ignore", divide="ignore", over="ignore"):
            scaled = numpy.where(sizes > 0, sizes / (rho * powers), 0.0)
        largest = 0.0 if rho == numpy.inf else float(scaled.max(initial=0.0))
        return Certificate(
            "|lambda_k| radius^k / rho, at most 1 by Cauchy's estimate",
            largest,
            1.0 + 100 * self._rounding(),
            self._kind(),
            "Kato",
            (f"|epsilon| < {radius:.6g}",),
        )

    def remainder_bound(self, epsilon: Array) -> Array:
        """Bound the error of ``value.evaluate(epsilon)``.

        Parameters
        ----------
        epsilon : real or complex array, shape (S)
            The small parameter.

        Returns
        -------
        bound : real array, shape (S)
            Truncation and rounding; infinite from the radius on.
        """
        given = as_array(epsilon, name="epsilon", empty=True)
        small = numpy.abs(to_host(given)).astype(numpy.float64)
        radius, rho = self._reach()
        x = small / radius if radius else numpy.full(small.shape, numpy.inf)
        inside = x < 1
        x = numpy.where(inside, x, 0.5)
        sizes = self._sizes()
        later = numpy.arange(len(sizes))[len(self.value) :]
        tail = (
            (sizes[later] * small[..., None] ** later).sum(axis=-1)
            if rho == numpy.inf  # nothing else in the spectrum: a polynomial
            else rho * x ** len(self.value)
        )
        size = (sizes * small[..., None] ** numpy.arange(len(sizes))).sum(axis=-1)
        bound = (tail + 4 * self._rounding() * size) / (1 - x)
        xp = namespace(given)
        return xp.asarray(numpy.where(inside, bound, numpy.inf))[()]

    def certify(self, epsilon: float) -> Certificate:
        """Return what is known about the error at one epsilon.

        Parameters
        ----------
        epsilon : float
            The small parameter.

        Returns
        -------
        certificate : Certificate
            The remainder against the distance to which the eigenvalue may move; kind
            ``"none"`` outside the guaranteed radius.
        """
        epsilon = number(epsilon, "epsilon")
        claim = f"error of the eigenvalue at epsilon = {epsilon:.6g}"
        bound = float(self.remainder_bound(epsilon))
        if bound == numpy.inf:
            reason = f"outside the guaranteed radius {self.radius:.6g}"
            return Certificate(claim, numpy.nan, numpy.nan, "none", "Kato", (reason,))
        return Certificate(claim, bound, self._reach()[1], self._kind(), "Kato")

    def summary(self) -> str:
        """Return the coefficients, the radius and the certificate.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        lines = [f"EigenExpansion: {self.status.name}. {self.status.value}"]
        lines += [f"radius  {self.radius:.12g}", str(self.certificate)]
        host = to_host(self.value.coefficients)
        return clip([*lines, *(f"epsilon^{k}  {c:.15g}" for k, c in enumerate(host))])

    def _claims(self) -> tuple[object, ...]:
        return (self.certificate,)

    def _kind(self) -> str:
        proven = self.contour is None and isolation.is_normal(self.matrices[0])
        return "a-posteriori" if proven else "estimate"

    def _rounding(self) -> float:
        return self.matrices[0].shape[0] * unit_roundoff(self.matrices[0])

    def _sizes(self) -> numpy.ndarray:
        if "sizes" not in self._known:
            self._known["sizes"] = isolation.norms(self.matrices)
        return self._known["sizes"]  # type: ignore[return-value]

    def _reach(self) -> tuple[float, float]:
        if self.contour is not None:
            return self.contour
        if "contour" not in self._known:
            center = complex(to_host(self.value.coefficients)[0])
            self._known["contour"] = max(
                (isolation.largest_radius(self._sizes(), sigma), rho)
                for rho, sigma in isolation.circle(self.matrices[0], center, 1)
            )
        return self._known["contour"]  # type: ignore[return-value]


def rayleigh_schrodinger(
    matrix: Array,
    perturbation: Array | tuple[Array, ...],
    index: int,
    *,
    order: int = 4,
) -> EigenExpansion:
    """Expand a simple eigenvalue of A_0 + epsilon A_1 + ... and its eigenvectors.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A_0.
    perturbation : array, shape (n, n), or a tuple of them
        A_1, or (A_1, A_2, ...).
    index : int
        Position in ascending order (Hermitian A_0), else in the order of real and then
        imaginary parts; real parts that agree to 12 digits of the largest eigenvalue
        count as equal.
    order : int
        N, the last power.

    Returns
    -------
    expansion : EigenExpansion
        Radius and remainder are computed when they are asked for.

    Raises
    ------
    ShapeError
        If the matrices are not square and of one shape.
    ParameterError
        If the eigenvalue is not simple: another one within 1e-10 times the largest; if
        the order is negative, the index is none, or a number is not finite.

    Notes
    -----
    About 2 n^2 flops an order and matrix, after ``eigh`` (Hermitian A_0) or ``eig`` and
    ``svd``; diagonal A_0 needs neither.

    Examples
    --------
    >>> import numpy as np
    >>> pair = rayleigh_schrodinger(np.diag([0.0, 1.0]), [[0.0, 1.0], [1.0, 0.0]], 0)
    >>> float(pair.value.evaluate(0.1).round(6))
    -0.0099
    """
    matrices = matrix_family(matrix, perturbation)
    order = whole(order, "order", least=0)
    form = spectral_form(matrices[0])
    at = whole(
        index,
        "index",
        least=0,
        most=len(form.values) - 1,
        meaning="the position of an eigenvalue",
    )
    _check_simple(form, at)
    subspace = form.isolated(numpy.array([at]), 0.0)
    x, h = bloch(matrices, subspace, order)
    hermitian = form.hermitian and all(is_hermitian(a) for a in matrices[1:])
    y = None if hermitian else dual(matrices, subspace, x, h)[:, :, 0]
    return eigen_expansion(h[:, 0, 0], x[:, :, 0], y, matrices)


def eigen_expansion(
    value: Array,
    right: Array,
    left: Array | None,
    matrices: tuple[Array, ...],
    contour: tuple[float, float] | None = None,
) -> EigenExpansion:
    """Return the result with its normalization: phase of x_0, x_0* y_k = 0.

    Parameters
    ----------
    value : array, shape (N+1,)
        lambda_k.
    right : array, shape (N+1, n)
        x_k.
    left : array, shape (N+1, n), or None
        y_k of any scale with y_0* x_0 = 1; None if all matrices are Hermitian.
    matrices : tuple of array, shape (n, n)
        A_0, A_1, ...
    contour : tuple of two floats, optional
        As for ``EigenExpansion``.

    Returns
    -------
    expansion : EigenExpansion
        Of them.
    """
    xp = namespace(right)
    first = right[0, :]
    pivot = first[int(xp.argmax(xp.abs(first)))]
    phase = xp.conj(pivot) / xp.abs(pivot) if _is_complex(right) else xp.sign(pivot)
    right = right * phase
    if left is None and _is_complex(value):
        value = xp.real(value)  # of Hermitian matrices
    powers = numpy.arange(float(right.shape[0]))
    logs = numpy.zeros(len(powers))
    series = None
    if left is not None:
        series = Expansion(_normalized(left * phase, right[0, :]), powers, logs)
    return EigenExpansion(
        Expansion(value, powers, logs),
        Expansion(right, powers, logs),
        series,
        matrices,
        contour,
    )


def _check_simple(form: Spectral, index: int) -> None:
    scale = float(numpy.abs(form.values).max())
    members = form.cluster(index, CLUSTER * scale)
    if len(members) > 1:
        values = ", ".join(f"{value:.12g}" for value in form.values[members][:6])
        raise ParameterError(
            f"index {index} is one of the equal eigenvalues at positions "
            f"{members.tolist()} ({values}); use degenerate_expansions or "
            "block_diagonalize"
        )


def _normalized(left: Array, first: Array) -> Array:
    """Return y(epsilon) / (x_0* y(epsilon)), whose later coefficients are x_0-free."""
    xp = namespace(left)
    along = left @ (xp.conj(first) if _is_complex(first) else first)
    rows = [left[0, :] / along[0]]
    for k in range(1, left.shape[0]):
        known = sum(along[j] * rows[k - j] for j in range(1, k + 1))
        rows.append((left[k, :] - known) / along[0])
    return xp.stack(rows)


def _is_complex(array: Array) -> bool:
    return bool(namespace(array).isdtype(array.dtype, "complex floating"))
