"""
Store a result, and see every damaged copy refused
==================================================

A spectrum of 309 years of sunspots is written to one file, checked without loading, and
loaded again: arrays, status and certificate are those that were saved.
Each array stands in the file with its SHA-256.
"""

import tempfile
from pathlib import Path

import numpy as np

from perturbsci import io, koopman
from perturbsci.errors import FileFormatError

DELAYS = 22  # years
N_FLIPS = 200


def cycle_spectrum() -> koopman.Spectrum:
    """Return the spectrum of the yearly sunspot numbers."""
    values = io.load_record("sunspots").values[:, None]
    data = koopman.Snapshots.from_trajectory(values, delays=DELAYS)
    return koopman.edmd(data, koopman.monomials(1, n_state=DELAYS))


def is_refused(content: bytes, flip: int, good: dict, path: Path) -> bool:
    """Write a copy with one flipped bit; say whether ``load`` refuses it."""
    damaged = bytearray(content)
    damaged[flip // 8] ^= 1 << flip % 8
    path.write_bytes(damaged)
    try:
        arrays = io.load(path).arrays()
    except FileFormatError:
        return True
    if any((arrays[name] != array).any() for name, array in good.items()):
        raise AssertionError(f"bit {flip}: changed content was accepted")
    return False


# %%
# Then single bits of the file are flipped at 200 random places. A copy is refused, or holds
# exactly what was saved.


def main() -> float:
    """Return the period of the sunspot cycle in years, from the stored spectrum."""
    spectrum = cycle_spectrum()
    with tempfile.TemporaryDirectory() as folder:
        path = io.save(
            spectrum, Path(folder) / "sunspots.npz", parameters={"delays": DELAYS}
        )
        archive = io.verify(path)
        print(f"{archive.kind}: {len(archive.arrays)} arrays, {path.stat().st_size} bytes")

        loaded = io.load(path)
        assert loaded.status is spectrum.status
        assert loaded.certificate.value == spectrum.certificate.value

        content, copy, good = path.read_bytes(), Path(folder) / "copy.npz", loaded.arrays()
        flips = np.random.default_rng(0).choice(8 * len(content), N_FLIPS, replace=False)
        refused = [is_refused(content, int(flip), good, copy) for flip in flips]
        print(f"{sum(refused)} of {N_FLIPS} damaged copies refused, none accepted changed")

    oscillating = np.flatnonzero(loaded.eigenvalues.imag > 0)
    cycle = loaded.eigenvalues[oscillating[0]]  # the smallest residual comes first
    period = float(2 * np.pi / np.angle(cycle))
    print(f"sunspot cycle: {period:.6f} years")
    return period


# %%
# The period of the sunspot cycle is returned in years, as the loaded file tells it.

if __name__ == "__main__":
    main()
