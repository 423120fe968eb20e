"""Changes that no test can notice, each with the reason; names as in ``mutation``."""

SHAPES = "the shape was checked, or is checked in the next line"
DIGITS = "one digit more or less of a rounded number is as good"

LIKE = "an array of this dtype is wanted, whatever its length"

SPEED = "the length of a piece changes the speed only"
NEGATIVE = "NumPy takes any negative extent for the one to be found"

EQUIVALENT = {
    "perturbsci/io/archive.py": {
        "CHUNK: 2 ** 18 -> 2 * 18": SPEED,
        "CHUNK: 2 -> 3": SPEED,
        "CHUNK: 2 -> 1": SPEED,
        "CHUNK: 18 -> 19": SPEED,
        "CHUNK: 18 -> 17": SPEED,
        "payload: 1 -> 2": NEGATIVE,
        "npy_header: 0 -> 1 #2": "a header without extents is padded to 64 bytes anyhow",
        "npy_header: 0 -> -1 #2": "a header without extents is padded to 64 bytes anyhow",
        "portable_array: False -> True": "a copy more has the same bits",
    },
    "perturbsci/io/reading.py": {
        "_read_array: False -> True": "a copy more has the same bits",
    },
    "perturbsci/io/writing.py": {
        "_meta_bytes: False -> True": "numbers that JSON has not are texts by then",
    },
    "perturbsci/koopman/pairs.py": {
        "mean_functions: 0 -> 1 #2": LIKE,
        "mean_functions: 0 -> -1 #2": LIKE,
        "root_weights: 1 -> 2": LIKE,
        "root_weights: 1 -> 0": LIKE,
        "representatives: 0 -> -1 #2": "the tuple holds one array",
        "_apply: if xp.isdtype(psi.dtype, 'complex floating'): -> "
        "if not xp.isdtype(psi.dtype, 'complex floating'):": "the products agree; one is "
        "faster",
    },
    "perturbsci/verification/backward.py": {
        "eigen_backward_error: 0 -> 1": SHAPES,
        "eigen_backward_error: 0 -> -1": SHAPES,
        "eigen_backward_error: 0 -> -1 #2": SHAPES,
        "_scaled: 0 -> 1 #2": "the quotient does not depend on a scale of nothing",
        "_scaled: 0 -> -1 #2": "the quotient does not depend on a scale of nothing",
    },
    "perturbsci/verification/orders.py": {
        "observed_order: 14 -> 15": DIGITS,
        "observed_order: 14 -> 13": DIGITS,
    },
    "perturbsci/verification/uniform.py": {
        "uniform_order: True -> False #2": "observed_order refuses complex steps as well",
        "uniform_order: 0.0 -> -1.0": "the errors there are positive",
        "_error: 1.0 -> 2.0": "any negative number is refused",
        "_error: 1.0 -> 2.0 #2": "any negative number is refused",
    },
    "perturbsci/verification/references.py": {
        "load_reference: 1 -> 2": "only the first of the nearest is shown",
    },
}
