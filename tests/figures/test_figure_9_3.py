"""Figure 9.3 from a record: what is drawn is what was recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lossnb.experiments import Record
from lossnb.figures import figure_9_3, use_style

WEIGHTS = (0.001, 0.01, 0.1, 1.0)
EXPLORABLES = Path(__file__).parents[2] / "chapters" / "_explorables"


def synthetic(weight: float) -> Record:
    """Ten clusters on a circle that shrinks with λ, and the more tightly the larger it is."""
    rng = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(10) / 10
    centers = 5 / weight**0.25 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = rng.integers(0, 10, 500).astype(np.uint8)
    features = centers[labels] + rng.normal(size=(500, 2)) * weight**-0.5 / 20
    found = {
        "features": features.astype(np.float16),
        "labels": labels,
        "centers": centers.astype(np.float32),
        "test_spread": 2.0,
        "gap": 5.0,
        "ratio": 2.5,
        "test_accuracy": 0.98765,
        "test_nearest_center_accuracy": 0.5,
        "diverged_at": None,
    }
    return Record({"weight": weight}, found, {})


@pytest.fixture
def records() -> dict[str, Record]:
    return {f"lambda-{weight:g}": synthetic(weight) for weight in WEIGHTS}


@pytest.fixture
def axes() -> Iterator[Any]:
    use_style()
    fig, axes = plt.subplots(2, 2, figsize=(7, 7))
    yield list(axes.flat)
    plt.close(fig)


def test_each_panel_shows_its_features_and_centres(axes: Any, records: dict[str, Record]) -> None:
    figure_9_3.draw(axes, records)
    titles = ["(a) λ = 0.001", "(b) λ = 0.01", "(c) λ = 0.1", "(d) λ = 1"]
    for ax, title, record in zip(axes, titles, records.values(), strict=True):
        found = record.found
        assert ax.get_title() == title
        assert ax.get_xlabel()
        assert ax.get_ylabel()
        assert len(ax.collections) == 10
        for digit, cloud in enumerate(ax.collections):
            assert cloud.get_rasterized()
            drawn = np.asarray(cloud.get_offsets())
            np.testing.assert_array_equal(drawn, found["features"][found["labels"] == digit])
        (dots,) = ax.lines
        np.testing.assert_array_equal(dots.get_xydata(), found["centers"])
        assert dots.get_markerfacecolor() == "white"
        for digit, label in enumerate(ax.texts):
            assert label.get_text() == str(digit)
            # The label stands on the centre's ray, beyond nearly all of its cluster.
            (x, y), center = label.xy, found["centers"][digit]
            assert x * center[1] == pytest.approx(y * center[0])
            own = found["features"][found["labels"] == digit] @ center
            assert 0.95 < np.mean(own <= np.dot(label.xy, center)) < 1
            assert np.dot(label.xyann, center) > 0


def test_the_ten_colours_differ_and_are_those_of_the_figure_that_moves() -> None:
    assert len(set(figure_9_3.COLOURS)) == 10
    script = (EXPLORABLES / "center.mjs").read_text(encoding="utf-8")
    (moving,) = re.findall(r'^const COLOURS =\s*"([^"]+)"\.split\(" "\);$', script, re.MULTILINE)
    assert moving.split() == figure_9_3.COLOURS


def test_no_page_has_other_colours_for_the_digits() -> None:
    for path in EXPLORABLES.parent.glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not re.search(r"\b(tab(10|20)|Set[123]|Paired)", "".join(cell["source"])), (
                path.name
            )


def test_as_printed_each_panel_has_its_own_scale(axes: Any, records: dict[str, Record]) -> None:
    figure_9_3.draw(axes, records)
    widths = [np.ptp(ax.get_xlim()) for ax in axes]
    assert widths[0] > 2 * widths[3]


def test_on_one_scale_nothing_is_cut_off(axes: Any, records: dict[str, Record]) -> None:
    figure_9_3.draw(axes, records, shared=True)
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1
    assert not any(ax.texts for ax in axes)
    low, high = np.transpose([axes[0].get_xlim(), axes[0].get_ylim()])
    for record in records.values():
        assert (low < record.found["features"]).all()
        assert (record.found["features"] < high).all()


def test_the_picture_is_the_same_every_time(records: dict[str, Record]) -> None:
    pictures = []
    for _ in range(2):
        use_style()
        fig, axes = plt.subplots(2, 2)
        figure_9_3.draw(list(axes.flat), records)
        file = BytesIO()
        fig.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(fig)
        pictures.append(file.getvalue())
    assert pictures[0] == pictures[1]
    assert b"<image" in pictures[0]


def test_a_divergence_stands_in_the_title(axes: Any, records: dict[str, Record]) -> None:
    found = records["lambda-1"].found
    found["diverged_at"] = 7
    found["features"][:3] = found["centers"][:] = np.nan
    figure_9_3.draw(axes, records)
    assert axes[3].get_title() == "(d) λ = 1, diverged at step 7"
    axes[3].figure.canvas.draw()


def test_a_panel_too_few_is_refused(axes: Any, records: dict[str, Record]) -> None:
    with pytest.raises(ValueError, match=r"^axes must be 4, one a run; got 3$"):
        figure_9_3.draw(axes[:3], records)


def test_the_table_tells_the_numbers(records: dict[str, Record]) -> None:
    head, rule, *rows = figure_9_3.table(records).splitlines()
    assert head.startswith("| λ | spread | gap | gap / spread | accuracy, % |")
    assert rule.count("--:") == 6
    assert rows[0] == "| 0.001 | 2.00 | 5.00 | 2.50 | 98.77 | 50.00 |"
    assert [row.split(" | ")[0] for row in rows] == ["| 0.001", "| 0.01", "| 0.1", "| 1"]
