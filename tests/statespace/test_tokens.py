"""ListOps: text against an independent evaluation, grammar, probabilities, bad text."""

import statistics

import numpy
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError
from perturbsci.statespace import listops, listops_value


def nested(words):
    """Read words into nested lists, by recursion."""
    word = next(words)
    if not word.startswith("["):
        return int(word)
    found = [word]
    while True:
        try:
            found.append(nested(words))
        except ValueError:  # int("]")
            return found


def value(tree):
    if isinstance(tree, int):
        return tree
    name, *values = (each if isinstance(each, str) else value(each) for each in tree)
    rules = {"[MIN": min, "[MAX": max, "[SM": lambda v: sum(v) % 10}
    return rules.get(name, lambda v: int(statistics.median(v)))(values)


def operators(tree, level=1):
    """Return (level, number of arguments) of every operator."""
    if isinstance(tree, int):
        return []
    below = [each for child in tree[1:] for each in operators(child, level + 1)]
    return [(level, len(tree) - 1), *below]


def texts(data):
    return [
        " ".join(data.vocabulary[k] for k in row[:length])
        for row, length in zip(data.tokens, data.lengths, strict=True)
    ]


def test_labels_are_the_values_of_the_text():
    data = listops(80, seed=0)
    for text, label in zip(texts(data), data.labels, strict=True):
        assert label == value(nested(iter(text.split())))
        assert label == listops_value(text)
    assert set(data.labels.tolist()) == set(range(10))


def test_samples_follow_the_grammar():
    data = listops(80, max_depth=4, max_arguments=5, min_length=10, max_length=90, seed=1)
    assert data.lengths.min() >= 10
    assert data.lengths.max() <= 90
    assert data.tokens.shape == (80, data.lengths.max())
    for row, length in zip(data.tokens, data.lengths, strict=True):
        assert (row[:length] > 0).all()
        assert (row[length:] == 0).all()
    found = [operators(nested(iter(text.split()))) for text in texts(data)]
    levels = {level for each in found for level, _ in each}
    assert levels == {1, 2, 3}  # digits end at level 4
    assert {count for each in found for _, count in each} == {2, 3, 4, 5}


def test_probabilities_without_rejection():
    """One level: 2..10 arguments alike; each child of a root an operator once in four."""
    n = 2000
    flat = listops(n, max_depth=1, min_length=4, max_length=12, seed=2)
    counts = numpy.bincount(flat.lengths - 2, minlength=11)[2:]
    # 5 standard errors of a binomial with probability 1/9
    assert abs(counts / n - 1 / 9).max() <= 5 * (8 / 81 / n) ** 0.5
    deep = listops(n, max_depth=2, max_arguments=2, min_length=4, max_length=4, seed=2)
    assert (deep.lengths == 4).all()
    both = listops(n, max_depth=3, max_arguments=2, min_length=4, max_length=10, seed=2)
    trees = [nested(iter(text.split())) for text in texts(both)]
    share = numpy.mean([isinstance(child, list) for tree in trees for child in tree[1:]])
    assert abs(share - 0.25) <= 5 * (0.25 * 0.75 / (2 * n)) ** 0.5
    names = [tree[0] for tree in trees]
    frequencies = numpy.array([names.count(each) for each in sorted(set(names))]) / n
    assert abs(frequencies - 0.25).max() <= 5 * (0.1875 / n) ** 0.5


def test_seeds():
    first, again, other = (listops(5, seed=seed) for seed in (1, 1, 2))
    assert first.tokens.tobytes() == again.tokens.tobytes()
    assert first.tokens.tobytes() != other.tokens.tobytes()


def test_values():
    assert listops_value("[MAX 2 9 [MIN 4 7 ] 0 ]") == 9
    assert listops_value("[MED 1 4 ]") == 2  # 2.5, rounded down
    assert listops_value("[MED 9 1 5 ]") == 5
    assert listops_value("[SM 9 9 9]") == 7
    assert listops_value(" 7 ") == 7
    assert listops_value("[MIN 3]") == 3
    deep = 50_000  # far beyond the recursion limit
    assert listops_value("[SM " * deep + "7" + " ]" * deep) == 7


def test_samples_survive_a_file(tmp_path):
    data = listops(3)
    io.save(data, tmp_path / "data.npz")
    again = io.load(tmp_path / "data.npz")
    assert again.tokens.tobytes() == data.tokens.tobytes()
    assert again.vocabulary == data.vocabulary


@pytest.mark.parametrize(
    "text",
    ["", "[MAX ]", "[MAX 1 2", "1 2", "[MAX 12 ]", "]", "[FOO 1 ]", "[MAX 1 ] ]",
     "[MAX[MIN 1 ] ]", "[max 1 ]", "[ MAX 1 ]", "-1", "[SM ٣ ]", "__import__('os')",
     "[SM 1 + 1 ]", "1.0"],
)  # fmt: skip
def test_malformed_text(text):
    with pytest.raises(ParameterError, match=r"write (digits|one operation)"):
        listops_value(text)


def test_bad_arguments():
    for bad in (None, 3, b"[SM 1 ]", ["[SM"]):
        with pytest.raises(ParameterError, match="pass a str"):
            listops_value(bad)
    with pytest.raises(ParameterError, match="n_samples"):
        listops(0)
    with pytest.raises(ParameterError, match="max_length"):
        listops(1, min_length=20, max_length=19)
    with pytest.raises(ParameterError, match="max_depth"):
        listops(1, max_depth=0)
    with pytest.raises(ParameterError, match="max_arguments"):
        listops(1, max_arguments=1)
    with pytest.raises(ParameterError, match="at most 12 tokens; lower it"):
        listops(1, max_depth=2, min_length=20)
    with pytest.raises(ParameterError, match="widen the range"):
        listops(1, max_arguments=2, min_length=5, max_length=5)  # 4, 7, 10, ... tokens
    with pytest.raises(ParameterError, match="seed"):
        listops(1, seed=None)
