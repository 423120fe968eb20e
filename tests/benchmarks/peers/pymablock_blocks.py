"""Effective blocks and times of pymablock, the peer of ``block_diagonalize``.

In an environment of its own: ``pip install -r requirements.txt``, then
``python pymablock_blocks.py``, BLAS on one thread. It prints the entries of
``data/reference/perturbation.json``: first blocks of two fixed families, and the
median milliseconds of the three cases of the benchmark. With ``--beside`` it prints the
ratios to perturbsci instead, in turns in one process; that needs the package on the path.
pymablock is not a dependency, and no test imports it.
"""

import importlib.metadata
import json
import platform
import sys
import time

import numpy as np
import pymablock

ORDER = 5
LABELS = [0, 0, 1, 1, 1]


def families():
    """Return two families of 5 x 5 matrices: real, and complex with a second term."""
    energies = np.diag([0.0, 0.3, 2.0, 2.75, 3.5])
    i, j = np.indices((5, 5))
    real = 1.0 / (i + j + 1)
    skew = 1j * (i - j) / (i + j + 1)
    return {"real": (energies, real), "complex": (energies, real + skew, 0.5 * real)}


def first_block(matrices, labels, order):
    """Return the coefficients of the effective matrix of block 0."""
    effective, _, _ = pymablock.block_diagonalize(
        list(matrices[:2]), subspace_indices=labels
    )
    return [effective[0, 0, k] for k in range(order + 1)]


def dense(term):
    """Return a coefficient as an array; H_0 comes sparse, and zero as an object."""
    if term is pymablock.series.zero:
        return np.zeros((2, 2))
    return term.toarray() if hasattr(term, "toarray") else np.asarray(term)


def several_terms(matrices, labels, order):
    """Return the same for H_0 + e H_1 + e^2 H_2, as a series in two parameters."""
    effective, _, _ = pymablock.block_diagonalize(list(matrices), subspace_indices=labels)
    sums = []
    for total in range(order + 1):
        terms = [effective[0, 0, total - 2 * b, b] for b in range(total // 2 + 1)]
        sums.append(sum(dense(term) for term in terms))
    return sums


def case(n, m, seed=0):
    """Return a diagonal H_0 with two separate blocks, a dense H_1, and labels."""
    rng = np.random.default_rng(seed)
    energies = np.sort(rng.uniform(0, 1, n))
    energies[m:] += 2
    coupling = rng.standard_normal((n, n))
    return (np.diag(energies), coupling + coupling.T), [0] * m + [1] * (n - m)


CASES = ((40, 4, 8), (400, 20, 4), (100, 1, 8))


def seconds(function, calls=10):
    """Return the mean time of a call, with the caches in its own state."""
    function()
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def milliseconds(n, m, order, repeats=9):
    """Return the median time of one effective block."""
    matrices, labels = case(n, m)
    times = [seconds(lambda: first_block(matrices, labels, order)) for _ in range(repeats)]
    return round(1e3 * float(np.median(times)), 3)


def beside(n, m, order, repeats=9):
    """Yield the name of each of our routines and how much faster it is."""
    from perturbsci import perturbation  # noqa: PLC0415 (only here)

    matrices, labels = case(n, m)

    def blocks(gauge):
        found = perturbation.block_diagonalize(matrices, labels, order=order, gauge=gauge)
        return found.effective[0]

    def series():
        return perturbation.rayleigh_schrodinger(*matrices, 0, order=order)

    routines = {"canonical": lambda: blocks("canonical"), "bloch": lambda: blocks("bloch")}
    for name, routine in ({"series": series} if m == 1 else routines).items():
        pairs = [
            (seconds(lambda: first_block(matrices, labels, order)), seconds(routine))
            for _ in range(repeats)
        ]
        yield name, float(np.median([theirs / ours for theirs, ours in pairs]))


def entries():
    """Return the entries of the file of reference numbers."""
    version = f"pymablock {importlib.metadata.version('pymablock')}"
    where = f"{version}, NumPy {np.__version__}, Python {platform.python_version()}"
    found = families()
    blocks = {
        "real": [dense(c) for c in first_block(found["real"], LABELS, ORDER)],
        "complex": several_terms(found["complex"], LABELS, ORDER),
    }
    listed = [
        {
            "id": f"perturbation.peer_{name}",
            "quantity": "first block in the canonical gauge, orders 0 to 5, rows of pairs "
            "(real, imaginary)",
            "parameters": {"order": ORDER, "labels": LABELS},
            "value": [np.stack([b.real, b.imag], axis=-1).tolist() for b in coefficients],
            "tolerance": 1e-10,
            "origin": "measured",
            "source": f"{where}; family '{name}' of tests/benchmarks/peers",
        }
        for name, coefficients in blocks.items()
    ]
    times = {
        "id": "perturbation.peer_milliseconds",
        "quantity": "median time of one effective block, for (n, m, order)",
        "parameters": {"cases": CASES},
        "value": [milliseconds(*each) for each in CASES],
        "tolerance": 0.0,
        "origin": "measured",
        "source": f"{where}, {time.strftime('%Y-%m-%d')}, one BLAS thread",
    }
    return [*listed, times]


def main():
    """Print the ratios, or the entries as JSON."""
    if "--beside" in sys.argv:
        for each in CASES:
            for name, ratio in beside(*each):
                sys.stdout.write(f"{each} {name}: {ratio:.1f} times faster\n")
        return
    lines = ",\n ".join(json.dumps(entry) for entry in entries())
    sys.stdout.write(f"[\n {lines}\n]\n")


if __name__ == "__main__":
    main()
