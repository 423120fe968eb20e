"""Values against time, every line labeled at its end."""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.plotting.appearance import label_ends, new_axes
from perturbsci.types import Array

__all__ = ["draw_series"]


def draw_series(
    times: Array, series: Mapping[str, Array], *, ax: Axes | None = None
) -> Axes:
    """Draw one line per label; NaN leaves a gap.

    Parameters
    ----------
    times : real array, shape (n,)
        In the user's unit.
    series : mapping of str to real array, shape (n,)
        Label to values; all in one unit.
    ax : Axes, optional
        Default those of a new figure.

    Returns
    -------
    ax : Axes
        Without axis labels: only the caller knows the units.

    Raises
    ------
    ShapeError
        If a series has another length than ``times``.
    ParameterError
        If ``series`` is empty or no mapping.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = draw_series([0.0, 1.0], {"falling": [1.0, 0.5]}, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['falling']
    """
    abscissa = to_host(as_array(times, name="times", ndim=1, real=True))
    if not isinstance(series, Mapping) or not series:
        raise ParameterError(
            f"series is {series!r:.60}; pass a mapping of labels to values, at least one"
        )
    columns = {
        label: to_host(
            as_array(values, name=f"series[{label!r}]", ndim=1, real=True, finite=False)
        )
        for label, values in series.items()
    }
    for label, values in columns.items():
        if values.shape != abscissa.shape:
            raise ShapeError(
                f"series[{label!r}] has shape {values.shape} but times {abscissa.shape}; "
                "pass one value a time"
            )
    if odd := [label for label in columns if not isinstance(label, str)]:
        raise ParameterError(f"series has the key {odd[0]!r:.60}; pass labels as text")
    ax = new_axes(ax)
    lines = {label: ax.plot(abscissa, values)[0] for label, values in columns.items()}
    ends = []
    for label, values in columns.items():
        finite = values[numpy.isfinite(values)]
        end = float(finite[-1]) if finite.size else float(numpy.mean(ax.get_ylim()))
        ends.append((end, label, to_hex(lines[label].get_color())))
    label_ends(ax, ends)
    return ax
