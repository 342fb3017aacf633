r"""9.1.3 Ramp: a hinge that stops counting at s."""

from __future__ import annotations

from typing import Any

from lossnb._checks import check_number, check_option

from ._backends import Array, precision
from ._engine import Reduction, bound, loss
from ._margin import MARGINS, MarginForm, formula_of_margin, margin_arrays


@loss
def ramp(
    logits: Array,
    target: Array,
    *,
    s: float | None = None,
    form: MarginForm = "crammer_singer",
    reduction: Reduction = "mean",
) -> Array:
    r"""Ramp loss, the truncated hinge (eqs 9.3 and 9.4, read as losses of the margin).

    .. math::

       \mathcal L &= \frac1N\sum_{i=1}^N \ell_i,\\
       \ell_i &= \max\{0,\,1-u_i\} - \max\{0,\,s-u_i\}\\
              &= \min\{1-s,\,\max\{0,\,1-u_i\}\},\\
       \frac{\partial \ell_i}{\partial u_i} &= -[\,s < u_i < 1\,].

    The margin u has the forms of `lossnb.hinge` that have a single margin. The loss lies in
    [0, 1−s], and a sample with a margin below s has no gradient at all.

    Parameters
    ----------
    logits
        h, shape (N, C), C ≥ 2 (1 for ``"target_score"``), or scores f, shape (N,), for
        ``form="binary"``; floating.
    target
        Class indices 0..C−1, shape (N,), of an integer dtype; for ``"binary"`` −1 or +1,
        integer or floating.
    s
        The truncation point, < 1. Default −1/(C−1), the chapter's choice after Wu and Liu
        (2007), so −1 for ``"binary"``.
    form
        ``"crammer_singer"`` (default): :math:`u = h_y - \max_{j\ne y} h_j`; ``"binary"``:
        :math:`u = yf`; ``"target_score"``: :math:`u = h_y`, the equations as printed, degenerate
        with free logits.
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
        If shapes disagree, labels are out of range ({0, 1} for ``"binary"``), s ≥ 1, or an
        option is out of its range.

    Notes
    -----
    At both kinks, u = s and u = 1, the derivative is 0. Rivals that tie: the first one carries
    the gradient. Sources: the chapter's section 9.1.3; Collobert et al. (2006); Wu and Liu (2007).

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([-3.0, 0.0, 2.0])
    >>> ramp(scores, np.ones(3), form="binary", s=-0.5, reduction="none").tolist()
    [1.5, 1.0, 0.0]
    """
    check_options(form, s)
    arrays = margin_arrays(logits, target, form)
    if s is None:
        classes = 2 if form == "binary" else max(logits.shape[1], 2)
        s = -1 / (classes - 1)
    check_options(form, s, precision(logits))
    return bound(FORMULAS[form], arrays, reduction, s=float(s))


def loss_of_margin(xp, u, s):
    # Not the difference of two hinges, which cancels: in half precision it is 0 at u = -1e4.
    return xp.clip(1 - u, 0.0, 1 - s)


def derivative(xp, u, s):
    slope = -xp.cast((u > s) & (u < 1), u.dtype)
    return xp.where(xp.isnan(u), u, slope)


FORMULAS = {form: formula_of_margin(form, loss_of_margin, derivative) for form in MARGINS}


def check_options(form: Any, s: Any, precision: Any = None) -> None:
    check_option("form", form, tuple(FORMULAS))
    if s is not None:
        check_number("s", s, below=1, precision=precision)
