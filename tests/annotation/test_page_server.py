import asyncio
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request

import pytest

from tests.annotation.page import digits_campaign

pytest.importorskip("uvicorn")


@pytest.fixture
def campaign(tmp_path):
    with digits_campaign(tmp_path / "c.sqlite") as made:
        yield made


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def test_in_a_running_loop(campaign, capsys):
    async def main():
        handle = campaign.serve(open_browser=False)
        url = capsys.readouterr().out
        assert url == f"{handle.url}\n"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}\n", url)
        assert handle.url in repr(handle)
        assert await asyncio.to_thread(status, handle.url) == 200
        assert await asyncio.to_thread(status, handle.url[:-1]) == 403
        return handle

    handle = asyncio.run(main())
    handle.close()
    with pytest.raises(OSError, match="refused"):
        status(handle.url)


def test_tokens_differ(campaign):
    async def main():
        handles = [campaign.serve(open_browser=False) for _ in range(2)]
        for handle in handles:
            handle.close()
        return [handle.url.partition("token=")[2] for handle in handles]

    first, second = asyncio.run(main())
    assert first != second


def test_opens_the_browser(campaign, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    async def main():
        handle = campaign.serve()
        await asyncio.sleep(0.1)
        handle.close()
        return handle.url

    assert opened == [asyncio.run(main())]


def test_port_in_use(campaign):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1, port {port}"):
            campaign.serve(port=port, open_browser=False)


def test_read_only(campaign, tmp_path):
    from skactive.annotation import Campaign

    with pytest.raises(RuntimeError, match="open for reading only"):
        Campaign(tmp_path / "c.sqlite").serve(open_browser=False)


SCRIPT = """
from tests.annotation.page import digits_campaign
with digits_campaign({path!r}) as campaign:
    campaign.serve(open_browser=False)
print("closed")
"""


def test_blocks_until_it_is_interrupted(tmp_path):
    code = textwrap.dedent(SCRIPT).format(path=str(tmp_path / "c.sqlite"))
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True
    )
    url = process.stdout.readline().strip()
    deadline = time.monotonic() + 20
    while status(url) != 200:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "closed\n", "")
