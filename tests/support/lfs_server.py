"""A git-lfs server on loopback: the batch API with the basic transfer, objects in memory."""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_JSON = "application/vnd.git-lfs+json"


class LfsServer(ThreadingHTTPServer):
    """Takes and gives objects, and counts what was asked of it."""

    daemon_threads = True

    def __init__(self, credentials: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.uploads = 0
        self.downloads = 0
        self.refused = 0  # so many of the next uploads are answered with 503
        self.authorization = (
            None if credentials is None else f"Basic {b64encode(credentials.encode()).decode()}"
        )

    @property
    def url(self) -> str:
        """The address that goes into `lfs.url`."""
        return f"http://127.0.0.1:{self.server_port}/lfs"


class _Handler(BaseHTTPRequestHandler):
    server: LfsServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self._body())
        if not self._allowed():
            return
        if not self.path.endswith("/objects/batch"):
            self._answer(404, b"{}")  # no locks here
            return
        upload = asked["operation"] == "upload"
        told = [self._object(o["oid"], o["size"], upload=upload) for o in asked["objects"]]
        self._answer(200, json.dumps({"transfer": "basic", "objects": told}).encode())

    def _object(self, oid: str, size: int, *, upload: bool) -> dict[str, object]:
        entry: dict[str, object] = {"oid": oid, "size": size, "authenticated": True}
        here = oid in self.server.objects
        if upload and not here:
            entry["actions"] = {"upload": {"href": f"{self.server.url}/{oid}"}}
        elif not upload and here:
            entry["actions"] = {"download": {"href": f"{self.server.url}/{oid}"}}
        elif not upload:
            entry["error"] = {"code": 404, "message": "Object does not exist"}
        return entry

    def do_PUT(self) -> None:
        content, oid = self._body(), self.path.rpartition("/")[2]
        if self.server.refused:
            self.server.refused -= 1
            self._answer(503, b"{}")
            return
        assert hashlib.sha256(content).hexdigest() == oid
        self.server.objects[oid] = content
        self.server.uploads += 1
        self._answer(200, b"")

    def do_GET(self) -> None:
        self.server.downloads += 1
        self._answer(200, self.server.objects[self.path.rpartition("/")[2]])

    def _allowed(self) -> bool:
        wanted = self.server.authorization
        if wanted is None or self.headers.get("Authorization") == wanted:
            return True
        self._answer(401, b"{}", {"LFS-Authenticate": 'Basic realm="lfs"'})
        return False

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, code: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": _JSON, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def lfs_server(credentials: str | None = None) -> Iterator[LfsServer]:
    """A server that runs meanwhile; it asks for `user:password` if there are credentials."""
    server = LfsServer(credentials)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
