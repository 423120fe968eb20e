"""The Vlasov-Poisson equation: electrons before a uniform background of ions."""

import math
from collections.abc import Callable
from numbers import Real

from perturbsci.arguments import one_of, positive
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.diffusive import capped_square
from perturbsci.multiscale.plasma import PeriodicPlasma
from perturbsci.multiscale.plasma_steps import PlasmaSteps
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import even_number
from perturbsci.types import Array

__all__ = ["vlasov_poisson"]

FIELDS = ("poisson", "ampere", "none")
STARTS = ("landau", "two_stream")
RESOLVED = 0.5  # of a step over the plasma period, which is epsilon here
THERMAL_WIDTH = {"landau": 4.0, "two_stream": 5.0}


def vlasov_poisson(
    n_cells: int = 64,
    n_velocities: int = 128,
    *,
    wavenumber: float = 0.5,
    amplitude: float = 0.01,
    initial: str | Callable[[Array, Array], Array] = "landau",
    half_width: float = 8.0,
    field: str = "poisson",
    background: str = "neutral",
    backend: str | None = None,
) -> SplitProblem:
    """Return electrons before a uniform background, periodic in space.

    f_t + v f_x + F f_v = 0 with epsilon^2 F_x = rho - 1. Velocities are in units of the
    thermal one; epsilon is the Debye length, and the time of a plasma oscillation over
    2 pi. Only ``scheme="native"``: Strang splitting, see ``plasma_steps``.

    Parameters
    ----------
    n_cells : int
        Points in x, over one period 2 pi/wavenumber; even, at least 4.
    n_velocities : int
        Points in v; even, at least 8.
    wavenumber, amplitude : float
        k and a of the data f0(v) (1 + a cos(k x)).
    initial : str or callable
        f0: ``"landau"``, the Maxwellian M(v), or ``"two_stream"``, v^2 M(v); or
        ``initial(x, v) -> f``, shape (n_cells, n_velocities), of mean density 1.
    half_width : float
        v from -half_width to half_width.
    field : str
        ``"poisson"``, order 2, whose steps resolve the plasma period; ``"ampere"``, order
        1, which need not; ``"none"``, free streaming.
    background : str
        ``"neutral"``: as much charge as the electrons have.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State f[x, v], with ``"ampere"`` F as one more column; observables ``density``,
        ``field`` (F), ``field_energy`` (epsilon^2/2 int F^2 dx) and ``fundamental`` (mean
        of F exp(-i k x), complex).

    Raises
    ------
    ParameterError
        If an argument has a wrong value, or ``half_width`` is too narrow.
    ShapeError
        If ``initial`` returns another shape.

    Notes
    -----
    Well-prepared data have the charge a min(1, epsilon^2) cos(k x), so that the field is of
    size a/k for every epsilon <= 1; ill-prepared ones a cos(k x), and a field a/(k
    epsilon^2). Six transforms of a complex array of the size of the state a step.
    ``largest_step`` is epsilon/2 for ``"poisson"``. On a grid in v phase mixing comes back
    at the recurrence time 2 pi/(k dv): a certificate fails when the run is longer. A linear
    damping rate to 1e-4 needs a <= 1e-3 and a step of 0.05.

    References
    ----------
    Cheng and Knorr (1976); Degond, Deluzet, Navoret, Sun and Vignal (2010).

    Examples
    --------
    >>> from perturbsci.multiscale import solve
    >>> run = solve(vlasov_poisson(16, 64), epsilon=1.0, t_span=(0.0, 2.0), step=0.1,
    ...             scheme="native")
    >>> run.certificate.passed
    True
    """
    n = even_number(n_cells, "n_cells", least=4)
    m = even_number(n_velocities, "n_velocities", least=8)
    k = positive(wavenumber, "wavenumber")
    a = _perturbation(amplitude)
    half_width = positive(half_width, "half_width")
    one_of(field, "field", FIELDS)
    one_of(background, "background", ("neutral",))
    if not callable(initial):
        one_of(initial, "initial", STARTS)
    plasma = PeriodicPlasma(n, m, 2 * math.pi / k, half_width, field, backend)
    is_own = callable(initial)
    f0 = _function(initial, plasma) if callable(initial) else _profile(initial, plasma)

    def start(epsilon: float, preparation: str) -> Array:
        charge = 0.0
        if not is_own:
            charge = a * (
                min(1.0, capped_square(epsilon)) if preparation == "well" else 1.0
            )
        f = f0 * (1 + charge * namespace(f0).cos(k * plasma.x))[:, None]
        return plasma.with_field(f, epsilon, charge, a) if field == "ampere" else f

    return SplitProblem(
        "vlasov_poisson",
        initial=start,
        explicit=None,
        native=PlasmaSteps(plasma).step,
        native_order=1 if field == "ampere" else 2,
        exact=plasma.streamed if field == "none" else None,
        invariants=plasma.invariants(),
        invariant_scales={} if field == "ampere" else {"momentum": plasma.thermal_momentum},
        minimum=lambda f, epsilon: plasma.particles(f).min(),  # noqa: ARG005
        observables={
            "density": lambda f, epsilon: plasma.moment(f, 0),  # noqa: ARG005
            "field": plasma.force,
            "field_energy": plasma.field_energy,
            "fundamental": plasma.fundamental,
        },
        largest_step=(lambda epsilon: RESOLVED * epsilon) if field == "poisson" else None,
        coordinates={"x": plasma.x, "v": plasma.v},
        claims=plasma.claims,
    )


def _perturbation(amplitude: object) -> float:
    real = isinstance(amplitude, Real) and not isinstance(amplitude, bool)
    if real and abs(amplitude) <= 1:  # type: ignore[arg-type]
        return float(amplitude)  # type: ignore[arg-type]
    raise ParameterError(
        f"amplitude is {amplitude!r:.60}; pass a number from -1 to 1, beyond which f is "
        "negative"
    )


def _function(initial: Callable[[Array, Array], Array], plasma: PeriodicPlasma) -> Array:
    """Return f(0, x, v) of a user, shape (n_cells, n_velocities)."""
    f = as_array(initial(plasma.x[:, None], plasma.v[None, :]), name="initial", real=True)
    if f.shape != plasma.shape:
        raise ShapeError(
            f"initial returned shape {f.shape}, needed {plasma.shape}; its arguments x and "
            "v have shapes (n_cells, 1) and (1, n_velocities)"
        )
    mean = float(scalar(plasma.moment(f, 0).mean()))
    if not abs(mean - 1) < 1e-3:
        raise ParameterError(
            f"initial has mean density {mean:g} on the grid; scale it to 1, the charge of "
            "the background, or pass a larger half_width"
        )
    return f


def _profile(initial: str, plasma: PeriodicPlasma) -> Array:
    """Return f0(v), shape (1, n_velocities)."""
    v = plasma.v[None, :]
    f0 = namespace(v).exp(-(v**2) / 2) / math.sqrt(2 * math.pi)
    needed = THERMAL_WIDTH[initial]
    if plasma.half_width < needed:
        raise ParameterError(
            f"half_width is {plasma.half_width:g}, but the data reach {needed:g} thermal "
            "speeds; pass at least that, 8 by default"
        )
    return f0 * v**2 if initial == "two_stream" else f0
