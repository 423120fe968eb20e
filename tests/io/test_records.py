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


@pytest.mark.parametrize("name", ["elnino", "sunspots", "co2"])
def test_every_record_says_where_it_comes_from(name):
    record = io.load_record(name)
    assert record.license == "public domain"
    assert record.times.shape == record.values.shape
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
def test_the_script_gives_the_same_bytes(tmp_path):
    pytest.importorskip("statsmodels")
    spec = importlib.util.spec_from_file_location("extract", resource("extract_records.py"))
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    for name in ("elnino.csv", "sunspots.csv", "co2.csv", "SHA256SUMS"):
        assert (tmp_path / name).read_bytes() == resource(name).read_bytes()
