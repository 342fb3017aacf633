"""What the tests of the three regression losses share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from .common import assert_close, send, value_and_gradient


def check_reference(loss: Any, vector: dict[str, Any], backend: str) -> None:
    prediction = send(backend, vector["inputs"]["pred"])
    target = send(backend, vector["inputs"]["target"])
    # The peers' mean is over all elements, the book's over the samples.
    divisor = prediction.shape[1] if prediction.ndim == 2 else 1
    value, (gradient,) = value_and_gradient(loss, prediction, target)
    assert_close(value / divisor, vector.get("mpmath_value", vector["value"]))
    assert_close(gradient / divisor, vector["grad"]["pred"])
    value, (gradient,) = value_and_gradient(loss, prediction, target, reduction="sum")
    assert_close(value, vector["sum"]["value"])
    assert_close(gradient, vector["sum"]["grad"])


def check_wrong_input(loss: Any, backend: str) -> None:
    def array(values: Any) -> Any:
        return send(backend, values)

    good = array([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"target must have shape \(3,\) .* got \(3, 1\)"):
        loss(good, good[:, None])
    with pytest.raises(ValueError, match=r"target must have shape \(3,\) .* got \(1,\)"):
        loss(good, good[:1])
    with pytest.raises(ValueError, match=r"prediction must have an axis of samples"):
        loss(array(1.0), array(1.0))
    with pytest.raises(TypeError, match=r"prediction must have a real floating dtype; got .*int64"):
        loss(array([1, 2, 3]), good)
    with pytest.raises(TypeError, match=r"target must have a real floating dtype; got .*int64"):
        loss(good, array([1, 2, 3]))
    with pytest.raises(ValueError, match=r"reduction must be one of .*; got 'total'"):
        loss(good, good, reduction="total")
    with pytest.raises(TypeError, match=r"prediction must be a NumPy array .*; got float"):
        loss(1.0, good)
    other = torch.ones(3) if backend == "numpy" else np.ones(3)
    with pytest.raises(TypeError, match="target must be of the same kind as prediction"):
        loss(good, other)
    if backend == "torch":
        with pytest.raises(ValueError, match=r"target must not require a gradient.*detach"):
            loss(good, good.clone().requires_grad_())
