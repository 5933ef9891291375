"""Five annotators answer over HTTP at the same time, while a model is refitted.

    python benchmarks/annotation/load.py --rows 100000 --annotators 5 --answers 200

Each annotator is a separate process, like a browser. Prints the median and the 99th
percentile of the time from an answer to the next task, and checks that no answer is
lost and no row is asked twice.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skactive import Margin
from skactive.annotation import Campaign

MODELS = {
    "forest": RandomForestClassifier(100, random_state=0),
    "logistic": LogisticRegression(),
}


def label(url, name, n_answers, pause, results):
    """Answer as fast as replies come, with a pause; record times and rows."""
    parts = urlsplit(url)
    token = parts.query.partition("=")[2]
    cookie = {"Cookie": f"skactive_{parts.port}={token}"}
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"/api/tasks?annotator={name}", headers=cookie)
    tasks = json.loads(connection.getresponse().read())["tasks"]
    headers = cookie | {"Content-Type": "application/json"}
    answers, seconds = {}, []
    for i in range(n_answers):
        id, label = tasks[0]["id"], "ab"[i % 2]
        body = json.dumps({"id": id, "label": label, "annotator": name})
        start = time.perf_counter()
        connection.request("POST", "/api/answer", body=body, headers=headers)
        tasks = json.loads(connection.getresponse().read())["tasks"]
        seconds.append(time.perf_counter() - start)
        assert id not in answers, f"{id} was asked twice"
        answers[id] = label
        time.sleep(pause)
    results.put((name, answers, seconds))


def run(campaign, args):
    """Serve and label; return answers and times of each annotator, and fits."""

    async def serve():
        return campaign.serve(open_browser=False)

    handle = asyncio.run(serve())
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    people = [
        context.Process(
            target=label,
            args=(handle.url, f"ann{i}", args.answers, args.pause, results),
        )
        for i in range(args.annotators)
    ]
    for person in people:
        person.start()
    found = [results.get() for _ in people]
    handle.close()
    return found


def check(campaign, found):
    """Check that every answer is stored once, and no row was given to two people."""
    stored = {(a["annotator"], a["id"]): a["label"] for a in campaign.history()}
    given = {
        (name, id): label for name, answers, _ in found for id, label in answers.items()
    }
    assert stored == given, "answers differ from what is stored"
    ids = [id for _, id in given]
    assert len(set(ids)) == len(ids), "a row was asked of two people"
    return len(given)


def main():
    """Print the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--annotators", type=int, default=5)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.0, help="between answers, s")
    parser.add_argument("--model", choices=MODELS, default="forest")
    args = parser.parse_args()
    X = np.random.default_rng(0).normal(size=(args.rows, 20))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "load.sqlite")
        strategy = Margin(MODELS[args.model])
        params = {"classes": ["a", "b"], "show": "table", "random_state": 0}
        with Campaign(path, strategy, X, **params) as campaign:
            start = time.perf_counter()
            found = run(campaign, args)
            n_stored, n_rounds = check(campaign, found), len(campaign.rounds_)
            wall = time.perf_counter() - start
    ms = 1000 * np.concatenate([seconds for *_, seconds in found])
    print(
        f"{args.rows} rows, {args.annotators} annotators, {n_stored} answers in "
        f"{wall:.1f} s, {n_rounds} fits ({args.model}); to the next task: median "
        f"{np.median(ms):.1f} ms, 99 % {np.percentile(ms, 99):.1f} ms, most "
        f"{ms.max():.1f} ms"
    )


if __name__ == "__main__":
    main()
