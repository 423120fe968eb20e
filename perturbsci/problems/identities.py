"""Whether an expression vanishes identically: 40 digits at random places.

Simplification by rules takes seconds where ten evaluations take milliseconds; an analytic
expression that is not zero vanishes on a set of measure zero only.
"""

import numpy
import sympy
from sympy.core.function import AppliedUndef

from perturbsci.errors import PerturbsciError
from perturbsci.problems.enclosures import Evaluator, precise_arithmetic

__all__ = ["vanishes"]

DIGITS = 40
ROUNDING = 1e-25
N_PLACES = 6


def vanishes(expression: sympy.Expr) -> bool:
    """Return whether an expression is zero for all values of its symbols.

    Parameters
    ----------
    expression : sympy.Expr
        Fields and their derivatives count as symbols.

    Returns
    -------
    zero : bool
        Certain for what expands to zero, else with probability one.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> vanishes(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1), vanishes(x - 1)
    (True, False)
    """
    outer = {node: sympy.Dummy() for node in expression.atoms(sympy.Derivative)}
    plain = expression.xreplace(outer)
    plain = plain.xreplace({node: sympy.Dummy() for node in plain.atoms(AppliedUndef)})
    if plain.is_polynomial():
        plain = sympy.expand(plain)
    if plain.is_number or plain == 0:
        return bool(plain == 0)
    arithmetic = precise_arithmetic(DIGITS)
    rng = numpy.random.default_rng(0)
    symbols = sorted(plain.free_symbols, key=lambda item: item.sort_key())
    evaluate = Evaluator(sympy.Add.make_args(plain), arithmetic)
    try:
        for k in range(N_PLACES):
            # positive first, where roots and logarithms are real
            shift, width = (0.1, 1.0) if k < N_PLACES // 2 else (-4.0, 8.0)
            draw = [shift + width * float(rng.random()) for _ in symbols]
            place = dict(zip(symbols, map(arithmetic.mpf, draw), strict=True))
            terms = evaluate(place)
            size = sum(map(abs, terms), arithmetic.mpf(0))
            if abs(sum(terms, arithmetic.mpf(0))) > ROUNDING * size:
                return False
    except (PerturbsciError, ArithmeticError, TypeError, ValueError):
        return bool(sympy.simplify(plain) == 0)
    return True
