import asyncio
import contextvars
import dataclasses
import sys
import threading
from importlib import metadata

import numpy as np
import pytest

from perturbsci import backend
from perturbsci.backend import devices
from perturbsci.errors import BackendError, ParameterError

NO_CUPY = (
    "backend 'cupy' cannot be used: cupy is not installed; "
    'python -m pip install "perturbsci[cuda12]" (or [cuda13])'
)
NO_DRIVER = (
    "backend 'cupy' cannot be used: cupy 14.2 is installed but no CUDA driver answers "
    '(driver version 0); install a driver or choose use("numba")'
)
FAKE_CUPY = """
class cuda:
    @staticmethod
    def is_available():
        {available}
    class runtime:
        @staticmethod
        def driverGetVersion():
            return 0
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """No variable of the environment decides, and the devices are looked for anew."""
    monkeypatch.delenv("PERTURBSCI_BACKEND", raising=False)
    monkeypatch.delenv("PERTURBSCI_NUM_THREADS", raising=False)
    monkeypatch.delenv("PERTURBSCI_CACHE_DIR", raising=False)
    devices._load_cupy.cache_clear()
    yield
    devices._load_cupy.cache_clear()


@pytest.fixture
def without_cupy(monkeypatch):
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda _: None)


@pytest.fixture
def install_cupy(monkeypatch, tmp_path):
    """Put a package cupy 14.2 on the path, that answers as the text says."""
    info = tmp_path / "cupy_cuda12x-14.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cupy\nVersion: 14.2\n")
    (info / "top_level.txt").write_text("cupy\n")
    (tmp_path / "cupy").mkdir()
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        metadata, "packages_distributions", lambda: {"cupy": ["cupy-cuda12x"]}
    )

    def install(available):
        text = FAKE_CUPY.format(available=available)
        (tmp_path / "cupy" / "__init__.py").write_text(text)

    yield install
    sys.modules.pop("cupy", None)


def test_numba_on_the_host_is_the_default():
    chosen = backend.get_backend()
    assert (chosen.name, chosen.device) == ("numba", "cpu")
    assert chosen.xp is np
    assert chosen.threads >= 1
    assert chosen.memory > 0


def test_blocks_nest_and_end():
    with backend.use("numpy", threads=2, memory=1000) as outer:
        with backend.use("numba") as inner:
            assert backend.get_backend() is inner
            assert (inner.name, inner.threads, inner.memory) == ("numba", 2, 1000)
        assert backend.get_backend() is outer
    assert backend.get_backend().name == "numba"


def test_a_block_ends_also_by_an_error():
    with pytest.raises(KeyError), backend.use("numpy"):
        raise KeyError
    assert backend.get_backend().name == "numba"


def test_a_backend_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        backend.get_backend().threads = 3


def test_threads_do_not_see_the_block_of_another():
    inside, names = threading.Barrier(2, timeout=10), {}

    def work(name):
        with backend.use(name):
            inside.wait()
            names[name] = backend.get_backend().name
            inside.wait()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("numpy", "numba")]
    with backend.use("numpy"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert names == {"numpy": "numpy", "numba": "numba"}


def test_a_new_thread_starts_without_a_block_unless_given_the_context():
    names = []
    with backend.use("numpy"):
        context = contextvars.copy_context()
        for target in (
            lambda: names.append(backend.get_backend().name),
            lambda: context.run(lambda: names.append(backend.get_backend().name)),
        ):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert names == ["numba", "numpy"]


def test_coroutines_do_not_see_the_block_of_another():
    async def work(name):
        with backend.use(name):
            await asyncio.sleep(0)
            return backend.get_backend().name

    async def both():
        return await asyncio.gather(work("numpy"), work("numba"), work("numpy"))

    assert asyncio.run(both()) == ["numpy", "numba", "numpy"]


@pytest.mark.parametrize(
    "name", ["", "jax", "NumPy", "numpy:0", "cupy:", "cupy:x", "cupy:-1", "cupy:²", None, 3]
)
def test_an_unknown_name_offers_the_three(name):
    with (
        pytest.raises(ParameterError, match=r"backend is .* 'numba', 'numpy' or 'cupy'"),
        backend.use(name),
    ):
        pass


@pytest.mark.parametrize("option", ["threads", "memory"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_threads_and_memory_are_positive_numbers(option, value):
    with (
        pytest.raises(ParameterError, match=f"{option} is .* whole number from 1 on"),
        backend.use("numpy", **{option: value}),
    ):
        pass


def test_the_variable_decides_outside_a_block(monkeypatch):
    monkeypatch.setenv("PERTURBSCI_BACKEND", "numpy")
    assert backend.get_backend().name == "numpy"
    with backend.use("numba"):
        assert backend.get_backend().name == "numba"


def test_a_bad_name_in_the_variable_names_the_variable(monkeypatch):
    monkeypatch.setenv("PERTURBSCI_BACKEND", "jax")
    with pytest.raises(ParameterError, match="PERTURBSCI_BACKEND is 'jax'; it must be"):
        backend.get_backend()
    with backend.use("numpy"):
        assert backend.get_backend().name == "numpy"


def test_the_variable_may_ask_for_what_is_missing(monkeypatch, without_cupy):
    monkeypatch.setenv("PERTURBSCI_BACKEND", "cupy")
    with pytest.raises(BackendError, match="PERTURBSCI_BACKEND asks for it: ") as caught:
        backend.namespace(1.0)
    assert str(caught.value).endswith(NO_CUPY)


def test_cupy_that_is_not_installed(without_cupy):
    with pytest.raises(BackendError) as caught, backend.use("cupy"):
        pass
    assert str(caught.value) == NO_CUPY
    assert backend.available() == ("numba", "numpy")
    assert backend.info().gpu_problem in NO_CUPY
    with pytest.raises(BackendError, match="cupy is not installed"):
        backend.to_device(np.ones(2), "cupy")


def test_cupy_without_a_driver(install_cupy):
    install_cupy("return False")
    with pytest.raises(BackendError) as caught, backend.use("cupy"):
        pass
    assert str(caught.value) == NO_DRIVER
    assert backend.available() == ("numba", "numpy")


def test_a_cupy_that_is_broken(install_cupy):
    install_cupy("raise OSError('libcudart.so: not found')")
    with (
        pytest.raises(BackendError, match="does not work here: OSError: libcudart"),
        backend.use("cupy:1"),
    ):
        pass
    assert backend.available() == ("numba", "numpy")
    assert "libcudart" in backend.info().gpu_problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERTURBSCI_BACKEND", "jax"),
        ("PERTURBSCI_NUM_THREADS", "many"),
        ("PERTURBSCI_NUM_THREADS", "²"),
        ("PERTURBSCI_NUM_THREADS", "0"),
        ("PERTURBSCI_CACHE_DIR", ""),
        ("XDG_CACHE_HOME", ""),
    ],
)
def test_available_and_info_never_raise(monkeypatch, without_cupy, name, value):
    monkeypatch.setenv(name, value)
    assert backend.available() == ("numba", "numpy")
    information = backend.info()
    assert information.threads >= 1
    assert information.cache_folder.endswith("perturbsci")


def test_the_summary_has_one_line_a_field(without_cupy):
    information = backend.info()
    lines = information.summary().splitlines()
    names = [field.name for field in dataclasses.fields(information)]
    assert [line.split()[0] for line in lines] == names
    assert f"numpy         {np.__version__}" in lines
    assert "gpus          none" in lines


def test_the_number_of_threads_is_at_most_that_of_the_cores(monkeypatch):
    monkeypatch.setenv("PERTURBSCI_NUM_THREADS", "1")
    assert backend.get_backend().threads == 1
    monkeypatch.setenv("PERTURBSCI_NUM_THREADS", "100000")
    assert backend.get_backend().threads == backend.info().cpus
