"""Kill a campaign under load; the benchmark does so thirty times."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILL = Path(__file__).parents[2] / "benchmarks/annotation/kill.py"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of posix")
def test_nothing_is_lost_or_asked_again():
    done = subprocess.run(
        [sys.executable, KILL, "--kills", "2", "--longest", "2", "--seed", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "none lost, none asked again" in done.stdout
