"""The small networks of the experiments.

Each is initialised from its seed alone and leaves the global generator as it found it. Images come
as `lossnb.datasets` gives them, with values in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from lossnb._extras import extra

with extra("torch"):
    import torch
    from torch import Tensor, nn


def mlp(in_features: int, hidden: Sequence[int], out_features: int, *, seed: int) -> nn.Sequential:
    """Fully connected layers with a ReLU between them; without `hidden`, a linear model.

    >>> mlp(64, [32], 10, seed=0)(torch.zeros(5, 8, 8)).shape
    torch.Size([5, 10])
    """
    with _seeded(seed):
        return _mlp(in_features, *hidden, out_features)


class FeatureNetwork(nn.Module):
    """A body that computes features, and a classifier without bias that makes them logits.

    Called on images, it returns the pair (features, logits). The large-margin softmax takes the
    features and `classifier.weight` (C, d), and still predicts with the plain logits.
    """

    def __init__(self, body: nn.Module, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.body = body
        self.classifier = nn.Linear(num_features, num_classes, bias=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(images)
        return features, self.classifier(features)


def digits_network(num_features: int = 2, *, hidden: int = 128, seed: int) -> FeatureNetwork:
    """For the 8x8 digits: one hidden layer, then `num_features` linear features.

    >>> features, logits = digits_network(seed=0)(torch.zeros(5, 64))
    >>> features.shape, logits.shape
    (torch.Size([5, 2]), torch.Size([5, 10]))
    """
    with _seeded(seed):
        return FeatureNetwork(_mlp(64, hidden, num_features), num_features, 10)


def center_network(num_features: int = 2, *, width: float = 1.0, seed: int) -> FeatureNetwork:
    """LeNet++ of Wen et al. (2016): three pairs of 5x5 convolutions, PReLU after every layer.

    `width` scales the 32, 64 and 128 channels.

    >>> features, logits = center_network(width=0.25, seed=0)(torch.zeros(5, 28, 28))
    >>> features.shape, logits.shape
    (torch.Size([5, 2]), torch.Size([5, 10]))
    """
    with _seeded(seed):
        layers: list[nn.Module] = [_Pixels()]
        channels = 1
        for wanted in _scaled([32, 64, 128], width):
            for _ in range(2):
                layers += [nn.Conv2d(channels, wanted, 5, padding=2), nn.PReLU(wanted)]
                channels = wanted
            layers.append(nn.MaxPool2d(2))
        layers += [nn.Flatten(), nn.Linear(channels * 3 * 3, num_features), nn.PReLU(num_features)]
        # With He's wider weights and λ = 1 the centre loss diverges within ten steps; with torch's
        # narrower ones, the network stays at chance for hundreds.
        network = FeatureNetwork(nn.Sequential(*layers), num_features, 10)
        return _initialised(network, gain=1.0)


def large_margin_network(
    num_features: int = 256, *, width: float = 1.0, seed: int
) -> FeatureNetwork:
    """The MNIST network of Liu et al. (2016): ten 3x3 convolutions with batch normalisation.

    One convolution, then three blocks of three, each with a pooling. `width` scales the 64
    channels of all of them.

    >>> features, logits = large_margin_network(width=0.25, seed=0)(torch.zeros(5, 28, 28))
    >>> features.shape, logits.shape
    (torch.Size([5, 256]), torch.Size([5, 10]))
    """
    with _seeded(seed):
        (channels,) = _scaled([64], width)

        def convolution(before: int) -> list[nn.Module]:
            # The normalisation brings its own shift, which would cancel a bias.
            convolution = nn.Conv2d(before, channels, 3, padding=1, bias=False)
            return [convolution, nn.BatchNorm2d(channels), nn.PReLU(channels)]

        layers = [_Pixels(), *convolution(1)]
        for _ in range(3):
            for _ in range(3):
                layers += convolution(channels)
            layers.append(nn.MaxPool2d(2))
        layers += [nn.Flatten(), nn.Linear(channels * 3 * 3, num_features, bias=False)]
        layers += [nn.BatchNorm1d(num_features), nn.PReLU(num_features)]
        network = FeatureNetwork(nn.Sequential(*layers), num_features, 10)
        return _initialised(network, gain=nn.init.calculate_gain("leaky_relu", 0.25))


def compact_network(num_features: int, *, num_classes: int = 10, seed: int) -> FeatureNetwork:
    """For 28x28 pixels in seconds: two 5x5 convolutions of stride 2, batch normalisation, 16 and 32
    channels, then linear features.

    >>> features, logits = compact_network(2, seed=0)(torch.zeros(5, 28, 28))
    >>> features.shape, logits.shape
    (torch.Size([5, 2]), torch.Size([5, 10]))
    """
    with _seeded(seed):
        layers: list[nn.Module] = [_Pixels()]
        for before, channels in pairwise([1, 16, 32]):
            layers += [
                nn.Conv2d(before, channels, 5, stride=2, padding=2, bias=False),
                nn.BatchNorm2d(channels),
                nn.PReLU(channels),
            ]
        layers += [nn.Flatten(), nn.Linear(32 * 7 * 7, num_features, bias=False)]
        network = FeatureNetwork(nn.Sequential(*layers), num_features, num_classes)
        return _initialised(network, gain=nn.init.calculate_gain("leaky_relu", 0.25))


def bottleneck_network(
    num_features: int, *, hidden: int = 256, num_classes: int = 10, seed: int
) -> FeatureNetwork:
    """The body of `compact_network` with `hidden` features, and a layer that makes them fewer.

    Two features straight from the convolutions tell 90 % of MNIST's digits apart; with a layer
    between, 98 %.

    >>> features, logits = bottleneck_network(2, seed=0)(torch.zeros(5, 28, 28))
    >>> features.shape, logits.shape
    (torch.Size([5, 2]), torch.Size([5, 10]))
    """
    with _seeded(seed):
        body = nn.Sequential(
            compact_network(hidden, seed=seed).body,
            nn.BatchNorm1d(hidden),
            nn.PReLU(hidden),
            nn.Linear(hidden, num_features, bias=False),
        )
        network = FeatureNetwork(body, num_features, num_classes)
        return _initialised(network, gain=nn.init.calculate_gain("leaky_relu", 0.25))


class _Pixels(nn.Module):
    """(N, 28, 28) to (N, 1, 28, 28), scaled as Wen et al.'s files do: (byte − 127.5)/128."""

    def forward(self, images: Tensor) -> Tensor:
        return (images.unsqueeze(1) * 255 - 127.5) / 128


def _mlp(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    for size, following in pairwise(sizes):
        layers += [nn.Linear(size, following), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _initialised(network: FeatureNetwork, gain: float) -> FeatureNetwork:
    """Weights of variance gain²/fan-in (Glorot and Bengio, 2010; He et al., 2015), no shifts."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.normal_(layer.weight, std=gain / layer.weight[0].numel() ** 0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network


def _scaled(channels: Sequence[int], width: float) -> list[int]:
    return [max(1, round(width * count)) for count in channels]


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
