"""What code has written: tables in Markdown, lists in HTML. Its numbers are not translated.

A number is a place in the message, so that a thousand lines that differ in numbers are one.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString

from .markdown import FIXED, Say, is_said

NUMBER = re.compile(r"(?<![\w.])[+−±-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)*(?:e[+−-]?\d+)?(?!\w)")
PLACE = re.compile(r"\{(\d+)\}")
UNSAID = ("style", "script", "code", "pre", "q")
MARKS = (",", ".")  # between links
# A Chinese mark brings its room with it.
ROOM = re.compile(r"([，。；：？！、）](?:</\w+>)?) +| +(?=(?:<\w[^>]*>)?[，。；：？！、（）])")
ATTRIBUTES = ("title", "aria-label", "alt")


def without_numbers(say: Say) -> Say:
    """Say the sentence, and put the numbers into their places again.

    >>> without_numbers(lambda said: said.replace("of", "out of"))("3 of 10, $x^2$")
    '3 out of 10, $x^2$'
    """

    def answer(said: str) -> str:
        numbers: list[str] = []

        def take(match: re.Match[str]) -> str:
            numbers.append(match[0])
            return f"{{{len(numbers) - 1}}}"

        kept = [(match.start(), match.end()) for match in FIXED.finditer(said)]
        parts, place = [], 0
        for start, end in [*kept, (len(said), len(said))]:
            parts += [NUMBER.sub(take, said[place:start]), said[start:end]]
            place = end
        message = "".join(parts)
        if message not in MARKS and not is_said(PLACE.sub("", message)):
            return said
        return PLACE.sub(lambda match: numbers[int(match[1])], say(message))

    return answer


def run(text: str, answer: Say) -> str:
    """A run of text, and the room around it."""
    core = text.strip()
    said = answer(" ".join(core.split()))
    if said == " ".join(core.split()):
        return text
    before, _, after = text.partition(core)
    return before + said + after


def html(text: str, say: Say) -> str:
    """Each run of text between two tags is a message; code and quotations are none."""
    tree = BeautifulSoup(text, "html.parser")
    answer = without_numbers(say)
    for node in tree.find_all(string=True):
        if not isinstance(node, Comment) and not any(node.find_parents(UNSAID)):
            node.replace_with(NavigableString(run(node, answer)))
    for tag in tree.find_all(True):
        for name in ATTRIBUTES:
            if tag.get(name) and is_said(str(tag[name])):
                tag[name] = answer(str(tag[name]))
    return ROOM.sub(lambda mark: mark[1] or "", str(tree))
