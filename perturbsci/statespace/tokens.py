"""ListOps: nested operations on digits, written as text whose value is the class.

    [MAX 2 9 [MIN 4 7 ] 0 ]  ->  9

MIN, MAX, MED (the median, rounded down) and SM (the sum modulo 10) of digits 0 to 9. The
root is an operator; a node below ``max_depth`` is one with probability 1/4, else a digit.
Text is parsed with a stack, never evaluated.

Reference: Nangia and Bowman (2018).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, whole
from perturbsci.errors import ParameterError
from perturbsci.statespace.memory import check_memory
from perturbsci.types import Array, Seed

__all__ = ["ListOps", "listops", "listops_value"]

OPERATORS: dict[str, Callable[[list[int]], int]] = {
    "[MIN": min,
    "[MAX": max,
    "[MED": lambda values: _median(values),
    "[SM": lambda values: sum(values) % 10,
}
DIGITS = tuple("0123456789")
END = "]"
VOCABULARY = ("", *DIGITS, *OPERATORS, END)  # the first fills up short samples
SHARE = 0.25  # of operators among the nodes below the root
TRIES = 100_000  # draws for one sample
POOL = 4096  # uniform numbers at a time


@dataclass(frozen=True, slots=True, eq=False)
class ListOps:
    """Samples of nested operations.

    Parameters
    ----------
    tokens : int64 array, shape (n_samples, longest)
        Places in ``vocabulary``; 0 after the end of a sample.
    lengths : int64 array, shape (n_samples,)
        Number of tokens.
    labels : int64 array, shape (n_samples,)
        Values, 0 to 9.
    vocabulary : tuple of str
        What the tokens stand for.

    Examples
    --------
    >>> data = listops(1, min_length=4, max_length=12, seed=3)
    >>> text = " ".join(data.vocabulary[k] for k in data.tokens[0, : data.lengths[0]])
    >>> text, int(data.labels[0])
    ('[MED 7 [MED 6 5 1 1 5 ] 3 ]', 5)
    """

    tokens: Array
    lengths: Array
    labels: Array
    vocabulary: tuple[str, ...]


def listops(
    n_samples: int,
    *,
    min_length: int = 64,
    max_length: int = 256,
    max_depth: int = 10,
    max_arguments: int = 10,
    seed: Seed = 0,
) -> ListOps:
    """Return random nested operations and their values.

    Parameters
    ----------
    n_samples : int
        From 1 on.
    min_length, max_length : int
        Tokens of a sample; others are drawn again.
    max_depth : int
        Level of the deepest digits, from 1 on: the root is level 1 and an operator, nodes
        of this level and below are digits.
    max_arguments : int
        Operators have 2 to so many, uniformly.
    seed : int or numpy.random.Generator
        Of the random draws.

    Returns
    -------
    data : ListOps
        On the host.

    Raises
    ------
    ParameterError
        If a number is out of range, or no sample has a length in the range.

    Notes
    -----
    A draw is given up once it is too long, so that it takes at most ``max_length`` steps.

    Examples
    --------
    >>> data = listops(3, seed=0)
    >>> data.tokens.shape[0], bool((data.lengths >= 64).all())
    (3, True)
    """
    count = whole(n_samples, "n_samples", least=1)
    least = whole(min_length, "min_length", least=1)
    most = whole(max_length, "max_length", least=max(least, 4))
    depth = whole(max_depth, "max_depth", least=1)
    arguments = whole(max_arguments, "max_arguments", least=2)
    _check_reach(least, depth, arguments)
    check_memory(16 * count * most, "listops", "lower n_samples or max_length")
    uniform = _uniform(seed)
    samples = [_sample(uniform, least, most, depth, arguments) for _ in range(count)]
    lengths = numpy.array([len(sample) for sample in samples])
    tokens = numpy.zeros((count, int(lengths.max())), dtype=numpy.int64)
    for row, sample in zip(tokens, samples, strict=True):
        row[: len(sample)] = sample
    labels = [listops_value(" ".join(VOCABULARY[k] for k in each)) for each in samples]
    return ListOps(tokens, lengths.astype(numpy.int64), numpy.array(labels), VOCABULARY)


def _check_reach(least: int, depth: int, arguments: int) -> None:
    """Refuse a length that no tree has; the longest one is full."""
    longest = 1
    for _ in range(max(depth - 1, 1)):
        longest = 2 + arguments * longest
        if longest >= least:
            return
    raise ParameterError(
        f"min_length is {least}, but samples of max_depth {depth} with max_arguments "
        f"{arguments} have at most {longest} tokens; lower it, or allow deeper trees"
    )


def _uniform(seed: Seed) -> Iterator[float]:
    """Yield uniform numbers without end."""
    rng = numpy.random.default_rng(checked_seed(seed))
    while True:
        yield from rng.random(POOL).tolist()


def _sample(
    uniform: Iterator[float], least: int, most: int, depth: int, arguments: int
) -> list[int]:
    """Return the tokens of a tree whose length is in the range."""
    for _ in range(TRIES):
        sample = _tree(uniform, most, depth, arguments)
        if least <= len(sample) <= most:
            return sample
    raise ParameterError(
        f"min_length is {least} and max_length {most}, but none of {TRIES} samples had so "
        "many tokens; widen the range, or change max_depth or max_arguments"
    )


def _tree(uniform: Iterator[float], most: int, depth: int, arguments: int) -> list[int]:
    """Return the tokens of a random tree, cut once they are too many."""
    names, end = list(OPERATORS), VOCABULARY.index(END)
    first = 1 + len(DIGITS)
    tokens: list[int] = []
    missing = [1]  # children to come, one entry a level; the root is alone on its own
    while missing and len(tokens) <= most:
        if missing[-1] == 0:
            missing.pop()
            if missing:
                tokens.append(end)
            continue
        missing[-1] -= 1
        is_root = not tokens
        if is_root or (len(missing) < depth and next(uniform) < SHARE):
            tokens.append(first + int(len(names) * next(uniform)))
            missing.append(2 + int((arguments - 1) * next(uniform)))
        else:
            tokens.append(1 + int(len(DIGITS) * next(uniform)))
    return tokens


def listops_value(text: str) -> int:
    """Return the value of one nested operation.

    Parameters
    ----------
    text : str
        ``[MAX 2 9 [MIN 4 7 ] 0 ]`` and the like; a single digit is its own value.

    Returns
    -------
    value : int
        From 0 to 9.

    Raises
    ------
    ParameterError
        If the text is malformed: an unknown word, a missing or surplus bracket, an
        operator without arguments.

    Notes
    -----
    One pass; nesting may be as deep as memory allows.

    Examples
    --------
    >>> listops_value("[MAX 2 9 [MIN 4 7 ] 0 ]"), listops_value("[SM 8 [MED 1 4 ] ]")
    (9, 0)
    """
    if not isinstance(text, str):
        raise ParameterError(
            f"text is a {type(text).__name__}; pass a str such as '[MAX 2 9 ]'"
        )
    open_ones: list[tuple[str, list[int]]] = [("", [])]
    for place, word in enumerate(text.replace(END, f" {END} ").split()):
        if word in OPERATORS:
            open_ones.append((word, []))
        elif word in DIGITS:
            open_ones[-1][1].append(int(word))
        elif word == END and len(open_ones) > 1 and open_ones[-1][1]:
            operator, values = open_ones.pop()
            open_ones[-1][1].append(OPERATORS[operator](values))
        else:
            raise ParameterError(
                f"text has {word!r:.20} as word {place}, which fits no operation; write "
                "digits and [MIN, [MAX, [MED, [SM with arguments and ]"
            )
    operator, values = open_ones[-1]
    if len(open_ones) > 1 or len(values) != 1:
        raise ParameterError(
            f"text ends with {len(open_ones) - 1} open brackets and {len(values)} values; "
            "close each operator, and write one operation"
        )
    return values[0]


def _median(values: list[int]) -> int:
    """Return the median, the mean of the middle two rounded down."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) // 2
