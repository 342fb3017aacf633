"""The losses as torch modules.

Each module holds the options of one loss and calls that loss, whose docstring has the equation,
the shapes and the errors. Two of them own a tensor that training changes: the weight of
`LargeMarginSoftmaxLoss` is a parameter, the centres of `CenterLoss` are a buffer. What changes
during training (λ, the MAD warm-up) is an argument of ``forward``: see `lossnb.schedules`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from ._checks import check_integer, check_reduction
from ._extras import extra
from .losses import (
    center,
    cross_entropy,
    hinge,
    l1,
    l2,
    large_margin_softmax,
    ramp,
    tukey_biweight,
)
from .losses._backends import backend
from .losses._engine import Reduction
from .losses._margin import MarginForm

with extra("torch"):
    import torch
    import torch.distributed
    from torch import Tensor, nn
    from torch.nn.functional import linear


class _Loss(nn.Module):
    """Keeps the checked options of a loss, shows them in ``repr`` and passes them on."""

    def __init__(self, *, reduction: Reduction, **options: Any) -> None:
        super().__init__()
        check_reduction(reduction)
        self.options = {**options, "reduction": reduction}

    if TYPE_CHECKING:  # torch says Any

        def __call__(self, *args: Any, **kwargs: Any) -> Tensor: ...

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


class CrossEntropyLoss(_Loss):
    """`lossnb.cross_entropy` (eq. 9.1); the class weights are a buffer.

    >>> CrossEntropyLoss(label_smoothing=0.1)(torch.zeros(2, 4), torch.tensor([0, 3]))
    tensor(1.3863)
    """

    weight: Tensor | None

    def __init__(
        self,
        *,
        weight: Tensor | None = None,
        label_smoothing: float = 0.0,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(
            label_smoothing=label_smoothing, ignore_index=ignore_index, reduction=reduction
        )
        cross_entropy.check_options(label_smoothing, ignore_index)
        if weight is not None:
            cross_entropy.check_weight(weight)
        self.register_buffer("weight", weight)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return cross_entropy.cross_entropy(logits, target, weight=self.weight, **self.options)


class HingeLoss(_Loss):
    """`lossnb.hinge` (eq. 9.2).

    >>> HingeLoss(form="binary")(torch.tensor([0.25]), torch.tensor([-1]))
    tensor(1.2500)
    """

    def __init__(
        self,
        *,
        form: hinge.HingeForm = "crammer_singer",
        margin: float = 1.0,
        p: Literal[1, 2] = 1,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(form=form, margin=margin, p=p, reduction=reduction)
        hinge.check_options(form, margin, p)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return hinge.hinge(logits, target, **self.options)


class RampLoss(_Loss):
    """`lossnb.ramp` (eq. 9.4).

    >>> RampLoss(s=-0.5, form="binary")(torch.tensor([-3.0]), torch.tensor([1]))
    tensor(1.5000)
    """

    def __init__(
        self,
        *,
        s: float | None = None,
        form: MarginForm = "crammer_singer",
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(s=s, form=form, reduction=reduction)
        ramp.check_options(form, s)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return ramp.ramp(logits, target, **self.options)


class LargeMarginSoftmaxLoss(_Loss):
    """`lossnb.large_margin_softmax` (eq. 9.8) with its classifier W, initialised as `nn.Linear`.

    Train with the module; predict with ``logits``, the plain W x. λ is an argument of the call,
    so that it is neither state to lose nor changed by an evaluation.

    >>> loss = LargeMarginSoftmaxLoss(8, 10, margin=4)
    >>> x, target = torch.randn(3, 8), torch.tensor([1, 2, 3])
    >>> loss(x, target, annealing=1000.0).shape, loss.logits(x).shape
    (torch.Size([]), torch.Size([3, 10]))
    """

    def __init__(
        self, in_features: int, num_classes: int, *, margin: int = 2, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(margin=margin, reduction=reduction)
        check_integer("in_features", in_features, at_least=1)
        check_integer("num_classes", num_classes, at_least=1)
        large_margin_softmax.check_options(margin)
        self.weight = nn.Parameter(torch.empty(num_classes, in_features))
        self.reset_parameters()

    def extra_repr(self) -> str:
        classes, features = self.weight.shape
        return f"{features}, {classes}, {super().extra_repr()}"

    def reset_parameters(self) -> None:
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, features: Tensor, target: Tensor, *, annealing: float = 0.0) -> Tensor:
        return large_margin_softmax.large_margin_softmax(
            features, self.weight, target, annealing=annealing, **self.options
        )

    def logits(self, features: Tensor) -> Tensor:
        return linear(features, self.weight)


class CenterLoss(_Loss):
    """`lossnb.center` (eq. 9.11) with its centres, zero at first and moved only by ``update``.

    The centres are a buffer: saved with the state, invisible to the optimiser, and untouched by
    the loss's weight λ or by any scaling of the gradients.

    >>> loss = CenterLoss(num_classes=2, num_features=1)
    >>> x, target = torch.tensor([[3.0], [1.0]]), torch.tensor([0, 0])
    >>> loss(x, target)
    tensor(2.5000)
    >>> loss.update(x, target)
    >>> loss.centers.tolist()
    [[0.6666666865348816], [0.0]]
    """

    centers: Tensor

    def __init__(
        self,
        num_classes: int,
        num_features: int,
        *,
        alpha: float = 0.5,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        check_integer("num_classes", num_classes, at_least=1)
        check_integer("num_features", num_features, at_least=1)
        center.check_alpha(alpha)
        self.alpha = alpha
        self.register_buffer("centers", torch.zeros(num_classes, num_features))

    def extra_repr(self) -> str:
        classes, features = self.centers.shape
        return f"{classes}, {features}, alpha={self.alpha}, {super().extra_repr()}"

    def forward(self, features: Tensor, target: Tensor) -> Tensor:
        return center.center(features, self.centers, target, **self.options)

    @torch.no_grad()
    def update(self, features: Tensor, target: Tensor) -> None:
        """Move the centres by `lossnb.update_centers`, in place.

        Under an initialised `torch.distributed` the sums and counts of all processes are added
        first, so that the step is that of the whole batch on every process.
        """
        target = center.check_centers(features, self.centers, target)
        xp = backend(self.centers)
        classes, sums, counts = center.sums_by_class(xp, features, self.centers, target)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            pulls = sums.new_zeros(self.centers.shape[0], self.centers.shape[1] + 1)
            pulls[classes] = torch.cat([sums, counts[:, None]], dim=1)
            torch.distributed.all_reduce(pulls)
            classes = pulls[:, -1].nonzero()[:, 0]
            sums, counts = pulls[classes, :-1], pulls[classes, -1]
        self.centers[classes] = center.moved_centers(
            xp, self.centers[classes], sums, counts, self.alpha
        )


class L1Loss(_Loss):
    """`lossnb.l1` (eq. 9.15).

    >>> L1Loss()(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2))
    tensor(3.)
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        return l1.l1(prediction, target, **self.options)


class L2Loss(_Loss):
    """`lossnb.l2` (eq. 9.16).

    >>> L2Loss()(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2))
    tensor(5.)
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        return l2.l2(prediction, target, **self.options)


class TukeyBiweightLoss(_Loss):
    """`lossnb.tukey_biweight` (eq. 9.17); the scale is an argument of the call.

    >>> TukeyBiweightLoss()(torch.tensor([1000.0]), torch.tensor([0.0]), scale=2.0)
    tensor(3.6584)
    """

    def __init__(self, *, c: float = 4.6851, reduction: Reduction = "mean") -> None:
        super().__init__(c=c, reduction=reduction)
        tukey_biweight.check_options(c)

    def forward(
        self,
        prediction: Tensor,
        target: Tensor,
        *,
        scale: float | Tensor | Literal["mad"] | None = None,
    ) -> Tensor:
        return tukey_biweight.tukey_biweight(prediction, target, scale=scale, **self.options)
