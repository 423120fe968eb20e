"""Training of a classifier: Adam, its rate falling to zero along half a cosine.

    m <- 0.9 m + 0.1 g,   v <- 0.999 v + 0.001 abs(g)^2,
    p <- p - rate_t m^/(sqrt(v^) + 1e-8),   rate_t = rate (1 + cos(pi t/T))/2

with m^ and v^ freed of their start at 0. For a complex p, v is one number and not one for
each part: the phase of an eigenvector is arbitrary, and so the step turns with it.

References: Kingma and Ba (2015); Loshchilov and Hutter (2017).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, flag, positive, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.operands import returned
from perturbsci.errors import ConvergenceError
from perturbsci.results import Result, Status
from perturbsci.statespace.classifier import (
    SequenceClassifier,
    clean_sequences,
    with_parameters,
)
from perturbsci.statespace.labels import clean_labels, commonest_share
from perturbsci.statespace.network import objective
from perturbsci.types import Array, Seed
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["Training", "train"]

DECAYS = (0.9, 0.999)
TINY = 1e-8
SLOW = ("decay", "frequency", "b", "log_step")  # of the state: a quarter of the rate


@dataclass(frozen=True, slots=True, eq=False)
class Training(Result):
    """A trained classifier and how it got there.

    Parameters
    ----------
    model : SequenceClassifier
        After the last step.
    losses : real array, shape (epochs,)
        Mean cross-entropy of the batches of an epoch, each before its step; on the host.
    accuracies : real array, shape (epochs,)
        Share of the training sequences whose class was right, likewise; both shorter if
        the loss overflowed.
    status : Status
        NOT_FINITE if the loss overflowed.
    certificates : tuple of Certificate
        The error on the training sequences, against that of naming the commonest class:
        an estimate, which says nothing about other sequences.

    Examples
    --------
    >>> from perturbsci.statespace import sequence_classifier
    >>> model = sequence_classifier(1, 2, width=2, depth=1)
    >>> found = train(model, [[[1.0]], [[-1.0]]], [0, 1], epochs=3)
    >>> found.losses.shape
    (3,)
    """

    model: SequenceClassifier
    losses: Array
    accuracies: Array
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)


def train(
    model: SequenceClassifier,
    inputs: Array,
    labels: Array,
    *,
    epochs: int = 20,
    batch: int = 64,
    rate: float = 0.01,
    seed: Seed = 0,
    strict: bool = True,
) -> Training:
    """Return the model trained on sequences.

    Parameters
    ----------
    model : SequenceClassifier
        To begin with.
    inputs : real array, shape (n_samples, length, n_inputs)
        Sequences.
    labels : array of whole numbers, shape (n_samples,)
        Their classes, from 0 on.
    epochs : int
        How often each sequence is used.
    batch : int
        Sequences of a step; the last batch of an epoch may have fewer.
    rate : float
        Of the first step. Eigenvalues, inputs and steps of the systems learn at a quarter
        of it.
    seed : int or numpy.random.Generator
        Of the order of the sequences.
    strict : bool
        Raise if the loss is not finite, else return what there is.

    Returns
    -------
    training : Training
        The same bits for the same seed.

    Raises
    ------
    ShapeError
        If shapes do not fit together.
    ParameterError
        If a label is out of range, an entry not finite, or a number out of range.
    ConvergenceError
        If ``strict`` and the loss is not finite; it carries the last model before.

    Notes
    -----
    Memory and work of ``loss_and_gradient`` for a batch, n_samples/batch times an epoch.

    Examples
    --------
    >>> from perturbsci.statespace import classify, sequence_classifier
    >>> model = sequence_classifier(1, 2, width=4, depth=1)
    >>> found = train(model, [[[1.0]], [[-1.0]]], [0, 1], epochs=30)
    >>> classify(found.model, [[[1.0]], [[-1.0]]]).tolist()
    [0, 1]
    """
    raises = flag(strict, "strict")
    u = clean_sequences(model, inputs)
    true = clean_labels(labels, u.shape[0], model.n_classes)
    namespace(u, true, names=("inputs", "labels"))
    n_epochs, size = whole(epochs, "epochs", least=1), whole(batch, "batch", least=1)
    begin, rng, n = (
        positive(rate, "rate"),
        numpy.random.default_rng(checked_seed(seed)),
        u.shape[0],
    )
    n_steps = n_epochs * -(-n // size)
    descent, sums = _Adam(model.parameters), numpy.zeros((n_epochs, 2))
    with numpy.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for epoch in range(n_epochs):
            order = numpy.argsort(rng.random(n), kind="stable")
            for start in range(0, n, size):
                (rows,) = returned(u, order[start : start + size])
                loss, gradient, right = objective(descent.values, u[rows], true[rows])
                if not math.isfinite(loss):
                    return _overflowed(model, descent, sums[:epoch] / n, loss, raises)
                sums[epoch] += loss * rows.shape[0], right
                share = descent.count / n_steps
                descent.step(gradient, begin * (1 + math.cos(math.pi * share)) / 2)
    trained = with_parameters(model, descent.values)
    losses, accuracies = (sums / n).T.copy()
    claim = Certificate(
        "share of training named wrong, against always the commonest class",
        1 - float(accuracies[-1]),
        1 - commonest_share(to_host(true)),
        "estimate",
        "last epoch, before each step",
        ("sequences that were not used may be named worse: classify some of those",),
    )
    return Training(trained, losses, accuracies, Status.CONVERGED, (claim,))


def _overflowed(
    model: SequenceClassifier,
    descent: "_Adam",
    done: numpy.ndarray,
    loss: float,
    strict: bool,
) -> Training:
    """Return or raise what there was before the step that made the loss infinite."""
    why = Certificate(
        "share of training named wrong", math.nan, math.nan, "none", "Adam",
        (f"the loss became {loss}",),
    )  # fmt: skip
    kept = with_parameters(model, descent.before)
    losses, accuracies = done.T.copy()
    partial = Training(kept, losses, accuracies, Status.NOT_FINITE, (why,))
    if strict:
        raise ConvergenceError(
            f"the loss became {loss} in step {descent.count}; lower rate, or pass "
            "strict=False for the model before that step",
            partial,
        )
    return partial


class _Adam:
    """Parameters on their way down; ``values`` is replaced, never changed in place."""

    def __init__(self, parameters: Mapping[str, Array]) -> None:
        self.values = self.before = dict(parameters)
        self.count = 0
        self.means = {name: 0 * each for name, each in parameters.items()}
        self.squares = {name: abs(0 * each) for name, each in parameters.items()}

    def step(self, gradient: Mapping[str, Array], rate: float) -> None:
        """Go one step against the gradient."""
        self.count += 1
        self.before, moved = self.values, {}
        one, two = DECAYS
        for name, g in gradient.items():
            m = self.means[name] = one * self.means[name] + (1 - one) * g
            v = self.squares[name] = two * self.squares[name] + (1 - two) * abs(g) ** 2
            own = rate / 4 if name.rpartition(".")[2] in SLOW else rate
            spread = (v / (1 - two**self.count)) ** 0.5 + TINY
            moved[name] = self.values[name] - own / (1 - one**self.count) * m / spread
        self.values = moved
