"""Figure 9.3: MNIST's digits as two features, under the centre loss with λ from 0.001 to 1."""

from math import inf

from ._compare import Bound

# Wen et al.'s (2016) released settings, except for `width` and `epochs`: theirs are 1 and 21.
SHARED = {
    "data": "mnist",
    "width": 0.5,
    "epochs": 10,
    "batch_size": 128,
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "alpha": 0.5,
    "seed": 0,
}
RUNS = {f"lambda-{weight:g}": {"weight": weight, **SHARED} for weight in (0.001, 0.01, 0.1, 1.0)}

# On another processor, or with other versions: see `_compare`.
BOUNDS = {
    "history/*": Bound(inf, "the way there is another; the end is compared"),
    "*_accuracy": Bound(0.02, "what seeds differ by, on such images"),
    "*cross_entropy": Bound(0.1, "it follows the accuracy"),
    "*spread": Bound(0.5, "the clusters are as tight, not the same", relative=True),
    "*median_distance": Bound(0.5, "the clusters are as tight, not the same", relative=True),
    "gap": Bound(0.5, "the clusters are as far apart, not the same", relative=True),
    "ratio": Bound(0.5, "the clusters are as far apart, not the same", relative=True),
    "centers": Bound(inf, "nothing tells a cluster where to lie"),
    "features": Bound(inf, "nothing tells a cluster where to lie"),
    "predictions": Bound(inf, "a class is no number; the accuracies are compared"),
    "training_seconds": Bound(0.0, "the clock", timed=True),
}
