import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skactive
from skactive import CoreSet, testing
from skactive._utils.array import generator_at
from skactive.distributed import as_pool
from skactive.distributed._executors import InProcess
from skactive.distributed._objective import (
    DistributedObjective,
    _packed,
    _unpacked,
    gather_leaders,
    leading,
)
from skactive.distributed._parts import Parts
from skactive.objectives import _variance_reduction
from skactive.selection import Restricted, Scores, greedy, top, top_of
from tests import zoo

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

RNG = np.random.default_rng(0)
POOL = RNG.normal(size=(260, 4))
POOL[150:200] = POOL[:50]  # copies, in other blocks
X = RNG.normal(size=(60, 4))
LABELS, VALUES = X[:, :3].argmax(axis=1), X[:, 0] + X[:, 1] ** 2
CHUNKS = (60, 50, 90, 60)

FEW = {"max_configurations": 20}
INFORMATION = {"dependence": "mutual_information", **FEW}
EXACT = [
    ("ACSFW", "classification", {}),
    ("BADGE", "classification", {}),
    ("BAIT", "classification", {}),
    ("BAIT", "regression", {}),
    ("BALD", "classification", {}),
    ("BALD", "regression", {}),
    ("BalancedEntropy", "classification", {}),
    ("BatchBALD", "classification", {"max_configurations": 40}),
    ("CoreLog", "classification", {}),
    ("CoreLog", "regression", {}),
    ("CoreMSE", "classification", {"n_reference": 50}),
    ("CoreMSE", "regression", {}),
    ("CoreSet", "classification", {}),
    ("CoreSet", "regression", {"metric": "cosine"}),
    ("DEIMOS", "classification", {}),
    ("DEIMOS", "classification", {"dtype": "float16"}),
    ("DEIMOS", "regression", {"n_reference": 100}),
    ("DoubtWeightedCoreSet", "classification", {}),
    ("EPIG", "classification", {}),
    ("EPIG", "classification", {"batch": "diverse", "share": 0.3}),
    ("EPIG", "regression", {"n_reference": 40}),
    ("Entropy", "classification", {}),
    ("FASS", "classification", {"beta": 2}),
    ("FASS", "classification", {"beta": 50}),
    ("HybridICAL", "classification", {"n_condense": 40, "max_configurations": 40}),
    ("HybridICAL", "classification", {"weight": 0.1, "max_configurations": 99}),
    ("ICAL", "classification", {"n_condense": 40}),
    ("ICAL", "classification", {"n_condense": 300, "n_per_step": 2}),
    ("ICAL", "classification", {"n_condense": 40, "batch_kernel": "product"}),
    ("ICAL", "classification", {"n_condense": 40, "batch_kernel": "joint"}),
    ("ICAL", "classification", {"n_condense": 9, **INFORMATION}),
    ("ICAL", "regression", {"n_condense": 9, **INFORMATION}),
    ("EPIG", "classification", {"n_reference": 9, "batch": "greedy", **FEW}),
    ("ICAL", "regression", {"n_condense": 40}),
    ("ICALPointwise", "classification", {"n_condense": 40}),
    ("ICALPointwise", "classification", {"n_condense": 300}),
    ("ICALPointwise", "classification", {"resample": False, "n_per_step": 3}),
    ("ICALPointwise", "regression", {"n_condense": 40}),
    ("KMeansCoreSet", "classification", {}),
    ("MaxVariance", "regression", {}),
    ("PowerBALD", "classification", {}),
    ("ProbabilisticCoreSet", "classification", {"n_batches": 12}),
    ("RandomSampling", "classification", {}),
]
on_exact = pytest.mark.parametrize(("name", "task", "parameters"), EXACT)
# processes take their time: one case of each strategy and task is sent to workers
SENT = list({(name, task): (name, task, p) for name, task, p in EXACT}.values())


def fitted(name, task="classification", parameters=(), model=None):
    if model is None and task == "classification":
        model = RandomForestClassifier(12, min_samples_leaf=4, random_state=0)
    elif model is None:
        model = RandomForestRegressor(12, min_samples_leaf=4, random_state=0)
    strategy = getattr(skactive, name)(model, random_state=0, **dict(parameters))
    return strategy.fit(X, LABELS if task == "classification" else VALUES)


def same(strategy, whole, blocks, n=20, **options):
    """Check that a pool in blocks gives the same batch, scores and warnings."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        picks, gains = strategy.query(whole, n, return_scores=True, **options)
    with warnings.catch_warnings(record=True) as warned_again:
        warnings.simplefilter("always", UserWarning)
        again, same = strategy.query(blocks, n, return_scores=True, **options)
    ours = [
        [str(w.message) for w in ws if "candidates" in str(w.message)]
        for ws in (warned, warned_again)
    ]
    assert ours[0] == ours[1]
    np.testing.assert_array_equal(again, picks)
    assert again.dtype == np.intp
    np.testing.assert_allclose(same, gains, rtol=1e-9, atol=1e-12)


@on_exact
def test_batch_of_blocks_is_that_of_the_whole(name, task, parameters):
    strategy = fitted(name, task, parameters)
    blocks = da.from_array(POOL, chunks=(CHUNKS, 3))
    same(strategy, POOL, blocks)
    same(strategy, POOL, blocks, candidates=np.arange(7, 260, 3))
    same(strategy, POOL, blocks, n=1, candidates=[155])
    np.testing.assert_allclose(
        strategy.score_samples(blocks),
        strategy.score_samples(POOL),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_bounds_of_gains_that_grow_are_those_of_the_blocks(task, monkeypatch):
    """As for pools and numbers of classes that are larger than those of the tests."""
    monkeypatch.setattr(_variance_reduction, "LEAST_BOUNDED", 0)
    monkeypatch.setattr(_variance_reduction, "SAME_TIME", np.inf)
    strategy = fitted("DEIMOS", task)
    blocks = da.from_array(POOL, chunks=(CHUNKS, 3))
    f = strategy._objective(as_pool(blocks), strategy._rng())
    assert f.costly
    state = f.add(f.start(), 70)
    bounds = f.gains(f.start())
    grown = f.grown(state, bounds)
    assert (grown >= f.gains(state) - f.rounding).all()
    rows = np.array([200, 3, 259, 61])
    np.testing.assert_array_equal(f.grown(state, bounds[rows], rows), grown[rows])
    same(strategy, POOL, blocks)
    same(strategy, POOL, blocks, candidates=np.arange(7, 260, 3))


def test_only_the_sample_of_blocks_is_queried():
    parameters = {"n_reference": 200, "sample_only": True}
    strategy = fitted("DEIMOS", "regression", parameters)
    same(strategy, POOL, da.from_array(POOL, chunks=(CHUNKS, 3)))


@pytest.mark.slow
@on_exact
def test_copies_in_other_blocks_go_to_the_smaller_index(name, task, parameters):
    copies = np.tile(POOL[:20], (4, 1))
    strategy = fitted(name, task, parameters)
    same(strategy, copies, da.from_array(copies, chunks=(11, 4)), n=30)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_features_of_blocks_are_searched_here(metric):
    strategy = fitted("RobustCoreSet", parameters={"metric": metric})
    blocks = da.from_array(POOL[:90], chunks=(35, 4))
    same(strategy, POOL[:90], blocks, n=3)
    without_model = skactive.RobustCoreSet(metric=metric).fit(X)
    same(without_model, POOL[:90], blocks, n=3, candidates=np.arange(3, 90, 2))


def test_sparse_features_of_blocks_are_searched_here():
    def sparse(X):
        return csr_matrix(X * (X > 0))

    model = make_pipeline(
        FunctionTransformer(sparse), RandomForestClassifier(5, random_state=0)
    )
    strategy = skactive.KMeansCoreSet(model, random_state=0).fit(X, LABELS)
    same(strategy, POOL, da.from_array(POOL, chunks=(90, 4)), n=5)


def test_data_frames_of_unknown_lengths():
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame(POOL, columns=list("abcd"))
    model = make_pipeline(StandardScaler(), RandomForestClassifier(9, random_state=0))
    strategy = skactive.BALD(model, random_state=0)
    strategy.fit(pd.DataFrame(X, columns=list("abcd")), LABELS)
    parts = dd.from_pandas(frame, npartitions=4)
    same(strategy, frame, parts)
    kept = frame[frame.a > -1].reset_index(drop=True)
    same(strategy, kept, parts[parts.a > -1])
    nothing = dd.concat([parts[parts.a > 99], parts])  # partitions without rows
    same(strategy, frame, nothing)


def test_strategies_that_need_the_whole_pool_say_which_do_not():
    blocks = da.from_array(POOL, chunks=(90, 4))
    for strategy in (
        CoreSet(metric="precomputed"),
        CoreSet(metric=lambda a, b: 0.0),
        skactive.RobustCoreSet(metric="precomputed"),
    ):
        with pytest.raises(TypeError, match="whole pool in memory"):
            strategy.fit(X).query(blocks, 3)
    with pytest.raises(TypeError, match="use beam_width=1"):
        fitted("DoubtWeightedCoreSet", parameters={"beam_width": 2}).query(blocks, 3)
    with pytest.raises(TypeError, match="use a dask array or a dask data frame"):
        fitted("BALD").query(dask.delayed(POOL), 3)


def test_an_objective_of_ones_own_is_not_taken_for_one_in_blocks():
    class Central(skactive.BALD):
        def _objective(self, X_pool, rng):
            return Scores(-abs(X_pool - X_pool.mean(axis=0)).sum(axis=1))

    strategy = Central(RandomForestClassifier(5, random_state=0)).fit(X, LABELS)
    message = r"Central does not support dask .* BALD, .*ICAL or CoreSet"
    with pytest.raises(TypeError, match=message):
        strategy.query(da.from_array(POOL, chunks=(90, 4)), 3)


def test_bad_requests_get_the_same_answers():
    strategy, blocks = fitted("BALD"), da.from_array(POOL, chunks=(90, 4))
    with pytest.raises(
        ValueError, match="n=261 is larger than the pool, which has 260 points"
    ):
        strategy.query(blocks, 261)
    with pytest.raises(ValueError, match="from 0 to 259, but range from 3 to 260"):
        strategy.query(blocks, 1, candidates=[3, 260])
    with pytest.raises(ValueError, match="X_pool is empty"):
        strategy.query(blocks[:0], 1)
    with pytest.raises(ValueError, match="features") as error:
        strategy.query(da.from_array(POOL[:, :3], chunks=(90, 3)), 1)
    assert error.value.__notes__ == ["in the part of the pool that begins at row 0"]


def blocked(values, sizes):
    return Parts(InProcess(), np.split(values, np.cumsum(sizes)[:-1]), sizes)


@pytest.mark.parametrize("n", [1, 3, 12])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_leaders_are_enough(n, ties, seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(4, size=30) * (1 + 1e-15 * rng.integers(3, size=30))
    order = rng.integers(2, size=30).astype(float) if ties else None
    parts = [
        Scores(s, None if order is None else o)
        for s, o in zip(
            np.split(scores, [7, 19]),
            np.split(np.zeros(30) if order is None else order, [7, 19]),
            strict=True,
        )
    ]
    f = DistributedObjective(Parts(InProcess(), parts, [7, 12, 11]))
    whole = Scores(scores, order)
    np.testing.assert_array_equal(top_of(f, n)[0], top(scores, n, order)[0])
    np.testing.assert_array_equal(greedy(f, n)[0], greedy(whole, n)[0])
    candidates = np.sort(rng.permutation(30)[:15])
    np.testing.assert_array_equal(
        greedy(Restricted(f, candidates), n)[0],
        greedy(Restricted(whole, candidates), n)[0],
    )


def test_few_of_many_equal_points_travel():
    scores, available = np.zeros(1000), np.ones(1000, dtype=bool)
    scores[10] = -1.0
    leaders = leading(scores, None, _packed(available), 5)
    assert leaders.rows.tolist() == [0, 1, 2, 3, 4, 10]
    nan = np.where(np.arange(9) == 4, np.nan, 1.0)
    with pytest.raises(ValueError, match="gain of point 4 is NaN"):
        leading(nan, None, _packed(np.ones(9, dtype=bool)), 1)


def test_a_block_without_candidates_has_no_leaders():
    available = np.zeros(12, dtype=bool)
    available[7] = True

    def of_part(part, available, n):
        return leading(part, None, available, n)

    found = gather_leaders(blocked(np.arange(12.0), [5, 5, 2]), of_part, available, 2)
    assert found.rows.tolist() == [7]
    assert found.gains.tolist() == [7.0]


@pytest.mark.parametrize("share", [0.001, 0.5, 1.0])
def test_masks_travel_packed(share):
    mask = np.random.default_rng(0).random(1000) >= share
    np.testing.assert_array_equal(_unpacked(_packed(mask), 1000), mask)


def test_parts_are_summed_joined_and_ordered():
    parts = blocked(np.arange(10.0), [3, 4, 1, 2])
    assert parts.map(np.sum).total() == 45
    rows = np.array([9, 0, 7, 3, 0])
    taken = parts.at(lambda part, local, times: times * part[local], rows, 2)
    assert taken.tolist() == [18, 0, 14, 6, 0]
    assert parts.place(7) == (2, 0)
    assert parts.place(np.intp(6)) == (1, 3)


def test_a_generator_is_moved_on():
    rng = np.random.default_rng(3)
    later = generator_at(rng, 7)
    assert rng.random(9)[7:].tolist() == later.random(2).tolist()


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "60s"}),
        distributed.LocalCluster(
            processes=True, n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize(("name", "task", "parameters"), SENT)
def test_batch_on_two_workers_is_that_of_one_process(name, task, parameters, client):
    strategy = fitted(name, task, parameters)
    same(strategy, POOL, da.from_array(POOL, chunks=(CHUNKS, 4)), n=8)


@pytest.mark.parametrize(
    "name",
    [
        "Entropy",
        "ICAL",
        "DEIMOS",
        "BatchBALD",
        "BADGE",
        "BAIT",
        "FASS",
        "CoreMSE",
        "ACSFW",
        "ICALPointwise",
        "HybridICAL",
    ],
)
def test_a_net_on_two_workers(name, client):
    pytest.importorskip("skorch")
    labelled, labels, pool = testing.make_data("classification")
    net = zoo.models("classification")["net"]
    strategy = getattr(skactive, name)(net, random_state=0).fit(labelled, labels)
    blocks = da.from_array(pool, chunks=(17, pool.shape[1]))
    picks, gains = strategy.query(pool, 8, return_scores=True)
    again, same = strategy.query(blocks, 8, return_scores=True)
    # a net rounds its float32 draws by the batch: of two copies either may come first
    np.testing.assert_array_equal(pool[again], pool[picks])
    np.testing.assert_allclose(same, gains, rtol=1e-3)


def test_frame_and_pipeline_on_two_workers(client):
    test_data_frames_of_unknown_lengths()


class Slow:
    """Linear draws; the first worker to draw takes so long that it can be killed."""

    task = "classification"

    def __init__(self, mark=None):
        self.mark, self.home = mark, os.getpid()

    def fit(self, X, y):
        return self

    def draw(self, X, rng):
        w = np.random.default_rng(int(rng.integers(99))).normal(size=(4, 10, 3))
        if self.mark is not None and os.getpid() != self.home:
            self._wait()
        p = np.exp(np.tensordot(np.asarray(X), w, axes=1))
        return p / p.sum(axis=-1, keepdims=True)

    def _wait(self):
        try:
            with open(self.mark, "x") as mark:
                mark.write(str(os.getpid()))
        except FileExistsError:
            return
        time.sleep(30)


@pytest.mark.slow
def test_a_worker_killed_while_it_draws_costs_a_retry(client, tmp_path):
    mark = tmp_path / "mark"
    killed = []

    def kill():
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.01)
        killed.append(int(mark.read_text()))
        os.kill(killed[0], signal.SIGKILL)

    expected = skactive.DEIMOS(Slow(), random_state=0).fit(X, LABELS).query(POOL, 6)
    strategy = skactive.DEIMOS(Slow(str(mark)), random_state=0).fit(X, LABELS)
    killer = threading.Thread(target=kill)
    killer.start()
    start = time.monotonic()
    picks = strategy.query(da.from_array(POOL, chunks=(65, 4)), 6)
    killer.join()
    assert killed
    assert time.monotonic() - start < 29
    np.testing.assert_array_equal(picks, expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["BatchBALD", "DEIMOS", "CoreSet", "ICAL"])
def test_a_worker_killed_between_two_picks_costs_a_retry(name, client, monkeypatch):
    parameters = {"max_configurations": 40} if name == "BatchBALD" else {}
    strategy = fitted(name, parameters=parameters)
    expected = strategy.query(POOL, 6)
    client.wait_for_workers(2, timeout=600)
    pids = client.run(os.getpid)
    objective_of, victims = strategy._objective, list(pids.values())[:1]

    def watched(*args):
        f = objective_of(*args)
        add = f.add

        def killing(state, i):
            if victims and not killing.first:
                os.kill(victims.pop(), signal.SIGKILL)
            killing.first = False
            return add(state, i)

        killing.first = True
        f.add = killing
        return f

    monkeypatch.setattr(strategy, "_objective", watched)
    picks = strategy.query(da.from_array(POOL, chunks=(65, 4)), 6)
    assert not victims
    np.testing.assert_array_equal(picks, expected)
