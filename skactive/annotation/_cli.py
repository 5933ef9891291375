"""The command line: ``python -m skactive label`` and ``export``; layer 6."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skactive.annotation._campaign import Campaign
from skactive.annotation._cli_data import Data, read_data
from skactive.annotation._cli_models import MODELS, STRATEGIES, make_strategy

__all__ = ["main"]

EXAMPLES = """
examples:
  python -m skactive label mails.csv --text body --classes spam ham
  python -m skactive label patients.parquet --id number --classes healthy ill
  python -m skactive label photos/ --classes daisy rose --test-size 50
  python -m skactive export mails.sqlite labels.csv
"""
FAULTS = (ImportError, OSError, TypeError, ValueError)  # due to the user's input


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, default=None
        Command-line arguments; by default those of the process.

    Returns
    -------
    int
        Exit status.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        options.run(options)
    except FAULTS as error:
        parser.error(str(error))
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m skactive",
        description="Label what a model learns most from.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    label = commands.add_parser("label", help="label a table or a folder of images")
    _add_data(label)
    _add_campaign(label)
    _add_page(label)
    label.set_defaults(run=_label)
    export = commands.add_parser("export", help="write the labels of a campaign")
    export.add_argument("campaign", type=Path, help="file of the campaign")
    export.add_argument("out", type=Path, help="file to write: .csv or .parquet")
    export.set_defaults(run=_export)
    return parser


def _add_data(label):
    add = label.add_argument_group("data").add_argument
    add("data", type=Path, help="a CSV or Parquet file, or a folder of images")
    add("--text", metavar="COLUMN", help="column of text to learn from and to show")
    add("--columns", nargs="+", metavar="COLUMN", help="columns to show; default: all")
    add("--id", metavar="COLUMN", help="column of ids; default: row numbers")
    add("--labels", metavar="COLUMN", help="column of existing labels")


def _add_campaign(label):
    add = label.add_argument_group("campaign").add_argument
    add("--classes", nargs="+", metavar="NAME", help="more can be added on the page")
    add("--out", type=Path, help="file of the campaign; default: NAME_OF_DATA.sqlite")
    add("--model", choices=MODELS, help="default: logistic for text, else forest")
    add("--strategy", choices=STRATEGIES, help="default: margin; images: herding")
    add("--n", type=int, default=10, help="labels between two fits; default: 10")
    add(
        "--test-size",
        type=_count_or_share,
        default=0,
        help="number or fraction of rows to label first, for tests only; default: 0",
    )
    add("--overlap", type=int, default=1, help="annotators for each row; default: 1")
    add("--cost", type=float, help="cost of a label")
    add("--seed", type=int, default=0, help="random seed; default: 0")


def _add_page(label):
    add = label.add_argument_group("page").add_argument
    add("--guidelines", type=Path, metavar="FILE", help="text for the annotators")
    add("--title", help="title of the page; default: name of the data")
    add("--port", type=int, default=0, help="default: a free one")
    add("--no-browser", action="store_true", help="only print the address")


def _count_or_share(text):
    return float(text) if "." in text else int(text)


def _label(options):
    classes = _classes(options.classes)
    data = read_data(
        options.data, options.text, options.columns, options.id, options.labels
    )
    guidelines = options.guidelines.read_text("utf-8") if options.guidelines else ""
    strategy = make_strategy(data, options.model, options.strategy, classes)
    path = options.out or Path(f"{options.data.resolve().stem}.sqlite")
    with _campaign(path, strategy, data, classes, options) as campaign:
        campaign.serve(
            port=options.port,
            open_browser=not options.no_browser,
            guidelines=guidelines,
            title=options.title or options.data.resolve().name,
        )
        labelled = len({act["id"] for act in campaign.history() if act["current"]})
    sys.stdout.write(
        f"{labelled} rows are labelled in {path}. To export the labels:\n"
        f"python -m skactive export {path} labels.csv\n"
    )


def _campaign(path: Path, strategy: Any, data: Data, classes: Any, options: Any):
    is_new = not path.exists()
    campaign = Campaign(
        path,
        strategy,
        data.X,
        ids=data.ids,
        classes=classes,
        show=data.show,
        n=options.n,
        test_size=options.test_size,
        overlap=options.overlap,
        cost=options.cost,
        random_state=options.seed,
    )
    if is_new and data.y is not None:  # later, they may have been edited
        campaign.add(data.X, ids=data.ids, y=data.y)
    return campaign


def _classes(names):
    if names is None:
        return None
    if len(names) < 2:
        raise ValueError(f"--classes: only one class, {names[0]}; give at least two")
    if len(set(names)) < len(names):
        raise ValueError(f"--classes: a name is repeated in {' '.join(names)}")
    return list(names)


def _export(options):
    if not options.campaign.is_file():
        raise FileNotFoundError(f"{options.campaign} does not exist or is not a file")
    writers = {".csv": Campaign.to_csv, ".parquet": Campaign.to_parquet}
    if options.out.suffix not in writers:
        raise ValueError(f"{options.out} must end in .csv or .parquet")
    if options.out.exists():
        raise FileExistsError(f"{options.out} exists already and is not overwritten")
    with Campaign(options.campaign) as campaign:
        writers[options.out.suffix](campaign, options.out)
