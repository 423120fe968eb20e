"""Norms and times of slycot, the peer of ``hinf_norm``, ``h2_norm`` and Hankel values.

In an environment of its own: ``pip install -r requirements.txt``, then
``python slycot_norms.py``, BLAS on one thread. It prints the entries of
``data/reference/statespace_peers.json``: norms of fixed systems by SLICOT's routines, and
the median milliseconds of an H-infinity norm. With ``--beside`` it prints the ratios to
perturbsci instead, in turns in one process; that needs the package on the path.
slycot is not a dependency; a test uses it where it is installed.
"""

import importlib.metadata
import json
import platform
import sys
import time

import numpy as np
import slycot

TOLERANCE = 1e-10


def systems():
    """Return fixed continuous systems (A, B, C, D), given by formulas."""
    i = np.arange(6)
    damped = (
        np.diag(-0.1 * (i + 1.0)) + np.diag(1.0 + i[:-1], 1) - np.diag(1.0 + i[:-1], -1)
    )
    b, c = np.cos(np.outer(i, [1.0, 2.0])), np.sin(np.outer([1.0, 2.0, 3.0], i + 1))
    n = 16
    root = np.sqrt(2 * np.arange(n) + 1)
    legs = -np.tril(np.outer(root, root), -1) - np.diag(np.arange(n) + 1.0)
    return {
        "damped": (damped, b, c, np.zeros((3, 2))),
        "direct": (damped, b, c, np.ones((3, 2))),
        "legs": (legs, root[:, None], np.ones((1, n)), np.zeros((1, 1))),
    }


def hinf(a, b, c, d):
    """Return SLICOT's H-infinity norm and its frequency."""
    n, m, p = len(a), b.shape[1], c.shape[0]
    e = np.eye(n)
    return slycot.ab13dd("C", "I", "S", "D", n, m, p, a, e, b, c, d, TOLERANCE)


def h2(a, b, c, d):
    """Return SLICOT's H2 norm; it factorizes in place, so it gets copies."""
    n, m, p = len(a), b.shape[1], c.shape[0]
    arrays = (each.copy(order="F") for each in (a, b, c, d))
    return slycot.ab13bd("C", "H", n, m, p, *arrays)


def hankel(a, b, c, d):
    """Return SLICOT's Hankel singular values, a by-product of balanced truncation."""
    n, m, p = len(a), b.shape[1], c.shape[0]
    return slycot.ab09ad("C", "B", "S", n, m, p, a.copy(), b.copy(), c.copy(), nr=n)[4]


def milliseconds(function, *arguments, rounds=15):
    """Return the median of several calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function(*arguments)
        times.append(1e3 * (time.perf_counter() - start))
    return sorted(times)[rounds // 2]


def entries():
    """Return the reference numbers."""
    version = f"slycot {importlib.metadata.version('slycot')}, {platform.machine()}"
    routines = {"hinf": "ab13dd", "h2": "ab13bd", "hankel": "ab09ad"}
    rows = []
    for name, arrays in systems().items():
        found = {"hinf": hinf(*arrays)[0]}
        if not arrays[3].any():  # matters to none, or makes H2 infinite
            found |= {"hankel": list(hankel(*arrays)), "h2": h2(*arrays)}
        for norm, value in found.items():
            rows.append(
                {
                    "id": f"statespace_peers.{name}_{norm}",
                    "quantity": f"{norm} of the system {name!r} of slycot_norms.py",
                    "parameters": {"tolerance": TOLERANCE} if norm == "hinf" else {},
                    "value": value,
                    "tolerance": 2e-9 if norm == "hinf" else 1e-11,
                    "origin": "measured",
                    "source": f"{version}, routine {routines[norm]}; tolerance relative",
                }
            )
    return rows


def beside():
    """Print ratios of times, perturbsci over slycot, in turns."""
    from perturbsci import statespace as ss  # noqa: PLC0415

    rng = np.random.default_rng(0)
    wide = rng.standard_normal((128, 128)) / 128**0.5 - 1.2 * np.eye(128)
    ports = rng.standard_normal((128, 2)), rng.standard_normal((2, 128))
    many = systems() | {"128 states": (wide, *ports, np.zeros((2, 2)))}
    for name, arrays in many.items():
        system = ss.DenseSystem(*arrays)
        ours = milliseconds(ss.hinf_norm, system)
        theirs = milliseconds(hinf, *arrays)
        print(f"hinf {name}: {ours:.2f} ms / {theirs:.2f} ms = {ours / theirs:.1f}")


if __name__ == "__main__":
    if "--beside" in sys.argv:
        beside()
    else:
        print("[\n " + ",\n ".join(json.dumps(row) for row in entries()) + "\n]")
