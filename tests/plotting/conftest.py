import pytest


@pytest.fixture
def plt():
    """matplotlib.pyplot without a display; figures are closed at the end."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")
