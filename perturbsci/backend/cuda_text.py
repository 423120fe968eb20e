"""Write a kernel as CUDA C++: one grid-stride loop, no include.

Compiled with ``--fmad=false`` it does the operations of the source in their order; division
and square root are correctly rounded by default, subnormals are kept.
"""

from perturbsci.backend import tree
from perturbsci.backend.c_text import WHOLE, body_text, one_turn, parameters_of
from perturbsci.backend.emit import INDENT
from perturbsci.backend.python_text import extent_expression
from perturbsci.backend.signature import Signature

__all__ = ["OPTIONS", "cuda_text"]

# ftz is off and division and square root are correctly rounded by default.
OPTIONS = {
    "strict": ("--std=c++14", "--fmad=false"),
    "fast": ("--std=c++14", "--fmad=true"),
}

PRELUDE = """#pragma nv_diag_suppress 177
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;

#define PERTURBSCI_INLINE static __device__ __forceinline__
#define PERTURBSCI_AT(at, extent, number) (at)

PERTURBSCI_INLINE double sqrt_f8(double x) { return sqrt(x); }
PERTURBSCI_INLINE float sqrt_f4(float x) { return sqrtf(x); }
PERTURBSCI_INLINE double abs_f8(double x) { return fabs(x); }
PERTURBSCI_INLINE float abs_f4(float x) { return fabsf(x); }
PERTURBSCI_INLINE double floor_f8(double x) { return floor(x); }
PERTURBSCI_INLINE float floor_f4(float x) { return floorf(x); }
PERTURBSCI_INLINE uint64_t to_bits_f8(double x) { return __double_as_longlong(x); }
PERTURBSCI_INLINE uint32_t to_bits_f4(float x) { return __float_as_uint(x); }
PERTURBSCI_INLINE double from_bits_u8(uint64_t x) { return __longlong_as_double(x); }
PERTURBSCI_INLINE float from_bits_u4(uint32_t x) { return __uint_as_float(x); }
PERTURBSCI_INLINE double inf_f8() { return from_bits_u8(0x7ff0000000000000ULL); }
PERTURBSCI_INLINE float inf_f4() { return from_bits_u4(0x7f800000U); }
PERTURBSCI_INLINE double nan_f8() { return from_bits_u8(0x7ff8000000000000ULL); }
PERTURBSCI_INLINE float nan_f4() { return from_bits_u4(0x7fc00000U); }
"""


def cuda_text(
    name: str, signature: Signature, indices: tuple[str, ...], body: tree.Block, dtype: str
) -> str:
    """Return a CUDA file with the global function ``perturbsci_<name>_<dtype>``.

    Its parameters are the range of flat indices, then for each argument a scalar, or a
    pointer and its extents.

    Parameters
    ----------
    name : str
        Of the kernel.
    signature : Signature
        Of the kernel.
    indices : tuple of str
        Names of the indices in the body.
    body : tuple of statements
        Typed.
    dtype : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    text : str
        Deterministic.
    """
    writer, lines = body_text(signature, indices, body, dtype)
    parameters = ["int64_t begin_", "int64_t end_"]
    for argument in signature.arguments:
        parameters += parameters_of(writer, argument)
    passed = [part.split()[-1].lstrip("*") for part in parameters[2:]]
    runs = [
        writer.expression(extent_expression(signature, extent)) for extent in signature.over
    ]
    lines += [
        f'extern "C" __global__ void perturbsci_{name}_{dtype}({", ".join(parameters)}) {{',
        f"{INDENT}const int64_t thread_ = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;",
        f"{INDENT}const int64_t stride_ = (int64_t)gridDim.x * blockDim.x;",
        f"{INDENT}begin_ += thread_;",
        f"{INDENT}for (int64_t flat_ = begin_; flat_ < end_; flat_ += stride_) {{",
    ]
    lines += [*one_turn(indices, runs, passed), f"{INDENT}}}", "}"]
    head = [f"// kernel {name}, T = {dtype}: {signature.text}", PRELUDE, WHOLE]
    return "\n".join([*head, *lines]) + "\n"
