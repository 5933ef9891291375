"""Application of the labelling page: answers its requests by JSON."""

import csv
import io
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from skactive.annotation._model import as_label
from skactive.annotation._page._content import Content, Presenter
from skactive.annotation._page._figures import history, progress

__all__ = ["LabelPage", "create_app", "keys_of"]

STATIC = Path(__file__).parent / "static"
KEYS = "1234567890abcdefghijklmnopqrstuvwxyz"
MOST_TASKS = 20  # maximum number of tasks that a window holds
FAULTS = (LookupError, TypeError, ValueError)  # errors in a request, shown to the user
HTML_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "sandbox": "",
}


def keys_of(classes: list[Any]) -> list[str | None]:
    """Keyboard key of each class: a digit or letter, or the class itself if it is one.

    Classes beyond the number of keys get None, and have to be clicked.
    """
    names = [str(name).lower() for name in classes]
    if len(set(names)) == len(names) and set(names) <= set(KEYS):
        return [*names]
    return [KEYS[i] if i < len(KEYS) else None for i in range(len(names))]


class LabelPage:
    """Handles the page's requests by calls of a campaign.

    Parameters
    ----------
    campaign : Campaign
        The campaign.
    guidelines : str
        Text that annotators can open.
    title : str
        Title of the page.
    """

    def __init__(self, campaign: Any, guidelines: str = "", title: str = "") -> None:
        self.campaign, self.guidelines, self.title = campaign, guidelines, title
        self.present = Presenter(campaign.show)
        self._added: list[Any] = []  # classes without an answer yet
        self._undone: dict[str, str] = {}  # last undo request of each annotator
        # part of image addresses, so that browsers do not show another campaign's
        # images
        self.version = secrets.token_hex(4)

    def about(self) -> dict[str, Any]:
        """Title and guidelines of the page."""
        return {"title": self.title or "skactive", "guidelines": self.guidelines}

    def state(self, annotator: str, want: int = 3) -> dict[str, Any]:
        """Everything that the page shows, for the next tasks of an annotator."""
        return {
            **self.classes(),
            "progress": progress(self.campaign),
            "answers": history(self.campaign, annotator),
            **self.tasks(annotator, want),
        }

    def classes(self) -> dict[str, Any]:
        """The classes so far with their keys, and whether labels are numeric."""
        names = self._classes()
        pairs = zip(names, keys_of(names), strict=True)
        return {
            "classes": [{"name": name, "key": key} for name, key in pairs],
            "numeric": self._is_numeric,
        }

    def tasks(self, annotator: str, want: int = 3) -> dict[str, Any]:
        """Next tasks of an annotator: those handed out before, then new ones."""
        want = min(max(int(want), 1), MOST_TASKS)
        tasks = self.campaign.ask(_name(annotator), n=want)
        return {"tasks": [self._shown(task.id, task.row) for task in tasks]}

    def item(self, id: Any) -> dict[str, Any]:
        """Content of one row, to edit its answer."""
        return self._shown(id, self._row(id))

    def answer(
        self,
        id: Any,
        label: Any,
        annotator: str,
        seconds: float | None = None,
        note: str | None = None,
        want: int = 3,
    ) -> dict[str, Any]:
        """Store a label, and return the next tasks."""
        if self._is_numeric:
            label = float(label)
        self.campaign.tell(
            id, label, annotator=_name(annotator), seconds=seconds, note=note
        )
        return self.tasks(annotator, want)

    def skip(
        self,
        id: Any,
        reason: str,
        annotator: str,
        want: int = 3,
    ) -> dict[str, Any]:
        """Store a skip, and return the next tasks."""
        self.campaign.skip(id, annotator=_name(annotator), reason=reason)
        return self.tasks(annotator, want)

    def undo(self, annotator: str, request: str, want: int = 3) -> dict[str, Any]:
        """Undo an annotator's last answer; its task is returned first.

        A request with the same identifier is executed once, as a window that got no
        reply repeats it.
        """
        name = _name(annotator)
        if self._undone.get(name) == request:
            return self.tasks(name, want)
        said = history(self.campaign, name)
        undone = self.campaign.undo(name)
        self._undone[name] = request
        tasks = self.tasks(name, want)
        if undone is None or all(task["id"] != undone.id for task in tasks["tasks"]):
            return tasks  # an earlier answer is valid again, so the task is not open
        before = next(act["label"] for act in said if act["id"] == undone.id)
        first = self._shown(undone.id, undone.row) | {"label": before}
        return tasks | {"first": first}

    def add_class(self, name: str, annotator: str) -> dict[str, Any]:
        """Offer a class to all annotators; it is stored once an answer uses it."""
        if not isinstance(name, str) or not name.strip():
            raise ValueError("the name of a class must not be empty")
        if self._is_numeric:
            raise ValueError("labels are numbers here, so no class can be added")
        known = self._classes()
        label = as_label(_of_type(name.strip(), known), "classification", known)
        if str(label) not in map(str, known):
            self._added.append(label)
        return self.classes()

    def content(self, id: Any) -> Content:
        """Content to show of a row."""
        return self.present(self.campaign._X, self._row(id))

    def labels(self) -> str:
        """All valid answers as CSV."""
        file = io.StringIO()
        writer = csv.DictWriter(
            file, ["id", "label", "annotator", "time", "note"], extrasaction="ignore"
        )
        writer.writeheader()
        acts = self.campaign.history()
        writer.writerows(
            act for act in acts if act["current"] and act["label"] is not None
        )
        return file.getvalue()

    @property
    def _is_numeric(self):
        return self.campaign._task == "regression"

    def _classes(self):
        return list(dict.fromkeys([*self.campaign.classes_, *self._added]))

    def _row(self, id):
        return self.campaign._rows()[self.campaign._known(id)]

    def _shown(self, id, row):
        content = self.present(self.campaign._X, row)
        shown = {"id": id, "kind": content.kind}
        if content.kind in ("image", "html"):
            query = urlencode({"id": json.dumps(id), "v": self.version})
            return shown | {"src": f"/api/{content.kind}?{query}"}
        return shown | {"data": content.data}


def _of_type(name, classes):
    """Convert a class name to the type of the others: text, or an integer."""
    is_number = bool(classes) and all(type(known) is int for known in classes)
    return int(name) if is_number and name.lstrip("-").isdecimal() else name


def _name(annotator):
    if not isinstance(annotator, str) or not 0 < len(annotator.strip()) <= 100:
        raise ValueError("the name of an annotator must have 1 to 100 characters")
    return annotator.strip()


def create_app(page: LabelPage) -> Any:
    """Make the Starlette application of a page, to be wrapped in a `Guard`."""
    from starlette.applications import Starlette
    from starlette.responses import FileResponse, JSONResponse, Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    def index(request: Any) -> Any:
        return FileResponse(STATIC / "index.html")

    def image(request: Any) -> Any:
        content = page.content(_id(request))
        if content.kind != "image":
            raise LookupError("this row is not shown as an image")
        headers = {"cache-control": "private, max-age=3600"}
        return Response(content.data, media_type=content.media_type, headers=headers)

    def html(request: Any) -> Any:
        content = page.content(_id(request))
        text = content.data if content.kind == "html" else ""
        policy = " ".join(f"{name} {value};" for name, value in HTML_POLICY.items())
        headers = {"content-security-policy": policy}
        return Response(text, media_type="text/html", headers=headers)

    def labels(request: Any) -> Any:
        headers = {"content-disposition": 'attachment; filename="labels.csv"'}
        return Response(page.labels(), media_type="text/csv", headers=headers)

    def fault(request: Any, error: Exception) -> Any:
        reason = error.args[0] if isinstance(error, KeyError) and error.args else error
        return Response(str(reason), status_code=400, media_type="text/plain")

    reads: dict[str, Callable[..., Any]] = {
        "about": lambda request: page.about(),
        "state": lambda request: page.state(**dict(request.query_params)),
        "tasks": lambda request: page.tasks(**dict(request.query_params)),
        "item": lambda request: page.item(_id(request)),
    }
    writes = {
        "answer": page.answer,
        "skip": page.skip,
        "undo": page.undo,
        "classes": page.add_class,
    }
    routes = [
        Route("/", index),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/api/image", image),
        Route("/api/html", html),
        Route("/api/labels.csv", labels),
        *(
            Route(f"/api/{name}", _reading(f, JSONResponse))
            for name, f in reads.items()
        ),
        *(
            Route(f"/api/{name}", _writing(f, JSONResponse), methods=["POST"])
            for name, f in writes.items()
        ),
    ]
    return Starlette(routes=routes, exception_handlers=dict.fromkeys(FAULTS, fault))


def _id(request):
    return json.loads(request.query_params["id"])


def _reading(function, respond):
    def endpoint(request: Any) -> Any:  # not async, so that Starlette uses a thread
        return respond(function(request))

    return endpoint


def _writing(function, respond):
    from starlette.concurrency import run_in_threadpool

    async def endpoint(request: Any) -> Any:
        # forms of other pages cannot send this type without permission
        if request.headers.get("content-type", "").partition(";")[0] != (
            "application/json"
        ):
            raise ValueError(
                "the body of the request must have the type application/json"
            )
        body = json.loads(await request.body())
        if not isinstance(body, dict):
            raise TypeError("the body of the request must be a JSON object")
        return respond(await run_in_threadpool(function, **body))

    return endpoint
