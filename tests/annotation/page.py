"""A campaign of digits or texts, and a client that stands in for the browser."""

import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from skactive import Margin
from skactive.annotation import Campaign
from skactive.annotation._page._app import LabelPage, create_app
from skactive.annotation._page._guard import Guard

TOKEN, PORT = "token-of-the-test", 8001


def digits_campaign(path, **params):
    X, _ = load_digits(return_X_y=True)
    model = Margin(RandomForestClassifier(10, random_state=0))
    params = {"classes": list(range(10)), "show": "image", "random_state": 0} | params
    return Campaign(path, model, X, **params)


def guarded(campaign, host="127.0.0.1", **params):
    return Guard(create_app(LabelPage(campaign, **params)), TOKEN, host, PORT)


def client_of(campaign, *, token=TOKEN, **params):
    pytest.importorskip("httpx")
    testclient = pytest.importorskip("starlette.testclient")
    client = testclient.TestClient(
        guarded(campaign, **params), base_url=f"http://127.0.0.1:{PORT}"
    )
    if token is not None:
        client.cookies.set(f"skactive_{PORT}", token)
    return client


def tell(client, task, label, annotator="ann", **more):
    body = {"id": task["id"], "label": label, "annotator": annotator, **more}
    return client.post("/api/answer", json=body)
