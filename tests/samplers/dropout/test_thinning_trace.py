"""Tracing works on a copy, ends in limited time and undoes its patches."""

import math
import signal
import sys
import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

from skactive.samplers.dropout._thinning_trace import (  # noqa: E402
    Untraceable,
    stateless,
    trace,
)
from tests.samplers.dropout.test_thinning import (  # noqa: E402
    AFTER_PREFIX,
    compare,
    points,
    sampler_of,
    settled,
)


class OutOfTime(Exception):
    """An exception that a user's signal handler raises."""


@pytest.fixture
def alarm():
    """Set a time limit, in seconds, by a signal that interrupts whatever runs."""

    def stop(number, frame):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


class Making(nn.Module):
    """Creates layers, or slices a sequence of layers, in its forward pass."""

    def __init__(self, how):
        super().__init__()
        self.how = how
        self.layers = nn.Sequential(
            *(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 3))
        )

    def forward(self, X):
        if self.how == "makes":
            return self.layers(nn.ReLU()(X))
        if self.how == "makes a sequence":
            return nn.Sequential(nn.Tanh(), self.layers)(X)
        if self.how == "slices":
            return self.layers[3:](self.layers[:3](X))
        return self.layers[-1](nn.Softmax(1)(self.layers[:-1](X)))


@pytest.mark.parametrize("how", ["makes", "makes a sequence", "slices", "both"])
def test_layers_that_are_made_on_the_way(how, alarm):
    """Each pass creates new ones: tracing again for each would never end."""
    alarm(20)
    said = compare(lambda: Making(how), points(6))["layers.2"]
    if how == "both":
        assert said == "masked after a shared prefix: softmax needs all channels"
    else:
        assert said == AFTER_PREFIX


class Slow(nn.Module):
    """Takes a long time while it is traced."""

    slow = False

    def __init__(self):
        super().__init__()
        self.drop, self.last = nn.Dropout(0.5), nn.Linear(6, 3)

    def forward(self, X):
        while self.slow and not isinstance(X, torch.Tensor):
            time.sleep(0.01)
        return self.last(self.drop(X))


@pytest.mark.parametrize("inside", [True, False])
def test_a_users_time_limit_is_not_taken_for_a_fault_of_the_net(inside, alarm):
    X = points(6)
    sampler = sampler_of(slow_net(inside), X)
    Slow.slow = True
    alarm(0.2)
    try:
        with pytest.raises(OutOfTime):
            sampler.draw(X, 0)
    finally:
        Slow.slow = False
    assert sampler.draw(X, 0).shape == (9, 7, 3)


def slow_net(inside):
    slow = Slow().double()
    return nn.Sequential(slow) if inside else slow


class Helped(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.drop, self.last = (
            nn.Linear(6, 8),
            nn.Dropout(),
            nn.Linear(8, 3),
        )
        self.power = nn.Parameter(torch.ones(8))

    def forward(self, X):
        hidden = F.relu(self.first(X)) * self.power.exp()
        return self.last(self.drop(hidden)) / math.sqrt(X.size(-1))


def test_nothing_of_the_process_is_patched():
    X, methods = points(6), dict(vars(nn.Module))
    functions, seen = dict(vars(math)), []

    class Looking(Helped):
        def forward(self, X):
            seen.append(dict(vars(nn.Module)) == methods)
            seen.append(dict(vars(sys.modules["math"])) == functions)
            hidden = self.drop(self.first(X) * self.power.exp())
            return self.last(hidden) / math.sqrt(X.size(-1))

    graph = trace(settled(Looking, X), {})
    assert [node.op for node in graph.nodes].count("get_attr") == 1
    assert seen == [True, True, True, True]  # settled calls it, too


@pytest.mark.usefixtures("alarm")
def test_two_threads_trace_at_once():
    X = points(6)
    module = settled(Helped, X)
    expected, graphs = str(trace(module, {})), []
    threads = [
        threading.Thread(target=lambda: graphs.append(str(trace(module, {}))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert graphs == 8 * [expected]


def test_parameters_and_math_are_steps():
    assert compare(Helped, points(6)) == {"drop": AFTER_PREFIX}


def test_weights_of_another_layer_are_steps():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.drop = nn.Linear(6, 8), nn.Dropout()
            self.last = nn.Linear(8, 6)

        def forward(self, X):
            hidden = self.drop(F.relu(self.first(X)))
            return F.linear(self.last(hidden), self.first.weight)

    assert compare(Tied, points(6)) == {"drop": AFTER_PREFIX}


class Unpacked(nn.Module):
    """Unpacks a tuple that a layer returned: while traced it is not a tuple."""

    def __init__(self):
        super().__init__()
        self.part = nn.GRU(2, 2, batch_first=True)
        self.drop, self.last = nn.Dropout(0.5), nn.Linear(6, 3)

    def forward(self, X):
        out = self.part(X.view(-1, 3, 2))
        out = out[0] if isinstance(out, tuple) else out
        return self.last(self.drop(out.flatten(1)))


def test_steps_that_fail_leave_the_net_its_own_pass():
    X = points(6)
    module = settled(Unpacked, X)
    thin, masked = (sampler_of(module, X, t) for t in (True, False))
    assert "the traced steps fail: 'tuple' object" in thin.thinned_["drop"]
    assert_allclose(thin.draw(X, 0), masked.draw(X, 0), rtol=1e-12)


def test_a_state_that_changes_is_named():
    module = nn.Sequential(nn.Linear(2, 2))
    with stateless(module):
        module(torch.ones(1, 2))
    with (
        pytest.raises(Untraceable, match="Linear stores what it computes"),
        stateless(module),
    ):
        module[0].kept = np.ones(2)
