"""What does the API server answer? Requests to one server; whatever goes wrong is told in one message."""
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from kubectl_netpol import __version__
from kubectl_netpol.server import faults, tls
from kubectl_netpol.server.answers import Answer, Refused, checked, retry_after
from kubectl_netpol.server.credentials import Credentials, Held, Pair, refuse_nobody
from kubectl_netpol.server.entries import Cluster, Exec, User
from kubectl_netpol.server.headers import impersonation_of, warnings_in
from kubectl_netpol.server.kubeconfig import Login
from kubectl_netpol.server.kuberc import refuse_forbidden
from kubectl_netpol.server.plugins import Given, ask_plugin, spec_cluster
from kubectl_netpol.server.pools import pool_of
from kubectl_netpol.server.proxies import proxy_of

__all__ = ["Refused", "Server", "connect"]

_CONNECT = 30.0                                                 # seconds, as client-go dials (transport/cache.go)
_TRIES = 10                                                     # with Retry-After; client-go rest/request.go, maxRetries
_LONGEST_WAIT = 60                                              # seconds; beyond it the server is as good as down

Answers = queue.SimpleQueue[bytes | BaseException]


class Request(Struct, frozen=True):
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes | None = None
    content_type: str = ""


class Server:
    """Requests to one API server; safe to use from several threads."""

    def __init__(self, login: Login, credentials: Credentials, new_pool: Callable[[Pair | None], Any]) -> None:
        self.login = login
        self.warnings: list[str] = []                           # of header 299, each text once, in order
        self._credentials = credentials
        self._headers = _headers_of(login)
        self._new_pool = new_pool
        self._pool: Any = None
        self._pair: Pair | None = None                          # that the pool was made for
        self._lock = threading.Lock()
        self._waiting: set[Answers] = set()
        self._closed = False

    def get(self, path: str, query: Mapping[str, str] = {}) -> bytes:
        """The body: JSON. A Refused has the server's Status; any other NetpolError means that there is no answer."""
        return self._waited_for(Request("GET", path, query))

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str) -> bytes:
        return self._waited_for(Request(method, path, query, body, content_type))

    def close(self) -> None:
        """Nobody waits for an answer any more: in each thread that does or would, get raises InterruptedError. For Ctrl-C, which
        reaches the main thread only."""
        with self._lock:
            self._closed = True
            for each in self._waiting:
                each.put(InterruptedError())

    def _waited_for(self, request: Request) -> bytes:
        """Another thread works and this one waits: so close() ends the waiting, and --request-timeout is for a request as a whole,
        with all of its tries and to the end of the body, as in client-go. No timeout of a socket holds that: names are resolved, and
        slow bodies read, without end. Without that flag only the connecting has an end, and a server that never answers is waited
        for, as kubectl does."""
        held = self._credentials.held()                         # somebody may have to log in, which takes the time that it takes
        answers: Answers = queue.SimpleQueue()
        with self._lock:
            if self._closed:
                raise InterruptedError
            self._waiting.add(answers)
        threading.Thread(target=self._work, args=(request, held, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=self.login.timeout)
        except queue.Empty:
            raise faults.overdue(self.login) from None
        finally:
            with self._lock:
                self._waiting.discard(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _work(self, request: Request, held: Held, answers: Answers) -> None:
        try:
            answers.put(self._answered(request, held))
        except BaseException as error:                          # raised again where it is waited for
            answers.put(error)

    def _answered(self, request: Request, held: Held) -> bytes:
        """With the retries of client-go (rest/with_retry.go), where the server asks for them by Retry-After; once more after a 401,
        with what an exec plugin gives anew."""
        renewed, tries = False, 0
        while True:
            answer = self._uncut(request, held)
            self._heed(warnings_in(answer.headers.getlist("Warning")))
            wait = retry_after(answer)
            if wait is not None and tries < _TRIES and wait <= _LONGEST_WAIT:
                tries += 1
                time.sleep(wait)
            elif answer.status == 401 and not renewed and (again := self._credentials.renewed(held)):
                renewed, held = True, again
            else:
                return checked(answer, self.login, self._credentials.advice(held))

    def _heed(self, texts: Iterable[str]) -> None:
        with self._lock:
            for text in texts:
                if text not in self.warnings:
                    self.warnings.append(text)

    def _uncut(self, request: Request, held: Held) -> Answer:
        """A GET that was cut is asked once more; what changes something may have been done already."""
        from urllib3.exceptions import HTTPError

        try:
            return self._once(request, held)
        except (HTTPError, OSError) as error:
            if request.method != "GET" or not faults.is_cut(error):
                raise faults.fault_of(error, self.login) from None
        try:
            return self._once(request, held)
        except (HTTPError, OSError) as error:
            raise faults.fault_of(error, self.login) from None

    def _once(self, request: Request, held: Held) -> Answer:
        from urllib3 import HTTPHeaderDict, Timeout

        headers = HTTPHeaderDict()
        for name, value in self._headers:
            headers.add(name, value)
        if held.authorization:
            headers.add("Authorization", held.authorization)
        if request.content_type:
            headers.add("Content-Type", request.content_type)
        response = self._connections(held.pair).request(
            request.method, self._url(request), body=request.body, headers=headers, retries=False, redirect=False,
            timeout=Timeout(connect=_CONNECT, read=None), enforce_content_length=True)
        return Answer(response.status, response.reason or "", response.headers, response.data)

    def _url(self, request: Request) -> str:
        query = dict(request.query)
        if self.login.timeout is not None:                      # so that the server stops, too: client-go rest/request.go, URL
            query["timeout"] = f"{self.login.timeout:.9f}".rstrip("0").rstrip(".") + "s"
        return f"{self.login.server}{request.path}" + (f"?{urlencode(query)}" if query else "")

    def _connections(self, pair: Pair | None) -> Any:
        """Made anew when an exec plugin has given another certificate."""
        with self._lock:
            if self._pool is None or pair != self._pair:
                self._pool, self._pair = self._new_pool(pair), pair
            return self._pool


def _headers_of(login: Login) -> tuple[tuple[str, str], ...]:
    """Those of each request."""
    gzip = () if login.cluster.get("disable-compression") else (("Accept-Encoding", "gzip"),)
    return (
        ("Accept", "application/json"), ("User-Agent", f"kubectl-netpol/{__version__}"), *gzip,
        *impersonation_of(msgspec.convert(login.user, User)))


def connect(login: Login) -> Server:
    """Asks nothing yet, but credentials that are missing and files that cannot be read are told here."""
    cluster, user = msgspec.convert(login.cluster, Cluster), msgspec.convert(login.user, User)
    proxy = proxy_of(login.server, cluster.proxy_url, os.environ)
    if login.server.startswith("https:"):
        refuse_nobody(user, faults.place_of(login))
    else:
        user = User()                                           # client_config.go: "only try to read the auth information if we are secure"

    def ask() -> Given:
        plugin = user.exec or Exec()
        refuse_forbidden(plugin.command, os.environ, faults.place_of(login))
        told = spec_cluster(cluster, tls.authority_of(cluster), proxy) if plugin.provide_cluster_info else {}
        return ask_plugin(plugin, told, faults.place_of(login))

    def new_pool(pair: Pair | None) -> Any:
        return pool_of(login.server, cluster, pair, proxy)

    return Server(login, Credentials(user, ask), new_pool)
