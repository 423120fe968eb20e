from pathlib import Path

import pytest

from perturbsci import resources
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.resources import resource


def test_a_file_of_the_data_tree_is_found():
    assert resource("reference", "koopman.json").is_file()
    assert resource("reference/koopman.json") == resource("reference", "koopman.json")
    assert resource().is_dir()


@pytest.mark.parametrize("part", ["..", "reference/../../x", "/etc/passwd", 3, None, b"x"])
def test_parts_that_lead_out_of_the_tree_are_refused(part):
    with pytest.raises(ParameterError, match="must be a name inside the data tree"):
        resource(part)


def test_a_missing_file_names_both_places_and_the_advice():
    package = Path(resources.__file__).parent
    with pytest.raises(FileFormatError, match=r"data file 'sun/spots\.csv'") as caught:
        resource("sun", "spots.csv")
    for place in (package / "data", package.parent / "data"):
        assert f"in {place}" in str(caught.value)
    assert "reinstall perturbsci, or check the spelling" in str(caught.value)


def test_the_tree_inside_the_package_comes_first(monkeypatch, tmp_path):
    package = tmp_path / "perturbsci"
    for folder in (tmp_path / "data", package / "data"):
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text("x")
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    assert resource("x.csv") == package / "data" / "x.csv"
    (package / "data" / "x.csv").unlink()
    assert resource("x.csv") == tmp_path / "data" / "x.csv"
