"""Who may ask the dashboard, and what a browser may do with the answers.

The server listens on the loopback address only. Yet any web page that the user visits can send
requests there, so these are refused: names other than this machine's (a page whose own name was
made to point here: DNS rebinding), and requests that another page's script sends.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOSTS = ("localhost", "127.0.0.1", "::1")
TOKEN_HEADER = "x-gitexp-token"
MOST_BODY_BYTES = 1024 * 1024

# Pages that a local Jupyter, or VS Code's notebooks, show a frame in.
NOTEBOOKS = (
    *("http://localhost:*", "http://127.0.0.1:*", "https://localhost:*", "https://127.0.0.1:*"),
    "vscode-webview:",
)

# A run's own HTML or SVG: in a sandbox, no script runs and nothing is loaded.
FILE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def report_policy(*, frames: Sequence[str] = ()) -> str:
    """That of a report, which names in its own head, by hash, the scripts and styles it needs."""
    return f"base-uri 'none'; form-action 'none'; object-src 'none'; {_ancestors(frames)}"


def page_policy(*, frames: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of our own pages.

    Args:
        frames: origins of other pages that may show ours in a frame.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "frame-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            _ancestors(frames),
        ]
    )


def _ancestors(frames: Sequence[str]) -> str:
    return f"frame-ancestors {' '.join(frames)}" if frames else "frame-ancestors 'none'"


class Guard:
    """Refuses what does not come from the user's own page, and puts headers on every answer."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cache-control", b"no-store"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                said = {name.lower() for name, _ in headers}
                headers += [pair for pair in self._headers if pair[0] not in said]
            await send(message)

        why = why_refused(scope)
        if why is None:
            await self._app(scope, receive, with_headers)
            return
        from starlette.responses import JSONResponse

        await JSONResponse({"error": why}, 403)(scope, receive, with_headers)


def why_refused(scope: Scope) -> str | None:
    """Why a request is refused; None: it is not."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if host_name(host) not in _HOSTS:
        return "this server answers to localhost only"
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin)[:2] not in (("http", host), ("https", host)):
        return "another page's requests are not answered"
    # Browsers tell where a request comes from; a link to the dashboard may be anywhere.
    site = headers.get(b"sec-fetch-site", "none")
    if site in ("cross-site", "same-site") and headers.get(b"sec-fetch-mode") != "navigate":
        return "another page's requests are not answered"
    return None


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def may_edit(token: str | None, given: str | None) -> bool:
    """Whether a request has shown the token; never without one."""
    if not token or not given:
        return False
    return hmac.compare_digest(token.encode(), given.encode("utf-8", "replace"))
