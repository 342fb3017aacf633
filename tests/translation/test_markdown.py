"""What is said in a text is found block by block, and all else stays as it was."""

from __future__ import annotations

import pytest

from tools.notebooks import CHAPTERS
from tools.translation import drawn, generated, markdown, sources
from tools.translation.catalogue import gather


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("# A *title*", ["A *title*"]),
        ("one\ntwo", ["one two"]),
        ("> one\n> two", ["one two"]),
        ("* an item\n  of two\n\n  and a paragraph", ["an item of two", "and a paragraph"]),
        ("1. first\n2. second", ["first", "second"]),
        ("| a | $x$ |\n|---|---|\n| b | 1 |", ["a", "b"]),
        ("| a | b |\n|---|---|\n| $\\|x\\|$ of | a |", ["a", "b", "$|x|$ of"]),
        ("$$\nx\n$$", []),
        ("$$\nx \\text{ for } y\n$$", [" for "]),
        ("$u = 1$, `code`", []),
        ("where $u = 1$", ["where $u = 1$"]),
        ("```sh\nmake book\n```", []),
        (":::{container} front\n\nwords\n\n:::", ["words"]),
        ("::::{container} a\n\n:::{container} b\n\nin it\n\n:::\n\n::::", ["in it"]),
        ("<details>\n<summary>More</summary>\n\nthen\n\n</details>", ["More", "then"]),
        ('<div data-jupyter-id="x"></div>\n\n## Then', ["Then"]),
        ("![what it shows](a.svg)", ["![what it shows](a.svg)"]),
        ("[`hinge`](api.rst#hinge)", []),
        ("{{ verdicts }}", []),
        ("same\n\nsame", ["same"]),
    ],
)
def test_the_messages_of_a_text(text: str, messages: list[str]) -> None:
    assert gather(lambda say: markdown.translated(text, say)) == messages


@pytest.mark.parametrize("page", sources.pages(), ids=lambda page: page.name)
def test_a_page_that_is_only_listened_to_stays_as_it_is(page) -> None:  # type: ignore[no-untyped-def]
    """But for lines of one paragraph, which are one message."""
    listened = sources.page(page, str, str, str)
    if page.suffix == ".ipynb":
        assert sources.page(page, str) == page.read_text(encoding="utf-8")
    else:
        assert listened.split() == page.read_text(encoding="utf-8").split()


def test_every_message_is_put_in_its_place() -> None:
    text = "# A\n\n| b | c |\n|---|---|\n| `x` | d $\\|x\\|$ |\n\n* e\n  f\n"
    done = markdown.translated(text, lambda said: f"<{said}>")
    assert done == "# <A>\n\n| <b> | <c> |\n|---|---|\n| `x` | <d $\\|x\\|$> |\n\n* <e f>\n"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("3 of 10", "{0} of {1}"),
        ("±1.5 points, 1,000 images", "{0} points, {1} images"),
        ("s = −1/9, warm start", "s = {0}/{1}, warm start"),
        ("2.22e−16, exact", "{0}, exact"),
        ("C5a at l1", "C5a at l1"),
        ("`m=2` of 3", "`m=2` of {0}"),
    ],
)
def test_numbers_of_generated_text_are_places(said: str, message: str) -> None:
    assert gather(lambda say: generated.without_numbers(say)(said)) == [message]
    assert generated.without_numbers(lambda found: found)(said) == said


def test_html_is_said_between_its_tags() -> None:
    html = '<p title="a tip"><b>held</b> in 3 cases<code>x of</code> <q lang="zh-CN">原文</q></p>'
    said = gather(lambda say: generated.html(html, say))
    assert said == ["held", "in {0} cases", "a tip"]
    done = generated.html(html, lambda message: message.upper())
    assert "<b>HELD</b> IN 3 CASES<code>x of</code>" in done
    assert 'title="A TIP"' in done


LETTERS = '<use xlink:href="#D-61"/><use xlink:href="#D-62" transform="translate(60 0)"/>'
WORDS = """  <g id="text_1">
   <!-- {words} -->
   <g transform="translate(10 20){turned} scale(0.1 -0.1)">
    <defs><path id="D-61" d="M 0 0"/></defs>{letters}
   </g>
  </g>"""


def words(said: str, turned: str = "") -> str:
    return WORDS.format(words=said, turned=turned, letters=LETTERS)


def test_words_of_a_figure_are_set_about_their_middle() -> None:
    done = drawn.translated(words("margin u"), lambda said: "间隔u")
    assert 'transform="translate(16.00 20.00)"' in done
    assert 'font-size="10px" text-anchor="middle">间隔u</text>' in done
    assert "<use" not in done
    assert 'id="D-61"' in done, "other words are drawn with these letters"
    turned = drawn.translated(words("loss", " rotate(-90)"), lambda said: "损失")
    assert 'transform="translate(10.00 14.00) rotate(-90)"' in turned


def test_beside_a_legends_mark_words_begin_where_they_began() -> None:
    legend = f'<g id="legend_1">\n{words("hinge")}\n</g>\n{words("slope")}'
    done = drawn.translated(legend, lambda said: "合页" if said == "hinge" else said)
    assert 'translate(10.00 20.00)"' in done
    assert 'text-anchor="start">合页' in done
    assert done.endswith(words("slope"))


@pytest.mark.parametrize("said", ["m = 2", "$\\mathdefault{10^{2}}$", "−0.5", "λ"])
def test_symbols_are_the_same_in_every_language(said: str) -> None:
    assert gather(lambda say: drawn.translated(words(said), say)) == []


def test_every_picture_of_the_book_is_read() -> None:
    """Matplotlib's groups are found where their comments are."""
    for picture in sorted((CHAPTERS / "_static").glob("*.svg")):
        svg = picture.read_text(encoding="utf-8")
        assert len(drawn.GROUP.findall(svg)) == svg.count('<g id="text_'), picture.name
