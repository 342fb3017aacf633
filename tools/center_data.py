"""What the figure that moves on page 9.1.5 needs: the digits, and the run that the page shows.

`python -m tools.center_data` writes both beside the figure; a test holds them to this module.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lossnb import cross_entropy
from lossnb.datasets import digits
from lossnb.networks import digits_network
from lossnb.nn import CenterLoss
from lossnb.training import fit, predict
from tools.notebooks import CHAPTERS

FOLDER = CHAPTERS / "_explorables"
CREDIT = """\
 * scikit-learn's 1,797 handwritten digits of 8x8 pixels, from the Optical Recognition of
 * Handwritten Digits data set (E. Alpaydin and C. Kaynak, UCI, CC BY 4.0)"""


def train(
    weight: float, alpha: float = 0.5, seed: int = 0, epochs: int = 30
) -> tuple[dict[str, NDArray[Any]], list[float]]:
    """The page's small training, always on the split of seed 0: what is drawn of it, and its loss
    at each step."""
    data, usual = digits(seed=0).in_double(), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # as on the page: the first weights depend on it
    model, centre = digits_network(2, seed=seed), CenterLoss(10, 2, alpha=alpha)
    torch.set_default_dtype(usual)
    losses: list[float] = []

    def objective(output: Any, y: Tensor, step: int) -> Tensor:
        x, h = output
        loss = cross_entropy(h, y) + weight * centre(x, y)
        losses.append(loss.item())
        return loss

    def follow(output: Any, y: Tensor, step: int) -> None:
        centre.update(output[0], y)

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    shared: dict[str, Any] = {"epochs": epochs, "seed": seed, "device": "cpu"}
    fit(model, data, objective, optimizer, **shared, after_step=follow, modules=[centre])
    x, h = predict(model, data.x_test)
    found = {"features": x, "logits": h, "centers": centre.centers, "last": model.classifier.weight}
    return {name: value.detach().numpy() for name, value in found.items()}, losses


def data_module() -> str:
    data = digits(seed=0)
    images = np.concatenate([data.x_train, data.x_test]) * 16
    labels = np.concatenate([data.y_train, data.y_test])
    letters = (images.round().astype(np.uint8) + ord("a")).tobytes().decode()
    return f"""\
/**
{CREDIT},
 * in the order of `lossnb.datasets.digits(seed=0)`: {len(data.y_train)} to train on, then \
{len(data.y_test)} to test with.
 * Written by tools/center_data.py.
 */

/** A letter is a pixel, from a for 0 to q for 16. */
export const images =
  "{letters}";
export const labels =
  "{"".join(map(str, labels))}";
"""


def record_module(found: dict[str, NDArray[Any]]) -> str:
    """Of the training with λ = 0.1."""
    shorts = (100 * found["features"]).round().astype("<i2")
    places = base64.b64encode(shorts.tobytes()).decode()
    centers = ",\n".join(f"  [{x:.4f}, {y:.4f}]" for x, y in found["centers"])
    last = ",\n  ".join(", ".join(f"{value:.4f}" for value in row) for row in found["last"].T)
    labels = "".join(map(str, digits(seed=0).y_test))
    return f"""\
/**
 * The last panel of page 9.1.5's figure of the small digits: 30 epochs with λ = 0.1.
 * Written by tools/center_data.py.
 */

/** The two features of each test digit, in hundredths, 16 bits a number. */
export const places =
  "{places}";
export const labels =
  "{labels}";
// biome-ignore format: as it is written
export const centers = [
{centers},
];
/** The last layer: what leaves feature 1, then what leaves feature 2. */
// biome-ignore format: as it is written
export const last = [
  {last},
];
"""


def main() -> None:
    torch.set_num_threads(1)
    for name, text in {"data": data_module(), "record": record_module(train(0.1)[0])}.items():
        (FOLDER / f"center_{name}.mjs").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
