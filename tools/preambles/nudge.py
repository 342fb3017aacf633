"""Move what a notebook starts from by one part in 10¹², in the direction that NUDGE names.

Initial weights are moved when an optimiser takes them, drawn numbers when they are drawn.
"""

import os

import numpy as np
import torch

SIZE = 1e-12
SEED = int(os.environ["NUDGE"])
DIRECTION = np.random.default_rng([SEED, 0])
TORCH_DIRECTION = torch.Generator().manual_seed(SEED)

take = torch.optim.Optimizer.add_param_group


def add_param_group(self, group):
    take(self, group)
    with torch.no_grad():
        for weight in self.param_groups[-1]["params"]:
            # What was drawn in single precision, as one still sees, differs in its last bit there.
            drawn_in_single = bool((weight == weight.float()).all())
            size = max(SIZE, torch.finfo(torch.float32 if drawn_in_single else weight.dtype).eps)
            # In single precision, 1 + 1e-12 would be 1.
            direction = torch.randn(weight.shape, generator=TORCH_DIRECTION, dtype=torch.float64)
            weight.mul_(1 + size * direction)


torch.optim.Optimizer.add_param_group = add_param_group


class Nudged(np.random.Generator):
    """A generator whose normal and uniform draws in double precision are moved."""


def moved(name):
    draw = getattr(np.random.Generator, name)

    def nudged(self, *args, **kwargs):
        drawn = draw(self, *args, **kwargs)
        if np.asarray(drawn).dtype != np.float64:
            return drawn
        return drawn * (1 + SIZE * DIRECTION.standard_normal(np.shape(drawn)))

    return nudged


for name in ("normal", "standard_normal", "uniform", "exponential", "laplace"):
    setattr(Nudged, name, moved(name))

seeded = np.random.default_rng
np.random.default_rng = lambda seed=None: Nudged(seeded(seed).bit_generator)
