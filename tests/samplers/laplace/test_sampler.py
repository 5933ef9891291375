import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn import config_context
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
from skorch import (  # noqa: E402
    NeuralNetBinaryClassifier,
    NeuralNetClassifier,
    NeuralNetRegressor,
)
from torch import nn  # noqa: E402

from skactive import BALD, DEIMOS, BatchBALD, Entropy  # noqa: E402
from skactive.samplers import (  # noqa: E402
    DropoutSampler,
    LaplaceSampler,
    LinearSampler,
    as_sampler,
)
from skactive.samplers._picklable import PicklableFunctions  # noqa: E402
from skactive.samplers.laplace import _sampler as laplace_module  # noqa: E402
from skactive.samplers.laplace._prior import best_precision  # noqa: E402
from skactive.testing import check_sampler  # noqa: E402
from tests.nets import Perceptron  # noqa: E402
from tests.zoo import data  # noqa: E402

X64, Y, Y2 = data()
X, Y2 = X64.astype(np.float32), Y2.astype(np.float32)


class Plain(nn.Module):
    """A net without dropout that counts its forward passes."""

    def __init__(self, outputs=3, tail="", bias=True):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 8), nn.Tanh())
        self.last = nn.Linear(8, outputs, bias=bias)
        self.tail = tail

    def forward(self, X):
        z = self.last(self.trunk(X))
        if self.tail == "twice":
            return self.last(self.trunk(X) + 1)
        tails = {
            "": lambda z: z,
            "softmax": lambda z: z.softmax(-1),
            "log": lambda z: z.log_softmax(-1),
            "sigmoid": torch.sigmoid,
            "flat": lambda z: z[:, 0],
            "tuple": lambda z: (z, X),
            "scaled": lambda z: 2 * z,
            "clamped": lambda z: z.clamp(max=0),
        }
        return tails[self.tail](z)


def net(module=Plain, cls=NeuralNetClassifier, **params):
    if cls is NeuralNetClassifier:
        params = {"criterion": nn.CrossEntropyLoss, **params}
    common = {"verbose": 0, "max_epochs": 20, "lr": 0.1, "train_split": None}
    return cls(module, **{**common, "batch_size": 16, **params})


def fitted(module=Plain, y=Y, n_draws=5, estimator=None, **params):
    estimator = estimator or net(module, **params)
    return LaplaceSampler(estimator, n_draws=n_draws, random_state=0).fit(X, y)


def regressor(outputs=2, **params):
    return net(cls=NeuralNetRegressor, module__outputs=outputs, **params)


def linear_net(weights_cd, cls=NeuralNetClassifier, **params):
    """A trained net of one layer, in double precision."""
    layer = nn.Linear(weights_cd.shape[1], len(weights_cd), bias=False).double()
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weights_cd))
    module = nn.Sequential(nn.Identity(), layer)
    return FrozenEstimator(net(module, cls, **params).initialize())


@pytest.mark.parametrize("kind", ["several classes", "one logit", "two logits"])
def test_a_linear_net_is_a_logistic_regression(kind):
    two = kind != "several classes"
    X1, y = np.column_stack([X64, np.ones(len(X64))]), (Y > 0).astype(int) if two else Y
    model = LogisticRegression(C=0.5, fit_intercept=False, tol=1e-10, max_iter=5000)
    linear = LinearSampler(model, n_draws=20_000).fit(X1, y)
    w_cd, params, C = linear.estimator_.coef_, {}, 0.5
    if kind == "two logits":  # w / 2 and -w / 2, whose difference has twice the spread
        w_cd, C = np.vstack([-w_cd / 2, w_cd / 2]), 0.25
    if kind == "one logit":
        params = {"cls": NeuralNetBinaryClassifier}
    trained = linear_net(w_cd, **params)
    laplace = LaplaceSampler(trained, n_draws=20_000, prior_precision=1 / C)
    p_nkc = laplace.fit(X1, y.astype(float) if params else y).draw(X1[:20], 0).numpy()
    logits, expected = (
        np.log(p[..., 1:] / p[..., :1]) for p in (p_nkc, linear.draw(X1[:20], 1))
    )
    sd = expected.std(1)  # of normal draws: estimated to 1 / 200
    assert_allclose(logits.std(1), sd, rtol=0.03)
    assert (abs(logits.mean(1) - expected.mean(1)) < 0.05 * sd).all()


@pytest.mark.slow
def test_one_logit_against_quadrature():
    """One weight and a bias: the exact posterior on a grid against Laplace's draws."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=800)
    y = (rng.random(800) < expit(x - 0.5)).astype(int)
    X1 = np.column_stack([x, np.ones(800)])
    model = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-10).fit(X1, y)
    layer = nn.Linear(1, 1).double()
    with torch.no_grad():
        layer.weight.fill_(float(model.coef_[0, 0]))
        layer.bias.fill_(float(model.coef_[0, 1]))
    module = nn.Sequential(nn.Identity(), layer)
    trained = FrozenEstimator(net(module, NeuralNetBinaryClassifier).initialize())
    sampler = LaplaceSampler(trained, n_draws=20_000, prior_precision=0.5)
    at = np.array([[-2.0], [0.0], [1.0], [3.0]])
    draws = sampler.fit(x[:, None], y.astype(float)).draw(at, 0)[:, :, 1].numpy()

    w, b = np.meshgrid(np.linspace(-1, 3, 300), np.linspace(-2.5, 1.5, 300))
    z = w[..., None] * x + b[..., None]
    log_density = -(w**2 + b**2) / 4 - np.logaddexp(0, np.where(y, -z, z)).sum(-1)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    p = expit(w[..., None] * at[:, 0] + b[..., None])
    mean = (density[..., None] * p).sum((0, 1))
    sd = np.sqrt((density[..., None] * (p - mean) ** 2).sum((0, 1)))
    # normal against the posterior itself, which is not quite
    assert_allclose(draws.mean(1), mean, atol=0.01)
    assert_allclose(draws.std(1), sd, rtol=0.05)


def test_values_against_the_posterior_in_closed_form():
    sampler = fitted(estimator=regressor(), y=Y2, n_draws=20_000)
    w_dc = laplace_module._weights(sampler._final.module_.last)
    with torch.no_grad():
        phi = sampler._final.module_.trunk(torch.as_tensor(X)).double().numpy()
    phi = np.column_stack([phi, np.ones(len(phi))])
    residuals = Y2 - phi @ w_dc
    assert_allclose(sampler.noise_, (residuals**2).mean(0), rtol=1e-4)
    f_nkc = sampler.draw(X[:9], 0).numpy()
    for c, noise in enumerate(sampler.noise_):
        precision = phi.T @ phi / noise + sampler.prior_precision_ * np.eye(9)
        sd = np.sqrt(np.einsum("nd,de,ne->n", phi, np.linalg.inv(precision), phi))[:9]
        assert_allclose(f_nkc[..., c].std(1), sd, rtol=0.03)
        assert_allclose(
            f_nkc[..., c].mean(1), (phi @ w_dc)[:9, c], atol=5 * sd.max() / 141
        )


def test_noise_is_taken_as_given_or_has_a_floor():
    sampler = fitted(estimator=regressor(), y=Y2)
    given = clone(sampler).set_params(noise=2.0).fit(X, Y2)
    assert_array_equal(given.noise_, [2.0, 2.0])
    exact = FrozenEstimator(sampler._final)
    met = sampler._final.predict(X)
    assert_allclose(
        LaplaceSampler(exact).fit(X, met).noise_, 1e-4 * met.var(0), rtol=1e-4
    )


def test_strategies_take_nets_without_dropout():
    strategy = BALD(net(), random_state=0).fit(X, Y)
    assert isinstance(strategy.sampler_, LaplaceSampler)
    assert len(set(strategy.query(X, 4))) == 4
    assert isinstance(Entropy(net(), random_state=0).fit(X, Y).sampler_, DropoutSampler)
    values = DEIMOS(regressor(1, module__tail="flat"), random_state=0).fit(X, Y2[:, 0])
    assert isinstance(values.sampler_, LaplaceSampler)
    assert isinstance(as_sampler(net(Perceptron)), DropoutSampler)
    assert isinstance(as_sampler(net(Perceptron, module__p=0.0)), LaplaceSampler)
    assert isinstance(as_sampler(net(Perceptron()).initialize()), DropoutSampler)
    late = NeuralNetClassifier(nn.Linear)  # of as many features as data will have
    assert isinstance(as_sampler(late), DropoutSampler)


def test_looking_for_dropout_changes_nothing():
    torch.manual_seed(3)
    before, given = torch.get_rng_state(), net()
    as_sampler(given)
    assert torch.equal(torch.get_rng_state(), before)
    assert not hasattr(given, "module_")


def test_the_trunk_runs_once():
    sampler, calls = fitted(n_draws=30), []
    sampler._final.module_.trunk.register_forward_hook(
        lambda *args: calls.append(len(args[2]))
    )
    sampler.draw(X, 0)
    assert sum(calls) == len(X)


def test_draws_are_nets_with_other_last_layers():
    sampler = fitted(n_draws=4)
    functions = sampler.functions(np.random.default_rng(0))
    p_nkc, net_ = functions(X), sampler._final
    e_kdc = np.random.default_rng(0).standard_normal((4, 9, 3))
    w_dc = laplace_module._weights(net_.module_.last)
    u_kdc = sampler._curvature.whitened(e_kdc, sampler.prior_precision_)
    for k, u_dc in enumerate(u_kdc):
        w = torch.as_tensor(w_dc + u_dc).float()
        other = clone(net_).initialize()
        other.module_.load_state_dict(net_.module_.state_dict())
        with torch.no_grad():
            other.module_.last.weight.copy_(w[:-1].T)
            other.module_.last.bias.copy_(w[-1])
        assert_allclose(p_nkc[:, k], other.predict_proba(X), atol=1e-5)


def test_dropout_is_off():
    sampler = fitted(Perceptron, n_draws=2000)
    with config_context(working_memory=1):
        p_nkc = sampler.draw(X, 0)
    assert p_nkc.std(1).max() > 0.01
    assert_array_equal(p_nkc, sampler.draw(X, 0))
    still = LaplaceSampler(sampler._final, prior_precision=1e12)
    still.estimator = FrozenEstimator(sampler._final)
    expected = sampler._final.predict_proba(X)
    assert_allclose(still.fit(X, Y).draw(X, 0)[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("tail", "params"),
    [
        ("log", {}),
        ("tuple", {}),
        ("softmax", {"criterion": nn.NLLLoss}),
    ],
)
def test_what_follows_the_last_layer(tail, params):
    plain = fitted(n_draws=3)
    other = net(module__tail=tail, **params).initialize()
    other.module_.load_state_dict(plain._final.module_.state_dict())
    sampler = LaplaceSampler(FrozenEstimator(other), n_draws=3).fit(X, Y)
    assert_allclose(sampler.draw(X, 0), plain.draw(X, 0), atol=1e-5)


def test_the_sigmoid_of_one_logit():
    y, binary = (Y > 0).astype(np.float32), NeuralNetBinaryClassifier
    plain = fitted(y=y, cls=binary, module__outputs=1)
    assert_array_equal(plain.classes_, [0, 1])
    other = net(
        cls=binary, criterion=nn.BCELoss, module__outputs=1, module__tail="sigmoid"
    ).initialize()
    other.module_.load_state_dict(plain._final.module_.state_dict())
    sampler = LaplaceSampler(FrozenEstimator(other), n_draws=5).fit(X, y)
    assert_allclose(sampler.draw(X, 0), plain.draw(X, 0), atol=1e-5)


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("twice", "is called 2 times in a forward pass"),
        ("scaled", "applies more than softmax or sigmoid to"),
        ("clamped", "applies more than softmax or sigmoid to"),
    ],
)
def test_what_cannot_be_a_last_layer(tail, said):
    with pytest.raises(ValueError, match=said):
        fitted(module__tail=tail)


def test_the_layer_is_named():
    with pytest.raises(ValueError, match="layer='first' is not a layer"):
        LaplaceSampler(net(), layer="first").fit(X, Y)
    with pytest.raises(TypeError, match=r"layer=\.\.\. names a Sequential"):
        LaplaceSampler(net(), layer="trunk").fit(X, Y)
    with pytest.raises(ValueError, match="is not its last"):
        LaplaceSampler(net(), layer="trunk.0").fit(X, Y)
    named = LaplaceSampler(net(), n_draws=5, layer="last", random_state=0).fit(X, Y)
    assert_array_equal(named.draw(X, 0), fitted().draw(X, 0))
    assert named.embed(X).shape == (len(X), 8)


def test_separable_points_run_to_the_edge():
    trained = linear_net(np.vstack([-1e3 * np.eye(1, 6), 1e3 * np.eye(1, 6)]))
    given = np.sign(X64), (X64[:, 0] > 0).astype(int)
    with pytest.warns(UserWarning, match=r"edge of its grid.*, a number, or"):
        LaplaceSampler(trained, prior_precision="marginal_likelihood").fit(*given)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = LaplaceSampler(trained).fit(*given).prior_precision_
    assert_allclose(found, 12 / 2e6)


def test_the_prior_by_default_and_by_the_marginal_likelihood():
    sampler = fitted()
    w_dc = laplace_module._weights(sampler._final.module_.last)
    assert_allclose(sampler.prior_precision_, 27 / (w_dc**2).sum())
    by_evidence = clone(sampler).set_params(prior_precision="marginal_likelihood")
    expected, _ = best_precision(sampler._curvature.eigenvalues, w_dc)
    assert_allclose(by_evidence.fit(X, Y).prior_precision_, expected)
    values = fitted(estimator=regressor(), y=Y2)
    w_dc = laplace_module._weights(values._final.module_.last)
    expected, _ = best_precision(values._curvature.eigenvalues, w_dc)
    assert_allclose(values.prior_precision_, expected)
    by_weights = clone(values).set_params(prior_precision="weights").fit(X, Y2)
    assert_allclose(by_weights.prior_precision_, 18 / (w_dc**2).sum())


def test_no_bias_and_weights_of_classes():
    weight = torch.tensor([1.0, 2.0, 3.0])
    sampler = fitted(module__bias=False, criterion__weight=weight)
    assert sampler._curvature.vectors_wr.shape[0] == 24
    equal = LaplaceSampler(
        FrozenEstimator(net(module__bias=False).initialize()), prior_precision=1.0
    )
    equal.estimator.estimator.module_.load_state_dict(
        sampler._final.module_.state_dict()
    )
    rows = np.repeat(np.arange(len(Y)), Y + 1)  # as many copies as the weight says
    weighed = LaplaceSampler(FrozenEstimator(sampler._final), prior_precision=1.0)
    expected = equal.fit(X[rows], Y[rows]).draw(X, 0)
    assert_allclose(weighed.fit(X, Y).draw(X, 0), expected, atol=1e-4)


def test_kronecker_is_exact_where_points_are_alike():
    X1, y = np.repeat(X[:1], 9, axis=0), np.array([0, 1, 2] * 3)
    trained = FrozenEstimator(fitted()._final)
    full, product = (
        LaplaceSampler(trained, prior_precision=0.5, hessian=h).fit(X1, y)
        for h in ("full", "kronecker")
    )
    assert_allclose(full.draw(X, 0), product.draw(X, 0), atol=1e-5)


def test_too_many_weights_name_kronecker(monkeypatch):
    monkeypatch.setattr(laplace_module, "MOST", 20)
    with pytest.raises(ValueError, match=r"27 rows, .* of 20; .*hessian='kronecker'"):
        fitted()
    LaplaceSampler(net(), hessian="kronecker").fit(X, Y)


def test_a_frozen_net_without_points_has_the_spread_of_its_prior():
    trained = FrozenEstimator(fitted()._final)
    with pytest.warns(UserWarning, match="fitted without labelled points"):
        sampler = LaplaceSampler(trained, n_draws=500).fit(None, None)
    w_dc = laplace_module._weights(trained.estimator.module_.last)
    assert_allclose(sampler.prior_precision_, 27 / (w_dc**2).sum())
    known = clone(sampler).set_params(prior_precision=sampler.prior_precision_)
    known.fit(X, Y)  # what points tell only narrows it
    assert sampler.draw(X, 0).std(1).mean() > 1.2 * known.draw(X, 0).std(1).mean()


def test_datasets():
    dataset = skorch.dataset.Dataset(X, Y)
    sampler = LaplaceSampler(net(), n_draws=5, random_state=0).fit(dataset, None)
    assert_allclose(sampler.draw(dataset, 0), fitted().draw(X, 0), atol=1e-5)
    values = LaplaceSampler(regressor(), n_draws=5, random_state=0)
    values.fit(skorch.dataset.Dataset(X, Y2), None)
    assert_allclose(values.noise_, fitted(estimator=regressor(), y=Y2).noise_)


def test_pipelines():
    model = make_pipeline(StandardScaler(), net())
    strategy = BatchBALD(model, random_state=0).fit(X, Y)
    assert isinstance(strategy.sampler_, LaplaceSampler)
    assert len(strategy.query(X, 3)) == 3


def test_devices():
    sampler = fitted()
    expected = sampler.draw(X, 0)
    assert isinstance(expected, torch.Tensor)
    on_host = sampler.set_params(device="numpy").draw(X, 0)
    assert isinstance(on_host, np.ndarray)
    assert_array_equal(on_host, expected)
    assert_array_equal(sampler.set_params(device="cpu").draw(X, 0), expected)
    with pytest.raises(ValueError, match="not a device for draws"):
        LaplaceSampler(net(), device="attic").fit(X, Y)


def test_half_precision_is_drawn_in_single():
    trained = fitted()._final
    trained.module_.to(torch.bfloat16)
    sampler = LaplaceSampler(FrozenEstimator(trained), n_draws=5)
    half = torch.as_tensor(X).to(torch.bfloat16)
    assert sampler.fit(half, Y).draw(half, 0).dtype == torch.float32


def test_pickled():
    sampler = fitted()
    expected = sampler.draw(X, 0)
    again = pickle.loads(pickle.dumps(sampler))
    assert_array_equal(again.draw(X, 0), expected)
    functions = PicklableFunctions(sampler, np.random.default_rng(0))
    assert_array_equal(pickle.loads(pickle.dumps(functions))(X), expected)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_check_sampler(task):
    if task == "classification":
        check_sampler(LaplaceSampler(net(), n_draws=8))
    else:
        check_sampler(LaplaceSampler(regressor(1, module__tail="flat"), n_draws=8))
