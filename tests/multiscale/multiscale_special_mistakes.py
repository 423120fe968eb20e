"""What only one argument can get wrong: a call, and the advice it is given."""

import math

import numpy as np

from perturbsci import multiscale as ms
from perturbsci.backend import use
from tests.multiscale.multiscale_samples import (
    DIFFUSIVE,
    GRID,
    HOT,
    OPERATOR,
    PAIR,
    SPAN,
)
from tests.multiscale.velocity_mistakes import VELOCITY, species

UPWIND = ms.jin_xin(16, space="upwind")
GAS = ms.bgk(8, 32)
BOLTZMANN = ms.boltzmann(GRID, initial=HOT, operator=OPERATOR)
LANDAU = ms.vlasov_poisson(8, 16)


def running(problem=PAIR, **options):
    """Return the call of a run."""
    return lambda: ms.solve(problem, **SPAN | options)


def own(**parts):
    """Return the call of a run of a problem of one's own."""
    parts = {"initial": np.ones(2), "explicit": lambda y, epsilon: -y} | parts
    return running(ms.SplitProblem("own", **parts))


def failing(*arguments):
    """A function of a user with a mistake in it."""
    raise ValueError(f"no value at {len(arguments)}")


def transport(**options):
    return lambda: ms.linear_transport(8, 4, **options)


def shocked(density=1.0, velocity=0.0, temperature=1.0):
    """Return the call of a gas with one odd cell."""

    def initial(x):
        return tuple(np.where(x > 0.8, v, 1.0) for v in (density, velocity, temperature))

    return lambda: ms.bgk(8, 32, initial=initial)


def changed(**options):
    """Return the call of a tableau like ars222 with something else in it."""
    t = ms.tableau("ars222")
    fields = ("explicit", "implicit", "explicit_weights", "implicit_weights")
    given = {name: getattr(t, name) for name in fields} | {"order": 2}
    return lambda: ms.Tableau("changed", **given | options)


def nudged(name, index):
    values = np.array(getattr(ms.tableau("ars222"), name))
    values[index] += 1e-6
    return changed(**{name: values})


SPECIAL = {
    # The engine
    "epsilons at once": (running(epsilon=[0.1, 0.2]), r"epsilon is .*order_map\(epsilons"),
    "epsilons as array": (running(epsilon=np.ones(2)), r"epsilon is .*order_map"),
    "nearest name": (running(scheme="ars22"), "one of ars222"),
    "no such order": (running(scheme="bdf5"), "scheme is 'bdf5'.*bdf1"),
    "an unknown of two": (
        lambda: ms.order_map(
            PAIR, schemes=("bdf2", "x"), epsilons=(1.0,), steps=(0.1, 0.05), t_end=0.1
        ),
        "scheme is 'x'; pass a Tableau",
    ),
    "step and rtol": (running(rtol=1e-3), "step is 0.05, rtol 0.001.*either step"),
    "step and atol": (running(atol=1e-3), "atol 0.001; pass either step"),
    "neither": (running(step=None), "step is None, .*either step, or one or both"),
    "adaptive multistep": (
        running(step=None, rtol=1e-3, scheme="bdf2"),
        "rtol is 0.001 with scheme 'bdf2', whose steps are fixed; .*'ark324'",
    ),
    "longer than the span": (running(step=0.2), "step is 0.2 but t_span only 0.1 long"),
    "backward": (running(t_span=(1.0, 0.0)), "t_span .* runs backward"),
    "outside": (running(t_eval=[0.05, 0.2]), "t_eval holds 0.2, which is outside t_span"),
    "unsorted": (running(t_eval=[0.05, 0.01]), "t_eval has 0.05 before 0.01 at index 0"),
    "NaN of t_eval": (running(t_eval=[0.0, math.nan]), "t_eval.* not finite, .* index"),
    "not stiffly accurate": (
        running(DIFFUSIVE, epsilon=0.0, scheme="ssp222"),
        "scheme is 'ssp222', which is not globally.*'ars222' or 'bdf2'",
    ),
    "explicit": (running(scheme="heun"), "scheme is 'heun', which is explicit.*'ars222'"),
    "no map": (running(scheme="native"), "'jin_xin' has no map of its own; pass a tableau"),
    "only a map": (running(LANDAU, epsilon=1.0), "only a map of its own; .*'native'"),
    "Courant": (running(UPWIND), r"step is 0.05 but .* stable up to largest_step = 0.0"),
    "Courant of a stepper": (
        lambda: ms.stepper(UPWIND, epsilon=0.1, step=1.0),
        "stable up to largest_step = ",
    ),
    "Debye length": (
        running(LANDAU, epsilon=1e-4, scheme="native"),
        "stable up to largest_step = 5e-05",
    ),
    "no limiter": (running(positivity="limit"), "no limiter; pass 'monitor'"),
    "projection too early": (
        running(epsilon=0.1, initial_layer="project"),
        "initial_layer is 'project' .*layers below.*pass 'resolve'",
    ),
    "max_steps": (running(max_steps=1), "MAX_STEPS"),
    "callback raises": (
        running(callback=failing),
        "callback raised ValueError at t = 0.05, step 1 .*no value at 2; correct it",
    ),
    "explicit raises": (
        own(explicit=failing),
        "explicit raised ValueError at t = 0, step 1",
    ),
    "implicit raises": (
        own(solve_implicit=failing),
        "solve_implicit raised ValueError at t = .*correct the function",
    ),
    "native raises": (
        lambda: ms.solve(
            ms.SplitProblem("own", initial=np.ones(2), explicit=None, native=failing),
            **SPAN,
            scheme="native",
        ),
        "native raised ValueError",
    ),
    "observable raises": (
        own(observables={"mass": failing}),
        "mass of the .* raised Value",
    ),
    "invariant raises": (own(invariants={"mass": failing}), "mass of the .* raised Value"),
    "another shape": (own(explicit=lambda y, e: np.ones(3)), r"explicit .*\(3,\).*\(2,\)"),
    "no array": (own(explicit=lambda y, e: None), "explicit .*(returned|pass|needed)"),
    "text": (own(explicit=lambda y, e: "text"), "explicit .*(returned|pass|needed)"),
    "NaN of a function": (own(explicit=lambda y, e: y * math.nan), "NOT_FINITE"),
    "negative weight": (own(weight=lambda e: -1.0), "weight.*(negative|0 on|positive)"),
    "NaN weight": (own(weight=lambda e: math.nan), "weight.*(not finite|finite)"),
    "wide weight": (own(weight=lambda e: np.ones(3)), r"weight .*has shape \(3,\), which"),
    "nothing to step": (
        lambda: ms.SplitProblem("empty", initial=np.ones(2), explicit=None),
        "explicit = None, solve_implicit = None and native = None; pass at least one",
    ),
    "NaN initial": (
        lambda: ms.SplitProblem("own", initial=np.array([1.0, math.nan]), explicit=abs),
        r"initial.* not finite, first at index \(1,\)",
    ),
    "state of three": (
        running(initial=np.ones((3, 8))),
        r"initial has shape \(3, 8\), need",
    ),
    "NaN of a state": (
        lambda: ms.stepper(PAIR, epsilon=0.1, step=0.1).advance(np.full((2, 8), math.nan)),
        "`state` has 16 values that are not finite",
    ),
    "one step": (
        lambda: ms.order_map(PAIR, schemes=("bdf2",), epsilons=(1,), steps=(1,), t_end=1.0),
        "steps has 1 entry, needed 2 .*at least two",
    ),
    "step above the end": (
        lambda: ms.check_commutation(PAIR, epsilons=(1e-3, 1e-4), step=0.2, t_end=0.1),
        "step is 0.2",
    ),
    "no limit": (
        lambda: ms.solve_limit(BOLTZMANN, t_span=(0.0, 1.0), step=0.1),
        "limit",
    ),
    # Tableaux
    "explicit digit": (nudged("explicit", (2, 0)), r"(explicit|order)"),
    "implicit digit": (
        nudged("implicit", (1, 1)),
        r"implicit\[1, 1\] .*differ|digit|order",
    ),
    "weight digit": (nudged("implicit_weights", 2), "weights|order"),
    "above the diagonal": (
        changed(explicit=np.ones((3, 3))),
        r"explicit\[0, 0\].* strictly lower triangular, set it to zero",
    ),
    "implicit above": (changed(implicit=np.ones((3, 3))), r"implicit\[0, 1\].* lower tri"),
    "order too high": (changed(order=3), "order 3|condition"),
    "no weights": (
        changed(explicit_weights=np.ones(2)),
        r"has shape \(2,\), needed \(3,\)",
    ),
    "half of a pair": (
        changed(embedded_order=1),
        "both embedded_explicit and embedded_imp",
    ),
    # Relaxation, transport
    "too fast": (
        lambda: ms.jin_xin(8, coefficient=1.2),
        "subcharacteristic .* larger speed",
    ),
    "fast density": (
        lambda: ms.jin_xin(8, flux="burgers"),
        r"initial is .* index .*subcharacteristic .* larger speed",
    ),
    "few cells": (lambda: ms.jin_xin(3, space="upwind"), "n_cells is 3; .* from 4 on"),
    "one cell": (lambda: ms.jin_xin(1), "n_cells is 1; pass a whole number from 2 on"),
    "profile of three": (
        lambda: ms.jin_xin(8, initial=lambda x: np.ones(3)),
        r"initial returned shape \(3,\) for x of shape \(8,\)",
    ),
    "profile of NaN": (
        lambda: ms.goldstein_taylor(8, initial=lambda x: x * math.nan),
        r"initial.* 8 values that are not finite, first at index \(0,\)",
    ),
    "profile of text": (
        lambda: ms.goldstein_taylor(8, initial=lambda x: "cos"),
        "initial is 'cos', needed numbers",
    ),
    "no scattering": (transport(scattering=0.0), "scattering is 0 at index 0; .* > 0"),
    "no scattering in a cell": (
        transport(scattering=lambda x: 1.0 * (x < 3), space="upwind"),
        "scattering is 0 at index [0-9]; .* > 0 in every cell",
    ),
    "negative absorption": (transport(absorption=-1.0), "absorption is -1 at index 0"),
    "source of NaN": (transport(source=lambda x: x * math.nan), "source.* not finite"),
    "varying, spectral": (
        transport(scattering=lambda x: 2 + np.cos(x)),
        "scattering .*(constant|space)",
    ),
    "source and cells": (
        lambda: ms.su_olson(40, 4, half_width=0.3),
        "half_width|source_half",
    ),
    "no fast variable": (
        lambda: ms.fast_slow(max, max, fast_jacobian=max, initial=[1.0, 1.0], n_slow=2),
        "n_slow is 2 of 2 variables; at least one must be fast",
    ),
    "two axes": (
        lambda: ms.fast_slow(
            max, max, fast_jacobian=max, initial=np.ones((2, 2)), n_slow=1
        ),
        r"initial has shape \(2, 2\), needed one axis",
    ),
    "no root": (
        lambda: ms.solve(
            ms.fast_slow(
                lambda y, z: 0 * y,
                lambda y, z: z**2 + 1,
                fast_jacobian=lambda y, z: np.diag(2 * z),
                initial=[1.0, 0.5],
                n_slow=1,
            ),
            **SPAN | {"epsilon": 0.0},
            initial_layer="off",
        ),
        "STEP_UNDERFLOW",
    ),
    "no mode": (lambda: ms.mode_exponent("slab", 2.0), "wavenumber < pi/2 only"),
    "stable streams": (
        lambda: ms.mode_exponent("two_stream", 1.5),
        "unstable below 1 only",
    ),
    "no Debye length": (lambda: ms.mode_exponent("landau", 1.0, epsilon=0), "positive one"),
    # Gases in one dimension of space
    "no density": (shocked(density=0.0), r"density is 0 at index 6; .* above 0"),
    "negative density": (shocked(density=-1.0), r"density is -1 at index 6"),
    "no temperature": (shocked(temperature=0.0), r"temperature is 0 at index 6"),
    "NaN velocity": (shocked(velocity=math.nan), r"velocity.* not finite"),
    "two fields": (
        lambda: ms.bgk(8, initial=lambda x: (x, x)),
        "tuple .density, velocity, t",
    ),
    "narrow gas": (
        lambda: ms.bgk(8, 32, half_width=3.0),
        "half_width is 3, .* at least that",
    ),
    "coarse gas": (lambda: ms.bgk(8, 8, half_width=40.0), "n_velocities is 8, .* at least"),
    "Prandtl of BGK": (
        lambda: ms.bgk(8, prandtl=0.7),
        "model 'bgk' has 1; pass model='es'",
    ),
    "small Prandtl": (
        lambda: ms.bgk(8, model="es", velocity_dimension=3, prandtl=0.5),
        "prandtl is 0.5; .*from 0.6667 on",
    ),
    "Courant of a gas": (running(GAS, step=0.1), "stable up to largest_step"),
    "odd plasma": (lambda: ms.vlasov_poisson(9, 16), "n_cells is 9; .* pass 10"),
    "odd velocities": (lambda: ms.vlasov_poisson(8, 17), "n_velocities is 17; .* pass 18"),
    "large amplitude": (
        lambda: ms.vlasov_poisson(amplitude=2.0),
        "amplitude is 2.* -1 to 1",
    ),
    "narrow plasma": (lambda: ms.vlasov_poisson(half_width=2.0), "half_width is 2, but"),
    "uncharged plasma": (
        lambda: ms.vlasov_poisson(8, 16, initial=lambda x, v: 0 * x * v),
        "initial has mean density 0 on the grid; scale it to 1",
    ),
    **VELOCITY,
    # Devices
    **{
        f"device of {name}": (call, "backend .*'x'")
        for name, call in {
            "jin_xin": lambda: ms.jin_xin(8, backend="x"),
            "goldstein_taylor": lambda: ms.goldstein_taylor(8, backend="x"),
            "van_der_pol": lambda: ms.van_der_pol(backend="x"),
            "linear_transport": lambda: ms.linear_transport(8, 4, backend="x"),
            "su_olson": lambda: ms.su_olson(40, 4, backend="x"),
            "bgk": lambda: ms.bgk(8, 32, backend="x"),
            "vlasov_poisson": lambda: ms.vlasov_poisson(8, 16, backend="x"),
            "velocity_grid": lambda: ms.velocity_grid(8, 5.0, backend="x"),
            "boltzmann": lambda: ms.boltzmann(GRID, initial=HOT, backend="x"),
            "isotropic_mixture": species(backend="x"),
            "disparate_mass": lambda: ms.disparate_mass(12, dimension=2, backend="x"),
            "fast_slow": lambda: ms.fast_slow(
                max, max, fast_jacobian=max, initial=[1.0, 1.0], n_slow=1, backend="x"
            ),
        }.items()
    },
}


def beyond_memory():
    """Return the tables of a grid that does not fit into the memory that is allowed."""
    with use("numba", memory=2**20):
        ms.spectral_collision(ms.velocity_grid(64, 8.0))


SPECIAL["memory"] = (beyond_memory, r"MiB .* the backend allows 1; use a smaller n")
