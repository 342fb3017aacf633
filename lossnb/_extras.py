"""Imports that not everybody has: where one is missing, the extra that brings it is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, metadata


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around the imports of what the extra `name` installs.

    >>> with extra("torch"):
    ...     import no_such_package
    Traceback (most recent call last):
    ModuleNotFoundError: no_such_package is not installed: pip install "lossnb[torch]..."
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'{error.name} is not installed: pip install "lossnb[{name}]{_place()}"',
            name=error.name,
        ) from None


def _place() -> str:
    """Where pip finds the project, as its metadata tell."""
    try:
        urls = metadata("lossnb").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    places = dict(url.split(", ", 1) for url in urls)
    return f" @ git+{places['Repository']}" if "Repository" in places else ""
