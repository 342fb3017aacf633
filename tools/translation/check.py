"""What must be the same in both languages, and how Chinese is written here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from .markdown import CODE, LINK, MATHS, PARSER, SUBSTITUTION, TAG
from .terms import TERMS

# What a figure fills in, `{n}`, or chooses by number, `{n|one|many}`: Chinese has one form.
FILLED = re.compile(r"\{(\w+)\}")
CHOSEN = re.compile(r"\{(\w+)\|[^{}]*\}")
# A term of an equation in its colour, `[hinge:max{0, 1 − u}]`.
COLOURED = re.compile(r"\[(\w+):")
NUMBER = re.compile(r"(?<![A-Za-z\d.])[+−]?\d[\d,]*(?:\.\d+)*")
HAN = "\u3400-\u9fff"
SPACED = re.compile(
    rf"[{HAN}，。；：？！、（）《》“”] +(?=\S)|\S +(?=[{HAN}，。；：？！、（）《》“”])"
)
HALF = re.compile(rf"(?<=[{HAN}])[,;:?!()](?!\w*\])|[,;?!()](?=[{HAN}])|(?<=[{HAN}])\.(?=\s|$)")
SECTION = re.compile(r"^\d[\d.]* ")


def kept(kind: re.Pattern[str], text: str, group: int) -> Counter[str]:
    if kind is TAG:  # a formula may hold < and >
        text = MATHS.sub("", CODE.sub("", text))
    return Counter(" ".join(match[group].split()) for match in kind.finditer(text))


def bare(text: str) -> str:
    """Without all that may not differ."""
    for kind in (CODE, MATHS, TAG):
        text = kind.sub("\ufffc", text)
    return CHOSEN.sub("", SUBSTITUTION.sub("", LINK.sub("]", text)))


def numbers(text: str) -> Counter[str]:
    return Counter(number.rstrip(",.") for number in NUMBER.findall(FILLED.sub("", bare(text))))


def problems(english: str, chinese: str, is_markdown: bool = True) -> Iterator[str]:
    """What is wrong with the translation of a message."""
    if not chinese.strip():
        yield "is not translated"
        return
    for name, kind, group in (
        ("code", CODE, 2),
        ("formula", MATHS, 1),
        ("tag", TAG, 0),
        ("link", LINK, 1),
        ("substitution", SUBSTITUTION, 1),
        ("place", FILLED, 1),
        ("coloured term", COLOURED, 1),
    ):
        before, after = kept(kind, english, group), kept(kind, chinese, group)
        if before != after:
            lost, new = list((before - after).elements()), list((after - before).elements())
            yield f"{name}: lost {lost}, new {new}"
    before, after = numbers(english), numbers(chinese)
    if before != after:
        lost, new = list((before - after).elements()), list((after - before).elements())
        yield f"number: lost {lost}, new {new}"
    if chinese == english:
        return
    plain = SECTION.sub("", bare(chinese))
    yield from (f"space: {match[0]!r}" for match in SPACED.finditer(plain))
    yield from (
        f"half-width mark: {plain[max(0, m.start() - 4) : m.end() + 4]!r}"
        for m in HALF.finditer(plain)
    )
    if is_markdown:
        yield from unread(chinese)
    yield from terms(english, chinese)


def unread(chinese: str) -> Iterator[str]:
    """Signs of emphasis, code or formulas that Markdown does not take as such beside Chinese."""
    for token in PARSER.parseInline(chinese)[0].children or []:
        if token.type == "text" and re.search(r"[*`$]", token.content):
            yield f"shows its signs: {token.content!r}"


def terms(english: str, chinese: str) -> Iterator[str]:
    said = bare(english)
    for term, wanted in TERMS.items():
        if re.search(rf"\b(?:{term})\b", said, re.IGNORECASE) and not re.search(wanted, chinese):
            yield f"term: {term} must be {wanted}"
