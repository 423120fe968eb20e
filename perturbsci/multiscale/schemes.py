"""What a scheme may be, and what it is called."""

from perturbsci.errors import ParameterError
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.tableaux import Tableau, nearest_first, tableau, tableau_names

__all__ = ["Scheme", "scheme_name", "scheme_named"]

MULTISTEP = ("bdf1", "bdf2", "bdf3", "bdf4")
Scheme = Tableau | Multistep | str


def scheme_name(scheme: Scheme) -> str:
    """Return what a scheme is called.

    Parameters
    ----------
    scheme : Tableau, Multistep or ``"native"``
        Resolved.

    Returns
    -------
    name : str
        As ``scheme=`` takes it, for the published ones.
    """
    return scheme if isinstance(scheme, str) else scheme.name


def scheme_named(scheme: object) -> Scheme:
    """Return the scheme that a user means.

    Parameters
    ----------
    scheme : str, Tableau or Multistep
        As ``solve`` takes it.

    Returns
    -------
    scheme : Tableau, Multistep or ``"native"``
        Resolved.

    Raises
    ------
    ParameterError
        If it is none; the message lists the names, the nearest first.
    """
    if isinstance(scheme, Tableau | Multistep):
        return scheme
    if isinstance(scheme, str) and scheme == "native":
        return scheme
    if isinstance(scheme, str) and scheme in tableau_names():
        return tableau(scheme)
    if isinstance(scheme, str) and scheme in MULTISTEP:
        return Multistep(int(scheme[3:]))
    words = nearest_first(scheme, (*tableau_names(), *MULTISTEP, "native"))
    raise ParameterError(
        f"scheme is {scheme!r:.60}; pass a Tableau, a Multistep or one of "
        f"{', '.join(words)}"
    )
