import pytest


@pytest.fixture
def plt():
    """matplotlib's pyplot without a screen; figures are closed."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")
