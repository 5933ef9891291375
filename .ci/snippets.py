"""Run the Python snippets of README.rst, and scripts, with skactive as it is installed.

    python .ci/snippets.py README.rst doc/tutorials/*.py

Each runs in a process of its own, in an empty folder, away from the sources. README's
have to print something.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def snippets(path):
    """Yield the code of a script, or of each block of Python in a text."""
    text = path.read_text()
    if path.suffix == ".py":
        yield text
        return
    for part in re.split("^[.][.] code-block:: python\n\n", text, flags=re.M)[1:]:
        block = re.match(r"(?:    .*\n|\n)+", part)[0]
        yield re.sub("^    ", "", block, flags=re.MULTILINE)


def run(code):
    """Run one snippet; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    guard = "import skactive; assert 'site-packages' in skactive.__file__\n"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-W", "error::FutureWarning", "-c", guard + code]
        options = {"cwd": folder, "env": environment | {"MPLBACKEND": "agg"}}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode:
        raise SystemExit(f"this snippet fails:\n{code}")
    return done.stdout


def main(paths):
    """Run all snippets of all files, and say how long each took."""
    for path in map(Path, paths):
        found = list(snippets(path))
        assert found, f"no snippets in {path}"
        for i, code in enumerate(found, start=1):
            start = time.perf_counter()
            printed = run(code)
            assert printed or path.suffix == ".py", f"{path}, {i}: nothing printed"
            seconds = time.perf_counter() - start
            print(f"{path.name}, {i} of {len(found)}: {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
