"""Serve a page: blocking, or in a thread if an event loop is running."""

import asyncio
import secrets
import socket
import sys
import threading
import webbrowser
from typing import Any

from skactive.annotation._page._app import LabelPage, create_app
from skactive.annotation._page._guard import Guard

__all__ = ["ServerHandle", "serve"]


class ServerHandle:
    """A page that is being served.

    Parameters
    ----------
    server : uvicorn.Server
        Server that has not been started.
    bound : socket.socket
        Socket on which it listens.
    url : str
        Address of the page, including its token.

    Attributes
    ----------
    url : str
        Address to open in a browser.
    """

    def __init__(self, server: Any, bound: socket.socket, url: str) -> None:
        self.url = url
        self._server = server
        self._bound = bound
        self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [bound]}, daemon=True
        )

    def __repr__(self) -> str:
        return f"<page at {self.url}>"

    def start(self) -> "ServerHandle":
        """Start serving in a thread; return self."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop serving; answers are already stored."""
        self._server.should_exit = True
        self._thread.join()
        self._bound.close()


def serve(
    campaign: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    open_browser: bool = True,
    guidelines: str = "",
    title: str = "",
) -> ServerHandle | None:
    """Serve the page of a campaign; see `Campaign.serve` for the parameters."""
    uvicorn = _uvicorn()
    campaign._writable()
    bound = _listen(host, port)
    port = bound.getsockname()[1]
    token = secrets.token_urlsafe(24)
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{port}/?token={token}"
    app = Guard(create_app(LabelPage(campaign, guidelines, title)), token, host, port)
    config = uvicorn.Config(
        app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    # connections wait until the server starts: the socket is listening
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    handle = ServerHandle(server, bound, url)
    if _loop_runs():
        return handle.start()
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:  # the normal way to stop; uvicorn has closed connections
        pass
    finally:
        bound.close()
    return None


def _uvicorn():
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the page requires {error.name}; install it by pip install "
            "'skactive[label]'",
            name=error.name,
        ) from error
    return uvicorn


def _listen(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    # lets a restarted server use the same port at once
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise OSError(
            error.errno, f"cannot listen on {host}, port {port}: {error.strerror}"
        ) from error
    bound.listen(128)
    return bound


def _loop_runs():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
