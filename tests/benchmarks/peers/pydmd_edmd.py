"""Times of PyDMD and pykoopman on the lifted pairs of a pendulum, peers of ``edmd``.

In an environment of its own each (they need different versions of NumPy): ``pip install
pydmd==2025.8.1``, or ``pip install -r requirements_pykoopman.txt``, then ``python
pydmd_edmd.py``, BLAS on one thread. It prints an entry of
``data/reference/koopman_systems.json``: seconds of the peer and of the floor (features,
three Gram matrices, solve, eig), and the largest distance of an eigenvalue of modulus above
0.3 from plain EDMD. Neither is a dependency, and no test imports them.
"""

import contextlib
import importlib.metadata
import importlib.util
import json
import platform
import sys
import time

import numpy as np

STEP = 0.5
WAVES, DEGREES = 4, 40  # 9 x 40 = 360 functions


def pendulum(n_angles=200, n_momenta=200, n_steps=20):
    """Return the pairs: a grid of the phase space and its image under the flow."""
    angle = 2 * np.pi * np.arange(n_angles) / n_angles - np.pi
    momentum = -8 + 16 * (np.arange(n_momenta) + 0.5) / n_momenta
    x = np.stack([a.ravel() for a in np.meshgrid(angle, momentum, indexing="ij")], axis=1)
    y, h = x, STEP / n_steps

    def field(s):
        return np.stack([s[:, 1], -np.sin(s[:, 0])], axis=1)

    for _ in range(n_steps):
        a = field(y)
        b = field(y + h / 2 * a)
        c = field(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + field(y + h * c))
    return x, y


def features(x):
    """Return real waves of the angle times Hermite functions of the momentum."""
    waves = [np.ones(len(x))]
    for k in range(1, WAVES + 1):
        waves += [np.sqrt(2) * np.cos(k * x[:, 0]), np.sqrt(2) * np.sin(k * x[:, 0])]
    p = x[:, 1]
    hermite = [np.pi**-0.25 * np.exp(-(p**2) / 2)]
    hermite.append(np.sqrt(2) * p * hermite[0])
    for k in range(2, DEGREES):
        hermite.append(np.sqrt(2 / k) * p * hermite[-1] - np.sqrt(1 - 1 / k) * hermite[-2])
    products = np.stack(waves, axis=1)[:, :, None] * np.stack(hermite, axis=1)[:, None]
    return products.reshape(len(x), -1)


def floor(x, y):
    """Return the eigenvalues by what no method can do without."""
    psi_x, psi_y = features(x), features(y)
    gram, cross, _ = psi_x.T @ psi_x, psi_x.T @ psi_y, psi_y.T @ psi_y
    return np.linalg.eig(np.linalg.solve(gram, cross))[0]


def with_pydmd(x, y):
    """Return the eigenvalues that PyDMD finds for the lifted pairs."""
    import pydmd  # noqa: PLC0415 (one peer an environment)

    lifted = features(x).T, features(y).T
    return pydmd.DMD(svd_rank=-1).fit(X=lifted[0], Y=lifted[1]).eigs


def with_pykoopman(x, y):
    """Return the eigenvalues of pykoopman's EDMD for the lifted pairs."""
    import pykoopman  # noqa: PLC0415

    model = pykoopman.Koopman(
        observables=pykoopman.observables.Identity(), regressor=pykoopman.regression.EDMD()
    )
    with contextlib.redirect_stdout(sys.stderr):
        model.fit(features(x), features(y))
    return np.linalg.eigvals(model.A)


def fastest(function, *arguments, repeats=3):
    """Return the value of a function and the processor seconds of its fastest call."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        found = function(*arguments)
        seconds.append(time.process_time() - start)
    return found, min(seconds)


def main():
    """Print the entry of each peer that is installed."""
    x, y = pendulum()
    wanted, baseline = fastest(floor, x, y)
    for name, function in (("pydmd", with_pydmd), ("pykoopman", with_pykoopman)):
        if importlib.util.find_spec(name) is None or (
            name == "pydmd" and importlib.util.find_spec("pykoopman") is not None
        ):
            continue
        found, seconds = fastest(function, x, y)
        strong = wanted[np.abs(wanted) > 0.3]
        distance = np.abs(found[:, None] - strong).min(axis=0).max()
        version = f"{name} {importlib.metadata.version(name)}"
        entry = {
            "id": f"koopman_systems.peer_{name}",
            "quantity": "processor seconds of the peer, of features + 3 Grams + solve + "
            "eig, largest distance of its eigenvalues of modulus above 0.3 from those",
            "parameters": {"samples": len(x), "functions": (2 * WAVES + 1) * DEGREES},
            "value": [round(seconds, 3), round(baseline, 3), float(f"{distance:.1e}")],
            "tolerance": 0.0,
            "origin": "measured",
            "source": f"{version}, NumPy {np.__version__}, Python "
            f"{platform.python_version()}, {time.strftime('%Y-%m-%d')}, one BLAS thread",
        }
        sys.stdout.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
