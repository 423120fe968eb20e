"""How figures look, and how they are written: the same bytes from the same data.

Colors are those of Okabe and Ito (2008), which color-blind readers can tell apart.
"""

import contextlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import matplotlib.style
import numpy
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.errors import ParameterError
from perturbsci.files import write_atomically

__all__ = ["COLORS", "style", "save_figure", "new_axes", "label_ends", "unit_circle"]

COLORS = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)

SETTINGS = {
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=[COLORS[k] for k in (5, 6, 3, 1, 7, 2, 0)]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.dpi": 150,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "savefig.dpi": 150,
    "svg.hashsalt": "perturbsci",
}

# Without date, author and version of the software, equal figures have equal bytes.
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Use the look of this package inside a ``with`` block.

    Starts from matplotlib's own defaults, so that a user's settings do not change a
    published figure; afterwards ``matplotlib.rcParams`` is as it was.

    Yields
    ------
    None
        Nothing.

    Examples
    --------
    >>> import matplotlib
    >>> with style():
    ...     matplotlib.rcParams["axes.spines.top"]
    False
    """
    with matplotlib.style.context(["default", SETTINGS]):
        yield


def save_figure(
    figure: Figure, stem: str | Path, *, formats: Sequence[str] = ("png", "pdf")
) -> tuple[Path, ...]:
    """Write a figure, each file complete or absent at any moment.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    stem : str or path
        The path without its suffix; its folder must exist.
    formats : sequence of str
        Of ``"png"``, ``"pdf"`` and ``"svg"``.

    Returns
    -------
    paths : tuple of pathlib.Path
        One a format; existing files are replaced.

    Raises
    ------
    ParameterError
        If a format is unknown or the folder is missing.
    OSError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = save_figure(Figure(), f"{folder}/empty")
    ...     [path.name for path in paths]
    ['empty.png', 'empty.pdf']
    """
    listed = isinstance(formats, Sequence) and not isinstance(formats, str)
    if not listed or not all(
        isinstance(name, str) and name in METADATA for name in formats
    ):
        raise ParameterError(
            f"formats is {formats!r}; pass a sequence of 'png', 'pdf' and 'svg'"
        )
    if not isinstance(figure, Figure):
        raise ParameterError(f"figure is {figure!r:.60}; pass a matplotlib Figure")
    if not isinstance(stem, (str, Path)) or not Path(stem).name:
        raise ParameterError(f"stem is {stem!r:.60}; pass a path without its suffix")
    paths = []
    for name in formats:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=name, metadata=METADATA[name])
        content = buffer.getvalue()

        def write(file: BinaryIO, content: bytes = content) -> None:
            file.write(content)

        path = Path(f"{stem}.{name}")
        paths.append(write_atomically(path, write, overwrite=True, needed=len(content)))
    return tuple(paths)


def new_axes(ax: Axes | None) -> Axes:
    """Return the given Axes, or those of a new figure.

    Parameters
    ----------
    ax : Axes or None
        As the user passed it.

    Returns
    -------
    ax : Axes
        To draw on.

    Raises
    ------
    ParameterError
        If something else was passed.
    """
    if isinstance(ax, Axes):
        return ax
    if ax is not None:
        raise ParameterError(f"ax is {ax!r:.60}; pass one matplotlib Axes, or leave it out")
    import matplotlib.pyplot  # noqa: PLC0415 (chooses a window system on import)

    return matplotlib.pyplot.subplots()[1]


def label_ends(
    ax: Axes, labels: Sequence[tuple[float, str, str]], *, gap: float = 0.07
) -> None:
    """Write labels at the right ends of lines, moved apart where they would overlap.

    Parameters
    ----------
    ax : Axes
        With its final limits.
    labels : sequence of (float, str, str)
        Ordinate of the end of a line, text, color.
    gap : float
        The smallest distance of two labels, in heights of the Axes.
    """
    to_axes = ax.transData + ax.transAxes.inverted()
    right = ax.get_xlim()[1]
    ends = sorted(
        (float(to_axes.transform((right, y))[1]), text, color) for y, text, color in labels
    )
    heights = _spread([height for height, _, _ in ends], gap)
    for height, (_, text, color) in zip(heights, ends, strict=True):
        ax.text(1.02, height, text, color=color, va="center", transform=ax.transAxes)


def unit_circle(ax: Axes, *, alpha: float = 1.0) -> None:
    """Draw the unit circle, where the spectrum of a measure-preserving system lies.

    Parameters
    ----------
    ax : Axes
        Of the complex plane.
    alpha : float, optional
        Its opacity.
    """
    angle = numpy.linspace(0, 2 * numpy.pi, 361)
    ax.plot(numpy.cos(angle), numpy.sin(angle), color=COLORS[0], linewidth=0.8, alpha=alpha)


def _spread(heights: list[float], gap: float) -> list[float]:
    """Move sorted heights as little as possible so that they are ``gap`` apart.

    Neighbors that would overlap form a cluster, centered where they wanted to be.
    """
    clusters: list[list[float]] = []
    for height in heights:
        clusters.append([height])
        while (
            len(clusters) > 1 and _bottom(clusters[-1], gap) < _top(clusters[-2], gap) + gap
        ):
            upper = clusters.pop()
            clusters[-1] += upper
    return [
        _bottom(cluster, gap) + gap * k for cluster in clusters for k in range(len(cluster))
    ]


def _bottom(cluster: list[float], gap: float) -> float:
    return sum(cluster) / len(cluster) - gap * (len(cluster) - 1) / 2


def _top(cluster: list[float], gap: float) -> float:
    return sum(cluster) / len(cluster) + gap * (len(cluster) - 1) / 2
