import functools
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.preprocessing import StandardScaler

from skactive import BALD, ICAL, Entropy
from skactive.model_selection.search._fingerprint import (
    describe,
    describe_parameters,
    digest,
)
from skactive.pipeline import make_pipeline

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.integers(2, size=40)


class Thing:
    """An object with arbitrary attributes."""

    def __init__(self, content):
        self.content = content


def adder(a):
    return lambda b: a + b


def forest(seed=0):
    return RandomForestClassifier(3, random_state=seed).fit(X, Y)


# what differs in each of these differs in its digest, and nothing else does
MAKERS = {
    "arrays": lambda i: np.arange(6) + i,
    "dtypes": lambda i: np.arange(6, dtype=[np.int64, np.int32, np.float64][i]),
    "shapes": lambda i: np.arange(6).reshape([(6,), (2, 3), (3, 2)][i]),
    "strings": lambda i: np.array(["a", "b", "cd"[i : i + 1]], dtype=object),
    "empty": lambda i: np.empty((0, i)),
    "scalars": lambda i: np.float64(i),
    "views": lambda i: np.arange(100).reshape(10, 10)[::2, i::3],
    "sparse": lambda i: sparse.csr_matrix(np.eye(4) * (i + 1)),
    "dictionaries": lambda i: {"a": 1, "b": [i, {2: 3}]},
    "sets": lambda i: {"some", "words", f"word {i}"},
    "nested": lambda i: [1, (2, [i]), None],
    "kinds": lambda i: [[1, 2], (1, 2), {1, 2}][i],
    "grouping": lambda i: [[[1], [2, 3]], [[1, 2], [3]], [1, 2, 3]][i],
    "joined texts": lambda i: [["ab", "c"], ["a", "bc"], ["abc"]][i],
    "objects": lambda i: Thing({"x": Thing(i)}),
    "numbers": lambda i: [1, 1.0, True][i],
    "classes": lambda i: [Thing, dict, RandomForestClassifier][i],
    "functions": lambda i: [np.mean, digest, f1_score][i],
    "lambdas": lambda i: [lambda x: x, lambda x: x + 1, lambda x: x + 2][i],
    "closures": adder,
    "partial": lambda i: functools.partial(f1_score, pos_label=i),
    "scorers": lambda i: make_scorer(f1_score, beta=i),
    "generators": np.random.RandomState,
    "fitted forests": forest,
    "frozen": lambda i: FrozenEstimator(forest(i)),
    "bytes": lambda i: bytes([i]),
}


@pytest.mark.parametrize("name", MAKERS)
def test_content_makes_the_digest(name):
    make = MAKERS[name]
    digests = [digest(make(i)) for i in range(3)]
    assert len(set(digests)) == 3
    assert [digest(make(i)) for i in range(3)] == digests


@pytest.mark.parametrize(
    "name", ["arrays", "sets", "objects", "scorers", "fitted forests", "partial"]
)
def test_digests_survive_pickle(name):
    value = MAKERS[name](1)
    assert digest(pickle.loads(pickle.dumps(value))) == digest(value)


def test_order_of_dictionaries_and_layout_of_arrays_do_not_count():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    array = RNG.normal(size=(5, 4))
    assert digest(np.asfortranarray(array)) == digest(array)
    assert digest(sparse.csc_matrix(array)) != digest(array)
    frozen = array.copy()
    frozen.flags.writeable = False
    assert digest(frozen) == digest(array)


def test_memory_between_fields_does_not_count():
    dtype = np.dtype({"names": ["a", "b"], "formats": ["u1", "f8"]}, align=True)
    blocks = bytearray(32), bytearray(b"1" * 32)
    arrays = [np.frombuffer(block, dtype=dtype) for block in blocks]
    for array in arrays:
        array["a"], array["b"] = 1, 2.0
    assert blocks[0] != blocks[1]
    assert digest(arrays[0]) == digest(arrays[1])


def test_cycles_come_to_an_end():
    thing = Thing([])
    thing.content.append(thing)
    assert digest(thing) != digest(Thing([]))


def test_large_arrays_are_read_in_chunks():
    array = RNG.normal(size=(40_000, 8))
    whole = digest(array)
    with sklearn.config_context(working_memory=1):
        assert digest(array.copy()) == whole
    for i in (0, -1):
        changed = array.copy()
        changed[i, i] += 1
        assert digest(changed) != whole


def test_frames():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert digest(frame.copy()) == digest(frame)
    assert digest(frame.rename(columns={"a": "c"})) != digest(frame)
    assert digest(frame.replace("x", "y")) != digest(frame)
    assert digest(frame["a"]) != digest(frame["b"])


def test_tensors_and_nets():
    torch = pytest.importorskip("torch")
    tensor = torch.arange(6.0, requires_grad=True)
    assert digest(tensor) == digest(tensor.detach().clone())
    assert digest(tensor) != digest(tensor + 1)
    torch.manual_seed(0)
    a, b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    assert digest(a) != digest(b)
    b.load_state_dict(a.state_dict())
    assert digest(a) == digest(b)


def test_what_cannot_be_pickled_is_named():
    with pytest.raises(TypeError, match=r"a checkpoint cannot identify .*generator"):
        digest(i for i in range(3))


def test_another_process_finds_the_same():
    code = (
        "from tests.model_selection.search.test_fingerprint import MAKERS, digest\n"
        "print(*(digest(MAKERS[name](1)) for name in MAKERS))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == [digest(MAKERS[name](1)) for name in MAKERS]


SCRIPT = """
    import enum, functools, threading
    from dataclasses import dataclass, field
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.utils.metaestimators import available_if
    from skactive.model_selection.search._fingerprint import describe, digest

    CONSTANT = {constant}
    def helper(x):
        return x + {helper}
    def recursive(n):
        return recursive(n - 1) if n else CONSTANT
    def function(x, *, least={keyword}):
        return [helper(x) for _ in range(3)], recursive(least), np.mean(x)
    class Base:
        def shared(self):
            return {base}
    class Model(Base, LogisticRegression):
        __slots__ = ("a",)
        level = {level}
        lock_free: int = 3
        def __init__(self, C={default}):
            super().__init__(C=C)
        @property
        def size(self):
            return {size}
        @staticmethod
        def of(x):
            return x * {static}
        @functools.cached_property
        def slow(self):
            return {cached}
        @available_if(lambda self: {available})
        def predict_proba(self, X):
            return helper(X)
    @dataclass
    class Record:
        a: int = {level}
        b: list = field(default_factory=list)
    class Colour(enum.Enum):
        RED = {level}
    found = [
        digest(function), describe(Model), describe(Model()), digest(Model()),
        digest([Model().predict, 1]), digest(Record()), digest(Colour.RED),
        digest(functools.partial(function, least=2)),
    ]
"""
VALUES = dict.fromkeys(
    (
        *("constant", "helper", "keyword", "base", "level", "default", "size"),
        *("static", "cached", "available"),
    ),
    1,
)


def digests_of_a_script(**changed):
    code = textwrap.dedent(SCRIPT).format(**{**VALUES, **changed})
    names = {"__name__": "__main__"}  # what it defines is of no module
    exec(code, names)
    return np.array(names["found"])


def test_functions_and_classes_of_a_script_are_what_they_refer_to():
    before = digests_of_a_script()
    np.testing.assert_array_equal(digests_of_a_script(), before)
    of_function, of_class, of_level = [0, 7], [1, 2, 3, 4], [5, 6]
    for changed, expected in {
        "constant": of_function,
        "keyword": of_function,
        "helper": [*of_function, *of_class],
        "base": of_class,
        "default": of_class,
        "size": of_class,
        "static": of_class,
        "cached": of_class,
        "available": of_class,
        "level": [*of_class, *of_level],
    }.items():
        differs = digests_of_a_script(**{changed: 2}) != before
        assert np.flatnonzero(differs).tolist() == sorted(expected), changed


def test_names_of_arguments_count():
    assert digest(lambda a, b: a - b) != digest(lambda b, a: a - b)


def test_a_cell_that_is_empty():
    def outer():
        def inner():
            return later

        found = digest(inner)
        later = 3
        return found, digest(inner)

    one, other = outer()
    assert one != other


def test_descriptions():
    assert describe(None) == "None"
    assert describe(0.1) == "0.1"
    assert describe("accuracy") == "'accuracy'"
    assert describe([1, "a"]) == "[1, 'a']"
    assert describe(np.zeros((3, 2))).startswith("numpy.ndarray of shape (3, 2) #")
    assert describe(["long"] * 50).startswith("list #")
    assert describe(RandomForestClassifier(3)).endswith("RandomForestClassifier")
    assert describe(FrozenEstimator(forest())) != describe(FrozenEstimator(forest(1)))
    assert describe(dict) == "dict"


def test_parameters_of_a_strategy():
    texts = describe_parameters(BALD(RandomForestClassifier(7, max_depth=3)))
    assert texts["class"].endswith("BALD")
    assert texts["estimator"].endswith("RandomForestClassifier")
    assert texts["estimator__n_estimators"] == "7"
    fitted = BALD(RandomForestClassifier(7, max_depth=3)).fit(X, Y)
    assert describe_parameters(fitted) == texts
    members = [LogisticRegression(C=2.0), RandomForestClassifier(7)]
    assert describe_parameters(ICAL(members))["estimator__0__C"] == "2.0"
    vote = VotingClassifier([("one", members[0])], voting="soft")
    changed = VotingClassifier([("one", LogisticRegression(C=3.0))], voting="soft")
    assert describe_parameters(ICAL(vote)) != describe_parameters(ICAL(changed))
    pipeline = make_pipeline(StandardScaler(), Entropy(LogisticRegression()))
    assert describe_parameters(pipeline)["entropy__estimator__C"] == "1.0"
    frozen = [Entropy(FrozenEstimator(forest(i))) for i in (0, 0, 1)]
    one, same, other = map(describe_parameters, frozen)
    assert one == same != other
