"""The language server of YAML editors, spoken to over standard input and output."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

VERSION = "1.25.0"
PATIENCE_S = 60.0


class LanguageServer:
    """A running server: requests, notifications, and what it says about a document."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to: IO[bytes] = process.stdin
        self._from: IO[bytes] = process.stdout
        self._number = 0
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while line := self._from.readline():
            length = 0
            while line.strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
                line = self._from.readline()
            self._said.put(json.loads(self._from.read(length)))

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._to.flush()

    def _next(self) -> dict[str, Any]:
        """Return the next message, answering what the server itself asks."""
        message = self._said.get(timeout=PATIENCE_S)
        if "method" in message and "id" in message:
            items = message.get("params", {}).get("items", [])
            self._send({"id": message["id"], "result": [None] * len(items)})
        if message.get("method") == "textDocument/publishDiagnostics":
            found = message["params"]
            self._diagnostics[found["uri"]] = found["diagnostics"]
        return message

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """Return the answer to a request."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def open(self, uri: str, text: str) -> list[dict[str, Any]]:
        """Open a document and return what is wrong with it."""
        self._diagnostics.pop(uri, None)
        item = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        while uri not in self._diagnostics:
            self._next()
        return self._diagnostics[uri]

    def completions(self, uri: str, line: int, column: int) -> list[str]:
        """Return the labels offered at a place, counted from 1."""
        found = self.ask("textDocument/completion", _at(uri, line, column))
        items = found["items"] if isinstance(found, dict) else found
        return [item["label"] for item in items]

    def hover(self, uri: str, line: int, column: int) -> str:
        """Return what is shown over a place, counted from 1."""
        found = self.ask("textDocument/hover", _at(uri, line, column))
        contents = (found or {}).get("contents", "")
        return str(contents.get("value", "")) if isinstance(contents, dict) else str(contents)


def _at(uri: str, line: int, column: int) -> dict[str, Any]:
    place = {"line": line - 1, "character": column - 1}
    return {"textDocument": {"uri": uri}, "position": place}


def _command(folder: Path, *, install: bool) -> list[str]:
    """Return how to start the server; skip the test where there is none."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    if found := os.environ.get("HELIOFRONT_YAML_LANGUAGE_SERVER"):
        return [node, found, "--stdio"]
    if found := shutil.which("yaml-language-server"):
        return [found, "--stdio"]
    npm = shutil.which("npm")
    if not install or npm is None:
        pytest.skip("yaml-language-server is not installed; the long version installs it")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    for wanted in (f"yaml-language-server@{VERSION}", "yaml-language-server"):
        done = subprocess.run(
            [*command, wanted], cwd=folder, capture_output=True, timeout=300, check=False
        )
        if done.returncode == 0:
            package = folder / "node_modules/yaml-language-server"
            return [node, str(package / "bin/yaml-language-server"), "--stdio"]
    pytest.skip("yaml-language-server cannot be installed here")


@contextmanager
def language_server(folder: Path, schema: Path, *, install: bool) -> Iterator[LanguageServer]:
    """Start the server with a schema for every YAML file."""
    command = _command(folder, install=install)
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    ) as process:
        try:
            server = LanguageServer(process)
            hover = {"hover": {"contentFormat": ["markdown"]}}
            capabilities = {"textDocument": {**hover, "completion": {}}, "workspace": {}}
            server.ask(
                "initialize",
                {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities},
            )
            server.tell("initialized", {})
            yaml = {
                "schemas": {schema.as_uri(): "*.yaml"},
                "validate": True,
                "hover": True,
                "completion": True,
                "schemaStore": {"enable": False},
            }
            server.tell("workspace/didChangeConfiguration", {"settings": {"yaml": yaml}})
            yield server
        finally:
            process.kill()
