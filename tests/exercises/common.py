"""Answers in all the forms they come in, and what a notebook shows of a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lossnb.exercises._exercise import Hint

Check = Callable[[Any], None]
Answer = Callable[..., Any]


def in_form(form: Callable[[Any], Any], answer: Answer) -> Answer:
    """The answer with what it returns in another form, a pair part by part."""

    def again(*arguments: Any) -> Any:
        found = answer(*arguments)
        return tuple(map(form, found)) if isinstance(found, tuple) else form(found)

    return again


def spoiling(answer: Answer) -> Answer:
    """The answer that overwrites its arguments when it is done with them."""

    def again(*arguments: Any) -> Any:
        found = answer(*arguments)
        found = tuple(map(np.array, found)) if isinstance(found, tuple) else np.array(found)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0
        return found

    return again


def strided(value: Any) -> Any:
    return np.stack([value, value], axis=-1)[..., 0]


def with_an_axis(answer: Answer) -> Answer:
    def again(*arguments: Any) -> Any:
        found = answer(*arguments)
        return np.asarray(found)[None] if np.ndim(found) == 0 else found

    return again


FORMS: dict[str, Callable[[Answer], Answer]] = {
    "as it is": lambda answer: answer,
    "float32": lambda answer: in_form(lambda v: np.asarray(v, dtype=np.float32), answer),
    "Python numbers": lambda answer: in_form(lambda v: np.asarray(v).tolist(), answer),
    "a tensor": lambda answer: in_form(torch.as_tensor, answer),
    "a tensor with a gradient": lambda answer: in_form(
        lambda v: torch.as_tensor(np.asarray(v, dtype=float)).requires_grad_(), answer
    ),
    "a float32 tensor": lambda answer: in_form(lambda v: torch.as_tensor(v).float(), answer),
    "another layout": lambda answer: in_form(strided, answer),
    "spoils its arguments": spoiling,
    "an axis more": with_an_axis,
}


def checks_of(page: ModuleType) -> dict[str, Check]:
    return {
        name: value
        for name, value in vars(page).items()
        if value.__class__ is FunctionType and value.__module__ == page.__name__
        if hasattr(value, "__wrapped__")
    }


def table(page: ModuleType, right: dict[str, Answer], wrong: dict[str, list[Any]]) -> type:
    """The tests of a page's checks: right answers by name, wrong ones each with its hint."""
    checks = checks_of(page)
    every_check = pytest.mark.parametrize("name", checks)

    class Table:
        def test_each_check_is_tried(self) -> None:
            assert set(checks) == set(right) == set(wrong)
            assert min(map(len, wrong.values())) >= 5

        @pytest.mark.parametrize("form", FORMS)
        @every_check
        def test_a_right_answer_is_told_so_in_any_form(
            self, name: str, form: str, capsys: pytest.CaptureFixture[str]
        ) -> None:
            checks[name](FORMS[form](right[name]))
            assert capsys.readouterr().out == "Right.\n"

        @pytest.mark.parametrize(
            ("name", "answer", "hint"),
            [(name, *case) for name, cases in wrong.items() for case in cases],
        )
        def test_a_wrong_answer_gets_its_hint(self, name: str, answer: Answer, hint: str) -> None:
            with pytest.raises(Hint, match=hint):
                checks[name](answer)

        @every_check
        def test_what_is_no_answer_is_refused(self, name: str) -> None:
            unusable = {
                "nothing came back": lambda *_: ...,
                "nothing came back yet": lambda *_: None,
                "the function itself": ...,
                "must be numbers": lambda *_: "W",
                "must be real": lambda *_: 1j,
                "must have shape": lambda *_: np.zeros((2, 3, 5, 7)),
                "of the shapes": lambda *_: (np.float64(1.0), np.zeros((50, 4))),
                r"yours takes \(\)": lambda: 1,
                "np.where": lambda *_: 1 if np.zeros(3) else 0,
                "write it with np": lambda *_: torch.sin(np.zeros(3)),  # type: ignore[arg-type]
            }
            for hint, answer in unusable.items():
                with pytest.raises(Hint, match=hint):
                    checks[name](answer)

        @every_check
        def test_nan_and_inf_are_no_answers(self, name: str) -> None:
            for value in (np.nan, np.inf):
                answer = in_form(lambda v, bad=value: np.asarray(v) * bad, right[name])
                with np.errstate(all="ignore"), pytest.raises(Hint):
                    checks[name](answer)

        @every_check
        def test_a_notebook_shows_the_hint_and_nothing_of_the_check(self, name: str) -> None:
            hints = [shown(checks[name], answer) for answer, _ in wrong[name]]
            for text in hints:
                assert text.startswith("Not yet: ")
                assert text.count("\n") == 1
            assert len(hints) == len(wrong[name])

    return Table


@cache
def shell_of_a_notebook() -> InteractiveShell:
    return InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))


def shown(check: Check, answer: Answer) -> str:
    """What a notebook shows of this attempt."""
    shell = shell_of_a_notebook()
    shell.user_ns.update(check=check, answer=answer)
    pieces: list[str] = []
    shell._showtraceback = lambda kind, value, lines: pieces.append("\n".join(lines) + "\n")
    shell.run_cell("check(answer)")
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(pieces))
