"""Which web pages a remote's address stands for: GitHub, GitLab, Gitea, Bitbucket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

GITHUB, GITLAB, GITEA, BITBUCKET = "github", "gitlab", "gitea", "bitbucket"
# Bitbucket on a server of one's own has other addresses than bitbucket.org.
BITBUCKET_SERVER = "bitbucket-server"
KINDS = (GITHUB, GITLAB, GITEA, BITBUCKET, BITBUCKET_SERVER)

# github.com refuses larger files, warns above the second, and cuts a push off above the third.
GITHUB_FILE_LIMIT_BYTES = 100 * 1024 * 1024
GITHUB_FILE_WARNING_BYTES = 50 * 1024 * 1024
PUSH_LIMIT_BYTES = 2 * 1000**3

_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>\[[0-9a-fA-F:]+\]|[^:/\[\]]+):(?P<path>(?!//).+)\Z")
# Hosts whose kind the name does not tell.
_KNOWN = {"codeberg.org": GITEA, "gitea.com": GITEA, "git.sr.ht": ""}


@dataclass(frozen=True, slots=True)
class WebHost:
    """A repository on a host that shows it in the browser."""

    kind: str  # one of KINDS
    url: str  # https://github.com/ada/engine

    def commit_tree(self, commit: str, path: str = "") -> str:
        """The address of a folder or file at a commit; the top without a path."""
        inside = quote(path.strip("/"))
        if self.kind == BITBUCKET_SERVER:
            browse = "/".join(part for part in (self.url, "browse", inside) if part)
            return f"{browse}?at={commit}"
        middle = {
            GITHUB: f"tree/{commit}",
            GITLAB: f"-/tree/{commit}",
            GITEA: f"src/commit/{commit}",
            BITBUCKET: f"src/{commit}",
        }[self.kind]
        return "/".join(part for part in (self.url, middle, inside) if part)

    def branch_tree(self, branch: str) -> str:
        """The address of a branch's top folder."""
        if self.kind == BITBUCKET_SERVER:
            return f"{self.url}/browse?at={quote(f'refs/heads/{branch}', safe='')}"
        middle = {
            GITHUB: "tree",
            GITLAB: "-/tree",
            GITEA: "src/branch",
            BITBUCKET: "branch",
        }[self.kind]
        return f"{self.url}/{middle}/{quote(branch)}"


def web_host(remote_url: str, kind: str | None = None) -> WebHost | None:
    """The pages behind a remote's address; None: it is a path, or a host of unknown kind.

    Args:
        remote_url: as git has it.
        kind: of the host, if somebody has said so; else its name tells.
    """
    host, port, path = _parts(remote_url)
    kind = kind or _kind(host)
    if not host or not kind or not path:
        return None
    # A port of ssh or git is not the one of the web pages.
    place = f"{host}:{port}" if port and remote_url.startswith(("http:", "https:")) else host
    scheme = "http" if remote_url.startswith("http:") else "https"
    if kind == BITBUCKET_SERVER:
        project, _, name = path.removeprefix("scm/").rpartition("/")
        home = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project}"
        path = f"{home}/repos/{name}"
    return WebHost(kind, f"{scheme}://{place}/{quote(path)}")


def is_github(remote_url: str) -> bool:
    """Whether it is github.com, whose limits are known."""
    return _parts(remote_url)[0] in ("github.com", "ssh.github.com")


def without_credentials(remote_url: str) -> str:
    """The address without a user and password in it, fit to be shown."""
    return re.sub(r"^([a-z+]+://)[^@/]*@", r"\1", remote_url)


def _parts(remote_url: str) -> tuple[str, int | None, str]:
    """Host, port and path, the latter without slashes around it and `.git`."""
    if "://" in remote_url:
        try:
            split = urlsplit(remote_url)
            host, port, path = split.hostname or "", split.port, unquote(split.path)
        except ValueError:
            return "", None, ""
        if split.scheme == "file":
            return "", None, ""
    else:
        match = _SCP.match(remote_url)
        # `C:\lab` is a path.
        if match is None or len(match["host"]) == 1:
            return "", None, ""
        host, port, path = match["host"].strip("[]").lower(), None, match["path"]
    if host in ("ssh.github.com", "altssh.gitlab.com", "altssh.bitbucket.org"):
        host, port = host.split(".", 1)[1], None
    # In ~/.ssh/config, github.com has as many names as somebody has keys for it.
    for known in ("github.com", "gitlab.com", "bitbucket.org"):
        if host.startswith(f"{known}-") or host == known.partition(".")[0]:
            host = known
    path = path.strip("/").removesuffix(".git").strip("/")
    return host, port, path


def _kind(host: str) -> str:
    """One of KINDS, by the host's name; empty if that tells nothing."""
    if host in _KNOWN:
        return _KNOWN[host]
    for word, kind in (("github", GITHUB), ("gitlab", GITLAB), ("bitbucket", BITBUCKET)):
        if word in host:
            cloud = host == "bitbucket.org" or kind != BITBUCKET
            return kind if cloud else BITBUCKET_SERVER
    if any(word in host for word in ("gitea", "forgejo", "codeberg")):
        return GITEA
    return ""
