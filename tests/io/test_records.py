import importlib.util
import shutil

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.io import records
from perturbsci.resources import resource
from perturbsci.verification import load_reference


def agrees(value, reference):
    assert abs(value - reference.value) <= reference.tolerance


def longest_run(missing):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(int), [0]])))
    return (edges[1::2] - edges[::2]).max()


def test_elnino():
    record = io.load_record("elnino")
    assert record.values.dtype == np.float64
    assert record.values.ndim == 1
    assert record.labels is None
    agrees(record.values.size, load_reference("io.elnino_count"))
    agrees(record.values.sum(), load_reference("io.elnino_sum"))
    agrees(record.values.mean(), load_reference("io.elnino_mean"))
    agrees(record.values.std(), load_reference("io.elnino_std"))
    agrees(record.values.min(), load_reference("io.elnino_minimum"))
    agrees(record.values.max(), load_reference("io.elnino_maximum"))
    months = 1950 + (np.arange(732) + 0.5) / 12
    np.testing.assert_allclose(record.times, months, rtol=1e-15)
    assert (record.step, record.step_unit, record.unit) == (1.0, "month", "degree Celsius")


def test_sunspots():
    record = io.load_record("sunspots")
    agrees(record.values.size, load_reference("io.sunspots_count"))
    agrees(record.values.sum(), load_reference("io.sunspots_sum"))
    agrees(record.values.max(), load_reference("io.sunspots_maximum"))
    agrees(record.times[record.values.argmax()], load_reference("io.sunspots_maximum_year"))
    agrees(np.sum(record.values == 0), load_reference("io.sunspots_zeros"))
    assert (record.times == np.arange(1700, 2009)).all()
    assert record.step_unit == "year"


def test_co2():
    record = io.load_record("co2")
    missing = np.isnan(record.values)
    agrees(record.values.size, load_reference("io.co2_count"))
    agrees(missing.sum(), load_reference("io.co2_missing"))
    agrees(missing.argmax(), load_reference("io.co2_first_gap"))
    agrees(longest_run(missing), load_reference("io.co2_longest_gap"))
    agrees(np.nanmin(record.values), load_reference("io.co2_minimum"))
    agrees(np.nanmax(record.values), load_reference("io.co2_maximum"))
    agrees(np.nanmean(record.values), load_reference("io.co2_mean"))
    assert (record.labels[0], record.labels[-1]) == ("1958-03-29", "2001-12-29")
    # A week is 7 of 365 or 366 days; 29 March 1958 is day 88.
    np.testing.assert_allclose(np.diff(record.times) * 365.25, 7, atol=0.02)
    assert record.times[0] == 1958 + 87 / 365


def test_digits():
    record = io.load_record("digits")
    assert record.values.shape == (1797, 64)
    assert record.values.dtype == np.float64
    assert record.times is None
    assert (record.license, record.step_unit) == ("CC BY 4.0", "pixel")
    agrees(record.values.shape[0], load_reference("io.digits_count"))
    agrees(record.values.sum(), load_reference("io.digits_sum"))
    assert (record.values.min(), record.values.max()) == (0, 16)
    assert (record.values == np.rint(record.values)).all()
    assert record.labels.dtype == np.int64
    assert set(record.labels.tolist()) == set(range(10))


def test_digits_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    values, labels = datasets.load_digits(return_X_y=True)
    record = io.load_record("digits")
    assert (record.values == values).all()
    assert (record.labels == labels).all()


@pytest.mark.parametrize("name", ["elnino", "sunspots", "co2", "digits"])
def test_every_record_says_where_it_comes_from(name):
    record = io.load_record(name)
    assert record.license == ("CC BY 4.0" if name == "digits" else "public domain")
    assert name == "digits" or record.times.shape == record.values.shape
    assert f"{record.sha256}  {name}.csv" in resource("SHA256SUMS").read_text().splitlines()
    assert record.origin
    assert record.title


def test_a_changed_byte_is_found(tmp_path, monkeypatch):
    for name in ("elnino.csv", "SHA256SUMS"):
        shutil.copy(resource(name), tmp_path / name)
    monkeypatch.setattr(records, "resource", lambda name: tmp_path / name)
    assert io.load_record("elnino").values.size == 732
    content = bytearray((tmp_path / "elnino.csv").read_bytes())
    content[5000] ^= 1
    (tmp_path / "elnino.csv").write_bytes(content)
    with pytest.raises(FileFormatError, match="reinstall perturbsci, or restore the file"):
        io.load_record("elnino")


@pytest.mark.parametrize(("name", "near"), [("el nino", "elnino"), ("CO2", "co2"), (3, "")])
def test_an_unknown_record(name, near):
    with pytest.raises(ParameterError, match=f"did you mean '{near}"):
        io.load_record(name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "names"),
    [("statsmodels", ["co2", "elnino", "sunspots"]), ("sklearn", ["digits"])],
)
def test_the_script_gives_the_same_bytes(tmp_path, package, names):
    pytest.importorskip(package)
    spec = importlib.util.spec_from_file_location("extract", resource("extract_records.py"))
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path, names)
    for name in names:
        assert (tmp_path / f"{name}.csv").read_bytes() == resource(
            f"{name}.csv"
        ).read_bytes()
    sums = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert sums == [
        line
        for line in resource("SHA256SUMS").read_text().splitlines()
        if line[66:].removesuffix(".csv") in names
    ]
