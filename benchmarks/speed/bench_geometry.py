"""Time and memory of DEIMOS and core-sets, against plain forms, each in one run.

    python benchmarks/speed/bench_geometry.py [--quick] [--peer]

``SKACTIVE_DATA`` names a folder with ``mnist.npz`` (``X_train``); random features of
the same shape are used without it. ``--peer`` also times scikit-activeml's CoreSet in
the same process, where scikit-activeml is installed. Each claim is asserted as a ratio
or a size: a benchmark whose claim no longer holds fails.
"""

import os
from pathlib import Path

import numpy as np
from given import Given
from measure import begin, command_line, peak_bytes, timed

from skactive import DEIMOS, CoreSet

MIB = 2**20


def random_draws(n, k, c, task, seed=0):
    """Draws of correlated points: functions of 20 features."""
    rng = np.random.default_rng(seed)
    x_nd = rng.normal(size=(n, 20)) / 20**0.5
    draws_nkc = np.tanh(2 * np.einsum("ij,jkc->ikc", x_nd, rng.normal(size=(20, k, c))))
    if task == "regression":
        return draws_nkc
    draws_nkc = np.exp(2 * draws_nkc)
    return draws_nkc / draws_nkc.sum(axis=-1, keepdims=True)


def dense_deimos(draws_nkc, b, noise, task):
    """Algorithm 1 as published, on the whole covariance; all points may be picked."""
    n, k, c = draws_nkc.shape
    flat = np.ascontiguousarray(draws_nkc.transpose(0, 2, 1)).reshape(n * c, k)
    flat -= flat.mean(axis=1, keepdims=True)
    V = flat @ flat.T / k
    own = noise * np.eye(c)
    if task == "regression":
        V.flat[:: n * c + 1] += noise
        own = np.zeros((c, c))
    picks = []
    for _ in range(b):
        i = dense_pick(V, own, picks)
        picks.append(i)
        V_i = V[:, i * c : (i + 1) * c].copy()
        V -= V_i @ np.linalg.solve(V_i[i * c : (i + 1) * c] + own, V_i.T)
    return picks


def dense_pick(V, own, picks):
    """Point with the largest drop of variance, from the covariance of all points."""
    c = len(own)
    points = [slice(i, i + c) for i in range(0, len(V), c)]
    diagonal = np.stack([V[rows, rows] for rows in points])
    squares = np.stack([V[:, rows].T @ V[:, rows] for rows in points])
    diagonal[picks] = np.eye(c)  # already zero in regression
    gains = np.trace(np.linalg.solve(diagonal + own, squares), axis1=1, axis2=2)
    gains[picks] = -np.inf
    return int(gains.argmax())


def dense_deimos_one_target(draws_nk, b, noise):
    """The same for one target, as fast as the whole covariance allows."""
    flat = draws_nk - draws_nk.mean(axis=1, keepdims=True)
    V = flat @ flat.T / flat.shape[1]
    V.flat[:: len(V) + 1] += noise
    picks, available = [], np.ones(len(V), dtype=bool)
    for _ in range(b):
        squares = np.einsum("ij,ij->i", V, V)  # V is symmetric; rows lie together
        gains = np.where(available, squares / np.where(available, np.diag(V), 1), -1)
        i = int(gains.argmax())
        picks.append(i)
        available[i] = False
        V -= np.outer(V[i], V[i] / V[i, i])
    return picks


def deimos_picks(draws_nkc, task, b, noise):
    """A batch of the low-rank form; the reference is the pool alone."""
    n = len(draws_nkc)
    strategy = DEIMOS(Given(draws_nkc, task), noise=noise, random_state=0)
    # the one labelled point that fit needs is left out of the reference
    strategy.fit(np.arange(1), np.zeros(1))
    strategy._X_labelled = np.arange(0)
    return strategy.query(np.arange(n), b)


def bench_deimos_picks(n, b, k=50):
    """The same picks as the published form: several noises, both tasks."""
    for task, c in (("regression", 1), ("classification", 3)):
        draws_nkc = random_draws(n, k, c, task)
        variance = draws_nkc.var(axis=1).mean()
        for share in (0.001, 0.1, 1.0):
            low = deimos_picks(draws_nkc, task, b, share * variance)
            dense = dense_deimos(draws_nkc, b, share * variance, task)
            assert low.tolist() == dense, (task, share)
            print(
                f"DEIMOS, {task}, S={n} b={b} k={k} c={c}, noise {share} of the "
                f"variance: {b} picks, the same as the dense form's"
            )


def bench_deimos_time(n, b, k=50):
    """Low rank against dense: time of a whole batch, draws given."""
    draws_nkc = random_draws(n, k, 1, "regression")
    noise = 0.1 * draws_nkc.var(axis=1).mean()
    low, picks = timed(lambda: deimos_picks(draws_nkc, "regression", b, noise))
    dense, same = timed(lambda: dense_deimos_one_target(draws_nkc[:, :, 0], b, noise))
    assert picks.tolist() == same, "the two forms pick differently"
    print(
        f"DEIMOS, S={n} k={k} b={b}: {low:.3f} s; dense {dense:.1f} s: "
        f"{dense / low:.0f} times"
    )
    return dense / low


def bench_deimos_memory(n, b, task, c, k=50):
    """Peak memory and time of a query with given draws."""
    draws_nkc = random_draws(n, k, c, task)
    strategy = DEIMOS(Given(draws_nkc, task), random_state=0)
    strategy.fit(np.arange(1), np.zeros(1))
    seconds, _ = timed(lambda: strategy.query(np.arange(n), b))
    peak, _ = peak_bytes(lambda: strategy.query(np.arange(n), 3))
    print(
        f"DEIMOS, {task}, S={n} k={k} c={c} b={b}: {seconds:.1f} s; peak memory "
        f"{peak / MIB:.0f} MiB above draws of {draws_nkc.nbytes / MIB:.0f} MiB"
    )
    return peak + draws_nkc.nbytes


def pixels(n):
    """MNIST pixels (n, 784) as float32, or random features."""
    folder = os.environ.get("SKACTIVE_DATA")
    if folder is None:
        print("SKACTIVE_DATA is not set: random features in place of MNIST pixels")
        return np.random.default_rng(0).random((n, 784), dtype=np.float32)
    with np.load(Path(folder) / "mnist.npz") as data:
        return data["X_train"][:n].reshape(n, -1).astype(np.float32)


def naive_core_set(pool, labelled, b):
    """One matrix product per pick over the whole pool, in float64, all stored."""
    pool, labelled = pool.astype(float), labelled.astype(float)
    square = np.einsum("ij,ij->i", pool, pool)

    def distance(y_d):
        return np.sqrt(np.maximum(square + y_d @ y_d - 2 * pool @ y_d, 0))

    nearest = np.min([distance(y_d) for y_d in labelled], axis=0)
    picks = []
    for _ in range(b):
        picks.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, distance(pool[picks[-1]]))
    return picks


def bench_core_set(n, b, n_labelled=100):
    """CoreSet against one matrix product per pick: time of a query, and equal picks."""
    X = pixels(n + n_labelled)
    pool, labelled = X[:n], X[n:]
    strategy = CoreSet().fit(labelled)
    lazy, picks = timed(lambda: strategy.query(pool, b))
    naive, same = timed(lambda: naive_core_set(pool, labelled, b))
    assert picks.tolist() == same, "the two forms pick differently"
    print(
        f"CoreSet, n={n} d=784 b={b}: {1e3 * lazy / b:.2f} ms a pick; one product a "
        f"pick {1e3 * naive / b:.1f} ms: {naive / lazy:.1f} times"
    )
    return naive / lazy


def bench_core_set_peer(n, b, n_labelled=100):
    """CoreSet against scikit-activeml's: time of a whole query."""
    from skactiveml.pool import CoreSet as Peer

    X = pixels(n + n_labelled)
    strategy = CoreSet().fit(X[n:])
    ours, picks = timed(lambda: strategy.query(X[:n], b))
    y = np.where(np.arange(n + n_labelled) < n, np.nan, 0.0)
    peer, batch = timed(lambda: Peer(random_state=0).query(X, y, batch_size=b))
    same = np.mean(picks == batch)
    print(
        f"CoreSet, n={n} d=784 b={b}: {1e3 * ours / b:.2f} ms a pick; scikit-activeml "
        f"{1e3 * peer / b:.1f} ms: {peer / ours:.0f} times; {same:.0%} of picks alike"
    )
    return peer / ours


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    parser = command_line(__doc__, "smaller sizes")
    parser.add_argument("--peer", action="store_true", help="scikit-activeml as well")
    arguments = begin(parser, argv)
    quick = arguments.quick
    bench_deimos_picks(*((400, 20) if quick else (2000, 50)))
    assert bench_deimos_time(*((1000, 30) if quick else (5000, 100))) > (
        2 if quick else 100
    )
    n = 6000 if quick else 60_000
    assert bench_deimos_memory(n, 100, "regression", 1) < 2**30
    assert bench_deimos_memory(n, 5, "classification", 10) < 2**30
    n = 2000 if quick else 20_000
    for b in (50,) if quick else (100, 1000):
        assert bench_core_set(n, b) > (1 if quick else 5)
        if arguments.peer:  # 12 to 23 times seen; the less, the busier the machine
            assert bench_core_set_peer(n, b) > (1 if quick else 10)


if __name__ == "__main__":
    main()
