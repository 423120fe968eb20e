"""The command ``perturbsci``: words typed by a person become calls.

Exit codes: 0 fine; 1 a bug of this package; 2 usage; 3 a study could not run; 4 a claim or
certificate failed; 5 a damaged file; 6 disk or memory ran out; 130 and 143 interrupted.
"""

import argparse
import importlib
import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn

from perturbsci import __version__
from perturbsci.errors import FileFormatError, PerturbsciError
from perturbsci.files import RESOURCE_ERRORS

__all__ = ["main"]

VERBS = {
    "figures": "run studies: figures, data, claims, and a report",
    "info": "versions, backends, folders, and a check of the shipped data",
    "show": "the summary of a stored result or study",
    "check": "integrity of files, and whether their claims hold",
    "bench": "floors of this machine, and the start times of the package",
}


class _Terminated(BaseException):
    """SIGTERM arrived; like KeyboardInterrupt, no ``except Exception`` stops it."""


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    argv : list of str, optional
        The words behind ``perturbsci``; default those of the process.

    Returns
    -------
    code : int
        As in the first lines of this file.

    Examples
    --------
    >>> main(["figures", "--list"])
    backend_mathematics ...
    0
    """
    words = sys.argv[1:] if argv is None else list(argv)
    parser = _parser(words)
    if not words:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    arguments = parser.parse_args(words)
    previous = _on_termination(_terminate)
    try:
        verb = importlib.import_module(f"perturbsci.cli.{arguments.verb}")
        return int(verb.run(arguments))
    except (KeyboardInterrupt, _Terminated) as stop:
        again = (
            ""
            if arguments.verb != "figures"
            else f"; finished studies are kept: {_again(words)}"
        )
        print(f"interrupted{again}", file=sys.stderr)
        return 130 if isinstance(stop, KeyboardInterrupt) else 143
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe left, as `head` does: nothing is wrong
        return 0
    except (Exception, MemoryError) as error:  # the last resort
        return _explain(error)
    finally:
        _on_termination(previous)


def _again(words: list[str]) -> str:
    return f"continue with `perturbsci {' '.join(words)}`"


def _parser(words: list[str]) -> argparse.ArgumentParser:
    """Return the parser; only the verb that is asked for is imported."""
    parser = argparse.ArgumentParser(
        prog="perturbsci",
        description="Scientific computing with small parameters.",
        epilog="example: perturbsci figures koopman_elnino -o figures",
    )
    parser.add_argument("--version", action="version", version=f"perturbsci {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        sub = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
        if name in words:
            importlib.import_module(f"perturbsci.cli.{name}").add_arguments(sub)
            sub.add_argument(
                "--json", action="store_true", help="one JSON object, nothing else"
            )
    return parser


def _explain(error: BaseException) -> int:
    """Print an error as a user needs it, and return the exit code."""
    if isinstance(error, FileFormatError):
        print(f"damaged file: {error}", file=sys.stderr)
        return 5
    if isinstance(error, MemoryError) or getattr(error, "errno", None) in RESOURCE_ERRORS:
        where = getattr(error, "filename", None)
        print(
            f"out of resources: {error}" + (f" (path {where})" if where else ""),
            file=sys.stderr,
        )
        return 6
    if isinstance(error, (PerturbsciError, OSError)):
        print(f"error: {error}", file=sys.stderr)
        return 2
    traceback.print_exception(error)
    print(
        "this is a bug of perturbsci; please report the lines above with the output of "
        "`perturbsci info`",
        file=sys.stderr,
    )
    return 1


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _on_termination(handler: object) -> object:
    """Install a handler of SIGTERM where that is allowed, and return the one before."""
    try:
        return signal.signal(signal.SIGTERM, handler)  # type: ignore[arg-type]
    except (ValueError, TypeError):  # not the main thread, or set from outside Python
        return None
