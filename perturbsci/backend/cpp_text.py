"""Write a kernel as a C++14 file without dependencies, to be compiled into a solver.

The exported function has one C interface for every kernel: arrays as pointers, all their
extents one after another, real scalars as doubles, whole ones as int64, and a range of
flat indices. With ``-DPERTURBSCI_CHECK`` every access is checked.
"""

from perturbsci.backend import tree
from perturbsci.backend.c_text import WHOLE, CWriter, body_text, one_turn
from perturbsci.backend.emit import INDENT
from perturbsci.backend.python_text import extent_expression
from perturbsci.backend.signature import Signature

__all__ = ["cpp_text", "header_text"]

PRELUDE = """#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#define PERTURBSCI_INLINE inline

namespace {

#if defined(PERTURBSCI_CHECK)
thread_local int failed = 0;
PERTURBSCI_INLINE int64_t checked(int64_t at, int64_t extent, int number) {
    if (at >= 0 && at < extent) { return at; }
    failed = number;
    return 0;
}
#define PERTURBSCI_AT(at, extent, number) checked(at, extent, number)
#else
#define PERTURBSCI_AT(at, extent, number) (at)
#endif

PERTURBSCI_INLINE double sqrt_f8(double x) { return std::sqrt(x); }
PERTURBSCI_INLINE float sqrt_f4(float x) { return std::sqrt(x); }
PERTURBSCI_INLINE double abs_f8(double x) { return std::fabs(x); }
PERTURBSCI_INLINE float abs_f4(float x) { return std::fabs(x); }
PERTURBSCI_INLINE double floor_f8(double x) { return std::floor(x); }
PERTURBSCI_INLINE float floor_f4(float x) { return std::floor(x); }
PERTURBSCI_INLINE double inf_f8() { return std::numeric_limits<double>::infinity(); }
PERTURBSCI_INLINE float inf_f4() { return std::numeric_limits<float>::infinity(); }
PERTURBSCI_INLINE double nan_f8() { return std::numeric_limits<double>::quiet_NaN(); }
PERTURBSCI_INLINE float nan_f4() { return std::numeric_limits<float>::quiet_NaN(); }
template <typename To, typename From> inline To same_bits(From x) {
    static_assert(sizeof(To) == sizeof(From), "a cast of bits keeps the width");
    To y;
    std::memcpy(&y, &x, sizeof y);
    return y;
}
PERTURBSCI_INLINE uint64_t to_bits_f8(double x) { return same_bits<uint64_t>(x); }
PERTURBSCI_INLINE uint32_t to_bits_f4(float x) { return same_bits<uint32_t>(x); }
PERTURBSCI_INLINE double from_bits_u8(uint64_t x) { return same_bits<double>(x); }
PERTURBSCI_INLINE float from_bits_u4(uint32_t x) { return same_bits<float>(x); }
"""


def cpp_text(
    name: str, signature: Signature, indices: tuple[str, ...], body: tree.Block, dtype: str
) -> str:
    """Return a C++14 file with ``perturbsci_<name>_<dtype>``.

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
    head = [f"// kernel {name}, T = {dtype}: {signature.text}", PRELUDE, WHOLE]
    tail = ["}  // namespace", "", *_exported(writer, name, signature, indices)]
    return "\n".join([*head, *lines, *tail]) + "\n"


def header_text(name: str, signature: Signature, dtype: str) -> str:
    """Return a C header that declares the exported function of a kernel.

    Parameters
    ----------
    name : str
        Of the kernel.
    signature : Signature
        Of the kernel.
    dtype : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    text : str
        For C99 and C++, with an include guard.
    """
    guard = f"PERTURBSCI_{name}_{dtype}_H".upper()
    arrays = ", ".join(
        f"{a.name}[{', '.join(map(str, a.extents or ()))}]" for a in signature.arrays
    )
    scalars = [a for a in signature.inputs if not a.is_array]
    reals = ", ".join(a.name for a in scalars if a.kind in ("T", "f8"))
    integers = ", ".join(a.name for a in scalars if a.kind not in ("T", "f8"))
    return f"""/* kernel {name}, T = {dtype}: {signature.text}
 * arrays: {arrays}, C order, complex as pairs
 * extents: all of theirs, one after another
 * reals: {reals or "none"}
 * integers: {integers or "none"}
 * serves the flat indices [begin, end) of ({", ".join(map(str, signature.over))}), all if
 * end < 0; returns 0, or 1 + k if an access to array k was out of bounds and the source
 * was built with -DPERTURBSCI_CHECK
 */
#ifndef {guard}
#define {guard}
#include <stdint.h>
#ifdef __cplusplus
extern "C" {{
#endif
{_head(name, dtype)};
#ifdef __cplusplus
}}
#endif
#endif
"""


def _head(name: str, dtype: str) -> str:
    words = "int64_t begin_, int64_t end_, void *const *arrays_, const int64_t *extents_, "
    words += "const double *reals_, const int64_t *integers_"
    return f"int32_t perturbsci_{name}_{dtype}({words})"


def _exported(
    writer: CWriter, name: str, signature: Signature, indices: tuple[str, ...]
) -> list[str]:
    """Return the C function over a range of flat indices."""
    head = _head(name, writer.dtype)
    lines = [f'extern "C" {head};', f'extern "C" {head} {{']
    arrays = extents = reals = integers = 0
    passed: list[str] = []
    for argument in signature.arguments:
        kind = writer.TYPES[writer.kind(argument.element)]
        if argument.is_array:
            access = "" if argument.returned else "const "
            cast = f"static_cast<{access}{kind} *>(arrays_[{arrays}])"
            lines.append(f"{INDENT}{access}{kind} *const {argument.name} = {cast};")
            passed.append(argument.name)
            arrays += 1
            for axis in range(len(argument.extents or ())):
                lines.append(
                    f"{INDENT}const int64_t {argument.name}_{axis} = extents_[{extents}];"
                )
                passed.append(f"{argument.name}_{axis}")
                extents += 1
            continue
        real = argument.kind in ("T", "f8")
        source = f"reals_[{reals}]" if real else f"integers_[{integers}]"
        reals, integers = reals + real, integers + (not real)
        lines.append(
            f"{INDENT}const {kind} {argument.name} = static_cast<{kind}>({source});"
        )
        passed.append(argument.name)
    lines += [
        f"{INDENT}(void)extents_; (void)reals_; (void)integers_;",
        "#if defined(PERTURBSCI_CHECK)",
        f"{INDENT}failed = 0;",
        "#endif",
    ]
    runs = [
        writer.expression(extent_expression(signature, extent)) for extent in signature.over
    ]
    total = " * ".join(f"({run})" for run in runs)
    lines += [
        f"{INDENT}if (end_ < 0) {{ end_ = {total}; }}",
        f"{INDENT}for (int64_t flat_ = begin_; flat_ < end_; ++flat_) {{",
    ]
    return [
        *lines,
        *one_turn(indices, runs, passed),
        f"{INDENT}}}",
        "#if defined(PERTURBSCI_CHECK)",
        f"{INDENT}return failed;",
        "#else",
        f"{INDENT}return 0;",
        "#endif",
        "}",
    ]
