"""Read back what a figure shows, so that a page can hold it against the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes


def curves(ax: Axes) -> dict[str, np.ndarray[Any, Any]]:
    """The heights of each line that is drawn, by its label.

    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> _ = ax.plot([0, 1, 2], [1, 0, 0], label="hinge")
    >>> curves(ax)
    {'hinge': array([1, 0, 0])}
    """
    return {str(line.get_label()): np.asarray(line.get_ydata()) for line in ax.lines}
