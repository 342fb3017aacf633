"""What changes while a network trains, as pure functions of the step.

A loss takes the current value as an argument and keeps no count of its own. The step is part of
any checkpoint, so a resumed run continues the schedule where it was.
"""

from __future__ import annotations


def annealing(
    step: int,
    *,
    base: float = 1000.0,
    gamma: float = 2.5e-5,
    power: float = 35.0,
    minimum: float = 0.0,
) -> float:
    r"""λ for `lossnb.large_margin_softmax` at step t.

    .. math::

       \lambda_t = \max\bigl\{\lambda_{\min},\ \lambda_0\,(1+\gamma t)^{-p}\bigr\}

    with λ₀ = ``base``, γ = ``gamma``, p = ``power`` and :math:`\lambda_{\min}` = ``minimum``.
    The defaults are those of Liu et al.'s released MNIST settings.

    >>> annealing(0), round(annealing(10_000), 4)
    (1000.0, 0.4056)
    """
    return max(minimum, base * (1 + gamma * step) ** -power)


def warm_up(step: int, *, steps: int = 50, factor: float = 7.0) -> float:
    """The factor on `lossnb.mad` in the first steps, as Belagiannis et al. (2015) release it.

    While the scale is widened, hardly any residual is treated as an outlier.

    >>> warm_up(49), warm_up(50)
    (7.0, 1.0)
    """
    return factor if step < steps else 1.0
