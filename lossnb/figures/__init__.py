"""The chapter's figures, one module each, and the style that all figures of the book share."""

from .style import BLACK, BLUE, GREEN, ORANGE, RED, use_style

__all__ = ["BLACK", "BLUE", "GREEN", "ORANGE", "RED", "use_style"]
