from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn import config_context
from sklearn.datasets import make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from skactive import DEIMOS
from skactive._utils.array import to_numpy
from skactive.objectives import LazyVarianceReduction, VarianceReduction, gram
from skactive.selection import greedy

RNG = np.random.default_rng(0)


class Draws:
    """A model whose draws at each point are given: points are row numbers."""

    def __init__(self, draws, task, as_array=lambda a: a):
        self.draws, self.task, self.as_array = draws, task, as_array

    def fit(self, X, y):
        return self

    def draw(self, X, rng):
        return self.as_array(self.draws[np.ravel(X)])


def softmax(a):
    e = np.exp(a)
    return e / e.sum(axis=-1, keepdims=True)


def smooth_draws(n, k, c, task, rng=RNG):
    """Draws that agree on neighbours, so that picks say something of each other."""
    x = np.linspace(0, 3, n)
    waves = [np.sin(np.outer(x * rng.uniform(0.5, 3), np.ones(c))) for _ in range(8)]
    draws = np.einsum("wnc,wkc->nkc", waves, rng.normal(size=(8, k, c)))
    draws += 0.3 * rng.normal(size=(n, k, c))
    return softmax(draws) if task == "classification" else draws


def dense_picks(draws, b, noise, task, reference, pool):
    """Algorithm 1 of the paper, by its letter, any number of outputs.

    Returns the picks and the drop of the trace at each.
    """
    n, k, c = draws.shape
    flat = draws.transpose(0, 2, 1).reshape(n * c, k)
    V = np.cov(flat, bias=True).reshape(n * c, n * c)
    own = noise * np.eye(c)
    if task == "regression":
        V, own = V + noise * np.eye(n * c), np.zeros((c, c))
    blocks = np.arange(n * c).reshape(n, c)
    rows = blocks[reference].ravel()
    picks, drops = [], []
    for _ in range(b):
        gains = np.full(n, -np.inf)
        for i in set(pool) - set(picks):
            V_i, V_ii = V[np.ix_(rows, blocks[i])], V[np.ix_(blocks[i], blocks[i])]
            gains[i] = np.trace(np.linalg.inv(V_ii + own) @ V_i.T @ V_i)
        i = int(np.argmax(gains))
        V_i, V_ii = V[:, blocks[i]], V[np.ix_(blocks[i], blocks[i])]
        V = V - V_i @ np.linalg.inv(V_ii + own) @ V_i.T
        picks.append(i)
        drops.append(gains[i])
    return picks, drops


def query(draws, b, task, n_pool, as_array=lambda a: a, **parameters):
    model = Draws(draws, task, as_array)
    strategy = DEIMOS(model, random_state=0, **parameters)
    n = len(draws)
    strategy.fit(np.arange(n_pool, n)[:, None], np.zeros(n - n_pool))
    return strategy.query(np.arange(n_pool)[:, None], b, return_scores=True)


@pytest.mark.parametrize("noise", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize(
    ("task", "c"),
    [
        ("regression", 1),
        ("regression", 3),
        ("classification", 2),
        ("classification", 4),
    ],
)
def test_picks_are_those_of_the_dense_published_form(task, c, noise, as_array):
    draws = smooth_draws(60, 10, c, task)  # 48 in the pool, 12 labelled: b > k
    picks, gains = query(draws, 16, task, 48, as_array, noise=noise)
    dense, drops = dense_picks(draws, 16, noise, task, range(60), range(48))
    assert picks.tolist() == dense
    # what is left of the first gains is a difference: it rounds as they do
    np.testing.assert_allclose(gains, drops, rtol=1e-7, atol=1e-11 * drops[0])


def test_drops_are_those_of_conditioning_a_gaussian():
    draws, noise = smooth_draws(30, 200, 1, "regression"), 0.2
    V = np.cov(draws[:, :, 0], bias=True)
    picks, gains = query(draws, 6, "regression", 30, noise=noise)
    left = [np.trace(V) + 30 * noise]
    for size in range(1, 7):
        asked, rest = picks[:size], np.setdiff1d(np.arange(30), picks[:size])
        V_aa = V[np.ix_(asked, asked)] + noise * np.eye(size)
        V_ra = V[np.ix_(rest, asked)]
        posterior = V[np.ix_(rest, rest)] - V_ra @ np.linalg.inv(V_aa) @ V_ra.T
        left.append(np.trace(posterior) + len(rest) * noise)
    np.testing.assert_allclose(gains, -np.diff(left), rtol=1e-9)


def objective_of(V, noise):
    """Deviations whose covariance with noise is V, all points in the reference."""
    values, vectors = np.linalg.eigh(V - noise * np.eye(len(V)))
    f_nck = (vectors * np.sqrt(values))[:, None, :]
    return VarianceReduction(f_nck, gram(f_nck), noise, np.ones(len(V), dtype=bool))


def total_drop(V, batch):
    V_b = V[:, list(batch)]
    return np.trace(V_b @ np.linalg.inv(V_b[list(batch)]) @ V_b.T)


def test_appendix_a():
    V = np.array([[9.0, 3, 2], [3, 2, 3], [2, 3, 9]])
    f = objective_of(V, noise=0.1)
    np.testing.assert_allclose(f.gains(f.start()), [10.444, 11, 10.444], atol=5e-4)
    with pytest.warns(UserWarning, match="same gain from pick 2"):
        picks, gains = greedy(f, 2)
    assert picks.tolist() == [1, 0]
    assert gains.sum() == pytest.approx(16.889, abs=5e-4)
    drops = {batch: total_drop(V, batch) for batch in combinations(range(3), 2)}
    assert drops[0, 1] == pytest.approx(gains.sum())
    assert max(drops, key=drops.get) == (0, 2)
    assert drops[0, 2] == pytest.approx(19.636, abs=5e-4)


def test_copies_of_a_pick_are_worth_little():
    draws = smooth_draws(20, 30, 1, "regression")
    draws = np.concatenate([draws, draws])
    picks, _ = query(draws, 5, "regression", 40, noise=0.01)
    assert len(set(picks % 20)) == 5
    assert (picks < 20).all()  # of copies, the first


def test_candidates_out_of_the_reference():
    draws, noise = smooth_draws(50, 10, 2, "regression"), 0.3
    model = Draws(draws, "regression")
    strategy = DEIMOS(model, noise=noise, n_reference=17, random_state=0)
    strategy.fit(np.arange(40, 50)[:, None], np.zeros(10))
    picks = strategy.query(np.arange(40)[:, None], 12)
    rng = strategy._rng()
    rng.random()  # the functions'
    in_pool, in_labelled = strategy._reference(40, 10, rng)
    assert in_pool.sum() + len(in_labelled) == 17
    reference = [*np.flatnonzero(in_pool), *(40 + in_labelled)]
    dense = dense_picks(draws, 12, noise, "regression", reference, range(40))
    assert picks.tolist() == dense[0]


def test_n_reference_larger_than_all_is_all():
    draws = smooth_draws(30, 10, 1, "regression")
    expected = query(draws, 8, "regression", 25)[0]
    picks = query(draws, 8, "regression", 25, n_reference=1000)[0]
    assert picks.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("task", "share"), [("regression", 0.1), ("classification", 0.01)]
)
def test_auto_noise_is_a_share_of_the_mean_variance(task, share):
    draws = smooth_draws(40, 10, 3, task)
    noise = share * draws.var(axis=1).mean()
    expected = query(draws, 10, task, 30, noise=noise)
    picks, gains = query(draws, 10, task, 30)
    assert picks.tolist() == expected[0].tolist()
    np.testing.assert_allclose(gains, expected[1], rtol=1e-9)


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_draws_that_agree_are_worth_nothing(task):
    draws = np.repeat(smooth_draws(12, 1, 2, task), 5, axis=1)
    with pytest.warns(UserWarning, match="same gain from pick 1"):
        picks, gains = query(draws, 3, task, 10)
    assert picks.tolist() == [0, 1, 2]
    assert gains.tolist() == [0, 0, 0]


def test_order_of_classes_and_of_rows_does_not_matter():
    draws = smooth_draws(40, 12, 4, "classification")
    picks = query(draws, 10, "classification", 40)[0]
    assert (
        query(draws[:, :, ::-1], 10, "classification", 40)[0].tolist() == picks.tolist()
    )
    order = RNG.permutation(40)
    again = query(draws[order], 10, "classification", 40)[0]
    assert order[again].tolist() == picks.tolist()


def test_states_are_values(as_array):
    f_nck = RNG.normal(size=(15, 2, 6))
    noisy = np.arange(15) % 2 == 0
    f = VarianceReduction(as_array(f_nck), as_array(gram(f_nck)), 0.1, as_array(noisy))
    state = f.add(f.start(), 3)
    before = to_numpy(f.gains(state)).copy()
    f.add(state, 4)
    np.testing.assert_array_equal(to_numpy(f.gains(state)), before)
    rows = as_array(np.array([7, 1]))
    np.testing.assert_array_equal(to_numpy(f.gains(state, rows)), before[[7, 1]])


def test_several_targets_of_a_forest():
    X, y = make_regression(80, n_targets=2, random_state=0)
    strategy = DEIMOS(RandomForestRegressor(10), random_state=0).fit(X[:20], y[:20])
    assert len(set(strategy.query(X[20:], 30).tolist())) == 30


def test_dropout_noise_is_equation_3():
    p, decay, n, scale = 0.2, 5e-4, 75, 1.5
    tau = (1 - p) * scale**2 / (2 * n * decay)
    assert DEIMOS.dropout_noise(p, decay, n, scale) == pytest.approx(1 / tau)


def test_noise_must_be_positive():
    with pytest.raises(ValueError, match="noise"):
        DEIMOS(RandomForestClassifier(), noise=0.0).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_draws_may_be_held_without_the_variances(task, as_array, monkeypatch):
    draws, forms = smooth_draws(200, 8, 4, task), []
    for form in (VarianceReduction, LazyVarianceReduction):
        start = form.start
        watched = lambda self, start=start: forms.append(type(self)) or start(self)  # noqa: E731
        monkeypatch.setattr(form, "start", watched)
    picks, gains = query(draws, 12, task, 180, as_array)
    with config_context(working_memory=draws.nbytes / 2**20):
        again, same = query(draws, 12, task, 180, as_array)
    assert forms == [VarianceReduction, LazyVarianceReduction]
    assert again.tolist() == picks.tolist()
    np.testing.assert_allclose(same, gains, rtol=1e-9)


def test_draws_held_in_half_precision(as_array):
    draws, task = smooth_draws(200, 30, 4, "classification"), "classification"
    exact = DEIMOS(Draws(draws, task), random_state=0)
    half = DEIMOS(Draws(draws, task, as_array), dtype="float16", random_state=0)
    X, y = np.arange(180, 200)[:, None], np.zeros(20)
    f_nck = half.fit(X, y)._deviations(as_array(draws))
    assert to_numpy(f_nck).dtype == np.float16
    expected = exact.fit(X, y)._deviations(draws)
    np.testing.assert_allclose(to_numpy(f_nck), expected, rtol=2**-11, atol=1e-7)
    pool = np.arange(180)[:, None]
    assert np.argmax(half.score_samples(pool)) == np.argmax(exact.score_samples(pool))
    ranks = spearmanr(half.score_samples(pool), exact.score_samples(pool))
    assert ranks.statistic > 0.9999


def test_single_precision_is_as_the_dense_form_with_rounded_deviations():
    draws = smooth_draws(60, 10, 1, "regression")
    deviations = (draws - draws.mean(axis=1, keepdims=True)) / 10**0.5
    rounded = deviations.astype(np.float32).astype(float) * 10**0.5
    picks, gains = query(draws, 16, "regression", 48, noise=0.1, dtype="float32")
    dense, drops = dense_picks(rounded, 16, 0.1, "regression", range(60), range(48))
    assert picks.tolist() == dense
    # computed in float64, and rounded to the precision of the deviations
    np.testing.assert_allclose(gains, drops, rtol=1e-7)


def test_half_precision_is_for_probabilities():
    draws = smooth_draws(30, 10, 1, "regression")
    with pytest.raises(ValueError, match="use 'float32'"):
        query(draws, 3, "regression", 20, dtype="float16")


def test_on_torch_meta():
    torch = pytest.importorskip("torch")
    f_nck = torch.zeros((9, 2, 5), device="meta", dtype=torch.float64)
    for form in (VarianceReduction, LazyVarianceReduction):
        f = form(f_nck, gram(f_nck), 0.1)
        state = f.start()
        assert f.gains(state).device.type == "meta"
        assert f.gains(f.add(state, 3)).shape == (9,)


def tied_draws():
    """Two draws: points 1 and 2 are tied, in theory, once point 0 is answered."""
    draws = [
        [[0, 0.5, 0, 0.5], [0, 1, 0, 0]],
        [[0, 0.5, 0, 0.5], [0, 1, 0, 0]],
        [[0.5, 0, 0.5, 0], [0, 0.5, 0.5, 0]],
        [[0, 1, 0, 0], [0, 0, 1, 0]],
    ]
    return np.array(draws, dtype=float)


def test_points_tied_but_for_rounding_go_by_index(as_array):
    strategy = DEIMOS(Draws(tied_draws(), "classification", as_array), random_state=3)
    picks = strategy.fit(np.array([[3]]), [0]).query(np.arange(3)[:, None], 3)
    assert picks.tolist() == [0, 1, 2]


def test_gains_late_in_a_batch_are_right_to_their_rounding(as_array):
    """Against exact fractions: tr(M (A - A')), A and A' before and after an answer."""
    third = [1 / 3, 1 / 3, 1 / 3]
    draws = [
        [[0, 0, 1], [0, 0, 1]],
        [[0, 1, 0], [0, 0.5, 0.5]],
        [[0, 1, 0], [0, 0, 1]],
        [third, [0.5, 0.5, 0]],
        [third, [0.5, 0, 0.5]],
        [[1, 0, 0], third],
    ]
    model = Draws(np.array(draws), "classification", as_array)
    pool = np.arange(6)[:, None]
    strategy = DEIMOS(model, random_state=0).fit(pool, np.zeros(6))
    f = strategy._objective(pool, np.random.default_rng(0))
    f_nck, m_kk = (np.vectorize(Fraction)(to_numpy(a)) for a in (f.f_nck, f.m_kk))
    noise, state = Fraction(f.noise), f.start()
    known_kk = np.vectorize(Fraction)(np.eye(2))
    assert f.rounding < 1e-10 * float(f.gains(state).max())
    for i in [2, 1, 3, 4, 0, 5]:
        a_kk = inverse(known_kk)
        after = [inverse(known_kk + f_ck.T @ f_ck / noise) for f_ck in f_nck]
        gains = np.array(
            [float(np.trace(m_kk @ (a_kk - after_kk))) for after_kk in after]
        )
        assert np.abs(to_numpy(f.gains(state)) - gains).max() < f.rounding
        state, known_kk = f.add(state, i), known_kk + f_nck[i].T @ f_nck[i] / noise


def inverse(m):
    """Of a matrix of two rows."""
    (a, b), (c, d) = m
    return np.array([[d, -b], [-c, a]]) / (a * d - b * c)


def test_logit_space_is_the_dense_form_on_logits(as_array):
    """Of a softmax's own inputs, less their mean, the dense form makes the same."""
    draws = smooth_draws(60, 10, 4, "classification")
    logits = np.log(draws)
    logits -= logits.mean(axis=-1, keepdims=True)
    options = {"noise": 0.1, "space": "logit"}
    picks, gains = query(draws, 12, "classification", 48, as_array, **options)
    dense, drops = dense_picks(logits, 12, 0.1, "classification", range(60), range(48))
    assert picks.tolist() == dense
    np.testing.assert_allclose(gains, drops, rtol=1e-7, atol=1e-11 * drops[0])
    plain, _ = query(draws, 12, "classification", 48, as_array, noise=0.1)
    assert picks.tolist() != plain.tolist()


def test_logits_of_excluded_classes_are_refused():
    draws = smooth_draws(20, 5, 3, "classification")
    draws[3, 2] = [1.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="space='logit'"):
        query(draws, 2, "classification", 20, space="logit")
    with pytest.raises(ValueError, match="float16"):
        query(draws, 2, "classification", 20, space="logit", dtype="float16")


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_candidates_of_algorithm_1_are_the_sample(task, as_array):
    draws = smooth_draws(60, 10, 2, task)
    options = {"noise": 0.1, "n_reference": 30, "sample_only": True}
    model = Draws(draws, task, as_array)
    strategy = DEIMOS(model, random_state=0, **options)
    strategy.fit(np.arange(48, 60)[:, None], np.zeros(12))
    pool = np.arange(48)[:, None]
    scores = strategy.score_samples(pool)
    sample = np.flatnonzero(scores > -np.inf)
    assert 15 < len(sample) < 30
    picks, gains = strategy.query(pool, 6, return_scores=True)
    assert set(picks) <= set(sample)
    anywhere = DEIMOS(model, random_state=0, **(options | {"sample_only": False}))
    anywhere.fit(np.arange(48, 60)[:, None], np.zeros(12))
    only = anywhere.query(pool, 6, candidates=sample, return_scores=True)
    np.testing.assert_array_equal(picks, only[0])
    np.testing.assert_allclose(gains, only[1])
    later = strategy.query(pool, 4, pending=picks[:2])
    np.testing.assert_array_equal(later, picks[2:])
    cost = np.full(48, 2.0)
    cost[sample[0]] = 1.9
    bought = strategy.query(pool, None, cost=cost, budget=6.0)
    assert set(bought) <= set(sample)
    some = np.setdiff1d(np.arange(48), sample[5:])
    assert set(strategy.query(pool, 3, candidates=some)) <= set(sample[:5])
    with pytest.raises(ValueError, match="n=6 points"):
        strategy.query(pool, 6, candidates=some)
    with config_context(working_memory=1e-3):
        np.testing.assert_array_equal(strategy.query(pool, 6), picks)


@pytest.mark.parametrize("space", ["probability", "logit"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_noise_of_given_points_is_the_share_of_their_variance(task, space, as_array):
    draws = smooth_draws(20, 6, 3, task)
    strategy = DEIMOS(Draws(draws, task, as_array), space=space, random_state=0)
    strategy.fit(np.arange(3)[:, None], np.zeros(3))
    X = np.arange(5, 20)[:, None]
    values = draws[5:]
    if task == "classification" and space == "logit":
        values = np.log(values)
        values -= values.mean(axis=-1, keepdims=True)
    share = 0.1 if task == "regression" else 0.01
    noise = DEIMOS.noise_of(strategy.sampler_, X, space=space)
    np.testing.assert_allclose(noise, share * values.var(axis=1).mean())
    # what "auto" takes where these are the reference points
    auto = DEIMOS(Draws(draws, task, as_array), space=space, random_state=0)
    given = DEIMOS(Draws(draws, task, as_array), space=space, noise=noise)
    scores = [s.fit(X[:7], np.zeros(7)).score_samples(X[7:]) for s in (auto, given)]
    np.testing.assert_allclose(*scores)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_noise_within_rounding_error_of_the_variance_is_refused(scale):
    draws = scale * smooth_draws(30, 200, 1, "regression")
    picks, _ = query(draws, 4, "regression", 30, noise=1e-6 * scale**2)
    again, _ = query(draws, 4, "regression", 30, noise=1e-9 * scale**2)
    np.testing.assert_array_equal(again, picks)
    with pytest.raises(ValueError, match="too small for the variance of the draws"):
        query(draws, 4, "regression", 30, noise=1e-11 * scale**2)
