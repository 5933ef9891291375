import os
import subprocess
import sys

import pytest

from skactive.annotation._lock import WriterLock

HOLD = """
import sys, time
from pathlib import Path
from skactive.annotation._lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_writer_in_a_process(opened, tmp_path):
    campaign = opened()
    with pytest.raises(RuntimeError, match="already open for writing in this process"):
        WriterLock(tmp_path / "c.sqlite")
    campaign.close()
    WriterLock(tmp_path / "c.sqlite").release()


def test_one_writing_process_until_it_dies(tmp_path):
    path = tmp_path / "c.sqlite"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RuntimeError, match=f"written by process {process.pid}"):
            WriterLock(path)
        process.kill()
    WriterLock(path).release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_child_may_not_write(opened):
    campaign = opened()
    child = os.fork()
    if not child:  # nothing of pytest may run here
        try:
            campaign.tell(0, 1, "ann")
        except RuntimeError as error:
            os._exit(0 if "only one process can write" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    campaign.tell(0, 1, "ann")
    assert len(campaign.history()) == 1


def test_a_campaign_that_is_forgotten_lets_go(tmp_path, X):
    import gc

    from sklearn.naive_bayes import GaussianNB

    from skactive import Margin
    from skactive.annotation import Campaign

    Campaign(tmp_path / "c.sqlite", Margin(GaussianNB()), X)
    gc.collect()
    Campaign(tmp_path / "c.sqlite", Margin(GaussianNB()), X).close()
