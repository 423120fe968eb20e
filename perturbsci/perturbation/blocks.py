"""Block diagonalization of H_0 + epsilon H_1 + ...: effective matrices, order by order.

H_0 is block diagonal, and no two blocks share an eigenvalue. The invariant subspace that
grows out of block a is X_a(epsilon) = Q_a + complement, H X_a = X_a B_a (``subspaces``).

* bloch: T = sum_a X_a Q_a*, effective matrices B_a; any H.
* canonical, Hermitian H: the direct rotation U = sum_a X_a G_a^(-1/2) Q_a*,
  G_a = X_a* X_a, effective matrices G_a^(1/2) B_a G_a^(-1/2). It is the polar factor of
  sum_a P_a(epsilon) P_a(0), for two blocks the transformation of Schrieffer and Wolff.

References: Bloch (1958); Bravyi, DiVincenzo and Loss (2011).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from perturbsci.arguments import one_of, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.linalg import eigh, schur, solve_triangular
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.families import (
    CLUSTER,
    is_diagonal,
    is_hermitian,
    matrix_family,
    unit_roundoff,
)
from perturbsci.perturbation.matrix_series import (
    adjoint,
    gram,
    inverse,
    product,
    relative_size,
    square_root,
)
from perturbsci.perturbation.subspaces import Subspace, bloch
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["BlockDiagonalization", "block_diagonalize"]

GAUGES = ("canonical", "bloch")


@dataclass(frozen=True, slots=True, eq=False)
class BlockDiagonalization(Result):
    """A block diagonalization, whose blocks are computed when they are asked for.

    Parameters
    ----------
    matrices : tuple of array, shape (n, n)
        H_0, H_1, ...
    blocks : array, shape (n,)
        Label of the block of each row, 0, 1, ... in the order of the labels given.
    order : int
        N.
    gauge : str
        ``"canonical"`` or ``"bloch"``.
    gap : float
        Distance of the spectra of the two nearest blocks; infinite for one block.
    status : Status
        CONVERGED.

    Examples
    --------
    >>> import numpy as np
    >>> pair = (np.diag([0.0, 1.0]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> block_diagonalize(pair, [0, 1], order=4).effective[1].coefficients.ravel().tolist()
    [1.0, 0.0, 1.0, 0.0, -1.0]
    """

    matrices: tuple[Array, ...]
    blocks: Array
    order: int
    gauge: str
    gap: float
    status: Status = Status.CONVERGED
    _known: dict[object, object] = field(init=False, repr=False, default_factory=dict)

    @property
    def effective(self) -> Sequence[Expansion]:
        """Effective matrices, shape (N+1, m, m) each; one block is computed alone."""
        return _Blocks(self)

    @property
    def transformation(self) -> Expansion:
        """T, shape (N+1, n, n): T^-1 H T is block diagonal through order N."""
        return self._expansion("transformation", self._transformed)

    @property
    def inverse(self) -> Expansion:
        """T^-1, shape (N+1, n, n); the adjoint of T in the canonical gauge."""
        return self._expansion("inverse", self._inverted)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Off-diagonal blocks of T^-1 H T, and T^-1 T - I, as coefficients."""
        if "certificates" not in self._known:
            self._known["certificates"] = self._certified()
        return self._known["certificates"]  # type: ignore[return-value]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)

    def _claims(self) -> tuple[object, ...]:
        return self.certificates

    def _block(self, label: int, *, columns: bool) -> Array:
        """Return the columns of T that belong to a block, or its effective matrix."""
        form = self._form()
        subspace = _subspace(form, self.blocks == label)
        x, h = bloch(form.terms, subspace, self.order, last=columns)
        if self.gauge == "canonical" and self.order > 1:  # X_1 is orthogonal to X_0
            root = square_root(gram(x))
            back = inverse(root)
            x = product(x, back) if columns else x
            h = product(product(root, h), back)
            h = (h + adjoint(h)) / 2
        if form.basis is None:
            return x if columns else h
        at = numpy.flatnonzero(self.blocks == label)
        own = form.basis[at, :][:, at]
        return (form.basis @ x if columns else own @ h) @ adjoint(own)

    def _form(self) -> "_Form":
        if "form" not in self._known:
            self._known["form"] = _diagonal_blocks(self.matrices, self.blocks)
        return self._known["form"]  # type: ignore[return-value]

    def _expansion(self, name: str, made: Callable[[], Array]) -> Expansion:
        if name not in self._known:
            self._known[name] = _series(made())
        return self._known[name]  # type: ignore[return-value]

    def _transformed(self) -> Array:
        labels = range(len(self.effective))
        xp = namespace(self.matrices[0])
        columns = xp.concat([self._block(label, columns=True) for label in labels], axis=2)
        order = numpy.argsort(self.blocks, kind="stable")
        back = xp.asarray(numpy.argsort(order), device=columns.device)
        return xp.take(columns, back, axis=2)

    def _inverted(self) -> Array:
        t = self.transformation.coefficients
        return adjoint(t) if self.gauge == "canonical" else inverse(t)

    def _certified(self) -> tuple[Certificate, ...]:
        xp = namespace(self.matrices[0])
        t, back = self.transformation.coefficients, self.inverse.coefficients
        h = _padded(self.matrices, self.order + 1)
        same = xp.asarray(self.blocks[:, None] == self.blocks, device=t.device)
        eye = xp.eye(t.shape[1], dtype=t.dtype, device=t.device)
        rotated = xp.where(same, xp.zeros_like(t), product(back, product(h, t)))
        ones = product(back, t)
        ones[0, ...] = ones[0, ...] - eye
        bound = 100 * t.shape[1] * unit_roundoff(t)
        claims = (
            ("off-diagonal blocks of T^-1 H T", rotated, (back, h, t)),
            ("T^-1 T - I", ones, (back, t)),
        )
        return tuple(
            Certificate(
                f"{claim}, largest coefficient relative to its terms",
                relative_size(found, factors),
                bound,
                "estimate",
                f"{self.gauge} gauge, order {self.order}",
            )
            for claim, found, factors in claims
        )


class _Blocks(Sequence[Expansion]):
    """The effective matrices, each computed at its first use."""

    def __init__(self, owner: BlockDiagonalization) -> None:
        self._owner = owner

    def __len__(self) -> int:
        return int(self._owner.blocks.max()) + 1

    def __getitem__(self, label: Any) -> Any:
        if isinstance(label, slice):
            return tuple(self[k] for k in range(*label.indices(len(self))))
        k = range(len(self))[label]
        owner = self._owner
        return owner._expansion(f"effective {k}", lambda: owner._block(k, columns=False))

    def __iter__(self) -> Iterator[Expansion]:
        return (self[k] for k in range(len(self)))


def block_diagonalize(
    matrices: tuple[Array, ...],
    blocks: Array,
    *,
    order: int = 2,
    gauge: str = "canonical",
) -> BlockDiagonalization:
    """Find the transformation that makes H_0 + epsilon H_1 + ... block diagonal.

    Parameters
    ----------
    matrices : tuple of array, shape (n, n)
        H_0, H_1, ...; H_0 is block diagonal.
    blocks : integer array, shape (n,)
        Label of the block of each row; ``effective`` is in ascending order of labels.
    order : int
        N, the last power.
    gauge : str
        ``"canonical"``: unitary, for Hermitian matrices. ``"bloch"``: any matrices; its
        effective matrices are not Hermitian even for Hermitian ones.

    Returns
    -------
    blocks : BlockDiagonalization
        Nothing is computed beyond the spectra of the blocks of H_0 until it is asked for.

    Raises
    ------
    ShapeError
        If the matrices are not square and of one shape, or the labels are not n.
    ParameterError
        If two blocks share an eigenvalue to 1e-10 of the largest, H_0 is not block
        diagonal, the gauge does not fit, the order is negative, or a number is not finite.

    Notes
    -----
    The matrices are kept and not copied: leave them as they are. About 2 n^2 m flops an
    order and perturbation for a block of m rows, after one factorization of H_0 and two
    products a matrix unless H_0 is diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> levels, coupling = np.diag([0.0, 0.1, 2.0]), np.ones((3, 3))
    >>> low = block_diagonalize((levels, coupling), [0, 0, 1]).effective[0]
    >>> low.coefficients[2].round(4).tolist()
    [[-0.5, -0.5132], [-0.5132, -0.5263]]
    """
    if not isinstance(matrices, (tuple, list)) or not matrices:
        raise ParameterError(
            f"matrices is a {type(matrices).__name__}; pass a tuple (H_0, H_1, ...)"
        )
    gauge = one_of(gauge, "gauge", GAUGES)
    order = whole(order, "order", least=0)
    names = {"first_name": "matrices[0]", "name": "matrices[1:]"}
    terms = matrix_family(matrices[0], tuple(matrices[1:]), **names)
    labels = _labels(blocks, terms[0].shape[0])
    form = _diagonal_blocks(terms, labels)
    real = form.diagonal and not form.energies.imag.any()  # and so Hermitian
    for k, term in enumerate(terms if gauge == "canonical" else ()):
        if not (real and k == 0) and not is_hermitian(term):
            raise ParameterError(
                f"matrices[{k}] is not Hermitian and gauge is {gauge!r}, which is unitary; "
                "pass gauge='bloch'"
            )
    result = BlockDiagonalization(terms, labels, order, gauge, _gap(form.energies, labels))
    result._known["form"] = form
    return result


def _labels(blocks: object, n: int) -> numpy.ndarray:
    """Return the labels as 0, 1, ..., on the host."""
    labels = to_host(as_array(blocks, name="blocks", ndim=1, real=True))
    if len(labels) != n:
        raise ShapeError(
            f"blocks has {len(labels)} labels for matrices of shape {(n, n)}; pass one "
            "integer a row in blocks"
        )
    if (labels != numpy.round(labels)).any():
        raise ParameterError(f"blocks is {labels!r:.80}; pass integer labels")
    return numpy.unique(labels, return_inverse=True)[1].astype(numpy.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Form:
    """The matrices in a basis in which the blocks of H_0 are upper triangular."""

    terms: tuple[Array, ...]
    energies: numpy.ndarray  # the diagonal of H_0
    basis: Array | None  # block diagonal, unitary; None is the identity
    diagonal: bool


def _diagonal_blocks(matrices: tuple[Array, ...], labels: numpy.ndarray) -> _Form:
    xp = namespace(*matrices)
    first = matrices[0]
    if is_diagonal(first):
        return _Form(matrices, to_host(xp.linalg.diagonal(first)), None, True)
    host = to_host(first)
    outside = numpy.abs(host * (labels[:, None] != labels)).max()
    if outside > 4 * len(host) * unit_roundoff(first) * numpy.abs(host).max():
        raise ParameterError(
            f"matrices[0] has the entry {outside:.6g} between two blocks, needed a block "
            "diagonal H_0; change to its eigenvectors, or move that part to H_1"
        )
    hermitian = is_hermitian(first)
    dtype = first.dtype if hermitian else numpy.result_type(host, numpy.complex64)
    basis = numpy.zeros(host.shape, dtype=dtype)
    for label in range(int(labels.max()) + 1):
        at = numpy.ix_(*2 * (numpy.flatnonzero(labels == label),))
        basis[at] = eigh(host[at])[1] if hermitian else schur(host[at])[1]
    given = xp.asarray(basis, device=first.device)
    terms = [adjoint(given) @ a @ given for a in matrices]
    zeroth = numpy.triu(to_host(terms[0])) * (labels[:, None] == labels)
    if hermitian:
        zeroth = numpy.diag(numpy.diagonal(zeroth).real).astype(dtype)
    terms[0] = xp.asarray(zeroth, device=first.device)
    return _Form(tuple(terms), numpy.diagonal(zeroth), given, hermitian)


def _gap(energies: numpy.ndarray, labels: numpy.ndarray) -> float:
    """Return the distance of the two nearest blocks, or refuse it."""
    if energies.imag.any():
        i, j = (index.ravel() for index in numpy.indices(2 * energies.shape))
    else:  # the nearest energies of two blocks are neighbors
        order = numpy.argsort(energies)
        i, j = order[:-1], order[1:]
    other = labels[i] != labels[j]
    i, j = i[other], j[other]
    apart = numpy.abs(energies[i] - energies[j])
    if not len(apart):
        return numpy.inf
    k = int(apart.argmin())
    if apart[k] <= CLUSTER * numpy.abs(energies).max():
        raise ParameterError(
            f"blocks overlap: the energies {energies[i[k]]:.12g} of block {labels[i[k]]} "
            f"and {energies[j[k]]:.12g} of block {labels[j[k]]} are equal, blocks counted "
            "in the order of their labels; give them one label"
        )
    return float(apart[k])


def _subspace(form: _Form, inside: numpy.ndarray) -> Subspace:
    """Return the coordinate subspace of one block, with the solver on the others."""
    xp = namespace(form.terms[0])
    zeroth = form.terms[0]
    inner, outer = (
        xp.asarray(numpy.flatnonzero(each), device=zeroth.device)
        for each in (inside, ~inside)
    )
    eye = xp.eye(zeroth.shape[0], dtype=zeroth.dtype, device=zeroth.device)
    right = xp.take(eye, inner, axis=1)

    def along(f: Array) -> Array:
        return xp.take(f, inner, axis=0)

    matrix = xp.take(xp.take(zeroth, inner, axis=0), inner, axis=1)
    if form.diagonal:
        differences = form.energies[:, None] - form.energies[inside]
        differences[inside, :] = 1
        inverses = 1 / differences
        inverses[inside, :] = 0
        factors = xp.asarray(inverses, dtype=zeroth.dtype, device=zeroth.device)
        return Subspace(right, right, matrix, lambda f: factors * f, _unused, along, 0.0)
    rest = xp.take(xp.take(zeroth, outer, axis=0), outer, axis=1)
    place = xp.take(eye, outer, axis=1)

    def solve(f: Array) -> Array:
        return place @ _triangular_sylvester(rest, matrix, xp.take(f, outer, axis=0))

    return Subspace(right, right, matrix, solve, _unused, along, 0.0)


def _unused(f: Array) -> Array:
    raise NotImplementedError(f"no left basis is needed, got shape {f.shape}")


def _triangular_sylvester(a: Array, b: Array, f: Array) -> Array:
    """Solve A X - X B = F for upper triangular A and B, column by column."""
    xp = namespace(a)
    if not f.shape[0]:
        return f
    x = xp.zeros(f.shape, dtype=xp.result_type(a, f), device=a.device)
    eye = xp.eye(a.shape[0], dtype=a.dtype, device=a.device)
    for k in range(f.shape[1]):
        side = f[:, k] + x[:, :k] @ b[:k, k]
        x[:, k] = solve_triangular(a - b[k, k] * eye, side, lower=False)
    return x


def _series(coefficients: Array) -> Expansion:
    count = coefficients.shape[0]
    return Expansion(coefficients, numpy.arange(float(count)), numpy.zeros(count))


def _padded(matrices: tuple[Array, ...], count: int) -> Array:
    xp = namespace(*matrices)
    zero = xp.zeros_like(matrices[0])
    return xp.stack([*matrices[:count], *[zero] * (count - len(matrices))])
