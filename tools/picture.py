"""Draw the pictures of the pages that are no notebooks, with the code of the package."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from lossnb._files import write_whole
from lossnb.figures import figure_9_1, maps, use_style

FOLDER = Path(__file__).parents[1] / "chapters" / "_static"
# The name of each file, how many panels it has, their size, and who draws them.
PICTURES: dict[str, tuple[int, float, Callable[[Any], Any]]] = {
    "figure_9_1.svg": (1, 3.6, lambda axes: figure_9_1.draw(axes[0])),
    "map_9_1.svg": (2, 5.6, maps.draw_classification),
    "map_9_2.svg": (2, 5.6, maps.draw_regression),
}


def draw(name: str) -> str:
    panels, height, drawn = PICTURES[name]
    use_style()
    fig, axes = plt.subplots(panels, sharex=True, squeeze=False, figsize=(6.4, height))
    drawn(list(axes.flat))
    file = BytesIO()
    fig.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    return file.getvalue().decode()


if __name__ == "__main__":
    for name in PICTURES:
        write_whole(FOLDER / name, draw(name))
