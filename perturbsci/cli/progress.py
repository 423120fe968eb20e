"""Progress on standard error: one line rewritten on a terminal, else a line a study."""

import os
import sys
import threading
import time
from types import TracebackType

__all__ = ["Progress"]


class Progress:
    """Show which study runs, and for how long.

    Parameters
    ----------
    total : int
        The number of studies.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._name = ""
        self._start = time.perf_counter()
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        """Start the clock on a terminal."""
        if self._terminal:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the clock and leave a clean line."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._terminal:
            self._rewrite("")

    def begin(self, name: str) -> None:
        """Say which study runs now.

        Parameters
        ----------
        name : str
            Of the study.
        """
        self._name, self._start = name, time.perf_counter()

    def finish(self, text: str) -> None:
        """Say what came of it.

        Parameters
        ----------
        text : str
            State and verdict.
        """
        self._done += 1
        if not self._terminal:
            seconds = time.perf_counter() - self._start
            line = f"[{self._done}/{self._total}] {self._name}: {text} ({seconds:.1f} s)"
            print(line, file=sys.stderr, flush=True)

    def _tick(self) -> None:
        while not self._stop.wait(0.2):
            seconds = time.perf_counter() - self._start
            self._rewrite(
                f"study {self._done + 1} of {self._total}: {self._name}, {seconds:.0f} s"
            )

    def _rewrite(self, line: str) -> None:
        print(f"\r{line[:79]:<79}\r", end="", file=sys.stderr, flush=True)
