"""Break the losses on purpose, one fault at a time, and see that the tests notice.

    python tests/mutants.py [word ...]      # only the faults whose file or text has a word in it

Each fault is a piece of a source file and what to put in its place. It is made in a scratch copy
of the package, where the tests of the losses run until the first failure. A fault that no test
notices, or one whose text is no longer in the file, makes this program fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# file: (what stands there, the fault), ...
FAULTS: dict[str, list[tuple[str, str]]] = {
    "losses/cross_entropy.py": [
        ("(behind + minus_log", "(-behind + minus_log"),
        ("set_class_(p, y, 0.0)", "set_class_(p, y, 1.0)"),
        ("rest < 0.5, -xp.log1p(-rest)", "rest < -1, -xp.log1p(-rest)"),
        ("rest < 0.5, -xp.log1p(-rest)", "rest < 0.5, -xp.log1p(rest)"),
        ("bool((unwrapped(row_weight) == 0).any())", "False"),
        ("y, -xp.sum(others, axis=1))", "y, xp.sum(others, axis=1))"),
        ("scale_rows_(slope, upstream * w)", "scale_rows_(slope, upstream)"),
        ("(1 - smoothing) * q", "q"),
        ("h > -xp.inf", "h > -1.0"),
        ("* p - a\n", "* p + a\n"),
        ("p_top * a_rest - a_top * p_rest", "p_top * a_rest + a_top * p_rest"),
        ("q * weight * keep", "q * keep"),
        ("q * weight * keep[:, None]", "q * weight"),
        (
            "p, top = xp.softmax(h), xp.argmax(h, axis=1)",
            "p, top = xp.softmax(h), xp.argmax(-h, axis=1)",
        ),
        ("behind = xp.where(a == 0, 0.0, a * (", "behind = (a * ("),
        ("divisor = xp.sum(row_weight)", "divisor = xp.sum(keep)"),
        ("xp.where(divisor == 0, 1.0, divisor)", "divisor"),
        ("~is_label(labels, target, ignore_index)", "~is_label(labels, target, -100)"),
        ("off <= 0.01", "off <= 10.0"),
    ],
    "losses/_margin.py": [
        ("take_class(h, y) - xp.max(rivals", "take_class(h, y) + xp.max(rivals"),
        ("rivals = xp.set_class(h, y, -xp.inf)", "rivals = h"),
        (
            "strongest = xp.argmax(xp.set_class(h, y, -xp.inf), axis=1)",
            "strongest = xp.argmax(h, axis=1)",
        ),
        ("strongest, -upstream)", "strongest, upstream)"),
        ("return upstream * y", "return upstream"),
        ("at_least=1 if form", "at_least=2 if form"),
    ],
    "losses/hinge.py": [
        ("return -xp.sign(slack) if p == 1 else -2 * slack", "return -xp.sign(slack)"),
        ("else -2 * slack", "else -slack"),
        ("-xp.sign(slack) if", "-xp.ones_like(slack) if"),
        ("axis=1) / h.shape[1]", "axis=1) / (h.shape[1] - 1)"),
        ("return xp.set_class_(slack, y, 0.0)", "return slack"),
        ("y, -xp.sum(slope, axis=1))", "y, xp.sum(slope, axis=1))"),
        ("upstream / h.shape[1]", "upstream"),
    ],
    "losses/ramp.py": [
        ("xp.clip(1 - u, 0.0, 1 - s)", "xp.clip(1 - u, 0.0, 1 + s)"),
        (
            "xp.clip(1 - u, 0.0, 1 - s)",
            "xp.clip(1 - u, 0.0, None) - xp.clip(s - u, 0.0, None)",
        ),
        ("(u > s) & (u < 1)", "(u >= s) & (u < 1)"),
        ("(u > s) & (u < 1)", "(u > s) & (u <= 1)"),
        ("(u > s) & (u < 1)", "(u < 1)"),
        ("s = -1 / (classes - 1)", "s = -1 / classes"),
        ("classes = 2 if form", "classes = 3 if form"),
    ],
    "losses/large_margin_softmax.py": [
        ("range(1, m)", "range(1, m - 1)"),
        ("range(1, m)", "range(m)"),
        ("xp.where(below, -sign, sign)", "sign"),
        ("sign * t - 2 * k", "sign * t - k"),
        ("sign * m * u", "sign * u"),
        ("sign * m * u", "m * u"),
        ("(annealing * cosine + phi) / (1 + annealing)", "(annealing * cosine + phi)"),
        ("(annealing + slope) / (1 + annealing)", "slope"),
        ("2 * cosine * u - u_before", "cosine * u - u_before"),
        ("value - cos * slope)", "value + cos * slope)"),
        ("radial * to_w.length / to_x.length", "radial * to_x.length / to_w.length"),
        ("radial * to_x.length / to_w.length", "radial * to_w.length / to_x.length"),
        ("/ (2 * mantissa)", "/ mantissa * 0 + 1"),
        ("(to_x.power * to_w.power))", "to_x.power)"),
        ("dh = xp.set_class_(dh, y, df * slope)", "dh = xp.set_class_(dh, y, df)"),
        ("slope = xp.where(undefined, 1.0, slope)", "slope = xp.where(undefined, 0.0, slope)"),
    ],
    "losses/center.py": [
        ("** 2, axis=1) / 2", "** 2, axis=1)"),
        ("upstream[:, None] * (x - c)", "upstream[:, None] * 2 * (x - c)"),
        ("upstream[:, None] * (x - c)", "upstream[:, None] * (c - x)"),
        ("c - alpha * sums", "c + alpha * sums"),
        ("/ (1 + counts)", "/ counts"),
        ("copy=True", "copy=False"),
        ("- xp.cast(features, dtype)", "+ xp.cast(features, dtype)"),
    ],
    "losses/l1.py": [
        ("upstream * xp.sign(prediction - target)", "upstream * xp.sign(target - prediction)")
    ],
    "losses/l2.py": [
        ("2 * upstream * (prediction - target)", "upstream * (prediction - target)"),
        ("(prediction - target) ** 2", "(prediction - target) ** 2 / 2"),
    ],
    "losses/tukey_biweight.py": [
        ("c**2 / 6 * u * (3 + u * (u - 3))", "c**2 / 2 * u * (3 + u * (u - 3))"),
        ("c**2 / 6 * u * (3 + u * (u - 3))", "c**2 / 6 * (1 - (1 - u) ** 3)"),
        ("(3 + u * (u - 3))", "(3 - u * (u - 3))"),
        ("upstream * psi / arrays[2] if", "upstream * psi if"),
        ("psi = r * v * v", "psi = r * v"),
        ("xp.clip(r / scale[0] if scale else r, -c, c)", "r / scale[0] if scale else r"),
        ("xp.clip(r / scale[0] if scale else r, -c, c)", "xp.clip(r, -c, c)"),
        ("ordered[(n - 1) // 2] + ordered[n // 2]", "ordered[n // 2] + ordered[n // 2]"),
        ("1.4826 * middle", "middle"),
        ("xp.abs(r - median(xp, r))", "xp.abs(r)"),
        ("    r = without_inf(xp, r)\n    deviation", "    deviation"),
        ("xp.where(xp.isnan(ordered[-1]), xp.nan, middle)", "middle"),
        ("xp.where(spread == 0, 1.0, spread)", "spread"),
        ("xp.where(middle > 0, 1.4826 * middle,", "xp.where(middle > -1, 1.4826 * middle,"),
    ],
    "losses/_engine.py": [
        ("max(self.arrays[0].shape[0], 1)", "self.arrays[0].shape[0]"),
        ("yield slice(start, start + step)", "yield slice(start, start + step - 1)"),
    ],
    "losses/_numpy.py": [
        ("np.float32, *(", "*("),
        ("np.add.at(array, index, rows)", "array[index] += rows"),
        ("array.max(axis=1, keepdims=True)", "0.0"),
    ],
    "losses/_torch.py": [
        ("if saved and torch.is_grad_enabled():", "if False:"),
        ("return torch.autocast(device, enabled=False)", "return contextlib.nullcontext()"),
        ("[array.dtype for array in arrays], torch.float32)", "[array.dtype for array in arrays])"),
        ("torch.where(array.isnan(), array, array.sign())", "array.sign()"),
        ("torch.compiler.is_compiling() and not _in_graph(*bound.arrays)", "False"),
        ("or torch.compiler.is_compiling()\n", "\n"),
    ],
    "_checks.py": [
        ("(labels >= 0) & (labels < classes)", "(labels < classes)"),
        ("(labels >= 0) & (labels < classes)", "(labels >= 0) & (labels <= classes)"),
        ("label - 2**64", "label"),
        ("        return labels != labels\n", "        pass\n"),
        ("(signs == -1) & (not", "(signs == 0) & (not"),
        ('(not dtype_name(target).startswith("uint"))', "True"),
        ("torch._assert_async(holds.all(), wanted)", "pass"),
        ("and fits(value, precision, above, below)", ""),
        ("if tuple(array.shape) != tuple(wanted):", "if array.ndim != len(wanted):"),
        ("above < value < below", "above <= value <= below"),
        ("if is_torch(array) and array.requires_grad:", "if False:"),
    ],
    "nn.py": [
        ("torch.distributed.all_reduce(pulls)", "pulls"),
        ("self.centers[classes] = center.moved", "_ = center.moved"),
        ('self.register_buffer("centers",', 'setattr(self, "centers",'),
    ],
    "schedules.py": [
        ("(1 + gamma * step) ** -power", "(1 + gamma * step) ** power"),
        ("factor if step < steps else", "factor if step <= steps else"),
    ],
    "_files.py": [
        ("part.unlink(missing_ok=True)", "pass"),
        ("part.replace(path)", "path.write_bytes(part.read_bytes())"),
        ("os.fsync(file.fileno())", "pass"),
    ],
    "_checkpoint.py": [
        ("!= hashlib.sha256(payload)", "== hashlib.sha256(b'')"),
        ("if not line.startswith(HEADER)", "if False"),
        ('theirs.get(name, "") != identity[name]', "False"),
        ("stateful.keys() - saved.keys()", "set()"),
        ("weights_only=True", "weights_only=False"),
    ],
    "training.py": [
        ("total += value.item() * len(batch)", "total += value.item()"),
        ("SeedSequence([seed, epoch])", "SeedSequence([seed])"),
        ("trained.zero_grad()", "pass"),
        ("if not value.isfinite()", "if False"),
        ("_generators_kept(device):", "contextmanager(lambda: (yield))():"),
    ],
    "experiments/_record.py": [
        ('content.get("sha256") != digest_of(content)', "False"),
        ('for name in ("settings", "found", "arrays")', 'for name in ("settings",)'),
    ],
    "experiments/_study.py": [
        ("(best / 2, best * 2)", "(best * 2,)"),
        ("found if math.isfinite(found) else math.inf", "found"),
        ("sum(found) / len(found)", "found[0]"),
    ],
    "experiments/margins.py": [
        (
            'error(source, 0.0, FORMS[hinge]), error(source, 0.0, "cross-entropy")',
            'error(source, 0.0, "cross-entropy"), error(source, 0.0, FORMS[hinge])',
        ),
        (
            "error(source, noise, method), error(source, 0.0, method)",
            "*[error(source, 0.0, method)] * 2",
        ),
        ('"warm": "cross-entropy"}', '"warm": "hinge"}'),
        ("rivals = [ramp_at(s, start) for s in OTHERS]", "rivals = [ramp_at(-3.0, start)]"),
        ("above=-0.5", "above=-2.0"),
        ("450 / 1347", "0"),
    ],
    "experiments/large_margin.py": [
        ("np.where(failed, 0, ", "np.where(failed, 9, "),
        (", -0.1)]", ", -9.0)]"),
        ('found(data, m, "lead")', 'found(data, m, "angle")'),
        ("axis=0) < 10)", "axis=0) < 101)"),
    ],
    "experiments/center_loss.py": [
        ("lambda grown: -grown", "lambda grown: grown"),
        ("above=10.0", "above=-10.0"),
    ],
    "experiments/verification.py": [
        ("15 / 25", "0"),
        ("found(cell, rival, what), found(", "found(cell, 'lambda 0', what), found("),
        ('f"{by}_eer", "lambda 0"', 'f"{by}_auc", "lambda 0"'),
    ],
    "experiments/regression.py": [
        ('where, method, "rmse"', 'where, method, "mae"'),
        ("100 * (1 - fast / slow)", "100 * (1 - slow / fast)"),
        ("above=-10.0", "above=-50.0"),
    ],
    "experiments/kinks.py": [("within=1.0", "within=2.0")],
    "experiments/_rules.py": [
        ("lambda x, y: x - y", "lambda x, y: y - x"),
        ("100 * (x / y - 1)", "100 * (y / x - 1)"),
        ("if not found or len(set(seeds)) < len(seeds):", "if False:"),
        ("not name.startswith(TUNING)", "True"),
        ("linear and len(by_image) == len(measures)", "len(by_image) == len(measures)"),
        (
            'return dict(sorted(found.items(), key=lambda item: item[1].settings["seed"]))',
            "return found",
        ),
        ("min(methods, key=", "max(methods, key="),
    ],
    "experiments/_judge.py": [
        ("var(ddof=1)", "var(ddof=0)"),
        ("(1 / len(effects) + overlap)", "(1 / len(effects))"),
        ("images.var() / len(images)", "0.0"),
        ("len(away) - 1)", "len(away))"),
        ("max(student, agree)", "student"),
        ("inside = max(", "inside = min("),
        ("outside = 2 * min(", "outside = 2 * max("),
        ("HELD: max(one.above", "HELD: min(one.above"),
        ("len(parts) * min(", "len(parts) * max("),
        ('method="holm"', 'method="fdr_bh"'),
        ("(HELD, CONTRADICTED, NO_DIFFERENCE):", "(NO_DIFFERENCE, HELD, CONTRADICTED):"),
        ("own.above(near), own.below(far)", "own.above(near)"),
        ("mean() < ACTS", "mean() > ACTS"),
        ("if not np.isfinite(effects).all()", "if False"),
        ("if not rule.remark]", "]"),
    ],
    "experiments/verdicts.py": [
        ("CONDITIONAL if condition else MIXED", "MIXED if condition else CONDITIONAL"),
        ("if HELD in states and CONTRADICTED", "if HELD in states or CONTRADICTED"),
        ("and NO_DIFFERENCE in states else OPEN", "else OPEN"),
        ("if not outcome.remark)", ")"),
        ('content.get("sha256") != vouched(content)', "False"),
        ("if other := stale(", "if other := list("),
        ("all(outcome.exact", "any(outcome.exact"),
    ],
    "experiments/ledger.py": [
        ("100 + 22 * clearance", "100 - 22 * clearance"),
        ("1 / share", "count / share"),
        ("entry.claim.condition", "entry.claim.mixed"),
    ],
}


def survives(fault: tuple[str, str, str]) -> bool:
    """Whether the tests pass with the fault in place."""
    name, there, instead = fault
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for part in ("lossnb", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        path = copy / "lossnb" / name
        path.write_text(path.read_text(encoding="utf-8").replace(there, instead), encoding="utf-8")
        (copy / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
        losses = copy / "tests" / "losses"
        section = losses / f"test_{path.stem}.py"
        every = losses / "test_every_loss.py"
        beside = copy / "tests" / Path(name).parent
        own = beside / f"test_{path.stem.removeprefix('_')}.py"
        if section.exists():
            selections = [[section], [every, "-k", path.stem]]
        elif (path.parent / "runs" / path.name).exists() or (
            beside.name == "experiments" and not own.exists()
        ):  # the rules of an experiment, whatever other tests it has
            selections = [[beside / "test_verdicts.py", "-k", "changed_since or what_the_records"]]
        elif path.stem == "_record":
            selections = [[beside / "test_records.py", "-k", "stale or changed"]]
        elif beside != losses and path.stem != "nn" and own.exists():
            selections = [[own]]
        else:
            selections = [[copy / "tests" / "test_nn.py"], [losses]]
        for selection in selections:
            command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
            command += selection
            environment = os.environ | {"PYTHONPATH": scratch, "OMP_NUM_THREADS": "1"}
            run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
            if run.returncode == 1:  # a test failed
                return False
            if run.returncode != 0:
                raise RuntimeError(f"{name}: the tests did not run:\n{run.stdout}{run.stderr}")
    return True


def main(words: list[str]) -> int:
    faults = [(name, *fault) for name, pairs in FAULTS.items() for fault in pairs]
    faults = [f for f in faults if not words or any(word in " ".join(f) for word in words)]
    for name, there, _ in faults:
        if there not in (ROOT / "lossnb" / name).read_text(encoding="utf-8"):
            print(f"{name}: {there!r} is no longer there")
            return 1
    survivors = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, there, instead), alive in zip(faults, pool.map(survives, faults), strict=True):
            survivors += alive
            print(
                f"{'SURVIVED' if alive else 'killed':8}  {name}: {there!r} -> {instead!r}",
                flush=True,
            )
    print(f"{len(faults) - survivors} of {len(faults)} faults killed")
    return int(survivors > 0 or not faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
