"""`git http-backend` behind a server on loopback: a remote as git hosts are, over HTTP."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_PASSED_ON = ("Git-Protocol", "Content-Encoding", "Accept-Encoding", "User-Agent")


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories of a folder.

    Attributes:
        password: None: everybody may do everything; else what HTTP's basic authentication wants.
        cut_after_bytes: None, or how much of a push is read before the connection is dropped.
        release: None, or what a push waits for before it is taken in.
        requests: what was asked: "POST /hub.git/git-receive-pack".
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.password: str | None = None
        self.cut_after_bytes: int | None = None
        self.release: threading.Event | None = None
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        """Of the folder; a repository's name goes behind it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that somebody dropped is what a test wants."""


@contextmanager
def git_server(root: Path) -> Iterator[GitServer]:
    """A server that runs until the block ends."""
    with GitServer(root) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GitServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.requests.append(f"{self.command} {path}{'?' if query else ''}{query}")
        body = self._body(path)
        if body is None:
            self.connection.close()
            return
        if self.server.release is not None and path.endswith("git-receive-pack"):
            self.server.release.wait(60)
            self.connection.close()
            return
        wanted = self.server.password
        if wanted is not None and self.headers.get("Authorization") != _basic(wanted):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env=os.environ
            | {
                "GIT_PROJECT_ROOT": str(self.server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "REMOTE_ADDR": "127.0.0.1",
                "REMOTE_USER": "somebody",  # without one, it takes no push
                **{
                    f"HTTP_{name.upper().replace('-', '_')}": self.headers[name]
                    for name in _PASSED_ON
                    if name in self.headers
                },
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = next((value for key, value in fields if key == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for key, value in fields:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self, path: str) -> bytes | None:
        """What was sent; None: the connection is to be dropped in the middle of it."""
        limit = self.server.cut_after_bytes if path.endswith("git-receive-pack") else None
        if self.headers.get("Transfer-Encoding") != "chunked":
            length = int(self.headers.get("Content-Length", 0))
            if limit is not None and length > limit:
                self.rfile.read(limit)
                return None
            return self.rfile.read(length)
        parts: list[bytes] = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if limit is not None and sum(map(len, parts)) > limit:
                return None
        self.rfile.readline()
        return b"".join(parts)


def _basic(password: str) -> str:
    return f"Basic {base64.b64encode(f'ada:{password}'.encode()).decode()}"
