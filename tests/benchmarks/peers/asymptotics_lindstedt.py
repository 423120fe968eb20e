"""What asymptotics, a peer for expansions, does with two cases of the benchmarks.

In an environment of its own: ``pip install -r requirements.txt``, then
``python asymptotics_lindstedt.py``. It prints the seconds that the frequency of Duffing's
oscillator takes to order 6, with that frequency, and what x^2 = epsilon gives.
asymptotics is not a dependency, and no test imports it.
"""

import contextlib
import importlib.metadata
import io
import time

import asymptotics


def quietly(function):
    """Return the value of a function that prints, and seconds."""
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        found = function()
        return found, time.perf_counter() - start


def duffing():
    """Return the expansion of u'' + u + eps u^3 = 0, u(0) = 1, u'(0) = 0."""
    equation = asymptotics.ODE(
        "u'' + u + eps*u**3", small_param="eps", conditions=["u(0) = 1", "u'(0) = 0"]
    )
    return equation.expand_lindstedt(order=6)


def square_root():
    """Return the roots of x^2 = eps, or what stands in their place."""
    try:
        equation = asymptotics.AlgebraicEquation("x**2 - eps", "x", "eps")
        return equation.expand_regular(order=2)
    except Exception as error:  # whatever the peer raises is its answer
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print("asymptotics", importlib.metadata.version("asymptotics"))
    found, seconds = quietly(duffing)
    print(f"Duffing to order 6: {seconds:.2f} s, {found.omega_expansion}")
    print(f"x^2 = eps: {quietly(square_root)[0]}")
