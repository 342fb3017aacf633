"""Figure 9.3: MNIST's digits as two features under cross-entropy and λ times the centre loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib import patheffects, style
from matplotlib.axes import Axes


class Run(Protocol):
    """What is drawn of a recorded run."""

    @property
    def settings(self) -> Mapping[str, Any]: ...

    @property
    def found(self) -> Mapping[str, Any]: ...


# Petroff's ten, chosen for any colour vision; each cluster also carries its digit.
COLOURS = [step["color"] for step in style.library["petroff10"]["axes.prop_cycle"]]


def draw(axes: Sequence[Axes], records: Mapping[str, Run], *, shared: bool = False) -> None:
    """Draw one panel a run, (a), (b), ...: the test features, and the centres in white.

    As printed, each panel has a scale of its own, and there is room for the digits' labels;
    `shared` gives all of them one.
    """
    if len(axes) != len(records):
        raise ValueError(f"axes must be {len(records)}, one a run; got {len(axes)}")
    for letter, ax, record in zip("abcdefghij", axes, records.values(), strict=False):
        # The letters are those of the chapter's four panels.
        _panel(ax, record, f"({letter}) " if len(records) == 4 else "", dot=3 if shared else 5)
        if not shared:
            name_clusters(ax, record)
    if shared:
        limits = np.array([[ax.get_xlim(), ax.get_ylim()] for ax in axes])
        low, high = limits[..., 0].min(axis=0), limits[..., 1].max(axis=0)
        for ax in axes:
            ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _panel(ax: Axes, record: Run, prefix: str, dot: int) -> None:
    found = record.found
    title = f"{prefix}λ = {record.settings['weight']:g}"
    if found["diverged_at"] is not None:
        title += f", diverged at step {found['diverged_at']}"
    ax.set_title(title)
    ax.set(xlabel="feature 1", ylabel="feature 2", aspect="equal", adjustable="datalim")
    ax.margins(0.15)
    for digit, colour in enumerate(COLOURS):
        x, y = found["features"][found["labels"] == digit].astype(np.float32).T
        ax.scatter(x, y, s=2, color=colour, linewidths=0, rasterized=True)
    ax.plot(*found["centers"].T, "o", color="white", markeredgecolor="black", markersize=dot)


def name_clusters(ax: Axes, record: Run) -> None:
    """Each digit beyond the far end of its cluster, seen from the origin."""
    features, labels = record.found["features"].astype(np.float64), record.found["labels"]
    halo = patheffects.withStroke(linewidth=3, foreground="white")
    for digit, center in enumerate(record.found["centers"]):
        direction = center / np.linalg.norm(center)
        # A misread digit may lie far off its cluster.
        tip = np.quantile(features[labels == digit] @ direction, 0.99) * direction
        ax.annotate(
            str(digit),
            tip,
            9 * direction,
            textcoords="offset points",
            ha="center",
            va="center",
            weight="bold",
            path_effects=[halo],
        )


def table(records: Mapping[str, Run]) -> str:
    """What stands under the panels, as Markdown, one row a run, of the test images.

    The spread is the root mean square distance of a feature from its centre, and the gap the
    smallest distance between two centres.
    """

    def per_cent(share: float) -> str:
        return f"{100 * share:.2f}"

    columns: dict[str, Callable[[Run], str]] = {
        "λ": lambda r: f"{r.settings['weight']:g}",
        "spread": lambda r: f"{r.found['test_spread']:.2f}",
        "gap": lambda r: f"{r.found['gap']:.2f}",
        "gap / spread": lambda r: f"{r.found['ratio']:.2f}",
        "accuracy, %": lambda r: per_cent(r.found["test_accuracy"]),
        "by nearest centre, %": lambda r: per_cent(r.found["test_nearest_center_accuracy"]),
    }
    rows = [list(columns), ["--:"] * len(columns)]
    rows += [[column(record) for column in columns.values()] for record in records.values()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
