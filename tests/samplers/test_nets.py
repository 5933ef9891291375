"""Copies of nets share the parameters and nothing else."""

import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from torch import nn  # noqa: E402

from skactive import BALD, Entropy  # noqa: E402
from skactive.samplers import BootstrapSampler, as_sampler  # noqa: E402
from skactive.samplers._nets import (  # noqa: E402
    bare_copy,
    evaluated,
    is_net,
    loader,
    own_net,
    seeded,
)
from tests.nets import Perceptron  # noqa: E402
from tests.zoo import data  # noqa: E402

X64, Y, _ = data()
X = X64.astype(np.float32)


def net(module=Perceptron, cls=skorch.NeuralNetClassifier, **params):
    common = {"verbose": 0, "max_epochs": 2, "train_split": None, "batch_size": 16}
    return cls(module, criterion=nn.CrossEntropyLoss, **common, **params)


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.last = nn.BatchNorm1d(6), nn.Linear(6, 3)
        self.seen = []

    def forward(self, X):
        self.seen.append(len(X))
        self.kept = {"output": (self.last(self.norm(X)),)}
        return self.kept["output"][0]


def test_a_copy_shares_parameters_and_nothing_else():
    trained = net(Normalised).fit(X, Y)
    own, module = own_net(trained), trained.module_
    assert type(own) is type(trained)
    assert not any(layer.training for layer in own.module_.modules())
    assert module.training
    parameters = zip(own.module_.parameters(), module.parameters(), strict=True)
    assert all(ours is theirs for ours, theirs in parameters)
    buffers = zip(own.module_.buffers(), module.buffers(), strict=True)
    for ours, theirs in buffers:
        assert ours is not theirs
        assert_array_equal(ours, theirs)
    assert own.module_.seen == module.seen
    assert own.module_.seen is not module.seen
    assert module.kept["output"][0].grad_fn is not None  # copy.deepcopy refuses it
    assert_array_equal(own.module_.kept["output"][0], module.kept["output"][0].detach())


def test_its_predictions_are_the_nets_and_leave_no_trace_in_it():
    trained = net(Normalised).fit(X, Y)
    own, chance = own_net(trained), torch.get_rng_state()
    n_seen, kept = len(trained.module_.seen), trained.module_.kept
    predicted = own.predict_proba(X)
    assert trained.module_.training
    assert len(trained.module_.seen) == n_seen
    assert trained.module_.kept is kept
    assert_array_equal(torch.get_rng_state(), chance)
    assert_array_equal(predicted, trained.predict_proba(X))


class Several(skorch.NeuralNetClassifier):
    """A net of two modules with a forward pass of its own."""

    def initialize_module(self):
        super().initialize_module()
        self.scale_ = nn.BatchNorm1d(6)
        return self

    def infer(self, x, **params):
        self.seen = x
        return super().infer(self.scale_(x), **params)


def test_all_modules_of_a_net_are_copied():
    trained = net(cls=Several).fit(X, Y)
    trained.scale_.train()
    expected = own_net(trained).predict_proba(X)
    assert trained.scale_.training
    assert trained.module_.training
    assert trained.seen is not None
    assert_allclose(trained.predict_proba(X), expected, rtol=1e-6)


def test_a_loader_draws_its_seed_elsewhere():
    trained, chance = net().fit(X, Y), None
    chance = torch.get_rng_state()
    assert len(list(loader(trained, trained.get_dataset(X)))) == 3
    assert_array_equal(torch.get_rng_state(), chance)
    list(trained.get_iterator(trained.get_dataset(X)))
    assert not torch.equal(torch.get_rng_state(), chance)


def test_a_generator_of_the_users_is_not_used_up():
    generator = torch.Generator().manual_seed(3)
    trained = net(iterator_valid__generator=generator).fit(X, Y)
    before = generator.get_state()
    own_net(trained).predict_proba(X)
    assert_array_equal(generator.get_state(), before)


def test_hooks_go_on_watching():
    trained, seen = net().fit(X, Y), []
    layers = trained.module_.layers
    layers[0].register_forward_hook(lambda m, args, out: seen.append(m) or 2 * out)
    layers[3].register_forward_pre_hook(
        lambda m, args: (args[0] + layers[0].bias.sum(),)
    )
    expected = trained.predict_proba(X)
    own = own_net(trained)
    n_seen = len(seen)
    assert_allclose(own.predict_proba(X), expected, rtol=1e-6)
    assert len(seen) == 2 * n_seen
    assert seen[-1] is own.module_.layers[0]
    assert not any(layer._forward_hooks for layer in bare_copy(own.module_).modules())


def test_a_forward_of_its_own_calls_the_copy():
    trained = net().fit(X, Y)
    module, called = trained.module_, []
    module.forward = lambda X: 2 * module.layers(X)
    module.layers.register_forward_pre_hook(lambda m, args: called.append(m))
    expected = trained.predict_proba(X)
    called.clear()
    own = own_net(trained)
    assert_array_equal(own.predict_proba(X), expected)
    assert set(called) == {own.module_.layers}


class Locked(Perceptron):
    def forward(self, X):
        self.lock = threading.Lock()
        return super().forward(X)


def test_what_cannot_be_copied_is_named_by_fit():
    strategy = BALD(net(Locked), random_state=0)
    with pytest.raises(TypeError, match=r"copy of the net, but 'lock' of Locked ''"):
        strategy.fit(X, Y)


def test_a_copy_dies_with_its_use():
    """A reference cycle would keep the buffers and masks of every query alive."""
    import gc
    import weakref

    trained = net(Normalised).fit(X, Y)
    gc.collect()
    gc.disable()
    try:
        own = own_net(trained)
        own.predict_proba(X)
        gone = [weakref.ref(own), weakref.ref(own.module_)]
        del own
        assert [ref() for ref in gone] == [None, None]
    finally:
        gc.enable()


class Wrapper(BaseEstimator):
    """A transformer that contains a net."""

    def __init__(self, net):
        self.net = net

    def fit(self, X, y):
        self.net_ = clone(self.net).fit(X, y)
        return self

    def transform(self, X):
        return self.net_.predict_proba(X)


def forest():
    return RandomForestClassifier(5, random_state=0)


WITH_NETS = {
    "list": lambda n: [n, FrozenEstimator(n)],
    "vote": lambda n: VotingClassifier([("a", n), ("b", forest())], voting="soft"),
    "pipeline": lambda n: make_pipeline(FunctionTransformer(), n),
    "within a pipeline": lambda n: make_pipeline(Wrapper(n), forest()),
    "bagging": lambda n: BaggingClassifier(n, 2, random_state=0),
    "calibration": lambda n: CalibratedClassifierCV(n, cv=2),
    "search": lambda n: GridSearchCV(n, {"lr": [0.1, 0.2]}, cv=2),
}


def modules_in(part, seen):
    """Modules of all nets nested in a fitted model."""
    if id(part) in seen or isinstance(part, str | int | float | np.ndarray):
        return []
    seen.add(id(part))
    if is_net(part):
        return [part.module_] if hasattr(part, "module_") else []
    held = part if isinstance(part, list | tuple) else getattr(part, "__dict__", {})
    held = part.values() if isinstance(part, dict) else held
    held = held.values() if isinstance(held, dict) else held
    return [module for each in held for module in modules_in(each, seen)]


@pytest.mark.parametrize("make", WITH_NETS.values(), ids=WITH_NETS)
def test_nets_within_models_are_not_touched(make):
    sampler = as_sampler(make(net().fit(X, Y)), needs="mean").fit(X, Y)
    modules = modules_in(sampler.estimator_, set())
    assert modules
    for module in modules:
        module.train()
    chance = torch.get_rng_state()
    draws = sampler.draw(X, 0)
    assert all(module.training for module in modules)
    assert_array_equal(torch.get_rng_state(), chance)
    assert_array_equal(sampler.draw(X, 0), draws)


def test_refits_of_nets_are_not_touched():
    strategy = BALD(BootstrapSampler(net(), n_draws=3), random_state=0).fit(X, Y)
    modules = [member.module_.train() for member in strategy.sampler_.members_]
    chance = torch.get_rng_state()
    strategy.query(X, 3)
    assert all(module.training for module in modules)
    assert_array_equal(torch.get_rng_state(), chance)


def test_a_model_without_nets_is_itself():
    model = make_pipeline(FunctionTransformer(), forest()).fit(X, Y)
    assert evaluated(model) is model
    vote = VotingClassifier([("a", forest()), ("b", net())], voting="soft").fit(X, Y)
    again = evaluated(vote)
    assert again is not vote
    assert again.estimators_[0] is vote.estimators_[0]
    assert again.estimators_[1] is not vote.estimators_[1]
    assert again.named_estimators_["b"] is again.estimators_[1]


def test_only_models_of_others_take_turns(monkeypatch):
    """Forests neither wait for each other nor seed torch."""
    from skactive.samplers import _nets

    seeds = []

    class Turn:
        def __init__(self, seed, of_torch):
            seeds.append((seed, of_torch))

        def __enter__(self):
            return self

        def __exit__(self, *args):
            return False

    monkeypatch.setattr(_nets, "global_seed", Turn)
    for model in (forest(), make_pipeline(FunctionTransformer(), forest())):
        with seeded(model, 0):
            pass
    assert seeds == 2 * [(0, False)]
    for model in (net(), make_pipeline(net()), FrozenEstimator(net()), Wrapper(None)):
        with seeded(model, 1):
            pass
    assert seeds[2:] == 4 * [(1, True)]


def test_entropy_of_a_list_is_the_mean_of_its_nets():
    strategy = Entropy([net(), net()], random_state=0).fit(X, Y)
    mean = np.mean([m.predict_proba(X) for m in strategy.estimator_.estimators_], 0)
    assert_allclose(strategy.score_samples(X), -(mean * np.log(mean)).sum(1), rtol=1e-5)
