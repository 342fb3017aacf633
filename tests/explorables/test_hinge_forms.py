"""9.1.2: three scores in the reader's hand, and what each loss called hinge makes of them."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from playwright.sync_api import Locator

from lossnb import hinge, value_and_grad

from .browser import NARROW, PHONE, Figure, numbers
from .conftest import Open

BOOK = [1.0, 0.5, 0.0]
FORMS = ("crammer_singer", "weston_watkins", "one_vs_all", "target_score")
LOWEST, HIGHEST = -2.4, 3.4
UNIT = 140 / (HIGHEST - LOWEST)  # of a score in a panel, in pixels
PILE = 16  # its width, in pixels
THIRDS = {"⅓": 1 / 3, "⅔": 2 / 3}


def judged(form: str, z: np.ndarray, y: int, p: int) -> tuple[float, np.ndarray]:
    """The loss of one sample, and its pull at each score."""
    if form == "one_vs_all":
        signs = np.where(np.arange(3) == y, 1, -1)
        options = {"form": "binary", "p": p, "reduction": "sum"}
        loss, gradient = value_and_grad(hinge)(z, signs, **options)
        return float(loss), -gradient
    loss, gradient = value_and_grad(hinge)(z[None], np.array([y]), form=form, p=p)
    return float(loss), -gradient[0]


def asked(form: str, z: np.ndarray, y: int) -> dict[int, float]:
    """The level that each class should reach, or a rival should not pass."""
    rivals = [j for j in range(3) if j != y]
    if form == "target_score":
        return {y: 1}
    if form == "one_vs_all":
        return {y: 1} | dict.fromkeys(rivals, -1)
    return dict.fromkeys(rivals, z[y] - 1)


def ends(mark: Locator) -> np.ndarray:
    """Of a line, in pixels."""
    found = re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", mark.get_attribute("d") or "")
    return np.array(found, dtype=float)


def scores(mark: Locator) -> list[float]:
    """The ends of a line, as scores."""
    return list(LOWEST + (150 - ends(mark)[:, 1]) / UNIT)


def panel(figure: Figure, form: str) -> Locator:
    return figure.box.locator("svg > g").nth(1 + FORMS.index(form))


def read(text: str) -> float:
    """A signed number, or a third."""
    sign = -1 if text.startswith("−") else 1
    return sign * (THIRDS[text[1:]] if text[1:] in THIRDS else abs(numbers(text)[0]))


def agrees(
    figure: Figure,
    h: list[float],
    y: int = 0,
    c: float = 0,
    p: int = 1,
    last: int | None = None,
) -> None:
    """What is said and what is drawn is what lossnb says."""
    before_c = np.array(h, dtype=float)
    z = before_c + c
    lead = z[y] - np.delete(z, y).max()
    found = {form: judged(form, z, y, p) for form in FORMS}
    before = {form: judged(form, before_c, y, p) for form in FORMS}
    said = [y, abs(lead), *(loss for loss, _ in found.values())]
    said += [0, *(loss for loss, _ in before.values())] if c else []
    said += [] if last is None else [last, *(pull[last] for _, pull in found.values())]
    told = figure.told()
    assert figure.numbers() == pytest.approx(said, abs=6e-3)
    assert ("trails" in told) == (lead < 0)
    assert ("not right, and yet" in told) == (lead <= 0 and found["target_score"][0] == 0)
    for form, (loss, pull) in found.items():
        own = panel(figure, form)
        classes = [text for text in own.locator("text").all_text_contents() if text]
        assert classes[:4] == [*(f"{j} = y" if j == y else str(j) for j in range(3)), "loss"]
        assert [read(text) for text in classes[4:7]] == pytest.approx(pull, abs=6e-3)
        assert numbers(classes[-1]) == pytest.approx([loss], abs=6e-3 if loss < 10 else 0.06)
        dots = own.locator("path.dot").all()
        for j, dot in enumerate(dots):
            _, height = numbers(dot.get_attribute("transform") or "")
            assert LOWEST + (150 - height) / UNIT == pytest.approx(z[j], abs=0.01)
            kinds = (dot.get_attribute("class") or "").split()
            assert ("plus" in kinds) == (j == y)
            assert ("silent" in kinds) == (pull[j] == 0)
        levels = asked(form, z, y)
        drawn = [scores(mark)[0] for mark in own.locator("path.edge").all()]
        assert drawn == pytest.approx([levels[j] for j in sorted(levels)], abs=0.01)
        lacking = [j for j in sorted(levels) if pull[j]]
        lacks = own.locator("path.lack").all()
        assert len(lacks) == len(lacking)
        for j, mark in zip(lacking, lacks, strict=True):
            assert scores(mark) == pytest.approx([z[j], levels[j]], abs=0.01)
        pieces = [scores(mark) for mark in own.locator("path.piece").all()]
        assert len(pieces) == len(lacking)
        assert sum(top - foot for foot, top in pieces) == pytest.approx(loss, abs=0.02)
        cut = own.locator(f'path.seam[d*="l{PILE // 2},"]').count()
        assert cut == (LOWEST + loss > HIGHEST)
        arrows = own.locator("path.pull").all()[: np.count_nonzero(pull)]
        for j, mark in zip(np.flatnonzero(pull), arrows, strict=True):
            start, to, head = (
                float(value)
                for value in re.findall(
                    r",([-\d.]+)V([-\d.]+)m-3,([-\d.]+)", mark.get_attribute("d") or ""
                )[0]
            )
            end = np.clip(z[j] + pull[j], LOWEST, HIGHEST)
            drawn_ends = [LOWEST + (150 - at) / UNIT for at in (start, to)]
            assert drawn_ends == pytest.approx([z[j], end], abs=0.01)
            assert np.sign(head) == np.sign(pull[j])
        if c:
            thin = own.locator("path.pull").last
            assert scores(thin)[0] - LOWEST == pytest.approx(before[form][0], abs=0.01)


def link(h: list[float], y: int, c: float, p: int) -> str:
    points = "&".join(f"points.{j}={j},{value}" for j, value in enumerate(h))
    return f"#hinge_forms?label={y}&c={c}&power={'squared' if p == 2 else 'plain'}&{points}"


def test_it_starts_where_the_lines_of_the_still_figure_cross(opened: Open) -> None:
    with opened("hinge_forms") as figure:
        agrees(figure, BOOK)
        assert [figure.at(j) for j in range(3)] == [[j, h] for j, h in enumerate(BOOK)]


@pytest.mark.parametrize("y", range(3))
@pytest.mark.parametrize("p", [1, 2])
def test_every_form_is_the_packages(opened: Open, y: int, p: int) -> None:
    random = np.random.default_rng(9 + 3 * p + y)
    for c in (0, float(random.choice([-1, -0.5, 0.25, 1]))):
        h = list(random.integers(-4, 9, size=3) / 4)
        with opened("hinge_forms", link(h, y, c, p)) as figure:
            agrees(figure, h, y, c, p)


@pytest.mark.parametrize("h", [[1, 0, 0], [0.5, 0.5, 0.5], [1.75, 0.75, -0.25], [1, 2, 2]])
def test_kinks_and_ties_are_the_packages(opened: Open, h: list[float]) -> None:
    with opened("hinge_forms", link(h, 0, 0, 1)) as figure:
        agrees(figure, h)
        figure.choose("label", "1")
        agrees(figure, h, 1)


def test_lowering_all_changes_two_losses_in_opposite_ways(opened: Open) -> None:
    with opened("hinge_forms") as figure:
        figure.control("answer-2").click()
        figure.control("c").focus()
        for _ in range(3):
            figure.page.keyboard.press("ArrowLeft")
        assert figure.revealed() == "Now try it."
        figure.page.keyboard.press("ArrowLeft")
        assert figure.revealed().startswith("You were right.")
        agrees(figure, BOOK, c=-1)
        _, _, *now, _, a, b, one_vs_all, target_score = figure.numbers()
        assert now[:2] == [a, b]
        assert now[2] < one_vs_all
        assert now[3] > target_score


def test_where_nothing_rises_nothing_is_revealed(opened: Open) -> None:
    with opened("hinge_forms", link([2, -1, -1], 0, 0, 1)) as figure:
        figure.slide("c", -1)
        agrees(figure, [2, -1, -1], c=-1)
        assert figure.revealed() == ""


def test_a_second_rival_is_noticed_by_weston_and_watkins_alone(opened: Open) -> None:
    """What the reader is asked to try next: one-vs-all pulled at it all the time."""
    with opened("hinge_forms") as figure:
        before = figure.numbers()
        figure.press(2, "ArrowUp")
        agrees(figure, [1, 0.5, 0.25], last=2)
        now = figure.numbers()
        assert now[2] == before[2]
        assert now[3] > before[3]
        assert now[7:] == pytest.approx([0, -0.33, -1, 0])


def test_the_target_score_is_content_with_a_wrong_sample(opened: Open) -> None:
    with opened("hinge_forms") as figure:
        figure.press(1, *["ArrowUp"] * 3)
        agrees(figure, [1, 1.25, 0], last=1)
        assert "pays nothing" in figure.told()
        figure.press(1, *["ArrowDown"] * 2)
        assert "pays nothing" not in figure.told()


def test_scores_are_dragged_in_quarters_and_stay_on_their_rails(opened: Open) -> None:
    with opened("hinge_forms") as figure:
        figure.drag(1, (30, -60))
        j, height = figure.at(1)
        assert j == 1
        assert 1 < height < 2
        assert (4 * height).is_integer()
        agrees(figure, [1, height, 0], last=1)
        figure.drag(1, (0, -400))
        assert figure.at(1)[1] == 2
        figure.slide("c", 1)
        assert figure.at(1)[1] == 3
        figure.press(0, *["ArrowDown"] * 12, "]", "]", "ArrowUp")
        agrees(figure, [-1, 2, 0.25], c=1, last=2)
        place = figure.handle(2).get_attribute("transform")
        dots = figure.box.locator("svg > g").first.locator("path.dot")
        assert dots.nth(2).get_attribute("transform") == place


def test_the_label_and_the_power_are_chosen(opened: Open) -> None:
    with opened("hinge_forms") as figure:
        figure.choose("label", "2")
        agrees(figure, BOOK, 2)
        figure.choose("power", "squared")
        agrees(figure, BOOK, 2, p=2)
        assert "the label" in (figure.handle(2).get_attribute("aria-label") or "")


def test_a_class_is_marked_in_all_panels(opened: Open) -> None:
    with opened("hinge_forms") as figure:
        figure.handle(2).focus()
        for root in figure.box.locator("svg > g").all():
            kinds = [dot.get_attribute("class") or "" for dot in root.locator("path.dot").all()]
            assert ["regarded" in kind for kind in kinds] == [False, False, True]


def test_odd_links_are_survived(opened: Open) -> None:
    odd = "#hinge_forms?label=toString&power=3&c=50&last=1.5&points.0=7,99&points.1=0,-99"
    with opened("hinge_forms", odd) as figure:
        agrees(figure, [2, -1, 0], c=1)
        assert "NaN" not in figure.box.locator("svg").inner_html()


@pytest.mark.parametrize("width", [NARROW, PHONE, 560, 1280])
@pytest.mark.parametrize("p", [1, 2])
def test_no_two_texts_overlap(opened: Open, width: int, p: int) -> None:
    state = link([2, -1, 0.25], 1, 0.5, p)
    with opened("hinge_forms", state, viewport={"width": width, "height": 900}) as figure:
        gap = 1 if width == NARROW else 2
        svg = figure.box.locator("svg").bounding_box() or {}
        texts = figure.box.locator("svg text").filter(has_text=re.compile(r"\S"))
        boxes = [text.bounding_box() or {} for text in texts.all()]
        for box in boxes:
            assert box["x"] >= svg["x"] - 1
            assert box["x"] + box["width"] <= svg["x"] + svg["width"] + 1
        for one, other in combinations(boxes, 2):
            apart = (
                one["x"] + one["width"] <= other["x"] - gap
                or other["x"] + other["width"] <= one["x"] - gap
                or one["y"] + one["height"] <= other["y"] + 4
                or other["y"] + other["height"] <= one["y"] + 4
            )
            assert apart, (one, other)


@pytest.mark.parametrize("width", [NARROW, PHONE, 560])
def test_handles_do_not_cover_one_another(opened: Open, width: int) -> None:
    with opened("hinge_forms", viewport={"width": width, "height": 900}) as figure:
        middles = [figure.handle(j).bounding_box() or {} for j in range(3)]
        assert np.diff([box["x"] for box in middles]).min() >= 44
