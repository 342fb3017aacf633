"""Resolve the dependencies of pyproject.toml anew and write them, exactly, to requirements.lock.

torch stays at its version: raise it by hand in requirements.lock, then run this.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"


def resolve() -> dict[str, str]:
    torch = next(line for line in LOCK.read_text().splitlines() if line.startswith("torch=="))
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    done = subprocess.run(
        [*pip, "--no-build-isolation", "--report", "-", "--editable", ".[test]", torch],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = [package["metadata"] for package in json.loads(done.stdout)["install"]]
    # torch calls its CPU build 2.x+cpu; without the suffix the pin fits every build.
    return {canonicalize_name(one["name"]): one["version"].partition("+")[0] for one in found}


if __name__ == "__main__":
    pins = resolve()
    del pins["lossnb"]
    if any(name.startswith("nvidia-") for name in pins):
        raise SystemExit("This torch wants a GPU: set PIP_EXTRA_INDEX_URL as README.md says.")
    LOCK.write_text("".join(f"{name}=={version}\n" for name, version in sorted(pins.items())))
