import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from skactive.samplers.dropout._masks import ALPHA, Masks  # noqa: E402

K = 1500  # draws of the statistical tests: their tolerances are five standard errors

ELEMENTWISE = {
    "Dropout": (nn.Dropout, (5, 8)),
    "Dropout on sequences": (nn.Dropout, (5, 3, 4)),
    "Dropout on images": (nn.Dropout, (5, 3, 2, 2)),
    "AlphaDropout": (nn.AlphaDropout, (5, 8)),
    "AlphaDropout on images": (nn.AlphaDropout, (5, 3, 2, 2)),
}
CHANNELWISE = {
    "Dropout1d": (nn.Dropout1d, (5, 4, 3)),
    "Dropout2d": (nn.Dropout2d, (5, 4, 3, 2)),
    "Dropout3d": (nn.Dropout3d, (5, 4, 3, 2, 2)),
    "FeatureAlphaDropout": (nn.FeatureAlphaDropout, (5, 4, 3)),
    "FeatureAlphaDropout on images": (nn.FeatureAlphaDropout, (5, 4, 3, 2)),
}
ALL = {**ELEMENTWISE, **CHANNELWISE}
P = 0.3


def inputs(shape):
    values = np.random.default_rng(0).normal(size=shape)
    return torch.as_tensor(values + np.sign(values))  # none near 0


def masked(layer, x, n_draws=K, seed=0):
    """The outputs of a layer in evaluation mode under each draw's mask; the masks."""
    masks = Masks(seed, ["only"])
    layer = layer.eval()
    handle, outputs = layer.register_forward_hook(masks.hook("only")), []
    for masks.draw in range(n_draws):
        masks.calls.clear()
        outputs.append(layer(x))
    handle.remove()
    return torch.stack(outputs), [masks.made[0, 0, k] for k in range(n_draws)]


def by_formula(layer, x, kept):
    """The outputs for kept and dropped units by the formulas of the papers."""
    if "Alpha" not in type(layer).__name__:
        return torch.where(kept, x / (1 - P), 0.0)
    q = 1 - P
    a = (q + ALPHA**2 * q * (1 - q)) ** -0.5  # Klambauer et al. 2017, section 3
    b = -a * (1 - q) * ALPHA
    return a * torch.where(kept, x, ALPHA) + b


@pytest.mark.parametrize(("cls", "shape"), ALL.values(), ids=ALL)
def test_units_are_dropped_as_the_mask_says(cls, shape):
    layer, x = cls(P), inputs(shape)
    outputs, kept = masked(layer, x, n_draws=20)
    for output, mask in zip(outputs, kept, strict=True):
        assert_allclose(output, by_formula(layer, x, mask.expand(shape)), rtol=1e-12)


@pytest.mark.parametrize(("cls", "shape"), ALL.values(), ids=ALL)
def test_values_are_those_of_the_layer_in_training(cls, shape):
    """Each unit takes two values, the same as with torch's layer in training mode."""
    layer, x = cls(P), inputs(shape)
    ours, _ = masked(layer, x, n_draws=60)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer.train()
        theirs = torch.stack([layer(x) for _ in range(60)])
    for extreme in (torch.amin, torch.amax):
        assert_allclose(extreme(ours, 0), extreme(theirs, 0), rtol=1e-12)


@pytest.mark.parametrize(("cls", "shape"), ALL.values(), ids=ALL)
def test_mean_and_variance_are_those_of_the_layer_in_training(cls, shape):
    layer, x = cls(P), inputs(shape)
    ours, _ = masked(layer, x)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer.train()
        theirs = torch.stack([layer(x) for _ in range(K)])
    low, high = by_formula(layer, x, x != x), by_formula(layer, x, x == x)
    spread = abs(high - low) * (P * (1 - P)) ** 0.5
    for sample in (ours, theirs):
        error = abs(sample.mean(0) - (P * low + (1 - P) * high))
        assert (error <= 5 * spread / K**0.5).all()
        assert_allclose(sample.var(0), spread**2, rtol=0.2)


@pytest.mark.parametrize(("cls", "shape"), ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_elements_are_dropped_one_by_one(cls, shape):
    _, kept = masked(cls(P), inputs(shape))
    kept = torch.stack(kept)
    assert kept.shape == (K, *shape[1:])
    first, second = kept.reshape(K, -1)[:, :2].numpy().T
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / K**0.5


@pytest.mark.parametrize(("cls", "shape"), CHANNELWISE.values(), ids=CHANNELWISE)
def test_channels_are_dropped_whole(cls, shape):
    layer, x = cls(P), inputs(shape)
    outputs, kept = masked(layer, x, n_draws=50)
    assert kept[0].shape == (shape[1], *(1 for _ in shape[2:]))
    dropped = torch.isclose(outputs, by_formula(layer, x, x != x), rtol=1e-9)
    per_channel = dropped.reshape(50, *shape[:2], -1).double().mean(-1)
    assert set(per_channel.unique().tolist()) == {0.0, 1.0}


def test_a_channel_layer_on_plain_features_drops_each():
    outputs, kept = masked(nn.FeatureAlphaDropout(P), inputs((5, 8)), n_draws=3)
    assert kept[0].shape == (8,)
    assert outputs.shape == (3, 5, 8)


@pytest.mark.parametrize(("cls", "shape"), ALL.values(), ids=ALL)
def test_all_rows_share_a_mask_in_any_batch(cls, shape):
    layer, x = cls(P), inputs(shape)
    together, _ = masked(layer, x, n_draws=5)
    apart = torch.cat([masked(layer, x[i : i + 1], n_draws=5)[0] for i in range(5)], 1)
    assert_array_equal(together, apart)


def test_derived_layers_are_what_they_derive_from():
    class Mine(nn.Dropout):
        pass

    class MineAlpha(nn.AlphaDropout):
        pass

    class MineChannels(nn.Dropout2d):
        pass

    x = inputs((5, 3, 2, 2))
    pairs = [(Mine, nn.Dropout), (MineAlpha, nn.AlphaDropout)]
    for mine, theirs in [*pairs, (MineChannels, nn.Dropout2d)]:
        assert_array_equal(masked(mine(P), x, 5)[0], masked(theirs(P), x, 5)[0])


def test_each_layer_call_draw_and_seed_has_its_own_mask():
    layer, x = nn.Dropout(0.5).eval(), inputs((2, 64))
    outputs = []
    for seed in (0, 1):
        masks = Masks(seed, ["a", "b"])
        for name in ("a", "b"):
            handle = layer.register_forward_hook(masks.hook(name))
            for masks.draw in range(2):
                masks.calls.clear()
                outputs += [layer(x), layer(x)]
            handle.remove()
    different = {tuple(output.ravel().tolist()) for output in outputs}
    assert len(different) == len(outputs) == 16


def test_masks_stay_the_same_once_made():
    layer, x = nn.Dropout(0.5), inputs((2, 64))
    assert_array_equal(masked(layer, x, 3)[0], masked(layer, x, 3)[0])
    assert abs(masked(layer, x, 3)[0] - masked(layer, x, 3, seed=1)[0]).max() > 0


def test_masks_know_neither_order_nor_number_of_draws():
    x = inputs((2, 64))
    many, _ = masked(nn.Dropout(0.5), x, 5)
    few, _ = masked(nn.Dropout(0.5), x, 2)
    assert_array_equal(many[:2], few)


def test_inputs_that_change_shape_are_refused():
    masks, layer = Masks(0, ["only"]), nn.Dropout(0.5).eval()
    layer.register_forward_hook(masks.hook("only"))
    layer(inputs((2, 8)))
    masks.calls.clear()
    with pytest.raises(ValueError, match=r"shapes \(8,\) and \(9,\) in the same call"):
        layer(inputs((2, 9)))


@pytest.mark.parametrize("cls", [nn.Dropout, nn.AlphaDropout])
def test_everything_dropped_is_zero_as_in_training(cls):
    layer, x = cls(1.0), inputs((5, 8))
    ours, _ = masked(layer, x, n_draws=3)
    assert_array_equal(ours[0], layer.train()(x))
    assert (ours == 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_dtype_is_that_of_the_input(dtype):
    x = inputs((5, 8)).to(dtype)
    for cls in (nn.Dropout, nn.AlphaDropout):
        assert masked(cls(P), x, n_draws=2)[0].dtype == dtype


def test_inputs_stay_as_they_are():
    x = inputs((5, 8))
    before = x.clone()
    masked(nn.Dropout(0.5, inplace=True), x, n_draws=2)
    assert_array_equal(x, before)
