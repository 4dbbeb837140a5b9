"""Credentials out of mappings, command lines and text, before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.schema.credentials import (
    is_harmless,
    is_password_key,
    is_secret,
    is_secret_key,
    looks_random,
    shapes,
    words_of,
)

REDACTED = "[redacted]"


def redact_mapping(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
    """A copy, at every depth, without the values that are credentials.

    Under keys such as `api_key` the value goes, elsewhere what has a credential's shape. Keys
    and their order, and values that are no strings, stay.
    """
    return {key: _redact_value(str(key), value) for key, value in mapping.items()}


def _redact_value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        if words_of(key)[-1:] in (("secrets",), ("credentials",)):
            return {k: _redact_value(key, v) for k, v in value.items()}
        return redact_mapping(value)
    if isinstance(value, list | tuple):
        items = [_redact_value(key, item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if is_secret(key, value):
        return REDACTED
    return redact_text(value) if isinstance(value, str) else value


def redact_argv(argv: Sequence[str]) -> list[str]:
    """A command line without its credentials: `--api-key X`, `--api-key=X`, `TOKEN=X`, URLs."""
    clean: list[str] = []
    key = ""  # of the option that the argument before was
    for argument in argv:
        name, equals, value = argument.partition("=")
        if key and not argument.startswith("--") and is_secret(key, argument):
            clean.append(REDACTED)
        elif equals and re.fullmatch(r"[-+]*[\w./@-]+", name) and is_secret(name, value):
            clean.append(f"{name}={REDACTED}")
        else:
            clean.append(redact_text(argument))
        is_option = argument.startswith("-") and not equals
        key = argument.lstrip("-") if is_option else ""
    return clean


def redact_text(text: str) -> str:
    """Free text without URL passwords, known token shapes, private keys and `api_key=…`."""
    return LineRedactor().feed(text)


class LineRedactor:
    """Redacts output that arrives in pieces of whole lines; it remembers an open private key."""

    def __init__(self) -> None:
        self._in_private_key = False

    def feed(self, lines: str) -> str:
        """The same lines without credentials; a line must not be split over two calls."""
        if not self._in_private_key and not _may_hold_secret(lines):
            return lines
        return "".join(map(self._line, re.findall(r"[^\n]*\n|[^\n]+", lines)))

    def _line(self, line: str) -> str:
        if self._in_private_key:
            if _PEM_END.search(line):
                self._in_private_key = False
                return _PEM_END.sub("", line, count=1) if line.count("-----") > 2 else ""
            if _PEM_BODY.fullmatch(line.strip()):
                return ""
            self._in_private_key = False  # cut off: the rest is ordinary output
        if not _may_hold_secret(line):
            return line
        line = _PEM_WHOLE.sub(REDACTED, line)
        begin = _PEM_BEGIN.search(line)
        if begin:
            self._in_private_key = True
            line = line[: begin.start()] + REDACTED + ("\n" if line.endswith("\n") else "")
        line = _URL_PASSWORD.sub(_url_password, line)
        line = _SLACK_HOOK.sub(r"\1" + REDACTED, line)
        line = shapes().sub(REDACTED, line)
        line = _BEARER.sub(_bearer, line)
        return _redact_assigned(line)


# A line without any of these needs no closer look; plain `in` is far faster than the patterns.
_HINTS = (
    *("://", "key", "token", "pass", "pwd", "secret", "auth", "cred", "bearer", "_pat", "cookie"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "gldt-", "glptt-", "glrt-", "hf_", "sk-"),
    *("akia", "asia", "xox", "xapp-", "aiza", "ya29.", "_live_", "_test_", "pypi-", "npm_"),
    *("_v1_", "dapi", "r8_", "gsk_", "pplx-", "wandb_v", "sg.", "eyj", "jwt", "sig"),
)
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*", re.DOTALL)
_PEM_END = re.compile(r"^.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----", re.DOTALL)
_PEM_WHOLE = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
    re.DOTALL,
)
_PEM_BODY = re.compile(r"[A-Za-z0-9+/=]*|[A-Za-z-]+: .*")
_URL_PASSWORD = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@'\"]*:)([^\s/@'\"]+)(?=@)")
_SLACK_HOOK = re.compile(r"(https://hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}")
_BEARER = re.compile(
    r"(?P<header>authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?)?"
    r"(?P<scheme>\b(?:bearer|basic|token)\s+)(?P<value>[\w.~+/=-]+)",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    r"""(?: (?<![\w.-]) (?P<key>-{0,2}[A-Za-z_][\w.-]{1,80})
            (?P<between>\\?["']?\s{0,3}(?:=>|[=:])\s{0,3})
          | (?<![\w.-]) (?P<option>--[A-Za-z_][\w.-]{1,80}) \s )
    (?P<quote>\\?["'])?
    (?P<value>(?<=["'])[^"'\n\\]+(?=\\?["'])|[^\s"',;&)}\]\\]+)
    """,
    re.VERBOSE,
)


def _may_hold_secret(text: str) -> bool:
    low = text.lower()
    return any(hint in low for hint in _HINTS)


def _url_password(match: re.Match[str]) -> str:
    if is_harmless(match[2]) and not match[2].isdigit():
        return match[0]
    return match[1] + REDACTED


def _bearer(match: re.Match[str]) -> str:
    if not match["header"] and not looks_random(match["value"]):
        return match[0]
    return f"{match['header'] or ''}{match['scheme']}{REDACTED}"


def _redact_assigned(line: str) -> str:
    """`api_key=…` and its kin; a value that is none is searched itself: `url: api_key=…`."""
    clean: list[str] = []
    at = 0
    while match := _ASSIGNED.search(line, at):
        clean.append(line[at : match.start("value")])
        at = match.start("value")
        if not match["value"].startswith(REDACTED[:-1]) and _is_assigned_secret(match):
            clean.append(REDACTED)
            at = match.end("value")
    return "".join(clean) + line[at:]


def _is_assigned_secret(match: re.Match[str]) -> bool:
    """Prose says "password: required" and "auth key missing", so form decides what counts."""
    value = match["value"]
    if match["option"]:
        return is_secret(match["option"], value)
    key, between = match["key"], match["between"]
    if not is_secret(key, value):
        return False
    if match["quote"] or not is_secret_key(key):
        return True
    if between.strip() == "=" and (
        key.isupper() or key.startswith("--") or len(words_of(key)) > 1 or is_password_key(key)
    ):
        return True
    return any(c.isdigit() for c in value) and len(value) >= 6
