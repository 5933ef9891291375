import functools

from skactive.samplers._rebinding import rebound


class Thing:
    def own(self):
        return self


def copies():
    old, new = Thing(), Thing()
    return old, new, {id(old): new}


def test_what_was_copied_is_replaced():
    old, new, memo = copies()
    assert rebound(old, memo) is new
    assert rebound(old.own, memo)() is new


def test_functions_reach_for_the_copy():
    old, new, memo = copies()

    def outer(factor=2, *, power=3):
        return inner(), factor, power

    def inner():
        return old

    assert rebound(lambda: old, memo)() is new
    assert rebound(outer, memo)() == (new, 2, 3)
    assert rebound(functools.partial(lambda x, y: (x, y), old, y=1), memo)() == (new, 1)
    assert rebound(functools.partial(lambda x, y: (x, y), 1, y=old), memo)() == (1, new)
    assert rebound(functools.partial(old.own), memo)() is new
    assert outer() == (old, 2, 3)


def test_what_reaches_for_nothing_copied_stays_what_it_is():
    old, _, memo = copies()
    seen, other = [], Thing()

    def watch():
        seen.append(1)

    def itself():
        return itself

    assert old.own() is old
    for call in (watch, itself, functools.partial(watch), other.own, len, Thing, 3):
        assert rebound(call, dict(memo)) is call


def test_a_variable_that_has_no_value_yet():
    def make():
        def early():
            return late

        again = rebound(early, {})
        late = 1
        return again, late

    again, _ = make()
    assert again() == 1
