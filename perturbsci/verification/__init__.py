"""How a result knows: certificates, orders of accuracy, backward errors, references."""

from perturbsci.verification.backward import eigen_backward_error, linear_backward_error
from perturbsci.verification.certificate import Certificate
from perturbsci.verification.orders import assert_order, observed_order
from perturbsci.verification.references import Reference, list_references, load_reference
from perturbsci.verification.uniform import UniformOrder, uniform_order

__all__ = [
    "Certificate",
    "Reference",
    "load_reference",
    "list_references",
    "observed_order",
    "assert_order",
    "UniformOrder",
    "uniform_order",
    "eigen_backward_error",
    "linear_backward_error",
]
