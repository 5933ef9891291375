import pytest
from numpy.testing import assert_array_equal

torch = pytest.importorskip("torch")

from skactive.samplers.laplace._weights_of_labels import weights_of_labels  # noqa: E402

Y = [0, 2, 1, 1]


@pytest.mark.parametrize("loss", [torch.nn.CrossEntropyLoss, torch.nn.NLLLoss])
def test_classes(loss):
    weight = torch.tensor([1.0, 2.0, 4.0])
    assert_array_equal(weights_of_labels(loss(weight=weight), Y), [1, 4, 2, 2])
    assert_array_equal(weights_of_labels(loss(), Y), [1, 1, 1, 1])


def test_two_classes():
    loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0))
    assert_array_equal(weights_of_labels(loss, [0.0, 1.0, 1.0]), [1, 3, 3])
    assert_array_equal(weights_of_labels(torch.nn.BCEWithLogitsLoss(), [0, 1]), [1, 1])
    assert_array_equal(weights_of_labels(torch.nn.BCELoss(), [0, 1]), [1, 1])
