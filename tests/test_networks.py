from collections.abc import Callable

import pytest
import torch
from torch import nn

from lossnb.networks import (
    FeatureNetwork,
    bottleneck_network,
    center_network,
    compact_network,
    digits_network,
    large_margin_network,
    mlp,
)

MAKERS: list[Callable[[int], nn.Module]] = [
    lambda seed: mlp(64, [16], 10, seed=seed),
    lambda seed: digits_network(seed=seed),
    lambda seed: center_network(width=0.1, seed=seed),
    lambda seed: large_margin_network(16, width=0.1, seed=seed),
    lambda seed: compact_network(16, seed=seed),
    lambda seed: bottleneck_network(2, hidden=16, seed=seed),
]


@pytest.mark.parametrize("make", MAKERS)
def test_the_seed_alone_decides_the_weights(make: Callable[[int], nn.Module]) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, other = make(0), make(1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    same = make(0)
    assert all(map(torch.equal, one.state_dict().values(), same.state_dict().values()))
    assert not all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


@pytest.mark.parametrize("make", MAKERS)
def test_no_two_layers_share_their_draws(make: Callable[[int], nn.Module]) -> None:
    firsts = [p.flatten()[:8] / p.abs().max() for n, p in make(0).named_parameters() if p.ndim > 1]
    for i, a in enumerate(firsts):
        for b in firsts[:i]:
            count = min(len(a), len(b))
            assert not torch.equal(a[:count].sign(), b[:count].sign())


def test_mlp_layers() -> None:
    assert [type(m) for m in mlp(64, [5, 6], 3, seed=0)] == [
        nn.Flatten, nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear,
    ]  # fmt: skip
    assert [type(m) for m in mlp(64, [], 3, seed=0)] == [nn.Flatten, nn.Linear]
    assert mlp(64, [5], 3, seed=0)(torch.rand(7, 8, 8)).shape == (7, 3)


@pytest.mark.parametrize(
    ("network", "images", "num_features"),
    [
        (digits_network(seed=0), torch.rand(3, 64), 2),
        (digits_network(5, hidden=7, seed=0), torch.rand(3, 8, 8), 5),
        (center_network(width=0.25, seed=0), torch.rand(3, 28, 28), 2),
        (center_network(3, width=0.001, seed=0), torch.rand(3, 28, 28), 3),
        (large_margin_network(width=0.25, seed=0), torch.rand(3, 28, 28), 256),
        (large_margin_network(2, width=0.1, seed=0), torch.rand(3, 28, 28), 2),
        (compact_network(7, seed=0), torch.rand(3, 28, 28), 7),
        (compact_network(7, num_classes=25, seed=0), torch.rand(3, 28, 28), 7),
        (bottleneck_network(2, seed=0), torch.rand(3, 28, 28), 2),
    ],
)
def test_features_and_plain_logits(
    network: FeatureNetwork, images: torch.Tensor, num_features: int
) -> None:
    features, logits = network(images)
    assert features.shape == (3, num_features)
    assert network.classifier.bias is None
    torch.testing.assert_close(logits, features @ network.classifier.weight.T)


def test_the_bottleneck_has_the_compact_body_and_no_biases() -> None:
    network = bottleneck_network(2, hidden=16, seed=0)
    before, *_, last = network.body
    assert before(torch.rand(3, 28, 28)).shape == (3, 16)
    assert (last.in_features, last.out_features) == (16, 2)
    shifts = [m.bias for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert shifts == [None] * len(shifts)


def test_the_centre_network_is_lenet_plus_plus() -> None:
    body = center_network(seed=0).body
    layers = list(body)[1:]
    pair = [nn.Conv2d, nn.PReLU, nn.Conv2d, nn.PReLU, nn.MaxPool2d]
    assert [type(m) for m in layers] == [*pair * 3, nn.Flatten, nn.Linear, nn.PReLU]
    convolutions = [m for m in layers if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [32, 32, 64, 64, 128, 128]
    assert {m.kernel_size for m in convolutions} == {(5, 5)}
    assert layers[-2].in_features == 128 * 3 * 3
    # PReLU learns one slope for each channel.
    assert [m.num_parameters for m in layers if isinstance(m, nn.PReLU)] == [
        32, 32, 64, 64, 128, 128, 2,
    ]  # fmt: skip


def test_the_large_margin_network_is_liu_et_als() -> None:
    layers = list(large_margin_network(seed=0).body)[1:]
    one = [nn.Conv2d, nn.BatchNorm2d, nn.PReLU]
    assert [type(m) for m in layers] == [
        *one, *[*one * 3, nn.MaxPool2d] * 3, nn.Flatten, nn.Linear, nn.BatchNorm1d, nn.PReLU,
    ]  # fmt: skip
    convolutions = [m for m in layers if isinstance(m, nn.Conv2d)]
    assert {m.out_channels for m in convolutions} == {64}
    assert {m.kernel_size for m in convolutions} == {(3, 3)}
    assert layers[-3].out_features == 256


def test_width_scales_the_channels() -> None:
    layers = center_network(width=0.5, seed=0).body
    half = [m.out_channels for m in layers if isinstance(m, nn.Conv2d)]
    assert half == [16, 16, 32, 32, 64, 64]
    layers = large_margin_network(width=0.5, seed=0).body
    assert {m.out_channels for m in layers if isinstance(m, nn.Conv2d)} == {32}


@pytest.mark.parametrize("make", [center_network, large_margin_network])
def test_pixels_are_scaled_as_bytes_were(make: Callable[..., FeatureNetwork]) -> None:
    first = make(width=0.1, seed=0).body[0]
    seen = first(torch.tensor([0.0, 1.0, 0.2]).expand(2, 28, 3))
    assert seen.shape == (2, 1, 28, 3)
    torch.testing.assert_close(
        seen[0, 0, 0], torch.tensor([-127.5 / 128, 127.5 / 128, (51 - 127.5) / 128])
    )


@pytest.mark.parametrize(
    ("network", "variance"),
    [
        (center_network(seed=0), 1.0),
        (large_margin_network(seed=0), 2 / (1 + 0.25**2)),
        (compact_network(64, seed=0), 2 / (1 + 0.25**2)),
        (bottleneck_network(8, seed=0), 2 / (1 + 0.25**2)),
    ],
)
def test_weights_keep_the_signal_at_its_size(network: FeatureNetwork, variance: float) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            wanted = (variance / layer.weight[0].numel()) ** 0.5
            tolerance = 4 / (2 * layer.weight.numel()) ** 0.5
            assert layer.weight.std().item() == pytest.approx(wanted, rel=tolerance)
            assert layer.bias is None or not layer.bias.any()
