"""Which classes a file may name: the exported frozen dataclasses of the package.

This is the one dynamic import of the package, from a fixed tuple of subpackages; nothing
else that is named in a file is ever imported.
"""

import dataclasses
import importlib
from types import ModuleType

__all__ = ["find_class", "kind_of"]

SUBPACKAGES = (
    "backend",
    "verification",
    "perturbation",
    "problems",
    "koopman",
    "statespace",
    "multiscale",
    "surrogates",
    "io",
)


def find_class(kind: str) -> type | None:
    """Return the class that a file means.

    Parameters
    ----------
    kind : str
        ``"<subpackage>.<Class>"``.

    Returns
    -------
    found : type or None
        None if no such frozen dataclass is exported.
    """
    subpackage, _, name = kind.partition(".")
    if subpackage not in SUBPACKAGES:
        return None
    module = import_subpackage(subpackage)
    found = getattr(module, name) if name in module.__all__ else None
    return found if isinstance(found, type) and _is_frozen(found) else None


def kind_of(cls: type) -> str | None:
    """Return the name under which a class is stored.

    Parameters
    ----------
    cls : type
        Any class.

    Returns
    -------
    kind : str or None
        ``"<subpackage>.<Class>"``, or None if ``find_class`` would not find it again.
    """
    package, _, rest = cls.__module__.partition(".")
    kind = f"{rest.partition('.')[0]}.{cls.__name__}"
    return kind if package == "perturbsci" and find_class(kind) is cls else None


def import_subpackage(subpackage: str) -> ModuleType:
    """Import one of ``SUBPACKAGES``.

    Parameters
    ----------
    subpackage : str
        Its name.

    Returns
    -------
    module : module
        With ``__all__``.
    """
    return importlib.import_module(f"perturbsci.{subpackage}")


def _is_frozen(cls: type) -> bool:
    return dataclasses.is_dataclass(cls) and bool(cls.__dataclass_params__.frozen)  # type: ignore[attr-defined]
