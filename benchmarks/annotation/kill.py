"""Kill a campaign under load repeatedly, and check that nothing is lost.

    python benchmarks/annotation/kill.py --kills 30

A process opens the campaign. Four annotators ask, answer, skip and undo in threads,
while the model is refitted after every five answers. The process reports the answers
that are on disk, and is killed (SIGKILL) at a random moment. Then the file is read: all
of those answers must be there, ids must be unchanged, and no annotator may have been
asked again about a row they had answered. The next process continues with the same
file.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

from skactive import Entropy
from skactive.annotation import Campaign
from skactive.annotation._events import Store

N_ROWS = 20_000
PEOPLE = ("ann", "bob", "cat", "dan")  # the last one undoes answers


def data():
    """Rows and their labels."""
    return make_classification(N_ROWS, n_informative=5, random_state=0)


def say(*words):
    """Write a line for the process that kills this one."""
    sys.stdout.write(json.dumps(words) + "\n")  # in a single write, so lines are whole
    sys.stdout.flush()


def work(path, seed):
    """Label until this process is killed."""
    X, y = data()
    say("opening")
    campaign = Campaign(path, Entropy(GaussianNB()), X, n=5, overlap=2, random_state=0)
    say("open")
    threads = [
        threading.Thread(target=label, args=(campaign, name, y, seed))
        for name in PEOPLE
    ]
    for thread in threads:
        thread.start()


def label(campaign, name, y, seed):
    """Ask, answer, skip and undo as one annotator."""
    chance = random.Random(f"{name} {seed}")
    while True:
        for task in campaign.ask(name, chance.randint(1, 3)):
            if chance.random() < 0.1:
                campaign.skip(task.id, name, chance.choice(["unsure", "later"]))
                continue
            campaign.tell(task.id, int(y[task.row]), name)
            say("told", task.id, int(y[task.row]), name)
            if name == PEOPLE[-1] and chance.random() < 0.3:
                campaign.undo(name)


def killed(path, seed, delay):
    """Let a process work for a while; return what it reported before it was killed.

    In one of five processes the while begins before it opens the file, in others after.
    """
    command = [sys.executable, __file__, "--work", str(path), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = [json.loads(process.stdout.readline())]
        if seed % 5:
            lines.append(json.loads(process.stdout.readline()))
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
    assert process.returncode == -signal.SIGKILL, process.returncode
    whole = said[: said.rfind("\n") + 1]
    return lines + [json.loads(line) for line in whole.splitlines()]


def check(path, told):
    """Count errors: answers that are lost, and questions asked again."""
    with Campaign(path) as reader:
        history, ids = reader.history(), reader.ids_
        fits = len(reader.rounds_)
    found = {(e["id"], e["annotator"], e["label"]) for e in history}
    # answers of the last annotator may have been undone
    lost = [w for w in told if w[2] != PEOPLE[-1] and (w[0], w[2], w[1]) not in found]
    assert not lost, f"lost {lost}"
    assert ids == list(range(N_ROWS)), "ids changed"
    repeated = asked_again(path)
    assert not repeated, f"asked again {repeated}"
    return len(history), fits


def asked_again(path):
    """Tasks handed out to, or answered by, annotators who had answered them before."""
    store, done, found = Store(path, write=False), set(), []
    stack = {name: [] for name in PEOPLE}
    for event in store.read():
        name = event.data.get("annotator")
        if event.kind == "asked":
            found += [(t[0], name) for t in event.data["tasks"] if (t[0], name) in done]
        elif event.kind in ("answer", "skip"):
            key = (event.data["id"], name)
            found += [key] if key in done else []
            stack[name].append(key)
            if event.kind == "answer" or event.data["reason"] != "later":
                done.add(key)
        elif event.kind == "undo":
            done.discard(stack[name].pop())
    store.close()
    return found


def main():
    """Kill, check, continue."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--longest", type=float, default=3.0, help="seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.seed)
        return
    chance, told, early = random.Random(options.seed), [], 0
    path = Path(tempfile.mkdtemp(), "campaign.sqlite")
    for kill in range(options.kills):
        words = killed(path, kill, chance.uniform(0, options.longest))
        told += [word[1:] for word in words if word[0] == "told"]
        early += ["open"] not in words
        if path.exists():
            answers, fits = check(path, told)
            print(f"kill {kill + 1}: {answers} acts on disk, {fits} fits", flush=True)
    print(
        f"{options.kills} kills, {early} of them while the file was opened: "
        f"{len(told)} answers were confirmed, none lost, none asked again"
    )


if __name__ == "__main__":
    main()
