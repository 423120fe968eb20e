r"""
Run kernels inside your own threads
===================================

An ensemble of Brownian particles, :math:`dx = (x - x^3)\, dt + \sqrt{2T}\, dW`, is cut into
parts, one a task of a pool of Python threads.
A kernel holds no lock and starts no thread of its own, so that the tasks run side by side.
Each draws its noise from a stream of its own: the result does not depend on how many
threads there are or in which order they run.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from perturbsci import backend

PARTS, PARTICLES, STEPS = 8, 250, 400
STEP, TEMPERATURE = 0.02, 0.35


@backend.kernel("x[n], noise[n, m], step, size -> x[n]", over="n", cost="m")
def wander(i, x, noise, step, size):
    """Move one particle by the Euler-Maruyama rule, V = x^4/4 - x^2/2."""
    place = x[i]
    for k in range(noise.shape[1]):
        force = place - place * place * place
        place = place + step * force + size * noise[i, k]
    x[i] = place


def part(number: int) -> np.ndarray:
    """Return where the particles of one part are in the end."""
    x = np.full(PARTICLES, -1.0)
    noise = np.random.Generator(np.random.PCG64(number)).standard_normal((PARTICLES, STEPS))
    return wander(x, noise, STEP, np.sqrt(2 * TEMPERATURE * STEP), threads=1)


# %%
# One worker and four give the same bytes.


def main() -> float:
    """Return the fraction of particles on the other side."""
    found = {}
    for workers in (1, 4):
        with ThreadPoolExecutor(workers) as pool:
            found[workers] = np.concatenate(list(pool.map(part, range(PARTS))))
        print(f"{workers} workers: {(found[workers] > 0).mean():.6f} crossed the barrier")
    assert found[1].tobytes() == found[4].tobytes()
    return float((found[1] > 0).mean())


# %%
# The fraction of particles that crossed the barrier is returned.

if __name__ == "__main__":
    main()
