"""How a memory that is not trained bears narrow-band noise.

A system reads each sequence; its outputs at a few times, standardized, are the features of
a ridge regression on the classes. Test sequences then get

    amplitude s cos(frequency step k),   s uniform in [0, 1), one a sequence.

A diagonal form whose transfer function has a spike at the frequency passes the noise on.
Outputs are linear in the inputs, y_T = sum_k K_(T-k) u_k, so that one product with the
kernel gives the features, and one noise of a frequency those of all sequences.

Reference: Yu, Nigmetov, Morozov, Mahoney and Erichson (2024), section 5.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, number, positive, whole
from perturbsci.backend import namespace, to_device, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.operands import returned, shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.statespace.convolution import convolution_kernel
from perturbsci.statespace.labels import clean_labels, commonest_share
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.requirements import check_system
from perturbsci.statespace.systems import StateSpace
from perturbsci.types import Array, BackendName, Seed
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["NoiseRobustness", "fourier_noise", "frozen_features", "noise_robustness"]


@dataclass(frozen=True, slots=True, eq=False)
class NoiseRobustness(Result):
    """Accuracies with and without noise in the test sequences.

    Parameters
    ----------
    frequencies : real array, shape (k,)
        Of the noise; in radians a unit of time.
    accuracy : real array, shape (k,)
        Share of the noisy test sequences whose class was right.
    clean_accuracy : float
        Without noise.
    status : Status
        CONVERGED.
    certificates : tuple of Certificate
        Held-out errors without noise and at the worst frequency, against that of naming
        the commonest class.

    Examples
    --------
    >>> import numpy
    >>> from perturbsci.statespace import DiagonalSystem
    >>> inputs = numpy.concatenate([numpy.ones((20, 8, 1)), -numpy.ones((20, 8, 1))])
    >>> system = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    >>> labels = [0] * 20 + [1] * 20
    >>> found = noise_robustness(system, inputs, labels, [1.0, 2.0], n_train=30)
    >>> found.clean_accuracy, found.accuracy.tolist()
    (1.0, [1.0, 1.0])
    """

    frequencies: Array
    accuracy: Array
    clean_accuracy: float
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)


def fourier_noise(
    shape: tuple[int, ...],
    frequency: float,
    *,
    step: float,
    amplitude: float = 0.1,
    seed: Seed = 0,
    backend: BackendName | None = None,
) -> Array:
    """Return cosines of one frequency with random amplitudes.

    Parameters
    ----------
    shape : tuple of int
        (batch, length) or (batch, length, ...).
    frequency : float
        In radians a unit of time.
    step : float
        Between two samples.
    amplitude : float
        The largest, from 0 on.
    seed : int or numpy.random.Generator
        Of the amplitudes.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    noise : real array, shape (batch, length, ...)
        amplitude s_i cos(frequency step k) at sequence i, time k and every channel, s_i
        uniform in [0, 1).

    Raises
    ------
    ShapeError
        If the shape has fewer than two axes, or an extent below 1.
    ParameterError
        If a number is out of range.

    Notes
    -----
    Above pi/step a frequency has an alias below.

    Examples
    --------
    >>> noise = fourier_noise((2, 4), 1.0, step=0.1)
    >>> noise.shape, bool((abs(noise) <= 0.1).all())
    ((2, 4), True)
    """
    if not isinstance(shape, (tuple, list)) or len(shape) < 2:
        raise ShapeError(f"shape is {shape!r:.60}, needed (batch, length) or more axes")
    extents = tuple(whole(each, "shape", least=1) for each in shape)
    check_memory(24 * math.prod(extents), "fourier_noise", "lower an extent of shape")
    size = number(amplitude, "amplitude", least=0.0)
    scales = size * numpy.random.default_rng(checked_seed(seed)).random(extents[0])
    wave = _wave(number(frequency, "frequency"), positive(step, "step"), extents[1])
    noise = (scales[:, None] * wave).reshape(*extents[:2], *(1,) * len(extents[2:]))
    return to_device(numpy.broadcast_to(noise, extents).copy(), backend)


def _wave(frequency: float, step: float, length: int) -> numpy.ndarray:
    return numpy.cos(frequency * step * numpy.arange(length))


def frozen_features(system: StateSpace, inputs: Array, *, moments: int = 4) -> Array:
    """Return the outputs of a system at a few times, evenly spread to the end.

    Parameters
    ----------
    system : StateSpace
        Discrete, without copies; for its states as features give it c = identity.
    inputs : real or complex array, shape (batch, length, m)
        Sequences.
    moments : int
        q; at most the length.

    Returns
    -------
    features : array, shape (batch, q p)
        Outputs after steps length/q, 2 length/q, ..., length (rounded down), one after
        the other.

    Raises
    ------
    ShapeError
        If shapes do not fit together.
    ParameterError
        If the system is continuous, moments out of range, or precisions are mixed.

    Notes
    -----
    One product with the kernel of the system a moment, 2 length m p flops a sequence.

    Examples
    --------
    >>> from perturbsci.statespace import DiagonalSystem
    >>> system = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    >>> frozen_features(system, [[[1.0], [1.0], [0.0], [0.0]]], moments=2)
    array([[1.5  , 0.375]])
    """
    u = as_array(inputs, name="inputs")
    _check_sequences(system, u)
    count = whole(moments, "moments", least=1, most=u.shape[1])
    return _features(system, convolution_kernel(system, u.shape[1]), u, count)


def _check_sequences(system: StateSpace, u: Array) -> None:
    check_system(system)
    if system.copies or u.ndim != 3 or u.shape[2] != system.n_inputs:
        raise ShapeError(
            f"inputs has shape {u.shape} and system copies {system.copies}; needed (batch, "
            f"length, {system.n_inputs}) and none; for one channel pass inputs[..., None]"
        )
    shared_namespace({"system": system.feedthrough(), "inputs": u})


def _features(system: StateSpace, kernel: Array, u: Array, moments: int) -> Array:
    xp, found = namespace(u), []
    d = xp.permute_dims(system.feedthrough(), (1, 0))
    for j in range(1, moments + 1):
        steps = j * u.shape[1] // moments
        rows = xp.reshape(u[:, :steps], (u.shape[0], -1))
        ends = xp.permute_dims(xp.flip(kernel[:steps], axis=0), (0, 2, 1))
        found.append(rows @ xp.reshape(ends, (rows.shape[1], -1)) + u[:, steps - 1] @ d)
    return xp.concat(found, axis=1)


def noise_robustness(
    system: StateSpace,
    inputs: Array,
    labels: Array,
    frequencies: Array,
    *,
    n_train: int,
    moments: int = 4,
    amplitude: float = 0.1,
    penalty: float = 1.0,
    seed: Seed = 0,
) -> NoiseRobustness:
    """Return how often a classifier on frozen features is right under narrow-band noise.

    Parameters
    ----------
    system : StateSpace
        Discrete, with one step; see ``frozen_features``.
    inputs : real array, shape (n_samples, length, m)
        Sequences; noise goes into every channel.
    labels : array of whole numbers, shape (n_samples,)
        Classes from 0 on.
    frequencies : real array, shape (k,)
        Of the noise; in radians a unit of time.
    n_train : int
        So many sequences, drawn at random, fix the regression; the others are tested.
    moments : int
        For ``frozen_features``.
    amplitude : float
        Of the noise, from 0 on; each test sequence gets a share uniform in [0, 1), the
        same at every frequency.
    penalty : float
        Of the ridge, above 0; the intercept is free.
    seed : int or numpy.random.Generator
        Of the permutation, then of the amplitudes.

    Returns
    -------
    found : NoiseRobustness
        Arrays on the host.

    Raises
    ------
    ShapeError
        If shapes do not fit together.
    ParameterError
        If the system is continuous, a number out of range, or a label no whole number.

    Notes
    -----
    Work of ``frozen_features`` once for the sequences and once a frequency, and the
    solution of one positive definite system of the size of the features.

    References
    ----------
    Hoerl and Kennard (1970), ridge regression.

    Examples
    --------
    >>> from perturbsci.statespace import diagonal_system, discretize, hippo
    >>> from perturbsci.statespace import perturb_then_diagonalize
    >>> memory = hippo("legs", 4)
    >>> near = perturb_then_diagonalize(memory, theta=0.1)
    >>> system = discretize(diagonal_system(near, memory.b, numpy.eye(4)), 0.1)
    >>> ramp = numpy.linspace(0, 1, 20)[None, :, None]
    >>> inputs = numpy.concatenate([k * ramp for k in (-4, -3, -2, -1, 1, 2, 3, 4)])
    >>> labels = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> noise_robustness(system, inputs, labels, [5.0], n_train=6).accuracy.tolist()
    [1.0]
    """
    u = as_array(inputs, name="inputs", real=True)
    _check_sequences(system, u)
    classes = to_host(clean_labels(labels, u.shape[0]))
    waves = to_host(as_array(frequencies, name="frequencies", ndim=1, real=True))
    n, length, m = u.shape
    first = whole(n_train, "n_train", least=1, most=n - 1) if n > 1 else 0
    if not first:
        raise ParameterError(f"inputs has {n} sequence; some to train and some to test")
    count = whole(moments, "moments", least=1, most=length)
    size, ridge = number(amplitude, "amplitude", least=0.0), positive(penalty, "penalty")
    rng = numpy.random.default_rng(checked_seed(seed))
    order = rng.permutation(n)
    scales = size * rng.random(n - first)
    if not isinstance(system.step, float):
        raise ParameterError(
            f"system has step {system.step!r:.60}, needed one number: discretize it first, "
            "with one step for all states"
        )
    kernel = convolution_kernel(system, length)
    noise = numpy.stack([_wave(float(w), system.step, length) for w in waves])
    noise = numpy.broadcast_to(noise[:, :, None], (len(waves), length, m))
    (spread,) = returned(u, noise.astype(u.dtype))
    features, moved = (
        _real(to_host(_features(system, kernel, each, count))) for each in (u, spread)
    )
    train, test = order[:first], order[first:]
    regression = _Ridge(features[train], classes[train], ridge)
    clean = regression.accuracy(features[test], classes[test])
    accuracy = numpy.array(
        [
            regression.accuracy(features[test] + scales[:, None] * each, classes[test])
            for each in moved
        ]
    )
    return NoiseRobustness(
        waves, accuracy, clean, Status.CONVERGED, _claims(clean, accuracy, classes[test])
    )


def _real(features: numpy.ndarray) -> numpy.ndarray:
    """Return complex features as twice as many real ones."""
    if features.dtype.kind == "f":
        return features.astype(float)
    return numpy.concatenate([features.real, features.imag], axis=1).astype(float)


def _claims(
    clean: float, accuracy: numpy.ndarray, classes: numpy.ndarray
) -> tuple[Certificate, ...]:
    guessed = 1 - commonest_share(classes)
    worst = 1 - float(accuracy.min())
    return tuple(
        Certificate(
            f"share named wrong {where}, against always the commonest class",
            value,
            guessed,
            "held-out",
            "ridge on frozen features",
        )
        for where, value in (
            ("without noise", 1 - clean),
            ("at the worst frequency", worst),
        )
    )


class _Ridge:
    """Least squares on one-hot classes, features standardized, the intercept free."""

    def __init__(
        self, features: numpy.ndarray, classes: numpy.ndarray, penalty: float
    ) -> None:
        self.mean, spread = features.mean(axis=0), features.std(axis=0)
        self.spread = numpy.where(spread > 0, spread, 1.0)  # a constant one counts for 0
        self.names, place = numpy.unique(classes, return_inverse=True)
        x = (features - self.mean) / self.spread
        y = numpy.eye(len(self.names))[place]
        self.intercept = y.mean(axis=0)
        gram = x.T @ x + penalty * numpy.eye(x.shape[1])
        try:
            self.weights = numpy.linalg.solve(gram, x.T @ (y - self.intercept))
        except numpy.linalg.LinAlgError:
            raise ParameterError(
                f"penalty is {penalty:.3g}, which leaves dependent features singular; pass "
                "a larger one"
            ) from None

    def accuracy(self, features: numpy.ndarray, classes: numpy.ndarray) -> float:
        """Return the share of classes that are named right."""
        x = (features - self.mean) / self.spread
        named = self.names[(x @ self.weights + self.intercept).argmax(axis=1)]
        return float((named == classes).mean())
