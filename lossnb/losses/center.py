r"""9.1.5 Centre loss: stay close to the centre of your class."""

from __future__ import annotations

from typing import Any

from lossnb._checks import (
    as_labels,
    check_arrays,
    check_axes,
    check_constant,
    check_floating,
    check_number,
)

from ._backends import Array, backend
from ._engine import Formula, Reduction, bound, loss


@loss
def center(
    features: Array, centers: Array, target: Array, *, reduction: Reduction = "mean"
) -> Array:
    r"""Centre loss (eq. 9.11), with its ½.

    .. math::

       \ell_i = \tfrac12\,\lVert x_i - c_{y_i}\rVert^2,
       \qquad
       \frac{\partial \ell_i}{\partial x_i} = x_i - c_{y_i}.

    Only the centres named by ``target`` are read: the cost does not grow with C. The centres get
    no gradient; they follow by `lossnb.update_centers`.

    Parameters
    ----------
    features
        x, shape (N, d), floating.
    centers
        c, shape (C, d), floating.
    target
        Class indices 0..C−1, shape (N,), of an integer dtype.
    reduction
        ``"sum"``: eq. 9.11 as printed. ``"mean"`` (default): over N, the scale on which the
        papers' λ are meant; 0 if N = 0. ``"none"``: a value per sample, shape (N,).

    Returns
    -------
    The loss, of the kind of ``features``; half precision is computed and returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, or a dtype cannot work.
    ValueError
        If shapes disagree, labels are out of range, ``centers`` requires a gradient, or
        ``reduction`` is unknown.

    Notes
    -----
    Smooth everywhere: there is no kink. Sources: the chapter's section 9.1.5; Wen et al. (2016).

    Examples
    --------
    >>> import numpy as np
    >>> x, centers = np.array([[3.0, 4.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> center(x, centers, np.array([0, 1]), reduction="none").tolist()
    [12.5, 0.0]
    """
    target = check_centers(features, centers, target)
    # A copy of each sample's own centre: the centres may move on before the gradient is wanted.
    own = backend(centers).take(centers, target, axis=0)
    return bound(FORMULA, (features, own), reduction)


def value(xp, x, c):
    return xp.sum((x - c) ** 2, axis=1) / 2


def gradient(xp, upstream, x, c):
    return (upstream[:, None] * (x - c),)


FORMULA = Formula(value, gradient)


def update_centers(features: Array, centers: Array, target: Array, *, alpha: float = 0.5) -> Array:
    r"""The centres after one step of Wen et al.'s equation 4, beside eq. 9.11.

    .. math::

       c_j &\leftarrow c_j - \alpha\,\Delta c_j,\\
       \Delta c_j &= \frac{\sum_i [\,y_i = j\,]\,(c_j - x_i)}{1 + \sum_i [\,y_i = j\,]}.

    This is not a gradient step on eq. 9.11: the 1 in the divisor damps rare classes, and neither
    λ nor any scaling of the loss enters. A class that is absent from the batch does not move.

    Parameters
    ----------
    features, centers, target
        As for `center`. No gradient flows through any of them.
    alpha
        The step α in [0, 1]; default 0.5, Wen et al.'s.

    Returns
    -------
    The new centres, shape (C, d), of the kind and dtype of ``centers``, which stay untouched.

    Raises
    ------
    TypeError, ValueError
        As `center`; ``ValueError`` too if α is outside [0, 1].

    Notes
    -----
    Sources: the chapter's section 9.1.5; Wen et al. (2016), equation 4.

    Examples
    --------
    >>> import numpy as np
    >>> centers = np.array([[0.0], [5.0]])
    >>> update_centers(np.array([[3.0], [1.0]]), centers, np.array([0, 0]), alpha=1.0).tolist()
    [[1.3333333333333333], [5.0]]
    """
    check_alpha(alpha)
    target = check_centers(features, centers, target)
    xp = backend(centers)
    classes, sums, counts = sums_by_class(xp, features, centers, target)
    moved = xp.asarray(centers, copy=True)
    moved[classes] = moved_centers(xp, moved[classes], sums, counts, alpha)
    return moved


def moved_centers(xp, c, sums, counts, alpha):
    """Equation 4 for the classes in the batch; ``sums`` are those of c_j - x_i."""
    return xp.cast(c - alpha * sums / (1 + counts)[:, None], c.dtype)


def sums_by_class(xp, features, centers, target):
    """The classes in the batch, and for each the sum of c_j - x_i and the number of samples."""
    features, centers = xp.constant(features), xp.constant(centers)
    classes, members = xp.unique_inverse(target)
    dtype = xp.compute_dtype(features, centers)
    differences = xp.take(centers, target, axis=0) - xp.cast(features, dtype)
    options = {"dtype": dtype, "device": differences.device}
    sums = xp.zeros((classes.shape[0], differences.shape[1]), **options)
    counts = xp.zeros((classes.shape[0],), **options)
    ones = xp.ones_like(members, dtype=dtype)
    return classes, xp.add_rows(sums, members, differences), xp.add_rows(counts, members, ones)


def check_alpha(alpha: Any) -> None:
    check_number("alpha", alpha, at_least=0, at_most=1)


def check_centers(features: Any, centers: Any, target: Any) -> Any:
    """The targets as int64, if the three arguments fit together."""
    check_arrays(features=features, centers=centers, target=target)
    check_axes("features", features, "(N, d)")
    check_axes("centers", centers, "(C, d)")
    check_floating(features=features, centers=centers)
    if centers.shape[1] != features.shape[1]:
        raise ValueError(
            f"centers must have shape (C, {features.shape[1]}), as many columns as features; "
            f"got {tuple(centers.shape)}"
        )
    check_constant(centers=centers)
    return as_labels(target, features.shape[0], centers.shape[0])
