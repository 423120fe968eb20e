"""Ten ways to begin: which eigenvalues, inputs and outputs a state-space layer starts with.

Memories of the past (LegS, ``hippo``) in diagonal coordinates V, where N = A + P P^T is the
normal part and E the shift of ``perturb_then_diagonalize``:

* ``s4``                A itself, diag(lambda) - p p^H with p = V^H P
* ``s4d-legs``, ``s5``  N, with B/2
* ``s4-ptd``, ``s5-ptd``  A + E with the corrected input

and eigenvalues by formula, k = 0, 1, ..., one of each pair (``s4d-real``: all real):

* ``s4d-lin``           -1/2 + i pi k
* ``s4d-inv``           -1/2 + i (n/pi) (n/(2k + 1) - 1)
* ``s4d-real``          -(k + 1)
* ``lru``               r e^(i phi) in discrete time, r^2 and phi uniform
* ``hope``              no eigenvalues: Markov parameters

References: Gu, Goel and Ré (2022); Gu, Gupta, Goel and Ré (2022); Smith, Warrington and
Linderman (2023); Orvieto et al. (2023); Yu et al. (2024); Yu, Mahoney and Erichson (2024).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, number, whole
from perturbsci.backend import random, to_device
from perturbsci.errors import ParameterError
from perturbsci.statespace.coordinates import diagonal_system
from perturbsci.statespace.diagonalization import perturb_then_diagonalize
from perturbsci.statespace.eigenbasis import Diagonalization
from perturbsci.statespace.measures import Hippo, hippo
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DiagonalSystem, StateSpace
from perturbsci.types import Array, BackendName, Seed

__all__ = ["Initialization", "initialize"]

NORMAL, SHIFTED = ("s4", "s4d-legs", "s5"), ("s4-ptd", "s5-ptd")
FORMULAS = ("s4d-lin", "s4d-inv", "s4d-real")
NAMES = (*NORMAL[:2], *FORMULAS, SHIFTED[0], NORMAL[2], SHIFTED[1], "lru", "hope")
SINGLE = ("s4", "hope")  # forms without an axis of copies
STREAMS = {"outputs": 0, "inputs": 1, "steps": 2, "radii": 3, "angles": 4}


@dataclass(frozen=True, slots=True, eq=False)
class Initialization:
    """A system to begin with.

    Parameters
    ----------
    name : str
        Of the recipe.
    system : StateSpace
        In continuous time, real and halved where it is diagonal; of ``lru`` with step 1
        and complex outputs, whose real part the published model takes.
    steps : real array, shape (), (copies,), (n_kept,) or (copies, n_kept)
        For ``discretize``: one a copy, of ``s5`` and ``s5-ptd`` one a state; ones for
        ``lru``.
    diagonalization : Diagonalization or None
        Of one block, where V comes from one.

    Examples
    --------
    >>> from perturbsci.statespace import discretize
    >>> begun = initialize("s5-ptd", 16, inputs=3, outputs=2, blocks=2)
    >>> discretize(begun.system, begun.steps).b.shape, begun.steps.shape
    ((8, 3), (8,))
    """

    name: str
    system: StateSpace
    steps: Array
    diagonalization: Diagonalization | None


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Sizes, the random numbers and the device."""

    n: int
    inputs: int
    outputs: int
    blocks: int
    copies: tuple[int, ...]
    seed: Seed
    backend: BackendName | None

    def normal(self, what: str, *shape: int) -> numpy.ndarray:
        """Return normal numbers, the copies first."""
        full = (*self.copies, *shape)
        return random.normal(full, seed=self.seed, stream=STREAMS[what], backend="numpy")

    def uniform(self, what: str, *shape: int) -> numpy.ndarray:
        """Return uniform numbers in [0, 1), the copies first."""
        full = (*self.copies, *shape)
        return random.uniform(full, seed=self.seed, stream=STREAMS[what], backend="numpy")

    def complex_normal(self, what: str, *shape: int) -> numpy.ndarray:
        """Return complex normal numbers of variance 1."""
        parts = self.normal(what, *shape, 2) * math.sqrt(0.5)
        return parts.view(complex)[..., 0]

    def system(
        self, values: numpy.ndarray, b: numpy.ndarray, c: numpy.ndarray
    ) -> DiagonalSystem:
        """Return the halved system; eigenvalues and inputs are spread over the copies."""
        spread = numpy.broadcast_to(values, (*self.copies, len(values))) + 0j
        inputs = numpy.broadcast_to(b, (*self.copies, *b.shape[-2:])) + 0j
        weights = numpy.where(values.imag > 0, 2.0, 1.0)
        return DiagonalSystem(
            to_device(spread, self.backend),
            to_device(inputs, self.backend),
            to_device(c + 0j, self.backend),
            weights=to_device(weights, self.backend),
        )


def initialize(
    name: str,
    n: int,
    *,
    inputs: int = 1,
    outputs: int = 1,
    copies: int | None = None,
    blocks: int = 1,
    theta: float = 0.1,
    step_range: tuple[float, float] = (1e-3, 1e-1),
    radius_range: tuple[float, float] = (0.0, 1.0),
    seed: Seed = 0,
    backend: BackendName | None = None,
) -> Initialization:
    """Return a system with n states to begin with, and steps for it.

    Parameters
    ----------
    name : str
        ``"s4"``, ``"s4d-legs"``, ``"s4d-lin"``, ``"s4d-inv"``, ``"s4d-real"``,
        ``"s4-ptd"``, ``"s5"``, ``"s5-ptd"``, ``"lru"`` or ``"hope"``.
    n : int
        Number of states, from 1 on; of a diagonal real system about half are kept.
    inputs, outputs : int
        m and p.
    copies : int, optional
        So many systems side by side, alike in their eigenvalues, each with outputs of its
        own (``lru``: with eigenvalues of its own); not for ``s4`` and ``hope``.
    blocks : int
        Of ``s5`` and ``s5-ptd``: so many memories of n/blocks states each.
    theta : float
        Share of the shift, in [0, 1]; of ``s4-ptd`` and ``s5-ptd``.
    step_range : tuple of float
        Steps are log-uniform in it.
    radius_range : tuple of float
        Of ``lru``, in [0, 1].
    seed : int or numpy.random.Generator
        Of the random draws. An equal seed gives ``s4``, ``s4d-legs`` and ``s4-ptd`` the
        same outputs in the coordinates of LegS.
    backend : str, optional
        Where the arrays are made; default the backend in force.

    Returns
    -------
    begun : Initialization
        System, steps and diagonalization.

    Raises
    ------
    ParameterError
        If the name is unknown, a number is out of its range, ``blocks`` does not divide n,
        or blocks or copies are asked of a name that has none.
    ConvergenceError
        If theta is so small that the eigenvectors of the shift are useless.

    Notes
    -----
    O(n^3/blocks^2) for memories, else O(n). Inputs: the B of the memory, ones for
    formulas; random where there are several or the name is ``s5``: V^{-1} B with B of
    variance 1/m. Outputs: C V with C normal, of variance 1/n for ``s5``; complex normal
    for formulas. ``lru``: B of variance 1/m, times sqrt(1 - r^2), and C of variance 2/n,
    both complex. ``hope``: h of variance 1/n.

    Examples
    --------
    >>> initialize("s4d-lin", 6).system.eigenvalues.round(4).tolist()
    [(-0.5+0j), (-0.5+3.1416j), (-0.5+6.2832j)]
    >>> begun = initialize("s4-ptd", 16, copies=3)
    >>> begun.system.c.shape, begun.steps.shape
    ((3, 1, 8), (3,))
    """
    if name not in NAMES:
        raise ParameterError(f"name is {name!r:.60}; pass one of {', '.join(NAMES)}")
    size = whole(n, "n", least=1)
    parts = whole(blocks, "blocks", least=1)
    if parts > 1 and name not in ("s5", "s5-ptd"):
        raise ParameterError(
            f"blocks is {parts} for {name!r}; only s5 and s5-ptd have blocks, leave it out"
        )
    if size % parts:
        raise ParameterError(
            f"blocks is {parts}, which does not divide n = {size}; pass a divisor of n"
        )
    if copies is not None and name in SINGLE:
        raise ParameterError(
            f"copies is {copies!r:.60} for {name!r}, whose form has no copies; leave it "
            "out, and draw one system a seed"
        )
    asked = _Asked(
        size,
        whole(inputs, "inputs", least=1),
        whole(outputs, "outputs", least=1),
        parts,
        () if copies is None else (whole(copies, "copies", least=1),),
        checked_seed(seed),
        backend,
    )
    _check_size(name, asked)
    share = number(theta, "theta", least=0.0, most=1.0)
    radii = _range(radius_range, "radius_range", 1.0)
    low, high = _step_range(step_range)
    near = None
    if name in NORMAL + SHIFTED:
        near, system = _of_memory(asked, name, share)
    elif name in FORMULAS:
        system = _of_formula(asked, name)
    elif name == "lru":
        system = _of_disk(asked, *radii)
    else:
        h = asked.normal("outputs", size, asked.outputs, asked.inputs) / math.sqrt(size)
        system = HankelSystem(to_device(h, backend))
    steps = numpy.ones(asked.copies)
    if name != "lru":
        each = (system.n_state,) if name in ("s5", "s5-ptd") else ()
        steps = low * (high / low) ** asked.uniform("steps", *each)
    return Initialization(name, system, to_device(numpy.asarray(steps), backend), near)


def _check_size(name: str, asked: _Asked) -> None:
    m, p = asked.inputs, asked.outputs
    entries = asked.n * (m * p if name == "hope" else m + p) * math.prod(asked.copies)
    check_memory(64 * entries, "initialize", "lower n, its ports or copies")


def _step_range(value: Sequence[float]) -> tuple[float, float]:
    low, high = _range(value, "step_range", math.inf)
    if low == 0:
        raise ParameterError(f"step_range is {value!r:.60}; steps are positive")
    return low, high


def _range(value: Sequence[float], name: str, largest: float) -> tuple[float, float]:
    if isinstance(value, (tuple, list)) and len(value) == 2:
        low, high = (number(each, name, least=0.0) for each in value)
        if low <= high <= largest:
            return low, high
    raise ParameterError(
        f"{name} is {value!r:.60}; pass two numbers from 0 to {largest:g}, the smaller "
        "one first"
    )


def _of_memory(
    asked: _Asked, name: str, theta: float
) -> tuple[Diagonalization, StateSpace]:
    """Return the diagonalization of one memory and the system of all blocks."""
    length, m = asked.n // asked.blocks, asked.inputs
    memory = hippo("legs", length, backend="numpy")
    if name in SHIFTED:
        near = perturb_then_diagonalize(memory, theta=theta)
    else:
        near = _normal_part(memory)
    unit = numpy.eye(length)
    basis = diagonal_system(near, unit, unit, correct=False)  # b is V^{-1}, c is V
    k = basis.n_state
    if m > 1 or name.startswith("s5"):
        b = basis.b @ (asked.normal("inputs", asked.blocks, length, m) / math.sqrt(m))
    else:
        b = _memory_input(memory, near, name, basis.b)
    scale = 1 / math.sqrt(asked.n) if name.startswith("s5") else 1.0
    c = scale * asked.normal("outputs", asked.outputs, asked.blocks, length) @ basis.c
    rows, columns = asked.blocks * k, (*asked.copies, asked.outputs, asked.blocks * k)
    if b.ndim > 2:
        b = b.reshape(*asked.copies, rows, m)
    values, c = numpy.tile(basis.eigenvalues, asked.blocks), c.reshape(columns)
    if name != "s4":
        return near, asked.system(values, b, c)
    assert memory.low_rank is not None
    p = to_device(basis.b @ memory.low_rank, asked.backend)
    values, b, c, weights = (
        to_device(each, asked.backend) for each in (values, b, c, basis.weights)
    )
    return near, LowRankSystem(values, p, p, b, c, weights=weights)


def _normal_part(memory: Hippo) -> Diagonalization:
    """Return N = A + P P^T as the whole shift of A, which n = 1 does not have."""
    if len(memory.b) > 1 or memory.low_rank is None:
        return perturb_then_diagonalize(memory, theta=1.0)
    return perturb_then_diagonalize(memory.a + memory.low_rank @ memory.low_rank.T)


def _memory_input(
    memory: Hippo, near: Diagonalization, name: str, inverse: numpy.ndarray
) -> numpy.ndarray:
    """Return B in the eigenbasis, shape (n_kept, 1), as the transfer function needs it."""
    if name == "s4-ptd":
        return diagonal_system(near, memory.b, numpy.eye(len(memory.b))).b
    share = 0.5 if name == "s4d-legs" else 1.0  # the shift with rho = 1 halves B
    return share * inverse @ memory.b[:, None]


def _of_formula(asked: _Asked, name: str) -> DiagonalSystem:
    """Return a system whose eigenvalues are a formula of k."""
    n, k = asked.n, numpy.arange((asked.n + 1) // 2)
    values = {
        "s4d-lin": -0.5 + 1j * math.pi * k,
        "s4d-inv": -0.5 + 1j * (n / math.pi) * (n / (2 * k + 1) - 1),
        "s4d-real": -(k + 1.0) + 0j,
    }[name]
    return asked.system(values, _input(asked, len(k)), _output(asked, len(k)))


def _input(asked: _Asked, rows: int) -> numpy.ndarray:
    """Return ones for one input, else complex normal numbers of variance 1/m."""
    if asked.inputs == 1:
        return numpy.ones((rows, 1))
    return asked.complex_normal("inputs", rows, asked.inputs) / math.sqrt(asked.inputs)


def _output(asked: _Asked, columns: int) -> numpy.ndarray:
    return asked.complex_normal("outputs", asked.outputs, columns)


def _of_disk(asked: _Asked, smallest: float, largest: float) -> DiagonalSystem:
    """Return a discrete system with eigenvalues uniform in area in a ring."""
    n, m = asked.n, asked.inputs
    square = smallest**2 + asked.uniform("radii", n) * (largest**2 - smallest**2)
    values = numpy.sqrt(square) * numpy.exp(2j * math.pi * asked.uniform("angles", n))
    b = numpy.sqrt(1 - square)[..., None] * asked.complex_normal("inputs", n, m)
    c = _output(asked, n) * math.sqrt(2 / n)
    values, b, c = (
        to_device(each, asked.backend) for each in (values, b / math.sqrt(m), c)
    )
    return DiagonalSystem(values, b, c, step=1.0)
