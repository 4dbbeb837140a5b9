"""A dashboard as a test's server, and what a browser does with it at the level of HTTP."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from gitexp.serve.lifecycle import prepare
from gitexp.store.repository import Repository
from support.cli import GITEXP, start_gitexp, wait_for

# Logs as fast as lines come in on its stdin: each is Python, run with `log` in reach.
LISTENING = """
import sys
import gitexp

run = gitexp.init(config={"lr": 0.1})
log = gitexp.log
for line in sys.stdin:
    exec(line)
"""


class Training:
    """A tracked script that does what the test tells it."""

    def __init__(self, top: Path, name: str) -> None:
        (top / "listening.py").write_text(LISTENING)
        self.name = name
        self.process = subprocess.Popen(
            [*GITEXP, "record", "-q", "-n", name, "--", sys.executable, "listening.py"],
            cwd=top,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    def do(self, code: str) -> None:
        """Have it run a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()

    def log(self, first: int, stop: int) -> None:
        """Log the steps from one to another: loss is step / 2."""
        self.do(f"for i in range({first}, {stop}): log({{'loss': i / 2}}, step=i)")

    def end(self, code: int = 0) -> None:
        """End it, and wait until it is in git."""
        self.do(f"sys.exit({code})")
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(60) == code


@contextlib.contextmanager
def trainings(top: Path) -> Iterator[Callable[[str], Training]]:
    """Start trainings by name; those that still run at the end are killed."""
    started: list[Training] = []

    def start(name: str) -> Training:
        started.append(Training(top, name))
        return started[-1]

    try:
        yield start
    finally:
        for training in started:
            training.process.kill()
            training.process.wait()
            if training.process.stdin is not None:
                training.process.stdin.close()


class Answer:
    """What the server said."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        content = response.read()
        if response.headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        self.content = content

    @property
    def json(self) -> Any:
        """The content as JSON."""
        return json.loads(self.content)

    @property
    def curves(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Packed series by run and key: total, steps and values."""
        (length,) = struct.unpack_from("<I", self.content)
        begin = 4 + length
        found = {}
        for entry in json.loads(self.content[4:begin])["entries"]:
            n, steps, values = entry["n"], entry["steps"], entry["values"]
            found[(entry["run"], entry["key"])] = {
                "total": entry["total"],
                "steps": self._array(begin, steps, n)
                if "at" in steps
                else [steps["first"] + i * steps["stride"] for i in range(n)],
                "values": self._array(begin, values, n),
            }
        return found

    def _array(self, begin: int, place: Mapping[str, Any], n: int) -> list[float]:
        code = {"i4": "i", "f4": "f", "f8": "d"}[place["type"]]
        return list(struct.unpack_from(f"<{n}{code}", self.content, begin + place["at"]))


class Client:
    """A browser's side of a dashboard."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname == "127.0.0.1"
        assert parts.port is not None
        self.url = url
        self.port = parts.port
        self.token = (parse_qs(parts.query).get("token") or [None])[0]
        self._listeners: list[Listener] = []

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request, the path as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Accept-Encoding": "gzip", **(headers or {})})
            return Answer(connection.getresponse())

    def get(self, *parts: str, query: str = "") -> Answer:
        """A resource of the API, which must be there."""
        path = "/".join(quote(part, safe="") for part in parts)
        answer = self.ask(f"/api/{path}" + (f"?{query}" if query else ""))
        assert answer.status == 200, answer.content
        return answer

    def post(self, run: str, what: str, body: Any, **headers: str) -> Answer:
        """An edit, with the token unless `headers` say otherwise."""
        sent = {"Content-Type": "application/json", "X-Gitexp-Token": self.token or ""}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        path = f"/api/run/{quote(run, safe='')}/{what}"
        return self.ask(path, method="POST", headers=sent, body=json.dumps(body).encode())

    def listen(self, after: str | None = None) -> Listener:
        """Open the stream of events; the first ones (hello) have come when this returns."""
        self._listeners.append(Listener(self.port, after))
        return self._listeners[-1]

    def close(self) -> None:
        """End the streams that are open."""
        while self._listeners:
            self._listeners.pop().close()


class Listener:
    """An open stream of events."""

    def __init__(self, port: int, after: str | None = None) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.cursor = after
        self.ended = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        headers = {} if after is None else {"Last-Event-ID": after}
        self._connection.request("GET", "/api/events", headers=headers)
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.wait("hello")

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind that have come."""
        return [data for name, data in list(self.events) if name == kind]

    def wait(self, kind: str, run: str | None = None) -> dict[str, Any]:
        """The first event of a kind (about a run); a test fails that waits too long."""

        def there() -> list[dict[str, Any]]:
            return [d for d in self.of(kind) if run is None or d.get("run") == run]

        first: dict[str, Any] = wait_for(there)[0]
        return first

    def row(self, name: str) -> dict[str, Any] | None:
        """The newest row of a run that was told."""
        rows = [row for event in self.of("runs") for row in event["changed"]]
        return next((row for row in reversed(rows) if row["name"] == name), None)

    def close(self) -> None:
        """Go away, as a browser does whose lid is closed."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(2)
        self._thread.join(10)
        self._response.close()
        self._connection.close()

    def _read(self) -> None:
        kind = data = ""
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            while line := self._response.readline():
                text = line.decode().rstrip("\n")
                name, _, value = text.partition(": ")
                if name == "id":
                    self.cursor = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    data = value
                elif not text and kind:
                    self.events.append((kind, json.loads(data)))
                    kind = data = ""
        self.ended.set()


class Page:
    """What an open page knows of the runs: it fetches once, and then only listens."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.curves: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        self.gaps = 0
        self._taken = 0
        self.listener = client.listen(client.get("runs").json["cursor"])

    def show(self, run: str, metric: str) -> None:
        """Fetch a curve."""
        curve = self.client.get("series", metric, query=f"run={quote(run)}&points=100000").curves
        found = curve.get((run, metric), {"steps": [], "values": []})
        self.curves[(run, metric)] = list(zip(found["steps"], found["values"], strict=True))

    def sleep(self) -> None:
        """Close the lid."""
        self.listener.close()
        self.take_in()

    def wake(self) -> None:
        """Open it again, and go on where the stream broke off."""
        self.listener, self._taken = self.client.listen(self.listener.cursor), 0

    def take_in(self) -> None:
        """Apply what was told since the last call."""
        events = list(self.listener.events)
        for kind, data in events[self._taken :]:
            if kind != "series":
                continue
            for metric, points in data["points"].items():
                known = self.curves.get((data["run"], metric))
                if known is None:
                    continue
                first = data["from"][metric]
                if first > len(known):
                    self.gaps += 1
                known[first:] = zip(points["steps"], points["values"], strict=True)
        self._taken = len(events)


class Process(Client):
    """`gitexp ui` as a user starts it."""

    def __init__(self, top: Path, *words: str) -> None:
        self.process = start_gitexp("ui", *words, cwd=top, text=True)
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        if not url:
            raise AssertionError(self.process.communicate()[1])
        super().__init__(url)

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.communicate()
        return code

    def kill(self) -> None:
        """End it without a chance to say so."""
        self.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
            self.process.communicate(timeout=30)


@contextlib.contextmanager
def dashboard(top: Path, **options: Any) -> Iterator[Client]:
    """A dashboard in a thread of the test."""
    serving = prepare(Repository.open(top), port=0, **options)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    client = Client(serving.url)
    try:
        yield client
    finally:
        client.close()
        serving.stop()
        thread.join(30)
        assert not thread.is_alive()


@contextlib.contextmanager
def processes(top: Path) -> Iterator[Callable[..., Process]]:
    """Start `gitexp ui` processes; those that still run at the end are killed."""
    started: list[Process] = []

    def start(*words: str) -> Process:
        started.append(Process(top, *words))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            process.kill()
