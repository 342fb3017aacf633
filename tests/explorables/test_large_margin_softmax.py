"""9.1.4: Figure 9.2 with its weights and a feature in the reader's hand."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from lossnb import cross_entropy, large_margin_softmax, phi
from lossnb.figures.figure_9_2 import boundaries

from .browser import Figure, numbers, words
from .conftest import Open

NAME = "large_margin_softmax"
BOOK = np.array([[np.cos(a), np.sin(a)] for a in np.radians([135, 45, 115])])
LENGTHS = {"equal": (1, 1), "longer": (1, 2 / 3), "shorter": (2 / 3, 1)}
CLASS_1 = torch.tensor([0])


class Said(NamedTuple):
    """What the live sentence has to say, in its words and in its numbers."""

    verdict: str
    numbers: list[float]


def between(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)))


def psi(angle: float, m: int, annealing: float, k: bool = True) -> float:
    own = phi(np.cos([angle]), m)[0][0] if k else np.cos(m * angle)
    return float((annealing * np.cos(angle) + own) / (1 + annealing))


def ends(w1: np.ndarray, w2: np.ndarray, m: int, annealing: float = 0.0) -> tuple[float, float]:
    """The two boundaries, in degrees from W1: the book's own, or by SciPy where λ is above 0."""
    angle, r = between(w1, w2), float(np.linalg.norm(w1) / np.linalg.norm(w2))
    if not annealing:
        first, second = boundaries(m, angle, r)
    else:
        first = brentq(lambda a: r * psi(a, m, annealing) - np.cos(angle - a), 0, angle)
        second = angle - brentq(lambda a: psi(a, m, annealing) - r * np.cos(angle - a), 0, angle)
    return float(np.degrees(first)), float(np.degrees(second))


def said(vectors: np.ndarray, m: int = 2, annealing: float = 0.0, *, k: bool = True) -> Said:
    w1, w2, x = vectors
    own, rival = float(w1 @ x), float(w2 @ x)
    length = float(np.linalg.norm(w1) * np.linalg.norm(x))
    handicapped = length * psi(between(w1, x), m, annealing, k)
    if k:
        weight, features = torch.tensor(vectors[:2]), torch.tensor(vectors[2:])
        options = {"margin": m, "annealing": annealing}
        loss = float(large_margin_softmax(features, weight, CLASS_1, **options))
    else:
        loss = float(cross_entropy(torch.tensor([[handicapped, rival]]), CLASS_1))
    verdict = ("right" if own > rival else "wrong") + "_and_"
    verdict += "wins" if loss < np.log(2) else "loses"
    first, second = ends(w1, w2, m, annealing)
    margin = [1, first] if m == 1 else [second - first, first, second]
    angles = [np.degrees(between(w, x)) for w in (w1, w2)]
    return Said(verdict, [*angles, own, rival, handicapped, rival, loss, 2, 0.69, *margin])


def check(figure: Figure, wanted: Said) -> None:
    # Degrees of x are whole, those of the boundaries have one digit, all else has two.
    found = np.array(figure.numbers())
    bounds = np.full(len(found), 0.0051)
    bounds[:2], bounds[9:] = 0.51, 0.051
    assert len(found) == len(wanted.numbers)
    assert np.all(abs(found - wanted.numbers) < bounds), (found, wanted.numbers)
    # The verdict's own words, between its numbers.
    for part in re.split(r"\{\w+\}", words(NAME)[wanted.verdict]):
        assert part in figure.told()


def scaled(lengths: str) -> np.ndarray:
    return BOOK * np.array([*LENGTHS[lengths], 1])[:, None]


def where(figure: Figure) -> np.ndarray:
    """The three tips to all their digits, from the address: it holds those that have moved."""
    tips = BOOK.copy()
    for i, x, y in re.findall(r"tips\.(\d)=([-\d.]+),([-\d.]+)", figure.address()):
        tips[int(i)] = float(x), float(y)
    shown = np.array([figure.at(i) for i in range(3)])
    return np.where(abs(tips - shown) < 0.006, tips, np.nan)


def drag_to(figure: Figure, i: int, to: tuple[float, float]) -> None:
    """By the pointer, to a place in the plane."""
    unit = pixels(figure)
    x, y = figure.at(i)
    figure.drag(i, ((to[0] - x) * unit, (y - to[1]) * unit))


def pixels(figure: Figure) -> float:
    """Of one unit of the plane: the tips of the book's W1 and W2 are √2 apart."""
    places = [figure.handle(i).locator(".handle-reach").bounding_box() for i in (0, 1)]
    left, right = (place["x"] for place in places if place)
    return (right - left) / float(figure.at(1)[0] - figure.at(0)[0])


def drawn(figure: Figure, kind: str) -> list[list[float]]:
    """The marks of this class: each as the numbers in its path, in pixels of its panel."""
    paths = figure.box.locator(f"svg path.{kind}").all()
    return [numbers(re.sub("[A-Z,]", " ", path.get_attribute("d") or "")) for path in paths]


def angles(figure: Figure, kind: str, w1: np.ndarray) -> list[float]:
    """How far the rays of this class are from W1, in degrees, read from their two ends."""
    rays = [ends for ends in drawn(figure, kind) if len(ends) == 4]
    to = [np.array([x1 - x0, y0 - y1]) for x0, y0, x1, y1 in rays]
    return [float(np.degrees(between(tip, w1))) for tip in to]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_figure_9_2_in_its_three_rows_for_each_m(opened: Open, m: int, lengths: str) -> None:
    with opened(NAME) as figure:
        figure.choose("m", str(m))
        figure.choose("lengths", lengths)
        vectors = scaled(lengths)
        shown = np.array([figure.at(i) for i in range(3)])
        assert shown == pytest.approx(vectors, abs=0.006)
        check(figure, said(vectors, m))
        first, second = ends(*vectors[:2], m)
        softmax, _ = ends(*vectors[:2], 1)
        # Of the softmax's line one half is between the weights, the other opposite.
        rays = angles(figure, "line.cross_entropy", vectors[0])
        assert sorted(rays) == pytest.approx([softmax, 180 - softmax], abs=0.1)
        edges = angles(figure, "edge.large_margin_softmax", vectors[0])
        if m == 1:
            assert edges == []
            assert drawn(figure, "wedge") == []
        else:
            assert edges == pytest.approx([first, second], abs=0.1)
            tilt = {"equal": 0, "longer": 1, "shorter": -1}[lengths]
            assert np.sign(round((first + second) / 2 - 45, 3)) == tilt
            label = f"decision margin, {second - first:.0f}°"
            assert figure.box.locator("svg text", has_text=label).count() == 1


def test_in_the_wedge_x_is_right_and_pays_like_a_wrong_one(opened: Open) -> None:
    with opened(NAME) as figure:
        figure.control("answer-1").click()
        drag_to(figure, 2, (-0.08, 0.98))
        vectors = where(figure)
        own = np.degrees(between(vectors[0], vectors[2]))
        assert 30 < own < 45
        wanted = said(vectors)
        assert wanted.verdict == "right_and_loses"
        assert wanted.numbers[6] > np.log(2)
        check(figure, wanted)
        assert figure.revealed().startswith("You were right.")
        # What it lacks is drawn beside the curve, from ψ up to the rival.
        # What it lacks is drawn from ψ up to the rival.
        [[at, low, end, high]] = drawn(figure, "lack")
        dots = figure.box.locator("svg path.dot").all()
        places = [numbers(dot.get_attribute("transform") or "") for dot in dots]
        (_, plain), (_, rival), (_, handicapped) = places
        assert [at, end] == pytest.approx([places[0][0]] * 2, abs=0.1)
        assert [low, high] == pytest.approx([handicapped, rival], abs=0.1)
        # ψ is 1 at 0° and -1 at the joint at 90°: that is the panel's unit.
        joint = figure.box.locator("svg .joints circle")
        assert joint.count() == 1
        middle, minus_one = (float(joint.get_attribute(a) or 0) for a in ("cx", "cy"))
        start, one = drawn(figure, "curve")[0][:2]
        assert at == pytest.approx(start + (middle - start) * own / 90, abs=0.2)
        heights = [1 + 2 * (y - one) / (one - minus_one) for y in (plain, rival, handicapped)]
        theta = np.radians(own)
        wanted = [np.cos(theta), np.sin(theta), psi(theta, 2, 0.0)]
        assert heights == pytest.approx(wanted, abs=0.01)


def test_nearer_to_w2_it_is_wrong_and_that_is_not_the_trial(opened: Open) -> None:
    with opened(NAME, f"#{NAME}?tips.2=0.1,0.9") as figure:
        figure.control("answer-2").click()
        figure.press(2, "ArrowRight")
        vectors = where(figure)
        assert 45 < np.degrees(between(vectors[0], vectors[2])) < 60
        check(figure, said(vectors))
        assert "predicted wrong" in figure.told()
        assert figure.revealed() == words("frame")["try"]


def test_beyond_w1_is_not_the_wedge(opened: Open) -> None:
    with opened(NAME) as figure:
        figure.control("answer-0").click()
        drag_to(figure, 2, (-0.6, -0.7))
        wanted = said(where(figure))
        assert wanted.verdict == "right_and_loses"
        check(figure, wanted)
        assert figure.revealed() == words("frame")["try"]
        # A larger m brings the boundary over an x that has not moved.
        figure.control("reset").click()
        figure.control("answer-0").click()
        figure.choose("m", "4")
        check(figure, said(BOOK, 4))
        assert figure.revealed().startswith("Not this time.")


def test_annealing_closes_the_wedge(opened: Open) -> None:
    with opened(NAME) as figure:
        figure.choose("m", "4")
        widths = []
        for annealing in (0.0, 1.0, 10.0):
            figure.slide("annealing", annealing)
            wanted = said(BOOK, 4, annealing)
            check(figure, wanted)
            widths.append(wanted.numbers[9])
        assert widths == sorted(widths, reverse=True)
        annealing = figure.slide_by_pointer("annealing", 0.37)
        assert 3 <= annealing <= 4.5
        check(figure, said(BOOK, 4, annealing))
        figure.choose("lengths", "longer")
        check(figure, said(scaled("longer"), 4, annealing))


def test_without_k_the_opposite_side_is_wrong_and_spared(opened: Open) -> None:
    with opened(NAME) as figure:
        figure.choose("m", "bare")
        check(figure, said(BOOK, 4, k=False))
        assert len(drawn(figure, "sector.plus")) > 1
        drag_to(figure, 2, (0.7, -0.7))
        wanted = said(where(figure), 4, k=False)
        assert wanted.verdict == "wrong_and_wins"
        assert wanted.numbers[6] < 0.4
        check(figure, wanted)
        assert figure.box.locator("svg text", has_text="wrong, yet spared").count() == 1
        figure.choose("m", "4")
        wanted = said(where(figure), 4)
        assert wanted.verdict == "wrong_and_loses"
        assert wanted.numbers[6] > 5
        check(figure, wanted)
        assert len(drawn(figure, "lack")) == 1
        figure.choose("m", "bare")
        figure.slide("annealing", 1.0)
        check(figure, said(where(figure), 4, 1.0, k=False))


def test_nobody_is_spared_with_k(opened: Open) -> None:
    """C13: wherever x is, with the handicap it pays at least as much."""
    random = np.random.default_rng(0)
    angles, lengths = random.uniform(-np.pi, np.pi, 12), random.uniform(0.4, 0.8, 12)
    for angle, length in zip(angles, lengths, strict=True):
        m = int(random.integers(1, 5))
        x = (length * np.array([np.cos(angle), np.sin(angle)])).round(3)
        state = f"#{NAME}?m={m}&lengths=longer&tips.2={x[0]},{x[1]}"
        with opened(NAME, state) as figure:
            wanted = said(np.array([*scaled("longer")[:2], x]), m)
            assert wanted.verdict != "wrong_and_wins"
            check(figure, wanted)
            assert figure.box.locator("svg text", has_text="spared").count() == 0


def test_arrows_by_keyboard_turn_and_stretch(opened: Open) -> None:
    with opened(NAME) as figure:
        row = figure.control("lengths").locator("input:checked")
        figure.press(0, *["ArrowDown"] * 4)
        vectors = where(figure)
        assert vectors == pytest.approx(BOOK - [[0, 0.4], [0, 0], [0, 0]], abs=0.002)
        assert row.input_value() == "shorter"
        check(figure, said(vectors))
        # A row chosen after that: the book's lengths, in these directions.
        figure.choose("lengths", "longer")
        vectors *= np.array([[1], [2 / 3], [1]]) / np.linalg.norm(vectors, axis=1)[:, None]
        check(figure, said(vectors))
        figure.press(1, "ArrowUp", "]", "ArrowRight")
        moved = where(figure)
        assert moved == pytest.approx(vectors + np.array([[0, 0], [0, 0.1], [0.1, 0]]), abs=0.002)
        assert row.input_value() == "longer"
        check(figure, said(moved))


def test_an_arrow_by_pointer_keeps_a_length_and_snaps_to_the_other(opened: Open) -> None:
    with opened(NAME) as figure:
        drag_to(figure, 1, (0.99, 0.05))  # about as long as W1
        vectors = where(figure)
        assert np.linalg.norm(vectors[1]) == pytest.approx(1, abs=0.006)
        assert figure.control("lengths").locator("input:checked").input_value() == "equal"
        check(figure, said(vectors))
        drag_to(figure, 2, (0.01, 0.02))
        assert np.linalg.norm(figure.at(2)) == pytest.approx(0.3, abs=0.006)
        drag_to(figure, 2, (1.3, 1.3))
        assert np.linalg.norm(figure.at(2)) == pytest.approx(1.1, abs=0.006)
        check(figure, said(where(figure)))


@pytest.mark.parametrize("x", [(0.3, 0.5), (0.3, -0.5), (-0.2, 0.6), (0.5, 0.3)])
@pytest.mark.parametrize("swapped", [False, True])
def test_either_way_round(opened: Open, x: tuple[float, float], swapped: bool) -> None:
    tips = np.array([[0.6, 0.8], [0.6, -0.4], x])
    lengths = "longer"
    if swapped:
        tips, lengths = tips[[1, 0, 2]], "shorter"
    state = "&".join(f"tips.{i}={a},{b}" for i, (a, b) in enumerate(tips))
    with opened(NAME, f"#{NAME}?m=3&lengths={lengths}&{state}") as figure:
        check(figure, said(tips, 3))
        edges = angles(figure, "edge.large_margin_softmax", tips[0])
        assert edges == pytest.approx(ends(*tips[:2], 3), abs=0.1)


def test_with_no_boundary_and_with_nonsense(opened: Open) -> None:
    state = "tips.0=0.8,0.6&tips.1=0.3,0.3&lengths=longer"
    with opened(NAME, f"#{NAME}?{state}") as figure:
        with pytest.raises(ValueError, match="one class wins everywhere"):
            ends(np.array([0.8, 0.6]), np.array([0.3, 0.3]), 2)
        assert figure.told().endswith(words(NAME)["no_boundary"])
        assert drawn(figure, "span") == drawn(figure, "edge.large_margin_softmax") == []
    nonsense = "m=seven&lengths=huge&annealing=-1&tips.0=0,0&tips.1=0,0&tips.2=0,0"
    with opened(NAME, f"#{NAME}?{nonsense}") as figure:
        assert "NaN" not in figure.told() + figure.box.locator("svg").inner_html()
