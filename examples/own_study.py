r"""
Run a study of your own, with claims that are checked
=====================================================

Two approximations of the weakly damped oscillator :math:`x'' + 2 \epsilon x' + x = 0` are
compared with its exact solution from :math:`t = 0` to :math:`1/\epsilon`.
The regular expansion :math:`\cos t + \epsilon (\sin t - t \cos t)` has a secular term: its
error does not become small with :math:`\epsilon`; that of the two-scale form
:math:`e^{-\epsilon t} \cos t` does.
``run_study`` checks both orders and writes the figure, as ``perturbsci figures`` does for
the studies of the package.
"""

import tempfile
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from perturbsci import io, plotting, studies, verification

EPSILONS = 0.02 / 2.0 ** np.arange(5)


def run(size: str, backend: str, seed: int) -> dict[str, np.ndarray]:
    """Return the largest error of both approximations for every epsilon."""
    del size, backend, seed  # nothing here depends on them
    errors = np.array([largest_errors(epsilon) for epsilon in EPSILONS])
    return {"epsilons": EPSILONS, "regular": errors[:, 0], "two_scale": errors[:, 1]}


def largest_errors(epsilon: float) -> tuple[float, float]:
    """Return the errors of the regular and of the two-scale form, x0 = 1, v0 = 0."""
    t, omega = np.linspace(0.0, 1.0 / epsilon, 8001), np.sqrt(1.0 - epsilon**2)
    exact = np.exp(-epsilon * t) * (np.cos(omega * t) + epsilon / omega * np.sin(omega * t))
    regular = np.cos(t) + epsilon * (np.sin(t) - t * np.cos(t))
    two_scale = np.exp(-epsilon * t) * np.cos(t)
    return np.abs(exact - regular).max(), np.abs(exact - two_scale).max()


def draw(data: Mapping[str, np.ndarray]) -> Figure:
    """Draw both errors against epsilon."""
    ax = Figure(figsize=(5.6, 4.0)).subplots()
    lines = {"regular": data["regular"], "two-scale": data["two_scale"]}
    plotting.draw_series(data["epsilons"], lines, ax=ax)
    ax.set(xscale="log", xlabel="ε (no unit)", ylabel="largest error to t = 1/ε (no unit)")
    return ax.figure


def orders(data: Mapping[str, np.ndarray]) -> list[float]:
    """Return the orders in epsilon of the regular and of the two-scale form."""
    order = verification.observed_order
    return [order(data["epsilons"], data[name]) for name in ("regular", "two_scale")]


def claims(data: Mapping[str, np.ndarray]) -> list[studies.Claim]:
    """Compare both orders in epsilon with the theory."""
    regular, two_scale = orders(data)
    return [
        studies.Claim("order of the regular form", regular, "examples.regular_order"),
        studies.Claim("order of the two-scale form", two_scale, "examples.two_scale_order"),
    ]


STUDY = studies.Study(
    name="own_secular_terms",
    title="A secular term spoils the regular expansion",
    source="Bender and Orszag (1999), section 11.2",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small",),
)


# %%
# The study is one object: arrays come from ``run``, the figure from ``draw``, the claims
# with their reference numbers from ``claims``.


def main() -> float:
    """Return the order of the two-scale form in epsilon."""
    with tempfile.TemporaryDirectory() as folder:
        print(studies.run_study(STUDY, output=folder).table())
        return orders(io.load(f"{folder}/{STUDY.name}.npz"))[1]


# %%
# The order of the two-scale form is returned.

if __name__ == "__main__":
    main()
