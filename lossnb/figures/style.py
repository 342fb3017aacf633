"""One look for all figures, and pictures that can be compared byte by byte."""

from __future__ import annotations

from lossnb._extras import extra

with extra("notebooks"):
    import matplotlib as mpl
    from matplotlib_inline.backend_inline import set_matplotlib_formats

# The colours of the site and of its figures that move, one for each loss; on white each has at
# least 4.5 : 1. Every curve also has a line style of its own, for any colour vision.
BLACK, BLUE, RED, GREEN = "#000000", "#0068A8", "#C44900", "#00795A"
VIOLET, MAGENTA = "#7A4FB5", "#A83A6B"
TEAL, GREY, OCHRE = "#0F7C8A", "#5D6470", "#9A6A00"


def use_style() -> None:
    """Draw figures as deterministic SVG, in one style, from here on.

    A notebook calls it once, at the top. The same figure then gives the same bytes on every run,
    so that a stored figure can be compared with a new one.
    """
    mpl.rcdefaults()
    mpl.rcParams.update(
        {
            "figure.figsize": (6.4, 4.0),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#DDDDDD",
            "grid.linewidth": 0.8,
            "lines.linewidth": 2.0,
            "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine has it
            "font.size": 11,
            "legend.frameon": False,
            "svg.fonttype": "path",
            "svg.hashsalt": "lossnb",
        }
    )
    set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})
