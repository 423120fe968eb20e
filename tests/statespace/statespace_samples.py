"""Systems that several test files use, all from seeds."""

import numpy

from perturbsci.problems import matrices
from perturbsci.statespace import DenseSystem, DiagonalSystem, LowRankSystem, halve


def stable_matrix(n, seed, *, complex_entries=False, margin=0.5):
    rng = numpy.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    if complex_entries:
        a = a + 1j * rng.standard_normal((n, n))
    return a - (numpy.linalg.eigvals(a).real.max() + margin) * numpy.eye(n)


def dense_sample(n=7, inputs=2, outputs=3, seed=0, **options):
    rng = numpy.random.default_rng(1000 + seed)
    a = stable_matrix(n, seed, **options)
    b, c = rng.standard_normal((n, inputs)), rng.standard_normal((outputs, n))
    return DenseSystem(a, b, c, rng.standard_normal((outputs, inputs)))


def all_modes(system):
    """The same system in its eigenbasis, all modes, no weights."""
    values, right = numpy.linalg.eig(system.a)
    left = numpy.linalg.inv(right)
    return DiagonalSystem(values, left @ system.b, system.c @ right, system.d)


def low_rank_sample(n=7, rank=2, seed=0):
    """A DenseSystem, and the same as a LowRankSystem with all modes and halved."""
    system = dense_sample(n, seed=seed)
    rng = numpy.random.default_rng(2000 + seed)
    p, q = rng.standard_normal((n, rank)), 0.3 * rng.standard_normal((n, rank))
    reach = numpy.linalg.eigvals(system.a - p @ q.T).real.max() + 0.5
    stable = system.a - max(reach, 0) * numpy.eye(n)
    system = DenseSystem(stable, system.b, system.c, system.d)
    values, right = numpy.linalg.eig(system.a)
    left = numpy.linalg.inv(right)
    turned = left @ p, (q.T @ right).conj().T, left @ system.b
    full = LowRankSystem(values, *turned, system.c @ right, system.d)
    keep = values.imag >= 0
    weights = numpy.where(values[keep].imag > 0, 2.0, 1.0)
    rows = (each[keep] for each in turned)
    half = LowRankSystem(
        values[keep], *rows, (system.c @ right)[:, keep], system.d, weights=weights
    )
    exact = DenseSystem(system.a - p @ q.T, system.b, system.c, system.d)
    return exact, full, half


def legs_shifted(n, theta, readout):
    """LegS exactly, and its eigenbasis after E = theta P P^T with the corrected input."""
    a, root = matrices.hippo_legs(n), numpy.sqrt(2 * numpy.arange(n) + 1)
    p = root / numpy.sqrt(2)
    if theta == 1:  # normal: skew part by eigh, which keeps it so
        skew = a + numpy.outer(p, p) + numpy.eye(n) / 2
        frequencies, right = numpy.linalg.eigh(-0.5j * (skew - skew.T))
        values, left = 1j * frequencies - 0.5, right.conj().T
    else:
        values, right = numpy.linalg.eig(a + theta * numpy.outer(p, p))
        left = numpy.linalg.inv(right)
    b = left @ ((1 - theta / 2) * root).astype(complex)
    return DenseSystem(a, root, readout), halve(DiagonalSystem(values, b, readout @ right))


def resolvent(a, b, c, d, points):
    """C (s - A)^-1 B + D by solves, one point at a time."""
    unit = numpy.eye(len(a))
    return numpy.stack([c @ numpy.linalg.solve(s * unit - a, b) + d for s in points])
