"""A plugin for pytest that lets nbval compare numbers by value (see `compare`).

--preamble FILE      first run this file in each notebook's kernel
--deviations FILE    append one line of JSON a cell: how far its numbers were off
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from tools.compare import Tolerance, compare
from tools.kernel import keep_user_settings_out


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("notebooks by value")
    group.addoption("--preamble", type=Path, help="run this file first in each notebook's kernel")
    group.addoption("--deviations", type=Path, help="append the deviation of each cell to this")


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell):
        item.compare_outputs = partial(compare_outputs, item)
        item.parent.setup = partial(setup, item.parent)


def setup(notebook: IPyNbFile) -> None:
    keep_user_settings_out()
    IPyNbFile.setup(notebook)
    if preamble := notebook.config.getoption("preamble"):
        code = preamble.read_text(encoding="utf-8")
        reply = notebook.kernel.kc.execute_interactive(
            code, store_history=False, timeout=120, output_hook=lambda message: None
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{preamble} failed: {reply['content']}")


def compare_outputs(cell: IPyNbCell, new: list[Any], old: list[Any]) -> bool:
    before, after = cell.sanitize_outputs(old), cell.sanitize_outputs(new)
    found = compare(before, after, Tolerance.of(cell.cell.metadata))
    cell.user_properties.append(("deviation", found.deviation))
    cell.comparison_traceback = found.differences[:20]
    return not found.differences


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    path = item.config.getoption("deviations")
    if path and call.when == "call" and isinstance(item, IPyNbCell):
        error = call.excinfo.value if call.excinfo else None
        line = {
            "notebook": item.path.name,
            "cell": item.cell_num,
            "deviation": dict(item.user_properties).get("deviation"),
            "outcome": report.outcome,
            "why": str(error) if error else "",
            "raised": bool(isinstance(error, NbCellError) and "exception" in str(error)),
            "detail": "\n".join(getattr(item, "comparison_traceback", [])),
            "traceback": getattr(error, "inner_traceback", "") if error else "",
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report
