"""A small server for what a real one gives rarely, and for what a client sent: it answers what it was told, and remembers what it saw."""
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

CERTIFICATES = Path(__file__).resolve().parent / "certificates"
VERSION = b'{"major": "1", "gitVersion": "v1.37.0"}'


class Reply(NamedTuple):
    status: int = 200
    body: bytes = VERSION
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    cut: int = 0                                                # so many bytes of the body are not sent
    drop: bool = False                                          # no answer at all: the connection ends
    wait: float = 0                                             # seconds before the body


class Seen(NamedTuple):
    """One request."""

    method: str
    path: str                                                   # with the query
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str                                                 # CN of its certificate
    server_name: str                                            # SNI

    def values(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name.lower()]


class Fake:
    def __init__(self, url: str, replies: tuple[Reply, ...]) -> None:
        self.url = url
        self.replies = list(replies)                            # the last one is for all that follow
        self.seen: list[Seen] = []
        self.connections = 0
        self.leads_to: str | None = None                        # as a proxy: there, whatever was asked for; host:port


@contextmanager
def fake(*replies: Reply, certificate: str | None = "server", host: str = "127.0.0.1") -> Iterator[Fake]:
    """certificate: of that name in certificates/; None: without TLS."""
    names: dict[Any, str] = {}
    server = _Http((host, 0), _Handler)
    server.daemon_threads, server.names = True, names
    server.fake = Fake(f"{'https' if certificate else 'http'}://{host}:{server.server_port}", replies or (Reply(),))
    if certificate:
        server.socket = _context(certificate, names).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.fake
    finally:
        server.shutdown()
        server.server_close()


def _context(certificate: str, names: dict[Any, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.crt", CERTIFICATES / f"{certificate}.key")
    context.verify_mode = ssl.CERT_OPTIONAL                     # as the API server: who has none is let in
    context.load_verify_locations(CERTIFICATES / "ca.crt")

    def remember(connection: Any, name: str | None, _: Any) -> None:
        names[connection] = name or ""

    context.sni_callback = remember
    return context


class _Http(ThreadingHTTPServer):
    fake: Fake
    names: dict[Any, str]
    block_on_close = False                                      # some are left hanging

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass                                                    # clients go away; that is what is tested


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.fake.connections += 1
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def _answer(self) -> None:
        told = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        certificate: Any = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else {}
        subject = dict(pair for each in (certificate or {}).get("subject", ()) for pair in each)
        told.seen.append(Seen(
            self.command, self.path, tuple(self.headers.items()), body,
            subject.get("commonName", ""), self.server.names.get(self.connection, "")))
        self._write(told.replies.pop(0) if len(told.replies) > 1 else told.replies[0])

    def _write(self, reply: Reply) -> None:
        self.close_connection = reply.drop or bool(reply.cut)
        if reply.drop:
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.flush()
        time.sleep(reply.wait)
        self.wfile.write(reply.body[:len(reply.body) - reply.cut])

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

    def do_CONNECT(self) -> None:
        """As a proxy: whoever asks is led to the server itself."""
        told = self.server.fake
        told.seen.append(Seen("CONNECT", self.path, tuple(self.headers.items()), b"", "", ""))
        reply = told.replies[0]
        if reply.status != 200:
            self.close_connection = True
            self.send_error(reply.status)
            return
        host, _, port = (told.leads_to or self.path).rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=10) as other:
            self.send_response(200)
            self.end_headers()
            back = Thread(target=_pump, args=(other, self.connection), daemon=True)
            back.start()
            _pump(self.connection, other)
            back.join()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
