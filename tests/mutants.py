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
        ("p, y, 0.0), axis=1)", "p, y, 1.0), axis=1)"),
        ("rest < 0.5, -xp.log1p(-rest)", "rest < -1, -xp.log1p(-rest)"),
        ("rest < 0.5, -xp.log1p(-rest)", "rest < 0.5, -xp.log1p(rest)"),
        ("    if masked:\n", "    if False:\n"),
        ("y, -xp.sum(others, axis=1))", "y, xp.sum(others, axis=1))"),
        ("* (g * w)[:, None]", "* g[:, None]"),
        ("(1 - smoothing) * q", "q"),
        ("h > -xp.inf", "h > -1.0"),
        ("* p - a),)", "* p + a),)"),
        ("q * weight * keep", "q * keep"),
        ("q * weight * keep[:, None]", "q * weight"),
        ("xp.argmax(h, axis=1), 0.0)", "xp.argmax(-h, axis=1), 0.0)"),
        ("behind = xp.where(a == 0, 0.0, a * (", "behind = (a * ("),
        ("divisor = xp.sum(row_weight)", "divisor = xp.sum(keep)"),
        ("xp.where(divisor == 0, 1.0, divisor)", "divisor"),
        ("kept = target != ignore_index", "kept = target != -100"),
        ("> 0.01", "> 10.0"),
    ],
    "losses/hinge.py": [
        ("pick(xp, h, y) - xp.max(put", "pick(xp, h, y) + xp.max(put"),
        ("xp.max(put(xp, h, y, -xp.inf), axis=1)", "xp.max(h, axis=1)"),
        (
            "runner_up = xp.argmax(put(xp, h, y, -xp.inf), axis=1)",
            "runner_up = xp.argmax(h, axis=1)",
        ),
        ("runner_up, -g)", "runner_up, g)"),
        ("return g * y", "return g"),
        ("return -sign(missing) if p == 1 else -2 * missing", "return -sign(missing)"),
        ("else -2 * missing", "else -missing"),
        ("-sign(missing) if", "-xp.ones_like(missing) if"),
        ("axis=1) / h.shape[1]", "axis=1) / (h.shape[1] - 1)"),
        ("paid = put(xp, missing if p == 1 else missing**2, y, 0.0)", "paid = missing**p"),
        ("y, -xp.sum(active, axis=1))", "y, xp.sum(active, axis=1))"),
        ("(g / h.shape[1])", "g"),
        ("at_least=1 if form", "at_least=2 if form"),
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
        ("value - cosine * slope)", "value + cosine * slope)"),
        ("(radial * w_norm / x_norm)", "(radial * x_norm / w_norm)"),
        ("(radial * x_norm / w_norm)", "(radial * w_norm / x_norm)"),
        ("dh = put(xp, dh, y, df * slope)", "dh = put(xp, dh, y, df)"),
        ("slope = xp.where(zero, 1.0, slope)", "slope = xp.where(zero, 0.0, slope)"),
    ],
    "losses/center.py": [
        ("** 2, axis=1) / 2", "** 2, axis=1)"),
        ("g[:, None] * (x - c)", "g[:, None] * 2 * (x - c)"),
        ("g[:, None] * (x - c)", "g[:, None] * (c - x)"),
        ("centers - alpha * sums", "centers + alpha * sums"),
        ("/ (1 + counts)", "/ counts"),
        ("copy=True", "copy=False"),
        ("- astype(xp, features, dtype)", "+ astype(xp, features, dtype)"),
    ],
    "losses/l1.py": [("g * sign(prediction - target)", "g * sign(target - prediction)")],
    "losses/l2.py": [
        ("2 * g * (prediction - target)", "g * (prediction - target)"),
        ("(prediction - target) ** 2", "(prediction - target) ** 2 / 2"),
    ],
    "losses/tukey_biweight.py": [
        ("c**2 / 6 * u * (3 + u * (u - 3))", "c**2 / 2 * u * (3 + u * (u - 3))"),
        ("c**2 / 6 * u * (3 + u * (u - 3))", "c**2 / 6 * (1 - (1 - u) ** 3)"),
        ("(3 + u * (u - 3))", "(3 - u * (u - 3))"),
        ("g * psi / arrays[2] if", "g * psi if"),
        ("psi = r * v * v", "psi = r * v"),
        ("xp.clip(r / scale[0] if scale else r, -c, c)", "r / scale[0] if scale else r"),
        ("xp.clip(r / scale[0] if scale else r, -c, c)", "xp.clip(r, -c, c)"),
        ("ordered[(n - 1) // 2] + ordered[n // 2]", "ordered[n // 2] + ordered[n // 2]"),
        ("1.4826 * middle", "middle"),
        ("xp.abs(r - _median(xp, r))", "xp.abs(r)"),
        ("xp.where(spread == 0, 1.0, spread)", "spread"),
        ("xp.where(middle > 0, 1.4826 * middle,", "xp.where(middle > -1, 1.4826 * middle,"),
    ],
    "losses/_engine.py": [
        ("max(self.arrays[0].shape[0], 1)", "self.arrays[0].shape[0]"),
        ("yield slice(start, start + step)", "yield slice(start, start + step - 1)"),
        ("floating, xp.float32)", "floating)"),
    ],
    "losses/_arrays.py": [
        ("np.add.at(array, index, rows)", "array[index] += rows"),
        ("array.max(axis=1, keepdims=True)", "0.0"),
    ],
    "losses/_autograd.py": [
        ("        if torch.is_grad_enabled():\n", "        if False:\n"),
        ("with torch.autocast(arrays[0].device.type, enabled=False)", "if True"),
    ],
    "losses/_checks.py": [
        ("wrong = (target < 0) | (target >= classes)", "wrong = target >= classes"),
        ("wrong = (target < 0) | (target >= classes)", "wrong = target > classes"),
        ("wrong = (target != 1) & (target != -1)", "wrong = (target != 1) & (target != 0)"),
        ("if tuple(array.shape) != tuple(wanted):", "if array.ndim != len(wanted):"),
        ("above < value < below", "above <= value <= below"),
        ("if is_torch(array) and array.requires_grad:", "if False:"),
    ],
    "nn.py": [
        ("torch.distributed.all_reduce(pulls)", "pulls"),
        ("self.centers[classes] = step", "_ = step"),
        ('self.register_buffer("centers",', 'setattr(self, "centers",'),
    ],
    "schedules.py": [
        ("(1 + gamma * step) ** -power", "(1 + gamma * step) ** power"),
        ("factor if step < steps else", "factor if step <= steps else"),
    ],
    "training.py": [
        (" * (len(part) / len(batch))", ""),
        ("_summed(parameter.grad)", "parameter.grad"),
        ("value = _summed(share.detach().clone())", "value = share.detach().clone()"),
    ],
    "experiments/_rules.py": [
        ("return self.low > self.rule.above", "return self.low >= self.rule.above"),
        (
            "return self.low > self.rule.above",
            "return (self.low + self.high) / 2 > self.rule.above",
        ),
        ("self.high <= self.rule.within", "self.low <= self.rule.within"),
        ("-self.rule.within <= self.low", "-self.rule.within <= self.high"),
        ("std(ddof=1)", "std(ddof=0)"),
        ("np.inf, 12.706204736174694", "np.inf, 6.313751514675043"),
        ("len(effects) - 1", "len(effects)"),
        ("mean - half", "mean"),
        ("if all(held)", "if any(held)"),
        ("CONDITIONAL if any(held)", "CONDITIONAL if all(held)"),
        ("if not np.isfinite(effects).all()", "if False"),
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
        own = copy / "tests" / f"test_{path.stem.removeprefix('_')}.py"
        if section.exists():
            selections = [[section], [every, "-k", path.stem]]
        elif "losses" not in path.parts and path.stem != "nn" and own.exists():
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
