"""Settings of experiments: their values at three scales, and their command line.

A setting is a field of a dataclass, and an option of the command line, ``--seeds 4``::

    @dataclass(frozen=True)
    class Settings(CurveSettings):
        strategies: tuple[str, ...] = ("BALD", "ICAL(n_per_step=5)", "RandomSampling")
        seeds: int = ByScale(2, 3, 6)  # at scale smoke, quick and paper
        rounds: int = ByScale(1, 12, 28)
        n: int = 10  # at every scale
"""

import argparse
import ast
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import skactive

__all__ = ["BaseSettings", "ByScale", "CurveSettings", "StrategySettings"]
__all__ += ["make_strategy", "read"]

HELP = {
    "out": "folder of table and figure",
    "plot_only": "draw and report the table in --out",
    "checkpoint": "folder from which a killed run resumes",
    "add": "keep the rows of other strategies in --out",
    "n_jobs": "runs at a time; None: as many as cores",
    "dpi": "of the figure",
    "scale": "of all other settings",
}


class ByScale(NamedTuple):
    """Values of a setting at each scale, instead of a single one."""

    smoke: Any
    quick: Any
    paper: Any

    def __str__(self):
        return "; ".join(f"{name} {value}" for name, value in self._asdict().items())


@dataclass(frozen=True)
class Options:
    """Options that do not change the results of an experiment."""

    out: Path = Path("results")
    plot_only: bool = False
    checkpoint: Path | None = None
    add: bool = False
    n_jobs: int | None = None
    dpi: int = 110


@dataclass(frozen=True)
class BaseSettings(Options):
    """Settings of every experiment; scripts add fields of their own."""

    scale: Literal["smoke", "quick", "paper"] = "quick"
    random_state: int = 0

    def __post_init__(self):
        for name, value in vars(self).items():
            if isinstance(value, ByScale):
                # a frozen dataclass is only written to while it is initialized
                object.__setattr__(self, name, getattr(value, self.scale))

    def recorded(self):
        """All settings that results depend on, by name."""
        how = {option.name for option in fields(Options)}
        return {name: value for name, value in vars(self).items() if name not in how}


@dataclass(frozen=True, kw_only=True)
class StrategySettings(BaseSettings):
    """Settings of an experiment with strategies, written as in `make_strategy`."""

    strategies: tuple[str, ...]

    def __post_init__(self):
        super().__post_init__()
        # a misspelt strategy must fail now, not after hours of the others
        for spec in self.strategies:
            make_strategy(spec)


@dataclass(frozen=True, kw_only=True)
class CurveSettings(StrategySettings):
    """Settings of learning curves: `n` labels per round, number of rounds and runs.

    For ``targets``, which are scores, the number of labels to reach them is reported;
    ``at`` are numbers of labels for which scores are reported. A query looks at
    ``candidates`` points of the pool.
    """

    seeds: int
    rounds: int
    n: int = 10
    n_initial: int | None = None
    candidates: int | None = None
    targets: tuple[float, ...] = ()
    at: tuple[int, ...] = ()


def make_strategy(spec, estimator=None):
    """Make the strategy that a text like ``"ICAL(n_per_step=5)"`` describes."""
    tree = ast.parse(spec, mode="eval").body
    called = isinstance(tree, ast.Call)
    name = ast.unparse(tree.func if called else tree)
    if name not in skactive.__all__:
        raise ValueError(f"skactive has no strategy {name!r}")
    keywords = tree.keywords if called else ()
    params = {word.arg: ast.literal_eval(word.value) for word in keywords}
    try:
        return getattr(skactive, name)(estimator, **params)
    except TypeError as error:
        raise ValueError(f"{spec}: {error}") from error


def read(cls, doc, argv=None):
    """Read settings from a command line; others have the defaults of the scale."""
    given = vars(parser_of(cls, doc).parse_args(argv))
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    try:
        return cls(**given)
    except ValueError as error:
        return parser_of(cls, doc).error(str(error))


def parser_of(cls, doc):
    """Command line with an option for each setting."""
    parser = argparse.ArgumentParser(
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    hints = get_type_hints(cls)
    for setting in fields(cls):
        dashes = "-" if len(setting.name) == 1 else "--"
        name = dashes + setting.name.replace("_", "-")
        keywords = option(hints[setting.name])
        parser.add_argument(name, help=explained(setting), **keywords)
    return parser


def explained(setting):
    """Help text of a setting: what it is, and its values."""
    default = "required" if setting.default is MISSING else f"{setting.default}"
    if setting.name in HELP:
        return f"{HELP[setting.name]}; default: {default}"
    return default


def option(hint):
    """Keywords for argparse, from the type of a setting."""
    kind, *others = [t for t in get_args(hint) if t is not NoneType] or [hint]
    if hint is bool:
        return {"action": "store_true"}
    if get_origin(hint) is Literal:
        return {"choices": [kind, *others]}
    if get_origin(hint) is tuple:
        return {"type": kind, "nargs": "+"}
    if NoneType in get_args(hint):
        return {"type": lambda text: None if text == "None" else kind(text)}
    return {"type": kind}
