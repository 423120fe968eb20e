"""Compile CUDA text without a GPU: NVRTC through ctypes, once a text and architecture."""

import ctypes
import functools
import importlib.util
from pathlib import Path

ARCHITECTURES = (70, 75, 80, 86, 89, 90, 100, 120)
DEFAULT = (70, 90, 120)  # oldest, widespread, newest; the others are slow tests


@functools.cache
def library():
    """Return the NVRTC library of the installed wheel, or None."""
    try:
        spec = importlib.util.find_spec("nvidia.cuda_nvrtc")
    except ModuleNotFoundError:
        return None
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in sorted(Path(folder, "lib").glob("libnvrtc.so.*")):
            return ctypes.CDLL(str(path))
    return None


def supported_architectures():
    """Return the architectures that this NVRTC knows."""
    count = ctypes.c_int()
    assert library().nvrtcGetNumSupportedArchs(ctypes.byref(count)) == 0
    numbers = (ctypes.c_int * count.value)()
    assert library().nvrtcGetSupportedArchs(numbers) == 0
    return tuple(numbers)


@functools.cache
def compiled(text, architecture, options):
    """Return PTX and log of a translation unit for one architecture."""
    ptx, _, log = _compiled(text, f"compute_{architecture}", options)
    return ptx, log


@functools.cache
def assembled(text, architecture, options):
    """Return machine code (an ELF file), PTX and log: the assembler ran too."""
    ptx, cubin, log = _compiled(text, f"sm_{architecture}", options)
    return cubin, ptx, log


def problems(log):
    """Return the lines of a log, without the notice on architectures before 75."""
    return [
        line for line in log.splitlines() if line.strip("\0 ") and "deprecated" not in line
    ]


def _compiled(text, architecture, options):
    nvrtc = library()
    program = ctypes.c_void_p()
    code = nvrtc.nvrtcCreateProgram(
        ctypes.byref(program), text.encode(), b"k.cu", 0, None, None
    )
    assert code == 0
    words = [f"--gpu-architecture={architecture}", *options]
    pointers = (ctypes.c_char_p * len(words))(*[word.encode() for word in words])
    code = nvrtc.nvrtcCompileProgram(program, len(words), pointers)
    log = _fetched(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
    assert code == 0, log.decode()
    ptx = _fetched(nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, program)
    cubin = b""
    if architecture.startswith("sm_"):
        cubin = _fetched(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return ptx.rstrip(b"\0").decode(), cubin, log.rstrip(b"\0").decode()


def _fetched(size_of, fetch, program):
    size = ctypes.c_size_t()
    assert size_of(program, ctypes.byref(size)) == 0
    buffer = ctypes.create_string_buffer(size.value)
    assert fetch(program, buffer) == 0
    return buffer.raw
