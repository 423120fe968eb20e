"""What several arguments can get wrong together: a call, and the advice it is given."""

import math

import numpy as np

from perturbsci import backend
from perturbsci import statespace as ss
from tests.statespace.statespace_calls import DISCRETE, LEGS, MODES, SEQUENCES

BIG = 10**12
WIDE = ss.DiagonalSystem(-np.arange(1.0, 201.0), np.ones(200), np.ones(200))
WIDE_STEPS = ss.discretize(WIDE, 0.1)
TOO_LARGE = {
    "hippo": lambda: ss.hippo("fout", BIG),
    "legs_states": lambda: ss.legs_states(np.ones(1000), BIG),
    "legs_log10_condition": lambda: ss.legs_log10_condition(BIG),
    "legs_spikes": lambda: ss.legs_spikes(BIG, 1),
    "lagt_shift_poles": lambda: ss.lagt_shift_poles(BIG, 0.1),
    "convolution_kernel": lambda: ss.convolution_kernel(DISCRETE, BIG),
    "the kernel of full matrices": lambda: ss.convolution_kernel(ss.dense(DISCRETE), BIG),
    "initialize": lambda: ss.initialize("s4d-lin", BIG),
    "a ring": lambda: ss.initialize("lru", 2, inputs=BIG),
    "copies": lambda: ss.initialize("s4d-lin", 2, copies=BIG),
    "a series": lambda: ss.initialize("hope", 10**5, inputs=10**4, outputs=10**4),
    "a wide classifier": lambda: ss.sequence_classifier(1, 2, width=BIG),
    "a deep classifier": lambda: ss.sequence_classifier(1, 2, depth=BIG),
    "samples": lambda: ss.listops(BIG),
    "noise": lambda: ss.fourier_noise((10**6, 10**7), 1.0, step=0.1),
    "beyond the range of float": lambda: ss.hippo("legs", 10**400),
}


SMALL = {
    "dense": lambda: ss.dense(WIDE),
    "difference": lambda: ss.difference(WIDE, WIDE_DENSE),
    "hinf_norm": lambda: ss.hinf_norm(WIDE),
    "h2_norm": lambda: ss.h2_norm(WIDE),
    "gramians": lambda: ss.gramians(WIDE),
    "hankel_singular_values": lambda: ss.hankel_singular_values(WIDE),
    "perturb_then_diagonalize": lambda: ss.perturb_then_diagonalize(WIDE_DENSE.a),
    "convolution_kernel": lambda: ss.convolution_kernel(WIDE_STEPS, 10**4),
}
WIDE_DENSE = ss.dense(WIDE)


def frugal(call):
    """Return the call under a backend of little memory."""

    def limited():
        with backend.use("numpy", memory=100_000):
            call()

    return limited


B = [1.0, 1.0]
COPIES = ss.DiagonalSystem(-np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 2)))
TWO = ss.DenseSystem(-np.eye(2), np.eye(2), np.eye(2))
MEMORY = (LEGS.a, LEGS.b, LEGS.low_rank)
TOGETHER = {  # arguments that are wrong only together
    "two targets": (
        lambda: ss.perturb_then_diagonalize(LEGS, theta=0.1, condition=9),
        "theta and condition are both given; pass one target",
    ),
    "a target of another method": (
        lambda: ss.perturb_then_diagonalize(LEGS, method="random", theta=0.1),
        "theta is 0.1, a target that method='random' does not have; pass size",
    ),
    "a weight of the shift": (
        lambda: ss.perturb_then_diagonalize(LEGS, weight=1.0),
        "weight is 1.0, a target that method='shift' does not have; pass theta",
    ),
    "a size beyond all": (
        lambda: ss.perturb_then_diagonalize(LEGS, method="random", size=1e300),
        "size is .*; pass a size of at most 1e",
    ),
    "a factor of another method": (
        lambda: ss.perturb_then_diagonalize(LEGS, method="random", low_rank=LEGS.low_rank),
        "low_rank is given with method='random'",
    ),
    "a memory with a wrong shift": (
        lambda: ss.perturb_then_diagonalize(ss.Hippo("mine", *MEMORY, 0.4)),
        "low_rank has shape .* only to .* relative",
    ),
    "a memory with a word for a shift": (
        lambda: ss.perturb_then_diagonalize(ss.Hippo("mine", *MEMORY, "half")),
        "a.shift is 'half'; pass one finite number",
    ),
    "a memory with an infinite shift": (
        lambda: ss.perturb_then_diagonalize(ss.Hippo("mine", *MEMORY, math.inf)),
        "a.shift is inf; pass one finite number",
    ),
    "two precisions": (
        lambda: ss.DenseSystem(np.eye(2, dtype=np.float32), [1.0, 1.0], [1.0, 1.0]),
        "a has dtype float32 but b has dtype float64",
    ),
    "unlike steps": (
        lambda: ss.difference(ss.discretize(MODES, 0.1), ss.discretize(MODES, 0.2)),
        "second has step 0.2 but first has 0.1; discretize both",
    ),
    "unlike ports": (lambda: ss.difference(MODES, TWO), "second has 2 outputs"),
    "unlike copies": (lambda: ss.difference(COPIES, MODES), "second has .* copies"),
    "the norm of copies": (lambda: ss.hinf_norm(COPIES), "system has copies .* take one"),
    "the energy of copies": (lambda: ss.h2_norm(COPIES), "system has copies"),
    "Gramians of copies": (lambda: ss.gramians(COPIES), "system has copies"),
    "full matrices of copies": (lambda: ss.dense(COPIES), "system has copies"),
    "an L1 norm of two ports": (
        lambda: ss.kernel_l1_norm(ss.discretize(TWO, 0.1)),
        "system has 2 outputs, 2 inputs",
    ),
    "a pole of the trapezoidal rule": (
        lambda: ss.discretize(ss.DenseSystem([[2.0]], [1.0], [1.0]), 1.0, rule="bilinear"),
        "step is 1, where the rule 'bilinear' overflows or has a pole; shorten",
    ),
    "a pole of the implicit rule with feedback": (
        lambda: ss.discretize(
            ss.LowRankSystem([0.0], [-1.0], [1.0], [1.0], [1.0]), 1.0, rule="backward_euler"
        ),
        "step is 1, where the rule 'backward_euler' overflows",
    ),
    "an exponential that overflows": (
        lambda: ss.discretize(ss.DenseSystem([[1e5]], [1.0], [1.0]), 1.0),
        "step is 1, where the rule 'zoh' overflows",
    ),
    "an exponent that overflows": (
        lambda: ss.discretize(MODES, 1e308),
        "step makes lambda h reach .* shorten the step",
    ),
    "a rule that loses the form": (
        lambda: ss.discretize(ss.LowRankSystem([-1.0], [1.0], [1.0], [1.0], [1.0]), 0.1),
        "rule is 'zoh', which does not keep the form",
    ),
    "a pair of weight one": (
        lambda: ss.LowRankSystem([-1 + 1j], [1.0], [1.0], [1.0], [1.0], weights=[1.0]),
        "eigenvalues has complex entries for a mode of weight 1",
    ),
    "a half that is none": (
        lambda: ss.halve(ss.DiagonalSystem([-1 + 1j], [1j], [1.0])),
        "system has 1 eigenvalues above and 0 below",
    ),
    "complex inputs of a halved system": (
        lambda: ss.simulate(
            ss.DiagonalSystem([0.5 + 0.1j], [1.0], [1.0], step=1.0, weights=[2.0]),
            SEQUENCES * 1j,
        ),
        "inputs has dtype complex128, needed real numbers",
    ),
    "a Hankel system step by step": (
        lambda: ss.advance(ss.HankelSystem([1.0], step=1.0), [[1.0]], [[1.0]]),
        "system is a HankelSystem, which has no states; pass dense",
    ),
    "a Gramian beyond all": (
        lambda: ss.gramians(ss.DiagonalSystem([-1.0], [1e200], [1.0])),
        "b is so large that its Gramian overflows; scale b down",
    ),
    "a matrix beyond all": (
        lambda: ss.perturb_then_diagonalize(np.full((3, 3), 1.7e308)),
        r"a has entries up to 2\^1024, whose eigenvalues overflow; scale a down",
    ),
    "squares that overflow": (
        lambda: ss.hinf_norm(ss.DenseSystem([[-1.0, 1e300], [0.0, -1.0]], B, B)),
        "system has entries of a up to 1e.300, whose squares overflow; take a shorter",
    ),
    "Gramians of an unstable system": (
        lambda: ss.gramians(ss.DiagonalSystem([1.0], [1.0], [1.0])),
        "system is unstable",
    ),
    "blocks of a name that has none": (
        lambda: ss.initialize("s4", 8, blocks=2),
        "blocks is 2 for 's4'",
    ),
    "copies of a name that has none": (
        lambda: ss.initialize("hope", 8, copies=2),
        "copies is 2 for 'hope'",
    ),
    "a share of a name that needs none": (
        lambda: ss.initialize("s4d-lin", 8, theta=7.0),
        "theta is 7.0; pass one finite number from 0 to 1",
    ),
    "a ring of a name that needs none": (
        lambda: ss.initialize("s4d-lin", 8, radius_range=(0.5, 2.0)),
        "radius_range is .* pass two numbers from 0 to 1",
    ),
    "a backend that is none": (
        lambda: ss.hippo("legs", 4, backend="torch"),
        "backend is 'torch'",
    ),
    "parameters without names": (
        lambda: ss.SequenceClassifier("s4d", ("encoder.bias",), ()),
        "names has 1 entries and values 0; pass as many",
    ),
    "names that are a number": (
        lambda: ss.SequenceClassifier("s4d", 3, ()),
        "names is 3; pass a tuple of them",
    ),
    "samples that no tree can have": (
        lambda: ss.listops(1, min_length=5000, max_length=6000, max_depth=1),
        "min_length is 5000",
    ),
}


MUCH = "needs about .* GiB, more than the .* lower"
LIMIT = r"raise the limit with backend\.use"
SPECIAL = TOGETHER | {
    **{f"{name} beyond the memory": (call, MUCH) for name, call in TOO_LARGE.items()},
    **{f"{name} beyond a limit": (frugal(call), LIMIT) for name, call in SMALL.items()},
}
