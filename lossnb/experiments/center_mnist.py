"""Figure 9.3: MNIST's digits as two features, under the centre loss with λ from 0.001 to 1."""

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
