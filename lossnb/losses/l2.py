r"""9.2.2 l2: the squared residual."""

from __future__ import annotations

from lossnb._checks import check_regression

from ._backends import Array
from ._engine import Formula, Reduction, bound, loss


@loss
def l2(prediction: Array, target: Array, *, reduction: Reduction = "mean") -> Array:
    r"""l2 loss (eq. 9.16): the mean over samples of the sum over targets of residual².

    .. math::

       \mathcal L &= \frac1N\sum_{i=1}^N\sum_{t=1}^M (l_t^i)^2, \qquad
       l_t^i = y_t^i - \hat y_t^i,\\
       \frac{\partial l^2}{\partial \hat y} &= -2l.

    Parameters
    ----------
    prediction
        ŷ, shape (N,), (N, M) or (N, …), floating.
    target
        y, floating, of exactly that shape; it gets no gradient.
    reduction
        ``"none"``: a value per element. ``"sum"``, or ``"mean"``: over the N samples, not over
        the N·M elements as in PyTorch's ``mse_loss``; 0 if N = 0.

    Returns
    -------
    The loss, of the kind of ``prediction``; half precision is computed and returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, or a dtype cannot work.
    ValueError
        If the shapes differ, ``target`` requires a gradient, or ``reduction`` is unknown.

    Notes
    -----
    There is no ½: the gradient is twice the residual in size. Smooth everywhere, there is no kink.
    Source: the chapter's section 9.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> float(l2(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, -1.0]])))
    3.0
    """
    check_regression(prediction, target)
    return bound(FORMULA, (prediction, target), reduction)


def value(xp, prediction, target):
    return (prediction - target) ** 2


def gradient(xp, upstream, prediction, target):
    return (2 * upstream * (prediction - target),)


FORMULA = Formula(value, gradient, elementwise=True)
