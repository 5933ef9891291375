"""Dropout inside recurrent and attention layers: the same outputs, with masks."""

import copy
import functools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.frozen import FrozenEstimator

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier, NeuralNetRegressor  # noqa: E402
from torch import nn  # noqa: E402

from skactive import BALD  # noqa: E402
from skactive.samplers import DropoutSampler  # noqa: E402
from skactive.samplers.dropout._draws import dropouts_of  # noqa: E402
from skactive.samplers.dropout._revealed import reveal  # noqa: E402

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 20)).astype(np.float32)
Y = np.arange(12) % 3


def revealed(layer):
    torch.manual_seed(0)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5)
    own = copy.deepcopy(layer.eval())
    reveal(own)
    return own


RECURRENT = [
    {},
    {"batch_first": True},
    {"bidirectional": True},
    {"bias": False, "num_layers": 2},
]


@pytest.mark.parametrize("options", RECURRENT)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "relu", "projected"])
def test_without_a_mask_recurrent_layers_are_themselves(kind, options):
    options = {"num_layers": 3, "dropout": 0.5, **options}
    if kind == "relu":
        kind, options["nonlinearity"] = "RNN", "relu"
    if kind == "projected":
        kind, options["proj_size"] = "LSTM", 2
    layer = getattr(nn, kind)(4, 3, **options)
    own = revealed(layer)
    assert list(dropouts_of(own)) == ["inside"]
    assert type(layer) is getattr(nn, kind)  # not the one that was copied
    given = torch.randn(5, 5, 4)
    _, hidden = layer(given)
    for hx in (None, hidden):
        ours, theirs = own(given, hx), layer(given, hx)
        assert_allclose(ours[0].detach(), theirs[0].detach(), atol=1e-6)
        states = (o[1] if kind == "LSTM" else [o[1]] for o in (ours, theirs))
        for a, b in zip(*states, strict=True):
            assert_allclose(a.detach(), b.detach(), atol=1e-6)


ATTENTIONS = [
    {},
    {"bias": False},
    {"add_bias_kv": True, "add_zero_attn": True},
    {"kdim": 3, "vdim": 5},
    {"batch_first": False},
]


@pytest.mark.parametrize("options", ATTENTIONS)
@pytest.mark.parametrize("averaged", [True, False])
def test_without_a_mask_attention_is_itself(options, averaged):
    options = {"batch_first": True, **options}
    layer = nn.MultiheadAttention(8, 2, dropout=0.5, **options)
    own = revealed(layer)
    assert list(dropouts_of(own)) == ["inside"]
    q, k, v = (
        torch.randn(3, 4, e)
        for e in (8, options.get("kdim", 8), options.get("vdim", 8))
    )
    padded = torch.zeros((3, 4) if options["batch_first"] else (4, 3), dtype=bool)
    padded[:, -1] = True
    causal = torch.triu(torch.ones(*(2 * [4 if options["batch_first"] else 3])), 1)
    call = {"key_padding_mask": padded, "average_attn_weights": averaged}
    call |= {"attn_mask": causal.bool()} if options["batch_first"] else {}
    if not options["batch_first"]:
        call["key_padding_mask"] = None
    ours, theirs = own(q, k, v, **call), layer(q, k, v, **call)
    for a, b in zip(ours, theirs, strict=True):
        assert_allclose(a.detach(), b.detach(), atol=1e-6)
    ours, theirs = (f(q, k, v, need_weights=False) for f in (own, layer))
    assert_allclose(ours[0].detach(), theirs[0].detach(), atol=1e-6)
    assert ours[1] is theirs[1] is None


def test_a_mask_lies_between_single_layers():
    layer = nn.LSTM(4, 3, num_layers=2, dropout=0.5)
    own = revealed(layer)
    mask = torch.rand(7, 1, 3) < 0.5  # one for all points, which come second here
    own.inside.register_forward_hook(
        lambda _, args, out: out * mask.transpose(0, 1) * 2
    )
    singles = [nn.LSTM(4, 3), nn.LSTM(3, 3)]
    for i, single in enumerate(singles):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            setattr(single, f"{name}_l0", getattr(own, f"{name}_l{i}"))
    given = torch.randn(7, 5, 4)
    expected = singles[1](singles[0](given)[0] * mask * 2)[0]
    assert_allclose(own(given)[0].detach(), expected.detach(), atol=1e-6)


class Recurrent(nn.Module):
    def __init__(self, kind="LSTM", **options):
        super().__init__()
        options = {"num_layers": 3, "dropout": 0.4, "batch_first": True, **options}
        self.first = options["batch_first"]
        self.part = getattr(nn, kind)(4, 8, **options)
        self.last = nn.Linear(8 * (1 + self.part.bidirectional), 3)

    def forward(self, X):
        X = X.view(-1, 5, 4)
        X = X if self.first else X.transpose(0, 1)
        out = self.part(X)[0]
        return self.last(4 * (out[:, -1] if self.first else out[-1]))


class Attentive(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.up, self.last, self.kind = nn.Linear(4, 8), nn.Linear(8, 3), kind
        if kind == "attention":
            self.part = nn.MultiheadAttention(8, 2, dropout=0.4, batch_first=True)
            return
        cls = {"decoder": nn.TransformerDecoderLayer}.get(
            kind, nn.TransformerEncoderLayer
        )
        self.part = cls(8, 2, 16, dropout=0.3, batch_first=True)
        if kind == "stack":
            self.part = nn.TransformerEncoder(self.part, 2)
        if kind == "only in attention":
            for layer in self.part.modules():
                if isinstance(layer, nn.Dropout):
                    layer.p = 0.0

    def forward(self, X):
        X = self.up(X.view(-1, 5, 4))
        inputs = {"attention": 3, "decoder": 2}.get(self.kind, 1)
        out = self.part(*[X] * inputs)
        return self.last(4 * (out[0] if inputs == 3 else out).mean(dim=1))


NETS = {
    "LSTM": lambda: Recurrent(),
    "LSTM, points second": lambda: Recurrent(batch_first=False, bidirectional=True),
    "GRU": lambda: Recurrent("GRU"),
    "RNN": lambda: Recurrent("RNN"),
    "attention": lambda: Attentive("attention"),
    "encoder": lambda: Attentive("encoder"),
    "encoder, only in attention": lambda: Attentive("only in attention"),
    "stack of encoders": lambda: Attentive("stack"),
    "decoder": lambda: Attentive("decoder"),
}


def sampler_of(make, n_draws=5):
    torch.manual_seed(1)
    net = NeuralNetClassifier(make(), criterion=nn.CrossEntropyLoss).initialize()
    return DropoutSampler(FrozenEstimator(net), n_draws=n_draws).fit(X, Y)


class Tiny(nn.Module):
    """A net of so few masks that all of them are met: half of what it drops is 0."""

    def __init__(self, part, points_second=False):
        super().__init__()
        self.part, self.points_second = part, points_second
        for parameter in self.parameters():
            nn.init.normal_(parameter)

    def forward(self, X):
        X = X.view(len(X), -1, 2)
        X = X.transpose(0, 1) if self.points_second else X
        part = self.part
        if isinstance(part, nn.TransformerDecoderLayer):
            out = part(X, X + 1)
        elif isinstance(part, nn.MultiheadAttention):
            out = part(X, X, X)[0]
        else:
            out = part(X)
        out = out[0] if isinstance(out, tuple) else out
        return (out.transpose(0, 1) if self.points_second else out).flatten(1)


def recurrent(kind, hidden=1, num_layers=3, **options):
    options = {"batch_first": True, "dropout": 0.5, **options}
    part = getattr(nn, kind)(2, hidden, num_layers, **options)
    return Tiny(part, not options["batch_first"]), 2


def attention(steps=2, heads=1, batch_first=True):
    part = nn.MultiheadAttention(2, heads, 0.5, batch_first=batch_first)
    return Tiny(part, not batch_first), steps


def transformer(cls, steps, only=None):
    """With dropout everywhere, or only where layers have some names."""
    part = cls(2, 1, 1, 0.5, "gelu", batch_first=True, norm_first=True)
    if cls is ENCODER:
        layers = 2 if steps == 1 and only else 1
        part = nn.TransformerEncoder(part, layers, enable_nested_tensor=False)
    for name, layer in part.named_modules():
        if only and name.split(".")[-1] not in only:
            vars(layer).update({p: 0.0 for p in ("p", "dropout") if p in vars(layer)})
    return Tiny(part), steps


ENCODER, DECODER = nn.TransformerEncoderLayer, nn.TransformerDecoderLayer
TINY = {
    "LSTM": lambda: recurrent("LSTM"),
    "GRU": lambda: recurrent("GRU"),
    "RNN": lambda: recurrent("RNN"),
    "projected": lambda: recurrent("LSTM", 2, proj_size=1),
    "points second": lambda: recurrent("LSTM", batch_first=False),
    "both ways": lambda: recurrent("GRU", num_layers=2, bidirectional=True),
    "attention": attention,
    "attention, points second": lambda: attention(batch_first=False),
    "heads": lambda: attention(1, heads=2),
    "encoder": lambda: transformer(ENCODER, 1),
    "encoders": lambda: transformer(ENCODER, 1, only=["self_attn", "dropout"]),
    "encoder, only in attention": lambda: transformer(ENCODER, 2, only=["self_attn"]),
    "decoder": lambda: transformer(DECODER, 1, only=["self_attn", "dropout"]),
    "decoder, across": lambda: transformer(DECODER, 2, only=["multihead_attn"]),
}


@functools.cache
def tiny(name):
    """Draws of a tiny net, (n, k, c), the net, and the points."""
    torch.manual_seed(3)
    module, steps = TINY[name]()
    net = NeuralNetRegressor(module.double()).initialize()
    points = np.random.default_rng(0).normal(size=(3, 2 * steps))
    # of 64 masks, or of 16 at most
    n_draws = 1000 if name == "encoder" else 300
    sampler = DropoutSampler(FrozenEstimator(net), n_draws=n_draws)
    return sampler.fit(points, points).draw(points, 0), net.module_, points


def in_training(module, point, n=20_000):
    """What passes in training mode make of one point: (n, c)."""
    torch.manual_seed(4)
    with torch.no_grad():
        return module.train()(torch.as_tensor(point).repeat(n, 1))


def same_outcomes(draws, passes):
    """Whether both have the same values, each as often but for chance."""
    (ours, m), (theirs, n) = (
        np.unique(np.asarray(f).round(8), axis=0, return_counts=True)
        for f in (draws, passes)
    )
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, atol=1e-7):
        return False
    share = (m + n) / (m.sum() + n.sum())
    error = (share * (1 - share) * (1 / m.sum() + 1 / n.sum())) ** 0.5
    return bool((abs(m / m.sum() - n / n.sum()) < 5 * error).all())


@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_draws_have_the_values_of_training_as_often(name):
    """All masks of a tiny net are met: its distribution, not its variance alone."""
    f_nkc, module, points = tiny(name)
    for f_kc, point in zip(f_nkc, points, strict=True):
        assert len(np.unique(np.asarray(f_kc).round(8), axis=0)) >= 4
        assert same_outcomes(f_kc, in_training(module, point))


@pytest.mark.parametrize("p", [0.0, 0.75], ids=["missing", "doubled"])
@pytest.mark.parametrize("name", TINY)
def test_a_single_wrong_dropout_would_be_found(name, p):
    """One left out, or put on twice: 0 in three of four cases, else four times."""
    f_nkc, module, points = tiny(name)
    layers = [(m, at) for m in module.modules() for at in ("p", "dropout")]
    active = [(m, at) for m, at in layers if vars(m).get(at) == 0.5]
    assert active
    for layer, at in active:
        setattr(layer, at, p)
        pairs = zip(f_nkc, points, strict=True)
        assert not all(same_outcomes(f, in_training(module, x)) for f, x in pairs)
        setattr(layer, at, 0.5)


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_draw_is_one_function(make):
    sampler = sampler_of(make)
    functions = sampler.functions(np.random.default_rng(0))
    p_nkc = functions(X)
    assert p_nkc.std(dim=1).max() > 1e-3
    assert_allclose(functions(X[4:6]), p_nkc[4:6], atol=1e-5)
    assert_allclose(functions(X[::-1].copy()), p_nkc.flip(0), atol=1e-5)
    assert_allclose(sampler.draw(X, 0), p_nkc, atol=1e-5)
    assert type(sampler._final.module_.part).__module__.startswith("torch.nn")
    assert "part.inside" not in dict(sampler._final.module_.named_modules())


def test_a_strategy_of_a_net_that_drops_only_there():
    net = NeuralNetClassifier(
        Recurrent,
        criterion=nn.CrossEntropyLoss,
        max_epochs=1,
        verbose=0,
        train_split=None,
    )
    strategy = BALD(net, random_state=0).fit(X, Y)
    assert isinstance(strategy.sampler_, DropoutSampler)
    assert len(set(strategy.query(X, 3))) == 3


class Packed(Recurrent):
    def forward(self, X):
        lengths = torch.full((len(X),), 5)
        packed = nn.utils.rnn.pack_padded_sequence(
            X.view(-1, 5, 4), lengths, batch_first=True
        )
        return self.last(self.part(packed)[1][0][-1])


def test_packed_sequences_are_refused():
    with pytest.raises(ValueError, match=r"LSTM has dropout=0\.4 between.*PackedSeq"):
        sampler_of(Packed)


class Mine(nn.LSTM):
    def forward(self, input, hx=None):
        return super().forward(2 * input, hx)


class WithMine(Recurrent):
    def __init__(self):
        super().__init__()
        self.part = Mine(4, 8, num_layers=2, dropout=0.4, batch_first=True)


def test_a_forward_pass_of_ones_own_is_refused():
    with pytest.raises(ValueError, match=r"Mine 'part' has dropout=0\.4 .* its own"):
        sampler_of(WithMine)
