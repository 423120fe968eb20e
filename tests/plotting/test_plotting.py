import hashlib
import itertools
import os
import subprocess
import sys

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.plotting import (
    COLORS,
    draw_eigenvalues,
    draw_measure,
    draw_pseudospectrum,
    draw_series,
    save_figure,
    style,
)
from perturbsci.plotting.appearance import label_ends

DRAW = """
import sys
import numpy as np
from matplotlib.figure import Figure
from perturbsci.plotting import draw_eigenvalues, draw_series, save_figure, style
with style():
    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    circle = np.exp(1j * np.arange(12))
    draw_eigenvalues(circle, np.linspace(1e-4, 1, 12), threshold=0.1, ax=left)
    draw_series(np.arange(5.0), {"a": np.arange(5.0), "b": 2 * np.ones(5)}, ax=right)
    right.set_title(r"$\\epsilon^2$ and ö")
    save_figure(figure, sys.argv[1], formats=("png", "pdf", "svg"))
"""
TIMES = np.arange(4.0)


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    matplotlib.pyplot.close("all")


def test_the_colors_are_those_of_okabe_and_ito():
    assert [tuple(int(color[k : k + 2], 16) for k in (1, 3, 5)) for color in COLORS] == [
        (0, 0, 0),
        (230, 159, 0),
        (86, 180, 233),
        (0, 158, 115),
        (240, 228, 66),
        (0, 114, 178),
        (213, 94, 0),
        (204, 121, 167),
    ]


def test_the_style_ends_with_the_block():
    before = dict(matplotlib.rcParams)
    with style():
        assert matplotlib.rcParams["savefig.dpi"] == 150
        assert matplotlib.rcParams["font.family"] == ["DejaVu Sans"]
    assert dict(matplotlib.rcParams) == before
    with pytest.raises(KeyError), style():
        raise KeyError
    assert dict(matplotlib.rcParams) == before


def test_the_settings_of_a_user_do_not_change_the_style():
    with style():
        plain = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.facecolor": "red"}):
        with style():
            assert dict(matplotlib.rcParams) == plain
        assert matplotlib.rcParams["lines.linewidth"] == 9


def test_the_backend_of_a_user_is_left_alone():
    before = matplotlib.get_backend()
    with style():
        assert matplotlib.get_backend() == before


def test_figures_have_the_same_bytes_in_every_process_and_folder(tmp_path):
    digests = []
    folders = [tmp_path / "first", tmp_path / "second"]
    drawing = []
    for folder in folders:
        folder.mkdir()
        words = [sys.executable, "-c", DRAW, "figure"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        drawing.append(subprocess.Popen(words, cwd=folder, env=environment))
    for folder, process in zip(folders, drawing, strict=True):
        assert process.wait() == 0
        files = sorted(folder.iterdir())
        assert [file.suffix for file in files] == [".pdf", ".png", ".svg"]
        digests.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert digests[0] == digests[1]


def test_files_name_neither_software_nor_date(tmp_path):
    png, pdf = save_figure(Figure(), tmp_path / "figure")
    assert b"matplotlib" not in png.read_bytes()
    assert b"Matplotlib" not in png.read_bytes()
    assert b"CreationDate" not in pdf.read_bytes()
    assert b"/Producer" not in pdf.read_bytes()


def test_existing_files_are_replaced_and_nothing_else_is_left(tmp_path):
    old = tmp_path / "figure.v1.png"
    old.write_bytes(b"old")
    paths = save_figure(Figure(), str(tmp_path / "figure.v1"))
    assert paths == (old, tmp_path / "figure.v1.pdf")
    assert old.read_bytes().startswith(b"\x89PNG")
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_failure_keeps_the_old_file(tmp_path, monkeypatch):
    old = tmp_path / "figure.png"
    old.write_bytes(b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=r"needed \d+ bytes, .* an existing file was kept"):
        save_figure(Figure(), tmp_path / "figure", formats=["png"])
    assert list(tmp_path.iterdir()) == [old]
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize("formats", ["png", ("png", "gif"), ("PDF",), (3,), 3, None])
def test_formats_that_are_unknown(tmp_path, formats):
    with pytest.raises(ParameterError, match="pass a sequence of 'png', 'pdf' and 'svg'"):
        save_figure(Figure(), tmp_path / "figure", formats=formats)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder(tmp_path):
    with pytest.raises(ParameterError, match=r"is in no existing folder; make .*/missing"):
        save_figure(Figure(), tmp_path / "missing" / "figure")


@pytest.mark.parametrize("threshold", [None, 0.1])
def test_eigenvalues_are_drawn_on_the_given_axes(ax, threshold):
    values, residuals = [1.0, 0.5j, -0.5j], [1e-3, 0.4, 0.4]
    assert draw_eigenvalues(values, residuals, threshold=threshold, ax=ax) is ax
    pale, trusted = (np.asarray(part.get_offsets()) for part in ax.collections)
    assert len(trusted) == (3 if threshold is None else 1)
    assert np.vstack([trusted, pale]).tolist() == [[1, 0], [0, 0.5], [0, -0.5]]
    assert ax.get_aspect() == 1.0
    assert ax.get_xlabel() == "real part of eigenvalue (no unit)"
    assert ax.get_ylabel() == "imaginary part of eigenvalue (no unit)"


def test_the_color_is_the_residual_and_a_color_bar_fits(ax):
    draw_eigenvalues([1, 1j], [1e-9, 7.0], ax=ax)
    assert ax.collections[-1].get_array().tolist() == [1e-3, 1.0]
    bar = ax.figure.colorbar(ax.collections[-1], ax=ax)
    assert (bar.vmin, bar.vmax) == pytest.approx((1e-3, 1.0))


def test_no_eigenvalues_leave_the_circle(ax):
    draw_eigenvalues([], [], ax=ax)
    assert np.hypot(*ax.lines[0].get_data()) == pytest.approx(np.ones(361))


def test_a_residual_without_bound_is_not_verified(ax):
    draw_eigenvalues([1.0, 2.0], [0.1, 0.5], threshold=0.1, ax=ax)
    assert len(ax.collections[1].get_offsets()) == 1


@pytest.mark.parametrize(
    ("values", "residuals", "error", "match"),
    [
        ([1.0], [0.1, 0.2], ShapeError, "pass one residual an eigenvalue"),
        ([1.0], [-0.1], ParameterError, "residuals holds -0.1; residuals are not negative"),
        ([1.0], [0.1j], ParameterError, r"residuals .* pass residuals\.real"),
        ([np.nan], [0.1], ParameterError, "`eigenvalues` has 1 values that are not finite"),
        ([[1.0]], [0.1], ShapeError, "eigenvalues has shape .* needed 1 axis"),
    ],
)
def test_eigenvalues_that_cannot_be_drawn(ax, values, residuals, error, match):
    with pytest.raises(error, match=match):
        draw_eigenvalues(values, residuals, ax=ax)


def test_a_new_figure_is_made_where_none_is_given():
    first = draw_eigenvalues([1.0], [0.1])
    second = draw_series(TIMES, {"a": TIMES})
    assert first.figure is not second.figure


def test_a_new_figure_of_eigenvalues_says_what_its_colors_mean():
    drawn = draw_eigenvalues([1.0, 0.5], [0.01, 0.4], threshold=0.1)
    bar = drawn.figure.axes[1]
    assert bar.get_ylabel() == "residual (no unit)"
    assert list(bar.lines[-1].get_ydata()) == [0.1, 0.1]


def test_series_are_labeled_at_their_ends_in_their_colors(ax):
    series = {"rising": TIMES, "falling": [3, 2, 1, 0], "flat": np.full(4, 1.5)}
    assert draw_series(TIMES, series, ax=ax) is ax
    labels = {text.get_text(): text for text in ax.texts}
    assert set(labels) == set(series)
    heights = [labels[name].get_position()[1] for name in ("falling", "flat", "rising")]
    assert heights == sorted(heights)
    for line, name in zip(ax.lines, series, strict=True):
        assert np.array_equal(line.get_ydata(), series[name])
        assert to_hex(line.get_color()) == to_hex(labels[name].get_color())
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    "gaps", [[1, 2, np.nan, 4], [1, 2, 3, np.nan], [np.nan] * 4, [1, np.inf, 2, 3]]
)
def test_nan_leaves_a_gap(ax, gaps):
    draw_series(TIMES, {"gap": gaps, "whole": TIMES}, ax=ax)
    assert np.array_equal(ax.lines[0].get_ydata(), gaps, equal_nan=True)
    assert all(np.isfinite(text.get_position()).all() for text in ax.texts)


@pytest.mark.parametrize(
    ("times", "series", "error", "match"),
    [
        (TIMES, {}, ParameterError, r"series is {}; pass a mapping of labels to values"),
        (TIMES, [TIMES], ParameterError, "series is .*; pass a mapping of labels"),
        (TIMES, {"a": TIMES[1:]}, ShapeError, r"series\['a'\] has .* one value a time"),
        (TIMES, {"a": TIMES * 1j}, ParameterError, r"series\['a'\] has dtype complex128"),
        ([0, 1, np.nan, 3], {"a": TIMES}, ParameterError, "`times` has 1 values"),
        (TIMES[:, None], {"a": TIMES}, ShapeError, "times has shape .* needed 1 axis"),
    ],
)
def test_series_that_cannot_be_drawn(ax, times, series, error, match):
    with pytest.raises(error, match=match):
        draw_series(times, series, ax=ax)
    assert not ax.lines


@pytest.mark.parametrize("gap", [0.05, 0.1])
@pytest.mark.parametrize("seed", range(5))
def test_labels_do_not_overlap_and_stay_in_order(ax, gap, seed):
    ends = np.random.default_rng(seed).choice([0.1, 0.11, 0.5, 0.52, 0.9], 7)
    label_ends(ax, [(end, f"{end}", COLORS[5]) for end in ends], gap=gap)
    placed = sorted((text.get_position()[1], float(text.get_text())) for text in ax.texts)
    assert [end for _, end in placed] == sorted(ends)
    assert np.diff([height for height, _ in placed]).min() >= gap - 1e-12


def test_labels_with_room_stay_where_their_lines_end(ax):
    ax.set_ylim(0.0, 10.0)
    label_ends(ax, [(1.0, "low", COLORS[0]), (9.0, "high", COLORS[1])])
    positions = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert positions == pytest.approx({"low": 0.1, "high": 0.9})


def test_labels_are_moved_together_around_where_they_belong(ax):
    label_ends(ax, [(0.5, "a", COLORS[0]), (0.5, "b", COLORS[0])], gap=0.1)
    assert sorted(t.get_position()[1] for t in ax.texts) == pytest.approx([0.45, 0.55])


def test_drawn_labels_of_a_figure_do_not_touch():
    with style():
        figure = Figure(figsize=(6, 4))
        ax = draw_series(
            TIMES, {f"{k}": TIMES + 0.01 * k for k in range(5)}, ax=figure.subplots()
        )
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_the_shipped_colors_are_distinct_in_every_cycle():
    with style():
        cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]
    assert len(set(cycle)) == len(cycle) == 7
    assert set(cycle) < set(COLORS)


def test_a_measure_is_its_density_with_atoms_on_an_axis_of_their_own(ax):
    at = np.linspace(-np.pi, np.pi, 5)
    density = np.array([0.1, -0.02, 0.3, 0.2, 0.1])
    atoms = {"atom_angles": [0.5, 1.5], "atom_masses": [0.2, 0.4]}
    assert draw_measure(at, density, **atoms, ax=ax) is ax
    assert ax.lines[0].get_ydata().tolist() == density.tolist()
    right = ax.figure.axes[1]
    assert right.lines[0].get_ydata().tolist() == [0.2, 0.4]
    assert right.get_ylabel() == "mass of an atom (no unit)"
    zeros = [each.transData.transform((0.0, 0.0))[1] for each in (ax, right)]
    assert zeros[0] == pytest.approx(zeros[1])


def test_a_measure_without_atoms_has_one_axis(ax):
    draw_measure([0.0, 1.0], [1.0, 1.0], ax=ax)
    assert len(ax.figure.axes) == 1
    draw_measure([0.0, 1.0], [1.0, 1.0], atom_angles=[], atom_masses=[], ax=ax)
    assert len(ax.figure.axes) == 2


@pytest.mark.parametrize(
    ("density", "atoms", "error", "match"),
    [
        ([1.0], {}, ShapeError, "one value an angle"),
        ([1.0, 1.0], {"atom_angles": [0.0]}, ParameterError, "atom_masses is None"),
        ([1.0, 1.0], {"atom_masses": [0.0]}, ParameterError, "atom_angles is None"),
        (
            [1.0, 1.0],
            {"atom_angles": [0.0], "atom_masses": [1.0, 2.0]},
            ShapeError,
            "one mass an atom",
        ),
    ],
)
def test_a_measure_that_does_not_fit_is_refused(ax, density, atoms, error, match):
    with pytest.raises(error, match=match):
        draw_measure([0.0, 1.0], density, **atoms, ax=ax)


def distances(n):
    side = np.linspace(-1.5, 1.5, n)
    grid = side + 1j * side[:, None]
    return grid, abs(abs(grid) - 1)


def corners(ax):
    """Return the corners of all level curves, labels cut out of them or not."""
    paths = [path for lines in ax.collections for path in lines.get_paths()]
    return np.concatenate([path.vertices for path in paths])


@pytest.mark.parametrize("scattered", [False, True])
def test_the_curves_of_a_pseudospectrum_lie_on_their_level(ax, scattered):
    grid, values = distances(61)
    if scattered:
        grid, values = grid.ravel(), values.ravel()
    draw_pseudospectrum(grid, values, levels=(0.2,), ax=ax)
    found = np.abs(np.abs(corners(ax) @ np.array([1, 1j])) - 1)
    # linear interpolation over a spacing of 0.05: an error of 0.05^2 / 8 times a curvature
    assert found == pytest.approx(np.full(found.shape, 0.2), abs=2e-3)
    assert [text.get_text() for text in ax.texts].count("ε = 0.2") >= 1
    assert ax.get_xlabel() == "real part of z (no unit)"


@pytest.mark.parametrize(
    ("grid", "values", "levels", "error", "advice"),
    [
        (np.ones(4), np.ones(3), (0.1,), ShapeError, "values has shape"),
        (np.ones(2), np.ones(2), (0.1,), ShapeError, "at least 3"),
        (np.arange(4.0), -np.ones(4), (0.1,), ParameterError, "holds -1"),
        (np.arange(4.0), np.full(4, np.nan), (0.1,), ParameterError, "no NaN"),
        (*distances(5), (), ParameterError, "positive numbers that increase"),
        (*distances(5), (0.2, 0.1), ParameterError, "positive numbers that increase"),
        (*distances(5), (0.0, 0.1), ParameterError, "positive numbers that increase"),
    ],
)
def test_what_is_no_pseudospectrum_is_refused(ax, grid, values, levels, error, advice):
    with pytest.raises(error, match=advice):
        draw_pseudospectrum(grid, values, levels=levels, ax=ax)
