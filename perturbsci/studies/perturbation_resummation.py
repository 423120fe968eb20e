"""A divergent series, resummed: the ground-state energy of the quartic oscillator at g = 1.

H = p^2/2 + x^2/2 + g x^4. The coefficients of E(g) = sum E_n g^n grow like n! 3^n with
alternating signs, so the series diverges for every g; its sum is the energy all the same.
They follow exactly from psi = e^{-x^2/2} sum_n g^n sum_j c_{n,j} x^{2j}, c_{n,0} = 0 but
for n = 0:

    2j c_{n,j} = (j+1)(2j+1) c_{n,j+1} - c_{n-1,j-2} + sum_{k=1}^{n-1} E_k c_{n-k,j},
    E_n = -c_{n,1}

(Bender and Wu 1969). Four ways to a number are compared with the energy to 20 digits.
"""

import functools
from collections.abc import Mapping
from fractions import Fraction

import numpy
from matplotlib.figure import Figure

from perturbsci.perturbation import Expansion, borel_sum, pade
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import load_reference

__all__ = ["STUDY", "quartic_energy"]

ORDERS = {
    "small": numpy.array([2, 4, 6, 8, 10, 12, 16, 20, 25, 30, 35, 40]),
    "full": numpy.arange(2, 51),
}
SINGULARITY = -1 / 3  # of the Borel transform: |E_n| grows like n! 3^n
METHODS = {
    "partial_sums": ("partial sum", 6),
    "pade": ("Padé", 1),
    "conformal": ("Borel, conformal", 2),
    "borel": ("Borel, Padé", 5),
}


@functools.cache
def quartic_energy(order: int) -> Expansion:
    """Return the exact expansion of the ground-state energy in g.

    Parameters
    ----------
    order : int
        Highest power.

    Returns
    -------
    energy : Expansion
        With exact coefficients; about order^3 operations on fractions.
    """
    energy, rows = [Fraction(1, 2)], [[Fraction(1)]]
    for n in range(1, order + 1):
        row = [Fraction(0)] * (2 * n + 2)
        for j in range(2 * n, 0, -1):
            known = [
                energy[k] * rows[n - k][j] for k in range(1, n) if j < len(rows[n - k])
            ]
            low = rows[n - 1][j - 2] if 0 <= j - 2 < len(rows[n - 1]) else 0
            row[j] = ((j + 1) * (2 * j + 1) * row[j + 1] - low + sum(known)) / (2 * j)
        rows.append(row)
        energy.append(-row[1])
    return Expansion.from_terms(energy)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return relative errors of each method, one an order."""
    exact = load_reference("perturbation.quartic_energy").value
    orders = ORDERS[size]
    values = [_values(int(order)) for order in orders]
    data = {
        name: numpy.array([abs(float(row[name]) / exact - 1) for row in values])
        for name in METHODS
    }
    return {"orders": orders, **data}


def _values(order: int) -> dict[str, float]:
    """Return the energy at g = 1 by each method from the terms up to an order."""
    energy = quartic_energy(order)
    conformal = borel_sum(
        energy, 1.0, method="conformal", singularity=SINGULARITY, strict=False
    )
    return {
        "partial_sums": float(energy.evaluate(1.0)),
        "pade": float(pade(energy, order // 2, order - order // 2).evaluate(1.0)),
        "conformal": conformal.value.real,
        "borel": borel_sum(energy, 1.0, strict=False).value.real,
    }


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw error against order."""
    figure = Figure(figsize=(6.4, 4.2))
    ax = figure.subplots()
    orders, ends = data["orders"], []
    for name, (label, color) in METHODS.items():
        errors = data[name]
        shown = errors < 1e4  # the partial sums leave the picture
        ax.plot(orders[shown], errors[shown], "o-", color=COLORS[color], markersize=3)
        if shown.all():
            ends.append((float(errors[-1]), label, COLORS[color]))
        else:
            ax.text(orders[shown][-1] + 1, errors[shown][-1], label, color=COLORS[color])
    ax.set_yscale("log")
    ax.set_xlabel("order of the series (no unit)")
    ax.set_ylabel("relative error of the energy at g = 1 (no unit)")
    ax.set_title("The series diverges, its Borel sums converge")
    label_ends(ax, ends, gap=0.08)
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the four error levels."""
    at = {int(order): k for k, order in enumerate(data["orders"])}
    limits = load_reference("perturbation.quartic_borel_errors")
    orders = (20, 30, 40)
    worst = max(
        float(data["borel"][at[order]]) / limit
        for order, limit in zip(orders, limits.value, strict=True)
    )
    return [
        Claim(
            "Borel-Padé at orders 20, 30, 40: largest error over its level",
            worst,
            "perturbation.quartic_borel_over_level",
            relation="at_most",
        ),
        Claim(
            "Padé [10/10]: relative error",
            float(data["pade"][at[20]]),
            "perturbation.quartic_pade_error",
        ),
        Claim(
            "conformal Borel sum at order 40: relative error",
            float(data["conformal"][at[40]]),
            "perturbation.quartic_conformal_error",
            relation="at_most",
        ),
        Claim(
            "partial sum at order 20: relative error (it diverges)",
            float(data["partial_sums"][at[20]]),
            "perturbation.quartic_partial_sum",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="perturbation_resummation",
    title="A divergent series has a sum",
    source="Bender and Wu (1969); Bender and Orszag (1999), chapter 8",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Relative error of the ground-state energy of p²/2 + x²/2 + g x⁴ at g = 1 against "
        "the number of terms. The partial sums diverge from the first term on; Padé "
        "approximants of the same terms converge slowly, Borel sums fast."
    ),
)
