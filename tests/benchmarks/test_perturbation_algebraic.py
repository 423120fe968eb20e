"""Roots of polynomials and a hierarchy in closed form."""

import time

import pytest
import sympy

from perturbsci.perturbation import expand_regular, expand_roots

pytestmark = pytest.mark.bench

X, T, E = sympy.symbols("x t epsilon")


def fastest(function, repeats=5):
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_roots(record):
    quintic = E * X**5 - X**2 + E * X + 1
    seconds = fastest(lambda: expand_roots(quintic, X, E, terms=8))
    record("expand_roots, degree 5, 8 terms", seconds, "s, one thread", "-")


def test_duffing_in_closed_form(record):
    u = sympy.Function("u")
    spring = u(T).diff(T, 2) + u(T) + E * u(T) ** 3
    start = {u(0): 1, u(T).diff(T).subs(T, 0): 0}

    def run():
        sympy.core.cache.clear_cache()
        expand_regular(
            (spring,), (u(T),), (T,), E, conditions=start, order=3, method="symbolic"
        )

    record("expand_regular, Duffing to order 3", fastest(run, 3), "s, one thread", "-")
