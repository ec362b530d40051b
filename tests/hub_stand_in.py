"""A stand-in for the Hub's HTTP API on a loopback port: what `huggingface_hub` calls to push, list and fetch.

Repositories live in memory. `Hub.start()` serves them; tests look at `repositories` and `requests`, or make things go
wrong (`gated`, `private`, `cuts`, `broken`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

TOKEN = "hf_of_a_member"
STRANGER = "hf_of_a_stranger"
ORGANISATION = "lab"
LARGE = (".safetensors", ".parquet", ".npz", ".npy")
Files = dict[str, bytes]


@dataclass
class Repository:
    """One model or dataset: its commits, oldest first, and what stands in the way of reading it."""

    private: bool = False
    gated: bool = False
    commits: list[tuple[str, Files]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Files) -> str:
        content = [f"{path}:{hashlib.sha1(data).hexdigest()}" for path, data in sorted(files.items())]
        sha = hashlib.sha1("\n".join([*content, str(len(self.commits))]).encode()).hexdigest()
        self.commits.append((sha, dict(files)))
        return sha

    @property
    def files(self) -> Files:
        """Of the newest commit."""
        return self.commits[-1][1]

    def at(self, revision: str) -> tuple[str, Files] | None:
        sha = self.tags.get(revision, self.commits[-1][0] if revision == "main" else revision)
        return next(((found, files) for found, files in self.commits if found == sha), None)


@dataclass
class Hub:
    """The stand-in.

    Attributes:
        repositories: ("model" or "dataset", "org/name") → repository.
        requests: (method, path, token) of every request.
        cuts: path of a file → bytes after which its download breaks off.
        broken: whether uploads fail.
    """

    repositories: dict[tuple[str, str], Repository] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    cuts: dict[str, int] = field(default_factory=dict)
    broken: bool = False
    large: dict[str, bytes] = field(default_factory=dict)

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        from huggingface_hub import close_session

        close_session()  # connections that are kept alive would go on being served
        self.server.shutdown()
        self.server.server_close()

    def add(self, name: str, files: Files, kind: str = "model", **state: Any) -> Repository:
        self.repositories[kind, name] = made = Repository(**state)
        made.commit(files)
        return made


class _Refused(Exception):
    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._handle()

    do_GET = do_POST = do_PUT = do_HEAD

    def _handle(self) -> None:
        asked = urlsplit(self.path)
        self.query = parse_qs(asked.query)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.token = token if token in (TOKEN, STRANGER) else None
        parts = [unquote(part) for part in asked.path.strip("/").split("/")]
        self.hub.requests.append((self.command, asked.path, token))
        try:
            if token and not self.token:
                raise _Refused(401, message="Invalid credentials in Authorization header")
            self._route(parts)
        except _Refused as error:
            headers = {"X-Error-Code": error.code, "X-Error-Message": error.message}
            self._send(error.status, json.dumps({"error": error.message}).encode(), headers)

    def _route(self, parts: list[str]) -> None:
        match parts:
            case ["api", "whoami-v2"]:
                self._json({"type": "user", "name": "member", "orgs": [{"name": ORGANISATION}]})
            case ["api", "repos", "create"]:
                self._create(json.loads(self.body))
            case ["api", "validate-yaml"]:
                self._validate(json.loads(self.body)["content"])
            case ["api", ("models" | "datasets") as kind, owner, name, *rest]:
                self._repository_api(kind.removesuffix("s"), f"{owner}/{name}", rest)
            case [*prefix, owner, name, "info", "lfs", "objects", "batch"]:
                self._writable("dataset" if prefix else "model", f"{owner}/{name.removesuffix('.git')}")
                self._json(
                    {"transfer": "basic", "objects": [self._slot(it) for it in json.loads(self.body)["objects"]]}
                )
            case ["large", oid]:
                self._store(oid)
            case ["datasets", owner, name, "resolve", revision, *path]:
                self._resolve("dataset", f"{owner}/{name}", revision, "/".join(path))
            case [owner, name, "resolve", revision, *path]:
                self._resolve("model", f"{owner}/{name}", revision, "/".join(path))
            case _:
                raise _Refused(404, "EntryNotFound", f"no endpoint {self.path}")

    def _create(self, asked: dict[str, Any]) -> None:
        if self.token is None:
            raise _Refused(401, message="Unauthorized")
        if self.token != TOKEN or asked["organization"] != ORGANISATION:
            raise _Refused(403, message="You don't have the rights to create a model under this namespace")
        key = (asked.get("type") or "model", f"{asked['organization']}/{asked['name']}")
        if key in self.hub.repositories:
            return self._json({"url": f"{self.hub.url}/{key[1]}"}, 409)
        made = self.hub.repositories[key] = Repository(private=asked.get("visibility") == "private")
        made.commit({".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"})
        return self._json({"url": f"{self.hub.url}/{key[1]}", "name": key[1]})

    def _validate(self, content: str) -> None:
        head = yaml.safe_load(content.split("---")[1]) if content.startswith("---\n") else None
        if not isinstance(head, dict) or not isinstance(head.get("tags", []), list):
            return self._json({"errors": [{"message": "no valid metadata"}], "warnings": []}, 400)
        return self._json({"errors": [], "warnings": []})

    def _repository_api(self, kind: str, name: str, rest: list[str]) -> None:
        match rest:
            case []:
                self._info(kind, name, "main")
            case ["revision", revision]:
                self._info(kind, name, revision)
            case ["tree", revision, *_]:
                _, files = self._readable(kind, name, revision)
                self._json([_entry(path, data) for path, data in files.items()])
            case ["preupload", _]:
                there = self._writable(kind, name).files
                self._json({"files": [_mode(file, there) for file in json.loads(self.body)["files"]]})
            case ["commit", _]:
                self._commit(self._writable(kind, name), name)
            case _:
                raise _Refused(404, "EntryNotFound", f"no endpoint {self.path}")

    def _info(self, kind: str, name: str, revision: str) -> None:
        sha, files = self._readable(kind, name, revision)
        found = self.hub.repositories[kind, name]
        siblings = [{"rfilename": path} for path in files]
        state = {"private": found.private, "gated": "manual" if found.gated else False, "tags": []}
        self._json({"_id": "0", "id": name, "sha": sha, "siblings": siblings, **state})

    def _commit(self, found: Repository, name: str) -> None:
        files = dict(found.files)
        for line in self.body.splitlines():
            change = json.loads(line)
            value = change["value"]
            match change["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.large[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        sha = found.commit(files)
        self._json({"success": True, "commitOid": sha, "commitUrl": f"{self.hub.url}/{name}/commit/{sha}"})

    def _slot(self, asked: dict[str, Any]) -> dict[str, Any]:
        where = {"href": f"{self.hub.url}/large/{asked['oid']}", "header": {}}
        return {**asked} if asked["oid"] in self.hub.large else {**asked, "actions": {"upload": where, "verify": where}}

    def _store(self, oid: str) -> None:
        if self.command == "PUT":
            if self.hub.broken:
                raise _Refused(500, message="storage is down")
            if hashlib.sha256(self.body).hexdigest() != oid:
                raise _Refused(400, message="content differs from its name")
            self.hub.large[oid] = self.body
        self._json({})

    def _resolve(self, kind: str, name: str, revision: str, path: str) -> None:
        sha, files = self._readable(kind, name, revision)
        if self.hub.repositories[kind, name].gated and self.token != TOKEN:
            raise _Refused(403 if self.token else 401, "GatedRepo", "Access to this model is restricted")
        if path not in files:
            raise _Refused(404, "EntryNotFound", "Entry not found")
        data = files[path]
        entry = _entry(path, data)
        headers = {"X-Repo-Commit": sha, "ETag": f'"{entry["oid"]}"', "Accept-Ranges": "bytes"}
        if "lfs" in entry:
            headers |= {"X-Linked-Etag": f'"{entry["lfs"]["oid"]}"', "X-Linked-Size": str(len(data))}
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._send(206 if start else 200, data[start:], headers, cut=self.hub.cuts.get(path))

    def _readable(self, kind: str, name: str, revision: str) -> tuple[str, Files]:
        found = self.hub.repositories.get((kind, name))
        if found is None or (found.private and self.token != TOKEN):
            raise _Refused(404 if self.token else 401, "RepoNotFound", "Repository not found")
        commit = found.at(revision)
        if commit is None:
            raise _Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def _writable(self, kind: str, name: str) -> Repository:
        self._readable(kind, name, "main")
        if self.token != TOKEN:
            raise _Refused(403, message="Forbidden")
        return self.hub.repositories[kind, name]

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, data: bytes, headers: dict[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(data[:cut])
        if cut is not None and self.command != "HEAD":
            self.close_connection = True


def _entry(path: str, data: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry = {"type": "file", "path": path, "size": len(data), "oid": oid}
    if path.endswith(LARGE):
        entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return entry


def _mode(file: dict[str, Any], there: Files) -> dict[str, Any]:
    path = file["path"]
    is_large = path.endswith(LARGE)
    entry = _entry(path, there[path]) if path in there else {}
    oid = entry.get("lfs", entry).get("oid") if entry else None
    return {"path": path, "uploadMode": "lfs" if is_large else "regular", "shouldIgnore": False, "oid": oid}
