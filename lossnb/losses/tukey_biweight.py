r"""9.2.3 Tukey's biweight: quadratic near 0, flat beyond c."""

from __future__ import annotations

import math
import numbers
from typing import Any, Literal

from lossnb._checks import (
    check_arrays,
    check_constant,
    check_floating,
    check_number,
    check_regression,
    check_shape,
    checked,
)

from ._backends import Array, backend, precision
from ._engine import Formula, Reduction, bound, loss


@loss
def tukey_biweight(
    prediction: Array,
    target: Array,
    *,
    c: float = 4.6851,
    scale: float | Array | Literal["mad"] | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Tukey's biweight loss (eq. 9.17), read element by element.

    .. math::

       \begin{aligned}
       \mathcal L &= \frac1N\sum_{i=1}^N\sum_{t=1}^M \rho(r_t^i), \qquad
       r_t^i = \frac{y_t^i - \hat y_t^i}{\sigma_t},\\
       \rho(r) &= \begin{cases}
          \frac{c^2}{6}\bigl[1-(1-(r/c)^2)^3\bigr] & |r|\le c\\
          \frac{c^2}{6} & |r| > c,
       \end{cases}\\
       \frac{\partial\rho}{\partial\hat y_t} &= -\frac{\psi(r)}{\sigma_t},\\
       \psi(r) &= r\,(1-(r/c)^2)^2\,[\,|r|\le c\,].
       \end{aligned}

    Parameters
    ----------
    prediction
        ŷ, shape (N,), (N, M) or (N, …), floating.
    target
        y, floating, of exactly that shape; it gets no gradient.
    c
        Where ρ saturates, > 0, in units of the scale. Default 4.6851: 95 % of the efficiency of
        least squares on Gaussian residuals of unit scale.
    scale
        σ, one of: ``None`` (default), no scaling, as printed; a number > 0; an array > 0 with
        one scale per target, shape (M,); ``"mad"``, `lossnb.mad` of this batch. In the gradient
        it is a constant.
    reduction
        ``"none"``: a value per element. ``"sum"``, or ``"mean"``: over the N samples of the sum
        over targets; 0 if N = 0.

    Returns
    -------
    The loss, of the kind of ``prediction``; half precision is computed and returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, or a dtype cannot work.
    ValueError
        If shapes differ, c ≤ 0, a scale is not positive, ``target`` or ``scale`` requires a
        gradient, or an option is unknown.

    Notes
    -----
    ρ ≈ r²/2 near 0. ρ, ψ and ψ′ are continuous at \|r\| = c, so there is no kink; from there on
    the gradient is exactly 0, for r = ±inf too. Sources: the chapter's section 9.2.3; Belagiannis
    et al. (2015); Beaton and Tukey (1974).

    Examples
    --------
    >>> import numpy as np
    >>> residual = np.array([0.0, 1.0, 4.6851, 1000.0])
    >>> tukey_biweight(residual, np.zeros(4), reduction="none").round(4).tolist()
    [0.0, 0.4776, 3.6584, 3.6584]
    """
    check_options(c)
    check_regression(prediction, target)
    check_options(c, precision(prediction, target))
    arrays: tuple[Array, ...] = (prediction, target)
    if scale is not None:
        arrays += (scale_of(prediction, target, scale),)
    return bound(FORMULA, arrays, reduction, c=float(c), own_scale=isinstance(scale, str))


def value(xp, *arrays, c, own_scale):
    # c²/6 [1 - (1-u)³] multiplied out: nothing cancels for small residuals.
    u = (clipped_residual(xp, *arrays, c=c, own_scale=own_scale) / c) ** 2
    return c**2 / 6 * u * (3 + u * (u - 3))


def gradient(xp, upstream, *arrays, c, own_scale):
    r = clipped_residual(xp, *arrays, c=c, own_scale=own_scale)
    v = 1 - (r / c) ** 2
    psi = r * v * v
    return (upstream * psi / arrays[2] if len(arrays) > 2 else upstream * psi,)


def clipped_residual(xp, prediction, target, *scale, c, own_scale):
    """(ŷ - y)/σ, held between -c and c: clipped rather than sorted into two branches, so that
    inf stays out of the arithmetic."""
    r = prediction - target
    if own_scale:
        r = without_inf(xp, r)
    return xp.clip(r / scale[0] if scale else r, -c, c)


FORMULA = Formula(value, gradient, elementwise=True)


def mad(prediction: Array, target: Array) -> Array:
    r"""The scale of the residuals: 1.4826 times their median absolute deviation (eq. 9.17's σ).

    .. math:: \sigma_t = 1.4826\; \operatorname{median}_i
              \bigl|\,r_t^i - \operatorname{median}_k r_t^k\,\bigr|

    One scale per target, over the batch; of an even number the median is the mean of the two in
    the middle, on both backends. 1.4826 makes it the standard deviation of Gaussian residuals.
    Where more than half of the residuals are equal the median deviation is 0; there the mean
    absolute deviation times :math:`\sqrt{\pi/2}`, also a standard deviation for Gaussians,
    takes its place, and where all residuals are equal, 1.

    Parameters
    ----------
    prediction, target
        ŷ and y, of one shape (N,), (N, M) or (N, …), floating. No gradient flows.

    Returns
    -------
    σ, shape () or (M,) or (…), at least float32.

    Raises
    ------
    TypeError, ValueError
        As `tukey_biweight`.

    Notes
    -----
    Source: Belagiannis et al. (2015), who multiply it by 7 for the first 50 iterations:
    ``scale=lossnb.schedules.warm_up(step) * lossnb.mad(prediction, target)``.

    Examples
    --------
    >>> import numpy as np
    >>> float(mad(np.array([1.0, 2.0, 3.0, 4.0, 100.0]), np.zeros(5)))
    1.4826
    """
    check_regression(prediction, target)
    xp = backend(prediction)
    r = xp.cast(xp.constant(prediction), xp.compute_dtype(prediction)) - target
    if r.shape[0] == 0:
        return xp.ones(r.shape[1:], dtype=r.dtype, device=r.device)
    r = without_inf(xp, r)
    deviation = xp.abs(r - median(xp, r))
    middle, mean = median(xp, deviation), xp.mean(deviation, axis=0)
    spread = xp.where(middle > 0, 1.4826 * middle, math.sqrt(math.pi / 2) * mean)
    return xp.where(spread == 0, 1.0, spread)


def median(xp, values):
    """nan if there is one, which is sorted to the end."""
    ordered, n = xp.sort(values, axis=0), values.shape[0]
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return xp.where(xp.isnan(ordered[-1]), xp.nan, middle)


def without_inf(xp, r):
    """With a number so large in the place of ±inf that r/σ is what it is in the limit, though σ
    grows with r."""
    return xp.where(xp.isinf(r), xp.sign(r) * (xp.finfo(r.dtype).max / 16), r)


def scale_of(prediction: Any, target: Any, scale: Any) -> Any:
    """The scale as an array that broadcasts against the prediction's targets."""
    xp = backend(prediction)
    if isinstance(scale, str):
        if scale != "mad":
            raise ValueError(f'scale must be None, a number, an array or "mad"; got {scale!r}')
        return mad(prediction, target)
    if isinstance(scale, numbers.Real):
        dtype = xp.compute_dtype(prediction)
        check_number("scale", scale, above=0, precision=xp.finfo(dtype))
        # A product, which a compiler keeps open for other numbers.
        return xp.ones((), dtype=dtype, device=prediction.device) * float(scale)
    check_arrays(prediction=prediction, scale=scale)
    check_floating(scale=scale)
    if scale.ndim:
        check_shape("scale", scale, prediction.shape[1:], "with one scale for each target")
    check_constant(scale=scale)
    valid = (scale > 0) & (scale < math.inf)
    return checked(scale, "scale must be finite and > 0", scale, valid)


def check_options(c: Any, precision: Any = None) -> None:
    check_number("c", c, above=0, precision=precision)
    check_number("the square of c", c * c, above=0, precision=precision)
