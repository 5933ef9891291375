import pytest

from skactive.testing._named import named


@named
def check_something(x):
    """Do something."""
    assert x > 0, "not positive"
    return 1 / x


def test_failures_and_errors_begin_with_the_name():
    assert check_something(2) == 0.5
    assert check_something.__name__ == "check_something"
    with pytest.raises(AssertionError, match=r"^check_something: not positive"):
        check_something(-1)
    with pytest.raises(AssertionError, match=r"^check_something: TypeError: ") as found:
        check_something(None)
    assert isinstance(found.value.__cause__, TypeError)
