"""
A spectrum from a stream, with a past that is let go
====================================================

Pairs of states arrive a thousand at a time and are never kept: what a spectrum needs of
them are the sums :math:`G`, :math:`A`, :math:`L` of the size of the dictionary, and chunks
are added to them, or taken away again.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np

from perturbsci import koopman

CHUNKS, SIZE, WINDOW = 60, 1000, 5


def stream() -> Iterator[koopman.Snapshots]:
    """Yield chunk after chunk."""
    rng = np.random.default_rng(0)
    for k in range(CHUNKS):
        turn = 0.3 if k < CHUNKS // 2 else 0.5
        rotation = [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        x = rng.standard_normal((SIZE, 2))
        yield koopman.Snapshots(x, x @ rotation, sampling="independent")


def windowed(chunks: Iterator[koopman.Snapshots]) -> koopman.GramState:
    """Return the sums over the last chunks."""
    held: deque[koopman.Snapshots] = deque()
    state = None
    for chunk in chunks:
        state = koopman.accumulate(chunk, koopman.linear(2), onto=state)
        held.append(chunk)
        if len(held) > WINDOW:
            state = koopman.discard(state, held.popleft())
    return state


# %%
# Halfway the system changes, from a turn of 0.3 per step to one of 0.5. The sums over
# everything blend the two turns, and the residual says so; sums that forget, and a window
# that takes old chunks away again, follow the change.


def main() -> float:
    """Return the turn per step at the end of the stream."""
    states = {
        "everything": koopman.accumulate(stream(), koopman.linear(2)),
        "forgetting": koopman.accumulate(stream(), koopman.linear(2), forgetting=0.5),
        "window": windowed(stream()),
    }
    print("              samples        mass   turn per step   residual")
    for name, state in states.items():
        spectrum = koopman.edmd(state)
        turn = float(abs(np.angle(spectrum.eigenvalues[0])))
        residual = float(spectrum.residuals[0])
        print(f"{name:<12}{state.count:9d}{state.mass:12.6g}{turn:16.12f}{residual:11.2g}")
    return turn


# %%
# The turn that the window sees at the end is returned.

if __name__ == "__main__":
    main()
