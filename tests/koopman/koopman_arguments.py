"""Arguments of the public functions: what makes a good value, and its mistakes."""

from koopman_mistakes import (
    ADVICE,
    NO_CHOICE,
    NO_POSITIVE,
    below,
    but,
    no_panel,
    no_row,
    outside,
)


def given(good, kind, mistakes):
    """Return the entry of an argument; None is no mistake where it is the default."""
    return good, ADVICE[kind], but(mistakes, "none") if good is None else mistakes


def positive(good=1.0):
    return given(good, "number", NO_POSITIVE)


def whole(good, least=1, most=None):
    return given(good, "whole", below(least) if most is None else outside(least, most))


def choice(good):
    return given(good, "choice", NO_CHOICE)


def row(good):
    return given(good, "array", no_row(good))


def panel(good):
    return given(good, "array", no_panel(good))


def optional_row(like):
    return given(None, "array", no_row(like))
