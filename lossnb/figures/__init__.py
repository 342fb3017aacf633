"""The chapter's figures, one module each, and the style that all figures of the book share."""

from lossnb._extras import extra

with extra("notebooks"):
    import matplotlib  # noqa: F401

from .drawn import curves
from .style import BLACK, BLUE, GREEN, GREY, MAGENTA, OCHRE, RED, TEAL, VIOLET, use_style

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "MAGENTA",
    "OCHRE",
    "RED",
    "TEAL",
    "VIOLET",
    "curves",
    "use_style",
]
