r"""9.1.4 Large-margin softmax: ask the target for m times its angle."""

from __future__ import annotations

import math
from typing import Any

from ._arrays import Array, add_rows, astype, namespace, pick, put
from ._checks import (
    check_arrays,
    check_axes,
    check_floating,
    check_integer,
    check_labels,
    check_number,
)
from ._engine import Kernel, Problem, backward, forward, loss
from .cross_entropy import LABELS


def psi(xp: Any, cosine: Array, m: int, annealing: float) -> tuple[Array, Array]:
    """(λ cos θ + φ(θ)) / (1 + λ) and its derivative, as functions of cos θ.

    cos mθ is the Chebyshev polynomial T_m(cos θ), with T_m' = m U_{m-1}, and k counts the
    thresholds cos(jπ/m) that cos θ lies below. There is no arccosine, whose slope is infinite at
    ±1, and k cannot reach m.
    """
    k, sign = xp.zeros_like(cosine), xp.ones_like(cosine)
    for j in range(1, m):
        below = cosine < math.cos(j * math.pi / m)
        k = k + astype(xp, below, cosine.dtype)
        sign = xp.where(below, -sign, sign)
    t_before, t = xp.ones_like(cosine), cosine
    u_before, u = xp.zeros_like(cosine), xp.ones_like(cosine)
    for _ in range(m - 1):
        t_before, t = t, 2 * cosine * t - t_before
        u_before, u = u, 2 * cosine * u - u_before
    phi, slope = sign * t - 2 * k, sign * m * u
    return (annealing * cosine + phi) / (1 + annealing), (annealing + slope) / (1 + annealing)


def polar(xp: Any, x: Array, w: Array) -> tuple[Array, Array, Array, Array]:
    """|x|, |w| (1 where they are 0), whether one of them is 0, and the cosine between them."""
    squares = xp.sum(x * x, axis=1), xp.sum(w * w, axis=1)
    zero = (squares[0] == 0) | (squares[1] == 0)
    x_norm, w_norm = (xp.sqrt(xp.where(square == 0, 1.0, square)) for square in squares)
    return x_norm, w_norm, zero, xp.clip(xp.sum(x * w, axis=1) / (x_norm * w_norm), -1.0, 1.0)


def logits(xp: Any, x: Array, weight: Array, y: Array, margin: int, annealing: float) -> Array:
    """W x with the target's |w||x| cos θ replaced by |w||x| ψ."""
    x_norm, w_norm, zero, cosine = polar(xp, x, xp.take(weight, y, axis=0))
    f = xp.where(zero, 0.0, x_norm * w_norm * psi(xp, cosine, margin, annealing)[0])
    return put(xp, x @ weight.T, y, f)


def cross_entropy_of(xp: Any, h: Array, y: Array) -> Problem:
    return Problem(LABELS, (h, y, xp.ones_like(h[:, 0])), "none", constants={"masked": False})


def value(xp: Any, x: Array, weight: Array, y: Array, margin: int, annealing: float) -> Any:
    h = logits(xp, x, weight, y, margin, annealing)
    return forward(xp, cross_entropy_of(xp, h, y), total=False)[0], h


def gradient(
    xp: Any, g: Array, x: Array, weight: Array, y: Array, h: Array, margin: int, annealing: float
) -> tuple[Array, Array]:
    (dh,) = backward(xp, cross_entropy_of(xp, h, y), g, ())
    df = pick(xp, dh, y)
    w = xp.take(weight, y, axis=0)
    x_norm, w_norm, zero, cosine = polar(xp, x, w)
    value, slope = psi(xp, cosine, margin, annealing)
    # df/dx = ψ' w + (ψ - cos θ ψ') |w| x/|x|, and the same with x and w exchanged. Where x or w
    # is 0 there is no angle and no derivative: there, that of the plain softmax.
    slope = xp.where(zero, 1.0, slope)
    radial = df * xp.where(zero, 0.0, value - cosine * slope)
    dh = put(xp, dh, y, df * slope)
    dx = dh @ weight + (radial * w_norm / x_norm)[:, None] * x
    dw = add_rows(dh.T @ x, y, (radial * x_norm / w_norm)[:, None] * w)
    return dx, dw


KERNEL = Kernel(value, gradient, wrt=2, rows=0, remembers=True)


@loss
def large_margin_softmax(
    features: Array,
    weight: Array,
    target: Array,
    *,
    margin: int = 2,
    annealing: float = 0.0,
    reduction: str = "mean",
) -> Problem:
    r"""Large-margin softmax loss (eq. 9.8, with φ of eq. 9.10).

    .. math::

       \ell_i = -\log\frac{e^{\lVert W_y\rVert\lVert x\rVert\,\psi(\theta_y)}}
                 {e^{\lVert W_y\rVert\lVert x\rVert\,\psi(\theta_y)}
                  + \sum_{j\ne y} e^{\lVert W_j\rVert\lVert x\rVert\cos\theta_j}},
       \qquad
       \psi = \frac{\lambda\cos\theta + \varphi(\theta)}{1+\lambda},

       \varphi(\theta) = (-1)^k\cos(m\theta) - 2k
       \quad\text{on } \Bigl[\frac{k\pi}{m}, \frac{(k+1)\pi}{m}\Bigr],\ k = 0,\dots,m-1.

    The gradient is that of `cross_entropy` at these logits, carried to x and to W by

    .. math::

       \frac{\partial f_y}{\partial x} = \psi'\,W_y
         + (\psi - \psi'\cos\theta)\,\lVert W_y\rVert\frac{x}{\lVert x\rVert},
       \qquad \psi' = \frac{\mathrm d\psi}{\mathrm d\cos\theta},

    and the same with x and :math:`W_y` exchanged.

    Parameters
    ----------
    features
        x, shape (N, d), floating.
    weight
        W, shape (C, d), a row per class as in ``torch.nn.Linear``, floating. No bias.
    target
        Class indices 0..C−1, shape (N,), of an integer dtype.
    margin
        m, an integer ≥ 1; default 2. m = 1 is the plain softmax loss of eq. 9.5.
    annealing
        λ ≥ 0; default 0, eq. 9.8 itself. A large λ is close to the plain softmax: start there
        and lower it, for instance by `lossnb.schedules.annealing`. From m = 3 on training
        without it is known to diverge.
    reduction
        ``"none"``: a value per sample, shape (N,). ``"sum"``, or ``"mean"``: over N, 0 if N = 0.

    Returns
    -------
    The loss, of the kind of ``features``; half precision is computed and returned in float32.

    Raises
    ------
    TypeError
        If an argument is not an array, kinds are mixed, ``margin`` is not an integer, or a dtype
        cannot work.
    ValueError
        If shapes disagree, labels are out of range, m < 1, λ < 0, or ``reduction`` is unknown.

    Notes
    -----
    φ and dφ/dcos θ, which lies in [0, m²], are continuous at θ = kπ/m: there is no kink. Where x
    or :math:`W_y` is 0 the angle is undefined; the target's logit is 0 and gets the gradient of
    the plain softmax. For prediction use plain W x. Sources: the chapter's section 9.1.4; Liu et
    al. (2016).

    Examples
    --------
    >>> import numpy as np
    >>> x, weight = np.array([[1.0, 1.0]]), np.array([[2.0, 0.0], [0.0, 2.0]])
    >>> for m in (1, 2):  # θ = π/4: cos θ becomes cos 2θ = 0
    ...     print(m, round(float(large_margin_softmax(x, weight, np.array([0]), margin=m)), 4))
    1 0.6931
    2 2.1269
    """
    check_arrays(features=features, weight=weight, target=target)
    check_axes("features", features, "(N, d)")
    check_axes("weight", weight, "(C, d)")
    check_floating(features=features, weight=weight)
    if weight.shape[1] != features.shape[1]:
        raise ValueError(
            f"weight must have shape (C, {features.shape[1]}), as many columns as features; "
            f"got {tuple(weight.shape)}"
        )
    if weight.shape[0] == 0:
        raise ValueError(f"weight must have a row for at least one class; got {weight.shape}")
    check_labels(target, features.shape[0], weight.shape[0])
    check_integer("margin", margin, at_least=1)
    check_number("annealing", annealing, at_least=0)
    xp = namespace(features)
    arrays = (features, weight, astype(xp, target, xp.int64))
    constants = {"margin": margin, "annealing": annealing}
    return Problem(KERNEL, arrays, reduction, constants=constants)
