"""Protect the server from web pages of other origins.

Such a page, open in an annotator's browser, can send requests to this server, also
under a host name of its own that it lets point to this computer. It does not know the
token, cannot send the cookie, and is recognized by its Host and Origin headers.
"""

import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

__all__ = ["Guard", "allowed_names", "content_security_policy"]

MAX_BODY = 64 * 1024  # bytes; enough for an answer with a long note
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}
PUBLIC = "/static/"  # files of the package, which need no protection


def content_security_policy(**changes: str) -> str:
    """Header value that forbids other hosts, inline scripts and plugins."""
    return "; ".join(f"{key} {value}" for key, value in (POLICY | changes).items())


def allowed_names(host: str) -> set[str]:
    """Host names by which a browser may address a server bound to `host`.

    A server that is open to the network also has the name of its computer. IP addresses
    are always allowed, as nobody can let them point elsewhere.
    """
    names = {host.lower(), "localhost", "127.0.0.1", "[::1]"}
    if not _is_loopback(host):
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return names


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """ASGI middleware that checks Host, Origin, token and length of the body.

    Parameters
    ----------
    app : ASGI application
        The application to protect.
    token : str
        Secret part of the address.
    host : str
        Address that the server is bound to.
    port : int
        Its port, which is part of the cookie's name, as ports share cookies.
    """

    def __init__(self, app: Any, token: str, host: str, port: int) -> None:
        self.app, self.token, self.host, self.port = app, token, host, port
        self.names = allowed_names(host)
        self.cookie = f"skactive_{port}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]
        }
        fault = self._fault(scope, headers)
        if fault is not None:
            await _refuse(send, *fault)
            return
        body = await _read(receive)
        if body is None:
            await _refuse(send, 413, f"the body is longer than {MAX_BODY} bytes")
            return
        await self.app(scope, _replay(body, receive), self._sender(scope, send))

    def _fault(self, scope, headers):
        host = headers.get("host", "").lower()
        if not self._is_own(host):
            return 403, "the host name is not that of this server (Host)"
        if headers.get("origin", f"http://{host}").lower() != f"http://{host}":
            return 403, "requests from other web pages are refused (Origin)"
        if scope["method"] == "POST" and headers.get("sec-fetch-site") == "cross-site":
            return 403, "requests from other web pages are refused (Sec-Fetch-Site)"
        if _length(headers) > MAX_BODY:
            return 413, f"the body is longer than {MAX_BODY} bytes"
        if not scope["path"].startswith(PUBLIC) and not self._knows(scope, headers):
            return 403, "open the page by its full address, with the token"
        return None

    def _is_own(self, host):
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        return name in self.names or (not _is_loopback(self.host) and _is_address(name))

    def _knows(self, scope, headers):
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["path"] == "/" and self._is_token(query.get("token", [""])[0]):
            return True
        return self._is_token(_cookie(headers.get("cookie", ""), self.cookie))

    def _is_token(self, given):
        # in constant time, so that response times do not help in guessing
        return secrets.compare_digest(given.encode(), self.token.encode())

    def _sender(self, scope, send):
        headers = [
            (b"content-security-policy", content_security_policy().encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        if not scope["path"].startswith(PUBLIC):
            headers.append((b"cache-control", b"no-store"))
        if scope["path"] == "/":
            cookie = f"{self.cookie}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            headers.append((b"set-cookie", cookie.encode()))

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                # responses may have their own policy
                more = [h for h in headers if h[0] not in own]
                message = message | {"headers": [*message["headers"], *more]}
            await send(message)

        return send_with_headers


def _is_address(name):
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _length(headers):
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() else MAX_BODY + 1


def _cookie(header, name):
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


async def _read(receive):
    """Read the body; None if it is too long, whatever its header says."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return body


def _replay(body, receive):
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed():
        return messages.pop() if messages else await receive()

    return replayed


async def _refuse(send, status, reason):
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-security-policy", b"default-src 'none'"),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": reason.encode()})
