"""Hierarchies with constant coefficients: sums of c t^p e^(r t) in closed form.

    y' = A y + g(t):   y = e^(A t) (c + int_0^t e^(-A s) g(s) ds)

for the state y of one order; c follows from initial and from boundary conditions alike.
The integrals of s^p e^(r s) are known, so that no general integration is needed.

Reference: Hirsch and Smale (1974), chapter 5.
"""

from typing import TypeAlias

import sympy

from perturbsci.perturbation.hierarchy import Hierarchy

__all__ = ["NoClosedForm", "closed_forms", "is_secular"]

Parts: TypeAlias = dict[tuple[int, sympy.Expr], sympy.Expr]  # p, r -> c of c t^p e^(r t)
LARGEST = 6  # states of an order: SymPy's Jordan form takes minutes beyond


class NoClosedForm(Exception):  # noqa: N818 (a signal inside this subpackage)
    """The coefficients are not constant, or an inhomogeneity is no such sum."""


def closed_forms(made: Hierarchy) -> list[tuple[sympy.Expr, ...]]:
    """Return u_k of all unknowns, order by order, as far as there is a closed form.

    Parameters
    ----------
    made : Hierarchy
        In one variable.

    Returns
    -------
    terms : list of tuple of sympy.Expr
        Entry k, i; shorter than the hierarchy where the closed forms end.
    """
    terms: list[tuple[sympy.Expr, ...]] = []
    held: dict[sympy.Symbol, sympy.Expr] = {}
    try:
        head, matrix = _operator(made)
        flow = _flow(matrix, made.variables[0])
        for k in range(len(made.equations)):
            force = _force(made, k, terms, head)
            terms.append(_solved(made, k, flow, force, held))
    except (NoClosedForm, NotImplementedError):
        pass
    return [tuple(_unfolded(term, held) for term in row) for row in terms]


def is_secular(term: sympy.Expr, t: sympy.Symbol) -> bool | None:
    """Return whether a term holds a power of t that does not decay.

    Parameters
    ----------
    term : sympy.Expr
        Of t.
    t : sympy.Symbol
        The variable.

    Returns
    -------
    secular : bool or None
        True if c t^p e^(r t) with p >= 1, Re r = 0 is in it; None if it is no such sum.
    """
    try:
        return any(p > 0 and sympy.re(r) == 0 for p, r in _parts(term, t))
    except NoClosedForm:
        return None


def _highest(made: Hierarchy, k: int) -> list[sympy.Expr]:
    """Return the highest derivatives of order k."""
    t, pairs = made.variables[0], zip(made.functions[k], made.degrees, strict=True)
    return [u.diff(t, degree) for u, degree in pairs]


def _state(made: Hierarchy, k: int) -> list[sympy.Expr]:
    """Return the derivatives below them, which are the state."""
    return [made.functions[k][i].diff(made.variables[0], m) for i, m in made.slots]


def _operator(made: Hierarchy) -> tuple[sympy.Matrix, sympy.Matrix]:
    """Return M of M u^(n) + ... = 0 and A of y' = A y; both must be constant."""
    nodes = [*_highest(made, 0), *_state(made, 0)]
    symbols = [sympy.Dummy() for _ in nodes]
    table = dict(zip(nodes, symbols, strict=True))
    formulas = sympy.Matrix([formula.xreplace(table) for formula in made.equations[0]])
    jacobian = formulas.jacobian(symbols)
    n = len(made.degrees)
    head = jacobian[:, :n]
    if jacobian.free_symbols or head.det() == 0:
        raise NoClosedForm
    lower = -head.inv() * jacobian[:, n:]
    rows = [
        sympy.eye(len(made.slots))[place + 1, :] if m + 1 < made.degrees[i] else lower[i, :]
        for place, (i, m) in enumerate(made.slots)
    ]
    return head, sympy.Matrix.vstack(*rows)


def _flow(matrix: sympy.Matrix, t: sympy.Symbol) -> sympy.Matrix:
    """Return e^(A t)."""
    if matrix.rows > LARGEST or not all(map(_is_simple, matrix.eigenvals())):
        raise NoClosedForm
    return (
        (matrix * t)
        .exp()
        .applyfunc(
            lambda entry: sympy.Add(
                *(t**p * sympy.exp(r * t) * c for (p, r), c in _parts(entry, t).items())
            )
        )
    )


def _is_simple(eigenvalue: sympy.Expr) -> bool:
    """Return whether real and imaginary part hold square roots of numbers at most."""
    parts = sympy.expand_complex(eigenvalue).as_real_imag()
    powers = [power for part in parts for power in part.atoms(sympy.Pow)]
    return all(p.base.is_Rational and p.base > 0 and 2 * p.exp % 2 == 1 for p in powers)


def _force(
    made: Hierarchy, k: int, terms: list[tuple[sympy.Expr, ...]], head: sympy.Matrix
) -> sympy.Matrix:
    """Return g of order k, which the lower orders make."""
    own = dict.fromkeys([*_highest(made, k), *_state(made, k)], sympy.S.Zero)
    known = {
        u: term
        for functions, row in zip(made.functions, terms, strict=False)
        for u, term in zip(functions, row, strict=True)
    }
    rest = [formula.xreplace(own).subs(known).doit() for formula in made.equations[k]]
    values = -head.inv() * sympy.Matrix(rest)
    return sympy.Matrix(
        [values[i] if m + 1 == made.degrees[i] else 0 for i, m in made.slots]
    )


def _solved(
    made: Hierarchy,
    k: int,
    flow: sympy.Matrix,
    force: sympy.Matrix,
    held: dict[sympy.Symbol, sympy.Expr],
) -> tuple[sympy.Expr, ...]:
    """Return u_k of each unknown; constants that are not algebraic go to ``held``."""
    t = made.variables[0]
    inverse = flow.subs(t, -t)
    integral = (inverse * force).applyfunc(lambda entry: _integral(_parts(entry, t), t))
    rows, values = [], []
    for i, m, position, value in made.conditions:
        if (i, m) not in made.slots:
            raise NoClosedForm
        row = flow.subs(t, position)[made.slots.index((i, m)), :]
        rows.append(row)
        values.append(_plain(value[k] - (row * integral.subs(t, position))[0]))
    system = sympy.Matrix.vstack(*rows).applyfunc(_plain)
    if _plain(system.det()) == 0:
        raise NoClosedForm
    constants = system.LUsolve(sympy.Matrix(values)).applyfunc(_plain)
    for place, constant in enumerate(constants):
        # expand() would multiply a denominator such as e - 1 into e^t.
        if constant.free_symbols or constant.has(sympy.exp, sympy.E, sympy.Function):
            constants[place] = sympy.Dummy()
            held[constants[place]] = constant
    state = flow * (constants + integral)
    places = [made.slots.index((i, 0)) for i in range(len(made.degrees))]
    return tuple(_written(_parts(state[place], t), t) for place in places)


def _unfolded(term: sympy.Expr, held: dict[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
    """Return a term with its constants, which refer to those of lower orders."""
    for name, value in reversed(held.items()):
        term = term.xreplace({name: value})
    return term


def _parts(formula: sympy.Expr, t: sympy.Symbol) -> Parts:
    """Split a formula into c t^p e^(r t)."""
    found: dict[tuple[int, sympy.Expr], list[sympy.Expr]] = {}
    for term in sympy.Add.make_args(sympy.expand(formula.rewrite(sympy.exp))):
        constant, rest = term.as_independent(t, as_Add=False)
        p, exponent = sympy.S.Zero, sympy.S.Zero
        for factor in sympy.Mul.make_args(rest):
            if isinstance(factor, sympy.exp):
                exponent += factor.exp
            elif factor.as_base_exp()[0] == t:
                p += factor.as_base_exp()[1]
            elif factor not in (0, 1):
                raise NoClosedForm
        exponent = sympy.expand(exponent)
        rate, shift = exponent.coeff(t, 1), exponent.coeff(t, 0)
        if sympy.expand(exponent - rate * t - shift) != 0 or not (p.is_Integer and p >= 0):
            raise NoClosedForm
        gauge = (int(p), _plain(rate))
        found.setdefault(gauge, []).append(constant * sympy.exp(shift))
    sums = {gauge: _plain(sympy.Add(*values)) for gauge, values in found.items()}
    return {gauge: value for gauge, value in sums.items() if value != 0}


def _plain(value: sympy.Expr) -> sympy.Expr:
    """Return a constant in a form in which zero is seen."""
    if value.free_symbols:
        return sympy.expand(value)
    return sympy.radsimp(sympy.expand(sympy.expand_complex(value)))


def _integral(parts: Parts, t: sympy.Symbol) -> sympy.Expr:
    """Return the integral from 0 to t."""
    total = sympy.S.Zero
    for (p, rate), c in parts.items():
        if rate == 0:
            total += c * t ** (p + 1) / (p + 1)
            continue
        other = sympy.conjugate(rate)
        inverse = _plain(_plain(other) / _plain(rate * other))
        value = (sympy.exp(rate * t) - 1) * inverse
        for q in range(1, p + 1):
            value = (t**q * sympy.exp(rate * t) - q * value) * inverse
        total += c * value
    return total


def _written(parts: Parts, t: sympy.Symbol) -> sympy.Expr:
    """Return the sum with cosines and sines for imaginary rates."""
    total: dict[sympy.Expr, list[sympy.Expr]] = {}
    for (p, rate), c in parts.items():
        growth, frequency = rate.as_real_imag()
        gauge = t**p * sympy.exp(growth * t)
        sign = -1 if frequency.could_extract_minus_sign() else 1
        turning = sign * frequency * t
        total.setdefault(gauge * sympy.cos(turning), []).append(c)
        total.setdefault(gauge * sympy.sin(turning), []).append(sympy.I * sign * c)
    return sympy.Add(*(_plain(sympy.Add(*c)) * gauge for gauge, c in total.items()))
