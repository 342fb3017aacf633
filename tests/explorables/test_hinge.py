"""9.1.2: the support vector machine in the reader's hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from lossnb import cross_entropy, hinge

from .conftest import Open

PENALTY = 0.05
SIGNS = np.repeat([-1, 1], 14)


def points() -> np.ndarray:
    """Those of the page's first figure."""
    random = np.random.default_rng(0)
    return (random.normal(size=(28, 2)) + 1.1 * SIGNS[:, None] * [1.0, 0.6]).round(3)


def loss(name: str, margins: torch.Tensor) -> torch.Tensor:
    ones = torch.ones(len(margins), dtype=torch.long)
    if name == "cross_entropy":
        both = torch.stack([torch.zeros_like(margins), margins], dim=1)
        return cross_entropy(both, ones, reduction="none")
    p = 2 if name == "squared" else 1
    return hinge(margins, ones, form="binary", p=p, reduction="none")


def best(name: str, x: np.ndarray) -> tuple[np.ndarray, float]:
    """The least mean loss and penalty: by scikit-learn, and by descent where the loss is smooth."""
    if name == "hinge":
        svm = SVC(kernel="linear", C=1 / (len(x) * PENALTY), tol=1e-10).fit(x, SIGNS)
        return svm.coef_[0], svm.intercept_[0]
    v = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    inputs, signs = torch.tensor(x), torch.tensor(SIGNS)
    descent = torch.optim.LBFGS([v], max_iter=500, tolerance_grad=1e-12, tolerance_change=0)

    def closure() -> torch.Tensor:
        descent.zero_grad()
        margins = signs * (inputs @ v[:2] + v[2])
        cost = loss(name, margins).mean() + PENALTY / 2 * (v[:2] ** 2).sum()
        cost.backward()
        return cost

    descent.step(closure)
    return v.detach().numpy()[:2], v.detach().numpy()[2]


def said(
    name: str, x: np.ndarray, turn: float = 0, shift: float = 0
) -> tuple[float, float, np.ndarray]:
    """Mean loss, the cost with the penalty, and the margins."""
    w, b = best(name, x)
    angle = np.radians(turn)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ w
    margins = SIGNS * (x @ turned + b - shift * np.linalg.norm(w))
    mean = float(loss(name, torch.tensor(margins)).mean())
    return mean, mean + PENALTY / 2 * float(w @ w), margins


@pytest.mark.parametrize("name", ["hinge", "squared", "cross_entropy"])
def test_it_finds_the_best_line(opened: Open, name: str) -> None:
    with opened("hinge") as figure:
        figure.choose("loss", name)
        mean, cost, margins = said(name, points())
        count = 28 if name == "cross_entropy" else (margins < 1 + 1e-6).sum()
        assert figure.numbers() == pytest.approx([count, 28, mean, cost], abs=6e-4)


def test_a_silent_point_is_not_heard_and_a_filled_one_is(opened: Open) -> None:
    with opened("hinge") as figure:
        before = figure.numbers()
        figure.control("answer-0").click()
        figure.drag(6, (0, -60))  # far on its own side
        x = points()
        x[6] = figure.at(6)
        assert np.hypot(*(x[6] - points()[6])) > 1
        _, _, margins = said("hinge", x)
        assert figure.numbers() == pytest.approx([7, margins[6], *before], abs=6e-3)
        assert "is silent" in figure.told()
        assert figure.revealed().startswith("Not this time.")
        figure.choose("loss", "cross_entropy")
        mean, cost, margins = said("cross_entropy", x)
        assert figure.numbers() == pytest.approx([7, margins[6], 28, 28, mean, cost], abs=6e-3)


def test_the_answer_waits_until_the_point_is_let_go(opened: Open) -> None:
    with opened("hinge") as figure:
        place = figure.handle(6).bounding_box()
        assert place
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        figure.page.mouse.move(x, y)
        figure.page.mouse.down()
        figure.page.mouse.move(x, y - 60, steps=4)
        assert "is silent" in figure.told()
        assert figure.revealed() == ""
        figure.page.mouse.up()
        assert figure.revealed()


def test_keys_move_a_point_and_go_to_the_next(opened: Open) -> None:
    with opened("hinge") as figure:
        figure.press(13, "ArrowLeft", "ArrowUp", "]", "ArrowDown")
        x = points()
        x[13] += [-0.1, 0.1]
        x[14] -= [0, 0.1]
        assert figure.at(13) == pytest.approx(x[13], abs=6e-3)
        assert figure.at(14) == pytest.approx(x[14], abs=6e-3)
        mean, cost, margins = said("hinge", x)
        assert figure.numbers() == pytest.approx([15, margins[14], 8, 28, mean, cost], abs=6e-3)


def test_a_turned_line_costs_more(opened: Open) -> None:
    with opened("hinge") as figure:
        figure.slide("turn", 30)
        figure.slide("shift", 0.5)
        _, cost, margins = said("hinge", points(), 30, 0.5)
        excess = cost - said("hinge", points())[1]
        count = (margins < 1).sum()
        assert figure.numbers() == pytest.approx([count, 28, cost, excess], abs=6e-4)
        turn = figure.slide_by_pointer("turn", 0.25)
        assert turn < -30
        _, cost, margins = said("hinge", points(), turn, 0.5)
        assert figure.numbers()[2] == pytest.approx(cost, abs=6e-4)
