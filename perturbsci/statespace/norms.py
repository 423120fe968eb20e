"""Gramians, Hankel singular values, and the H2 and L1 norms.

* Controllability: A W + W A* + B B* = 0, in discrete time W = a W a* + b b*; observability
  likewise with C. For modes W_ij = -b_i b_j* / (l_i + conj l_j), or / (1 - l_i conj l_j).
* H2: ||G||_2^2 = tr C W C*.
* Hankel singular values sigma_i = sqrt(eig(W_c W_o)), from square roots W = Z Z* that are
  found directly: after a Cayley transform Z_(k+1) = [Z_k, a^(2^k) Z_k] (squared Smith
  method), so that W, which holds half of the digits, is never factored.
  sigma_1 <= ||G - D||_inf <= 2 sum sigma_i.

References: Zhou, Doyle and Glover (1996), chapters 4 and 8; Smith (1968).
"""

import math
from dataclasses import replace

import numpy

from perturbsci.arguments import positive
from perturbsci.backend import to_host
from perturbsci.backend.operands import returned
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.statespace.given import scaled
from perturbsci.statespace.impulse import matrix_response, modal_sums
from perturbsci.statespace.magnitudes import with_ports_of_size_one
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.modes import unfold
from perturbsci.statespace.readout import power
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.requirements import check_discrete, check_single
from perturbsci.statespace.responses import settled
from perturbsci.statespace.stability import without_silent_modes
from perturbsci.statespace.structured import HankelSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.types import Array

__all__ = ["gramians", "h2_norm", "hankel_singular_values", "kernel_l1_norm"]

MOST_DOUBLINGS = 60
SPACING = float(numpy.finfo(numpy.float64).eps)  # of numbers at 1: two roundoffs
LONGEST = 2**24
FIRST_LENGTH = 1024


def h2_norm(system: StateSpace) -> float:
    """Return the H2 norm: the energy of the impulse response, or the gain of white noise.

    Parameters
    ----------
    system : StateSpace
        One system, without axes of copies.

    Returns
    -------
    norm : float
        Infinite for an unstable system, and for a continuous one with D; in discrete time
        D adds to the response at l = 0.

    Raises
    ------
    ShapeError
        If the system has copies.
    ParameterError
        If it is no system.

    Notes
    -----
    O(n^2 (p + m)) for diagonal systems; else some 15 products and QR factorizations of n
    by n matrices. Terms of strongly non-normal modes cancel: then take ``dense`` of it.

    Examples
    --------
    >>> h2_norm(DiagonalSystem([-2.0], [1.0], [1.0]))
    0.5
    """
    whole = _one(system)  # of a HankelSystem D is more than its own
    direct = bool(numpy.abs(whole.feedthrough()).max() > 0)
    sized = with_ports_of_size_one(whole)
    stable = without_silent_modes(sized.system)
    found = stable.system
    if not stable.is_stable or (direct and not found.is_discrete):
        return math.inf
    d = found.feedthrough()
    if isinstance(found, DiagonalSystem):
        full = unfold(found)
        b, c = full.b, full.c
        energy = float(((c.conj().T @ c).T * _modal_gramian(full, b)).sum().real)
        at_once = c @ b
    else:
        matrices = dense(found)
        b, c = matrices.b, matrices.c
        energy = float(numpy.linalg.norm(c @ _root(matrices, dual=False)) ** 2)
        at_once = c @ b
    if found.is_discrete:
        first = numpy.linalg.norm(at_once + d) ** 2 - numpy.linalg.norm(at_once) ** 2
        energy += float(first)
    return sized.restored(math.sqrt(max(energy, 0.0)))


def _one(system: StateSpace) -> StateSpace:
    """Return the system in double precision on the host, with states."""
    check_single(system)
    return settled(dense(system) if isinstance(system, HankelSystem) else system)


def gramians(system: StateSpace) -> tuple[Array, Array]:
    """Return the controllability and the observability Gramian.

    Parameters
    ----------
    system : StateSpace
        Stable, without axes of copies.

    Returns
    -------
    controllability, observability : array, shape (n, n)
        Hermitian; in the coordinates of ``unfold(system)`` for a diagonal system, else of
        ``dense(system)``. In double precision.

    Raises
    ------
    ShapeError
        If the system has copies.
    ParameterError
        If it is unstable, and the Gramians are infinite; if they overflow, or exceed the
        memory of the backend.

    Notes
    -----
    O(n^2 (p + m)) for diagonal systems, else as ``h2_norm``.

    Examples
    --------
    >>> gramians(DiagonalSystem([-2.0], [1.0], [3.0]))
    (array([[0.25]]), array([[2.25]]))
    """
    sized = with_ports_of_size_one(_one(system))
    found = _stable(sized.system)
    if isinstance(found, DiagonalSystem):
        full = unfold(found)
        w = _modal_gramian(full, full.b)
        m = _modal_gramian(full, full.c.conj().T, dual=True)
    else:
        matrices = dense(found)
        w, m = (
            z @ z.conj().T for z in (_root(matrices, dual=dual) for dual in (False, True))
        )
    with numpy.errstate(over="ignore", invalid="ignore"):
        w, m = scaled(w, 2 * sized.inputs), scaled(m, 2 * sized.outputs)
    for name, gramian in (("b", w), ("c", m)):
        if not numpy.isfinite(gramian).all():
            raise ParameterError(
                f"{name} is so large that its Gramian overflows; scale {name} down"
            )
    controllability, observability = returned(system.feedthrough(), w, m)
    return controllability, observability


def _stable(system: StateSpace) -> StateSpace:
    stable = without_silent_modes(system)
    if not stable.is_stable:
        raise ParameterError(
            f"system is unstable, {stable.certificate}; its Gramians are infinite: lower "
            "the perturbation, or split off the unstable modes"
        )
    return stable.system


def _modal_gramian(
    system: DiagonalSystem, b: numpy.ndarray, *, dual: bool = False
) -> numpy.ndarray:
    check_memory(64 * system.n_state**2, "a Gramian", "take fewer states")
    values = system.eigenvalues.conj() if dual else system.eigenvalues
    if system.is_discrete:
        scale = 1 - values[:, None] * values.conj()
    else:
        scale = -(values[:, None] + values.conj())
    return (b @ b.conj().T) / scale


def hankel_singular_values(system: StateSpace) -> Array:
    """Return the Hankel singular values: how much each state of the best basis carries.

    Parameters
    ----------
    system : StateSpace
        Stable, without axes of copies.

    Returns
    -------
    values : real array, shape (n,)
        Descending; one a state of ``dense(system)``. Those below unit_roundoff times the
        norms of the square roots are rounding.

    Raises
    ------
    ShapeError
        If the system has copies.
    ParameterError
        If it is unstable.

    Notes
    -----
    Some 15 products and QR factorizations of n by n matrices, one SVD; on the host.

    Examples
    --------
    >>> hankel_singular_values(DiagonalSystem([-2.0], [1.0], [1.0])).tolist()
    [0.25]
    """
    sized = with_ports_of_size_one(_one(system))
    full = dense(_stable(sized.system))
    inputs, outputs = (_root(full, dual=dual) for dual in (False, True))
    values = numpy.linalg.svd(outputs.conj().T @ inputs, compute_uv=False)
    values = numpy.array([sized.restored(value) for value in values[: full.n_state]])
    (found,) = returned(system.feedthrough(), values)
    return found


def _root(system: DenseSystem, *, dual: bool) -> numpy.ndarray:
    """Return Z (n, n) with W = Z Z* by doubling the sum over powers of a."""
    a, z = system.a, system.b
    if dual:
        a, z = a.conj().T, system.c.conj().T
    n = len(a)
    check_memory(128 * n * n, "a Gramian", "take fewer states")
    if not system.is_discrete:
        a, z = _cayley(a, z)
    z = _compressed(z, n)
    for _doubling in range(MOST_DOUBLINGS):
        added = a @ z
        z = _compressed(numpy.concatenate([z, added], axis=1), n)
        if numpy.linalg.norm(added) <= SPACING**2 * numpy.linalg.norm(z):
            return z
        a = a @ a
    raise ConvergenceError(
        f"the Gramian still grows after 2^{MOST_DOUBLINGS} terms; the system of {n} states "
        "is stable by less than rounding: move its eigenvalues inside"
    )


def _cayley(a: numpy.ndarray, b: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return a discrete system of the same Gramian, (A - mu)^-1 (A + mu)."""
    values = numpy.abs(numpy.linalg.eigvals(a))
    low, high = float(values[values > 0].min(initial=values.max())), float(values.max())
    mu = math.sqrt(low) * math.sqrt(high) or 1.0
    unit = numpy.eye(len(a))
    both = numpy.linalg.solve(
        a - mu * unit, numpy.concatenate([a + mu * unit, math.sqrt(2 * mu) * b], axis=1)
    )
    return both[:, : len(a)], both[:, len(a) :]


def _compressed(z: numpy.ndarray, n: int) -> numpy.ndarray:
    """Return a factor of n columns with the same Z Z*."""
    if z.shape[1] <= n:
        return z
    upper = numpy.asarray(numpy.linalg.qr(z.conj().T, mode="r"))
    return upper.conj().T


def kernel_l1_norm(system: StateSpace, *, tolerance: float = 1e-10) -> float:
    """Return sum_l abs(K_l) of a discrete system with one input and one output.

    It bounds the output for every bounded input. D is not in it.

    Parameters
    ----------
    system : StateSpace
        Discrete, one input, one output, without axes of copies.
    tolerance : float
        Relative: of what is left out beyond the last term.

    Returns
    -------
    norm : float
        Infinite for an unstable system.

    Raises
    ------
    ShapeError
        If there are several inputs, outputs or copies.
    ParameterError
        If the system is continuous or the tolerance not positive.
    ConvergenceError
        If 2^24 terms do not suffice.

    Notes
    -----
    O(n) a term; the tail beyond L terms is at most the sum of
    abs(c_k b_k) abs(a_k)^L / (1 - abs(a_k)), for full matrices
    sum_(l < L) ||C a^l|| ||a^L b|| / (1 - ||a^L||).

    Examples
    --------
    >>> round(kernel_l1_norm(DiagonalSystem([-0.5], [1.0], [1.0], step=1.0)), 9)
    2.0
    """
    accuracy = positive(tolerance, "tolerance")
    check_discrete(system, "the L1 norm of a kernel")
    ports = (system.n_outputs, system.n_inputs, *system.copies)
    if ports != (1, 1):
        raise ShapeError(
            f"system has {ports[0]} outputs, {ports[1]} inputs and copies {ports[2:]}, "
            "needed one input and one output; take one entry of it"
        )
    whole = _one(system)
    assert isinstance(whole, (DenseSystem, DiagonalSystem))
    extra = whole.feedthrough() - to_host(system.feedthrough())  # of a HankelSystem
    sized = with_ports_of_size_one(replace(whole, d=extra))
    stable = without_silent_modes(sized.system)
    if not stable.is_stable:
        return math.inf
    if isinstance(stable.system, DiagonalSystem):
        return sized.restored(_modal_l1(stable.system, accuracy))
    first = complex(stable.system.feedthrough()[0, 0])
    return sized.restored(_matrix_l1(dense(stable.system), accuracy, first))


def _modal_l1(system: DiagonalSystem, accuracy: float) -> float:
    """Add pieces of the kernel, each from where the one before ended."""
    residues = system.c[0] * system.b[:, 0]
    if system.weights is not None:
        residues = residues * system.weights
    total, length, done = 0.0, FIRST_LENGTH, 0
    reach = 1 / (1 - numpy.abs(system.eigenvalues))
    while done < LONGEST:
        sums = modal_sums(residues, system.eigenvalues, length, real=system.is_real)
        total += float(numpy.abs(sums).sum())
        residues = residues * power(system.eigenvalues, length)
        if float(numpy.abs(residues) @ reach) <= accuracy * total:
            return total
        done += length
        length = min(2 * length, 2**18)
    raise _not_decayed(total)


def _matrix_l1(system: DenseSystem, accuracy: float, first: complex) -> float:
    """Add pieces of the kernel between powers of a whose norm is below 1."""
    length, jump = FIRST_LENGTH, numpy.linalg.matrix_power(system.a, FIRST_LENGTH)
    while (norm := float(numpy.linalg.norm(jump, 2))) >= 1 and length < LONGEST:
        length, jump = 2 * length, jump @ jump
    row, reach = system.c, 0.0
    for _row in range(length):
        reach += float(numpy.linalg.norm(row))
        row = row @ system.a
    total, done, b = 0.0, 0, system.b
    while done < LONGEST:
        piece = DenseSystem(system.a, b, system.c, step=1.0)
        kernel = matrix_response(piece, length)[:, 0, 0]
        if done == 0:
            kernel[0] += first if kernel.dtype.kind == "c" else first.real
        total += float(numpy.abs(kernel).sum())
        b = jump @ b
        if reach * float(numpy.linalg.norm(b)) <= accuracy * total * (1 - norm):
            return total
        done += length
    raise _not_decayed(total)


def _not_decayed(total: float) -> ConvergenceError:
    return ConvergenceError(
        f"the kernel has not decayed after {LONGEST} terms, its sum is {total:.6g}; raise "
        "tolerance, or lengthen the step"
    )
