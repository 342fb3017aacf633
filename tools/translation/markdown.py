"""What a text in Markdown says, block by block: a paragraph, a heading, a cell of a table.

One walk serves both directions: given a function that only listens it finds the messages, given
one that answers in Chinese it gives the text in Chinese. All else stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

Say = Callable[[str], str]

# As in _config.yml.
EXTENSIONS = {"amsmath", "colon_fence", "deflist", "dollarmath", "substitution"}
SUMMARY = re.compile(r"(?<=<summary>)(.+?)(?=</summary>)", re.DOTALL)
# Words between the letters of a displayed formula.
WORDS = re.compile(r"(?<=\\text\{)(?=[^{}]*[^\W\d_])[^{}]+(?=\})")
# What is the same in every language.
CODE = re.compile(r"(`+)((?:.(?!\1))*.)\1")
MATHS = re.compile(r"\$\$?([^$]+)\$\$?")
TAG = re.compile(r"<[^<>]+>")
LINK = re.compile(r"\]\(([^()\s]*)[^()]*\)")
SUBSTITUTION = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FIXED = re.compile("|".join(kind.pattern for kind in (CODE, MATHS, TAG, LINK, SUBSTITUTION)))
LETTER = re.compile(r"[^\W\d_]")


def parser() -> MarkdownIt:
    return create_md_parser(MdParserConfig(enable_extensions=EXTENSIONS), RendererHTML)


PARSER = parser()


def is_said(message: str) -> bool:
    """Whether it has a letter that is not of a formula, of code or of an address.

    >>> is_said("where $u = 1$"), is_said("$u = 1$"), is_said("[`hinge`](api.rst#hinge), 0.5")
    (True, False, False)
    """
    return bool(LETTER.search(FIXED.sub("", message)))


def translated(text: str, say: Say) -> str:
    """The text with each of its messages as ``say`` has it.

    >>> print(translated("# A *title*\\n\\n* an item\\n  of two lines\\n\\n$$\\nx\\n$$", str.upper))
    # A *TITLE*
    <BLANKLINE>
    * AN ITEM OF TWO LINES
    <BLANKLINE>
    $$
    x
    $$
    """
    lines = text.split("\n")
    done, place = [], 0
    for (start, end), tokens in blocks(PARSER.parse(text)):
        done += [*lines[place:start], replaced("\n".join(lines[start:end]), tokens, say)]
        place = end
    return "\n".join([*done, *lines[place:]])


def blocks(tokens: list[Token]) -> Iterator[tuple[tuple[int, int], list[Token]]]:
    """Where something may be said: a paragraph, a row of a table, a block of HTML, a container."""
    kinds = ("inline", "html_block", "colon_fence", "fence", "math_block", "amsmath")
    found = [token for token in tokens if token.map and token.type in kinds]
    for (start, end), group in groupby(found, lambda token: (token.map or [0, 0])[:2]):
        yield (start, max(end, start + 1)), list(group)


def replaced(source: str, tokens: list[Token], say: Say) -> str:
    (first, *others) = tokens
    if first.type == "html_block":
        return SUMMARY.sub(lambda said: say(said[0]), source)
    if first.type in ("math_block", "amsmath"):
        return WORDS.sub(lambda said: say(said[0]), source)
    if first.type in ("colon_fence", "fence"):
        return contained(source, say) if first.info.startswith("{") else source
    if not others and "\n" in first.content:
        return paragraph(source, first.content, say)
    return row(source, [token.content for token in tokens], say)


def contained(source: str, say: Say) -> str:
    opening, *body, closing = source.rstrip("\n").split("\n")
    rest = source[len(source.rstrip("\n")) :]
    return "\n".join([opening, translated("\n".join(body), say), closing]) + rest


def paragraph(source: str, content: str, say: Say) -> str:
    """Its lines are one message, and come back as one line."""
    lines = content.split("\n")
    pattern = r"\s*\n[\s>]*".join(map(re.escape, lines))
    found = re.search(pattern, source)
    assert found, f"not found in its own source: {content!r}"
    message = " ".join(lines)
    if not is_said(message):
        return source
    return source[: found.start()] + say(message) + source[found.end() :]


def row(source: str, contents: list[str], say: Say) -> str:
    """A line with one message, or the cells of a row, in which a bar is written ``\\|``."""
    done, place = "", 0
    for content in contents:
        written = content if content in source[place:] else content.replace("|", r"\|")
        start = source.index(written, place)
        answer = say(content) if is_said(content) else content
        if written != content:
            answer = answer.replace("|", r"\|")
        done += source[place:start] + (answer if answer != content else written)
        place = start + len(written)
    return done + source[place:]
