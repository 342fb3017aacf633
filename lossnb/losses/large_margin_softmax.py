r"""9.1.4 Large-margin softmax: ask the target for m times its angle."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from lossnb._checks import (
    as_labels,
    check_arrays,
    check_axes,
    check_floating,
    check_integer,
    check_number,
)

from ._backends import Array, backend, precision
from ._engine import Formula, Reduction, bound, loss
from .cross_entropy import LABELS


@loss
def large_margin_softmax(
    features: Array,
    weight: Array,
    target: Array,
    *,
    margin: int = 2,
    annealing: float = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    r"""Large-margin softmax loss (eq. 9.8, with φ of eq. 9.10).

    .. math::

       f_y &= \lVert W_y\rVert\lVert x\rVert\,\psi(\theta_y),\\
       \ell_i &= -\log\frac{e^{f_y}}
                 {e^{f_y} + \sum_{j\ne y} e^{\lVert W_j\rVert\lVert x\rVert\cos\theta_j}},\\
       \psi(\theta) &= \frac{\lambda\cos\theta + \varphi(\theta)}{1+\lambda},\\
       \varphi(\theta) &= (-1)^k\cos(m\theta) - 2k,\\
       &\quad \frac{k\pi}{m}\le\theta\le\frac{(k+1)\pi}{m},\quad k = 0,\dots,m-1.

    The gradient is that of `cross_entropy` at these logits, carried to x and to W by

    .. math::

       \frac{\partial f_y}{\partial x} &= \psi'\,W_y
         + (\psi - \psi'\cos\theta)\,\lVert W_y\rVert\frac{x}{\lVert x\rVert},\\
       \psi' &= \frac{\mathrm d\psi}{\mathrm d\cos\theta},

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
    labels = as_labels(target, features.shape[0], weight.shape[0])
    check_options(margin, annealing, precision(features, weight))
    arrays, annealing = (features, weight, labels), float(annealing)
    return bound(FORMULA, arrays, reduction, margin=int(margin), annealing=annealing)


def phi(cosine: Array, margin: int) -> tuple[Array, Array]:
    r"""φ of eq. 9.10 and its derivative, as functions of cos θ.

    .. math::

       \varphi &= (-1)^k\cos(m\theta) - 2k,\\
       \frac{\mathrm d\varphi}{\mathrm d\cos\theta} &= \frac{m\,|\sin m\theta|}{\sin\theta}.

    The derivative lies between 0 and m².

    Parameters
    ----------
    cosine
        cos θ, of any shape, floating.
    margin
        m, an integer ≥ 1.

    Returns
    -------
    The pair (φ, dφ/dcos θ), of the kind, shape and dtype of ``cosine``.

    Raises
    ------
    TypeError, ValueError
        As `large_margin_softmax`.

    Notes
    -----
    As a function of cos θ, cos mθ is the Chebyshev polynomial of degree m, whose derivative is m
    times that of the second kind of degree m−1:

    .. math::

       \cos m\theta = T_m(\cos\theta), \qquad T_m' = m\,U_{m-1}.

    k counts the thresholds cos(jπ/m), j = 1, …, m−1, that cos θ lies below. There is no arccosine,
    whose slope is infinite at ±1, and k cannot reach m.

    Examples
    --------
    >>> import numpy as np
    >>> value, slope = phi(np.cos([0.0, np.pi / 2, np.pi]), 2)
    >>> value.round(12).tolist(), slope.round(12).tolist()
    ([1.0, -1.0, -3.0], [4.0, 0.0, 4.0])
    """
    check_arrays(cosine=cosine)
    check_floating(cosine=cosine)
    check_options(margin)
    return chebyshev_phi(backend(cosine), cosine, margin)


def chebyshev_phi(xp, cosine, m):
    k, sign = xp.zeros_like(cosine), xp.ones_like(cosine)
    for j in range(1, m):
        below = cosine < math.cos(j * math.pi / m)
        k = k + xp.cast(below, cosine.dtype)
        sign = xp.where(below, -sign, sign)
    t_before, t = xp.ones_like(cosine), cosine
    u_before, u = xp.zeros_like(cosine), xp.ones_like(cosine)
    for _ in range(m - 1):
        t_before, t = t, 2 * cosine * t - t_before
        u_before, u = u, 2 * cosine * u - u_before
    return sign * t - 2 * k, sign * m * u


def psi(xp, cosine, m, annealing):
    """(λ cos θ + φ(θ)) / (1 + λ) and its derivative, as functions of cos θ."""
    phi, slope = chebyshev_phi(xp, cosine, m)
    return (annealing * cosine + phi) / (1 + annealing), (annealing + slope) / (1 + annealing)


def logits(xp, x, weight, y, margin, annealing):
    """W x with the target's |w||x| cos θ replaced by |w||x| ψ."""
    to_x, to_w = polar(xp, x), polar(xp, xp.take(weight, y, axis=0))
    f = to_x.length * to_w.length * psi(xp, cosine(xp, to_x, to_w), margin, annealing)[0]
    return xp.set_class_(x @ weight.T, y, f * (to_x.power * to_w.power))


def value(xp, x, weight, y, margin, annealing):
    h = logits(xp, x, weight, y, margin, annealing)
    terms, _ = LABELS.terms(xp, (h, y, xp.ones_like(h[:, 0])), UNMASKED, summed=False)
    return terms, h


def gradient(xp, upstream, x, weight, y, h, margin, annealing):
    (dh,) = LABELS.gradients(xp, upstream, (h, y, xp.ones_like(h[:, 0])), (), UNMASKED)
    df = xp.take_class(dh, y)
    to_x, to_w = polar(xp, x), polar(xp, xp.take(weight, y, axis=0))
    cos = cosine(xp, to_x, to_w)
    value, slope = psi(xp, cos, margin, annealing)
    # df/dx = ψ' w + (ψ - cos θ ψ') |w| x/|x|, and the same with x and w exchanged. Where x or w
    # is 0 there is no angle and no derivative: there, that of the plain softmax.
    undefined = (to_x.power == 0) | (to_w.power == 0)
    slope = xp.where(undefined, 1.0, slope)
    radial = df * xp.where(undefined, 0.0, value - cos * slope)
    dh = xp.set_class_(dh, y, df * slope)
    along_x = (radial * to_w.length / to_x.length * to_w.power)[:, None] * to_x.vector
    along_w = (radial * to_x.length / to_w.length * to_x.power)[:, None] * to_w.vector
    return dh @ weight + along_x, xp.add_rows(dh.T @ x, y, along_w)


class Polar(NamedTuple):
    """Vectors as ``power * vector``, the vector of a ``length`` whose square is no trouble."""

    power: Any
    vector: Any
    length: Any


def polar(xp, vectors):
    """Divided by the power of two below the largest entry, which rounds nothing.

    The squares of 1e20 overflow float32, and those of 1e-25 vanish. A vector of zeros has the
    power 0 and the length 1.
    """
    if 0 in vectors.shape:
        nothing = xp.sum(vectors, axis=1)
        return Polar(nothing, vectors, xp.ones_like(nothing))
    largest = xp.max(xp.abs(xp.constant(vectors)), axis=1)
    mantissa, _ = xp.frexp(largest)
    power = xp.where(largest == 0, 0.0, largest / (2 * mantissa))
    vectors = vectors / xp.where(largest == 0, 1.0, power)[:, None]
    square = xp.sum(vectors * vectors, axis=1)
    return Polar(power, vectors, xp.sqrt(xp.where(square == 0, 1.0, square)))


def cosine(xp, a, b):
    return xp.clip(xp.sum(a.vector * b.vector, axis=1) / (a.length * b.length), -1.0, 1.0)


FORMULA = Formula(value, gradient, wrt=2, per_sample=0, saves=True)
UNMASKED = {"masked": False}


def check_options(margin: Any, annealing: Any = 0.0, precision: Any = None) -> None:
    check_integer("margin", margin, at_least=1)
    check_number("annealing", annealing, at_least=0, precision=precision)
