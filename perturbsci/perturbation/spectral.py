"""The spectrum of the unperturbed matrix, and the reduced resolvents of its parts.

The reduced resolvent S of a semisimple lambda_0 with bases X_0, Y_0 has

    S (A_0 - lambda_0) = I - X_0 Y_0*,   S X_0 = 0,   Y_0* S = 0.

It is a division by lambda - lambda_0 in a basis of orthonormal eigenvectors. Otherwise
A_0 - lambda_0 = U diag(s) V* with m singular values that are zero: X_0 and Y_0 are their
vectors, and S is V diag(1/s) U* of the others between the projections I - X_0 Y_0*.

Reference: Kato (1966), section I.5.3.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.linalg import eig, eigh, svd
from perturbsci.errors import ParameterError
from perturbsci.perturbation.families import is_diagonal, is_hermitian
from perturbsci.perturbation.matrix_series import adjoint
from perturbsci.perturbation.subspaces import Subspace
from perturbsci.types import Array

__all__ = ["Spectral", "ascending", "spectral_form"]

DIGITS = 12  # of the spectral radius, for the order of real parts
CROWDED = 1e-4  # a multiple eigenvalue may be smeared so far by rounding ...
DEFECTIVE = 1e6  # ... and its members then have such a condition


@dataclass(frozen=True, slots=True, eq=False)
class Spectral:
    """The eigenvalues of A_0 in their order, and what isolates some of them.

    Parameters
    ----------
    matrix : array, shape (n, n)
        A_0.
    values : array, shape (n,)
        On the host; ascending, or by real and then imaginary part.
    vectors : array, shape (n, n), or None
        Orthonormal eigenvectors of a Hermitian matrix.
    positions : array, shape (n,), or None
        Where the values stand on the diagonal of a diagonal matrix.
    """

    matrix: Array
    values: numpy.ndarray
    vectors: Array | None
    positions: numpy.ndarray | None

    @property
    def hermitian(self) -> bool:
        """True if the values are real numbers in ascending order."""
        return bool(self.values.dtype.kind == "f")

    def cluster(self, index: int, width: float) -> numpy.ndarray:
        """Return the positions of the eigenvalues that are one with this one.

        Parameters
        ----------
        index : int
            Its position.
        width : float
            Chains of steps up to this length are one.

        Returns
        -------
        members : integer array, shape (m,)
            Ascending.
        """
        inside = numpy.abs(self.values - self.values[index]) <= width
        count = 1
        while (found := int(numpy.count_nonzero(inside))) > count:
            count = found
            near = numpy.abs(self.values[:, None] - self.values[inside]).min(axis=1)
            inside = near <= width
        return numpy.flatnonzero(inside)

    def isolated(self, members: numpy.ndarray, width: float) -> Subspace:
        """Return the subspace of a semisimple cluster.

        Parameters
        ----------
        members : integer array, shape (m,)
            Positions of eigenvalues that are equal up to ``width``.
        width : float
            What counts as zero.

        Returns
        -------
        subspace : Subspace
            With H_0 = lambda I.

        Raises
        ------
        ParameterError
            If the cluster is defective.
        """
        if self.positions is not None:
            return self._on_diagonal(members)
        if self.vectors is not None:
            return self._by_eigenvectors(members)
        return self._by_singular_vectors(members, width)

    def _on_diagonal(self, members: numpy.ndarray) -> Subspace:
        xp = namespace(self.matrix)
        n, m = len(self.values), len(members)
        at = self.positions[members]  # type: ignore[index]
        diagonal = to_host(xp.linalg.diagonal(self.matrix))
        value = self.values[members[0]] if m == 1 else self.values[members].mean()
        others = numpy.ones(n, dtype=bool)
        others[at] = False
        differences = diagonal[others] - value
        inverses = numpy.zeros((n, 1), dtype=differences.dtype)
        inverses[others, 0] = 1 / differences
        basis = numpy.zeros((n, m), dtype=diagonal.dtype)
        basis[at, numpy.arange(m)] = 1
        right, inverse = (
            xp.asarray(a, dtype=self.matrix.dtype, device=self.matrix.device)
            for a in (basis, inverses)
        )
        back = inverse if diagonal.dtype.kind == "f" else xp.conj(inverse)
        gap = float(numpy.abs(differences).min(initial=numpy.inf))
        matrix = _scalar(right, value, m)
        rows = xp.asarray(at, device=self.matrix.device)
        row = slice(int(at[0]), int(at[0]) + 1)
        return Subspace(
            right,
            right,
            matrix,
            lambda f: inverse * f,
            lambda f: back * f,
            lambda f: f[row, :] if m == 1 else xp.take(f, rows, axis=0),
            gap,
        )

    def _by_eigenvectors(self, members: numpy.ndarray) -> Subspace:
        xp = namespace(self.matrix)
        rest = numpy.setdiff1d(numpy.arange(len(self.values)), members)
        value = float(self.values[members].mean())
        gap = float(numpy.abs(self.values[rest] - value).min(initial=numpy.inf))
        columns = [xp.asarray(at, device=self.matrix.device) for at in (members, rest)]
        right, others = (xp.take(self.vectors, at, axis=1) for at in columns)
        differences = xp.asarray(
            (self.values[rest] - value)[:, None],
            dtype=xp.finfo(right.dtype).dtype,
            device=right.device,
        )
        back = adjoint(others)

        def solve(f: Array) -> Array:
            return others @ ((back @ f) / differences)

        matrix = _scalar(right, value, len(members))
        return Subspace(right, right, matrix, solve, solve, _along(right), gap)

    def _by_singular_vectors(self, members: numpy.ndarray, width: float) -> Subspace:
        """Return X_0, Y_0 as null vectors of A_0 - lambda, and S by its other ones."""
        xp = namespace(self.matrix)
        n, m = len(self.values), len(members)
        value = self.values[members].mean()
        real = xp.isdtype(self.matrix.dtype, "real floating") and value.imag == 0
        shifted = self.matrix - (float(value.real) if real else complex(value)) * xp.eye(
            n, dtype=self.matrix.dtype, device=self.matrix.device
        )
        u, s, vh = svd(shifted)
        right, others = adjoint(vh)[:, n - m :], adjoint(vh)[:, : n - m]
        overlap = adjoint(u[:, n - m :]) @ right
        floor = float(xp.min(svd(overlap)[1]))
        if m > 1 and (float(s[n - m]) > width or floor < 1 / DEFECTIVE):
            self._refuse(members)
        left = adjoint(xp.linalg.solve(overlap, adjoint(u[:, n - m :])))
        u, s = u[:, : n - m], s[: n - m, None]
        matrix = adjoint(left) @ self.matrix @ right if m == 1 else None
        if matrix is None:
            matrix = _scalar(right, value.real if real else value, m)

        def projected(f: Array, x: Array, y: Array) -> Array:
            return f - x @ (adjoint(y) @ f)

        def solve(f: Array) -> Array:
            g = adjoint(u) @ projected(f, right, left)
            return projected(others @ (g / s), right, left)

        def solve_adjoint(f: Array) -> Array:
            g = adjoint(others) @ projected(f, left, right)
            return projected(u @ (g / s), left, right)

        gap = float(s[-1, 0]) if n > m else numpy.inf
        return Subspace(right, left, matrix, solve, solve_adjoint, _along(left), gap)

    def refuse_smeared(self, index: int) -> None:
        """Refuse a member of a Jordan block, which rounding has pulled apart.

        Parameters
        ----------
        index : int
            Position of the eigenvalue.

        Raises
        ------
        ParameterError
            If eigenvalues crowd there and their eigenvectors are nearly parallel.
        """
        if self.vectors is not None or self.positions is not None:
            return
        width = CROWDED * float(numpy.abs(self.values).max())
        members = self.cluster(index, width)
        if len(members) == 1:
            return
        values, vectors = (to_host(each) for each in eig(self.matrix))
        near = numpy.abs(values[:, None] - self.values[members]).min(axis=1) == 0
        if numpy.linalg.cond(vectors[:, near]) > DEFECTIVE:
            self._refuse(members)

    def _refuse(self, members: numpy.ndarray) -> None:
        raise ParameterError(
            f"indices hold a defective cluster, positions {members.tolist()} near "
            f"{_number(self.values[members].mean())}: it has fewer eigenvectors than "
            "eigenvalues and moves by fractional powers; use lidskii"
        )


def spectral_form(matrix: Array, *, hermitian: bool | None = None) -> Spectral:
    """Return the eigenvalues of A_0 in order, with what its kind offers.

    Parameters
    ----------
    matrix : array, shape (n, n)
        A_0.
    hermitian : bool, optional
        Default: find out.

    Returns
    -------
    form : Spectral
        In O(n) beyond a test if diagonal.
    """
    xp = namespace(matrix)
    diagonal = to_host(xp.linalg.diagonal(matrix))
    alone = is_diagonal(matrix)
    if hermitian is None:
        hermitian = not diagonal.imag.any() if alone else is_hermitian(matrix)
    if alone:
        values = diagonal.real if hermitian else diagonal.astype(numpy.complex128)
        order = numpy.argsort(values, kind="stable") if hermitian else ascending(values)
        return Spectral(matrix, values[order], None, order)
    if hermitian:
        half = (matrix + adjoint(matrix)) / 2
        values, vectors = eigh(half)
        return Spectral(half, to_host(values), vectors, None)
    values = to_host(eig(matrix)[0]).astype(numpy.complex128)
    return Spectral(matrix, values[ascending(values)], None, None)


def _along(left: Array) -> Callable[[Array], Array]:
    back = adjoint(left)
    return lambda f: back @ f


def ascending(values: numpy.ndarray) -> numpy.ndarray:
    """Return the order by real part, up to rounding, and then by imaginary part.

    Parameters
    ----------
    values : array, shape (n,)
        On the host.

    Returns
    -------
    order : integer array, shape (n,)
        Positions.
    """
    radius = numpy.abs(values).max(initial=0.0) or 1.0
    return numpy.lexsort((values.imag, numpy.round(values.real / radius, DIGITS)))


def _scalar(like: Array, value: complex, m: int) -> Array:
    xp = namespace(like)
    number = complex(value) if numpy.iscomplexobj(value) else float(value.real)
    return number * xp.eye(m, dtype=like.dtype, device=like.device)


def _number(value: complex) -> str:
    return f"{value:.6g}" if numpy.imag(value) else f"{numpy.real(value):.6g}"
