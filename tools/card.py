"""Draw the picture of the book that a link to it shows elsewhere: Figure 9.1 and the title."""

from __future__ import annotations

from io import BytesIO

import matplotlib.pyplot as plt
from PIL import Image

from lossnb._files import write_whole
from lossnb.figures import figure_9_1, use_style
from tools.picture import FOLDER

PATH = FOLDER / "card.png"


def draw() -> bytes:
    """1200 × 630 pixels, as those who show it ask for."""
    use_style()
    with plt.rc_context({"font.size": 20, "figure.constrained_layout.use": False}):
        fig = plt.figure(figsize=(12, 6.3))
        fig.text(0.055, 0.89, "Eight loss functions, derived and run", size=36, weight="bold")
        fig.text(0.055, 0.82, "Chapter 9 of a textbook on deep learning, made executable", size=20)
        figure_9_1.draw(fig.add_axes((0.095, 0.14, 0.87, 0.6)))
        drawn, file = BytesIO(), BytesIO()
        fig.savefig(drawn, format="png", dpi=100)
        plt.close(fig)
    # A few shades of four colours need no more, and weigh a third.
    Image.open(drawn).convert("RGB").quantize(32).save(file, format="png", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    write_whole(PATH, draw())
