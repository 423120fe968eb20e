"""Small problems that several tests of the engine share."""

import numpy as np
import scipy.linalg

from perturbsci.multiscale import SplitProblem, jin_xin, solve

B = 0.6


def mode(x):
    """One Fourier mode, the density of the reference problem T1."""
    return np.cos(2 * np.pi * x)


def t1(n_cells=8, **options):
    return jin_xin(n_cells, coefficient=B, initial=mode, **options)


def t1_error(
    scheme, epsilon, n_steps, *, preparation="well", layer="off", rows=slice(None)
):
    """Return the largest error at t = 0.5 against scipy.linalg.expm, and the run."""
    problem = t1()
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 0.5),
        scheme=scheme,
        step=0.5 / n_steps,
        preparation=preparation,
        initial_layer=layer,
    )
    start = problem.start(epsilon, preparation)
    difference = run.states[-1] - evolved(start, 0.5, epsilon)
    # the modulus of the mode, which the largest value on 8 points can miss by 8%
    return 2 / 8 * abs(np.fft.fft(difference, axis=1)[rows, 1]).max(), run


def evolved(pair, time, epsilon, a=1.0, b=B, length=1.0):
    """Return the Jin-Xin state by a matrix exponential of each mode."""
    n = pair.shape[1]
    spectrum = np.fft.fft(pair, axis=1)
    k = 2 * np.pi * np.fft.fftfreq(n, length / n)
    k[n // 2] = 0.0 if n % 2 == 0 else k[n // 2]
    for m in range(n):
        matrix = [[0, -1j * k[m]], [b / epsilon - 1j * k[m] * a**2, -1 / epsilon]]
        spectrum[:, m] = scipy.linalg.expm(np.array(matrix) * time) @ spectrum[:, m]
    return np.fft.ifft(spectrum, axis=1).real


def linear(seed, n=4):
    """A random linear system D y' = A y + B y, B dissipative, last variable fast.

    The fast row of the equilibrium is solvable: B[-1, -1] < 0.
    """
    generator = np.random.default_rng(seed)
    A = generator.standard_normal((n, n))
    A[-1] = 0.0
    root = generator.standard_normal((n, n))
    B_matrix = -(root @ root.T) / n - 0.5 * np.eye(n)
    start = generator.standard_normal(n)

    def weight(epsilon):
        return np.array([1.0] * (n - 1) + [epsilon])

    def solve_implicit(rhs, h, epsilon):
        return np.linalg.solve(np.diag(weight(epsilon)) - h * B_matrix, rhs)

    return SplitProblem(
        "linear",
        initial=start,
        explicit=lambda y, epsilon: A @ y,
        solve_implicit=solve_implicit,
        weight=weight,
        exact=lambda t, epsilon: (
            scipy.linalg.expm(t * (A + B_matrix) / weight(epsilon)[:, None]) @ start
        ),
    )
