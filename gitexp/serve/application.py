"""The dashboard as an ASGI application: the page, its script and style, the API, the events."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gitexp.errors import GitexpError, RunNotFound
from gitexp.paths import web_bundle
from gitexp.query.runs import Runs
from gitexp.serve.dashboard import Dashboard
from gitexp.serve.edits import edit
from gitexp.serve.pages import app_page, report_page
from gitexp.serve.ranges import NoSuchPart, part_of
from gitexp.serve.resources import Answer, NoSuchResource
from gitexp.serve.security import (
    MOST_BODY_BYTES,
    TOKEN_HEADER,
    Guard,
    may_edit,
    page_policy,
    report_policy,
)

API = "/api"
_WORTH_PACKING = 2048  # bytes; smaller answers are sent as they are
_SMALL_ALREADY = ("image/", "audio/", "video/")


@dataclass(frozen=True, slots=True)
class Options:
    """What is decided when the dashboard is started."""

    token: str | None = None  # who shows it may edit; None: nobody may
    frames: Sequence[str] = ()  # origins of pages that may show ours in a frame


def make_application(
    make_dashboard: Callable[[], Dashboard], options: Options = Options()
) -> Guard:
    """The application; it makes its dashboard when the server starts, in the server's loop."""
    site = _Site(make_dashboard, options)
    routes = [
        Route("/", site.page),
        Route("/report", site.report),
        Route("/app.js", site.asset),
        Route("/app.css", site.asset),
        Route(f"{API}/events", site.events),
        Route(f"{API}/{{path:path}}", site.resource, methods=["GET"]),
        Route(f"{API}/run/{{path:path}}", site.edit, methods=["POST"]),
    ]
    starlette = Starlette(
        routes=routes,
        lifespan=site.lifespan,
        exception_handlers={GitexpError: _problem, Exception: _accident},
    )
    return Guard(starlette, page_policy(frames=options.frames))


class _Site:
    def __init__(self, make_dashboard: Callable[[], Dashboard], options: Options) -> None:
        self._make = make_dashboard
        self._options = options
        self._dashboard: Dashboard | None = None

    @property
    def dashboard(self) -> Dashboard:
        assert self._dashboard is not None
        return self._dashboard

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self._dashboard = self._make()
        async with self._dashboard.at_work():
            yield

    async def page(self, request: Request) -> Response:
        """The app, or without its bundle the report."""
        if web_bundle() is None:
            return await self.report(request)
        token = self._options.token
        editing = may_edit(token, request.query_params.get("token"))
        html = await self.dashboard.read(
            lambda runs: app_page(runs, api=API, token=token if editing else None)
        )
        return _packed(request, Answer(html.encode(), "text/html; charset=utf-8"))

    async def report(self, request: Request) -> Response:
        """The newest runs as a page that needs no script."""
        html = await self.dashboard.read(report_page)
        # The page's own policy in its head allows what it holds, by hash.
        headers = {"content-security-policy": report_policy(frames=self._options.frames)}
        return _packed(request, Answer(html.encode(), "text/html; charset=utf-8", headers))

    async def asset(self, request: Request) -> Response:
        """The app's script or style."""
        bundle = web_bundle()
        if bundle is None:
            raise NoSuchResource("the app is not built")
        script, style = bundle
        if request.url.path == "/app.js":
            return _packed(request, Answer(script.read_bytes(), "text/javascript; charset=utf-8"))
        return _packed(request, Answer(style.read_bytes(), "text/css; charset=utf-8"))

    async def resource(self, request: Request) -> Response:
        """A resource of the API."""
        path = _parts(request, API)
        query = {key: request.query_params.getlist(key) for key in request.query_params}
        dashboard = self.dashboard
        cursor = dashboard.hub.cursor

        def read(runs: Runs) -> Answer:
            return dashboard.resources.answer(runs, path, query, cursor)

        return _packed(request, await dashboard.read(read))

    async def events(self, request: Request) -> Response:
        """The stream of events, from where the browser was."""
        after = request.headers.get("last-event-id") or request.query_params.get("after")
        return StreamingResponse(
            self.dashboard.hub.stream(after),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def edit(self, request: Request) -> Response:
        """A change to a run, by somebody who shows the token."""
        if not may_edit(self._options.token, request.headers.get(TOKEN_HEADER)):
            return JSONResponse(
                {"error": "this dashboard is for looking only: start it with gitexp ui --edit"},
                403,
            )
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return JSONResponse({"error": "expected application/json"}, 415)
        body = await _body(request)
        match _parts(request, f"{API}/run"):
            case [name, what]:
                repo = self.dashboard.repo
                await self.dashboard.write(lambda: edit(repo, name, what, body))
                return JSONResponse({"done": True})
        raise NoSuchResource("there is nothing at this address")


def _parts(request: Request, prefix: str) -> list[str]:
    """The parts of the path after a prefix, decoded one by one: `a%2Fb` is one part."""
    raw: bytes = request.scope["raw_path"]
    parts = raw.split(b"?")[0].decode("ascii", "replace").removeprefix(prefix).split("/")[1:]
    return [unquote(part) for part in parts]


async def _body(request: Request) -> Any:
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BODY_BYTES:
            raise GitexpError("the request is too long")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise GitexpError("the request is no JSON") from error


def _packed(request: Request, answer: Answer) -> Response:
    content, headers = answer.content, dict(answer.headers)
    if answer.type.startswith(_SMALL_ALREADY):
        return _ranged(request, answer)
    headers["vary"] = "accept-encoding"
    worth = len(content) > _WORTH_PACKING
    if worth and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 1)
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=answer.type, headers=headers)


def _ranged(request: Request, answer: Answer) -> Response:
    """A picture, sound or video, or the part of it that is asked for."""
    size = len(answer.content)
    headers = {**answer.headers, "accept-ranges": "bytes"}
    try:
        part = part_of(request.headers.get("range"), size)
    except NoSuchPart:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    if part is None:
        return Response(answer.content, media_type=answer.type, headers=headers)
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    content = answer.content[part.start : part.stop]
    return Response(content, 206, media_type=answer.type, headers=headers)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, GitexpError)
    missing = isinstance(error, NoSuchResource | RunNotFound)
    said = error.message if error.hint is None else f"{error.message}: {error.hint}"
    return JSONResponse({"error": said}, 404 if missing else 400)


async def _accident(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 500)
