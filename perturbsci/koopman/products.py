"""Products of the functions of several factors, column by column.

psi_j(x) = prod_f Phi_f(x)[index[j, f]], Phi_f the values of factor f.
"""

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.kernels import tables
from perturbsci.types import Array

__all__ = ["tensor_values"]


def tensor_values(panels: list[Array], index: Array, *, scale: float = 1.0) -> Array:
    """Return the products of the named columns of the panels, times a number.

    Parameters
    ----------
    panels : list of real or complex array, shape (n_samples, n_functions_f)
        The values of each factor.
    index : integer array, shape (n_functions, n_factors)
        Columns, each within its panel; of complex panels also -k, the conjugate of k.
    scale : float
        The number.

    Returns
    -------
    psi : array, shape (n_samples, n_functions)
        Complex if one panel is.
    """
    xp = namespace(*panels)
    dtype = xp.result_type(*(panel.dtype for panel in panels))
    width = max(panel.shape[1] for panel in panels)
    stack = xp.zeros((len(panels), panels[0].shape[0], width), dtype=dtype)
    for f, panel in enumerate(panels):
        stack[f, :, : panel.shape[1]] = panel
    weight = xp.full(stack.shape[1], scale, dtype=xp.real(stack[:1, :1, :1]).dtype)
    columns = xp.asarray(numpy.asarray(index, dtype=numpy.int64))
    if xp.isdtype(dtype, "complex floating"):
        return tables.tensor_products_complex(stack, columns, weight)
    return tables.tensor_products(stack, columns, weight)
