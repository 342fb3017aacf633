"""Compare a cell's outputs with those of another run: text to the letter, numbers by value.

Another processor adds in another order. So a printed number may be one unit off in its last digit,
and a coordinate of a figure by 0.01; in a cell that declares itself *trained* in its metadata,

    {"lossnb": {"trained": {"numbers": 0.5, "coordinates": 2.0}}}

by as much as it says there. Words, their order, the number and kind of outputs, the shape of a
table, and the structure, labels and colours of a figure must be equal.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from PIL import Image

COORDINATES = 0.01

# A number in running text; not the digits of float32, C12, 9_1_2 or DejaVuSans-13.
NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?"
    r"(?![\w.]*\w)"
)
COORDINATE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
PLACES = {
    "d",
    "points",
    "transform",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "width",
    "height",
}
# Matplotlib names a path by the digest of its coordinates.
HASHED = re.compile(r"\b([mpchi])([0-9a-f]{10})\b")


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may lie apart; for `numbers`, None is one unit of the last digit."""

    numbers: float | None = None
    coordinates: float = COORDINATES

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Tolerance:
        """What a cell's metadata declares.

        >>> Tolerance.of({"lossnb": {"trained": {"numbers": 0.5}}})
        Tolerance(numbers=0.5, coordinates=0.01)
        """
        return cls(**metadata.get("lossnb", {}).get("trained", {}))


@dataclass
class Comparison:
    """What differs, in words; and the largest deviation of a number, in units of its tolerance."""

    differences: list[str] = field(default_factory=list)
    deviation: float = 0.0

    def number(self, old: str, new: str, tolerance: float, where: str) -> None:
        apart = abs(value(old) - value(new))
        if math.isnan(apart):
            if old != new:
                self.differences.append(f"{where}: {old} became {new}")
            return
        # A rounding error of the subtraction itself is no deviation.
        self.deviation = max(self.deviation, apart / tolerance)
        if apart > tolerance * (1 + 1e-6):
            self.differences.append(f"{where}: {old} became {new}, more than {tolerance:g} apart")

    def same(self, old: Any, new: Any, where: str) -> None:
        if old != new:
            self.differences.append(f"{where}: {shorten(old)} became {shorten(new)}")


def shorten(text: Any) -> str:
    words = repr(text)
    return words if len(words) <= 200 else f"{words[:120]} … {words[-70:]}"


def value(number: str) -> float:
    return float(number.replace("−", "-").replace(",", ""))


def unit(number: str) -> float:
    """One in the last digit.

    >>> [unit(number) for number in ("3", "0.25", "1.5e-03")]
    [1.0, 0.01, 0.0001]
    """
    digits, _, exponent = number.lower().partition("e")
    return float(f"1e{int(exponent or 0) - len(digits.partition('.')[2])}")


def compare(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], tolerance: Tolerance
) -> Comparison:
    """The outputs of a cell as committed and as just computed."""
    found = Comparison()
    found.same([kind(output) for output in old], [kind(output) for output in new], "outputs")
    if not found.differences:
        for before, after in zip(old, new, strict=True):
            for mime, text in texts(before).items():
                how = compare_figures if mime == "image/svg+xml" else compare_texts
                how(found, text, texts(after)[mime], tolerance)
    return found


def texts(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts of an output that are compared, by their kind."""
    match output["output_type"]:
        case "stream":
            return {output["name"]: output["text"]}
        case "error":
            return {"ename": output["ename"], "evalue": output["evalue"]}
        case _:
            return output["data"]


def kind(output: Mapping[str, Any]) -> tuple[str, ...]:
    return output["output_type"], *sorted(texts(output))


def compare_texts(found: Comparison, old: str, new: str, tolerance: Tolerance) -> None:
    if not isinstance(old, str):  # JSON
        found.same(old, new, "output")
        return
    lines = old.splitlines(), new.splitlines()
    found.same(len(lines[0]), len(lines[1]), "number of lines")
    for before, after in zip(*lines, strict=False):
        words = [spaced(NUMBER.split(line)) for line in (before, after)]
        if words[0] != words[1]:
            found.same(before, after, "line")
            continue
        for a, b in zip(NUMBER.findall(before), NUMBER.findall(after), strict=True):
            apart = min(unit(a), unit(b)) if tolerance.numbers is None else tolerance.numbers
            found.number(a, b, apart, before.strip())


def spaced(words: Sequence[str]) -> list[str]:
    """The words between numbers; the spaces that fill a column count as one."""
    return [re.sub(r" +", " ", word) for word in words]


def compare_figures(found: Comparison, old: str, new: str, tolerance: Tolerance) -> None:
    before, after = parts(old), parts(new)
    for (where, name, a), (_, other, b) in zip(before, after, strict=False):
        if name != other:
            found.same(f"{where} {name}", other, "figure")
            return
        if name not in PLACES:
            found.same(pixels(a), pixels(b), f"figure, {where} {name}")
        elif found_same_shape(found, a, b, f"figure, {where} {name}"):
            fixed = scales(a)
            for i, (p, q) in enumerate(zip(*map(COORDINATE.findall, (a, b)), strict=True)):
                apart = 1e-6 if i in fixed else tolerance.coordinates
                found.number(p, q, apart, f"figure, {where} {name}")
    found.same(len(before), len(after), "number of parts of the figure")


def found_same_shape(found: Comparison, old: str, new: str, where: str) -> bool:
    shapes = [COORDINATE.sub("#", text) for text in (old, new)]
    found.same(shapes[0], shapes[1], where)
    return shapes[0] == shapes[1]


def scales(transform: str) -> set[int]:
    """Which numbers of a transform are factors, no places.

    >>> scales("translate(62.07 271.5) scale(0.11 -0.11)")
    {2, 3}
    """
    spans = [match.span() for match in re.finditer(r"(?:scale|rotate)\([^)]*\)", transform)]
    return {
        i
        for i, number in enumerate(COORDINATE.finditer(transform))
        if any(start <= number.start() < end for start, end in spans)
    }


def pixels(attribute: str) -> Any:
    """The pixels of an embedded picture, as each zlib packs them in its own way."""
    head, _, data = attribute.partition("data:image/png;base64,")
    if head or not data:
        return attribute
    with Image.open(BytesIO(base64.b64decode(data))) as picture:
        return picture.size, picture.convert("RGBA").tobytes()


def parts(svg: str) -> list[tuple[str, str, str]]:
    """Each element, attribute, text and comment of a figure, in order: where, what, content."""
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.fromstring(in_order(svg), parser)
    return list(walk(root, "svg"))


def walk(node: ElementTree.Element, where: str) -> Iterator[tuple[str, str, str]]:
    if callable(node.tag):
        yield where, "label", (node.text or "").strip()
        return
    name = node.tag.rpartition("}")[2]
    here = node.get("id") or where
    yield here, "element", name
    for attribute in sorted(node.attrib):
        yield here, attribute.rpartition("}")[2], node.attrib[attribute]
    if text := (node.text or "").strip():
        yield here, "text", text
    for child in node:
        yield from walk(child, here)


def in_order(svg: str) -> str:
    """The names that Matplotlib digests from coordinates, numbered as they appear."""
    seen: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return seen.setdefault(match[0], f"{match[1]}-{len(seen)}")

    return HASHED.sub(rename, svg)
