"""The runner of the long experiments: once, whole, resumable; and no record out of date."""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from distributed import Client, LocalCluster

import lossnb
from lossnb._checkpoint import read
from lossnb.datasets import digits
from lossnb.experiments import _code, _record, _run, center_mnist, load, provenance
from lossnb.experiments.__main__ import main
from lossnb.experiments._code import code_hash, statements
from lossnb.experiments._settings import TUNING_SEEDS, as_json
from lossnb.experiments.center_mnist import Settings
from lossnb.experiments.runs import center_mnist as doing
from lossnb.experiments.verdicts import LEDGER
from lossnb.nn import CenterLoss

NAME = "center_mnist"
STEPS = math.ceil(len(digits().x_train) / Settings.batch_size)


def smoke(weight: float = 1.0, learning_rate: float = 0.1) -> Settings:
    return Settings(weight=weight, data="digits", epochs=3, learning_rate=learning_rate)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Settings]:
    """The experiment on the small digits, with two runs instead of its own."""
    runs = {f"lambda-{weight}": smoke(weight) for weight in (0.01, 1.0)}
    monkeypatch.setattr(center_mnist, "RUNS", runs)
    return runs


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    return {"results": tmp_path / "results", "scratch": tmp_path / "scratch"}


def script(tmp_path: Path, runs: dict[str, Any]) -> list[Any]:
    """The command line in a process of its own, with these runs."""
    path = tmp_path / "script.py"
    path.write_text(
        "from lossnb.experiments import center_mnist\n"
        "from lossnb.experiments.center_mnist import Settings\n"
        "from lossnb.experiments.__main__ import main\n"
        f"center_mnist.RUNS = {runs!r}\n"
        "main()\n"
    )
    return [sys.executable, path]


def numbers(results: Path) -> dict[str, Any]:
    """All that was found, but for the time it took."""
    return {
        run: {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in record.found.items()
            if name != "training_seconds"
        }
        for run, record in load(NAME, results).items()
    }


# What is committed


@pytest.mark.parametrize("name", _record.names())
def test_no_record_is_stale(name: str) -> None:
    stale = {run: s for run, s in _record.states(name).items() if s.startswith("stale")}
    assert not stale, f"python -m lossnb.experiments run {name}"


TUNED = [name for name in _record.names() if hasattr(_record.experiment(name), "RATES")]


@pytest.mark.parametrize("name", TUNED)
def test_the_frozen_rates_are_those_that_were_chosen(name: str) -> None:
    rates = _record.frozen_rates(name)
    assert rates == _record.chosen_rates(name)
    assert rates.keys() == _record.experiment(name).CELLS.keys()
    for run, settings in _record.experiment(name).RUNS.items():
        if not run.startswith(_record.TUNING) and hasattr(settings, "rates"):
            assert settings.rates == rates[run.rpartition("-seed-")[0]]
            assert settings.seed not in TUNING_SEEDS


@pytest.mark.parametrize("name", TUNED)
def test_no_frozen_rate_lies_at_an_edge(name: str) -> None:
    """Half and twice the rate were tried, too, and neither is better."""
    for run in _record.experiment(name).RUNS:
        if run.startswith(_record.TUNING):
            record = _record.read(_record.RESULTS / name, run)
            assert record is not None
            for method, own in record.found.items():
                tried = {float(rate): error for rate, error in own["tried"].items()}
                beside = [tried[own["rate"] * factor] for factor in (0.5, 2)]
                # What is not finite is None, and worse.
                errors = [error for error in beside if error is not None]
                assert all(error >= tried[own["rate"]] for error in errors), (run, method)
                # Rates that all fail alike would pass, too.
                assert len(set(tried.values())) > 1, (run, method)


def test_rates_are_frozen_from_the_tunings_on_record(tmp_path: Path) -> None:
    results = Path(shutil.copytree(_record.RESULTS, tmp_path / "results"))
    path = results / "regression" / "rates.json"
    whole = path.read_bytes()
    path.unlink()
    assert _record.frozen_rates("regression", results) == {}
    main(["freeze", "regression", f"--results={results}"])
    assert path.read_bytes() == whole


# What somebody does to the rules of an experiment, whose words stay as they are.
OTHER_MEASURES = {
    "arms swapped": (
        "margins",
        'error(source, 0.0, FORMS[hinge]), error(source, 0.0, "cross-entropy")',
        'error(source, 0.0, "cross-entropy"), error(source, 0.0, FORMS[hinge])',
    ),
    "another noise": (
        "margins",
        "error(source, noise, method), error(source, 0.0, method)",
        "error(source, 0.4, method), error(source, 0.0, method)",
    ),
    "another rival": ("margins", '"warm": "cross-entropy"}', '"warm": "hinge"}'),
    "fewer seeds": ("_rules", "not name.startswith(TUNING)", "name[-1] != '7'"),
    "a bound": ("margins", "above=-0.5", "above=-2.0"),
    "an effect of no interest": ("margins", "negligible=0.2", "negligible=0.02"),
    "no overlap": ("margins", "450 / 1347", "0"),
    "a rival swapped": (
        "large_margin",
        "found(data, rival), found(data, m)",
        "found(data, m), found(data, rival)",
    ),
    "a failed training": ("large_margin", "np.where(failed, 0, ", "np.where(failed, 9, "),
    "no worse by more": ("large_margin", ", -0.1)]", ", -1.0)]"),
    "what has not learnt": ("large_margin", "axis=0) < 10)", "axis=0) < 101)"),
    "the fall for the growth": ("center_loss", "lambda grown: -grown", "lambda grown: grown"),
    "people as samples": ("verification", "15 / 25", "0"),
    "another judge": ("verification", '_eer", "lambda 0"', '_auc", "lambda 0"'),
    "no control": ("verification", "found(cell, rival, what)", 'found(cell, "lambda 0", what)'),
    "another error": ("regression", 'where, method, "rmse"', 'where, method, "mae"'),
    "a remark": ("margins", "remark=True", "remark=False"),
    "a sign": ("_rules", "lambda x, y: x - y", "lambda x, y: y - x"),
    "a quotient": ("_rules", "100 * (x / y - 1)", "100 * (y / x - 1)"),
    "another method": ("_rules", "one.found[method][what]", "one.found[what][method]"),
}


@pytest.mark.parametrize("edit", OTHER_MEASURES)
def test_a_rule_that_measures_something_else_makes_verdicts_stale(
    edit: str, tmp_path: Path
) -> None:
    module, old, new = OTHER_MEASURES[edit]
    shutil.copytree(
        Path(lossnb.__file__).parent,
        tmp_path / "lossnb",
        ignore=shutil.ignore_patterns("results", "__pycache__"),
    )
    path = tmp_path / "lossnb" / "experiments" / f"{module}.py"
    text = path.read_text()
    assert old in text
    _code._source.cache_clear()
    names = [module] if module[0] != "_" else ["margins", "regression"]
    before = [code_hash(f"lossnb.experiments.{name}", ["TESTS"], tmp_path) for name in names]
    path.write_text(text.replace(old, new))
    _code._source.cache_clear()
    after = [code_hash(f"lossnb.experiments.{name}", ["TESTS"], tmp_path) for name in names]
    assert before != after


@pytest.mark.parametrize("name", _record.names())
def test_one_changed_number_is_seen(name: str, tmp_path: Path) -> None:
    """Any number at all of what was found, and any word of what was asked."""
    folder = Path(shutil.copytree(_record.RESULTS / name, tmp_path / name))
    run = next(iter(_record.experiment(name).RUNS))
    path = folder / f"{run}.json"
    whole = json.loads(path.read_bytes())
    places = [*numbers_in(whole["found"], ("found",)), ("settings", "seed")]
    assert len(places) > 5
    for place in [*places[:: max(1, len(places) // 20)], places[-1]]:
        content = json.loads(path.read_bytes())
        *way, last = place
        inner = content
        for step in way:
            inner = inner[step]
        inner[last] += 1e-9
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match=rf"{re.escape(path.name)} has been changed"):
            load(name, tmp_path)
        assert _record.states(name, tmp_path)[run] == "stale: not as written"
        path.write_text(json.dumps(whole))
    assert _record.states(name, tmp_path)[run] == "done"


def numbers_in(content: Any, place: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if isinstance(content, dict | list):
        parts = content.items() if isinstance(content, dict) else enumerate(content)
        return [found for key, part in parts for found in numbers_in(part, (*place, key))]
    return [place] if isinstance(content, int | float) and not isinstance(content, bool) else []


def test_every_record_is_of_an_experiment() -> None:
    found = {path.name for path in _record.RESULTS.iterdir()}
    assert found == {*_record.names(), LEDGER}


def test_no_record_names_a_machine() -> None:
    for path in set(_record.RESULTS.glob("*/*.json")) - set(_record.RESULTS.glob("*/rates.json")):
        content = json.loads(path.read_bytes())
        # Rules and findings are in our own words, with fractions in them.
        text = json.dumps([content["settings"], content["provenance"]])
        for part in ("/", "\\\\", platform.node()):
            assert part not in text, path


# A run


def test_a_run_is_recorded_with_its_origin(
    runs: dict[str, Settings], places: dict[str, Path]
) -> None:
    with pytest.raises(FileNotFoundError, match=r"lacks lambda-0\.01, lambda-1\.0; run `python"):
        load(NAME, places["results"])
    _run.run([NAME], **places)
    records = load(NAME, places["results"])
    assert list(records) == list(runs)
    record = records["lambda-1.0"]
    assert record.settings == as_json(runs["lambda-1.0"])
    found = record.found
    assert len(found["history"]) == 3
    assert found["diverged_at"] is None
    assert found["centers"].shape == (10, 2)
    assert found["features"].shape == (450, 2)
    assert found["features"].dtype == np.float16
    assert found["labels"].tolist() == digits().y_test.tolist()
    assert np.mean(found["predictions"] == found["labels"]) == found["test_accuracy"]
    assert found["ratio"] == found["gap"] / found["test_spread"]
    own = np.linalg.norm(found["features"] - found["centers"][found["labels"]], axis=1)
    assert np.sqrt(np.mean(own**2)) == pytest.approx(found["test_spread"], rel=1e-3)
    assert np.median(own) == pytest.approx(found["test_median_distance"], rel=1e-3)
    assert record.provenance["data"] == _run._digest(digits())
    assert record.provenance["torch"] == torch.__version__
    assert record.provenance["processor"].startswith(torch.backends.cpu.get_cpu_capability())
    line = provenance(NAME, places["results"])
    assert "\n" not in line
    for part in (torch.__version__, np.__version__, record.provenance["data"][:12], "seed 0"):
        assert part in line


def test_many_seeds_are_counted_and_a_short_time_is_not_none() -> None:
    assert ", 11 seeds; " in provenance("center_loss")
    assert provenance("exact").startswith("exact: 1 run in less than a minute, ")


def test_the_data_leave_another_checksum_if_one_label_differs() -> None:
    data = digits()
    labels = data.y_train.copy()
    labels[-1] += 1
    assert _run._digest(data._replace(y_train=labels)) != _run._digest(data)


def test_a_divergence_is_recorded(monkeypatch: Any, places: dict[str, Path]) -> None:
    monkeypatch.setattr(center_mnist, "RUNS", {"fast": smoke(learning_rate=1e6)})
    _run.run([NAME], **places)
    found = load(NAME, places["results"])["fast"].found
    assert 0 <= found["diverged_at"] < STEPS
    assert len(found["history"]) == 1
    assert found["history"][0]["loss"] is None
    assert _record.states(NAME, places["results"]) == {"fast": "done"}


def test_nothing_is_run_twice(
    runs: dict[str, Settings], places: dict[str, Path], monkeypatch: Any
) -> None:
    _run.run([NAME], **places)
    before = {path: path.stat().st_mtime_ns for path in places["results"].rglob("*")}
    steps = count_steps(monkeypatch)
    runs["another"] = smoke(0.1)
    _run.run([NAME], **places)
    assert len(steps) == 3 * STEPS
    assert {path: path.stat().st_mtime_ns for path in before if path.is_file()} == {
        path: stamp for path, stamp in before.items() if path.is_file()
    }


def test_nothing_is_run_twice_by_two_commands_at_once(
    runs: dict[str, Settings], places: dict[str, Path], monkeypatch: Any
) -> None:
    calls = []
    real = doing.run

    def slow(settings: Any, *rest: Any) -> Any:
        calls.append(settings.weight)
        time.sleep(0.2)
        return real(settings, *rest)

    monkeypatch.setattr(doing, "run", slow)
    tasks = [
        threading.Thread(target=_run._run, args=(NAME, run, settings, *places.values()))
        for run, settings in runs.items()
        for _ in range(2)
    ]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    assert sorted(calls) == [0.01, 1.0]
    assert set(_record.states(NAME, places["results"]).values()) == {"done"}


def test_cores_change_no_number(runs: dict[str, Settings], places: dict[str, Path], tmp_path: Path):
    _run.run([NAME], **places)
    parallel = tmp_path / "parallel"
    options = ["--jobs", "2", "--results", parallel, "--scratch", tmp_path / "elsewhere"]
    command = [*script(tmp_path, runs), "run", NAME, *options]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert sorted(output.split(" s\n")[:-1]) == sorted(
        f"{NAME} {run}: {record.provenance['seconds']}"
        for run, record in load(NAME, parallel).items()
    )
    assert numbers(parallel) == numbers(places["results"])


def test_a_run_has_one_thread(places: dict[str, Path], monkeypatch: Any) -> None:
    threads = []
    monkeypatch.setattr(center_mnist, "RUNS", {"counted": smoke()})
    monkeypatch.setattr(
        doing, "run", lambda *_: {"threads": threads.append(torch.get_num_threads())}
    )
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        _run.run([NAME], **places)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert threads == [1]


def count_steps(monkeypatch: Any) -> list[int]:
    steps: list[int] = []
    real = CenterLoss.update

    def update(self: CenterLoss, *args: Any) -> None:
        steps.append(len(steps))
        real(self, *args)

    monkeypatch.setattr(CenterLoss, "update", update)
    return steps


def test_a_killed_run_goes_on_where_it_was(
    runs: dict[str, Settings], places: dict[str, Path], tmp_path: Path, monkeypatch: Any
) -> None:
    del runs["lambda-0.01"]
    epochs = 60
    runs["lambda-1.0"] = replace(runs["lambda-1.0"], epochs=epochs)
    arguments = ["run", NAME, *(f"--{place}={path}" for place, path in places.items())]
    process = subprocess.Popen([*script(tmp_path, runs), *arguments])
    while not (checkpoints := [*places["scratch"].rglob("*.pt")]):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    assert process.wait() != 0
    assert _record.states(NAME, places["results"]) == {"lambda-1.0": "missing"}
    done = len(read(checkpoints[0])["result"]["history"])
    assert 0 < done < epochs

    steps = count_steps(monkeypatch)
    _run.run([NAME], **places)
    assert len(steps) == (epochs - done) * STEPS
    assert not [*places["scratch"].rglob("*.pt*")]
    whole = tmp_path / "whole"
    _run.run([NAME], results=whole, scratch=tmp_path / "elsewhere")
    assert numbers(whole) == numbers(places["results"])


def test_a_cluster_finds_the_same_though_a_worker_is_killed(
    runs: dict[str, Settings], places: dict[str, Path], tmp_path: Path
) -> None:
    runs |= {f"lambda-{w}": replace(smoke(w), epochs=40) for w in (0.1, 0.2, 0.5)}
    serial = {"results": tmp_path / "serial", "scratch": tmp_path / "elsewhere"}
    _run.run([NAME], **serial)
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        workers = client.run(os.getpid)
        options = [f"--{place}={path}" for place, path in places.items()]
        options += ["--backend=dask", f"--scheduler={cluster.scheduler_address}"]
        command = threading.Thread(target=main, args=(["run", NAME, *options],))
        command.start()
        while len([*places["scratch"].rglob("*.pt")]) < 2:
            assert command.is_alive()
            time.sleep(0.01)
        running = len([*places["results"].rglob("*.json")])
        psutil.Process(next(iter(workers.values()))).kill()
        command.join()
        assert running < len(runs)
        assert set(client.run(os.getpid)) != set(workers)
    assert set(_record.states(NAME, places["results"]).values()) == {"done"}
    assert numbers(places["results"]) == numbers(serial["results"])


def test_workers_that_write_elsewhere_are_noticed(
    runs: dict[str, Settings], places: dict[str, Path], monkeypatch: Any
) -> None:
    monkeypatch.setattr(_run, "write", lambda *_: None)
    with pytest.raises(RuntimeError, match=r"results lacks lambda-0\.01, lambda-1\.0, though"):
        _run.run([NAME], **places)


@pytest.mark.parametrize("option", [["--backend=dask"], ["--scheduler=tcp://nowhere:1"]])
def test_a_cluster_needs_an_address(option: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["run", NAME, *option])
    assert "--backend dask and --scheduler ADDRESS need each other" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["npz", "json"])
def test_a_record_is_written_whole_or_not_at_all(
    runs: dict[str, Settings], places: dict[str, Path], monkeypatch: Any, file: str
) -> None:
    """Killed while it writes one of the two files, over nothing and over an older record."""
    real = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if target.name.endswith(file):
            raise KeyboardInterrupt
        return real(self, target)

    before = "missing"
    for learning_rate in (0.1, 0.2):
        runs |= {run: replace(old, learning_rate=learning_rate) for run, old in runs.items()}
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", killed)
            for run, settings in runs.items():
                with pytest.raises(KeyboardInterrupt):
                    _run._run(NAME, run, settings, *places.values())
        assert set(_record.states(NAME, places["results"]).values()) == {before}
        _run.run([NAME], **places)
        assert set(_record.states(NAME, places["results"]).values()) == {"done"}
        before = "stale: not as written" if file == "json" else "stale: other settings"


# What is out of date


def test_the_command_line_tells_what_is_done_missing_and_stale(
    runs: dict[str, Settings], places: dict[str, Path], monkeypatch: Any, capsys: Any
) -> None:
    results, scratch = (f"--{place}={path}" for place, path in places.items())

    def said(*arguments: str) -> list[str]:
        main(arguments)
        return capsys.readouterr().out.splitlines()

    def status() -> list[str]:
        """What is said of this experiment."""
        text = "\n".join(said("status", results))
        (own,) = re.findall(rf"^{NAME}: (.*(?:\n  .*)*)", text, re.MULTILINE)
        return own.split("\n  ")

    assert f"{NAME}: {(center_mnist.__doc__ or '').splitlines()[0]}" in said("list")
    assert status() == ["0 of 2 done", "missing: lambda-0.01, lambda-1.0 (2)"]
    ran = said("run", NAME, results, scratch)
    assert [line.partition(": ")[0] for line in ran] == [f"{NAME} {run}" for run in runs]
    assert status() == ["2 of 2 done"]
    runs["lambda-1.0"] = replace(runs["lambda-1.0"], alpha=0.25)
    assert status() == ["1 of 2 done", "stale: other settings: lambda-1.0 (1)"]
    del runs["lambda-1.0"]
    assert status() == ["1 of 2 done", "stale: not asked for: lambda-1.0 (1)"]
    (places["results"] / NAME / "lambda-0.01.npz").write_bytes(b"")
    assert status() == [
        "0 of 2 done",
        "stale: not as written: lambda-0.01 (1)",
        "stale: not asked for: lambda-1.0 (1)",
    ]
    with pytest.raises(ValueError, match=r"npz must be the file that lambda-0\.01\.json was"):
        load(NAME, places["results"])
    said("run", NAME, results, scratch)
    assert status()[0] == "1 of 2 done"
    monkeypatch.setattr(_record, "code_of", lambda name: "of today")
    assert status()[1] == "stale: not asked for: lambda-1.0 (1)"
    assert status()[2] == "stale: other code: lambda-0.01 (1)"
    with pytest.raises(SystemExit):
        main(["run", "nothing"])
    assert NAME in capsys.readouterr().err


def test_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name must be one of .*; got '_record'$"):
        load("_record")


TOY = {
    "__init__": "from .inner import used\n",
    "inner": '''
        """Text."""
        from __future__ import annotations
        LIMIT: int = 3
        def used(x):
            """Text."""
            if x > LIMIT:
                raise ValueError("too large")
            return helper(x)
        def helper(x):  # a comment
            from . import deep
            return deep.last(x)
        def unused(x):
            return x
    ''',
    "deep": """
        table = {}
        table["k"] = 1
        def last(x): return x + 1
        def other(x): return x + 2
        squares = {x: x * x for x in range(3)}
    """,
    "start": """
        import toy
        import toy.inner as alias
        class Model:
            scale = 2
        def run(x): return toy.used(x) * Model.scale
        def aside(x): return alias.unused(x)
    """,
}


def toy(folder: Path, module: str = "", old: str = "", new: str = "") -> str:
    package = folder / "toy"
    package.mkdir(parents=True)
    for name, source in TOY.items():
        text = textwrap.dedent(source)
        if name == module:
            assert old in text
            text = text.replace(old, new)
        (package / f"{name}.py").write_text(text)
    return code_hash("toy.start", ["run"], folder)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("start", "scale = 2", "scale = 3"),
        ("inner", "LIMIT: int = 3", "LIMIT: int = 4"),
        ("inner", "x > LIMIT", "x >= LIMIT"),
        ("inner", "ValueError", "TypeError"),
        ("inner", "return helper(x)", "return -helper(x)"),
        ("deep", "x + 1", "x - 1"),
        ("deep", "= 1", "= 2"),
        ("__init__", ".inner import used", ".inner import unused as used"),
    ],
)
def test_code_that_counts_makes_a_record_stale(
    tmp_path: Path, module: str, old: str, new: str
) -> None:
    assert toy(tmp_path / "new", module, old, new) != toy(tmp_path / "old")


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("inner", "Text.", "Better text."),
        ("inner", '    """Text."""\n    if', "    if"),
        ("inner", "# a comment", "# a better one"),
        ("inner", "too large", "x must be <= 3"),
        ("inner", "def unused(x):\n    return x", "def unused(x):\n    return 0"),
        ("inner", "return helper(x)", "return (\n        helper(x)\n    )"),
        ("deep", "x + 2", "x + 3"),
        ("deep", "range(3)", "range(4)"),
        ("start", "alias.unused(x)", "x"),
    ],
)
def test_other_edits_do_not(tmp_path: Path, module: str, old: str, new: str) -> None:
    assert toy(tmp_path / "new", module, old, new) == toy(tmp_path / "old")


# A function of its own, with a name that is also one of the module.
LOCAL = {
    "a variable": "def run(x):\n    shadow = x\n    return shadow",
    "a parameter": "def run(shadow):\n    return shadow",
    "a keyword's name": "def run(x):\n    return dict(shadow=x)",
    "an attribute": "def run(x):\n    return x.shadow",
    "the variable of a loop": "def run(x):\n    for shadow in x:\n        print(shadow)",
    "the variable of a comprehension": "def run(x):\n    return [shadow for shadow in x]",
    "a module's comprehension": "run = [shadow for shadow in range(3)]",
    "the name of a file": "def run(x):\n    with x as shadow:\n        return shadow",
    "the name of an error": (
        "def run(x):\n    try:\n        x()\n    except OSError as shadow:\n        print(shadow)"
    ),
    "an inner function": "def run(x):\n    def shadow():\n        return x\n    return shadow()",
    "a variable of the outer function": (
        "def run(x):\n    shadow = x\n    def inner():\n        return shadow\n    return inner()"
    ),
    "a walrus": "def run(x):\n    return (shadow := x) + shadow",
    "the parameter of a lambda": "run = lambda shadow: shadow",
    "a field": "class run:\n    shadow: int = 1",
    "a hint": "def run(x: shadow) -> shadow:\n    return x",
    "a hint of a variable": "def run(x):\n    y: shadow = x\n    return y",
}
GLOBAL = {
    "a call": "def run(x):\n    return shadow(x)",
    "an attribute of it": "def run(x):\n    return shadow.part",
    "a default": "def run(x=shadow):\n    return x",
    "a decorator": "@shadow\ndef run(x):\n    return x",
    "a base": "class run(shadow):\n    pass",
    "from a method, beside a field": (
        "class run:\n    shadow = 1\n    def inner(self):\n        return shadow"
    ),
    "beside a comprehension's own": "def run(x):\n    return shadow, [shadow for shadow in x]",
    "beside another function's own": (
        "def run(x):\n    def inner(shadow):\n        return shadow\n    return shadow(inner)"
    ),
    "the source of a loop": "def run(x):\n    return [x for x in shadow]",
    "declared": "def run(x):\n    global shadow\n    return shadow",
    "an alias": "other = shadow\nrun = [other]",
    "within a lambda": "run = lambda x: shadow(x)",
    "in a module's comprehension": "run = [shadow for x in range(3)]",
}


@pytest.mark.parametrize("kind", [*LOCAL, *GLOBAL])
def test_only_a_global_read_reaches_a_name_of_the_module(tmp_path: Path, kind: str) -> None:
    hashes = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        text = f"def shadow():\n    return {number}\n{(LOCAL | GLOBAL)[kind]}\n"
        (folder / "module.py").write_text(text)
        hashes.append(code_hash("module", ["run"], folder))
    assert (hashes[0] == hashes[1]) is (kind in LOCAL)


def test_what_a_function_imports_is_not_the_modules(tmp_path: Path) -> None:
    """`alias` in `run` is the module's, whatever another function imports under that name."""
    hashes = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "deep.py").write_text(f"part = {number}\n")
        (folder / "module.py").write_text(
            "alias = 1\ndef aside():\n    import deep as alias\n    return alias.part\n"
            "def run():\n    return alias\n"
        )
        hashes += [code_hash("module", [name], folder) for name in ("run", "aside")]
    assert hashes[0] == hashes[2]
    assert hashes[1] != hashes[3]


def test_the_code_of_the_experiment_reaches_down_to_the_formula() -> None:
    reached = {line.partition(" ")[0] for line in statements(doing.__name__, ["run"])}
    assert {"lossnb.training", "lossnb.networks", "lossnb.losses.center"} <= reached
    assert "lossnb.losses.tukey_biweight" not in reached


def test_the_numbers_are_plain_json(runs: dict[str, Settings], places: dict[str, Path]) -> None:
    _run.run([NAME], **places)
    text = (places["results"] / NAME / "lambda-1.0.json").read_text()
    content = json.loads(text, parse_constant=pytest.fail)
    assert set(content) == {"settings", "found", "arrays", "provenance", "sha256"}
    assert content["settings"]["seed"] == 0
    assert len(content["provenance"]["code"]) == len(content["provenance"]["data"]) == 64
