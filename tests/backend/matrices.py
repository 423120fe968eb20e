"""Random matrices of every kind and scale, and when a factorization is one of rounding."""

import numpy as np

UNIT_ROUNDOFF = 2.0**-53
SIZES = [0, 1, 2, 3, 5, 10, 16, 50]
RATIO = 30  # LAPACK's own threshold for its test ratios
KINDS = {
    "real": lambda a: a,
    "complex": lambda a: a + 1j * a[::-1],
    "graded": lambda a: a * 10.0 ** np.linspace(0, -12, len(a)),
    "defective": lambda a: 0.5 * np.eye(len(a)) + np.eye(len(a), k=1),
    "large": lambda a: a * 1e150,
    "small": lambda a: a * 1e-150,
}


def random_matrix(kind, *shape, seed=0):
    return KINDS[kind](np.random.default_rng([seed, *shape]).standard_normal(shape))


def is_orthonormal(columns):
    gram = columns.conj().T @ columns
    return np.linalg.norm(gram - np.eye(len(gram))) <= RATIO * len(gram) * UNIT_ROUNDOFF


def is_close(product, a):
    """Say whether the backward error of a factorization is that of rounding."""
    scale = 2.0 ** np.frexp(np.abs(a).max(initial=0.0))[1]
    product, a = product / scale, a / scale
    limit = RATIO * max(a.shape, default=0) * UNIT_ROUNDOFF
    return np.linalg.norm(product - a) <= limit * np.linalg.norm(a)


def has_canonical_phase(vectors):
    """Say whether columns are unit vectors, first largest entry real positive."""
    size = np.abs(vectors)
    first = (size >= size.max(axis=0) * (1 - 1e-12)).argmax(axis=0)
    pivots = vectors[first, np.arange(vectors.shape[1])]
    norms = np.linalg.norm(vectors, axis=0)
    return (
        (pivots.real > 0).all()
        and np.abs(pivots.imag).max() <= 4 * UNIT_ROUNDOFF
        and np.abs(norms - 1).max() <= 50 * UNIT_ROUNDOFF
    )
