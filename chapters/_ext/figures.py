"""Figures that follow the theme, know their size, and are fetched when they come near the screen.

Each drawing is there twice: as the notebook has it, and in the dark. What is grey is mirrored
between paper and ink; a colour is lightened until it stands out as clearly as in the light.
"""

from __future__ import annotations

import base64
import re
import zlib
from colorsys import hls_to_rgb, rgb_to_hls
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx

PAPER, INK = "#15181c", "#e6e4de"  # as in book.css
CONTRAST = 4.5
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
DRAWING = re.compile(r'<img (?![^>]*loading=)([^>]*?)src="(_images/[^"]+)\.svg"([^>]*?)\s*/?>')
SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"')

OPENING = re.compile(r"<svg [^>]*>")
PICTURE = re.compile(r'<image ([^>]*?"data:image/png;base64,\s*([^"]+)")')
# White becomes paper, and black ink. Not as a style, which the picture may have already, and
# which not every browser heeds within a drawing.
MIRROR = (
    '<filter id="mirror" color-interpolation-filters="sRGB"><feColorMatrix '
    'values="-.8 0 0 0 .9 0 -.8 0 0 .9 0 0 -.8 0 .9 0 0 0 1 0"/></filter>'
)
MIRRORED = '<image filter="url(#mirror)" '

Channels = tuple[float, ...]


def channels(colour: str) -> Channels:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def luminance(colour: Channels) -> float:
    """Relative luminance as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Channels, other: Channels) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@cache
def in_the_dark(colour: str) -> str:
    given, paper, ink = map(channels, (colour, PAPER, INK))
    hue, lightness, saturation = rgb_to_hls(*given)
    if saturation < 0.1:
        found: Channels = tuple(i + (p - i) * lightness for i, p in zip(ink, paper, strict=True))
    else:
        found = given
        while contrast(found, paper) < CONTRAST:
            lightness += 0.01
            found = hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(255 * c):02x}" for c in found)


def is_grey(png: bytes) -> bool:
    """Of a picture with four channels: what PNG writes of it is grey where the picture is."""
    width, height, chunks, at = *(int.from_bytes(png[i : i + 4]) for i in (16, 20)), b"", 33
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            chunks += png[at + 8 : at + 8 + length]
        at += 12 + length
    rows, long = zlib.decompress(chunks), 4 * width + 1
    if png[25] != 6 or len(rows) != height * long:
        return False
    lines = (rows[i * long + 1 : (i + 1) * long] for i in range(height))
    return all(line[0::4] == line[1::4] == line[2::4] for line in lines)


def mirror(match: re.Match[str]) -> str:
    grey = is_grey(base64.b64decode(re.sub(r"\s", "", match[2])))
    return f"{MIRRORED}{match[1]}" if grey else match[0]


def darkened(drawing: str) -> str:
    dark = COLOUR.sub(lambda colour: in_the_dark(colour[0].lower()), drawing)
    dark = dark.replace("<svg ", f'<svg fill="{INK}" ', 1)  # of letters, which say none
    dark = PICTURE.sub(mirror, dark)
    return OPENING.sub(rf"\g<0>{MIRROR}", dark, count=1) if MIRRORED in dark else dark


def pair(match: re.Match[str], site: Path) -> str:
    before, name, after = match.groups()
    drawing = (site / f"{name}.svg").read_text(encoding="utf-8")
    size = SIZE.search(drawing)
    if not size:
        raise RuntimeError(f"{name}.svg: its width and height are wanted in points")
    width, height = (round(float(points) * 4 / 3) for points in size.groups())
    given = f'{before}{after} width="{width}" height="{height}" loading="lazy"'
    style = f'style="--drawn: {width}px"'
    both = "".join(
        f'<img class="drawn only-{theme}" {style} src="{name}{kind}.svg" {given} />'
        for theme, kind in (("light", ""), ("dark", ".dark"))
    )
    return f'<span class="drawing">{both}</span>'


def twice(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    drawings = (app.outdir / "_images").glob("*.svg")
    for file in (file for file in drawings if not file.stem.endswith(".dark")):
        drawing = file.read_text(encoding="utf-8")
        file.with_suffix(".dark.svg").write_text(darkened(drawing), encoding="utf-8")
    for page in app.outdir.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        better = DRAWING.sub(lambda match: pair(match, app.outdir), html)
        page.write_text(better, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", twice)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
