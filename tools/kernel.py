"""The kernel that executes a notebook, the same whatever its user has set up for themselves."""

from __future__ import annotations

import os
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent

# What changes pictures and messages, or switches assertions off.
USER_SETTINGS = ("MPLBACKEND", "PYTHONOPTIMIZE", "PYTHONSTARTUP", "PYTHONWARNINGS")


def clean_environment() -> dict[str, str]:
    """The present environment without a user's own settings of Python, IPython and Matplotlib."""
    # IPython makes its own folder, but not the one around it.
    (ROOT / "_build").mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in USER_SETTINGS}
    return {
        # Sums come out in one order, whatever the machine.
        "OMP_NUM_THREADS": "1",
        **kept,
        "IPYTHONDIR": str(ROOT / "_build" / "ipython"),
        "MATPLOTLIBRC": os.devnull,
    }


def keep_user_settings_out() -> None:
    """Let this process, and every kernel that it starts, have the clean environment."""
    clean = clean_environment()
    for name in os.environ.keys() - clean.keys():
        del os.environ[name]
    os.environ.update(clean)


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in place, as if the notebook lay in this folder."""
    NotebookClient(
        notebook,
        timeout=600,
        startup_timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=clean_environment())
