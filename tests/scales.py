"""Numbers at the ends of the range of float: none hangs, crashes or is silently wrong."""

import dataclasses
import warnings

import numpy as np

from perturbsci.errors import AccuracyWarning, PerturbsciError
from perturbsci.results import Result
from perturbsci.verification import Certificate
from tests.mistakes import is_flagged, within

LARGE = {"huge": 1e308, "big": 1e160}  # sums overflow; squares overflow
SMALL = {"small": 1e-160, "tiny": 1e-320}  # squares vanish; digits are missing


def scaled(good):
    """Return a number, or an array of numbers, at the ends of the range of float."""
    if isinstance(good, float):
        return {"huge": 1e308, "tiny": 1e-320, "minus huge": -1e308}
    if not isinstance(good, (list, tuple, np.ndarray)):
        return {}
    try:
        array = np.asarray(good)
    except ValueError:  # ragged
        return {}
    if array.dtype.kind not in "fc" or not np.abs(array).max(initial=0.0) > 0:
        return {}
    unit = array / np.abs(array).max()
    made = {label: unit * size for label, size in (LARGE | SMALL).items()}
    return (
        made if isinstance(good, np.ndarray) else {k: v.tolist() for k, v in made.items()}
    )


def is_finite(result):
    """Tell whether all numbers of a result are finite; those of certificates aside."""
    if isinstance(result, (float, complex, np.number, np.ndarray)):
        array = np.asarray(result)
        return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
    if isinstance(result, (tuple, list)):
        return all(map(is_finite, result))
    if dataclasses.is_dataclass(result) and not isinstance(result, (type, Certificate)):
        fields = dataclasses.fields(result)
        return all(is_finite(getattr(result, field.name)) for field in fields)
    return True


def unsound(call, name, *, seconds=20):
    """Return, by label, what is neither refused, flagged, warned of nor finite.

    What overflows in the arithmetic of NumPy is infinite, with NumPy's warning.
    """
    function, arguments = call
    good = {key: value for key, (value, _, _) in arguments.items()}
    if not is_finite(function(**good)):
        return {}
    found = {}
    for label, value in scaled(good[name]).items():
        try:
            with within(seconds), warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("error")
                warnings.filterwarnings("always", category=RuntimeWarning)
                result = function(**good | {name: value})
                flagged = isinstance(result, Result) and is_flagged(result)
        except (PerturbsciError, AccuracyWarning):
            continue
        except Exception as error:
            found[label] = f"{type(error).__name__}: {error}"
            continue
        if not (seen or flagged or is_finite(result)):
            found[label] = "not finite, and nothing says so"
    return found
