"""What lossnb and the reference values say, for the twin in JavaScript to be compared with.

A case is a batch: `samples` holds the arguments of each call, `expected` what comes of them, with
each sample's part weighed by its factor: `value` (the sum) or `values`, `gradient` (of each
sample's first argument) and `weight_gradient` (the sum), or `result` of a call without a gradient.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

import lossnb
from tests.losses.common import VECTORS, numbers

Case = dict[str, Any]
RANDOM = 200
INF = np.inf


def written(cases: list[Case]) -> str:
    """As JSON, which has no infinity and no nan."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return str(value) if isinstance(value, float) and not np.isfinite(value) else value

    return json.dumps(plain(cases))


def case(group: str, loss: str, samples: list[Any], factors: Any, options: Any, **expected: Any):
    return {
        "group": group,
        "loss": loss,
        "samples": samples,
        "factors": factors,
        "options": options,
        "expected": {name: what for name, what in expected.items() if what is not None},
    }


def said_by_lossnb(loss: str, *arrays: Any, **options: Any) -> Case:
    """One sample, as the Python package has it: arrays with one entry per sample get an axis."""
    group = " ".join([loss, options.get("form", "")]).strip()
    batch = tuple(
        np.asarray(a) if a is arrays[1] and in_batch(loss) else np.asarray(a)[None] for a in arrays
    )
    both = lossnb.value_and_grad(getattr(lossnb, loss))(*batch, reduction="sum", **options)
    value, gradient = both
    first, *rest = gradient if isinstance(gradient, tuple) else (gradient,)
    return case(
        group,
        loss,
        [list(arrays)],
        [1.0],
        options,
        value=value,
        gradient=[first[0]],
        weight_gradient=rest[0] if rest else None,
    )


def in_batch(loss: str) -> bool:
    """Whether the second argument is one for the whole batch: weights, or centres."""
    return loss in ("large_margin_softmax", "center")


def at_random() -> Iterator[Case]:
    rng = np.random.default_rng(9)
    for _ in range(RANDOM):
        classes, size = int(rng.integers(2, 7)), int(rng.integers(1, 5))
        h, y = 3 * rng.normal(size=classes), int(rng.integers(classes))
        sign = int(rng.choice([-1, 1]))
        yield said_by_lossnb("cross_entropy", h, y)
        yield said_by_lossnb("cross_entropy", h, rng.dirichlet(np.ones(classes)))
        asked = {"margin": float(rng.uniform(0.2, 3)), "p": int(rng.integers(1, 3))}
        for form in ("crammer_singer", "weston_watkins", "target_score"):
            yield said_by_lossnb("hinge", h, y, form=form, **asked)
        yield said_by_lossnb("hinge", h[0], sign, form="binary", **asked)
        s = float(rng.uniform(-2, 0.9))
        for form in ("crammer_singer", "target_score"):
            yield said_by_lossnb("ramp", h, y, form=form, s=s)
        yield said_by_lossnb("ramp", h[0], sign, form="binary", s=s)
        yield said_by_lossnb(
            "large_margin_softmax",
            rng.normal(size=size),
            rng.normal(size=(classes, size)),
            y,
            margin=int(rng.integers(1, 6)),
            annealing=float(rng.choice([0, rng.exponential(5)])),
        )
        yield said_by_lossnb("center", rng.normal(size=size), rng.normal(size=(classes, size)), y)
        prediction, target = 4 * rng.normal(size=2)
        yield said_by_lossnb("l1", prediction, target)
        yield said_by_lossnb("l2", prediction, target)
        yield said_by_lossnb(
            "tukey_biweight",
            prediction,
            target,
            c=float(rng.uniform(1, 6)),
            scale=float(rng.uniform(0.3, 3)),
        )
        values = rng.normal(size=(2, int(rng.integers(1, 9)))).round(int(rng.integers(0, 3)))
        yield plain("mad", *values, result=lossnb.mad(*values))
        x, c = rng.normal(size=(8, size)), rng.normal(size=(classes, size))
        labels, alpha = rng.integers(classes, size=8), float(rng.uniform(0, 1))
        for given in ({}, {"alpha": alpha}):
            moved = lossnb.update_centers(x, c, labels, **given)
            yield plain("update_centers", x, c, labels, *given.values(), result=moved)


def plain(loss: str, *arguments: Any, result: Any) -> Case:
    return case(loss, loss, [list(arguments)], [1.0], None, result=result)


def at_kinks() -> Iterator[Case]:
    for form in ("crammer_singer", "weston_watkins", "target_score"):
        for h in (
            [2.0, 1.0, -5.0],
            [1.0, 1.0, 1.0],
            [0.0, 2.0, 2.0],
            [1.0, 7.0, 7.0],
            [1e4, -1e4, 0],
        ):
            for y in range(3):
                for p in (1, 2):
                    yield said_by_lossnb("hinge", np.array(h), y, form=form, p=p)
                if form != "weston_watkins":
                    for s in (-1.0, 0.0):
                        yield said_by_lossnb("ramp", np.array(h), y, form=form, s=s)
    for y in (-1, 1):
        for f in (-1e4, -1.0, -0.5, 0.0, 1.0, 1e4):
            yield said_by_lossnb("hinge", f, y, form="binary")
            yield said_by_lossnb("ramp", f, y, form="binary")
            yield said_by_lossnb("ramp", f, y, form="binary", s=-0.5)
    yield said_by_lossnb("ramp", np.array([0.0, 9.0, 1.0]), 0)  # s = -1/(C-1)
    for h in ([40.0, 0.0], [1e4, -1e4], [0.0, 0.0, 0.0], [-INF, 0.0, 1.0], [-800.0, -800.0]):
        for y in range(len(h)):
            if np.isfinite(h[y]):
                yield said_by_lossnb("cross_entropy", np.array(h), y)
    yield said_by_lossnb("cross_entropy", np.array([40.0, 0.0]), np.array([1.0, 0.0]))
    yield said_by_lossnb("cross_entropy", np.array([4.0, 0.0]), np.array([0.5, 0.505]))
    weight = np.array([[2.0, 0.0], [0.0, 1.0]])
    for x in ([3.0, 0.0], [-3.0, 0.0], [0.0, 0.0], [0.0, 1.0], [1e-9, 0.0]):
        for m in (1, 2, 3, 4):
            yield said_by_lossnb("large_margin_softmax", np.array(x), weight, 0, margin=m)
    yield said_by_lossnb("large_margin_softmax", np.array([3.0, 1.0]), weight, 0)  # m = 2
    empty = np.array([[0.0, 0.0], [0.0, 1.0]])
    yield said_by_lossnb("large_margin_softmax", np.array([3.0, 1.0]), empty, 0, margin=4)
    for r in (-INF, -4.6851, 0.0, 1e-8, 4.6851, 100.0, INF):
        yield said_by_lossnb("tukey_biweight", r, 0.0)
    for r in (-2.0, 0.0, 2.0):
        yield said_by_lossnb("l1", r, 0.0)
        yield said_by_lossnb("l2", r, 0.0)
    for values in ([0.0, 0, 0, 3], [3.0, 3, 3], [1.0, 2, 3, 4, 100], [0.0, 1, 3, 10]):
        zero = np.zeros(len(values))
        yield plain("mad", np.array(values), zero, result=lossnb.mad(np.array(values), zero))


def from_references() -> Iterator[Case]:
    for loss, vectors in VECTORS.items():
        for vector in vectors:
            yield translated(loss, vector)


def translated(loss: str, vector: dict[str, Any]) -> Case:
    """A reference value in the twin's terms; a gradient only where it is no choice."""
    name, inputs, params = vector["id"], vector["inputs"], vector["params"]
    read = {key: numbers(values) for key, values in inputs.items()}
    labels = np.asarray(inputs.get("target", []), dtype=float)
    options: dict[str, Any] = {}
    wanted = vector["grad"]
    first = next(iter(wanted.values())) if isinstance(wanted, dict) else wanted
    weight_gradient = None
    value = vector.get("mpmath_value", vector["value"])
    kink = vector.get("kink") or any(word in name for word in ("ties", "boundary", "zero_feature"))
    if loss == "cross_entropy":
        h = read["logits"]
        q = read.get("target_probs")
        q = np.eye(h.shape[1])[labels.astype(int)] if q is None else q
        smoothing = params.get("label_smoothing", 0.0)
        q = (1 - smoothing) * q + smoothing / h.shape[1]
        samples = list(zip(h, q, strict=True))
        weights = np.asarray(params.get("weight", np.ones(h.shape[1])))
        factors = weights[labels.astype(int)] if "weight" in params else np.ones(len(h))
        if name == "tiny_loss":  # the peer rounds p_y - 1 to 0
            first = [[-first[0][1], first[0][1]]]
    elif loss in ("hinge", "ramp"):
        options = {key: params[key] for key in ("form", "margin", "p", "s") if key in params}
        scores = next(read[key] for key in ("score", "scores", "margin") if key in read)
        labels = np.ones(len(scores)) if "margin" in read else labels
        options |= {"form": "binary"} if "margin" in read else {}
        samples = list(zip(scores, labels, strict=True))
        weights = params.get("weight")
        factors = np.asarray(weights)[labels.astype(int)] if weights else np.ones(len(scores))
        kink = kink or "singer_extreme" in name
    elif loss == "lsoftmax":
        loss, options = "large_margin_softmax", {"margin": params["m"], "annealing": params["lam"]}
        samples = [(x, read["W"].T, y) for x, y in zip(read["x"], labels, strict=True)]
        factors = np.ones(len(samples))
        exact = vector.get("mpmath_grad", wanted)
        first, weight_gradient = exact["x"], numbers(exact["W"]).T
    elif loss == "center":  # the peer leaves the ½ out
        samples = [(x, read["centers"], y) for x, y in zip(read["x"], labels, strict=True)]
        factors = 2 * np.ones(len(samples))
    elif loss in ("l1", "l2"):
        samples = list(zip(read["pred"].ravel(), read["target"].ravel(), strict=True))
        factors, first = np.ones(len(samples)), np.ravel(first)
    else:
        loss, options = "tukey_biweight", {"c": params["c"]}
        if "scale" in params:
            options["scale"] = float(vector["scale_belagiannis"])
        samples = [(r, 0.0) for r in read["residual"]]
        factors = np.ones(len(samples))
        value, kink = vector.get("mpmath_rho", vector["value"]), False
    total = 1.0
    if vector["reduction"] == "mean":
        by_weight = loss == "cross_entropy" and "weight" in params
        total = float(factors.sum()) if by_weight else float(len(samples))
    return case(
        f"reference {loss}",
        loss,
        samples,
        factors / total,
        options,
        **{"values" if vector["reduction"] == "none" else "value": numbers(value)},
        gradient=None if kink else numbers(first),
        weight_gradient=None if kink or weight_gradient is None else weight_gradient,
    )


def all_cases() -> list[Case]:
    return [*from_references(), *at_kinks(), *at_random()]
