r"""The margin u: what the hinge and the ramp of sections 9.1.2 and 9.1.3 are functions of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from lossnb._checks import (
    as_labels,
    as_signs,
    check_arrays,
    check_axes,
    check_classes,
    check_floating,
    check_option,
)

from ._backends import Array
from ._engine import Formula, bound, loss

MarginForm = Literal["crammer_singer", "binary", "target_score"]


@loss
def margin(logits: Array, target: Array, *, form: MarginForm = "crammer_singer") -> Array:
    r"""The margin u of each sample, which `hinge` and `ramp` are losses of.

    .. math::

       u &= h_y - \max_{j\ne y} h_j,\\
       \frac{\partial u}{\partial h_j} &= [\,j = y\,] - [\,j = k\,], \quad
       k = \arg\max_{j\ne y} h_j.

    A sample is classified correctly where u > 0.

    Parameters
    ----------
    logits
        h, shape (N, C), C ≥ 2 (1 for ``"target_score"``), or scores f, shape (N,), for
        ``"binary"``; floating.
    target
        Class indices 0..C−1, shape (N,), of an integer dtype; for ``"binary"`` −1 or +1,
        integer or floating.
    form
        ``"crammer_singer"`` (default): the target's lead over its strongest rival, as above;
        ``"binary"``: :math:`u = yf`; ``"target_score"``: :math:`u = h_y`, as eqs 9.2 and 9.3
        print it.

    Returns
    -------
    The margins, shape (N,), of the kind of ``logits``; half precision is returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, or a dtype cannot work.
    ValueError
        If shapes disagree, labels are out of range, or the form is unknown. Compiled and on a
        GPU a label out of range is a ``RuntimeError``.

    Notes
    -----
    Rivals that tie: the first one carries the gradient. Sources: the chapter's sections 9.1.2
    and 9.1.3; Crammer and Singer (2001).

    Examples
    --------
    >>> import numpy as np
    >>> margin(np.array([[2.0, 1.5, 0.0], [0.0, 1.0, 3.0]]), np.array([0, 1])).tolist()
    [0.5, -2.0]
    """
    check_option("form", form, tuple(MARGINS))
    margin_of, margin_vjp = MARGINS[form]
    formula = Formula(margin_of, lambda xp, *arrays: (margin_vjp(xp, *arrays),))
    return bound(formula, margin_arrays(logits, target, form), "none")


def crammer_singer_margin(xp, h, y):
    rivals = xp.set_class(h, y, -xp.inf)
    return xp.take_class(h, y) - xp.max(rivals, axis=1)


def crammer_singer_vjp(xp, upstream, h, y):
    strongest = xp.argmax(xp.set_class(h, y, -xp.inf), axis=1)
    gradient = xp.set_class(xp.zeros_like(h), y, upstream)
    return xp.set_class(gradient, strongest, -upstream)


def binary_margin(xp, f, y):
    return y * f


def binary_vjp(xp, upstream, f, y):
    return upstream * y


def target_score(xp, h, y):
    return xp.take_class(h, y)


def target_score_vjp(xp, upstream, h, y):
    return xp.set_class(xp.zeros_like(h), y, upstream)


# The margin of a form, and what comes from above times its gradient (a vector-Jacobian product).
MARGINS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "crammer_singer": (crammer_singer_margin, crammer_singer_vjp),
    "binary": (binary_margin, binary_vjp),
    "target_score": (target_score, target_score_vjp),
}


def formula_of_margin(
    form: str, loss_of_margin: Callable[..., Any], derivative: Callable[..., Any]
) -> Formula:
    """A loss of the margin of this form, with its derivative in the margin."""
    margin_of, margin_vjp = MARGINS[form]

    def value(xp, h, y, **options):
        return loss_of_margin(xp, margin_of(xp, h, y), **options)

    def gradient(xp, upstream, h, y, **options):
        slope = derivative(xp, margin_of(xp, h, y), **options)
        return (margin_vjp(xp, upstream * slope, h, y),)

    return Formula(value, gradient)


def margin_arrays(logits: Any, target: Any, form: str) -> tuple[Any, Any]:
    """The logits and targets of a form, checked, the targets in the dtype to compute with."""
    check_arrays(logits=logits, target=target)
    check_floating(logits=logits)
    if form == "binary":
        check_axes("logits", logits, "(N,)")
        return logits, as_signs(target, logits.shape[0], logits.dtype)
    check_axes("logits", logits, "(N, C)")
    check_classes(logits, at_least=1 if form == "target_score" else 2)
    return logits, as_labels(target, *logits.shape)
