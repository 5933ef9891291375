import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import expit, logsumexp, softmax
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD
from skactive.samplers import LinearSampler, as_sampler

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5))
Y = X @ [1.0, 0.0, -2.0, 0.0, 0.0] + 3 + 0.3 * RNG.normal(size=40)
X_POOL = 2 * RNG.normal(size=(9, 5)) + 1
IRIS, SPECIES = load_iris(return_X_y=True)


@pytest.mark.parametrize("model", [BayesianRidge(), ARDRegression()])
def test_bayesian_draws_have_the_posterior_of_the_model(model):
    sampler = LinearSampler(model, n_draws=40_000).fit(X, Y)
    f_nk = sampler.draw(X_POOL, rng=0)[:, :, 0]
    fitted = sampler.estimator_
    mean = fitted.predict(X_POOL)
    # the intercept goes with the mean of the points, and has no doubt of its own
    kept = fitted.coef_ != 0
    centred = (X_POOL - X.mean(axis=0))[:, kept]
    latent = np.sqrt(np.diag(centred @ fitted.sigma_ @ centred.T))
    np.testing.assert_allclose(f_nk.mean(axis=1), mean, atol=0.03 * latent.max())
    np.testing.assert_allclose(f_nk.std(axis=1), latent, rtol=0.02)


def test_bayesian_draws_are_linear_functions():
    sampler = LinearSampler(BayesianRidge(), n_draws=6).fit(X, Y)
    functions = sampler.functions(np.random.default_rng(0))
    middle = functions((X_POOL[:1] + X_POOL[1:2]) / 2)
    ends = functions(X_POOL[:2])
    np.testing.assert_allclose(middle[0], ends.mean(axis=0))


def test_bayesian_covariance_between_points():
    sampler = LinearSampler(BayesianRidge(), n_draws=60_000).fit(X, Y)
    f_nk = sampler.draw(X_POOL, rng=0)[:, :, 0]
    centred = X_POOL - X.mean(axis=0)
    model = sampler.estimator_
    precision = model.alpha_ * np.cov(X.T, ddof=0) * len(X)
    precision += model.lambda_ * np.eye(5)
    covariance = centred @ np.linalg.solve(precision, centred.T)
    np.testing.assert_allclose(np.cov(f_nk), covariance, atol=0.03 * covariance.max())


def test_pruned_features_do_not_move_the_draws():
    sampler = LinearSampler(ARDRegression(threshold_lambda=50), n_draws=5).fit(X, Y)
    pruned = sampler.estimator_.lambda_ >= 50
    assert 0 < pruned.sum() < 5
    moved = X_POOL + 7.0 * pruned
    np.testing.assert_allclose(
        sampler.draw(moved, rng=0), sampler.draw(X_POOL, rng=0), atol=1e-10
    )


def test_nothing_left_after_pruning_is_a_constant():
    sampler = LinearSampler(ARDRegression(threshold_lambda=1e-9), n_draws=5)
    f_nkc = sampler.fit(X, Y).draw(X_POOL, rng=0)
    np.testing.assert_allclose(f_nkc, Y.mean())


def two_parameters(n):
    """A logistic model of two weights and no intercept, with n observations."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 2))
    return X, rng.random(n) < expit(X @ [1.0, -0.5])


def quadrature(X, y, C):
    """Mean and covariance of the two weights' posterior, on a fine grid."""
    axis = np.linspace(-1, 2.5, 101)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    z = grid @ X.T
    log_posterior = np.where(y, -np.logaddexp(0, -z), -np.logaddexp(0, z)).sum(axis=1)
    log_posterior -= (grid**2).sum(axis=1) / (2 * C)
    weight = np.exp(log_posterior - log_posterior.max())
    mean = np.average(grid, axis=0, weights=weight)
    return mean, np.cov(grid.T, aweights=weight, ddof=0)


def weights_of(sampler, k):
    """The weights in draws of a two-class model, from its values at unit vectors."""
    sampler.n_draws_ = k
    p_nk = sampler.draw(np.eye(2), rng=0)[:, :, 1]
    return np.log(p_nk / (1 - p_nk))


def test_logistic_draws_against_quadrature():
    X, y = two_parameters(300)
    model = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-8)
    w_dk = weights_of(LinearSampler(model).fit(X, y), 40_000)
    mean, covariance = quadrature(X, y, C=1.0)
    spread = np.sqrt(np.diag(covariance))
    # Laplace's own error falls as 1/n: at 300 observations it is below these
    np.testing.assert_allclose(w_dk.mean(axis=1), mean, atol=0.15 * spread.min())
    np.testing.assert_allclose(np.cov(w_dk), covariance, atol=0.05 * spread.max() ** 2)


def test_logistic_draws_have_the_curvature_of_the_objective():
    """Their covariance is the inverse Hessian of scikit-learn's objective."""
    X, y = two_parameters(25)
    model = LogisticRegression(C=0.7, fit_intercept=False, tol=1e-10).fit(X, y)

    def objective(w):
        z = X @ w
        return np.logaddexp(0, np.where(y, -z, z)).sum() + w @ w / (2 * 0.7)

    mode, h = model.coef_[0], 1e-4
    hessian = np.empty((2, 2))
    for i, e in enumerate(np.eye(2) * h):
        for j, g in enumerate(np.eye(2) * h):
            hessian[i, j] = (
                objective(mode + e + g)
                - objective(mode + e - g)
                - objective(mode - e + g)
                + objective(mode - e - g)
            ) / (4 * h * h)
    w_dk = weights_of(LinearSampler(model).fit(X, y), 60_000)
    covariance = np.linalg.inv(hessian)
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(w_dk.mean(axis=1), mode, atol=0.02 * spread.min())
    np.testing.assert_allclose(np.cov(w_dk), covariance, atol=0.03 * spread.max() ** 2)


def logit_deviation(model, X, y, x, k=40_000):
    """Standard deviation of the logit's draws at one point."""
    sampler = LinearSampler(model, n_draws=k).fit(X, y)
    p_k = sampler.draw(x[None], rng=0)[0, :, 1]
    return np.std(np.log(p_k / (1 - p_k)))


def by_hessian(model, X, y, x, variances):
    """The same from the inverse Hessian, computed here."""
    design = np.column_stack([X, np.ones(len(X))])
    p = model.fit(X, y).predict_proba(X)[:, 1]
    hessian = (design.T * (p * (1 - p))) @ design + np.diag(1 / np.asarray(variances))
    x = np.append(x, 1.0)
    return np.sqrt(x @ np.linalg.solve(hessian, x))


@pytest.mark.parametrize("C", [1e-4, 1e-2, 1.0, 100.0])
def test_the_prior_of_an_intercept_is_flat_whatever_C(C):
    """A variance of 1000 C gave .47 of the right logit variance at C = 1e-4."""
    X, y = two_parameters(40)
    x, model = np.array([0.5, -1.0]), LogisticRegression(C=C, tol=1e-10)
    expected = by_hessian(clone(model), X, y, x, [C, C, 1e6])
    assert logit_deviation(model, X, y, x) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("scaling", [1.0, 3.0])
@pytest.mark.parametrize("C", [1e-2, 1.0])
def test_liblinear_penalises_its_intercept(C, scaling):
    X, y = two_parameters(40)
    model = LogisticRegression(
        C=C, solver="liblinear", intercept_scaling=scaling, tol=1e-10
    )
    x = np.array([0.5, -1.0])
    expected = by_hessian(clone(model), X, y, x, [C, C, C * scaling**2])
    assert logit_deviation(model, X, y, x) == pytest.approx(expected, rel=0.02)


@pytest.mark.slow
def test_an_intercept_against_quadrature():
    """One weight and an intercept against their exact posterior on a grid."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(400, 1))
    y, C = rng.random(400) < expit(X[:, 0] - 1), 0.01
    weights, intercepts = np.linspace(-0.3, 1.2, 301), np.linspace(-1.8, -0.2, 301)
    z_nwb = X[:, :, None] * weights[:, None] + intercepts
    signed = np.where(y[:, None, None], z_nwb, -z_nwb)
    log_posterior = -np.logaddexp(0, -signed).sum(axis=0)
    log_posterior -= weights[:, None] ** 2 / (2 * C) + intercepts**2 / 2e6
    mass = np.exp(log_posterior - log_posterior.max())
    z_wb = 1.5 * weights[:, None] + intercepts
    mean = np.average(z_wb, weights=mass)
    expected = np.sqrt(np.average((z_wb - mean) ** 2, weights=mass))
    model = LogisticRegression(C=C, tol=1e-10)
    actual = logit_deviation(model, X, y, np.array([1.5]))
    assert actual == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("weights", [None, np.linspace(0.2, 3, 150)])
def test_several_classes_against_the_hessian(weights):
    """Hessian of the weighted penalised likelihood, by finite differences."""
    C, X = 0.05, IRIS[:, :2]
    model = LogisticRegression(C=C, max_iter=5000, tol=1e-12, class_weight={1: 2.0})
    model.fit(X, SPECIES, sample_weight=weights)
    s = (1.0 + (SPECIES == 1)) * (1 if weights is None else weights)
    design = np.column_stack([X, np.ones(150)])

    def objective(flat):
        w_cd = flat.reshape(3, 3)
        z = design @ w_cd.T
        loss = s @ (logsumexp(z, axis=1) - z[np.arange(150), SPECIES])
        return loss + (w_cd[:, :2] ** 2).sum() / (2 * C) + (w_cd[:, 2] ** 2).sum() / 2e6

    mode = np.column_stack([model.coef_, model.intercept_]).ravel()
    hessian = second_derivatives(objective, mode)
    # contrasts of the logits at a point: what classes share says nothing
    x, contrasts = np.array([5.5, 3.2, 1.0]), np.eye(3) - 1 / 3
    to_logits = np.kron(contrasts, x)
    expected = to_logits @ np.linalg.solve(hessian, to_logits.T)
    sampler = LinearSampler(FrozenEstimator(model), n_draws=60_000)
    sampler.fit(X, SPECIES, **({} if weights is None else {"sample_weight": weights}))
    z_kc = np.log(sampler.draw(x[None, :2], rng=0)[0])
    z_kc -= z_kc.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        np.cov(z_kc.T) / np.outer(scale, scale),
        expected / np.outer(scale, scale),
        atol=0.02,
    )


def second_derivatives(f, at, h=1e-3):
    step = np.eye(len(at)) * h
    return np.array(
        [
            [
                (f(at + a + b) - f(at + a - b) - f(at - a + b) + f(at - a - b))
                / (4 * h * h)
                for b in step
            ]
            for a in step
        ]
    )


def test_two_classes_with_a_logit_each():
    """The weights are w and -w: the logit is 2 w, whose prior variance is 2 C."""
    X, y = two_parameters(40)
    model = LogisticRegression(C=0.3, tol=1e-10)
    if "multi_class" not in model.get_params():
        pytest.skip("one logit is all that scikit-learn has since 1.8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model.set_params(multi_class="multinomial")
        x = np.array([0.5, -1.0])
        expected = by_hessian(clone(model), X, y, x, [0.6, 0.6, 1e6])
        assert logit_deviation(model, X, y, x) == pytest.approx(expected, rel=0.02)
        mean = LinearSampler(model, n_draws=4000).fit(X, y).draw(X, rng=0).mean(axis=1)
        np.testing.assert_allclose(mean, model.fit(X, y).predict_proba(X), atol=0.05)


def test_logits_of_a_wide_intercept_are_not_large():
    """The shared part of all logits, of scale 1,000, must not enter the draws."""
    sampler = LinearSampler(LogisticRegression(max_iter=500), n_draws=20)
    weights = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "skactive.samplers._linear.softmax",
            lambda z, axis: weights.append(z) or softmax(z, axis=axis),
        )
        sampler.fit(IRIS, SPECIES).draw(IRIS, rng=0)
    assert np.abs(weights[0].mean(axis=-1)).max() < 1e-9
    assert np.abs(weights[0]).max() < 100


def test_cross_validation_with_three_classes():
    """``l1_ratio_`` and ``C_`` are arrays with an entry for each class."""
    model = LogisticRegressionCV(Cs=[0.01, 1.0], cv=3, max_iter=5000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of parameters it does not name
        strategy = BALD(model, random_state=0).fit(IRIS, SPECIES)
        assert len(set(strategy.query(IRIS, 4))) == 4


@pytest.mark.parametrize("fit", [lambda s: s.fit(None, None), lambda s: s.fit([], [])])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_trained_model_with_nothing_labelled(fit, classes):
    rows = classes > SPECIES
    model = make_pipeline(StandardScaler(), LogisticRegression())
    frozen = FrozenEstimator(model.fit(IRIS[rows], SPECIES[rows]))
    sampler = LinearSampler(frozen, n_draws=30)
    with pytest.warns(
        UserWarning, match=r"does not store its training points, .* given none"
    ):
        fit(sampler)
    p_nkc = sampler.draw(IRIS, rng=0)
    assert p_nkc.shape == (150, 30, classes)
    # it is the prior, about the trained weights
    assert p_nkc.std(axis=1).min() > 0.1


def test_bayesian_models_with_nothing_labelled_draw_as_ever():
    model = BayesianRidge().fit(X, Y)
    expected = LinearSampler(model).fit(X, Y).draw(X_POOL, rng=0)
    for nothing in ((None, None), (X[:0], Y[:0])):
        sampler = LinearSampler(FrozenEstimator(model)).fit(*nothing)
        np.testing.assert_array_equal(sampler.draw(X_POOL, rng=0), expected)


def test_one_draw_cannot_disagree():
    for model, y in ((BayesianRidge(), Y), (LogisticRegression(), Y > 3)):
        with pytest.raises(
            ValueError, match="has n_draws=1, but a single draw cannot disag"
        ):
            BALD(LinearSampler(model, n_draws=1)).fit(X, y)


def test_logistic_draws_centre_on_the_model():
    model = LogisticRegression(C=1e-6, max_iter=500)  # hardly any room
    sampler = LinearSampler(model, n_draws=3).fit(IRIS, SPECIES)
    design, p_nc, s_n = sampler._labelled
    sampler._labelled = design, p_nc, s_n * 1e12  # and no doubt at all
    expected = sampler.estimator_.predict_proba(IRIS)
    draws = sampler.draw(IRIS, rng=0)
    np.testing.assert_allclose(draws, expected[:, None].repeat(3, axis=1), atol=1e-3)


@pytest.mark.parametrize("convert", [sp.csr_matrix, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("classes", [2, 3])
def test_sparse_points_give_the_same_draws(convert, classes):
    rows = classes > SPECIES
    X, y = IRIS[rows], SPECIES[rows]
    model = LogisticRegression(max_iter=500).fit(X, y)
    sampler = LinearSampler(FrozenEstimator(model), n_draws=4)
    dense = sampler.fit(X, y).draw(X, rng=0)
    sparse = sampler.fit(convert(X), y).draw(convert(X), rng=0)
    np.testing.assert_allclose(sparse, dense, atol=1e-10)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_weight_of_two_is_a_point_twice(classes):
    rows = classes > SPECIES
    X, y = IRIS[rows][::3], SPECIES[rows][::3]
    twice = np.arange(len(y)) % 2 == 0
    model = LogisticRegression(max_iter=2000, tol=1e-10)
    sampler = LinearSampler(model, n_draws=4)
    doubled = sampler.fit(np.vstack([X, X[twice]]), np.hstack([y, y[twice]]))
    expected = doubled.draw(X, rng=0)
    weighted = sampler.fit(X, y, sample_weight=1.0 + twice)
    np.testing.assert_allclose(weighted.draw(X, rng=0), expected, atol=1e-5)
    pipeline = make_pipeline(StandardScaler(with_mean=False, with_std=False), model)
    passed = LinearSampler(pipeline, n_draws=4)
    passed.fit(X, y, logisticregression__sample_weight=1.0 + twice)
    np.testing.assert_allclose(passed.draw(X, rng=0), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["sample_weight", "importance"])
def test_weights_that_are_routed_count(name):
    weight = 1.0 + (SPECIES == 1)
    model = LogisticRegression(max_iter=2000, tol=1e-10)
    plain = LinearSampler(model, n_draws=4).fit(IRIS, SPECIES, sample_weight=weight)
    with config_context(enable_metadata_routing=True):
        requesting = clone(model).set_fit_request(sample_weight=name)
        sampler = LinearSampler(make_pipeline("passthrough", requesting), n_draws=4)
        sampler.fit(IRIS, SPECIES, **{name: weight})
    np.testing.assert_array_equal(plain._labelled[2], sampler._labelled[2])
    np.testing.assert_allclose(sampler.draw(IRIS, rng=0), plain.draw(IRIS, rng=0))


def test_weights_that_the_model_refuses_do_not_count():
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        model = LogisticRegression().set_fit_request(sample_weight=False)
        sampler = LinearSampler(make_pipeline(scaler, model))
        sampler.fit(IRIS, SPECIES, sample_weight=1.0 + (SPECIES == 1))
    np.testing.assert_array_equal(sampler._labelled[2], np.ones(150))


def test_class_weights_count():
    weight = {0: 1, 1: 5, 2: 1}
    model = LogisticRegression(max_iter=2000, tol=1e-10)
    by_class = LinearSampler(model.set_params(class_weight=weight), n_draws=4)
    by_point = LinearSampler(LogisticRegression(max_iter=2000, tol=1e-10), n_draws=4)
    np.testing.assert_allclose(
        by_class.fit(IRIS, SPECIES).draw(IRIS, rng=0),
        by_point.fit(IRIS, SPECIES, sample_weight=1.0 + 4 * (SPECIES == 1)).draw(
            IRIS, rng=0
        ),
        atol=1e-5,
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_balanced_classes_are_those_of_the_model(classes):
    """At the mode the weighted gradient is zero, if the weights are the model's."""
    rows = classes > SPECIES
    X, y = IRIS[rows], SPECIES[rows]
    weight = np.random.default_rng(0).uniform(0.1, 9, len(y))
    model = LogisticRegression(class_weight="balanced", tol=1e-12, max_iter=20_000)
    sampler = LinearSampler(model).fit(X, y, sample_weight=weight)
    _, p_nc, s_n = sampler._labelled
    hit_nc = np.eye(classes)[y][:, -p_nc.shape[1] :]
    gradient_cd = (s_n[:, None] * (p_nc - hit_nc)).T @ X + sampler.estimator_.coef_
    np.testing.assert_allclose(gradient_cd, 0, atol=1e-2)


def penalised(l1_ratio):
    """Parameters of an L1 penalty: l1_ratio alone since scikit-learn 1.8."""
    model = LogisticRegression(l1_ratio=l1_ratio, solver="saga", max_iter=500)
    if model.penalty == "l2":
        model.penalty = "l1" if l1_ratio == 1 else "elasticnet"
    return model


@pytest.mark.parametrize(
    "model", [penalised(0.5), penalised(1), LogisticRegression(C=np.inf)]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:l1_ratio parameter:UserWarning")
def test_other_penalties_have_no_laplace_approximation(model):
    with pytest.raises(TypeError, match=r"L2 penalty.*BootstrapSampler"):
        LinearSampler(model).fit(IRIS, SPECIES)


def test_one_model_a_class_has_no_joint_posterior():
    model = LogisticRegression(max_iter=500).fit(IRIS, SPECIES)
    model.multi_class = "ovr"  # a parameter before scikit-learn 1.8
    with pytest.raises(TypeError, match=r"multinomial.*BootstrapSampler"):
        LinearSampler(FrozenEstimator(model)).fit(IRIS, SPECIES)


def test_other_models_are_refused():
    with pytest.raises(TypeError, match=r"LinearSampler\(Ridge\).*BootstrapSampler"):
        LinearSampler(Ridge()).fit(X, Y)


def test_cross_validated_penalty_is_used():
    model = LogisticRegressionCV(Cs=[0.01], cv=3, scoring="accuracy")
    if "use_legacy_attributes" in model.get_params():
        model.set_params(use_legacy_attributes=False, l1_ratios=(0,))
    plain = LogisticRegression(C=0.01)
    for a in (model, plain):
        a.set_params(max_iter=5000, tol=1e-10)
    np.testing.assert_allclose(
        LinearSampler(model, n_draws=3).fit(IRIS, SPECIES).draw(IRIS, rng=0),
        LinearSampler(plain, n_draws=3).fit(IRIS, SPECIES).draw(IRIS, rng=0),
        atol=1e-4,
    )


def test_frozen_model_takes_the_points_it_is_given():
    model = LogisticRegression(max_iter=500).fit(IRIS, SPECIES)
    sampler = LinearSampler(FrozenEstimator(model), n_draws=200)
    few = sampler.fit(IRIS[::10], SPECIES[::10]).draw(IRIS, rng=0)
    many = sampler.fit(IRIS, SPECIES).draw(IRIS, rng=0)
    assert few.std(axis=1).mean() > many.std(axis=1).mean()
    np.testing.assert_array_equal(sampler.estimator_.coef_, model.coef_)


def test_text_from_end_to_end():
    texts = ["good film", "bad film", "good plot", "bad plot", "dull", "fine"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    assert isinstance(as_sampler(model), LinearSampler)
    strategy = BALD(model, random_state=0).fit(texts, [1, 0, 1, 0, 0, 1])
    assert len(strategy.query(["a good one", "unknown words", "dull plot"], 2)) == 2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_large_sparse_text_in_little_memory():
    """20,000 features, 20 classes: little more memory than the 160 MB of weights."""
    rng = np.random.default_rng(0)
    X = sp.random(500, 20_000, density=0.005, format="csr", random_state=0)
    y = rng.integers(20, size=500)
    sampler = LinearSampler(LogisticRegression(max_iter=20, tol=1e-2)).fit(X, y)
    tracemalloc.start()
    p_nkc = sampler.draw(X[:50], rng=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert p_nkc.shape == (50, 50, 20)
    assert peak < 300e6
