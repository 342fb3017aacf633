"""The losses of a chapter on objective functions, for NumPy arrays and torch tensors.

``import lossnb`` needs NumPy only; `lossnb.nn` holds the same losses as torch modules.

What holds for every loss:

* NumPy arrays go in and NumPy comes out, or tensors on one device and a tensor comes out, which
  torch differentiates by the closed form that the page derives, twice if need be. Shapes are
  never broadcast.
* ``reduction="none"`` gives the terms, ``"sum"`` their sum, ``"mean"`` (default) that over the
  number N of samples; an empty batch costs 0.
* Differentiation is in reverse mode: ``backward``, and `torch.func`'s ``grad``, ``vjp``, ``jacrev``
  and ``vmap``. Forward mode (``jvp``, ``jacfwd``, and ``hessian``, which uses it) is a
  ``NotImplementedError`` of torch's own; ``jacrev(jacrev(...))`` gives the second derivatives.
* Half precision is computed and returned in float32; the gradient has the dtype of its argument.
  Autocast changes nothing.
* nan in a sample gives nan in its loss and its gradient, and in no other.
* ``TypeError`` for what can never be an argument (lists, masked and sparse arrays, matrices,
  float8, labels that are no integers, kinds mixed), ``ValueError`` for a shape, a value or an
  option out of its range. Labels may have any integer dtype.
* Values are looked at where that costs nothing: in NumPy, on the CPU, and under the transforms
  of `torch.func`. In compiled and exported code and on a GPU a bad value is a ``RuntimeError``
  when the code runs, and under a transform inside of compiled code, where nothing can be raised,
  the loss of it is nan.
"""

from .losses._engine import value_and_grad
from .losses._margin import margin
from .losses.center import center, update_centers
from .losses.cross_entropy import cross_entropy
from .losses.hinge import hinge
from .losses.l1 import l1
from .losses.l2 import l2
from .losses.large_margin_softmax import large_margin_softmax, phi
from .losses.ramp import ramp
from .losses.tukey_biweight import mad, tukey_biweight

__all__ = [
    "center",
    "cross_entropy",
    "hinge",
    "l1",
    "l2",
    "large_margin_softmax",
    "mad",
    "margin",
    "phi",
    "ramp",
    "tukey_biweight",
    "update_centers",
    "value_and_grad",
]

__version__ = "0.1.0"
