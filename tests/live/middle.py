"""A server between the program and the real one: it passes everything on, and does something at a write that tests cannot time."""
import http.client
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.live.bed.bed import Bed
from tests.live.bed.users import ADMIN, token_of


class Sent(NamedTuple):
    """A write that keeps something: no dry run."""

    number: int                                                 # from 1
    method: str
    path: str
    body: bytes


class Cut(Exception):
    """Raised by what is done at a write: the connection ends without an answer, from then on for every request."""


class Lost(Exception):
    """As Cut, but for this one request."""


AtWrite = Callable[[Sent], None]
AtRead = Callable[[str], None]                                  # its path


class Middle(NamedTuple):
    url: str
    writes: list[Sent]

    def kubeconfig(self, folder: Path, namespace: str) -> str:
        """Of the context middle. Without TLS no client sends a token: the middle is an administrator."""
        path = folder / "middle.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "middle",
            "clusters": [{"name": "middle", "cluster": {"server": self.url}}],
            "contexts": [{"name": "middle", "context": {"cluster": "middle", "user": "", "namespace": namespace}}]}), encoding="utf-8")
        return str(path)


@contextmanager
def middle(
        bed: Bed, before: AtWrite = lambda sent: None, after: AtWrite = lambda sent: None,
        before_read: AtRead = lambda path: None, before_trial: AtRead = lambda path: None) -> Iterator[Middle]:
    """What is called at each write, at each read, and at each write that is a dry run."""
    lock, writes, state = Lock(), list[Sent](), {"is_cut": False}
    context = ssl.create_default_context(cafile=bed.ca_file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (Cut, Lost, ConnectionError) as end:
                state["is_cut"] |= isinstance(end, Cut)
                self.close_connection = True

        def pass_on(self) -> None:
            if state["is_cut"]:
                raise Cut
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command == "GET":
                before_read(self.path.partition("?")[0])
                self.answer(body)
                return
            if "dryRun" in self.path or b'"dryRun":["All"]' in body:
                before_trial(self.path.partition("?")[0])
                self.answer(body)
                return
            with lock:
                sent = Sent(len(writes) + 1, self.command, self.path.partition("?")[0], body)
                writes.append(sent)
                before(sent)
                self.answer(body, after=lambda: after(sent))

        def answer(self, body: bytes, after: Callable[[], None] = lambda: None) -> None:
            connection = http.client.HTTPSConnection(urlsplit(bed.server).netloc, context=context, timeout=60)
            headers = {"Authorization": f"Bearer {token_of(ADMIN)}", **{
                name: value for name, value in self.headers.items() if name in ("Accept", "Content-Type", "User-Agent")}}
            connection.request(self.command, self.path, body or None, headers)
            found = connection.getresponse()
            text = found.read()
            connection.close()
            after()
            self.send_response(found.status)
            for name in ("Content-Type", "Warning"):
                for value in found.headers.get_all(name) or ():
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield Middle(f"http://127.0.0.1:{server.server_port}", writes)
    finally:
        server.shutdown()
        server.server_close()
