"""Put the notebooks in order and execute those whose outputs are not of today's code.

python -m tools.notebooks run [--force] [PATH ...]
python -m tools.notebooks check [PATH ...]      without executing: what is wrong with them
python -m tools.notebooks trust [PATH ...]      let JupyterLab show the figures as committed
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import nbformat
from docutils.nodes import make_id
from nbformat import NotebookNode
from nbformat.validator import normalize

from lossnb._files import write_whole
from lossnb.experiments.claims import CLAIMS
from tools.bibliography import anchor

ROOT = Path(__file__).parent.parent
CHAPTERS = ROOT / "chapters"

# What every notebook says about itself. The version of Python differs from machine to machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
# What a cell may say about itself; all else is left by editors.
KEPT = {"lossnb", "mystnb", "tags"}
FOLDED = {"hide-cell", "hide-input"}
# JupyterLab's bar over a folded cell is the cell's first line: it must give nothing away.
FIRST_LINES = {
    "Show a solution": "# A solution",
    "What this rests on": "# What this rests on",
}
# The site has the caption from the metadata of the figure's cell, and leaves this cell out.
CAPTION = ["caption", "remove-cell"]
# Where a link arrives in JupyterLab, which calls headings otherwise and numbers no formulas.
PLACE = re.compile(r'^<div data-jupyter-id="[^"]*"></div>\n\n', re.MULTILINE)
HEADING = re.compile(r"^##+ (?P<title>.+)$", re.MULTILINE)
FORMULA = re.compile(r"^\$\$$.*?^\$\$", re.MULTILINE | re.DOTALL)
TAG = re.compile(r"\\tag\{([^{}]+)\}")
LINK = re.compile(r"\]\((?P<page>[^()\s#]*)#(?P<place>[^()\s]+)\)")
SKIPS = re.compile(r"skip-execution|nbval-[\w-]+|NBVAL_\w+")
HOW_TO_RUN = re.compile(r"^To run this page elsewhere .*$", re.MULTILINE)


class Refused(Exception):
    """A notebook that cannot be put right here; the message names it and says what to do."""


def read(path: Path) -> NotebookNode:
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        notebook.nbformat_minor = 5
        # A new id only for a cell that has none, or another's: ids lead through the history.
        _, notebook = normalize(notebook)
        nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, KeyError, ValueError) as error:
        why = str(error).partition("\n")[0] if path.stat().st_size else "the file is empty"
        raise Refused(f"{path.name} is not a notebook ({why}): restore or remove it") from None
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def has_picture(cell: NotebookNode) -> bool:
    return any(
        kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})
    )


def is_captioned(cell: NotebookNode) -> bool:
    return "caption" in cell.metadata.get("mystnb", {}).get("figure", {})


def problems(path: Path) -> list[str]:
    """Why a notebook must not be published, in a line each: nothing is executed."""
    try:
        return [f"{path.name}: {problem}" for problem in faults(read(path))]
    except Refused as refused:
        return [str(refused)]


def faults(notebook: NotebookNode) -> Iterator[str]:
    cells = code_cells(notebook)
    if not notebook.cells:
        yield "it has no cells; restore or remove it"
    for number, cell in enumerate(cells, start=1):
        if not cell.source.strip():
            yield f"code cell {number} is empty; run `make notebooks`"
        elif cell.execution_count is None:
            yield f"code cell {number} has not been executed; run `make notebooks`"
        elif cell.execution_count != number:
            yield f"code cell {number} was executed out of turn; run `make notebooks`"
        if is_captioned(cell) and not has_picture(cell):
            yield f"captioned cell {number} drew nothing; call plt.show() or take the caption away"
        if skip := SKIPS.search(f"{cell.metadata.get('tags')} {cell.source}"):
            yield f"code cell {number} says {skip[0]}; every cell is executed and compared"
    if cells and not any(cell.outputs for cell in cells):
        yield "no cell has any output; run `make notebooks`"


def linked(path: Path) -> set[str]:
    """The places of a page to which a page beside it, or the ledger of claims, links."""
    explained = (place.partition("#") for claim in CLAIMS for place in claim.explained)
    found = {place for page, _, place in explained if place and page == path.stem}
    for page in (file for kind in ("*.ipynb", "*.md") for file in path.parent.glob(kind)):
        links = LINK.finditer(page.read_text(encoding="utf-8", errors="replace"))
        found |= {link["place"] for link in links if (link["page"] or page.name) == path.name}
    return found


def tidy(notebook: NotebookNode, places: Collection[str] = ()) -> None:
    """Leave nothing that differs from one run, machine or editor to the next.

    ``places`` are the headings and formulas, as `linked` finds them, at which links arrive.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.cells = list(with_captions(cell for cell in notebook.cells if cell.source.strip()))
    for cell in notebook.cells:
        for key in cell.metadata.keys() - KEPT:
            del cell.metadata[key]
        if cell.cell_type == "code":
            fold(cell)
            describe_pictures(cell)
        else:
            cell.source = HOW_TO_RUN.sub(lambda _: how_to_run(), cell.source)
            cell.source = with_places(cell.source, places)


def with_captions(cells: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """Each figure's caption, from its metadata, under it: for readers of the notebook itself."""
    for cell in cells:
        if cell.metadata.get("tags") != CAPTION:
            yield cell
        if cell.cell_type == "code" and is_captioned(cell):
            caption = nbformat.v4.new_markdown_cell(f"*{cell.metadata.mystnb.figure.caption}*")
            yield nbformat.from_dict(
                {**caption, "id": f"{cell.id[:56]}-caption", "metadata": {"tags": CAPTION}}
            )


def with_places(source: str, places: Collection[str]) -> str:
    """The text with a place before each heading and formula to which some link leads."""

    def headed(match: re.Match[str]) -> str:
        # Markdown's links go by the one, and those of the site's HTML by the other.
        return marked({anchor(match["title"]), make_id(match["title"])}, match)

    def numbered(match: re.Match[str]) -> str:
        return marked({f"eq-{number.replace('.', '-')}" for number in TAG.findall(match[0])}, match)

    def marked(names: set[str], match: re.Match[str]) -> str:
        here = sorted(names & set(places))
        return "".join(f'<div data-jupyter-id="{name}"></div>\n\n' for name in here) + match[0]

    return FORMULA.sub(numbered, HEADING.sub(headed, PLACE.sub("", source)))


def fold(cell: NotebookNode) -> None:
    """JupyterLab folds what the site folds, and shows as little of it."""
    if FOLDED & set(tags := cell.metadata.get("tags", [])):
        cell.metadata.jupyter = {"source_hidden": True}
        if "hide-cell" in tags:
            cell.metadata.jupyter.outputs_hidden = True
        first = FIRST_LINES.get(cell.metadata.get("mystnb", {}).get("code_prompt_show"))
        if first and cell.source.partition("\n")[0] != first:
            cell.source = f"{first}\n{cell.source}"


def describe_pictures(cell: NotebookNode) -> None:
    """The alternative text, where tools other than the site look for it."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in cell.outputs:
        for kind in output.get("data", {}):
            if alt and kind.startswith("image/"):
                output.metadata[kind] = {**output.metadata.get(kind, {}), "alt": alt}


def how_to_run() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    install = f'%pip install "lossnb[notebooks] @ git+{project["urls"]["Repository"]}"'
    return f"To run this page elsewhere (Colab, Kaggle, a laptop), first run `{install}`."


def refresh(path: Path, force: bool = False) -> str:
    """Put a notebook in order, execute it if need be, and say what was done."""
    from tools.freshness import is_fresh, remember
    from tools.kernel import execute

    notebook = read(path)
    before = path.read_bytes()
    tidy(notebook, linked(path))
    stale = force or any(faults(notebook)) or not is_fresh(path, notebook)
    if stale:
        execute(notebook, path.parent)
        tidy(notebook, linked(path))
    if wrong := list(faults(notebook)):
        raise Refused(f"{path.name}: {'; '.join(wrong)}")
    text = nbformat.writes(notebook) + "\n"
    if path.read_bytes() != before:
        raise Refused(f"{path.name} changed while it ran; run again")
    if text.encode() != before:
        write_whole(path, text)
    if stale:
        remember(path, notebook)
    return "executed" if stale else "tidied" if text.encode() != before else "fresh"


def is_tidy(path: Path) -> bool:
    notebook = read(path)
    tidy(notebook, linked(path))
    return path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


def run(paths: list[Path], force: bool) -> None:
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    refused = 0
    for path in paths:
        print(f"{path.name}: ", end="", flush=True)
        try:
            print(refresh(path, force))
        except (Refused, CellControlSignal, DeadKernelError) as error:
            print(f"left as it was\n{error}")
            refused += 1
    if refused:
        raise SystemExit(f"{refused} of {len(paths)} notebooks need a hand: see above.")


def check(paths: list[Path]) -> None:
    found = [problem for path in paths for problem in problems(path)]
    if not found:
        untidy = [path for path in paths if not is_tidy(path)]
        found = [f"{path.name}: not in order; run `make notebooks`" for path in untidy]
    if found:
        raise SystemExit("\n".join(found))


def trust(paths: list[Path]) -> None:
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in paths:
        notary.sign(read(path))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="put in order; execute what is stale")
    running.add_argument("--force", action="store_true", help="execute all")
    checking = commands.add_parser("check", help="only say what is wrong")
    trusting = commands.add_parser("trust", help="let JupyterLab show the figures as committed")
    for command in (running, checking, trusting):
        command.add_argument("paths", nargs="*", type=Path, help="default: all of chapters/")
    given = parser.parse_args()
    paths = given.paths or sorted(CHAPTERS.glob("*.ipynb"))
    if given.command == "run":
        run(paths, given.force)
    else:
        {"check": check, "trust": trust}[given.command](paths)


if __name__ == "__main__":
    main()
