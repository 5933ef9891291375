from functools import partial

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    GenericKernelMixin,
    Kernel,
    Matern,
    WhiteKernel,
)
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD, DEIMOS, ICAL, CoreSet
from skactive._utils.lazy import LazyArray
from skactive.samplers import GaussianProcessSampler, as_sampler
from skactive.samplers.gaussian_process import _joint_draw
from skactive.samplers.gaussian_process import _sampler as module
from skactive.samplers.gaussian_process._joint_draw import JointDraw
from skactive.samplers.gaussian_process._pathwise import PathwiseDraw
from skactive.testing import all_strategies, check_sampler
from tests.samplers.units import Units

RNG = np.random.default_rng(0)
X, X_POOL = RNG.normal(size=(12, 2)), RNG.normal(size=(9, 2))
Y = np.sin(2 * X[:, 0]) + 3
Y2 = np.column_stack([Y, 10 * X[:, 1]])
KERNELS = [
    RBF(1.3),
    ConstantKernel(2.0) * Matern(0.8, nu=1.5) + WhiteKernel(0.3),
    DotProduct() + WhiteKernel(0.1),
]


def exact_posterior(gp, X_train, y, X):
    """Latent mean and covariance by the definition: kernels, noise and an inverse."""
    shift, scale = (y.mean(), y.std()) if gp.normalize_y else (0.0, 1.0)
    noisy = gp.kernel_(X_train) + gp.alpha * np.eye(len(X_train))
    cross = gp.kernel_(X, X_train)
    mean = cross @ np.linalg.solve(noisy, (y - shift) / scale)
    covariance = gp.kernel_(X, X.copy()) - cross @ np.linalg.solve(noisy, cross.T)
    return shift + scale * mean, scale**2 * covariance


def latent_draw(sampler, k):
    """The sampler's joint draw, with unit vectors for noise."""
    sampler.n_draws_ = k
    (latent,) = sampler._latents()
    draw = JointDraw(latent, (k, 1), np.random.default_rng(0))
    draw.rng = Units()
    return draw


@pytest.mark.parametrize("kernel", KERNELS)
def test_covariance_is_exact_however_points_are_asked(kernel):
    gp = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None)
    sampler = GaussianProcessSampler(gp).fit(X, Y)
    mean, covariance = exact_posterior(sampler.estimator_, X, Y, X_POOL)
    for parts in ([9], [4, 9], [1, 2, 3, 9]):
        draw = latent_draw(sampler, 20)
        for stop in parts[:-1]:
            draw(X_POOL[:stop])
        deviation = draw(X_POOL)[:, :, 0] - mean[:, None]
        np.testing.assert_allclose(
            deviation @ deviation.T, covariance, atol=1e-10, rtol=1e-7
        )


@pytest.mark.parametrize("normalize_y", [False, True])
def test_draws_have_mean_and_covariance_of_the_posterior(normalize_y):
    gp = GaussianProcessRegressor(
        KERNELS[1], alpha=0.01, normalize_y=normalize_y, optimizer=None
    )
    sampler = GaussianProcessSampler(gp, n_draws=40_000).fit(X, Y)
    mean, covariance = exact_posterior(sampler.estimator_, X, Y, X_POOL)
    f_nk = sampler.draw(X_POOL, rng=1)[:, :, 0]
    spread = np.sqrt(covariance.diagonal().max())
    np.testing.assert_allclose(f_nk.mean(axis=1), mean, atol=0.02 * spread)
    np.testing.assert_allclose(np.cov(f_nk), covariance, atol=0.03 * spread**2)


def test_targets_are_independent_and_each_has_its_scale():
    gp = GaussianProcessRegressor(RBF(), alpha=0.1, normalize_y=True, optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=20_000).fit(X, Y2)
    f_nkc = sampler.draw(X_POOL[:1], rng=1)
    for target in (0, 1):
        mean, covariance = exact_posterior(
            sampler.estimator_, X, Y2[:, target], X_POOL[:1]
        )
        spread = np.sqrt(covariance[0, 0])
        assert f_nkc[0, :, target].mean() == pytest.approx(mean[0], abs=0.03 * spread)
        assert f_nkc[0, :, target].std() == pytest.approx(spread, rel=0.03)
    assert abs(np.corrcoef(f_nkc[0].T)[0, 1]) < 0.03


def test_mean_agrees_with_the_model():
    gp = GaussianProcessRegressor(KERNELS[1], normalize_y=True, optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=1).fit(X, Y2)
    shift, scale = module.normalization(sampler.estimator_)
    (latent,) = sampler._latents()
    np.testing.assert_allclose(
        shift + scale * latent.mean(X_POOL), sampler.estimator_.predict(X_POOL)
    )


def test_without_noise_all_draws_go_through_the_data():
    sampler = GaussianProcessSampler(GaussianProcessRegressor(RBF()), n_draws=5)
    f_nk = sampler.fit(X, Y).draw(np.vstack([X_POOL, X]), rng=0)[:, :, 0]
    np.testing.assert_allclose(f_nk[9:], np.repeat(Y[:, None], 5, axis=1), atol=1e-3)
    assert f_nk[:9].std(axis=1).min() > 1e-3


def test_a_draw_is_one_function():
    sampler = GaussianProcessSampler(GaussianProcessRegressor(RBF()), n_draws=4)
    functions = sampler.fit(X, Y).functions(np.random.default_rng(0))
    first = functions(X_POOL[:5])
    both = functions(np.vstack([X_POOL[::-1], X_POOL]))
    np.testing.assert_array_equal(both[9:14], first)
    np.testing.assert_array_equal(both[:9], both[:8:-1])
    np.testing.assert_array_equal(
        sampler.draw(X_POOL[::-1], rng=3), sampler.draw(X_POOL, rng=3)[::-1]
    )
    assert not np.allclose(sampler.draw(X_POOL, rng=3), sampler.draw(X_POOL, rng=4))


def test_close_points_have_close_values():
    x = np.linspace(-1, 1, 400)[:, None]  # a covariance of numerical rank about 15
    sampler = GaussianProcessSampler(GaussianProcessRegressor(RBF(), alpha=0.1))
    f_nk = sampler.fit(X[:, :1], Y).draw(x, rng=0)[:, :, 0]
    second_difference = np.abs(np.diff(f_nk, 2, axis=0)).max()
    assert second_difference < 1e-3


@pytest.fixture
def eight_points(monkeypatch):
    """Limit exact joint draws to eight points."""
    for where in (module, _joint_draw):
        monkeypatch.setattr(where, "MAX_POINTS", 8)


@pytest.mark.parametrize(
    ("kernel", "method", "remedy"),
    [
        (RBF(), "exact", "use method='auto'"),
        (
            DotProduct() + WhiteKernel(),
            "auto",
            "DotProduct has no known spectral density",
        ),
        (
            DotProduct() + WhiteKernel(),
            "exact",
            "DotProduct has no known spectral density",
        ),
    ],
)
@pytest.mark.usefixtures("eight_points")
def test_too_many_points_are_refused(kernel, method, remedy):
    gp = GaussianProcessRegressor(kernel, optimizer=None)
    sampler = GaussianProcessSampler(gp, method=method).fit(X, Y)
    functions = sampler.functions(np.random.default_rng(0))
    functions(np.repeat(X_POOL[:5], 4, axis=0))
    with pytest.raises(ValueError, match=f"9 distinct points, as at most 8.*{remedy}"):
        functions(X_POOL)
    with pytest.raises(ValueError, match="9 distinct points"):
        sampler.draw(X_POOL, rng=0)


def test_kernels_without_a_spectrum_are_not_drawn_pathwise():
    gp = GaussianProcessRegressor(RBF() * DotProduct())
    with pytest.raises(ValueError, match=r"\(GaussianProcessRegressor\): DotProduct"):
        GaussianProcessSampler(gp, method="pathwise").fit(X, Y)


@pytest.mark.usefixtures("eight_points")
@pytest.mark.parametrize("normalize_y", [False, True])
def test_a_draw_goes_on_where_it_cannot_be_exact(normalize_y):
    gp = GaussianProcessRegressor(
        RBF(1.3), alpha=0.01, normalize_y=normalize_y, optimizer=None
    )
    sampler = GaussianProcessSampler(gp, n_draws=4).fit(X, Y)
    both = np.vstack([X_POOL[:8], RNG.normal(size=(30, 2))])
    functions = sampler.functions(np.random.default_rng(0))
    exact = functions(X_POOL[:8])
    f_nkc = functions(both)
    np.testing.assert_array_equal(f_nkc[:8], exact)
    np.testing.assert_array_equal(functions(both[[9, 3]])[1], exact[3])
    np.testing.assert_allclose(functions(both[[9, 3]])[0], f_nkc[9], rtol=1e-9)
    # near a point that was drawn, values are near its own
    np.testing.assert_allclose(functions(X_POOL[:8] + 1e-6), exact, atol=1e-4)


@pytest.mark.usefixtures("eight_points")
def test_covariance_is_right_where_a_draw_goes_on():
    """The joint covariance of eight points drawn exactly and thirty continued."""
    gp = GaussianProcessRegressor(RBF(1.3), alpha=0.01, optimizer=None)
    (latent,) = GaussianProcessSampler(gp).fit(X, Y)._latents()
    k = 8 + 12 + 2 * 2048
    path = partial(PathwiseDraw, latent, (k, 1), 2048)
    draw = JointDraw(latent, (k, 1), RNG, path=path)
    draw.rng = Units()
    draw(X_POOL[:8])
    both = np.vstack([X_POOL[:8], RNG.normal(size=(30, 2))])
    deviation = (draw(both) - latent.mean(both)[:, None, :])[:, :, 0]
    covariance = latent.covariance(both, both)
    error = np.abs(deviation @ deviation.T - covariance)
    assert error[:8, :8].max() < 1e-12
    assert error.max() < 0.03 * covariance.max()


@pytest.mark.parametrize("method", ["auto", "pathwise"])
@pytest.mark.parametrize("distinct", [6, 30])
@pytest.mark.usefixtures("eight_points")
def test_large_pools_are_drawn_the_same_in_any_chunks(method, distinct):
    pool = np.resize(RNG.normal(size=(distinct, 2)), (60, 2))
    gp = GaussianProcessRegressor(2.0 * Matern() + WhiteKernel(0.1), optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=3, method=method).fit(X, Y2)
    whole = sampler.draw(pool, rng=0)
    with config_context(working_memory=1e-4):
        np.testing.assert_allclose(sampler.draw(pool, rng=0), whole, rtol=1e-9)
    np.testing.assert_allclose(whole[distinct:], whole[:-distinct], rtol=1e-9)
    assert whole.std(axis=1).min() > 0
    assert whole.shape == (60, 3, 2)


@pytest.mark.parametrize("c", [2, 3])
def test_classes_can_be_drawn_pathwise(c):
    labels = np.digitize(X[:, 0], [-0.4, 0.4][: c - 1])
    gp = GaussianProcessClassifier(2.0 * RBF(1.0), optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=4000, method="pathwise")
    sampler.fit(X, labels)
    exact = clone(sampler).set_params(method="exact").fit(X, labels)
    both = [s.draw(X_POOL, rng=0).mean(axis=1) for s in (exact, sampler)]
    np.testing.assert_allclose(*both, atol=0.02)
    k = 12 + 2 * 1024
    for latent in sampler._latents():
        draw = PathwiseDraw(latent, (k, 1), 1024, Units())
        deviation = draw(X_POOL)[:, :, 0] - latent.mean(X_POOL)
        covariance = latent.covariance(X_POOL, X_POOL)
        np.testing.assert_allclose(deviation @ deviation.T, covariance, atol=0.06)


@pytest.mark.parametrize(
    "cls", [cls for cls in all_strategies() if "regression" in cls.tasks]
)
@pytest.mark.usefixtures("eight_points")
def test_strategies_take_pools_too_large_for_exact_draws(cls):
    strategy = cls(GaussianProcessRegressor(alpha=0.1), random_state=0)
    batch = strategy.fit(X, Y).query(RNG.normal(size=(40, 2)), 3)
    assert len(set(batch.tolist())) == 3


class SameLetters(GenericKernelMixin, Kernel):
    """Share of letters that two words have in common: a kernel without vectors."""

    def __init__(self):
        pass

    def __call__(self, X, Z=None, eval_gradient=False):
        Z = X if Z is None else Z
        return np.array([[len(set(x) & set(z)) / 10 for z in Z] for x in X]) + 0.0

    def diag(self, X):
        return np.array([len(set(x)) / 10 for x in X])

    def is_stationary(self):
        return False


def test_points_need_not_be_vectors():
    gp = GaussianProcessRegressor(SameLetters(), alpha=0.1, optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=3).fit(["ab", "bc"], [0.0, 1.0])
    f_nkc = sampler.draw(["abc", "xyz", "abc"], rng=0)
    assert f_nkc.shape == (3, 3, 1)
    np.testing.assert_array_equal(f_nkc[0], f_nkc[2])


@pytest.mark.parametrize("c", [2, 3])
def test_classifier_draws_average_to_its_prediction(c):
    labels = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.4, 0.4][: c - 1])]
    gp = GaussianProcessClassifier(2.0 * RBF(1.0), optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=20_000).fit(X, labels)
    p_nkc = sampler.draw(X_POOL, rng=0)
    expected = sampler.estimator_.predict_proba(X_POOL)
    # with three classes scikit-learn normalises the means, not each draw
    tolerance = 0.01 if c == 2 else 0.05
    np.testing.assert_allclose(p_nkc.mean(axis=1), expected, atol=tolerance)
    assert list(sampler.classes_) == sorted(set(labels))


def test_classifier_latent_is_the_laplace_approximation():
    """At the training points the covariance is (K^-1 + W)^-1."""
    labels = X[:, 0] > 0
    gp = GaussianProcessClassifier(2.0 * RBF(0.5), optimizer=None)
    sampler = GaussianProcessSampler(gp).fit(X, labels)
    binary = sampler.estimator_.base_estimator_
    draw = JointDraw(module._laplace(binary), (20, 1), RNG)
    draw.rng = Units()
    f_nk = draw(X)[:, :, 0]
    p = binary.pi_
    K = binary.kernel_(X)
    expected = np.linalg.inv(np.linalg.inv(K) + np.diag(p * (1 - p)))
    mean = np.log(p / (1 - p))  # the mode
    deviation = f_nk - mean[:, None]
    np.testing.assert_allclose(deviation @ deviation.T, expected, atol=1e-6)


def test_classes_that_are_all_unlikely_are_normalised():
    """Three latent functions so low that each sigmoid is 0 in floating point."""
    labels = np.digitize(X[:, 0], [-0.4, 0.4])
    gp = GaussianProcessClassifier(RBF(1.0), optimizer=None)
    sampler = GaussianProcessSampler(gp, n_draws=3).fit(X, labels)
    for binary in sampler.estimator_.base_estimator_.estimators_:
        binary.y_train_ = binary.y_train_ - 1e4
    p_nkc = sampler.draw(X, rng=0)
    np.testing.assert_allclose(p_nkc.sum(axis=-1), 1)


def test_one_vs_one_has_no_posterior():
    gp = GaussianProcessClassifier(multi_class="one_vs_one")
    GaussianProcessSampler(gp).fit(X, X[:, 0] > 0)  # two classes are one model
    with pytest.raises(TypeError, match=r"one_vs_one.*BootstrapSampler"):
        GaussianProcessSampler(gp).fit(X, np.digitize(X[:, 0], [-0.4, 0.4]))


def test_other_models_are_refused():
    with pytest.raises(TypeError, match=r"Sampler\(Ridge\).*BootstrapSampler"):
        GaussianProcessSampler(Ridge()).fit(X, Y)


def test_frozen_at_the_end_of_a_pipeline():
    gp = GaussianProcessRegressor(RBF(), alpha=0.1).fit(
        StandardScaler().fit_transform(X), Y
    )
    model = make_pipeline(StandardScaler(), FrozenEstimator(gp))
    sampler = as_sampler(model)
    assert isinstance(sampler, GaussianProcessSampler)
    assert sampler.fit(X, Y).draw(X_POOL, rng=0).shape == (9, 50, 1)


def test_strategy_takes_the_model_as_it_is():
    batch = ICAL(GaussianProcessRegressor(), random_state=0).fit(X, Y).query(X_POOL, 3)
    assert len(set(batch.tolist())) == 3


@pytest.mark.parametrize("method", ["exact", "pathwise"])
def test_every_method_keeps_the_contract(method):
    for gp in (GaussianProcessRegressor(alpha=0.1), GaussianProcessClassifier()):
        check_sampler(GaussianProcessSampler(gp, n_draws=4, method=method))


def both_tasks():
    return [(GaussianProcessRegressor, Y), (GaussianProcessClassifier, X[:, 0] > 0)]


@pytest.mark.parametrize("working_memory", [1e-4, 1e-3])
@pytest.mark.parametrize(("cls", "y"), both_tasks())
def test_memory_does_not_decide_what_is_drawn_first(cls, y, working_memory):
    """Rows asked on their own must come from the same functions as all rows."""
    sampler = as_sampler(cls(RBF(), optimizer=None)).fit(X, y)
    expected = sampler.draw(X_POOL, np.random.default_rng(0))
    with config_context(working_memory=working_memory):
        functions = sampler.functions(np.random.default_rng(0))
        rows = sampler.evaluate_lazily(functions, X_POOL)
        assert isinstance(rows, LazyArray)
        np.testing.assert_array_equal(rows[np.array([4, 0])], expected[[4, 0]])
        np.testing.assert_array_equal(rows[:], expected)


def test_memory_does_not_decide_which_method_draws(monkeypatch):
    monkeypatch.setattr(_joint_draw, "MAX_POINTS", 7)
    monkeypatch.setattr(module, "MAX_POINTS", 7)
    sampler = as_sampler(GaussianProcessRegressor(RBF(), optimizer=None)).fit(X, Y)
    expected = sampler.draw(X_POOL, np.random.default_rng(0))
    with config_context(working_memory=1e-4):
        functions = sampler.functions(np.random.default_rng(0))
        rows = sampler.evaluate_lazily(functions, X_POOL)
        np.testing.assert_allclose(rows[:], expected, rtol=1e-12)


def far_more_points(n=60):
    return np.random.default_rng(5).normal(size=(n, 2))


@pytest.mark.parametrize("blocks", [60, 20, (7, 30, 23)])
@pytest.mark.parametrize(("cls", "y"), both_tasks())
@pytest.mark.parametrize("strategy", [BALD, DEIMOS, ICAL])
def test_blocks_of_a_pool_are_drawn_from_the_same_functions(strategy, cls, y, blocks):
    """Otherwise points of different blocks would have no covariance."""
    da = pytest.importorskip("dask.array")
    pool, gp = far_more_points(), cls(RBF(), optimizer=None)
    fitted = strategy(gp, random_state=0).fit(X, y)
    batch = fitted.query(da.from_array(pool, chunks=(blocks, 2)), 4)
    pathwise = GaussianProcessSampler(gp, method="pathwise")
    expected = strategy(pathwise, random_state=0).fit(X, y)
    np.testing.assert_array_equal(batch, expected.query(pool, 4))
    # the strategy itself goes on to draw exactly where the pool is one
    assert fitted.sampler_.method == "auto"
    exact = strategy(GaussianProcessSampler(gp, method="exact"), random_state=0)
    in_memory = exact.fit(X, y).query(pool, 4)
    np.testing.assert_array_equal(fitted.query(pool, 4), in_memory)


@pytest.mark.parametrize(
    ("sampler", "remedy"),
    [
        (
            as_sampler(GaussianProcessRegressor(DotProduct())),
            "DotProduct has no known spec",
        ),
        (GaussianProcessSampler(GaussianProcessRegressor(), method="exact"), "'auto'"),
    ],
)
def test_what_can_only_be_drawn_jointly_takes_no_blocks(sampler, remedy):
    da = pytest.importorskip("dask.array")
    strategy = DEIMOS(sampler, random_state=0).fit(X, Y)
    with pytest.raises(TypeError, match=rf"dask collection: .*{remedy}.* compute\(\)"):
        strategy.query(da.from_array(far_more_points(), chunks=(20, 2)), 4)
    # a prediction is one function whatever the points
    means = CoreSet(GaussianProcessRegressor(DotProduct())).fit(X, Y)
    assert len(means.query(da.from_array(far_more_points(), chunks=(20, 2)), 4)) == 4


def test_what_is_pointwise_says_so():
    gp = GaussianProcessRegressor(RBF(), optimizer=None)
    for method, answer in (("auto", False), ("exact", False), ("pathwise", True)):
        sampler = GaussianProcessSampler(gp, method=method).fit(X, Y)
        assert sampler.is_pointwise is answer
    assert sampler.pointwise() is sampler
    auto = GaussianProcessSampler(gp).fit(X, Y)
    assert auto.pointwise().is_pointwise
    np.testing.assert_array_equal(auto.pointwise().draw(X, 0), sampler.draw(X, 0))


def test_one_draw_cannot_disagree():
    for gp, y in (
        (GaussianProcessRegressor(), Y),
        (GaussianProcessClassifier(), Y > 3),
    ):
        sampler = GaussianProcessSampler(gp, n_draws=1)
        with pytest.raises(
            ValueError, match="has n_draws=1, but a single draw cannot disa"
        ):
            ICAL(sampler).fit(X, y)
