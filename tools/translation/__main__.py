"""The book in Chinese: bring its catalogues, and what is written from them, up to date."""

from __future__ import annotations

import argparse

from . import catalogue, edition
from .domains import messages


def extract() -> None:
    for domain, found in messages().items():
        book = catalogue.merged(domain, found)
        catalogue.write(domain, book)
        left = [m for m in book if m.id and (not m.string or m.fuzzy)]
        if left or book.obsolete:
            print(f"{domain}: {len(left)} to translate, {len(book.obsolete)} obsolete")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.translation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract", help="bring the catalogues up to date")
    parser.parse_args()
    extract()
    edition.write_readme()


if __name__ == "__main__":
    main()
