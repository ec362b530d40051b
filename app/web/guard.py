"""Guard: what every request must pass before the page, its files, its API or MCP see it.

Gradio's own login leaves out what is mounted beside the page, such as the MCP server. This guard stands before all.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_prep.errors import NicheLensError

AUTH_VARIABLE = "NICHELENS_AUTH"
"""Environment variable with `USER:PASSWORD`."""
OPEN_PATH = "/gradio_api/startup-events"
"""The page's own process calls it once when it starts. It gives nothing away."""
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
NO_FETCHING = "This server fetches nothing from other places."
_SECONDS_AFTER_WRONG = 1.0
"""A wrong password costs a second, so that nobody tries many."""
_FETCHES = re.compile(r"/gradio_api/(?:proxy=|file[=/]\s*[a-z][a-z0-9+.-]+:)", re.IGNORECASE)
"""Paths by which Gradio would fetch something from another server for a visitor."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Credentials:
    """Who may use a page.

    Attributes:
        users: name and password of each user.
    """

    users: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        """Names only: passwords stay out of logs."""
        return f"Credentials({', '.join(name for name, _ in self.users)})"

    @classmethod
    def read(cls, file: Path | None) -> Credentials | None:
        """The users of a file with a line `USER:PASSWORD` for each, or of the environment; None without both.

        Raises:
            NicheLensError: the file does not exist, or a line is no user with a password.
        """
        if file is None:
            text, where = os.environ.get(AUTH_VARIABLE, ""), AUTH_VARIABLE
            if not text:
                return None
        else:
            if not file.is_file():
                message = (
                    f"--auth: names no file; write USER:PASSWORD into a file and name that, or set {AUTH_VARIABLE} "
                    "(everybody on this machine can read a password on the command line)"
                )
                raise NicheLensError(message)
            text, where = file.read_text(encoding="utf-8"), str(file)
        users = []
        for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
            name, _, password = line.partition(":")
            if not name or not password:
                message = f"{where}: line {number} is not USER:PASSWORD; give each user a name and a password"
                raise NicheLensError(message)
            users.append((name, password))
        if not users:
            message = f"{where}: has no user; write USER:PASSWORD into it"
            raise NicheLensError(message)
        return cls(tuple(users))

    def fit(self, header: str) -> bool:
        """Whether the value of an `Authorization` header is that of a user (HTTP Basic)."""
        scheme, _, encoded = header.partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except ValueError:  # no base64, or no ASCII
            return False
        known = [f"{name}:{password}".encode() for name, password in self.users]
        fitting = [hmac.compare_digest(given, user) for user in known]  # compares all: the time tells nothing
        return scheme.casefold() == "basic" and any(fitting)


class Guard:
    """Passes requests on to an application that come from a user and to a name of this server.

    Args:
        application: the ASGI application behind it.
        credentials: who may use it; None for everybody.
        hosts: names by which visitors may call this server; None for all. A page that serves this machine alone takes
            no other name, so that no web site can lead a browser to it under a name of its own (DNS rebinding).
    """

    def __init__(
        self, application: Any, credentials: Credentials | None = None, hosts: tuple[str, ...] | None = None
    ) -> None:
        self._application = application
        self._credentials = credentials
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._hosts is not None and _host_name(headers.get(b"host", "")) not in self._hosts:
            await _refuse(send, 421, "This page is served under another name.")
        elif not await self._is_user(scope["path"], headers.get(b"authorization", "")):
            challenge = (b"www-authenticate", b'Basic realm="NicheLens", charset="UTF-8"')
            await _refuse(send, 401, "Give the name and the password of this page.", challenge)
        elif _FETCHES.search(scope["path"]):
            await _refuse(send, 403, NO_FETCHING)
        else:
            await self._application(scope, receive, send)

    async def _is_user(self, path: str, authorization: str) -> bool:
        if self._credentials is None or path == OPEN_PATH or self._credentials.fit(authorization):
            return True
        if authorization:
            await asyncio.sleep(_SECONDS_AFTER_WRONG)
        return False


def fetch_nothing() -> None:
    """Lets Gradio fetch no address in this process.

    Gradio takes an address in place of an uploaded file and downloads it, though not from private networks. A page has
    no use for that, and such a file has no limit.
    """
    from gradio import processing_utils

    async def refuse(url: str) -> None:
        raise NicheLensError(NO_FETCHING)

    processing_utils.async_ssrf_protected_get = refuse


def _host_name(host: str) -> str:
    """The name in a `Host` header, without its port."""
    match = re.fullmatch(r"\[([^\]]*)\](?::\d+)?|([^:]*)(?::\d+)?", host.strip().casefold())
    return (match[1] or match[2] or "") if match else ""


async def _refuse(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode()
    fixed = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})
