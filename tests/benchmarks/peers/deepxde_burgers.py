"""Time and error of a physics-informed network of DeepXDE on Burgers' equation.

In an environment of its own: ``pip install deepxde torch``, then ``DDE_BACKEND=pytorch
python deepxde_burgers.py``. The statement is that of ``problems.burgers()``; the network
is the one that is common for it, four layers of 20 tanh trained by Adam and then L-BFGS
(Raissi, Perdikaris, and Karniadakis 2019 use the same points and optimizer). The error is
relative in L2 on a grid of 256 x 100 against Cole and Hopf. It prints an entry of
``data/reference/surrogates_peers.json``. No test imports it.
"""

import json
import platform
import time
import warnings

import deepxde as dde
import numpy as np
import torch

VISCOSITY = 0.01 / np.pi
ADAM, BFGS = 5000, 5000


def equation(z, u):
    """Return the residual u_t + u u_x - nu u_xx."""
    u_x = dde.grad.jacobian(u, z, i=0, j=0)
    u_t = dde.grad.jacobian(u, z, i=0, j=1)
    return u_t + u * u_x - VISCOSITY * dde.grad.hessian(u, z, i=0, j=0)


def exact(x, t):
    """Return Cole and Hopf's solution from -sin(pi x) by Gauss-Hermite nodes."""
    nodes, weights = np.polynomial.hermite.hermgauss(200)
    y = x[:, None] - nodes * np.sqrt(4 * VISCOSITY * t[:, None])
    power = -np.cos(np.pi * y) / (2 * np.pi * VISCOSITY)
    f = np.exp(power - power.max(axis=1, keepdims=True)) * weights
    return -(np.sin(np.pi * y) * f).sum(axis=1) / f.sum(axis=1)


def main():
    """Train, and print time and error."""
    torch.set_num_threads(1)
    dde.config.set_default_float("float64")
    dde.config.set_random_seed(0)
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1)
    )
    walls = dde.icbc.DirichletBC(domain, lambda z: 0, lambda _, on: on)
    start = dde.icbc.IC(domain, lambda z: -np.sin(np.pi * z[:, :1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [walls, start], num_domain=2540, num_boundary=80, num_initial=160
    )
    network = dde.nn.FNN([2] + [20] * 4 + [1], "tanh", "Glorot normal")
    model = dde.Model(data, network)
    clock = time.perf_counter()
    model.compile("adam", lr=1e-3)
    model.train(iterations=ADAM, display_every=ADAM, verbose=0)
    dde.optimizers.set_LBFGS_options(maxiter=BFGS)
    model.compile("L-BFGS")
    model.train(display_every=BFGS, verbose=0)
    seconds = time.perf_counter() - clock
    x, t = np.meshgrid(np.linspace(-1, 1, 256), np.linspace(0, 1, 101)[1:], indexing="ij")
    points = np.stack([x.ravel(), t.ravel()], axis=1)
    true = exact(points[:, 0], points[:, 1])
    error = np.linalg.norm(model.predict(points)[:, 0] - true) / np.linalg.norm(true)
    print(
        json.dumps(
            {
                "id": "surrogates_peers.deepxde_burgers",
                "quantity": "relative L2 error of a network of DeepXDE on Burgers",
                "parameters": {
                    "seconds": round(seconds, 1),
                    "deepxde": dde.__version__,
                    "torch": torch.__version__,
                    "python": platform.python_version(),
                    "threads": 1,
                    "adam": ADAM,
                    "bfgs": BFGS,
                },
                "value": float(error),
            }
        )
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
