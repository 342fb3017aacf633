"""The losses of a chapter on objective functions, for NumPy arrays and torch tensors.

``import lossnb`` needs NumPy only; `lossnb.nn` holds the same losses as torch modules.
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
