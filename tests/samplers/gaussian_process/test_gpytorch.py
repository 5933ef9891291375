import copy
import pickle

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

gpytorch = pytest.importorskip("gpytorch")
pytest.importorskip("skorch")

import torch  # noqa: E402
from scipy.stats import norm  # noqa: E402

from skactive import BALD  # noqa: E402
from skactive.samplers import (  # noqa: E402
    GPyTorchSampler,
    as_sampler,
)
from skactive.samplers.gaussian_process import _gpytorch as module  # noqa: E402
from skactive.samplers.gaussian_process import _joint_draw  # noqa: E402
from skactive.testing import check_sampler, check_strategy, make_data  # noqa: E402
from tests import processes  # noqa: E402
from tests.samplers.units import Units  # noqa: E402

X, Y, X_POOL = make_data("regression", n_pool=20)
LABELS = (Y > 0).astype(np.float32)
REGRESSORS = [processes.exact, processes.variational]
EVERY = [*((make, Y) for make in REGRESSORS), (processes.binary, LABELS)]


def fitted(make, y=Y, **params):
    return GPyTorchSampler(make(), random_state=0, **params).fit(X, y)


def in_float64(net, points):
    """GPyTorch's own posterior of the latent function, with the module in float64."""
    gp = pickle.loads(pickle.dumps(net)).module_
    gp.train()  # forget what was remembered in float32
    if hasattr(gp, "variational_strategy"):
        gp.variational_strategy._clear_cache()
    gp = gp.double().eval()
    jitter = gpytorch.settings.variational_cholesky_jitter(double_value=1e-4)
    with torch.no_grad(), jitter, gpytorch.settings.debug(False):
        posterior = gp(torch.as_tensor(points, dtype=torch.float64))
        return posterior.mean.numpy(), posterior.covariance_matrix.numpy()


@pytest.mark.parametrize("make", REGRESSORS)
def test_draws_have_mean_and_covariance_of_the_posterior(make):
    """With unit vectors as noise, draws show both, in whatever parts they are asked."""
    sampler = fitted(make)
    points = X_POOL[:18].astype(np.float64)
    mean, covariance = in_float64(sampler.estimator_, points)
    latent = module._Latent(sampler.estimator_)
    for parts in ([18], [5, 18], [1, 2, 17, 18]):
        draw = _joint_draw.JointDraw(latent, (30, 1), np.random.default_rng(0))
        draw.rng = Units()
        for stop in parts:
            f_nk = draw(points[:stop])[:, :, 0]
        deviation = f_nk - mean[:, None]
        error = deviation @ deviation.T - covariance
        # GPyTorch adds jitter to the variances of a variational posterior
        jitter = 0 if make is processes.exact else 1e-4
        np.testing.assert_allclose(error, -jitter * np.eye(18), atol=1e-9)


@pytest.mark.parametrize(("make", "y"), EVERY)
def test_draws_average_to_the_prediction(make, y):
    sampler = fitted(make, y, n_draws=4000)
    mean = sampler.draw(X_POOL, rng=0).mean(axis=1)
    net = sampler.estimator_
    expected = (
        net.predict_proba(X_POOL) if y is LABELS else net.predict(X_POOL)[:, None]
    )
    np.testing.assert_allclose(mean, expected, atol=0.05)


def test_classes_are_the_link_of_the_latent_function():
    sampler = fitted(processes.binary, LABELS)
    f_nkc = np.linspace(-3, 3, 12).reshape(4, 3, 1)
    p_nkc = module._Latent(sampler.estimator_).link(f_nkc)
    np.testing.assert_allclose(p_nkc[:, :, 1], norm.cdf(f_nkc[:, :, 0]), atol=1e-12)
    np.testing.assert_array_equal(sampler.classes_, [0, 1])
    assert sampler.draw(X_POOL, rng=0).shape == (20, 50, 2)


@pytest.mark.parametrize(("make", "y"), EVERY)
def test_contract(make, y):
    check_sampler(GPyTorchSampler(make(), random_state=0), data=(X, y, X_POOL))


@pytest.mark.parametrize(("make", "y"), EVERY)
def test_nothing_is_left_behind(make, y):
    """Model, torch and settings are as before; earlier predictions change no draw."""
    sampler = fitted(make, y)
    net = sampler.estimator_
    net.module_.train()
    before = copy.deepcopy(net.module_.state_dict()), torch.random.get_rng_state()
    settings = gpytorch.settings
    values = settings.variational_cholesky_jitter.value(torch.float64)
    draws = sampler.draw(X_POOL, rng=0)
    for name, value in net.module_.state_dict().items():
        torch.testing.assert_close(value, before[0][name], rtol=0, atol=0)
    assert all(part.training for part in net.module_.modules())
    assert torch.equal(torch.random.get_rng_state(), before[1])
    assert settings.variational_cholesky_jitter.value(torch.float64) == values
    assert settings.fast_computations.solves.on()
    assert settings.debug.on()
    assert torch.is_grad_enabled()
    net.predict(X_POOL)
    np.testing.assert_array_equal(sampler.draw(X_POOL, rng=0), draws)
    assert np.abs(sampler.draw(X_POOL, rng=1) - draws).max() > 1e-3


def test_one_seed_one_model():
    torch.manual_seed(0)
    first = fitted(processes.variational).draw(X_POOL, rng=0)
    torch.manual_seed(1)
    np.testing.assert_array_equal(fitted(processes.variational).draw(X_POOL, 0), first)


def test_labelled_points_may_be_in_the_pool():
    """GPyTorch warns if all points that it predicts are training points."""
    sampler = fitted(processes.exact)
    f_nkc = sampler.draw(np.concatenate([X, X_POOL]), rng=0)
    functions = sampler.functions(np.random.default_rng(0))
    functions(np.concatenate([X, X_POOL]))
    np.testing.assert_array_equal(functions(X), f_nkc[:30])


def test_many_labelled_points_are_not_solved_for_iteratively():
    """For more than 800 GPyTorch would use an iterative, random approximation."""
    many = np.random.default_rng(0).normal(size=(900, 6)).astype(np.float32)
    net = processes.exact().set_params(max_epochs=1)
    sampler = GPyTorchSampler(net, random_state=0).fit(many, np.sin(many[:, 0]))
    gp = module._Latent(sampler.estimator_)
    with torch.no_grad():
        prior = gp.module.forward(torch.as_tensor(many).double()).covariance_matrix
        noise = gp.likelihood.noise.item()
        centre = gp.module.mean.constant.item()
    solved = np.linalg.solve(
        prior.numpy() + noise * np.eye(900), np.sin(many[:, 0]) - centre
    )
    expected = centre + prior.numpy() @ solved
    np.testing.assert_allclose(gp.mean(many.astype(float))[:, 0], expected, atol=1e-6)


def test_covariances_in_blocks(monkeypatch):
    latent = module._Latent(fitted(processes.exact).estimator_)
    points = X_POOL.astype(float)
    whole = latent.covariance(points, points[:7])
    monkeypatch.setattr(module, "BLOCK", 6)
    np.testing.assert_allclose(latent.covariance(points, points[:7]), whole, atol=1e-12)


def test_too_many_points_are_refused(monkeypatch):
    monkeypatch.setattr(_joint_draw, "MAX_POINTS", 8)
    sampler = fitted(processes.exact)
    with pytest.raises(
        ValueError, match=r"18 distinct.*at most 8.*query the pool in parts"
    ):
        sampler.draw(X_POOL, rng=0)


def test_other_labels_are_refused():
    for labels in (LABELS + 1, np.where(LABELS, "a", "b")):
        with pytest.raises(ValueError, match=r"GPBinaryClassifier.*LabelEncoder"):
            fitted(processes.binary, labels)


def test_several_outputs_are_refused():
    class Two:
        """Predicts two targets at once."""

        def __call__(self, X):
            law = gpytorch.distributions.MultitaskMultivariateNormal
            return law(torch.zeros(len(X), 2), torch.eye(2 * len(X)))

    latent = module._Latent(fitted(processes.exact).estimator_)
    latent.module = Two()
    with pytest.raises(ValueError, match=r"Two has a posterior of shape \(20, 2\)"):
        latent.mean(X_POOL)


def test_other_models_are_refused():
    with pytest.raises(TypeError, match=r"Sampler\(Ridge\)"):
        GPyTorchSampler(Ridge()).fit(X, Y)


def test_models_are_found():
    for make, _ in EVERY:
        assert isinstance(as_sampler(make()), GPyTorchSampler)
        assert not isinstance(as_sampler(make(), needs="mean"), GPyTorchSampler)
    model = make_pipeline(
        FunctionTransformer(), FrozenEstimator(fitted(processes.exact).estimator_)
    )
    sampler = as_sampler(model)
    assert isinstance(sampler, GPyTorchSampler)
    assert sampler.fit(X, Y).draw(X_POOL, rng=0).shape == (20, 50, 1)


def test_a_strategy_keeps_the_contract():
    check_strategy(BALD(processes.binary(), random_state=0), data=(X, LABELS, X_POOL))


@pytest.mark.parametrize(("make", "y"), EVERY)
def test_blocks_of_a_pool_are_refused(make, y):
    da = pytest.importorskip("dask.array")
    strategy = BALD(make(), random_state=0).fit(X, y)
    with pytest.raises(
        TypeError, match=r"dask collection; bring .* compute\(\), or use"
    ):
        strategy.query(da.from_array(X_POOL, chunks=(5, 6)), 2)


def test_one_draw_cannot_disagree():
    with pytest.raises(ValueError, match="has n_draws=1, but a single draw cannot"):
        BALD(GPyTorchSampler(processes.exact(), n_draws=1), noise=1.0).fit(X, Y)
