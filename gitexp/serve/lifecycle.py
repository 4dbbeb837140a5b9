"""A dashboard from its start to its end: a port, an address for the browser, Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitexp.errors import GitexpError, UsageError
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
USUAL_PORT = 8421
_TRIED_PORTS = 20  # after the usual one, before any free one is taken


@dataclass(frozen=True, slots=True)
class Serving:
    """A dashboard whose port is taken and that is about to serve."""

    url: str  # with the token, where there is one
    port: int
    run: Callable[[], None]  # serves until Ctrl-C, SIGTERM or `stop`; not twice
    stop: Callable[[], None]  # from any thread


def prepare(
    repo: Repository,
    *,
    port: int | None = None,
    edit: bool = False,
    fetch: Remote | None = None,
    frames: Sequence[str] = (),
) -> Serving:
    """Take a port for a repository's dashboard.

    Args:
        repo: where.
        port: that one; None: the usual one, or another if it is taken; 0: any free one.
        edit: whether who has the address may change tags and notes.
        fetch: a remote to fetch from, once a minute while somebody looks.
        frames: origins of pages that may show the dashboard in a frame.

    Raises:
        GitexpError: the port is taken.
    """
    import uvicorn

    from gitexp.serve.application import Options, make_application
    from gitexp.serve.dashboard import Dashboard

    listener = take_port(port)
    number = int(listener.getsockname()[1])
    token = secrets.token_urlsafe(24) if edit else None
    made: list[Dashboard] = []

    def make_dashboard() -> Dashboard:
        made.append(Dashboard(repo, fetch=fetch))
        return made[-1]

    config = uvicorn.Config(
        make_application(make_dashboard, Options(token, tuple(frames))),
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        proxy_headers=False,
        # What still runs then is dropped: Ctrl-C means now.
        timeout_graceful_shutdown=1,
    )

    def end_streams() -> None:
        for dashboard in made:
            dashboard.hub.close()

    server = _server(config, end_streams)

    def run() -> None:
        with contextlib.suppress(KeyboardInterrupt), listener:
            server.run(sockets=[listener])
        if not server.started:
            raise GitexpError("the dashboard could not be started")

    def stop() -> None:
        server.should_exit = True

    query = "" if token is None else f"?token={token}"
    return Serving(f"http://{HOST}:{number}/{query}", number, run, stop)


def _server(config: uvicorn.Config, at_end: Callable[[], None]) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # The streams of events never end by themselves.
            at_end()
            await super().shutdown(sockets)

    return Server(config)


def take_port(wanted: int | None) -> socket.socket:
    """A socket that listens on the loopback address.

    Args:
        wanted: the port; None: the usual one, one soon after it, or any; 0: any.

    Raises:
        UsageError: it is no port.
        GitexpError: it is taken, or may not be used.
    """
    if wanted is not None:
        if not 0 <= wanted < 1 << 16:
            raise UsageError(f"{wanted} is no port", "a number from 0 (any free one) to 65535")
        try:
            return _listen(wanted)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken" if taken else f"cannot be used: {error.strerror}"
            raise GitexpError(
                f"port {wanted} {why}", "without --port a free one is chosen"
            ) from error
    for port in range(USUAL_PORT, USUAL_PORT + _TRIED_PORTS):
        with contextlib.suppress(OSError):
            return _listen(port)
    return _listen(0)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A dashboard that just ended leaves connections in TIME_WAIT: they are in nobody's way.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
