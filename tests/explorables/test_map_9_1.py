"""9.1's map: three losses and the lines that they train on sixty points."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator
from scipy.optimize import minimize
from sklearn.svm import SVC

import lossnb

from .browser import Figure, numbers
from .conftest import Open

Floats = NDArray[np.float64]
PENALTY, CUT = 0.1, -0.5
NAMES = ("cross_entropy", "hinge", "ramp")
ASKED = 16
STILL = {"reduced_motion": "reduce"}


def points() -> tuple[Floats, Floats]:
    y = np.repeat([1.0, -1.0], 30)
    noise = np.random.default_rng(1723).normal(size=(60, 2))
    return (0.75 * noise + 1.1 * y[:, None] * [1.0, 0.5]).round(2), y


X, Y = points()
ANEW = np.array([0.0, 0.3, 0.0])


def of_margin(name: str, u: Floats) -> tuple[Floats, Floats]:
    """Value and slope, as the package has them."""
    if name == "cross_entropy":
        logits, first = np.stack([u, 0 * u], axis=1), np.zeros(len(u), dtype=int)
        loss = lossnb.cross_entropy(logits, first, reduction="none")
        slope = lossnb.value_and_grad(lossnb.cross_entropy)(logits, first, reduction="sum")[1]
        return loss, slope[:, 0]
    options = {"form": "binary"} | ({"s": CUT} if name == "ramp" else {})
    function = getattr(lossnb, name)
    ones = np.ones_like(u)
    loss = function(u, ones, reduction="none", **options)
    return loss, lossnb.value_and_grad(function)(u, ones, reduction="sum", **options)[1]


def cost(name: str, v: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    inputs = np.column_stack([x, np.ones(len(x))])
    loss, slope = of_margin(name, y * (inputs @ v))
    shrunk = PENALTY * v * [1, 1, 0]
    return loss.mean() + shrunk @ v / 2, shrunk + (inputs * (y * slope)[:, None]).mean(axis=0)


def machine(x: Floats, y: Floats, heard: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The best line by the hinge for those that are heard, and how hard each of them pulls."""
    strength = 1 / (len(x) * PENALTY)
    svm = SVC(kernel="linear", C=strength, tol=1e-10).fit(x[heard], y[heard])
    pulls = np.zeros(len(x))
    pulls[np.flatnonzero(heard)[svm.support_]] = np.abs(svm.dual_coef_[0]) / strength
    return np.append(svm.coef_[0], svm.intercept_[0]), pulls


def best(name: str, x: Floats, y: Floats, start: Floats) -> tuple[Floats, Floats]:
    """The line that a loss comes to, and the pulls at it: by SciPy and scikit-learn."""
    if name == "cross_entropy":
        found = minimize(
            lambda v: cost(name, v, x, y), ANEW, jac=True, method="BFGS", options={"gtol": 1e-10}
        ).x
        margins = y * (x @ found[:2] + found[2])
        return found, np.abs(of_margin(name, margins)[1])
    if name == "hinge":
        return machine(x, y, np.ones(len(x), dtype=bool))
    v = start
    for step in range(600):
        v = v - 0.5 * (1 - step / 600) * cost(name, v, x, y)[1]
    heard = np.zeros(len(x), dtype=bool)
    while (heard != (y * (x @ v[:2] + v[2]) > CUT)).any():
        heard = y * (x @ v[:2] + v[2]) > CUT
        v, pulls = machine(x, y, heard)
    return v, pulls


BOOK = best("cross_entropy", X, Y, ANEW)[0].round(3)
UNTOUCHED = {name: best(name, X, Y, BOOK)[0] for name in NAMES}


class Seen(NamedTuple):
    v: Floats
    margins: Floats
    pulls: Floats
    turn: float
    all: list[float]

    def of(self, i: int) -> list[float]:
        """The numbers of the sentence when this point was moved last."""
        return [i + 1, self.margins[i], self.pulls[i], self.turn, *self.all]


def see(name: str, x: Floats, y: Floats, start: Floats = BOOK) -> Seen:
    v, pulls = best(name, x, y, start)
    margins = y * (x @ v[:2] + v[2])
    beyond = margins > 1 + 1e-5
    share = 100 * pulls[beyond].sum() / pulls.sum()
    old = UNTOUCHED[name]
    sine, cosine = old[0] * v[1] - old[1] * v[0], old[:2] @ v[:2]
    turn = float(np.degrees(np.abs(np.arctan2(sine, cosine))))
    count = float((pulls > 1e-9).sum())
    return Seen(v, margins, pulls, turn, [count, 60, float(beyond.sum()), 1, share])


def agree(said: list[float], wanted: list[float]) -> bool:
    """As far as it is written: whole per cents, tenths of a degree, hundredths."""
    digits = [0.006] * (len(wanted) - 1) + [0.51]
    if len(wanted) > 5:
        digits[3] = 0.06
    near = np.abs(np.subtract(said, wanted)) <= digits
    return bool(near.all())


def moved(i: int, to: list[float] | None = None, flip: bool = True) -> tuple[Floats, Floats]:
    x, y = X.copy(), Y.copy()
    if to:
        x[i] = to
    if flip:
        y[i] *= -1
    return x, y


def state(figure: Figure) -> dict[str, Floats]:
    """What the address says, without the loss."""
    query = parse_qs(figure.address().partition("?")[2])
    return {
        key: np.array([float(n) for n in value[0].split(",")])
        for key, value in query.items()
        if key != "loss"
    }


def scales(figure: Figure, k: int) -> list[Callable[[float], float]]:
    """Of the k-th panel, from pixels to numbers: read from where its ticks stand."""
    root = figure.box.locator("svg > g").nth(k)
    made: list[Callable[[float], float]] = []
    for axis in (0, 1):
        ticks = root.locator(".axis").nth(axis).locator(".tick").all()
        labelled = [tick for tick in ticks if tick.locator("text").count()]
        # d3 sets its ticks half a pixel off, so that they are sharp.
        at = [written(tick, "transform")[axis] - 0.5 for tick in labelled]
        value = [numbers(tick.text_content() or "")[0] for tick in labelled]
        made.append(np.poly1d(np.polyfit(at, value, 1)))
    return made


def written(mark: Locator, attribute: str) -> list[float]:
    """The numbers of a path or a place, letters or not."""
    return [float(n) for n in re.findall(r"-?[\d.]+", mark.get_attribute(attribute) or "")]


def drawn(figure: Figure, selector: str, k: int, attribute: str = "transform") -> list[Floats]:
    """Where marks of the k-th panel lie, or the corners of paths: in numbers of its axes."""
    x, y = scales(figure, k)
    marks = figure.box.locator("svg > g").nth(k).locator(selector).all()
    rows = [np.reshape(written(mark, attribute), (-1, 2)) for mark in marks]
    return [np.array([(x(a), y(b)) for a, b in row]) for row in rows]


def test_its_points_are_those_of_the_seed(opened: Open) -> None:
    with opened("map_9_1") as figure:
        at = [figure.at(i) for i in range(60)]
        labels = [numbers(figure.handle(i).get_attribute("aria-label") or "") for i in range(60)]
    assert np.allclose(at, X)
    assert labels == [[i + 1, y] for i, y in enumerate(Y)]


def test_half_of_the_pulling_of_cross_entropy_is_done_by_points_that_are_safely_right(
    opened: Open,
) -> None:
    seen = {name: see(name, X, Y) for name in NAMES}
    with opened("map_9_1") as figure:
        for name in (*NAMES, "cross_entropy"):
            figure.choose("loss", name)
            assert agree(figure.numbers(), seen[name].all)
        figure.control("loss").locator('input[value="hinge"]').click()
        assert agree(figure.numbers(), seen["hinge"].all)
        figure.page.keyboard.press("ArrowRight")
        assert agree(figure.numbers(), seen["ramp"].all)
    assert seen["cross_entropy"].all[4] > 50
    assert seen["hinge"].all[4] == seen["ramp"].all[4] == 0


def test_the_line_goes_on_turning_until_the_ramp_lets_go(opened: Open) -> None:
    with opened("map_9_1") as figure:
        figure.control("answer-1").click()
        figure.drag(ASKED, (0, 0))
        home = see("cross_entropy", *moved(ASKED))
        assert agree(figure.numbers(), home.of(ASKED))
        assert "its label wrong" in figure.told()
        assert figure.revealed() == "Now try it."
        figure.drag(ASKED, (50, 80))
        assert figure.revealed().startswith("Not this time. It does,")
        to = figure.at(ASKED)
        corner = see("cross_entropy", *moved(ASKED, state(figure)["points.16"][:2].tolist()))
        assert agree(figure.numbers(), corner.of(ASKED))
        assert corner.turn > 1.5 * home.turn
        assert corner.pulls[ASKED] < home.pulls[ASKED] + 0.01
        figure.choose("loss", "hinge")
        x, y = moved(ASKED, state(figure)["points.16"][:2].tolist())
        assert agree(figure.numbers(), see("hinge", x, y).of(ASKED))
        figure.choose("loss", "ramp")
        seen = see("ramp", x, y, state(figure)["start.0"])
        assert agree(figure.numbers(), seen.of(ASKED))
        assert figure.numbers()[2:4] == [0, 0]
        figure.drag(ASKED, (-20, -200))
        assert np.hypot(*np.subtract(figure.at(ASKED), to)) > 3
        assert figure.numbers()[2:4] == [0, 0]


def test_the_answer_waits_until_the_point_is_let_go(opened: Open) -> None:
    with opened("map_9_1") as figure:
        figure.drag(ASKED, (0, 0))
        place = figure.handle(ASKED).bounding_box()
        assert place
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        figure.page.mouse.move(x, y)
        figure.page.mouse.down()
        figure.page.mouse.move(x + 40, y + 70, steps=4)
        assert figure.at(ASKED)[1] < -2
        assert figure.revealed() == ""
        figure.page.mouse.up()
        assert figure.revealed().startswith("It does,")


def test_keys_flip_and_move_a_point(opened: Open) -> None:
    with opened("map_9_1") as figure:
        figure.press(23, "ArrowRight", "ArrowUp", "[", "Enter", "ArrowLeft")
        x, y = moved(22, [X[22, 0] - 0.1, X[22, 1]])
        x[23] += 0.1
        assert figure.at(22) == pytest.approx(x[22])
        assert figure.at(23) == pytest.approx(x[23])
        assert agree(figure.numbers(), see("cross_entropy", x, y).of(22))
        figure.press(22, " ")
        assert "wrong" not in figure.told()
        assert agree(figure.numbers(), see("cross_entropy", x, Y).of(22))
        assert figure.revealed() == ""


def test_where_the_ramp_comes_to_rest_depends_on_where_it_starts(opened: Open) -> None:
    x, y = moved(36)
    with opened("map_9_1") as figure:
        figure.choose("loss", "ramp")
        figure.press(36, "Enter")
        start = state(figure)["start.0"]
        assert np.allclose(start, UNTOUCHED["ramp"], atol=6e-4)
        present, anew = see("ramp", x, y, start), see("ramp", x, y, ANEW)
        assert anew.turn > present.turn + 3
        assert agree(figure.numbers(), present.of(36))
        figure.control("anew").click()
        assert agree(figure.numbers(), anew.of(36))
        figure.control("anew").focus()
        figure.page.keyboard.press("Enter")
        assert agree(figure.numbers(), anew.of(36))
        # Another loss goes on from there, and the ramp from what that one found.
        figure.choose("loss", "hinge")
        assert np.allclose(state(figure)["start.0"], anew.v, atol=6e-4)
        figure.choose("loss", "ramp")
        start = state(figure)["start.0"]
        assert np.allclose(start, see("hinge", x, y).v, atol=6e-4)
        assert agree(figure.numbers(), see("ramp", x, y, start).of(36))


def test_the_ramp_goes_the_steps_of_its_descent(opened: Open) -> None:
    """With four labels wrong: after forty steps it would come to rest elsewhere."""
    wrong = [11, 33, 38, 39]
    y = Y.copy()
    y[wrong] *= -1
    start = UNTOUCHED["hinge"].round(3)
    rows = "&".join(f"points.{i}={X[i, 0]},{X[i, 1]},{y[i]}" for i in wrong)
    link = f"#map_9_1?loss=ramp&last=11&{rows}&start.0={','.join(map(str, start))}"
    with opened("map_9_1", link) as figure:
        seen = see("ramp", X, y, start)
        assert agree(figure.numbers(), seen.of(11))
        assert seen.turn > 15


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_is_where_python_puts_it(opened: Open, name: str) -> None:
    with opened("map_9_1", **STILL) as figure:
        figure.choose("loss", name)
        figure.press(ASKED, "Enter", *["ArrowDown"] * 15)
        x, y = moved(ASKED, figure.at(ASKED))
        seen = see(name, x, y, state(figure).get("start.0", BOOK))
        for selector, level in ((".line", 0), (".edge >> nth=0", -1), (".edge >> nth=1", 1)):
            (ends,) = drawn(figure, selector, 0, "d")
            assert np.allclose(ends @ seen.v[:2] + seen.v[2], level, atol=0.02)
        (ends,) = drawn(figure, ".ghost", 0, "d")
        old = UNTOUCHED[name]
        assert np.allclose(ends @ old[:2] + old[2], 0, atol=0.02)
        samples = "g:has(> .share):not(.key)"
        assert np.allclose(np.concatenate(drawn(figure, samples, 0)), x, atol=0.01)
        shares = figure.box.locator(f"{samples} > .share").all()
        sizes = [abs(written(share, "d")[0]) for share in shares]
        assert np.allclose(sizes, np.where(y > 0, 5.2, 4.6) * np.sqrt(seen.pulls), atol=0.02)
        inside = np.abs(seen.margins) < 2.9
        for k, height in ((1, of_margin(name, seen.margins)[0]), (2, -seen.pulls)):
            at = np.concatenate(drawn(figure, ".dot", k))
            assert np.allclose(at[inside, 0], seen.margins[inside], atol=0.02)
            assert np.allclose(at[inside, 1], height[inside], atol=0.03)
            assert np.allclose(at[~inside, 0], 2.93 * np.sign(seen.margins[~inside]), atol=0.04)
        further = figure.box.locator("text", has_text="further").all_text_contents()
        outside = [(seen.margins < -3).sum(), (seen.margins > 3).sum()]
        assert [int(numbers(text)[0]) for text in further] == [n for n in outside if n]
        string = figure.box.locator(".string")
        assert float(string.get_attribute("stroke-width") or 0) == pytest.approx(
            0.5 + 4.5 * seen.pulls[ASKED], abs=0.01
        )
        assert ("slack" in (string.get_attribute("class") or "")) == (name == "ramp")


def test_its_curves_are_those_of_the_still_figure(opened: Open) -> None:
    with opened("map_9_1") as figure:
        for k in (1, 2):
            for n, name in enumerate(NAMES):
                u, height = drawn(figure, f".curve >> nth={n}", k, "d")[0].T
                assert (round(u[0], 2), round(u[-1], 2)) == (-3, 3)
                wanted = of_margin(name, u)[k - 1]
                off = np.abs(height - wanted) > 0.03
                # A slope may be off where it jumps.
                assert not off[(np.abs(u - 1) > 0.03) & (np.abs(u + 0.5) > 0.03)].any()


WATCH = """() => { window.seen = []; const line = document.querySelector(".line");
    new MutationObserver(() => window.seen.push(line.getAttribute("d")))
        .observe(line, {attributes: true, attributeFilter: ["d"]}); }"""


def test_the_line_is_trained_before_the_readers_eyes(opened: Open) -> None:
    with opened("map_9_1", **STILL) as figure:
        figure.page.evaluate(WATCH)
        figure.press(ASKED, "Enter")
        figure.page.wait_for_timeout(300)
        (end,) = set(figure.page.evaluate("window.seen"))
    with opened("map_9_1") as figure:
        figure.page.evaluate(WATCH)
        figure.press(ASKED, "Enter")
        figure.page.wait_for_function("end => window.seen.at(-1) === end", arg=end)
        seen = figure.page.evaluate("window.seen")
        assert len(set(seen)) > 10
        heights = [float(re.findall(r"-?[\d.]+", d)[0]) for d in seen]
        steps = np.diff(heights)
        assert (steps <= 0.11).all() or (steps >= -0.11).all()
        # What the figure says, and where it goes back to, do not wait for it.
        figure.press(ASKED, "Enter")
        figure.control("reset").click()
        back = figure.box.locator(".line").get_attribute("d")
        figure.page.wait_for_timeout(500)
        assert figure.box.locator(".line").get_attribute("d") == back


def test_of_several_points_within_reach_the_nearest_is_taken(opened: Open) -> None:
    with opened("map_9_1") as figure:
        figure.box.locator("svg").scroll_into_view_if_needed()
        taken = figure.page.evaluate(
            """() => [...document.querySelectorAll(".handle")].map(handle => {
                const box = handle.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                return document.elementFromPoint(x, y).closest(".handle").dataset.handle; })"""
        )
        assert taken == [f"handle-{i}" for i in range(60)]


def test_links_that_make_no_sense_and_points_of_one_class(opened: Open) -> None:
    with opened("map_9_1", "#map_9_1?loss=l2&last=99") as figure:
        assert agree(figure.numbers(), see("cross_entropy", X, Y).all)
    all_plus = "&".join(f"points.{i}={x},{z},1" for i, (x, z) in enumerate(X))
    for name in NAMES:
        with opened("map_9_1", f"#map_9_1?loss={name}&{all_plus}", **STILL) as figure:
            assert "NaN" not in figure.box.inner_html()
            figure.press(0, "ArrowRight")
            assert "NaN" not in figure.box.inner_html()
