"""What users pass by mistake to any subpackage, and whether each is refused with advice."""

import decimal
import inspect
import math
import re

import numpy as np

from perturbsci.errors import ParameterError, ShapeError

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
    }


def but(mistakes, *labels):
    """Return the mistakes that are some for this argument too."""
    return {label: value for label, value in mistakes.items() if label not in labels}


def accepted(call, name, advice, mistakes):
    """Return, by label, what came instead of a message with the name and the advice.

    ``call`` is a function with its arguments, each a good value, its advice, its mistakes.
    """
    function, arguments = call
    good = {key: value for key, (value, _, _) in arguments.items()}
    words = {name, name.removesuffix("s")}  # a message may be about one of several
    match = re.compile(rf"\b({'|'.join(sorted(words))})\b(?s:.*)({advice})")
    found = {}
    for label, wrong in mistakes.items():
        try:
            function(**good | {name: wrong})
        except (ParameterError, ShapeError) as error:
            if not match.search(str(error)):
                found[label] = str(error)
        else:
            found[label] = "no error"
    return found


def functions(module, made_here=()):
    """Yield every public function, class and method by name.

    Classes in ``made_here`` are returned by functions and not called by users.
    """
    for name in module.__all__:
        thing = getattr(module, name)
        if name not in made_here:
            yield name, thing
        if inspect.isfunction(thing):
            continue
        for key, member in vars(thing).items():
            member = inspect.unwrap(getattr(member, "__func__", member))
            inherited = key in ("arrays", "summary") or key.startswith("_")
            if inspect.isfunction(member) and not inherited:
                yield f"{name}.{key}", member
