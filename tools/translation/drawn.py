"""Words drawn in a figure. Matplotlib draws letters as paths, and says in a comment what they are.

A translation is set as text, in the reader's own Chinese font, about the middle of the original;
beside a legend's mark it begins where that began.
"""

from __future__ import annotations

import re
from html import escape, unescape

from .markdown import FIXED, Say

GROUP = re.compile(
    r'(?P<open> *<g id="text_\d+">\s*)<!-- (?P<words>.*?) -->\s*'
    r'<g(?P<style>[^>]*?) transform="translate\((?P<x>[-\d.]+) (?P<y>[-\d.]+)\)'
    r'(?P<turned> rotate\([-\d.]+\))? scale\((?P<scale>[\d.]+) -[\d.]+\)">(?P<letters>.*?)</g>',
    re.DOTALL,
)
USE = re.compile(r"\s*<use [^>]*/>")
SHIFT = re.compile(r'<use [^>]*transform="translate\(([\d.]+)')
LEGEND = re.compile(r'<g id="legend_\d+">')
FONT = "'PingFang SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', sans-serif"
WORD = re.compile(r"[A-Za-z]{2}")  # a single letter is a symbol
LAST = 60  # hundredths of an em: about a letter's width
PLAIN = str.maketrans("0123456789s", "₀₁₂₃₄₅₆₇₈₉ₛ")


def plain(words: str) -> str:
    """A short formula among the words, as plain text has it.

    >>> plain("$-H_s(u)$, concave")
    '−Hₛ(u), concave'
    """
    words = re.sub(r"_(\w)", lambda index: index[1].translate(PLAIN), words)
    return words.replace("$-", "−").replace("$", "")


def translated(svg: str, say: Say) -> str:
    legends = [(found.start(), end_of(svg, found.start())) for found in LEGEND.finditer(svg)]

    def text(match: re.Match[str]) -> str:
        words = unescape(match["words"])
        if not WORD.search(FIXED.sub("", words)):
            return match[0]
        answer = say(plain(words))
        if answer == plain(words):
            return match[0]
        size, letters = float(match["scale"]), match["letters"]
        shifts = [float(shift) for shift in SHIFT.findall(letters)]
        width = (max(shifts, default=0) + LAST) * size
        at_mark = any(start < match.start() < end for start, end in legends)
        along = 0 if at_mark else width / 2
        x, y = float(match["x"]), float(match["y"])
        turned = match["turned"] or ""
        x, y = (x, y - along) if turned else (x + along, y)
        anchor = "start" if at_mark else "middle"
        kept = USE.sub("", letters).strip()
        return (
            f"{match['open']}{kept}\n"
            f'<text{match["style"]} transform="translate({x:.2f} {y:.2f}){turned}" '
            f'font-family="{FONT}" font-size="{100 * size:g}px" text-anchor="{anchor}">'
            f"{escape(answer)}</text>"
        )

    return GROUP.sub(text, svg)


def end_of(svg: str, start: int) -> int:
    """Where the group ends that starts here."""
    depth = 0
    for tag in re.compile(r"<(/?)g\b[^>]*>").finditer(svg, start):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return len(svg)
