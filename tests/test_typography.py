"""What is done for browsers changes no word of a page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes

from chapters._ext.typography import HAN, keep_together


def paragraph(*parts: str | nodes.Node) -> nodes.document:
    made = nodes.paragraph("", "", *(nodes.Text(p) if isinstance(p, str) else p for p in parts))
    document: Any = nodes.document(None, None)  # type: ignore[no-untyped-call]
    document += made
    return document


def formula(tex: str = "x") -> nodes.math:
    return nodes.math(tex, tex)


HTML: Any = SimpleNamespace(builder=SimpleNamespace(format="html"))


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (["Let ", formula(), ". Then"], ["x."]),
        (["(with ", formula(), "), and"], ["x),"]),
        (["Let ", formula(), " be"], []),
        (["Let ", formula("x" * 40), ", which is long"], []),
        ([formula()], []),
        # Two texts that say the same, one of them not after a formula.
        (
            [nodes.emphasis("", "so"), ". Let ", formula(), ". Let ", formula("y"), "."],
            ["x.", "y."],
        ),
    ],
)
def test_a_mark_stays_with_its_formula(parts: list[str | nodes.Node], kept: list[str]) -> None:
    document = paragraph(*parts)
    before = document.astext()
    keep_together(HTML, document, "page")
    assert document.astext() == before
    assert [node.astext() for node in document.findall(nodes.inline)] == kept


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Chapter 9 of 魏秀参's 《解析卷积神经网络》 (Wei)", ["魏秀参", "《解析卷积神经网络》"]),
        ("the word 合页", ["合页"]),
        ("图9.1 is", ["图"]),
        ("（坡道损失）。", ["（坡道损失）"]),
        ("no Chinese here", []),
    ],
)
def test_a_chinese_run_is_found_whole(text: str, runs: list[str]) -> None:
    assert HAN.findall(text) == runs
