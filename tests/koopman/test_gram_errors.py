"""What accumulate, merge, discard and hand-made states refuse, and what they advise."""

import dataclasses
import math

import numpy as np
import pytest

from perturbsci import koopman
from perturbsci.errors import AccuracyWarning, ParameterError, ShapeError
from perturbsci.koopman import (
    GramState,
    Snapshots,
    accumulate,
    discard,
    linear,
    merge,
    monomials,
)
from perturbsci.koopman.agreement import same_functions
from perturbsci.koopman.gram import gram_state

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (40, 2))
DATA = Snapshots(X, X / 2)
WEIGHTED = Snapshots(X, X / 2, weights=np.ones(40))
SLOWER = Snapshots(X, X / 2, step=2.0)
NARROW = Snapshots(X[:, :1], X[:, :1])
STATE = accumulate(DATA, monomials(2, n_state=2))
QR = accumulate(DATA, monomials(2, n_state=2), form="qr")
ADJOINT = koopman.kernel_gram(DATA, rank=3)


def once():
    yield DATA


@pytest.mark.parametrize(
    ("data", "options", "error", "match"),
    [
        (X, {}, ParameterError, r"data is a ndarray; pass Snapshots\(x, y\), Snap"),
        ((X, X), {}, ParameterError, r"data\[0\] is a ndarray; every item .* Snapshots"),
        ([DATA, STATE], {}, ParameterError, r"data\[1\] is a GramState; every item"),
        ([], {}, ShapeError, "data is a list without any Snapshots; pass at least one"),
        (
            [DATA, NARROW],
            {},
            ParameterError,
            r"data\[1\] has n_state 1 but data\[0\] has 2",
        ),
        ([DATA, SLOWER], {}, ParameterError, r"data\[1\] has step 2.0 .* resample one"),
        ([DATA, WEIGHTED], {}, ParameterError, r"weighted True .* give weights to all"),
        (DATA, {"dictionary": linear(3)}, ShapeError, "make it with n_state=2"),
        (
            DATA,
            {"dictionary": "fourier"},
            ParameterError,
            r"a str; pass linear",
        ),
        (
            DATA,
            {"form": "svd"},
            ParameterError,
            "form is 'svd'; it must be one of 'gram', 'qr'",
        ),
        (DATA, {"forgetting": 0}, ParameterError, r"forgetting is 0; .* lies in \(0, 1\]"),
        (DATA, {"forgetting": 1.5}, ParameterError, "forgetting is 1.5; .* 1 forgets noth"),
        (DATA, {"onto": DATA}, ParameterError, "onto is a Snapshots; pass a GramState"),
        (DATA, {"onto": QR}, ParameterError, "data has form 'gram' but onto has 'qr'"),
        (
            WEIGHTED,
            {"onto": STATE},
            ParameterError,
            "data has weighted True but onto has F",
        ),
        (SLOWER, {"onto": STATE}, ParameterError, "data has step 2.0 but onto has 1.0"),
        (
            DATA,
            {"onto": STATE, "dictionary": linear(2)},
            ParameterError,
            r"data has size \(2, 2\) but onto has \(6, 2\); needed are equal numbers",
        ),
        (
            DATA,
            {"onto": STATE, "dictionary": koopman.radial(X[:6], scale=1.0)},
            ParameterError,
            r"dictionary radial.* but onto has monomials .* with one dictionary",
        ),
        (STATE, {"dictionary": linear(2)}, ParameterError, "dictionary linear .*monomials"),
        (
            STATE,
            {"form": "qr"},
            ParameterError,
            "data has form 'gram' but the call has 'qr'",
        ),
        (STATE, {"onto": accumulate(WEIGHTED)}, ParameterError, "weighted False but onto"),
        (
            ADJOINT,
            {"onto": ADJOINT},
            ParameterError,
            "of the adjoint, .* put the snapshots",
        ),
    ],
)
def test_what_cannot_be_summed_up_is_refused_with_advice(data, options, error, match):
    options = {"dictionary": None} | options
    with pytest.raises(error, match=match):
        accumulate(data, options.pop("dictionary"), **options)


def test_a_generator_that_was_read_is_empty():
    data = once()
    accumulate(data)
    with pytest.raises(
        ShapeError, match=r"without any Snapshots; .* a generator only once"
    ):
        accumulate(data)


def test_features_whose_squares_overflow_are_named():
    x = np.full((40, 2), 0.5)
    x[37] *= 1e60
    match = (
        r"function 6 of monomials has the value 1.25e\+179 at sample 37.* center and scal"
    )
    with pytest.raises(ParameterError, match=match):
        accumulate(Snapshots(x, X), monomials(3, n_state=2), chunk=10)
    x[37] = 1.5e308
    with pytest.raises(ParameterError, match=r'function 0 of linear .* or use form="qr"'):
        accumulate(Snapshots(x, X), chunk=10)
    x[36] = 1.5e308
    with pytest.raises(ParameterError, match=r"function 0 of linear .* at sample 36"):
        accumulate(Snapshots(x, X), form="qr", chunk=10)


def test_states_that_a_dictionary_refuses_are_named():
    cells = koopman.indicator([0, 1], [0, 1])
    x = np.full((40, 2), 0.5)
    y = x.copy()
    y[33] = 2.0
    with pytest.raises(ParameterError, match=r"snapshots\.y\[30:40\], called x .* x\[3"):
        accumulate(Snapshots(x, y), cells, chunk=10)
    states = np.concatenate([x, y[33:34]])
    with pytest.raises(ParameterError, match=r"snapshots\.x\[0:40\], called x .* x\[40"):
        accumulate(Snapshots.from_trajectory(states), cells)


def test_the_triangular_factor_takes_what_squares_do_not():
    x = 1e100 * X
    assert np.isfinite(accumulate(Snapshots(x, x), form="qr").blocks).all()
    with pytest.raises(ParameterError, match="at sample 0"):
        accumulate(Snapshots(1e60 * x, x))


@pytest.mark.parametrize(
    ("data", "options", "match"),
    [
        (STATE, {"dictionary": linear(2)}, "dictionary is a Dictionary beside a GramState"),
        (STATE, {"form": "qr"}, "data is a GramState of form 'gram', needed \"qr\"; accum"),
        (STATE, {"form": "x"}, "form is 'x'; it must be one of 'gram', 'qr'"),
        (X, {}, "data is a ndarray; pass Snapshots"),
    ],
)
def test_what_is_no_data_for_a_spectrum_is_refused(data, options, match):
    with pytest.raises(ParameterError, match=match):
        gram_state(data, **options)


def test_a_triangular_factor_passes_where_squares_are_asked_for():
    assert gram_state(QR) is QR
    assert gram_state(QR, form="qr") is QR


OTHER = accumulate(DATA, koopman.radial(X[:6], scale=1.0))


@pytest.mark.parametrize(
    ("states", "match"),
    [
        ((), r"states is \(\); pass at least one GramState"),
        ((STATE, DATA), r"states\[1\] is a Snapshots; pass what accumulate returns"),
        ((STATE, QR), r"states\[1\] has form 'qr' but states\[0\] has 'gram'; accumulate"),
        ((STATE, STATE, OTHER), r"states\[2\] has dictionary radial.*states\[0\] has mono"),
        ((STATE, accumulate(DATA)), r"states\[1\] has size \(2, 2\)"),
        ((accumulate(SLOWER), accumulate(DATA)), r"step 1.0 but states\[0\] has 2.0"),
        ((accumulate(WEIGHTED), accumulate(DATA)), "weighted False .* to all of the data"),
        ((ADJOINT, ADJOINT), r"states\[1\] is of the adjoint, .* put the snapshots togeth"),
    ],
)
def test_states_that_do_not_add_up_are_refused(states, match):
    with pytest.raises(ParameterError, match=match):
        merge(*states)


def test_steps_that_differ_by_rounding_are_one_step():
    near = Snapshots(X, X / 2, step=1.0 + 1e-12)
    state = accumulate([DATA, near])
    assert state.step == merge(state, accumulate(near)).step == 1.0
    assert merge(STATE).count == 40


FADED = accumulate(DATA, onto=STATE, forgetting=0.5)


@pytest.mark.parametrize(
    ("state", "data", "match"),
    [
        (DATA, DATA, "state is a Snapshots; pass what accumulate returns"),
        (QR, DATA, "state has form 'qr', .* accumulate the remaining ones"),
        (ADJOINT, DATA, "operator 'adjoint' .* accumulate the remaining ones"),
        (STATE, DATA, "snapshots has 40 samples .* nothing would remain: accumulate anew"),
        (STATE, WEIGHTED, "snapshots has weighted True but state has False"),
        (STATE, SLOWER, "snapshots has step 2.0 but state has 1.0"),
        (STATE, X, "snapshots is a ndarray; pass Snapshots"),
        (FADED, DATA, "state has forgotten: mass 60 of 80 samples, .* not both"),
    ],
)
def test_samples_that_cannot_be_taken_away(state, data, match):
    with pytest.raises(ParameterError, match=match):
        discard(state, data)


def test_samples_of_another_width_cannot_be_taken_away():
    with pytest.raises(ShapeError, match="make it with n_state=1"):
        discard(STATE, NARROW)


def test_lost_digits_are_warned_of():
    strange = Snapshots(X[:20] + 1, X[:20])  # was never among the samples
    with pytest.warns(
        AccuracyWarning, match="eigenvalues from -.* accumulate the remaining"
    ):
        discard(STATE, strange)
    large = Snapshots(1e7 * X, X)  # its rounding errors are as large as what remains
    with pytest.warns(
        AccuracyWarning, match="rounding errors of about .*: digits are lost"
    ):
        discard(accumulate([large, DATA]), large)


@pytest.mark.parametrize(
    ("fields", "error", "match"),
    [
        ({"form": "cholesky"}, ParameterError, "form is 'cholesky'; .* 'gram', 'qr'"),
        ({"operator": "K"}, ParameterError, "operator is 'K'; .* 'koopman', 'adjoint'"),
        ({"sampling": None}, ParameterError, "sampling is None; it must be one of"),
        (
            {"blocks": np.eye(3)},
            ShapeError,
            r"blocks has shape \(3, 3\), needed \(2 N, 2 N\)",
        ),
        ({"blocks": np.ones((2, 4))}, ShapeError, "or its triangular factor"),
        ({"blocks": np.ones(4)}, ShapeError, "blocks has shape .* needed 2 axes"),
        ({"blocks": np.diag([1, np.nan])}, ParameterError, "`blocks` has 1 values"),
        ({"blocks": np.eye(2) > 0}, ParameterError, "blocks has dtype bool"),
        (
            {"blocks": np.array([[1.0, 2.0], [0.5, 1.0]])},
            ParameterError,
            r"differs from its adjoint by 1.5 at a size of 2; .* \[\[G, A\], \[A\*, L\]\]",
        ),
        (
            {"form": "qr", "blocks": np.ones((2, 2))},
            ParameterError,
            'blocks has 1 below its diagonal; form "qr" takes the upper triangular',
        ),
        ({"moments": np.ones((2, 1))}, ShapeError, "needed 1 rows, one a function"),
        ({"moments": np.ones((1, 1)) * np.inf}, ParameterError, "`moments` has 1 values"),
        (
            {"moments": [[1.0, 2.0]], "squares": None},
            ShapeError,
            "functions of 1 columns .* 2 columns",
        ),
        ({"count": 0}, ParameterError, "count is 0; the number of samples"),
        ({"count": 1.5}, ParameterError, "count is 1.5; .* pass a whole number"),
        ({"mass": 0.0}, ParameterError, "mass is 0.0; the sum of the weights"),
        (
            {"mass": math.inf},
            ParameterError,
            "mass is inf; .* pass one finite number above 0",
        ),
        ({"step": -1.0}, ParameterError, "step is -1.0; the time between x and y"),
        ({"uniform": 1}, ParameterError, "uniform is 1; pass True where"),
        ({"dictionary": linear(2)}, ShapeError, "dictionary has 2 functions of 2 columns"),
        ({"dictionary": "linear"}, ParameterError, "dictionary is a str; pass the Diction"),
    ],
)
def test_a_state_made_by_hand_is_checked(fields, error, match):
    state = accumulate(NARROW)
    with pytest.raises(error, match=match):
        dataclasses.replace(state, **fields)


def test_a_state_made_by_hand_is_taken():
    state = GramState("gram", [[2, 1], [1, 3]], [[4]], 2, 2, True, 1)
    assert (state.G.item(), state.A.item(), state.L.item()) == (1.0, 0.5, 1.5)
    assert state.blocks.dtype == state.moments.dtype == np.float64
    assert merge(state, state).mass == 4.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        state.mass = 3.0


SINE = koopman.custom(np.sin, 1, n_state=1)
DIFFERENT = [
    linear(1),
    linear(2),
    monomials([1]),
    monomials(2),
    koopman.fourier(2),
    koopman.fourier(2, period=1.0),
    koopman.fourier(2, form="real"),
    koopman.hermite(2),
    koopman.hermite(2, scale=2.0),
    koopman.hermite(2, form="function"),
    koopman.chebyshev(2),
    koopman.chebyshev(2, interval=(0, 1)),
    koopman.legendre(2),
    koopman.radial(X[:3], scale=1.0),
    koopman.radial(X[:3], scale=2.0),
    koopman.radial(X[:3], scale=1.0, profile="laplacian"),
    koopman.radial(X[1:4], scale=1.0),
    koopman.indicator([0, 1, 2]),
    koopman.indicator([0, 1, 3]),
    koopman.tensor(koopman.fourier(1), koopman.hermite(1)),
    koopman.tensor(koopman.hermite(1), koopman.fourier(1)),
    koopman.union(linear(1), koopman.fourier(1)),
    koopman.delays(koopman.hermite(1), 2),
    koopman.delays(koopman.hermite(1), 3),
    SINE,
    koopman.custom(np.cos, 1, n_state=1),
    koopman.compress(DATA, monomials(3, n_state=2), rank=3),
    koopman.compress(DATA, monomials(3, n_state=2), rank=3, seed=5),
    None,
]


def test_dictionaries_are_the_same_if_they_evaluate_the_same():
    for j, a in enumerate(DIFFERENT):
        for k, b in enumerate(DIFFERENT):
            assert same_functions(a, b) == (j == k)


def test_a_dictionary_made_again_is_the_same():
    pairs = [
        (koopman.radial(X[:3], scale=1.0), koopman.radial(X[:3].copy(), scale=1)),
        (koopman.indicator([0, 1, 2]), koopman.indicator(np.arange(3.0))),
        (SINE, koopman.custom(np.sin, 1, n_state=1, name="sine")),
        (
            koopman.tensor(koopman.fourier(1), koopman.hermite(1)),
            koopman.tensor(koopman.fourier([-1, 0, 1]), koopman.hermite([0, 1])),
        ),
    ]
    for a, b in pairs:
        assert same_functions(a, b)
