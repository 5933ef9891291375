"""Every public name has a complete docstring, in numpydoc's form, with an example.

The examples themselves are run by ``pytest --doctest-modules``.
"""

import importlib
import inspect
import pkgutil

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

import skactive
from skactive.samplers import PosteriorSampler
from skactive.selection import SetFunction

# Parts of strategies, shared; in no list of public names: a summary will do.
INNER = {"skactive.distributed", "skactive.objectives"}

IGNORED = {
    "ES01",  # a summary may say it all
    "SA01",  # what belongs together is named in the text
    "SS05",  # "Kernels between ..." is not a verb in the third person
    "RT02",  # what a function returns has a name, as in scikit-learn
}
# What a method need not say again that a base class, or the protocol, says in full.
SAID_ABOVE = {"PR01", "RT01"}


def _modules():
    found = pkgutil.walk_packages(skactive.__path__, "skactive.")
    names = ["skactive", *(module.name for module in found)]
    return [name for name in names if "._" not in name]


def _importable(name):
    """Import a module; skip skactive.nn, and only that, if torch is missing."""
    if name == "skactive.nn":
        pytest.importorskip("torch")
    return importlib.import_module(name)


def _objects():
    """Yield (module, name) of all public names of modules that need no torch."""
    for module in _modules():
        if module != "skactive.nn":
            for name in getattr(importlib.import_module(module), "__all__", ()):
                yield module, name


def _methods(cls):
    """Names of the public methods and properties that skactive itself defines."""
    for name, member in inspect.getmembers(cls):
        function = member.fget if isinstance(member, property) else member
        defined_in = getattr(inspect.unwrap(function), "__module__", None) or ""
        is_method = isinstance(member, property) or callable(member)
        is_ours = defined_in.partition(".")[0] == "skactive"
        if is_method and is_ours and not name.startswith("_"):
            yield name


def faults(path, ignored=frozenset()):
    """Errors that numpydoc finds, except the ignored ones."""
    found = validate(path)["errors"]
    return [error for error in found if error[0] not in IGNORED | ignored]


def is_said_above(cls, method):
    """Whether a base class, or the protocol, documents the method in full."""
    bases = [base for base in cls.__mro__[1:] if method in vars(base)]
    if method in vars(SetFunction) and hasattr(cls, "gains"):
        return True
    return any("Parameters\n" in (getattr(b, method).__doc__ or "") for b in bases)


def example_faults(obj):
    """Describe what is missing in an example that can be run."""
    example = "\n".join(get_doc_object(obj)["Examples"])
    if ">>> " not in example:
        return ["has no example"]
    return [] if obj.__name__ in example else ["has an example that does not show it"]


OBJECTS = [pytest.param(*o, id=".".join(o)) for o in _objects() if o[0] not in INNER]
METHODS = [
    pytest.param(module, name, method, id=f"{module}.{name}.{method}")
    for module, name in _objects()
    if module not in INNER and inspect.isclass(getattr(_importable(module), name))
    for method in _methods(getattr(_importable(module), name))
]


@pytest.mark.parametrize("module", _modules())
def test_a_module_says_what_it_is_for_and_what_is_public(module):
    found = _importable(module)
    first, *rest = found.__doc__.split("\n")
    assert first.endswith(".")
    assert len(first) > 20
    assert not rest or rest[0] == ""
    assert set(found.__all__) <= set(vars(found))


@pytest.mark.parametrize(("module", "name"), OBJECTS)
def test_docstring(module, name):
    is_protocol = getattr(getattr(_importable(module), name), "_is_protocol", False)
    assert faults(f"{module}.{name}", {"PR01"} if is_protocol else frozenset()) == []


@pytest.mark.parametrize(("module", "name"), OBJECTS)
def test_example(module, name):
    assert example_faults(getattr(_importable(module), name)) == []


@pytest.mark.parametrize(("module", "name", "method"), METHODS)
def test_docstring_of_method(module, name, method):
    cls = getattr(_importable(module), name)
    said = SAID_ABOVE if is_said_above(cls, method) else set()
    assert faults(f"{module}.{name}.{method}", {"EX01"} | said) == []


@pytest.mark.parametrize("module", sorted(INNER))
def test_inner_parts_have_a_summary(module):
    found = _importable(module)
    for name in found.__all__:
        doc = getattr(found, name).__doc__
        assert doc.split("\n")[0].endswith("."), name


def test_what_is_public_is_found():
    names = [param.id for param in OBJECTS]
    assert {"skactive.ICAL", "skactive.samplers.as_sampler"} <= set(names)
    methods = [param.id for param in METHODS]
    assert "skactive.ICAL.query" in methods
    assert "skactive.samplers.PosteriorSampler.draw" in methods
    assert "skactive.pipeline.Pipeline.query" in methods
    assert "skactive.pipeline.Pipeline.set_params" not in methods  # scikit-learn's own


def undocumented(a):
    return a


def half_documented(a, b):
    """Add two numbers

    Parameters
    ----------
    a : int
        The first.

    Examples
    --------
    >>> 1 + 1
    2
    """
    return a + b


class Silent(PosteriorSampler):
    """A class without parameters in its docstring."""

    def functions(self, rng):
        """Say little, as the base class says it in full."""

    def others(self, rng):
        """Say too little."""


def test_faults_are_found():
    codes = {code for code, _ in faults(f"{__name__}.undocumented")}
    assert codes == {"GL08"}
    codes = {code for code, _ in faults(f"{__name__}.half_documented")}
    assert {"SS03", "PR01", "RT01"} <= codes
    assert example_faults(undocumented) == ["has no example"]
    assert example_faults(half_documented) == ["has an example that does not show it"]
    assert ("EX01", "No examples section found") in faults(f"{__name__}.Silent")
    assert is_said_above(Silent, "functions")
    assert not is_said_above(Silent, "others")
