import sys
import threading

import pytest
from numpy.testing import assert_array_equal

from skactive._utils.torch import check_device, imported_torch, torch_seed


def test_torch_is_the_one_that_was_imported(monkeypatch):
    torch = pytest.importorskip("torch")
    assert imported_torch() is torch
    monkeypatch.delitem(sys.modules, "torch")
    assert imported_torch() is None


def test_torch_runs_under_a_seed_of_its_own():
    torch = pytest.importorskip("torch")
    before = torch.get_rng_state()
    drawn = []
    for seed in (0, 0, 1):
        with torch_seed(seed):
            drawn.append(torch.rand(3).tolist())
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert_array_equal(torch.get_rng_state(), before)


def test_torchs_generator_is_given_back_after_an_error():
    torch = pytest.importorskip("torch")
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="shape"), torch_seed(0):
        torch.rand(3).reshape(2)
    assert_array_equal(torch.get_rng_state(), before)


def test_no_seed_leaves_torchs_generator_at_work():
    torch = pytest.importorskip("torch")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        with torch_seed(None):
            drawn = torch.rand(3)
        assert_array_equal(drawn, expected)


def test_a_seed_without_torch_does_nothing(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with torch_seed(0):
        pass
    assert "torch" not in sys.modules


def test_threads_with_seeds_take_turns():
    """torch has a single generator: simultaneous fits would share its numbers."""
    torch = pytest.importorskip("torch")
    with torch_seed(0):
        expected = torch.rand(400).tolist()
    drawn, before = {}, torch.get_rng_state()

    def draw(name, seed):
        with torch_seed(seed):
            drawn[name] = [torch.rand(1).item() for _ in range(400)]

    threads = [threading.Thread(target=draw, args=(i, 0)) for i in range(4)]
    threads.append(threading.Thread(target=draw, args=("unseeded", None)))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with torch.random.fork_rng():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert all(drawn[i] == expected for i in range(4))
    assert drawn["unseeded"] != expected
    assert_array_equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("device", [None, "numpy", "cpu", "cuda", "cuda:1"])
def test_devices_that_torch_knows(device):
    pytest.importorskip("torch")
    check_device(device)


@pytest.mark.parametrize("device", ["cudaa", "", "CPU!", 1.5])
def test_devices_that_torch_does_not_know_are_named(device):
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"device=.* is not a device .*'cpu', 'cuda'"):
        check_device(device)
