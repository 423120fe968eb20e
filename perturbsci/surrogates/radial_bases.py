"""Functions around centers: Gaussians of fixed widths, and radial functions of one shape.

References: Wendland (1995) for the functions of compact support.
"""

from dataclasses import dataclass
from dataclasses import field as option

import numpy

from perturbsci.arguments import is_finite_number, one_of, positive
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["Gaussians", "Radial"]

KINDS = ("wendland", "inverse-multiquadric")


def _centers(value: object) -> Array:
    """Return the centers with one row each."""
    return as_array(value, name="centers", ndim=2, real=True)


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """Gaussians exp(-1/2 sum_k ((x_k - mu_k)/sigma_k)^2) with fixed centers and widths.

    Parameters
    ----------
    centers : array, shape (m, d)
        mu, in the units of the coordinates.
    widths : array, shape (m, d), or broadcast to it
        sigma, standard deviations, above zero.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    ParameterError
        If a width is not above zero.

    Examples
    --------
    >>> Gaussians([[0.0], [1.0]], 0.5).widths
    array([[0.5],
           [0.5]])
    """

    centers: Array
    widths: Array

    def __post_init__(self) -> None:
        """Check the shapes and signs; store arrays."""
        centers = _centers(self.centers)
        xp = namespace(centers)
        given = self.widths
        widths = as_array(
            numpy.full(1, given) if is_finite_number(given) else given,
            name="widths",
            real=True,
        )
        if widths.ndim == 1 and len(widths) == centers.shape[0] != centers.shape[1]:
            widths = widths[:, None]
        try:
            widths = xp.asarray(xp.broadcast_to(widths, centers.shape), copy=True)
        except ValueError:
            raise ShapeError(
                f"widths has shape {widths.shape}, needed {centers.shape} as centers, or "
                "one number a coordinate or a center"
            ) from None
        if not bool((widths > 0.0).all()):
            raise ParameterError(
                f"widths has the entry {float(widths.min())}; all must be above 0: they "
                "are standard deviations"
            )
        object.__setattr__(self, "centers", centers)
        object.__setattr__(self, "widths", xp.astype(widths, centers.dtype, copy=False))

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return int(self.centers.shape[1])

    @property
    def n_features(self) -> int:
        """The number of centers."""
        return int(self.centers.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Radial:
    """Radial functions f(shape abs(x - c)).

    ``"wendland"``: positive definite, zero beyond 1/shape, six continuous derivatives.
    ``"inverse-multiquadric"``: 1/sqrt(1 + r^2).

    Parameters
    ----------
    centers : array, shape (m, d)
        c, in the units of the coordinates.
    shape : float
        Reciprocal of a length, above zero.
    kind : str, optional
        One of the two.

    Raises
    ------
    ShapeError
        If the centers have not two axes.
    ParameterError
        If the shape is not above zero, or the kind unknown.

    Examples
    --------
    >>> Radial([[0.0, 0.0]], 2.0).n_features
    1
    """

    centers: Array
    shape: float
    kind: str = option(default="wendland", kw_only=True)

    def __post_init__(self) -> None:
        """Check all three."""
        object.__setattr__(self, "centers", _centers(self.centers))
        shape = positive(self.shape, "shape", meaning="one over a length")
        object.__setattr__(self, "shape", shape)
        one_of(self.kind, "kind", KINDS)

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return int(self.centers.shape[1])

    @property
    def n_features(self) -> int:
        """The number of centers."""
        return int(self.centers.shape[0])
