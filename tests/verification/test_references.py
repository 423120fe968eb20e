import json

import pytest

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.verification import list_references, load_reference, references

ENTRY = {
    "id": "sample.year",
    "quantity": "the year in months",
    "parameters": {"planet": "Earth"},
    "value": 12.0,
    "tolerance": 0.01,
    "origin": "exact",
    "source": "the orbit of the Earth",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that stands for ``data/reference``."""
    monkeypatch.setattr(references, "resource", lambda *_: tmp_path)
    references._table.cache_clear()
    yield tmp_path
    references._table.cache_clear()


def write(folder, *entries, name="sample"):
    (folder / f"{name}.json").write_text(json.dumps(entries), encoding="utf-8")


def test_every_shipped_reference_can_be_loaded():
    for identifier in list_references():
        reference = load_reference(identifier)
        assert reference.id == identifier
        assert reference.quantity
        assert reference.source
        assert reference.origin in ("exact", "derived", "published", "measured")


def test_references_are_listed_sorted_and_once():
    assert list(list_references()) == sorted(set(list_references()))


def test_all_fields_of_an_entry_are_read(folder):
    write(folder, ENTRY)
    reference = load_reference(ENTRY["id"])
    assert {name: getattr(reference, name) for name in ENTRY} == ENTRY


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("koopman.elnino_anual_period", "koopman.elnino_annual_period"),
        ("elnino_minimum", "io.elnino_minimum"),
    ],
)
def test_an_unknown_id_offers_the_nearest(wrong, right):
    with pytest.raises(ParameterError, match=f"'{wrong}'.* did you mean '{right}'"):
        load_reference(wrong)


@pytest.mark.parametrize("identifier", [None, 3, "", ["koopman.year"]])
def test_an_id_that_is_no_text_is_refused_the_same_way(identifier):
    with pytest.raises(ParameterError, match="is no reference number; did you mean"):
        load_reference(identifier)


def test_an_empty_folder_says_so(folder):
    assert list_references() == ()
    with pytest.raises(ParameterError, match="data/reference is empty"):
        load_reference(ENTRY["id"])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"id": "other.year"}, "'other.year' must begin with 'sample' and a dot, or"),
        (
            {"id": 3},
            "reference 3 must begin with 'sample' and a dot, or with its first words",
        ),
        ({"origin": "guessed"}, r"origin 'guessed', not one of \('exact', 'derived'"),
        ({"tolerance": -1e-3}, "tolerance -0.001, not a number from 0 on; correct"),
        ({"tolerance": float("nan")}, "tolerance nan, not a number from 0 on"),
        ({"tolerance": float("inf")}, "tolerance inf, not a number from 0 on"),
        ({"tolerance": "small"}, "tolerance .*small.*, not a number from 0 on"),
        ({"tolerance": None}, "tolerance None, not a number from 0 on"),
        ({"color": "red"}, "no reference number.* each needs exactly id, quantity"),
    ],
)
def test_a_bad_entry_names_file_and_problem(folder, changes, match):
    write(folder, ENTRY | changes)
    with pytest.raises(FileFormatError, match=match) as caught:
        load_reference(ENTRY["id"])
    assert "sample.json" in str(caught.value)


@pytest.mark.parametrize("name", ENTRY)
def test_an_entry_without_one_of_the_fields(folder, name):
    write(folder, {key: value for key, value in ENTRY.items() if key != name})
    with pytest.raises(FileFormatError, match=f"missing.*'{name}'.* each needs exactly"):
        list_references()


@pytest.mark.parametrize("content", [b"", b"[", b"3", b"[3]", b'{"id": 1}', b"\xff"])
def test_a_file_that_is_no_list_of_entries(folder, content):
    (folder / "sample.json").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"sample\.json holds an entry that is no"):
        list_references()


def test_an_id_that_occurs_twice(folder):
    write(folder, ENTRY, ENTRY)
    with pytest.raises(FileFormatError, match=r"'sample\.year' occurs twice; correct"):
        list_references()
