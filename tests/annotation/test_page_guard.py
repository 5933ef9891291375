import asyncio

import pytest

from skactive.annotation._page._guard import MAX_BODY
from tests.annotation.page import PORT, TOKEN, client_of, digits_campaign, guarded

pytest.importorskip("starlette")

READS = ("/", "/api/state?annotator=ann", "/api/image?id=0", "/api/labels.csv")
OWN = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    with digits_campaign(tmp_path_factory.mktemp("guard") / "c.sqlite") as made:
        yield made


def post(client, **headers):
    body = {"id": 0, "label": 1, "annotator": "mallory"}
    return client.post("/api/answer", json=body, headers=headers)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "é"])
def test_no_token(campaign, path, token):
    client = client_of(campaign, token=None)
    headers = {} if token is None else {"cookie": f"skactive_{PORT}={token}".encode()}
    assert client.get(path, headers=headers).status_code == 403
    assert client.get(path).status_code == 403
    assert post(client, **headers).status_code == 403
    assert campaign.history() == []


def test_the_token_of_the_address_sets_a_cookie(campaign):
    client = client_of(campaign, token=None)
    assert client.get("/?token=wrong").status_code == 403
    assert client.get(f"/api/state?annotator=a&token={TOKEN}").status_code == 403
    first = client.get(f"/?token={TOKEN}")
    assert first.status_code == 200
    cookie = first.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    for path in READS:
        assert client.get(path).status_code == 200


HOSTS = ("evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}")
HOSTS += (f"127.0.0.1.evil.example:{PORT}", f"localhost:{PORT}@evil.example", "")


@pytest.mark.parametrize("host", HOSTS)
def test_forged_host(campaign, host):
    client = client_of(campaign)
    for path in (*READS, "/static/main.js"):
        assert client.get(path, headers={"host": host}).status_code == 403
    assert post(client, host=host).status_code == 403


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_own_names(campaign, name):
    client = client_of(campaign)
    assert client.get("/", headers={"host": f"{name}:{PORT}"}).status_code == 200


ORIGINS = ("http://evil.example", "null", f"https://127.0.0.1:{PORT}")
ORIGINS += ("http://127.0.0.1", f"http://localhost:{PORT}", f"{OWN}.evil.example")


@pytest.mark.parametrize("origin", ORIGINS)
def test_forged_origin(campaign, origin):
    client = client_of(campaign)
    assert post(client, origin=origin).status_code == 403
    assert client.get("/api/labels.csv", headers={"origin": origin}).status_code == 403
    assert campaign.history() == []


def test_cross_site_requests(campaign):
    client = client_of(campaign)
    assert post(client, **{"sec-fetch-site": "cross-site"}).status_code == 403
    # a form of another page sends this type without being asked first
    form = client.post(
        "/api/answer", content="{}", headers={"content-type": "text/plain"}
    )
    assert form.status_code == 400


def test_own_origin(campaign):
    headers = {"origin": OWN, "content-type": "application/json"}
    client = client_of(campaign)
    reply = client.post("/api/classes", content="{}", headers=headers)
    assert reply.status_code == 400  # it came through, and lacks a name


def test_over_long_body(campaign):
    client = client_of(campaign)
    assert post(client, origin=OWN).status_code == 200
    before = campaign.history()
    note = "x" * MAX_BODY
    body = {"id": 1, "label": 1, "annotator": "ann", "note": note}
    assert client.post("/api/answer", json=body).status_code == 413

    def pieces():  # no Content-Length
        yield b'{"id": 1, "label": 1, "annotator": "ann", "note": "'
        for _ in range(100):
            yield b"x" * 1024
        yield b'"}'

    headers = {"content-type": "application/json"}
    reply = client.post("/api/answer", content=pieces(), headers=headers)
    assert reply.status_code == 413
    assert campaign.history() == before


@pytest.mark.parametrize("path", ["/?token=" + TOKEN, "/static/main.js", READS[1]])
def test_headers_forbid_other_hosts(campaign, path):
    headers = client_of(campaign).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not any(word in policy for word in ("http", "*", "unsafe", "data:"))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path", ["/static/../_app.py", "/static/%2e%2e/_app.py", "/static//etc/passwd"]
)
def test_static_files_are_of_the_package(campaign, path):
    async def get():
        sent = []
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b""}
        scope |= {"headers": [(b"host", OWN[7:].encode())], "root_path": ""}

        async def receive():
            return {"type": "http.request", "body": b""}

        async def send(message):
            sent.append(message)

        await guarded(campaign)(scope, receive, send)
        return sent[0]["status"]

    assert asyncio.run(get()) in (403, 404)


def test_open_to_the_network(campaign):
    client = client_of(campaign)
    client.app.host, client.app.names = "0.0.0.0", {"localhost", "laptop"}
    for host in ("192.168.1.5", "laptop", "[fe80::1]"):
        headers = {"host": f"{host}:{PORT}"}
        assert client.get("/", headers=headers).status_code == 200
    headers = {"host": f"evil.example:{PORT}"}  # names can be made to point here
    assert client.get("/", headers=headers).status_code == 403
