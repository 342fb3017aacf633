r"""9.1.1 Cross-entropy: the negative log-likelihood of a softmax."""

from __future__ import annotations

from typing import Any

from lossnb._checks import (
    as_labels,
    check_arrays,
    check_axes,
    check_classes,
    check_constant,
    check_floating,
    check_integer,
    check_number,
    check_shape,
    checked,
    is_label,
    unwrapped,
    values_are_readable,
)

from ._backends import Array, backend
from ._engine import Formula, Reduction, bound, loss


@loss
def cross_entropy(
    logits: Array,
    target: Array,
    *,
    weight: Array | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross-entropy, or softmax loss (eq. 9.1).

    .. math::

       \mathcal L &= \frac1N\sum_{i=1}^N \ell_i, \qquad
       \ell_i = -\log\frac{e^{h_{y_i}}}{\sum_{j=1}^C e^{h_j}},\\
       \frac{\partial \ell_i}{\partial h_j} &= p_j - [\,j = y_i\,], \qquad
       p = \operatorname{softmax}(h).

    With probabilities q as targets a row costs :math:`-\sum_j w_j q_j \log p_j`; labels are the
    case of a one-hot q. Label smoothing replaces q by :math:`(1-\epsilon)q + \epsilon/K`, spread
    over the K classes of the row whose logit is not −inf.

    Parameters
    ----------
    logits
        h, shape (N, C), floating. −inf is fine for a class of zero target probability; +inf gives
        nan, as in PyTorch.
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
    check_options(label_smoothing, ignore_index)

    xp = backend(logits)
    (N, C), dtype, device = logits.shape, xp.compute_dtype(logits), logits.device
    if weight is None:
        weight = xp.ones(C, dtype=dtype, device=device)
    else:
        check_arrays(logits=logits, weight=weight)
        check_shape("weight", weight, (C,), "to weigh each class of logits")
        weight = xp.cast(check_weight(weight), dtype)

    smoothing = float(label_smoothing)
    if target.ndim == 2:
        target = check_probabilities(xp, logits, target, ignore_index)
        keep = xp.ones(N, dtype=dtype, device=device)
        return bound(MIXTURES, (logits, target, keep, weight), reduction, smoothing=smoothing)

    labels = as_labels(target, N, C, ignore=ignore_index)
    kept = ~is_label(labels, target, ignore_index)
    labels = xp.where(kept, labels, 0)
    keep = xp.cast(kept, dtype)
    row_weight = xp.take(weight, labels, axis=0) * keep
    divisor = xp.sum(row_weight)
    divisor = xp.where(divisor == 0, 1.0, divisor)
    if label_smoothing == 0:
        masked = not values_are_readable(row_weight) or bool((unwrapped(row_weight) == 0).any())
        arrays = (logits, labels, row_weight)
        return bound(LABELS, arrays, reduction, divisor, masked=masked)
    return bound(MIXTURES, (logits, labels, keep, weight), reduction, divisor, smoothing=smoothing)


def value(xp, h, y, w, masked):
    if masked:  # whatever a row of weight 0 holds, -inf or nan, it costs nothing
        h = xp.where(w[:, None] == 0, 0.0, h)
    p = xp.softmax(h)
    largest = xp.max(p, axis=1)
    rest = xp.sum(xp.set_class_(p, y, 0.0), axis=1)
    behind = xp.max(h, axis=1) - xp.take_class(h, y)
    return xp.where(w == 0, 0.0, w * (behind + minus_log(xp, largest, rest)))


def minus_log(xp, largest, rest):
    """-log of a row's largest probability; ``rest``, the sum of the others, if that is small.

    1 - rest would lose a rest of 4e-18, and with it the loss.
    """
    return xp.where(rest < 0.5, -xp.log1p(-rest), -xp.log(largest))


def gradient(xp, upstream, h, y, w, masked):
    if masked:
        h = xp.where(w[:, None] == 0, 0.0, h)
    others = xp.set_class_(xp.softmax(h), y, 0.0)
    # p_y - 1 is minus the sum of the others: nothing cancels, and the row sums to 0.
    slope = xp.set_class_(others, y, -xp.sum(others, axis=1))
    return (xp.scale_rows_(slope, upstream * w),)


def mixture_value(xp, h, target, keep, weight, smoothing):
    h, a = mixture(xp, h, target, keep, weight, smoothing)
    p, top = xp.softmax(h), xp.argmax(h, axis=1)
    largest, rest = xp.max(p, axis=1), xp.sum(xp.set_class(p, top, 0.0), axis=1)
    behind = xp.where(a == 0, 0.0, a * (xp.max(h, axis=1, keepdims=True) - h))
    return xp.sum(behind, axis=1) + xp.sum(a, axis=1) * minus_log(xp, largest, rest)


def mixture_gradient(xp, upstream, h, target, keep, weight, smoothing):
    h, a = mixture(xp, h, target, keep, weight, smoothing)
    p, top = xp.softmax(h), xp.argmax(h, axis=1)
    slope = xp.sum(a, axis=1, keepdims=True) * p - a
    # Where p_j is close to 1 that difference cancels, and this one of sums over the others not.
    p_top, p_rest = xp.take_class(p, top), xp.sum(xp.set_class(p, top, 0.0), axis=1)
    a_top, a_rest = xp.take_class(a, top), xp.sum(xp.set_class(a, top, 0.0), axis=1)
    slope = xp.set_class(slope, top, p_top * a_rest - a_top * p_rest)
    return (upstream[:, None] * slope,)


def mixture(xp, h, target, keep, weight, smoothing):
    """The logits without the ignored rows, and the factors of -log p_j."""
    h = xp.where(keep[:, None] == 0, 0.0, h)
    q = xp.set_class(xp.zeros_like(h), target, 1.0) if target.ndim == 1 else target
    if smoothing:
        present = xp.cast(h > -xp.inf, h.dtype)
        q = (1 - smoothing) * q + smoothing * present / xp.sum(present, axis=1, keepdims=True)
    return h, q * weight * keep[:, None]


LABELS = Formula(value, gradient, per_sample=3)
MIXTURES = Formula(mixture_value, mixture_gradient, per_sample=3)


def check_options(label_smoothing: Any, ignore_index: Any) -> None:
    check_number("label_smoothing", label_smoothing, at_least=0, at_most=1)
    check_integer("ignore_index", ignore_index)


def check_weight(weight: Any) -> Any:
    check_arrays(weight=weight)
    check_axes("weight", weight, "(C,)")
    check_floating(weight=weight)
    check_constant(weight=weight)
    return checked(weight, "weight must be >= 0 in every class", weight, weight >= 0)


def check_probabilities(xp, logits, target, ignore_index):
    check_shape("target", target, logits.shape, "as probabilities for logits of that shape")
    check_floating(target=target)
    check_constant(target=target)
    if ignore_index != -100:
        raise ValueError(
            f"ignore_index needs class indices; got {ignore_index} with probabilities, "
            "where a row is ignored by leaving it out"
        )
    target = checked(target, "target probabilities must be >= 0", target, target >= 0)
    sums = xp.sum(xp.cast(target, xp.float64), axis=1)
    off = xp.abs(sums - 1)  # bfloat16 rounds a sum of many probabilities by almost 0.01
    wanted = "target probabilities must sum to 1 in each row"
    return checked(target, wanted, sums, off <= 0.01, called="a sum of ")
