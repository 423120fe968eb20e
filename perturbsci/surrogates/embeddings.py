"""Constants of the embedding of the energy into L^s, in one and two directions."""

import math
from collections.abc import Sequence

__all__ = ["embedding_constants"]


def embedding_constants(
    lengths: Sequence[float], viscosities: Sequence[float], lowest: float, top: int
) -> dict[int, float]:
    """Return S_s with ||v||_s^s <= S_s E^s, E^2 = sum_i a_i ||v_i||_2^2.

    S_2 = 1/lambda_1. In one direction max v^2 <= L E^2/(4 a), hence
    S_s = (L/(4 a))^(s/2 - 1)/lambda_1. In two
    S_s = s^2/(32 sqrt(a_1 a_2)) S_(s-2), and S_s^2 = S_(s-1) S_(s+1) for odd s.

    Parameters
    ----------
    lengths, viscosities : sequence of float
        L_i and a_i; v vanishes on all walls.
    lowest : float
        lambda_1 of -sum_i a_i d_ii.
    top : int
        The largest s.

    Returns
    -------
    constants : dict of int to float
        From 2 to ``top``; only of 2 in more than two directions.

    Notes
    -----
    In two directions from w(x, y)^2 <= int abs(w w_x) dx for w = abs(v)^(s/4), and the same
    in y.

    References
    ----------
    Ladyzhenskaya (1969), chapter 1.

    Examples
    --------
    >>> found = embedding_constants([1.0, 1.0], [1.0, 1.0], 2 * math.pi**2, 4)
    >>> round(found[4] / found[2], 6)
    0.5
    """
    found = {2: 1.0 / lowest}
    if len(lengths) == 1:
        square = lengths[0] / (4.0 * viscosities[0])
        return {s: square ** (s / 2 - 1) / lowest for s in range(2, top + 1)}
    if len(lengths) > 2:
        return found
    a = math.sqrt(viscosities[0] * viscosities[1])
    for s in range(4, top + 2, 2):
        found[s] = s**2 / (32.0 * a) * found[s - 2]
    for s in range(3, top + 1, 2):
        found[s] = math.sqrt(found[s - 1] * found[s + 1])
    return found
