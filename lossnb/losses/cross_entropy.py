r"""9.1.1 Cross-entropy: the negative log-likelihood of a softmax."""

from __future__ import annotations

from typing import Any

from ._arrays import Array, astype, namespace, pick, put, softmax, wide
from ._checks import (
    check_arrays,
    check_axes,
    check_classes,
    check_constant,
    check_floating,
    check_integer,
    check_labels,
    check_number,
    check_shape,
    readable,
)
from ._engine import Kernel, Problem, loss


def value(xp: Any, h: Array, y: Array, w: Array, masked: bool) -> Array:
    if masked:  # whatever a row of weight 0 holds, -inf or nan, it costs nothing
        h = xp.where(w[:, None] == 0, 0.0, h)
    p = softmax(h)
    rest = xp.sum(put(xp, p, y, 0.0), axis=1)
    behind = xp.max(h, axis=1) - pick(xp, h, y)
    return xp.where(w == 0, 0.0, w * (behind + minus_log(xp, p, rest)))


def minus_log(xp: Any, p: Array, rest: Array) -> Array:
    """-log of a row's largest probability; ``rest``, the sum of the others, if that is small.

    1 - rest would lose a rest of 4e-18, and with it the loss.
    """
    return xp.where(rest < 0.5, -xp.log1p(-rest), -xp.log(xp.max(p, axis=1)))


def gradient(xp: Any, g: Array, h: Array, y: Array, w: Array, masked: bool) -> tuple[Array]:
    if masked:
        h = xp.where(w[:, None] == 0, 0.0, h)
    others = put(xp, softmax(h), y, 0.0)
    # p_y - 1 is minus the sum of the others: nothing cancels, and the row sums to 0.
    return (put(xp, others, y, -xp.sum(others, axis=1)) * (g * w)[:, None],)


def _mixture(
    xp: Any, h: Array, target: Array, keep: Array, weight: Array, smoothing: float
) -> tuple[Array, Array, Array]:
    """The logits without the ignored rows, their softmax p, and the weights of -log p_j."""
    h = xp.where(keep[:, None] == 0, 0.0, h)
    q = put(xp, xp.zeros_like(h), target, 1.0) if target.ndim == 1 else target
    if smoothing:
        present = xp.astype(h > -xp.inf, h.dtype)
        q = (1 - smoothing) * q + smoothing * present / xp.sum(present, axis=1, keepdims=True)
    return h, softmax(h), q * weight * keep[:, None]


def mixture_value(
    xp: Any, h: Array, target: Array, keep: Array, weight: Array, smoothing: float
) -> Array:
    h, p, a = _mixture(xp, h, target, keep, weight, smoothing)
    rest = xp.sum(put(xp, p, xp.argmax(h, axis=1), 0.0), axis=1)
    behind = xp.where(a == 0, 0.0, a * (xp.max(h, axis=1, keepdims=True) - h))
    return xp.sum(behind, axis=1) + xp.sum(a, axis=1) * minus_log(xp, p, rest)


def mixture_gradient(
    xp: Any, g: Array, h: Array, target: Array, keep: Array, weight: Array, smoothing: float
) -> tuple[Array]:
    _, p, a = _mixture(xp, h, target, keep, weight, smoothing)
    return (g[:, None] * (xp.sum(a, axis=1, keepdims=True) * p - a),)


LABELS = Kernel(value, gradient, rows=3)
MIXTURES = Kernel(mixture_value, mixture_gradient, rows=3)


@loss
def cross_entropy(
    logits: Array,
    target: Array,
    *,
    weight: Array | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Problem:
    r"""Cross-entropy, or softmax loss (eq. 9.1).

    .. math::

       \mathcal L = -\frac1N\sum_{i=1}^N \log\frac{e^{h_{y_i}}}{\sum_{j=1}^C e^{h_j}},
       \qquad
       \frac{\partial \ell_i}{\partial h_j} = p_j - [\,j = y_i\,],
       \quad p = \operatorname{softmax}(h).

    With probabilities q as targets a row costs :math:`-\sum_j w_j q_j \log p_j`; labels are the
    case of a one-hot q. Label smoothing replaces q by :math:`(1-\epsilon)q + \epsilon/K`, spread
    over the K classes of the row whose logit is not −inf.

    Parameters
    ----------
    logits
        h, shape (N, C), floating. −inf is fine for a class of zero target probability.
    target
        Class indices 0..C−1, shape (N,), or probabilities, shape (N, C), each row
        summing to 1 within 0.01.
    weight
        A factor w ≥ 0 for each class, shape (C,); default 1 for all.
    label_smoothing
        ε in [0, 1]; default 0, the equation as printed.
    ignore_index
        Rows with this label cost nothing and get the gradient 0, whatever logits they hold,
        −inf and nan too. Only for class indices; −100 as in PyTorch.
    reduction
        ``"none"``: a value per row, shape (N,). ``"sum"``: their sum. ``"mean"``: the sum over
        the sum of the targets' weights (N without ``weight`` and ignored rows); over N when
        the targets are probabilities. If there is nothing to average, 0.

    Returns
    -------
    The loss, of the kind of ``logits``; half precision is computed and returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, or a dtype cannot work.
    ValueError
        If shapes disagree, labels are out of range, probabilities are negative or do not sum
        to 1, or an option is out of its range.

    Notes
    -----
    Smooth everywhere: there is no kink. Source: the chapter's section 9.1.1.

    Examples
    --------
    >>> import numpy as np
    >>> h = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> cross_entropy(h, np.array([0, 1]), reduction="none").round(4).tolist()
    [0.2395, 1.0986]
    >>> float(cross_entropy(np.array([[40.0, 0.0]]), np.array([0])))  # not rounded away to 0
    4.248354255291589e-18
    """
    check_arrays(logits=logits, target=target)
    check_axes("logits", logits, "(N, C)")
    check_classes(logits, at_least=1)
    check_floating(logits=logits)
    check_number("label_smoothing", label_smoothing, at_least=0, at_most=1)
    check_integer("ignore_index", ignore_index)

    xp = namespace(logits)
    (N, C), dtype, device = logits.shape, wide(xp, logits), logits.device
    if weight is None:
        weight = xp.ones(C, dtype=dtype, device=device)
    else:
        check_weight(logits, weight)
        weight = astype(xp, weight, dtype)

    if target.ndim == 2:
        check_probabilities(logits, target)
        if ignore_index != -100:
            raise ValueError(
                f"ignore_index needs class indices; got {ignore_index} with probabilities, "
                "where a row is ignored by leaving it out"
            )
        keep, divisor = xp.ones(N, dtype=dtype, device=device), None
    else:
        check_labels(target, N, C, ignore=ignore_index)
        kept = target != ignore_index
        target = xp.where(kept, astype(xp, target, xp.int64), 0)
        keep = astype(xp, kept, dtype)
        row_weight = xp.take(weight, target, axis=0) * keep
        divisor = xp.sum(row_weight)
        divisor = xp.where(divisor == 0, 1.0, divisor)
        if label_smoothing == 0:
            masked = not readable(row_weight) or bool((row_weight == 0).any())
            arrays = (logits, target, row_weight)
            return Problem(LABELS, arrays, reduction, divisor, {"masked": masked})

    return Problem(
        MIXTURES, (logits, target, keep, weight), reduction, divisor, {"smoothing": label_smoothing}
    )


def check_weight(logits: Array, weight: Array) -> None:
    check_arrays(logits=logits, weight=weight)
    check_shape("weight", weight, logits.shape[1:], "to weigh each class of logits")
    check_floating(weight=weight)
    check_constant(weight=weight)
    if readable(weight) and not (weight >= 0).all():
        raise ValueError(f"weight must be >= 0 in every class; got {weight}")


def check_probabilities(logits: Array, target: Array) -> None:
    check_shape("target", target, logits.shape, "as probabilities for logits of that shape")
    check_floating(target=target)
    check_constant(target=target)
    if not readable(target):
        return
    xp = namespace(target)
    if not (target >= 0).all():
        raise ValueError(f"target probabilities must be >= 0; got a minimum of {xp.min(target)}")
    sums = xp.sum(astype(xp, target, xp.float64), axis=1)
    off = xp.abs(sums - 1) > 0.01  # bfloat16 rounds a sum of many probabilities that far
    if off.any():
        raise ValueError(
            f"target probabilities must sum to 1 in each row; got a sum of {float(sums[off][0])}"
        )
