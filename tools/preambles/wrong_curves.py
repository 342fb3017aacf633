"""Draw every curve, bar, point and picture a tenth too low, as a wrong formula would."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

FACTOR = 0.9


def lower_lines(lines):
    for line in lines:
        line.set_ydata(FACTOR * np.asarray(line.get_ydata(), dtype=float))


def lower_points(points):
    points.set_offsets(np.asarray(points.get_offsets()) * [1, FACTOR])


def lower_bars(bars):
    for bar in bars:
        bar.set_height(FACTOR * bar.get_height())


def lower_rows(bars):
    for bar in bars:
        bar.set_width(FACTOR * bar.get_width())


def lower_histogram(drawn):
    containers = [drawn[2]] if isinstance(drawn[2], BarContainer) else drawn[2]
    for container in containers:
        lower_bars(container)


def lower_steps(steps):
    steps.set_data(values=FACTOR * np.asarray(steps.get_data().values))


def lower_picture(picture):
    picture.set_array(FACTOR * np.asarray(picture.get_array(), dtype=float))


def lower_area(area):
    for path in area.get_paths():
        path.vertices[:, 1] *= FACTOR


def lower_arrows(arrows):
    arrows.set_UVC(arrows.U, FACTOR * arrows.V)


def after(method, lower):
    draw = getattr(Axes, method)

    def wrong(self, *args, **kwargs):
        drawn = draw(self, *args, **kwargs)
        lower(drawn)
        return drawn

    setattr(Axes, method, wrong)


for method, lower in {
    "plot": lower_lines,
    "scatter": lower_points,
    "bar": lower_bars,
    "barh": lower_rows,
    "hist": lower_histogram,
    "stairs": lower_steps,
    "imshow": lower_picture,
    "pcolormesh": lower_picture,
    "fill_between": lower_area,
    "quiver": lower_arrows,
}.items():
    after(method, lower)
