"""Which library an array belongs to: asked once for each call, and never in the mathematics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from lossnb._checks import is_torch

from . import _numpy

if TYPE_CHECKING:
    import torch

# A NumPy array or a torch tensor: what goes in comes out.
Array = TypeVar("Array", "np.ndarray[Any, Any]", "torch.Tensor")


def backend(array: Any) -> Any:
    """The functions for arrays of this kind, under the names of the array API standard."""
    if not is_torch(array):
        return _numpy
    from . import _torch

    return _torch


def precision(*arrays: Any) -> Any:
    """The ``finfo`` of the dtype that a loss of these arrays is computed in."""
    xp = backend(arrays[0])
    return xp.finfo(xp.compute_dtype(*arrays))
