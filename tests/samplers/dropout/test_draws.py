"""Queries use copies of the net: threads, workers and interrupts do not interfere."""

import functools
import sys
import threading

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import NeuralNetClassifier  # noqa: E402
from torch import nn  # noqa: E402

from skactive import BALD, ICAL, BatchBALD, Entropy  # noqa: E402
from skactive.model_selection import StrategySearchCV  # noqa: E402
from skactive.samplers import BootstrapSampler, DropoutSampler  # noqa: E402
from skactive.samplers.dropout._draws import PerThread, dropouts_of  # noqa: E402
from tests.nets import Perceptron  # noqa: E402
from tests.zoo import data  # noqa: E402

X64, Y, _ = data()
X = X64.astype(np.float32)


def net(module=Perceptron, **params):
    common = {"verbose": 0, "max_epochs": 2, "lr": 0.1, "train_split": None}
    common = {**common, "criterion": nn.CrossEntropyLoss, "batch_size": 16}
    return NeuralNetClassifier(module, **{**common, **params})


class Normalised(nn.Module):
    """Batch statistics, two kinds of dropout and an output stored on the module."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(6, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Linear(9, 9), nn.Tanh(), nn.AlphaDropout(0.2), nn.Linear(9, 3)),
        )

    def forward(self, X):
        self.kept = self.layers(X)
        return self.kept


@pytest.fixture
def finely_switched():
    """Make the interpreter switch threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def in_threads(n, work):
    """What each of several threads returned, or the error that it raised."""
    results = [None] * n

    def run(i):
        try:
            results[i] = work(i)
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def state_of(module):
    """Everything in a module that a query could change."""
    layers = list(module.modules())
    return (
        [dict(vars(layer)) for layer in layers],
        [dict(layer._forward_hooks) for layer in layers],
        [dict(layer._forward_pre_hooks) for layer in layers],
        [buffer.clone() for buffer in module.buffers()],
    )


def assert_untouched(module, before):
    now = state_of(module)
    for one, other in zip(now[0], before[0], strict=True):
        assert one.keys() == other.keys()
        assert all(one[name] is other[name] for name in one)
    assert now[1:3] == before[1:3]
    for one, other in zip(now[3], before[3], strict=True):
        assert_array_equal(one, other)


MODELS = {
    "dropout": lambda: DropoutSampler(net(Normalised), n_draws=4),
    "perceptron": lambda: DropoutSampler(net(), n_draws=4),
    "list": lambda: [net(Normalised), net(Normalised)],
    "bootstrap": lambda: BootstrapSampler(net(Normalised), n_draws=2),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
@pytest.mark.usefixtures("finely_switched")
def test_twenty_threads_choose_what_one_chooses(make):
    """Another thread predicts with the same nets meanwhile, and is not disturbed."""
    strategy = BALD(make(), random_state=0).fit(X, Y)
    expected, right = strategy.query(X, 5), strategy.predict_proba(X)
    chance, stop = torch.get_rng_state(), threading.Event()
    predicted = []

    def work(i):
        if i:
            return strategy.query(X, 5)
        while not stop.is_set():
            predicted.append(strategy.estimator_.predict_proba(X))
        return expected

    predictor = threading.Thread(target=work, args=(0,))
    with torch.random.fork_rng():  # predictions of skorch's own use up torch's chance
        predictor.start()
        batches = in_threads(20, lambda i: work(i + 1))
        stop.set()
        predictor.join()
    for batch in batches:
        assert_array_equal(batch, expected)
    assert predicted
    for p_nc in predicted:
        assert_allclose(p_nc, right, rtol=1e-5, atol=1e-6)
    assert_array_equal(torch.get_rng_state(), chance)


@pytest.mark.usefixtures("finely_switched")
def test_threads_share_functions():
    sampler = DropoutSampler(net(Normalised), n_draws=4, random_state=0).fit(X, Y)
    functions = sampler.functions(np.random.default_rng(0))
    rows = [np.random.default_rng(i).permutation(40)[: 5 + i] for i in range(12)]
    expected = [functions(X[r]) for r in rows]
    for _ in range(3):
        for draws, ours in zip(
            in_threads(12, lambda i: functions(X[rows[i]])), expected, strict=True
        ):
            assert_array_equal(draws, ours)


@pytest.mark.parametrize("thin", [True, False])
def test_a_net_is_not_touched_while_a_query_is_at_work(thin):
    sampler = DropoutSampler(net(Normalised), n_draws=3, random_state=0, thin=thin)
    sampler.fit(X, Y)
    module, seen = sampler.estimator_.module_.train(), []
    before, forward = state_of(module), nn.Module.__call__
    shared = {"module": module}  # a hook that held it would be made to hold the copy

    def watch(layer, args):
        assert layer is not shared["module"].layers[3]
        seen.append(len(args[0]))
        assert nn.Module.__call__ is forward
        assert_untouched(shared["module"], watched)

    module.layers[3].register_forward_pre_hook(watch)
    watched = state_of(module)
    sampler.draw(X, 0)
    sampler.embed(X)
    assert seen
    assert_untouched(module, watched)
    module.layers[3]._forward_pre_hooks.clear()
    assert_untouched(module, before)


class Interrupted(Perceptron):
    """Raises KeyboardInterrupt in the forward pass of a given number."""

    left = np.inf

    def forward(self, X):
        type(self).left -= 1
        if self.left < 0:
            type(self).left = np.inf
            raise KeyboardInterrupt
        return super().forward(X)


@pytest.mark.parametrize("passes", [0, 1, 2, 5])
@pytest.mark.parametrize("thin", [True, False])
def test_an_interrupt_leaves_nothing_behind(passes, thin):
    """Net and torch are as before, even if torch.fx was tracing (the first pass)."""
    sampler = DropoutSampler(net(Interrupted), n_draws=4, random_state=0, thin=thin)
    sampler.fit(X, Y)
    functions = sampler.functions(np.random.default_rng(0))
    expected = sampler.draw(X, 0)
    module, chance = sampler.estimator_.module_.train(), torch.get_rng_state()
    methods = {name: vars(nn.Module)[name] for name in ("__call__", "__getattr__")}
    before = state_of(module)
    Interrupted.left = passes
    if thin and passes:  # the tracer passes once, and what is traced no more
        Interrupted.left = 0
    with pytest.raises(KeyboardInterrupt):
        functions(X)
    assert_untouched(module, before)
    assert all(vars(nn.Module)[name] is methods[name] for name in methods)
    assert_array_equal(torch.get_rng_state(), chance)
    assert torch.is_grad_enabled()
    assert_allclose(functions(X), expected, rtol=1e-6)
    assert torch.isfinite(nn.Linear(6, 2)(torch.ones(1, 6))).all()


def test_each_thread_has_one_of_its_own():
    made = []
    per_thread = PerThread(lambda: made.append(threading.get_ident()) or len(made))
    assert (per_thread.get(), per_thread.get()) == (1, 1)
    assert sorted(in_threads(3, lambda i: (per_thread.get(), per_thread.get()))) == [
        (2, 2),
        (3, 3),
        (4, 4),
    ]
    assert len(made) == 4


@pytest.mark.slow
@pytest.mark.parametrize("processes", [False, True])
def test_workers_of_four_threads_choose_what_one_thread_chooses(processes):
    """By default all threads of a dask worker share one net."""
    da = pytest.importorskip("dask.array")
    distributed = pytest.importorskip("distributed")
    pool = (
        np.tile(X, (6, 1))
        + np.repeat(np.float32([0, 0.1, 0.2, 0.3, 0.4, 0.5]), 40)[:, None]
    )
    blocks = da.from_array(pool, chunks=(16, -1))
    strategies = [
        strategy(DropoutSampler(net(), n_draws=6), random_state=0).fit(X, Y)
        for strategy in (BALD, BatchBALD, functools.partial(ICAL, n_condense=20))
    ]
    expected = [strategy.query(pool, 4) for strategy in strategies]
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=4,
            processes=processes,
            dashboard_address=None,
        ) as cluster,
        distributed.Client(cluster),
    ):
        for strategy, batch in zip(strategies, expected, strict=True):
            assert_array_equal(strategy.query(blocks, 4), batch)


def test_a_search_in_threads_has_the_scores_of_one_in_turn():
    """Fits take turns, as torch has a single generator; queries run in parallel."""
    strategies = {
        "bald": BALD(DropoutSampler(net(), n_draws=4)),
        "entropy": Entropy(net(Normalised)),
    }
    search = StrategySearchCV(strategies, n=3, rounds=2, cv=3, random_state=0)
    chance = torch.get_rng_state()
    in_turn = search.set_params(n_jobs=None).fit(X, Y).cv_results_["mean_test_score"]
    with joblib.parallel_config(backend="threading", n_jobs=4):
        search.set_params(n_jobs=4).fit(X, Y)
    assert_array_equal(search.cv_results_["mean_test_score"], in_turn)
    del chance


class Encoder(nn.Module):
    """torch's encoder layer without dropout in its attention."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(2, 2, 8, dropout=0.5, batch_first=True)
        layer.self_attn.dropout = 0.0
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.last = nn.Linear(6, 3)

    def forward(self, X):
        return self.last(self.encoder(X.view(-1, 3, 2)).flatten(1))


@pytest.mark.parametrize("thin", [True, False])
def test_encoders_are_kept_off_their_fast_path(thin, monkeypatch):
    """The fast path skips dropout layers; torch < 2.5 takes it in spite of hooks."""
    sampler = DropoutSampler(net(Encoder), n_draws=3, random_state=0, thin=thin)
    sampler.fit(X, Y)
    fast = torch.backends.mha.get_fastpath_enabled()
    monkeypatch.setattr(
        torch, "_transformer_encoder_layer_fwd", None
    )  # the fast path: nobody may take it
    draws = sampler.draw(X, 0)
    assert draws.std(1).max() > 0.01
    assert abs(draws[:, 0] - draws[:, 1]).max() > 0.01
    assert torch.backends.mha.get_fastpath_enabled() == fast
    own = sampler._subnetworks(0, 2).module.encoder.layers
    assert [layer.training for layer in own] == [True, True]
    assert not any(part.training for layer in own for part in layer.children())


def test_active_dropout_layers_are_known_by_name():
    module = nn.Sequential(
        nn.Dropout(0.5), nn.Dropout(0.0), nn.Sequential(nn.Dropout())
    )
    assert list(dropouts_of(module)) == ["0", "2.0"]
