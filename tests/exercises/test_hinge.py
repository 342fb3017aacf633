"""Answers to the exercises of 9.1.2."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossnb import cross_entropy, hinge, value_and_grad
from lossnb.exercises import hinge as page

from .common import table


def gradient(h: Any, y: Any, **options: Any) -> Any:
    return value_and_grad(hinge)(h, y, **options)[1]


def in_place(h: Any, y: Any) -> Any:
    """Writes -inf into the logits it was handed."""
    rows = np.arange(len(h))
    own = h[rows, y]
    h[rows, y] = -np.inf
    rival = h.argmax(axis=1)
    pays = (own - h[rows, rival] < 1) / len(h)
    found = np.zeros_like(h)
    found[rows, y], found[rows, rival] = -pays, pays
    return found


RIGHT = {
    "gradient": in_place,
    "margin_scale": lambda m: (m, 1 / m),
    "two_class_score": lambda h: h[:, 1] - h[:, 0],
    "rivals_bound": lambda classes: classes - 1,
}

WRONG: dict[str, list[Any]] = {
    "gradient": [
        (lambda h, y: -gradient(h, y), "the sign is wrong"),
        (lambda h, y: gradient(h, y) * len(h), "a 1/N"),
        (lambda h, y: -gradient(h, y) * len(h), "the sign is wrong: .* a 1/N"),
        (lambda h, y: gradient(h, y) / h.shape[1], "not over all entries"),
        (lambda h, y: gradient(h, y, margin=1e6), "must be left alone"),
        (lambda h, y: gradient(h, y, margin=1e6) * len(h), "must be left alone; and that is"),
        (lambda h, y: gradient(h, y, margin=1e-9), "below 1 pays, too"),
        (lambda h, y: 4 * gradient(h, y, form="weston_watkins"), "pushes every one"),
        (lambda h, y: gradient(h, y, form="weston_watkins"), "no 1/C"),
        (lambda h, y: np.minimum(gradient(h, y), 0), "its strongest rival loses"),
        (lambda h, y: value_and_grad(cross_entropy)(h, y)[1], "rows are wrong"),
        (lambda h, y: 0 * h, "rows are wrong"),
        (lambda h, y: gradient(h, y)[0], "must have shape"),
    ],
    "margin_scale": [
        (lambda m: (1, m), "take m out"),
        (lambda m: (m, 1), "take m out"),
        (lambda m: (1 / m, m), "take m out"),
        (lambda m: (m, m), "take m out"),
        (lambda m: (-m, 1 / m), "take m out"),
        (lambda m: m, r"must have shape \(2,\)"),
        (lambda m: (m, 1 / m, 0), r"must have shape \(2,\)"),
    ],
    "two_class_score": [
        (lambda h: h[:, 0] - h[:, 1], "the sign is wrong"),
        (lambda h: h[:, 1], "the losses differ"),
        (lambda h: (h[:, 1] - h[:, 0]) / 2, "the losses differ"),
        (lambda h: np.ones(len(h), dtype=int), "the losses differ"),
        (lambda h: h.max(axis=1), "the losses differ"),
        (lambda h: h, r"must have shape \(50,\)"),
        (lambda h: h[:, 1] > h[:, 0], "must be numbers; got bool"),
    ],
    "rivals_bound": [
        (lambda classes: classes - 2, "above your"),
        (lambda classes: 1, "above your"),
        (lambda classes: classes / 2, "above your"),
        (lambda classes: classes, "never reached"),
        (lambda classes: classes**2, "never reached"),
        (lambda classes: -classes, "above your"),
    ],
}

TestAnswers = table(page, RIGHT, WRONG)
