"""Draw the picture of the README and the front page, Figure 9.1, with the code of its page."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt

from lossnb._files import write_whole
from lossnb.figures import figure_9_1, use_style

PICTURE = Path(__file__).parents[1] / "chapters" / "_static" / "figure_9_1.svg"


def draw() -> str:
    use_style()
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    figure_9_1.draw(ax)
    file = BytesIO()
    fig.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    return file.getvalue().decode()


if __name__ == "__main__":
    write_whole(PICTURE, draw())
