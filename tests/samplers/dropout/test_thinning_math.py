import math
from math import sqrt

import pytest

torch = pytest.importorskip("torch")
from skactive.samplers.dropout._thinning_math import with_math  # noqa: E402


class Thing:
    def forward(self, x, power=2, *, base=10):
        return sqrt(x), math.log(x, base), math.pi, power


@pytest.fixture
def tracer():
    tracer = torch.fx.Tracer()
    tracer.graph, tracer.root = torch.fx.Graph(), torch.nn.Module()
    return tracer


@pytest.mark.parametrize("bound", [True, False])
def test_functions_of_math_are_steps(tracer, bound):
    thing = Thing()
    forward = thing.forward if bound else Thing.forward
    told = with_math(forward, tracer)
    given = () if bound else (thing,)
    x = tracer.create_proxy("placeholder", "x", (), {})
    root, log, pi, power = told(*given, x)
    assert (root.node.target, log.node.target) == (math.sqrt, math.log)
    assert (pi, power) == (math.pi, 2)
    assert told(*given, 100.0, 3) == (10.0, 2.0, math.pi, 3)
    assert forward(*given, 100.0) == (10.0, 2.0, math.pi, 2)
    with pytest.raises(TypeError):
        forward(*given, x)


def test_others_stay_what_they_are(tracer):
    from tests.nets import Perceptron

    assert with_math(Perceptron.forward, tracer) is Perceptron.forward
    assert with_math(len, tracer) is len
