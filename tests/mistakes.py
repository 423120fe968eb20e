"""What users pass by mistake to any subpackage, and whether each is refused with advice."""

import contextlib
import decimal
import inspect
import math
import re
import signal

import numpy as np
import scipy.sparse
import sympy as sp

from perturbsci.errors import ConvergenceError, PerturbsciError
from perturbsci.results import Result, Status

BEYOND = 10**400  # no float

NO_NUMBERS = {
    "none": None,
    "text": "1",
    "list": [1],
    "array": np.array([1]),
    "bool": True,
    "bool of numpy": np.True_,
    "complex": 1j,
    "nan": math.nan,
    "infinity": math.inf,
    "decimal": decimal.Decimal(1),
    "class": float,
    "sparse": scipy.sparse.eye_array(2),
}
NO_FLAG = {"none": None, "text": "yes", "one": 1, "zero": 0, "array": np.ones(2) > 0}
NO_SEED = {
    "none": None,
    "text": "x",
    "float": 1.5,
    "negative": -1,
    "bool": True,
    "list": [1],
    "module": np.random,
}


NO_REAL = NO_NUMBERS | {"beyond": BEYOND}
NO_POSITIVE = NO_REAL | {"zero": 0, "negative": -1.0, "minus infinity": -math.inf}
NO_WHOLE = NO_NUMBERS | {"float": 2.0, "half": 1.5}
NO_FUNCTION = {"none": None, "number": 3.0, "text": "sin", "array": np.ones(3)}
NO_SYMBOL = {
    "none": None,
    "text": "x",
    "number": 1.0,
    "sum": sp.Symbol("x") + 1,
    "list": [sp.Symbol("x")],
    "class": sp.Symbol,
    "array": np.ones(2),
}
NO_EXPRESSION = {
    "none": None,
    "text": "x + 1",
    "dict": {},
    "class": sp.Symbol,
    "array": np.ones(2),
    "function": math.sin,
    "nan": sp.nan,
    "infinity": sp.zoo,
    "truth": sp.true,
    "relation": sp.Symbol("x") < 1,
}
NO_INTERVAL = {
    "none": None,
    "number": 1.0,
    "text": "01",
    "one": (0.0,),
    "three": (0.0, 0.5, 1.0),
    "reversed": (1.0, 0.0),
    "empty": (1.0, 1.0),
    "nan": (0.0, math.nan),
    "infinity": (0.0, math.inf),
    "texts": ("0", "1"),
    "bools": (False, True),
    "complex": (0j, 1j),
    "two axes": np.zeros((2, 2)),
    "beyond": (0.0, BEYOND),
}


def no_choice(good):
    """Return what is none of some words, after the example of one of them."""
    return {
        "unknown": "nonsense",
        "upper": good.upper() if good != good.upper() else good.lower(),
        "empty": "",
        "none": None,
        "number": 3,
        "list": [good],
        "array": np.array([good, good]),
        "bytes": good.encode(),
    }


def no_array(good):
    """Return what is no array of numbers, after the example of a good one."""
    good = np.asarray(good, dtype=float)
    nan, infinity = good.copy(), good.copy()
    nan.flat[-1], infinity.flat[0] = math.nan, -math.inf
    mask = np.zeros(good.shape, bool)
    mask.flat[0] = True
    return {
        "none": None,
        "text": "text",
        "dict": {"a": 1},
        "object": good.astype(object),
        "texts": np.full(good.shape, "1"),
        "bool": good > 0,
        "ragged": [[1.0, 2.0], [3.0]],
        "nan": nan,
        "infinity": infinity,
        "masked": np.ma.masked_array(good, mask),
        "float16": good.astype(np.float16),
        "generator": (number for number in good.flat),
        "sparse": scipy.sparse.eye_array(2),
        "dates": np.zeros(good.shape, "M8[s]"),
        "longdouble": good.astype(np.longdouble),
        "class": np.ndarray,
        "function": np.sin,
    }


def no_panel(good):
    """Return what is no array of the number of axes of the good one."""
    good = np.asarray(good)
    axes = {"empty": good[:0], "an axis more": good[..., None, None, None]}
    return no_array(good.real) | axes


def no_matrix(good):
    """Return what is no square matrix, after the example of a good one."""
    good = np.asarray(good)
    return no_panel(good) | {
        "number": 3.0,
        "row": good[0],
        "wide": good[:-1],
        "tall": good[:, :-1],
        "no axis": np.float64(1.0),
    }


def but(mistakes, *labels):
    """Return the mistakes that are some for this argument too."""
    return {label: value for label, value in mistakes.items() if label not in labels}


class Doubtful:
    """What is no mistake by itself: the result has to say what is wrong with it."""

    def __init__(self, value):
        self.value = value


# What a message says beside the name of the argument: what is needed, or what to do.
ADVICE = (
    "pass|must|need|not finite|no number|rows have different lengths|did you mean|it has|"
    "such as|allowed|does not broadcast|one right side|the statement has|may hold|"
    "an interval is|it holds|are positive|both have|(?i:give|make|take|keep|drop|say|use|"
    "write|choose|convert|lower|raise|shorten|scale|multiply|add|rescale|substitute|look|call|build|change|"
    "start|name|return|integrate|check|rename|leave|ask|discretize) "
)


def entry(good, mistakes, advice=ADVICE):
    """Return the entry of an argument; None is no mistake where it is the default."""
    return good, advice, but(mistakes, "none") if good is None else mistakes


def array(good, **more):
    return entry(good, no_panel(good) | more)


def pointwise(good, **more):
    """Return the entry of an array of any shape, empty too."""
    return entry(good, but(no_panel(good), "empty", "an axis more") | more)


def matrix(good, **more):
    return entry(good, no_matrix(good) | more)


def holed(good, **more):
    """Return the entry of an array that may hold NaN and infinity, and be empty."""
    known = but(no_panel(good), "empty", "an axis more", "nan", "infinity")
    return entry(good, known | more)


def like(good, **more):
    """Return the entry of an array that may be None, with mistakes like this array."""
    return entry(None, no_panel(good) | more)


def number(good=0.0, **more):
    return entry(good, NO_REAL | more)


def positive(good=1.0, **more):
    return entry(good, NO_POSITIVE | more)


def whole(good=1, least=1, **more):
    return entry(good, NO_WHOLE | {"below": least - 1, "beyond": -BEYOND} | more)


def choice(good, **more):
    return entry(good, no_choice(good) | more)


def flag(good=True):
    return entry(good, NO_FLAG)


def seed(good=0):
    return entry(good, NO_SEED)


def function(good, **more):
    return entry(good, NO_FUNCTION | more)


def symbol(good, **more):
    return entry(good, NO_SYMBOL | more)


def expression(good, **more):
    return entry(good, NO_EXPRESSION | more)


def several(good, single, *right, **more):
    """Return the entry of a sequence of things with mistakes, less those right here."""
    inside = {f"{label} inside": (wrong,) for label, wrong in single.items()}
    outside = {"none": None, "number": 3.0, "empty": (), "class": tuple}
    return entry(good, but(outside | inside | more, *right))


def called(function, good, mistakes):
    """Return the entry of a function from its good arguments and the mistakes of each."""
    defaults = inspect.signature(function).parameters
    values = {name: defaults[name].default for name in mistakes} | good
    return function, {
        name: entry(value, mistakes.get(name, {})) for name, value in values.items()
    }


class TooSlowError(Exception):
    """A wrong argument was not refused before the work started."""


@contextlib.contextmanager
def within(seconds):
    """Stop what takes longer, so that no mistake can hang the tests."""

    def stop(*_):
        raise TooSlowError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_flagged(result):
    """Tell whether a result says that it is not to be trusted."""
    claims = getattr(result, "certificates", None) or (result.certificate,)
    normal = result.status in (Status.CONVERGED, Status.EXACT)
    return not normal or not all(c.passed for c in claims)


def accepted(call, name, *, seconds=20):
    """Return, by label, what came instead of a message with the name and the advice.

    ``call`` is a function with its arguments, each a good value, its advice, its mistakes.
    """
    function, arguments = call
    good = {key: value for key, (value, _, _) in arguments.items()}
    _, advice, mistakes = arguments[name]
    words = {
        name,
        name.removesuffix("s"),
        f"{name}s",
    }  # a message may be about one of several
    match = (
        advice
        if isinstance(advice, re.Pattern)
        else re.compile(rf"\b({'|'.join(sorted(words))})\b(?s:.*)({advice})")
    )
    found = {}
    for label, wrong in mistakes.items():
        doubtful = isinstance(wrong, Doubtful)
        try:
            with within(seconds):
                result = function(**good | {name: wrong.value if doubtful else wrong})
        except ConvergenceError as error:
            if not doubtful:
                found[label] = f"ConvergenceError: {error}"
        except PerturbsciError as error:
            if not match.search(str(error)):
                found[label] = str(error)
        except Exception as error:
            found[label] = f"{type(error).__name__}: {error}"
        else:
            if not doubtful or not is_flagged(result):
                found[label] = "no error"
    return found


def functions(module):
    """Yield every public function, class and method of a module by name."""
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            inner = functions(thing)
            yield from ((f"{name}.{key}", function) for key, function in inner)
        elif inspect.isclass(thing):
            yield name, thing
            for key, member in vars(thing).items():
                member = inspect.unwrap(getattr(member, "__func__", member))
                inherited = key in ("arrays", "summary") or key.startswith("_")
                if inspect.isfunction(member) and not inherited:
                    yield f"{name}.{key}", member
        elif callable(thing):
            yield name, thing


def is_result(thing):
    """Tell whether a class is one of results, which functions make and users do not."""
    return inspect.isclass(thing) and issubclass(thing, Result)
