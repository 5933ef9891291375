"""Keeps web pages elsewhere out: they may reach this machine, but not this server.

A page of another origin that the annotator has open could send requests here, also
under a name of its own that it has made to point to this machine. It knows neither the
token nor may it send the cookie; and Host and Origin give it away.
"""

import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

__all__ = ["Guard", "allowed_names", "content_security_policy"]

MAX_BODY = 64 * 1024  # bytes: an answer with a long note
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
PUBLIC = "/static/"  # files of the package: there is nothing in them to guard


def content_security_policy(**changes: str) -> str:
    """Value of the header that forbids other hosts, inline scripts and plugins."""
    return "; ".join(f"{key} {value}" for key, value in (POLICY | changes).items())


def allowed_names(host: str) -> set[str]:
    """Names that a browser may call a server bound to `host` by.

    One that is open to the network is also called by the name of its machine; by
    addresses, which cannot be made to point elsewhere, in any case.
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
    """Wrap an ASGI application: Host, Origin, token, length of the body.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    token : str
        The secret of the address.
    host : str
        What the server is bound to.
    port : int
        Its port: cookies are shared between ports, so that it stands in their name.
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
            await _refuse(send, 413, f"a body has at most {MAX_BODY} bytes")
            return
        await self.app(scope, _replay(body, receive), self._sender(scope, send))

    def _fault(self, scope, headers):
        host = headers.get("host", "").lower()
        if not self._is_own(host):
            return 403, "this server is not called by that name (Host)"
        if headers.get("origin", f"http://{host}").lower() != f"http://{host}":
            return 403, "requests of other web pages are refused (Origin)"
        if scope["method"] == "POST" and headers.get("sec-fetch-site") == "cross-site":
            return 403, "requests of other web pages are refused (Sec-Fetch-Site)"
        if _length(headers) > MAX_BODY:
            return 413, f"a body has at most {MAX_BODY} bytes"
        if not scope["path"].startswith(PUBLIC) and not self._knows(scope, headers):
            return 403, "open the address with its token, as it was printed"
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
        # compared in constant time: a wrong guess does not say how wrong it is
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
                more = [h for h in headers if h[0] not in own]  # a view's own policy
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
    """Read the body; None where it is too long, whatever its header says."""
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
