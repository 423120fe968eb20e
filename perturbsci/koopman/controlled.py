"""DMD with control: y = A x + B u by least squares (Proctor, Brunton, and Kutz 2016)."""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.backend.linalg import eig, norm
from perturbsci.errors import ShapeError
from perturbsci.koopman.agreement import check_snapshots
from perturbsci.koopman.certificates import TRUSTED
from perturbsci.koopman.linear_fits import leading_directions
from perturbsci.koopman.oddities import data_notes
from perturbsci.koopman.pairs import root_weights
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["ControlledModel", "controlled_dmd"]

CLAIM = "largest residual ||phi(y) - lambda phi(x) - w B u|| / ||phi(x)||"


@dataclass(frozen=True, slots=True, eq=False)
class ControlledModel(Result):
    """The linear model y = A x + B u.

    Parameters
    ----------
    state_matrix : array, shape (n_state, n_state)
        A; states are columns in the formula.
    input_matrix : array, shape (n_state, n_inputs)
        B.
    eigenvalues : complex array, shape (n_state,)
        Of A, per step, in the order of the residuals.
    residuals : real array, shape (n_state,)
        Of the observables phi(x) = w x, w the left eigenvectors of A, ascending.
    status : Status
        UNDERDETERMINED, RANK_REDUCED, NOTHING_VERIFIED or CONVERGED; the first that
        applies.
    certificate : Certificate
        The largest residual.
    step : float
        Time of one step.
    rank : int
        Of [X U] as it was used.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, u = rng.standard_normal((50, 1)), rng.standard_normal((50, 1))
    >>> model = controlled_dmd(Snapshots(x, 0.5 * x + 2 * u), u)
    >>> model.simulate(np.array([1.0]), np.array([[0.0], [1.0]])).round(12)
    array([[1.  ],
           [0.5 ],
           [2.25]])
    """

    state_matrix: Array
    input_matrix: Array
    eigenvalues: Array
    residuals: Array
    status: Status
    certificate: Certificate
    step: float
    rank: int

    def simulate(self, initial: Array, inputs: Array) -> Array:
        """Advance a state under given inputs.

        Parameters
        ----------
        initial : array, shape (n_state,) or (n_initial, n_state)
            States at the beginning.
        inputs : array, shape (n_steps, n_inputs)
            One row a step, the same for every initial state.

        Returns
        -------
        states : array, shape (n_steps + 1, n_state) or (n_initial, n_steps + 1, n_state)
            The initial state first; infinite or NaN where an unstable model overflows.

        Raises
        ------
        ShapeError
            If a width is another one than that of the model.
        """
        n_state, n_inputs = self.input_matrix.shape
        initial = as_array(initial, name="initial", columns=n_state)
        if initial.ndim > 2:
            raise ShapeError(
                f"initial has shape {initial.shape}; pass one state or one row a state"
            )
        inputs = as_array(inputs, name="inputs", ndim=2, columns=n_inputs, empty=True)
        xp = namespace(initial, inputs, self.state_matrix)
        dtype = xp.result_type(initial.dtype, inputs.dtype, self.state_matrix.dtype)
        states = xp.empty((*initial.shape[:-1], inputs.shape[0] + 1, n_state), dtype=dtype)
        states[..., 0, :] = initial
        pushes = inputs @ self.input_matrix.T
        with numpy.errstate(over="ignore", invalid="ignore"):
            for k in range(inputs.shape[0]):
                now = states[..., k, :]
                states[..., k + 1, :] = now @ self.state_matrix.T + pushes[k]
        return states


def controlled_dmd(
    snapshots: Snapshots, inputs: Array, *, rank: int | None = None
) -> ControlledModel:
    """Fit y = A x + B u to pairs of states and the inputs that acted between them.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs (x_i, y_i).
    inputs : real or complex array, shape (n_samples, n_inputs)
        u_i.
    rank : int, optional
        How many directions of [x u] are kept; default all but rounding.

    Returns
    -------
    model : ControlledModel
        With its ``simulate``.

    Raises
    ------
    ShapeError
        If there is not one row of inputs a sample.
    ParameterError
        If ``snapshots`` is something else, or the rank no whole number from 1 to
        min(n_samples, n_state + n_inputs).

    Notes
    -----
    About 10 n_samples (n_state + n_inputs)^2 flops. Inputs that follow from the state by a
    linear feedback cannot be told from the dynamics: status RANK_REDUCED.

    References
    ----------
    Proctor, Brunton, and Kutz (2016).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, u = rng.standard_normal((50, 2)), rng.standard_normal((50, 1))
    >>> y = x @ np.diag([0.5, 0.9]) + u @ np.array([[1.0, 3.0]])
    >>> controlled_dmd(Snapshots(x, y), u).input_matrix.round(12)
    array([[1.],
           [3.]])
    """
    check_snapshots(snapshots)
    inputs = as_array(inputs, name="inputs", ndim=2)
    if inputs.shape[0] != snapshots.n_samples:
        raise ShapeError(
            f"inputs has shape {inputs.shape} but there are {snapshots.n_samples} samples; "
            "pass the input that acted between x[i] and y[i] in row i"
        )
    xp = namespace(snapshots.x, inputs, names=("snapshots.x", "inputs"))
    root = root_weights(snapshots)
    x, u, y = snapshots.x * root, inputs * root, snapshots.y * root
    both = xp.concat([x, u], axis=1)
    if rank is not None:
        rank = whole(rank, "rank", least=1, most=min(both.shape))
    scale = _scales(both)
    left, s, v = leading_directions(both / scale, rank)
    fit = (v @ ((xp.conj(left).T @ y) / s[:, None])) / scale[:, None]
    n_state = snapshots.n_state
    values, vectors = eig(fit[:n_state])
    residuals = _residuals(x @ vectors, y @ vectors, u @ (fit[n_state:] @ vectors), values)
    order = xp.argsort(residuals, stable=True)
    status, certificate = _verdict(
        snapshots, residuals[order], s.shape[0], both.shape[1] if rank is None else rank
    )
    return ControlledModel(
        state_matrix=fit[:n_state].T,
        input_matrix=fit[n_state:].T,
        eigenvalues=values[order],
        residuals=residuals[order],
        step=snapshots.step,
        rank=int(s.shape[0]),
        status=status,
        certificate=certificate,
    )


def _scales(both: Array) -> Array:
    """Return the column norms, so that the unit of an input decides nothing."""
    norms, xp = norm(both, axis=0), namespace(both)
    limits = xp.finfo(norms.dtype)
    least = float(limits.smallest_normal) / float(limits.eps)  # below, no inverse
    return xp.where(norms > least, norms, 1.0)


def _residuals(function: Array, image: Array, push: Array, values: Array) -> Array:
    xp = namespace(function)
    norms = norm(function, axis=0)
    misses = norm(image - push - function * values, axis=0)
    return xp.where(norms == 0, xp.inf, misses / xp.where(norms == 0, 1.0, norms))


def _verdict(
    snapshots: Snapshots, residuals: Array, rank: int, wanted: int
) -> tuple[Status, Certificate]:
    weights = snapshots.weights
    count = snapshots.n_samples if weights is None else int((weights > 0).sum())
    method = "DMD with control"
    notes = data_notes(snapshots)
    if rank >= count:
        why = f"{rank} directions fit {count} samples exactly: residuals are 0"
        return Status.UNDERDETERMINED, Certificate(
            CLAIM, math.nan, math.nan, "none", method, (why, *notes)
        )
    if rank < wanted:
        status = Status.RANK_REDUCED
    elif not float(residuals[0]) <= TRUSTED:
        status = Status.NOTHING_VERIFIED
    else:
        status = Status.CONVERGED
    assumptions = (
        "the pairs and their inputs stand for the measure (in-sample)",
        f"{snapshots.sampling} sampling, M = {count}, rank {rank} of {wanted}",
        *notes,
    )
    return status, Certificate(
        CLAIM, float(residuals[-1]), TRUSTED, "estimate", method, assumptions
    )
