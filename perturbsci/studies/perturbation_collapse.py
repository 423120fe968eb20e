"""How features of a trained classifier answer to the features that they started from.

Features H (one column a sample, K classes of n samples) and a linear classifier W minimize

    f = |W H - Y|^2/(2 K n) + l_W |W|^2/(2 K) + l_H |H|^2/(2 K n)
        + beta |H - H_0|^2/(2 K n),   Y = I_K (x) 1_n^T.

At neural collapse, H = H_0 = sqrt(rho) R (x) 1^T and W = sqrt(l_H/l_W) sqrt(rho) R^T with
R^T R = I, c = sqrt(l_W l_H) < 1, rho = (1 - c) sqrt(l_W/l_H), f is stationary. The response
dH = F dH_0 of the features is that of a minimizer with W eliminated. Derived here, without
truncation in 1/beta: the blocks of one class have the largest singular value 1 and the
smallest beta/(beta + s), s = sqrt(l_H/l_W); those of two classes have rank one, with
kappa/(2 (beta + kappa)), kappa = 4 l_H (1 - c).
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from perturbsci.backend import random
from perturbsci.perturbation import minimizer_response
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY", "closed_forms", "feature_response"]

CLASSES, FEATURES, SAMPLES = 4, 10, 3
DECAYS = (0.5, 0.5)  # l_W, l_H
BEYOND = 1e-9  # rounding is about 1e-13
BETAS = {
    "small": 10.0 ** numpy.arange(-2, 3.1, 0.5),
    "full": 10.0 ** numpy.arange(-3, 4.1, 0.125),
}


def feature_response(
    beta: float,
    decays: tuple[float, float],
    *,
    shape: tuple[int, int, int] = (CLASSES, FEATURES, SAMPLES),
    seed: int = 0,
) -> Array:
    """Return F as blocks: [k, :, l, :] is the answer of class k to class l."""
    (K, d, n), (l_w, l_h) = shape, decays
    size = math.sqrt((1 - math.sqrt(l_w * l_h)) * math.sqrt(l_w / l_h))
    R = numpy.linalg.qr(random.normal((d, K), seed=seed, backend="numba"))[0]
    H = size * numpy.kron(R, numpy.ones(n))
    W = math.sqrt(l_h / l_w) * size * R.T
    misfit = W @ H - numpy.kron(numpy.eye(K), numpy.ones(n))
    # One sample is a row of d features here, one class a row of d weights.
    f_hh = numpy.kron(numpy.eye(K * n), W.T @ W + (l_h + beta) * numpy.eye(d)) / (K * n)
    f_ww = numpy.kron(numpy.eye(K), H @ H.T / (K * n) + l_w / K * numpy.eye(d))
    f_hw = numpy.einsum("ki,ab->iakb", misfit, numpy.eye(d))
    f_hw = (f_hw + numpy.einsum("ka,bi->iakb", W, H)).reshape(K * n * d, K * d) / (K * n)
    hessian = numpy.block([[f_hh, f_hw], [f_hw.T, f_ww]])
    mixed = -beta / (K * n) * numpy.eye(len(hessian), K * n * d)
    response = minimizer_response(hessian, mixed, keep=numpy.arange(K * n * d))
    return response.matrix.reshape(K, n * d, K, n * d)


def closed_forms(beta: float, decays: tuple[float, float]) -> tuple[float, float]:
    """Return the smallest singular value in a class, and that between two classes."""
    l_w, l_h = decays
    kappa = 4 * l_h * (1 - math.sqrt(l_w * l_h))
    return beta / (beta + math.sqrt(l_h / l_w)), kappa / (2 * (beta + kappa))


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Take singular values of the blocks of the response for every beta."""
    rows = []
    for beta in BETAS[size].tolist():
        F = feature_response(beta, DECAYS, seed=seed)
        inside = numpy.linalg.svd(F[0, :, 0], compute_uv=False)
        between = numpy.linalg.svd(F[0, :, 1], compute_uv=False)
        rows.append([inside[0], inside[-1], between[0], between[1]])
    found = numpy.array(rows)
    exact = numpy.array([closed_forms(beta, DECAYS) for beta in BETAS[size].tolist()])
    return {"betas": BETAS[size], "found": found, "exact": exact}


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw what is lost in a class, and what is passed on between two."""
    figure = Figure(figsize=(6.6, 4.4))
    ax = figure.subplots()
    betas, found, exact = data["betas"], data["found"], data["exact"]
    lines = [
        (1 - found[:, 1], 1 - exact[:, 0], 1 / betas, 5, "in a class,\n1 - smallest"),
        (found[:, 2], exact[:, 1], 0.5 / betas, 6, "between classes,\nthe only one"),
    ]
    ends = []
    for dots, line, leading, color, label in lines:
        ax.loglog(betas, dots, "o", color=COLORS[color], markersize=5)
        ax.loglog(betas, line, color=COLORS[color])
        ax.loglog(betas, leading, ":", color=COLORS[color], linewidth=1.2)
        ends.append((float(line[-1]), label, COLORS[color]))
    ax.set_ylim(exact[-1, 1] / 2, 3)
    ax.text(0.8, 1.6, "leading order in 1/β", color=COLORS[0])
    ax.set_xlim(betas[0] / 1.3, betas[-1] * 1.3)
    ax.set_xlabel("stiffness β of the features (no unit)")
    ax.set_ylabel("singular value of a block of ∂H/∂H₀ (no unit)")
    ax.set_title("The response of collapsed features has a closed form for every β")
    label_ends(ax, ends, gap=0.12)
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare two values at beta = 100 and the largest deviation over beta."""
    found, exact = data["found"], data["exact"]
    row = int(numpy.argmin(abs(data["betas"] - 100)))
    expected = numpy.stack([1 + 0 * exact[:, 0], exact[:, 0], exact[:, 1], 0 * exact[:, 0]])
    return [
        Claim(
            "smallest singular value in a class at beta = 100",
            float(found[row, 1]),
            "perturbation.collapse_in_a_class",
        ),
        Claim(
            "singular value between two classes at beta = 100",
            float(found[row, 2]),
            "perturbation.collapse_between_classes",
        ),
        Claim(
            f"singular values further than {BEYOND:g} from their closed forms, all beta",
            float(numpy.count_nonzero(~(abs(found - expected.T) <= BEYOND))),
            "perturbation.collapse_misses",
        ),
    ]


STUDY = Study(
    name="perturbation_collapse",
    title="How collapsed features answer to where they started",
    source="arXiv 2210.16658 to leading order in 1/beta; closed forms derived here",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        f"{CLASSES} classes of {SAMPLES} samples with {FEATURES} features, both weight "
        "decays 0.5. Dots: singular values of blocks of the response of the minimizer, "
        "with the classifier eliminated by a Schur complement. Lines: closed forms. "
        "Dotted: their leading order in 1/beta, which fails for soft features. The largest "
        "singular value in a class is 1 for every beta. The response is that of one "
        "stationary point to small changes; it says nothing about training."
    ),
)
