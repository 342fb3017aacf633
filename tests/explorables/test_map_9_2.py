"""9.2: four lines, and one point that leaves the others."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from playwright.sync_api import Locator
from scipy.optimize import minimize
from sklearn.linear_model import QuantileRegressor

from lossnb import l1, l2, mad, tukey_biweight, value_and_grad

from .browser import Figure, numbers
from .conftest import Open

Floats = NDArray[np.float64]
C, DELTA, END, ASKED = 4.6851, 1.345, 3.2, 11
NAMES = ("l2", "l1", "huber", "tukey_biweight")
SPOKEN = dict(zip(NAMES, ("l2", "l1", "Huber", "Tukey"), strict=True))


def points() -> Floats:
    x = np.linspace(-2.75, 2.75, 12)
    y = 0.5 * x + 0.6 * np.random.default_rng(101).normal(size=12)
    return np.stack([x, y.round(2)], axis=1)


def loss_of(name: str, r: Floats) -> tuple[Floats, Floats]:
    """Value and slope at residuals in units of their scale."""
    zeros = np.zeros_like(r)
    if name == "huber":
        at = torch.tensor(r, requires_grad=True)
        each = F.huber_loss(at, torch.zeros_like(at), delta=DELTA, reduction="none")
        each.sum().backward()
        assert at.grad is not None
        return each.detach().numpy(), at.grad.numpy()
    loss = {"l1": l1, "l2": l2, "tukey_biweight": tukey_biweight}[name]
    slope = value_and_grad(loss)(r, zeros, reduction="sum")[1]
    return loss(r, zeros, reduction="none"), slope


def four_lines(x: Floats, y: Floats) -> tuple[dict[str, Floats], float]:
    """As on the page of Tukey's biweight: heights at 0 and slopes; the scale."""
    median = QuantileRegressor(quantile=0.5, alpha=0).fit(x[:, None], y)
    start = np.array([median.intercept_, median.coef_[0]])
    sigma = float(mad(start[0] + start[1] * x, y))

    def huber(line: Floats) -> tuple[float, Floats]:
        value, slope = loss_of("huber", (y - line[0] - line[1] * x) / sigma)
        return value.sum(), np.array([-slope.sum(), -(slope * x).sum()]) / sigma

    found = minimize(huber, start, jac=True, method="BFGS", options={"gtol": 1e-9})
    tukey = start
    for _ in range(500):
        share = (y - tukey[0] - tukey[1] * x) / sigma / C
        root_weight = np.clip(1 - share**2, 0, None)
        tukey = np.polyfit(x, y, 1, w=root_weight)[::-1]
    # Where reweighting ends, the gradient of lossnb's loss is 0.
    at = tukey[0] + tukey[1] * x
    gradient = value_and_grad(tukey_biweight)(at, y, scale=sigma, reduction="sum")[1]
    assert [gradient.sum(), (gradient * x).sum()] == pytest.approx([0, 0], abs=1e-8)
    lines = {"l2": np.polyfit(x, y, 1)[::-1], "l1": start, "huber": found.x}
    return lines | {"tukey_biweight": tukey}, sigma


def seen(name: str, at: Floats) -> tuple[Floats, Floats, Floats]:
    """Residuals in units of the scale, slopes and weights; at l1's own two points no slope."""
    x, y = at.T
    lines, sigma = four_lines(x, y)
    r = (y - lines[name][0] - lines[name][1] * x) / sigma
    r[abs(r) < 1e-6] = 0
    slopes = loss_of(name, r)[1]
    weights = np.minimum(np.divide(slopes, r, out=np.ones_like(r), where=r != 0), 1)
    return r, slopes, weights


def ends(at: Floats) -> Floats:
    lines, _ = four_lines(*at.T)
    return np.array([lines[name] @ [1, END] for name in NAMES])


def agrees(figure: Figure, name: str, at: Floats, last: int) -> None:
    """The live sentence, after a point has been moved."""
    r, slopes, weights = seen(name, at)
    moved = ends(at) - ends(points())
    own = [last + 1, abs(r[last]), abs(slopes[last]), weights[last]]
    assert figure.numbers() == pytest.approx([*own, *moved], abs=6e-3)
    side = "above" if r[last] >= 0 else "below"
    assert f"σ {side} the {SPOKEN[name]} line" in figure.told()


def moved(figure: Figure, *which: int) -> Floats:
    """All points, those that were moved as the address has them."""
    at = points()
    for i in which:
        found = re.search(rf"points\.{i}=([-\d.]+),([-\d.]+)", figure.address())
        assert found
        at[i] = [float(found[1]), float(found[2])]
    return at


def panel(figure: Figure, k: int) -> Locator:
    """The points, the losses, the slopes."""
    return figure.box.locator("svg > g").nth(k)


def values(figure: Figure, k: int, pixels: list[list[float]]) -> Floats:
    """What these places in a panel stand for, by the ticks of its axes."""
    columns = []
    for d, axis in enumerate(panel(figure, k).locator(".axis").all()):
        ticks = axis.locator(".tick").all()
        # An axis sets its ticks half a pixel off.
        places = [numbers(tick.get_attribute("transform") or "")[d] - 0.5 for tick in ticks]
        of = [numbers(tick.text_content() or "")[0] for tick in ticks]
        columns.append(np.polyval(np.polyfit(places, of, 1), np.array(pixels)[:, d]))
    return np.stack(columns, axis=1)


def traced(figure: Figure, k: int, path: str) -> Floats:
    """The corners of a path."""
    d = panel(figure, k).locator(path).get_attribute("d") or ""
    return values(figure, k, [numbers(corner) for corner in re.split("[ML]", d)[1:]])


def marked(figure: Figure, k: int) -> tuple[Floats, Floats]:
    """Where the points are drawn in a panel, and which share of each is filled."""
    places, shares = [], []
    for mark in panel(figure, k).locator("g:has(> .share)").all():
        if "key" in (mark.get_attribute("class") or ""):
            continue
        places.append(numbers(mark.get_attribute("transform") or "")[:2])
        sizes = [
            max(abs(n) for n in numbers(re.sub("[A-Za-z]", " ", d)))
            for d in (
                mark.locator(part).get_attribute("d") or "" for part in (".share", ".outline")
            )
        ]
        shares.append((sizes[0] / sizes[1]) ** 2)
    return values(figure, k, places), np.array(shares)


def test_it_starts_with_four_lines_that_agree(opened: Open) -> None:
    with opened("map_9_2") as figure:
        apart = np.ptp(ends(points()))
        assert apart < 0.05
        for name in NAMES[::-1]:
            figure.choose("loss", name)
            weights = seen(name, points())[2]
            expected = [apart, weights.min(), weights.max()]
            assert figure.numbers() == pytest.approx(expected, abs=6e-3)


def test_only_tukeys_line_comes_back(opened: Open) -> None:
    with opened("map_9_2") as figure:
        figure.control("answer-2").click()
        figure.drag(ASKED, (0, -60))
        at = moved(figure, ASKED)
        agrees(figure, "tukey_biweight", at, ASKED)
        assert min(figure.numbers()[4:]) > 0.4
        assert figure.revealed() == "Now try it."
        figure.drag(ASKED, (0, -200))
        at = moved(figure, ASKED)
        assert at[ASKED] == pytest.approx([2.75, 8], abs=0.06)
        agrees(figure, "tukey_biweight", at, ASKED)
        _, _, slope, weight, *risen = figure.numbers()
        assert [slope, weight] == [0, 0]
        assert risen[0] > 1.9
        assert min(risen[1:3]) > 0.5
        assert abs(risen[3]) < 0.05
        assert figure.revealed().startswith("Not this time. Only Tukey’s")


@pytest.mark.parametrize("name", NAMES)
def test_keys_lift_it_under_each_loss(opened: Open, name: str) -> None:
    with opened("map_9_2") as figure:
        figure.choose("loss", name)
        figure.press(ASKED, *["ArrowUp"] * 20, "[", "ArrowLeft", "ArrowDown")
        at = points()
        at[ASKED, 1] += 4
        at[ASKED - 1] -= 0.2
        agrees(figure, name, at, ASKED - 1)
        figure.press(ASKED, "ArrowUp")
        at[ASKED, 1] += 0.2
        agrees(figure, name, at, ASKED)
        assert figure.revealed().startswith("Only Tukey’s")


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_does_not_lie(opened: Open, name: str) -> None:
    with opened("map_9_2", f"#map_9_2?loss={name}&points.3=-1.25,-2.9") as figure:
        figure.press(ASKED, *["ArrowUp"] * 12)
        at = points()
        at[ASKED, 1], at[3, 1] = 4.35, -2.9
        lines, _ = four_lines(*at.T)
        for own in NAMES:
            expected = [[x, lines[own] @ [1, x]] for x in (-END, END)]
            assert traced(figure, 0, f".line.{own}") == pytest.approx(np.array(expected), abs=0.01)
            for k in (1, 2):
                r, height = traced(figure, k, f".line.{own}").T
                steady = abs(r) > 0.05
                expected = loss_of(own, r)[k - 1]
                assert height[steady] == pytest.approx(expected[steady], abs=0.06)
        assert panel(figure, 0).locator(".line.chosen").get_attribute("class") == (
            f"line {name} chosen"
        )
        r, slopes, weights = seen(name, at)
        for k, expected in enumerate((at[:, 1], loss_of(name, r)[0], slopes)):
            places, shares = marked(figure, k)
            assert shares == pytest.approx(weights, abs=0.01)
            across = at[:, 0] if k == 0 else np.clip(r, -7, 7)
            assert places[:, 0] == pytest.approx(across, abs=0.04)
            low, high = ((-3.2, 8), (-0.3, 8.3), (-4.2, 4.2))[k]
            free = r != 0 if name == "l1" and k == 2 else np.full(12, True)
            assert places[free, 1] == pytest.approx(np.clip(expected, low, high)[free], abs=0.04)
            assert panel(figure, k).locator("g:has(> .share):not(.key)").count() == 12


def test_all_pulls_cancel_even_those_of_the_points_that_hold_the_l1_line(opened: Open) -> None:
    with opened("map_9_2") as figure:
        figure.choose("loss", "l1")
        pulls = marked(figure, 2)[0][:, 1]
        assert abs(pulls).max() < 1.02
        assert [pulls.sum(), pulls @ points()[:, 0]] == pytest.approx([0, 0], abs=0.15)
        (i, j) = np.flatnonzero(seen("l1", points())[0] == 0)
        assert abs(pulls[i]) + abs(pulls[j]) > 0.1
        figure.press(int(i), "ArrowUp", "ArrowDown")
        told = figure.numbers()
        assert told[:4] == pytest.approx([i + 1, 0, abs(pulls[i]), 1], abs=0.03)


def test_a_third_outlier_is_one_too_many(opened: Open) -> None:
    with opened("map_9_2") as figure:
        at = points()
        for count, i in enumerate((11, 10, 9), 1):
            figure.press(i, *["ArrowUp"] * 30)
            at[i, 1] += 6
            agrees(figure, "tukey_biweight", at, i)
            assert (figure.numbers()[-1] > 3) == (count == 3)
            assert (figure.numbers()[-3] > 3) == (count == 3)


def test_tukeys_line_is_sought_from_the_l1_line(opened: Open) -> None:
    """From that of l2 another minimum would be found, 2.1 further up at the right end."""
    with opened("map_9_2", "#map_9_2?points.9=1.75,5&points.11=2.75,4.8") as figure:
        figure.press(ASKED, "ArrowUp")
        at = points()
        at[[9, 11], 1] = 5
        agrees(figure, "tukey_biweight", at, ASKED)


def test_names_at_the_ends_never_overlap(opened: Open) -> None:
    steep = "&".join(f"points.{i}={i / 2 - 2.75},{8 if i > 8 else -3.2}" for i in range(12))
    for state in ("", "#map_9_2?points.11=2.75,8", f"#map_9_2?{steep}"):
        with opened("map_9_2", state) as figure:
            texts = panel(figure, 0).locator("text.colored").all()
            boxes = sorted((t.bounding_box() or {} for t in texts), key=lambda box: box["y"])
            assert len(boxes) == 4
            for upper, lower in pairwise(boxes):
                assert upper["y"] + upper["height"] <= lower["y"] + 1
            outer = figure.box.locator("svg").bounding_box() or {}
            assert boxes[0]["y"] >= outer["y"]
            assert boxes[-1]["y"] + boxes[-1]["height"] <= outer["y"] + outer["height"]


@pytest.mark.parametrize("state", ["level", "pile", "upright"])
def test_odd_places_are_survived(opened: Open, state: str) -> None:
    places = {
        "level": [(i / 2 - 2.75, 1) for i in range(12)],
        "pile": [(1, 1)] * 12,
        "upright": [(1, i / 2) for i in range(12)],
    }[state]
    address = "&".join(f"points.{i}={x},{y}" for i, (x, y) in enumerate(places))
    for name in NAMES:
        with opened("map_9_2", f"#map_9_2?loss={name}&last=0&{address}") as figure:
            told = figure.told()
            assert "NaN" not in told
            assert "NaN" not in figure.box.locator("svg").inner_html()
            heights = np.array(places)[:, 1]
            risen = heights.mean() - ends(points())
            assert figure.numbers()[-4:] == pytest.approx(risen, abs=6e-3)


def test_an_unknown_loss_in_a_link_is_tukeys(opened: Open) -> None:
    with opened("map_9_2", "#map_9_2?loss=toString&last=1.5") as figure:
        assert "Under Tukey" in figure.told()
