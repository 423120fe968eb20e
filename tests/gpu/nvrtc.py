"""Compile CUDA text without a GPU: NVRTC through ctypes."""

import ctypes
import importlib.util
from pathlib import Path


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


def compiled(text, architecture, options):
    """Return PTX and log of a translation unit for one architecture."""
    nvrtc = library()
    program = ctypes.c_void_p()
    assert (
        nvrtc.nvrtcCreateProgram(
            ctypes.byref(program), text.encode(), b"k.cu", 0, None, None
        )
        == 0
    )
    words = [f"--gpu-architecture=compute_{architecture}", *options]
    pointers = (ctypes.c_char_p * len(words))(*[word.encode() for word in words])
    code = nvrtc.nvrtcCompileProgram(program, len(words), pointers)
    log = _fetched(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
    ptx = _fetched(nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, program) if code == 0 else ""
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    assert code == 0, log
    return ptx, log


def _fetched(size_of, fetch, program):
    size = ctypes.c_size_t()
    assert size_of(program, ctypes.byref(size)) == 0
    buffer = ctypes.create_string_buffer(size.value)
    assert fetch(program, buffer) == 0
    return buffer.value.decode()
