import os
import threading

import pytest

from skactive.model_selection.search._progress import progress_bar, report_round


def test_rounds_of_all_threads_are_counted(capsys):
    with progress_bar("Title", 40, done=8) as path:
        threads = [
            threading.Thread(target=lambda: [report_round(path) for _ in range(8)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert os.path.getsize(path) == 32
    shown = capsys.readouterr().err
    assert "Title: 100%" in shown
    assert "40/40" in shown
    assert not os.path.exists(path)


def test_an_interrupt_leaves_a_bar_as_far_as_it_came(capsys):
    before = threading.active_count()

    def interrupted():
        with progress_bar("Title", 10) as path:
            report_round(path)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "1/10" in capsys.readouterr().err
    assert threading.active_count() == before


def test_nothing_is_shown_unless_asked_for(capsys):
    with progress_bar("Title", 10, shown=False) as path:
        assert path is None
        report_round(path)
    assert capsys.readouterr().err == ""


def test_where_the_file_is_not_nothing_is_reported(tmp_path):
    report_round(str(tmp_path / "elsewhere" / "rounds"))
    assert not (tmp_path / "elsewhere").exists()
