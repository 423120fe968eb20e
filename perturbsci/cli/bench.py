"""``perturbsci bench``: what this machine can do, and how fast the package starts.

The floors are what any method runs against: memory bandwidth, matrix products, singular
values, Fourier transforms, hashing. Nothing is asserted.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import time

import numpy

from perturbsci.backend.timing import measure

__all__ = ["add_arguments", "run"]

STARTS = {
    "python": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import perturbsci": ["-c", "import perturbsci"],
    "perturbsci --help": ["-m", "perturbsci", "--help"],
    "perturbsci figures --list": ["-m", "perturbsci", "figures", "--list"],
}
REPEATS = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of this verb.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of this verb.
    """
    parser.epilog = "example: perturbsci bench --json"


def run(arguments: argparse.Namespace) -> int:
    """Run the verb.

    Parameters
    ----------
    arguments : argparse.Namespace
        As parsed.

    Returns
    -------
    code : int
        0.
    """
    floors = _floors()
    starts = {name: _start(words) for name, words in STARTS.items()}
    if arguments.json:
        floor_facts = {
            name: {"value": value, "unit": unit} for name, (value, unit) in floors.items()
        }
        print(
            json.dumps(
                {"schema": 1, "repeats": REPEATS, "floors": floor_facts, "seconds": starts}
            )
        )
        return 0
    for name, (value, unit) in floors.items():
        print(f"{name:<28}{value:10.3f} {unit}")
    for name, seconds in starts.items():
        extra = seconds - starts["import numpy" if "import" in name else "python"]
        print(f"{name:<28}{seconds:10.3f} s ({extra:+.3f} s)")
    return 0


def _floors() -> dict[str, tuple[float, str]]:
    """Return each floor as a rate (median of 7) with its unit."""
    generator = numpy.random.default_rng(0)
    n = 4_000_000
    a, b, c = generator.standard_normal((3, n))
    square = generator.standard_normal((600, 600))
    tall = generator.standard_normal((200, 200))
    signal = generator.standard_normal(2**20)
    text = signal.tobytes()

    def triad() -> None:
        numpy.multiply(b, 3.0, out=a)
        numpy.add(a, c, out=a)

    # NumPy needs two passes for a + s b: five arrays of traffic instead of three.
    jobs = {
        "triad": (triad, 5 * 8 * n / 1e9, "GB/s"),
        "dgemm, n = 600": (lambda: square @ square, 2 * 600**3 / 1e9, "Gflop/s"),
        "svd, n = 200": (lambda: numpy.linalg.svd(tall), 1.0, "per second"),
        "fft, n = 2^20": (
            lambda: numpy.fft.rfft(signal),
            signal.size / 1e6,
            "million points/s",
        ),
        "sha256": (lambda: hashlib.sha256(text).digest(), len(text) / 1e9, "GB/s"),
    }
    return {
        name: (work / measure(job, repeats=REPEATS).median, unit)
        for name, (job, work, unit) in jobs.items()
    }


def _start(words: list[str]) -> float:
    """Return the median seconds of a fresh process."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
