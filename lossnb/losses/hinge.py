r"""9.1.2 Hinge: pay for every margin below the one that was asked for."""

from __future__ import annotations

from typing import Any, Literal

from lossnb._checks import check_number, check_option

from ._backends import Array, precision
from ._engine import Formula, Reduction, bound, loss
from ._margin import MARGINS, formula_of_margin, margin_arrays

HingeForm = Literal["crammer_singer", "weston_watkins", "binary", "target_score"]


@loss
def hinge(
    logits: Array,
    target: Array,
    *,
    form: HingeForm = "crammer_singer",
    margin: float = 1.0,
    p: Literal[1, 2] = 1,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss (eq. 9.2, read as a loss of the margin).

    .. math::

       \mathcal L &= \frac1N\sum_{i=1}^N \ell_i, \qquad
       \ell_i = \max\{0,\, 1-u_i\}^p,\\
       \frac{\partial \ell_i}{\partial u_i} &= -p\,\max\{0,\, 1-u_i\}^{p-1},

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
    check_options(form, margin, p)
    arrays = margin_arrays(logits, target, form)
    check_options(form, margin, p, precision(logits))
    return bound(FORMULAS[form], arrays, reduction, margin=float(margin), p=p)


def loss_of_margin(xp, u, margin, p):
    slack = xp.clip(margin - u, 0.0, None)
    return slack if p == 1 else slack**2


def derivative(xp, u, margin, p):
    slack = xp.clip(margin - u, 0.0, None)
    return -xp.sign(slack) if p == 1 else -2 * slack


def weston_watkins(xp, h, y, margin, p):
    slack = rivals_slack(xp, h, y, margin)
    return xp.sum(slack if p == 1 else slack**2, axis=1) / h.shape[1]


def weston_watkins_gradient(xp, upstream, h, y, margin, p):
    slack = rivals_slack(xp, h, y, margin)
    slope = xp.sign(slack) if p == 1 else 2 * slack
    slope = xp.set_class_(slope, y, -xp.sum(slope, axis=1))
    return (xp.scale_rows_(slope, upstream / h.shape[1]),)


def rivals_slack(xp, h, y, margin):
    """What each rival's distance to the target lacks of the margin; 0 for the target itself."""
    slack = xp.clip(h - (xp.take_class(h, y) - margin)[:, None], 0.0, None)
    return xp.set_class_(slack, y, 0.0)


FORMULAS = {form: formula_of_margin(form, loss_of_margin, derivative) for form in MARGINS} | {
    "weston_watkins": Formula(weston_watkins, weston_watkins_gradient)
}


def check_options(form: Any, margin: Any, p: Any, precision: Any = None) -> None:
    check_option("form", form, tuple(FORMULAS))
    check_number("margin", margin, above=0, precision=precision)
    if p not in (1, 2) or isinstance(p, bool):
        raise ValueError(f"p must be 1 or 2; got {p!r}")
