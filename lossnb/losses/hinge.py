r"""9.1.2 Hinge: pay for every margin below the one that was asked for."""

from __future__ import annotations

from typing import Any

from ._arrays import Array, astype, namespace, pick, put, sign
from ._checks import (
    check_arrays,
    check_axes,
    check_classes,
    check_floating,
    check_labels,
    check_number,
    check_option,
    check_signs,
)
from ._engine import Kernel, Problem, loss

# The margin u of a sample, and g times its gradient, in the three forms that have one margin.


def crammer_singer_margin(xp: Any, h: Array, y: Array) -> Array:
    return pick(xp, h, y) - xp.max(put(xp, h, y, -xp.inf), axis=1)


def crammer_singer_slope(xp: Any, g: Array, h: Array, y: Array) -> Array:
    runner_up = xp.argmax(put(xp, h, y, -xp.inf), axis=1)
    return put(xp, put(xp, xp.zeros_like(h), y, g), runner_up, -g)


def target_score_margin(xp: Any, h: Array, y: Array) -> Array:
    return pick(xp, h, y)


def target_score_slope(xp: Any, g: Array, h: Array, y: Array) -> Array:
    return put(xp, xp.zeros_like(h), y, g)


def binary_margin(xp: Any, f: Array, y: Array) -> Array:
    return y * f


def binary_slope(xp: Any, g: Array, f: Array, y: Array) -> Array:
    return g * y


MARGINS = {
    "crammer_singer": (crammer_singer_margin, crammer_singer_slope),
    "binary": (binary_margin, binary_slope),
    "target_score": (target_score_margin, target_score_slope),
}


def margin_kernel(form: str, paid: Any, slope: Any) -> Kernel:
    """A loss ``paid(xp, u)`` of the margin u of ``form``, with the derivative ``slope(xp, u)``."""
    margin, margin_slope = MARGINS[form]

    def value(xp: Any, h: Array, y: Array, **constants: float) -> Array:
        return paid(xp, margin(xp, h, y), **constants)

    def gradient(xp: Any, g: Array, h: Array, y: Array, **constants: float) -> tuple[Array]:
        return (margin_slope(xp, g * slope(xp, margin(xp, h, y), **constants), h, y),)

    return Kernel(value, gradient)


def paid(xp: Any, u: Array, margin: float, p: int) -> Array:
    missing = xp.clip(margin - u, 0.0, None)
    return missing if p == 1 else missing**2


def slope(xp: Any, u: Array, margin: float, p: int) -> Array:
    missing = xp.clip(margin - u, 0.0, None)
    return -sign(missing) if p == 1 else -2 * missing


def weston_watkins(xp: Any, h: Array, y: Array, margin: float, p: int) -> Array:
    missing = xp.clip(h - (pick(xp, h, y) - margin)[:, None], 0.0, None)
    paid = put(xp, missing if p == 1 else missing**2, y, 0.0)
    return xp.sum(paid, axis=1) / h.shape[1]


def weston_watkins_gradient(
    xp: Any, g: Array, h: Array, y: Array, margin: float, p: int
) -> tuple[Array]:
    missing = xp.clip(h - (pick(xp, h, y) - margin)[:, None], 0.0, None)
    active = put(xp, sign(missing) if p == 1 else 2 * missing, y, 0.0)
    return (put(xp, active, y, -xp.sum(active, axis=1)) * (g / h.shape[1])[:, None],)


KERNELS = {form: margin_kernel(form, paid, slope) for form in MARGINS} | {
    "weston_watkins": Kernel(weston_watkins, weston_watkins_gradient)
}


@loss
def hinge(
    logits: Array,
    target: Array,
    *,
    form: str = "crammer_singer",
    margin: float = 1.0,
    p: int = 1,
    reduction: str = "mean",
) -> Problem:
    r"""Hinge loss (eq. 9.2, read as a loss of the margin).

    .. math::

       \mathcal L = \frac1N\sum_{i=1}^N \max\{0,\, 1-u_i\}^p,
       \qquad
       \frac{\partial \ell_i}{\partial u_i} = -p\,\max\{0,\, 1-u_i\}^{p-1},

    with ``margin`` in the place of 1. What the margin u is, ``form`` says:

    ``"crammer_singer"``
        :math:`u = h_y - \max_{j\ne y} h_j`: the target's lead over its strongest rival.
    ``"weston_watkins"``
        :math:`\ell = \frac1C\sum_{j\ne y}\max\{0,\, 1-(h_y-h_j)\}^p`: every rival pays. Divided
        by C, all classes, as PyTorch's ``MultiMarginLoss``.
    ``"binary"``
        :math:`u = y f` for scores f of shape (N,) and labels y = ±1.
    ``"target_score"``
        :math:`u = h_y`: eq. 9.2 as printed. With free logits it is degenerate, since h ≡ 1 has
        loss 0 on any data; kept to show just that.

    Parameters
    ----------
    logits
        h, shape (N, C), C ≥ 2 (1 for ``"target_score"``), or scores f, shape (N,), for
        ``"binary"``; floating.
    target
        Class indices 0..C−1, shape (N,), of an integer dtype; for ``"binary"`` −1 or +1,
        integer or floating.
    form
        One of the four above; default ``"crammer_singer"``.
    margin
        The margin asked for, > 0; default 1, the equation's.
    p
        1 (default), or 2 for the squared hinge; no ½.
    reduction
        ``"none"``: a value per sample, shape (N,). ``"sum"``, or ``"mean"``: over N, 0 if N = 0.

    Returns
    -------
    The loss, of the kind of ``logits``; half precision is computed and returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, or a dtype cannot work.
    ValueError
        If shapes disagree, labels are out of range ({0, 1} for ``"binary"``), or an option is
        out of its range.

    Notes
    -----
    At the kink u = ``margin`` the derivative is 0 (only p = 1 has a kink). Rivals that tie: the
    first one carries the gradient. Sources: the chapter's section 9.1.2; Crammer and Singer
    (2001); Weston and Watkins (1999).

    Examples
    --------
    >>> import numpy as np
    >>> h = np.array([[2.0, 1.5, 0.0]])
    >>> [float(hinge(h, np.array([0]), form=f)) for f in ("crammer_singer", "target_score")]
    [0.5, 0.0]
    >>> float(hinge(np.array([0.25]), np.array([-1]), form="binary"))
    1.25
    """
    check_option("form", form, tuple(KERNELS))
    check_number("margin", margin, above=0)
    if p not in (1, 2) or isinstance(p, bool):
        raise ValueError(f"p must be 1 or 2; got {p!r}")
    arrays = check_margin_arrays(logits, target, form)
    return Problem(KERNELS[form], arrays, reduction, constants={"margin": margin, "p": p})


def check_margin_arrays(logits: Array, target: Array, form: str) -> tuple[Array, Array]:
    """The logits and targets of a form, the targets in the dtype its kernel works with."""
    check_arrays(logits=logits, target=target)
    check_floating(logits=logits)
    xp = namespace(logits)
    if form == "binary":
        check_axes("logits", logits, "(N,)")
        check_signs(target, logits.shape[0])
        return logits, astype(xp, target, logits.dtype)
    check_axes("logits", logits, "(N, C)")
    check_classes(logits, at_least=1 if form == "target_score" else 2)
    check_labels(target, *logits.shape)
    return logits, astype(xp, target, xp.int64)
