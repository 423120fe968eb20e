"""Complex arithmetic in the kernel language, where a number is two real ones.

Reference: Higham (2002), section 3.6, for the errors.
"""

__all__ = ["divided", "times"]


def times(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Return (a + ib)(c + id) as written; for the bodies of kernels.

    Parameters
    ----------
    a, b, c, d : float
        Real and imaginary part of two numbers.

    Returns
    -------
    real, imaginary : float
        Error at most sqrt(5) unit roundoffs of the modulus.
    """
    return a * c - b * d, a * d + b * c


def divided(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Return (a + ib)/(c + id), the divisor scaled, so that no square overflows.

    Parameters
    ----------
    a, b : float
        Real and imaginary part of the dividend.
    c, d : float
        Of the divisor, not zero.

    Returns
    -------
    real, imaginary : float
        To about 4 unit roundoffs of the modulus.
    """
    scale = max(abs(c), abs(d))
    x = c / scale
    y = d / scale
    size = scale * (x * x + y * y)
    return (a * x + b * y) / size, (b * x - a * y) / size
