"""The colours of the still figures: one for each loss, as on the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lossnb.figures import style

CSS = Path(__file__).parents[2] / "chapters" / "_explorables" / "explorables.css"


def light() -> dict[str, str]:
    """The colours of the figures that move, on paper."""
    (block,) = re.findall(r"^\.explorable \{\n(  --.*?)^\}", CSS.read_text(), re.M | re.S)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


@pytest.mark.parametrize(
    ("colour", "loss"),
    [
        (style.BLUE, "hinge"),
        (style.RED, "ramp"),
        (style.GREEN, "cross-entropy"),
        (style.VIOLET, "large-margin"),
        (style.MAGENTA, "center"),
        (style.TEAL, "l1"),
        (style.GREY, "l2"),
        (style.OCHRE, "tukey"),
        # The two classes of a figure.
        (style.BLUE, "plus"),
        (style.OCHRE, "minus"),
    ],
)
def test_a_loss_has_one_colour_in_figures_that_move_and_in_those_that_do_not(
    colour: str, loss: str
) -> None:
    assert colour.lower() == light()[loss]
