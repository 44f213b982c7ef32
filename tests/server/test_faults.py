"""Is each failure of a server or of the network told in one message that says what to do? No traceback, no secret, at most four lines."""
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kubectl_netpol.__main__ import _said
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server import connection
from kubectl_netpol.server.connection import Refused, Server, connect
from kubectl_netpol.server.faults import fault_of
from kubectl_netpol.server.kubeconfig import Login
from tests.server.fake import CERTIFICATES, VERSION, Reply, fake

SECRET = "s3cret-token"
JSON, HTML, TEXT = (("Content-Type", kind) for kind in ("application/json", "text/html; charset=utf-8", "text/plain"))


def status(code: int, reason: str, message: str, *headers: tuple[str, str]) -> Reply:
    body = f'{{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "{message}", "reason": "{reason}", "code": {code}}}'
    return Reply(code, body.encode(), (JSON, *headers))


BUSY = status(429, "TooManyRequests", "too many requests", ("Retry-After", "0"))
DOWN = status(503, "ServiceUnavailable", "no endpoints", ("Retry-After", "0"))
FORBIDDEN = 'pods is forbidden: User \\"jane\\" cannot list resource \\"pods\\" in API group \\"\\" in the namespace \\"web\\"'


def login(url: str, timeout: float | None = None, user: dict[str, Any] | None = None, **cluster: Any) -> Login:
    fields = {name.replace("_", "-"): value for name, value in cluster.items()}
    named = {"server": url, "certificate-authority": str(CERTIFICATES / "ca.crt"), **fields}
    return Login("shop", "default", url, named, user or {"token": SECRET}, timeout)


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def to(url: str, timeout: float | None = None, user: dict[str, Any] | None = None, **cluster: Any) -> Server:
    return connect(login(url, timeout, user, **cluster))


def error_of(server: Server, *, method: str = "GET") -> NetpolError:
    """Of a request; what holds for every message is held here."""
    with pytest.raises(NetpolError) as caught:
        server.get("/version") if method == "GET" else server.send(method, "/version", {}, b"{}", "application/json")
    said = _said(caught.value)
    assert len(said.splitlines()) <= 4 and caught.value.hint, said
    assert SECRET not in said and "object at 0x" not in said and "urllib3" not in said and "Errno" not in said
    assert isinstance(caught.value, Refused) or 'context "shop"' in said, said
    return caught.value


@pytest.fixture(autouse=True)
def nothing_else_is_said(capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    yield
    assert capfd.readouterr() == ("", "")
    assert [str(each.message) for each in recwarn if each.category is not ResourceWarning] == []


# ---- what the server says

@pytest.mark.parametrize("busy", [BUSY, DOWN])
def test_a_server_that_asks_to_wait_is_asked_again(busy: Reply) -> None:
    with fake(*[busy] * 10, Reply()) as server:
        assert to(server.url).get("/version") == VERSION
        assert len(server.seen) == 11


def test_what_changes_something_is_sent_again_when_the_server_asks_to_wait() -> None:
    with fake(BUSY, Reply()) as server:
        assert to(server.url).send("PATCH", "/x", {"dryRun": "All"}, b'{"a": 1}', "application/apply-patch+yaml") == VERSION
    assert [(seen.method, seen.path, seen.body, seen.values("Content-Type")) for seen in server.seen] == [
        ("PATCH", "/x?dryRun=All", b'{"a": 1}', ["application/apply-patch+yaml"])] * 2


def test_the_server_tells_how_long_to_wait() -> None:
    with fake(status(429, "", "busy", ("Retry-After", "1")), Reply()) as server:
        start = time.monotonic()
        to(server.url).get("/version")
        assert 1 <= time.monotonic() - start < 3


def test_after_ten_tries_a_busy_server_is_left_alone() -> None:
    with fake(BUSY) as server:
        error = error_of(to(server.url))
    assert isinstance(error, Refused) and (error.status, error.reason, error.message) == (429, "TooManyRequests", "too many requests")
    assert "try again later" in error.hint and server.url in error.hint and len(server.seen) == 11


def test_nobody_waits_for_an_hour() -> None:
    with fake(status(429, "TooManyRequests", "busy", ("Retry-After", "3600"))) as server:
        assert isinstance(error_of(to(server.url)), Refused)


@pytest.mark.parametrize("reply", [
    status(500, "InternalError", "it broke"), status(503, "", "it broke", ("Retry-After", "Fri, 31 Dec 2027 23:59:59 GMT")),
    status(403, "Forbidden", "it broke", ("Retry-After", "0"))])
def test_without_a_number_of_seconds_nothing_is_tried_again(reply: Reply) -> None:
    with fake(reply) as server:
        error = error_of(to(server.url))
    assert isinstance(error, Refused) and error.status == reply.status
    assert "it broke" in error.message and len(server.seen) == 1


@pytest.mark.parametrize(("reply", "code", "reason", "message"), [
    (status(403, "Forbidden", FORBIDDEN), 403, "Forbidden", FORBIDDEN.replace("\\", "")),
    (status(409, "Conflict", "it was changed"), 409, "Conflict", "it was changed"),
    (status(410, "Expired", "too old"), 410, "Expired", "too old"),
    (Reply(404, b"404 page not found\n", (TEXT,)), 404, "NotFound", "404 page not found"),
    (Reply(404, b"", ()), 404, "NotFound", "Not Found"),
    (Reply(403, b'{"type":"error","status":"403","message":"go away"}', (JSON,)), 403, "", "go away")])
def test_a_refusal_keeps_the_word_of_the_server(reply: Reply, code: int, reason: str, message: str) -> None:
    with fake(reply) as server, pytest.raises(Refused) as caught:
        to(server.url).get("/api/v1/namespaces/web/pods")
    assert (caught.value.status, caught.value.reason, caught.value.message) == (code, reason, message)


def test_401_keeps_the_word_of_the_server_and_says_what_to_do() -> None:
    with fake(status(401, "Unauthorized", "Unauthorized")) as server:
        error = error_of(to(server.url))
    assert error.message == f'you must be logged in to the server (Unauthorized): {server.url} (context "shop")'
    assert "log in again" in error.hint and len(server.seen) == 1


def test_a_token_that_has_expired_is_told_as_such() -> None:
    with fake(status(401, "Unauthorized", "Unauthorized")) as server:
        error = error_of(to(server.url, user={"token": "e30.eyJleHAiOiAxNzAwMDAwMDAwfQ.x"}))
    assert "the token has expired, 2023-11-14 22:13:20 UTC" in error.hint


FOREIGN = [
    (Reply(200, b"\n<!DOCTYPE html>\n<title>Log in</title>", (HTML,)), "answered 200 OK, and not as an API server does: <!DOCTYPE html>"),
    (Reply(502, b"<html><h1>Bad Gateway</h1></html>", (HTML,)), "answered 502 Bad Gateway, and not as an API server does: <html><h1>Bad"),
    (Reply(404, b"<html>" + b"x" * 500, (HTML,)), "answered 404 Not Found, and not as an API server does: <html>xxx"),
    (Reply(401, b"<p>who?", (HTML,)), "answered 401 Unauthorized, and not as an API server does"),
    (Reply(503, b" <html>down", ()), "answered 503 Service Unavailable, and not as an API server does: <html>down"),
    (Reply(200, b"", ()), "answered 200 OK, and not as an API server does"),
    (Reply(302, b"", (("Location", "https://login.test/"),)), "leads elsewhere, to https://login.test/")]


@pytest.mark.parametrize(("reply", "message"), FOREIGN)
def test_what_is_no_api_server_is_told_with_its_first_line(reply: Reply, message: str) -> None:
    with fake(reply) as server:
        error = error_of(to(server.url))
    assert message in error.message and server.url in error.message and not isinstance(error, Refused)


# ---- what the network does

CUT, DROP = Reply(cut=5), Reply(drop=True)


@pytest.mark.parametrize("fault", [CUT, DROP])
def test_what_was_cut_is_asked_once_more(fault: Reply) -> None:
    with fake(fault, Reply()) as server:
        assert to(server.url).get("/version") == VERSION


@pytest.mark.parametrize("fault", [CUT, DROP])
def test_what_is_cut_twice_is_told(fault: Reply) -> None:
    with fake(fault) as server:
        error = error_of(to(server.url))
    assert "broke off in the middle of its answer" in error.message and server.url in error.message
    assert len(server.seen) == 2


@pytest.mark.parametrize("fault", [CUT, DROP])
def test_what_changes_something_is_not_sent_twice_when_it_is_cut(fault: Reply) -> None:
    with fake(fault, Reply()) as server:
        assert "broke off" in error_of(to(server.url), method="PATCH").message
    assert len(server.seen) == 1


def test_broken_compression_is_a_cut() -> None:
    with fake(Reply(200, b"\x1f\x8b no gzip", (JSON, ("Content-Encoding", "gzip")))) as server:
        error = error_of(to(server.url))
        assert "broke off in the middle of its answer" in error.message and "load balancer" in error.hint
        assert len(server.seen) == 2


def test_a_connection_without_tls_that_ends_may_want_tls() -> None:
    with fake(DROP, certificate=None) as server:
        assert "write the server with https://" in error_of(to(server.url)).hint


CERTIFICATE = [
    ("server", {"certificate_authority": str(CERTIFICATES / "other-ca.crt")}, "cannot be verified", "is certificate-authority"),
    ("expired", {}, "certificate has expired", "must renew it"),
    ("named", {}, "IP address mismatch", "--tls-server-name NAME"),
    ("named", {"tls_server_name": "127.0.0.1"}, "mismatch", "--tls-server-name NAME"),
    ("unnamed", {"tls_server_name": "api.test"}, "not valid for 'api.test'", "--tls-server-name NAME"),       # CN counts no more
    ("server", {"tls_server_name": "other.test"}, "not valid for 'other.test'", "--tls-server-name NAME")]


@pytest.mark.parametrize(("certificate", "cluster", "message", "hint"), CERTIFICATE)
def test_a_certificate_that_cannot_be_verified(certificate: str, cluster: dict[str, str], message: str, hint: str) -> None:
    with fake(certificate=certificate) as server:
        error = error_of(to(server.url, **cluster))
        assert f'the certificate of {server.url} (context "shop") cannot be verified' in error.message
        assert message in error.message and hint in error.hint and server.seen == []


def test_an_authority_that_kubectl_takes_is_taken() -> None:
    """Python 3.13 by itself asks for more than Go does: ssl.VERIFY_X509_STRICT."""
    with fake(certificate="plain") as server:
        assert to(server.url, certificate_authority=str(CERTIFICATES / "plain-ca.crt")).get("/version") == VERSION


def test_the_certificate_of_the_server_itself_is_an_anchor() -> None:
    with fake() as server:
        assert to(server.url, certificate_authority=str(CERTIFICATES / "server.crt")).get("/version") == VERSION


def test_without_an_authority_the_roots_of_this_machine_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake() as server:
        assert "names no certificate-authority" in error_of(connect(without_authority(server.url))).hint
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.crt"))
        assert connect(without_authority(server.url)).get("/version") == VERSION


def without_authority(url: str) -> Login:
    return Login("shop", "default", url, {"server": url}, {"token": SECRET}, None)


def test_nothing_is_trusted_beside_the_authority_of_the_kubeconfig() -> None:
    with fake() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.crt"))
        assert "cannot be verified" in error_of(to(server.url, certificate_authority=str(CERTIFICATES / "other-ca.crt"))).message


def test_no_certificate_is_asked_for_with_the_insecure_flag_and_nobody_is_warned() -> None:
    with fake(certificate="expired") as server:
        assert to(server.url, certificate_authority="", insecure_skip_tls_verify=True).get("/version") == VERSION


def test_a_port_without_tls() -> None:
    with fake(certificate=None) as server:
        error = error_of(to(server.url.replace("http:", "https:")))
    assert "no TLS connection to https://127.0.0.1" in error.message and "port of the API server" in error.hint


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def test_a_connection_that_is_refused() -> None:
    url = f"https://127.0.0.1:{free_port()}"
    error = error_of(to(url))
    assert f"the connection to the server {url[8:]} was refused - did you specify the right host or port?" in error.message
    assert f'{url} (context "shop")' in error.message and "right context" in error.hint


def test_a_default_that_is_refused_says_that_there_is_no_kubeconfig() -> None:
    nobody = Login(None, "default", "http://localhost:8080", {"server": "http://localhost:8080"}, {}, None)
    error = fault_of(ConnectionRefusedError(), nobody)
    assert error.message == "the connection to the server localhost:8080 was refused - did you specify the right host or port?"
    assert "there is no kubeconfig" in error.hint and "--offline PATH" in error.hint


@pytest.mark.parametrize(("context", "url"), [("shop", "http://localhost:8080"), (None, "https://one")])
def test_what_was_named_and_is_refused_is_no_missing_kubeconfig(context: str | None, url: str) -> None:
    error = fault_of(ConnectionRefusedError(), Login(context, "default", url, {"server": url}, {}, None))
    assert "there is no kubeconfig" not in error.hint and url in error.message


def test_a_port_with_tls_that_is_asked_without() -> None:
    with fake(Reply(400, b"Client sent an HTTP request to an HTTPS server.\n", (TEXT,)), certificate=None) as server:
        error = error_of(to(server.url))
    assert "HTTP request to an HTTPS server" in error.message and f"https:// in the kubeconfig, not {server.url}" in error.hint


def test_a_name_that_cannot_be_resolved() -> None:
    error = error_of(to("https://netpol-no-such-host.invalid:6443"))
    assert "no such host" in error.message and "https://netpol-no-such-host.invalid:6443" in error.message
    assert "netpol-no-such-host.invalid spelled right" in error.hint


@contextmanager
def deaf() -> Iterator[str]:
    """A server whose connections nobody takes."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        yield f"https://127.0.0.1:{waiting.getsockname()[1]}"


def test_request_timeout_ends_a_connecting_that_hangs() -> None:
    with deaf() as url:
        start = time.monotonic()
        error = error_of(to(url, timeout=0.3))
    assert time.monotonic() - start < 2
    assert error.message == f'{url} (context "shop") did not answer within 0.3 s (--request-timeout)'
    assert "more time" in error.hint


def test_request_timeout_is_for_the_body_too() -> None:
    with fake(Reply(wait=5)) as server:
        start = time.monotonic()
        assert "did not answer within 0.3 s" in error_of(to(server.url, timeout=0.3)).message
        assert time.monotonic() - start < 2


def test_request_timeout_is_for_all_tries_together() -> None:
    with fake(status(429, "", "busy", ("Retry-After", "1"))) as server:
        start = time.monotonic()
        assert "did not answer within 1.5 s" in error_of(to(server.url, timeout=1.5)).message
        assert time.monotonic() - start < 3 and len(server.seen) == 2


def test_the_server_is_told_the_timeout() -> None:
    with fake() as server:
        to(server.url, timeout=90).get("/version", {"limit": "5"})
    assert server.seen[0].path == "/version?limit=5&timeout=90s"


def test_a_connecting_has_an_end_without_request_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CONNECT", 0.3)
    with deaf() as url:
        error = error_of(to(url))
    assert "did not answer when it was called" in error.message and url in error.message


def test_without_request_timeout_an_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CONNECT", 0.3)
    with fake(Reply(wait=1)) as server:
        assert to(server.url).get("/version") == VERSION


def test_close_ends_the_waiting_of_each_thread() -> None:
    ended: list[type[BaseException]] = []
    with fake(Reply(wait=20)) as fake_server:
        server = to(fake_server.url)

        def ask() -> None:
            try:
                server.get("/version")
            except BaseException as error:
                ended.append(type(error))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for each in threads:
            each.start()
        wait_for(lambda: len(fake_server.seen) == 3)
        server.close()
        for each in threads:
            each.join(timeout=5)
        with pytest.raises(InterruptedError):
            server.get("/version")
    assert ended == [InterruptedError] * 3


def test_ctrl_c_ends_the_waiting() -> None:
    program = (
        "import sys\n"
        "from tests.server.test_faults import to\n"
        "try: to(sys.argv[1]).get('/version')\n"
        "except KeyboardInterrupt: sys.exit(130)\n")
    with fake(status(429, "", "busy", ("Retry-After", "50"))) as server:
        argv, root = [sys.executable, "-c", program, server.url], Path(__file__).parents[2]
        with subprocess.Popen(argv, cwd=root, stderr=subprocess.PIPE, text=True) as running:
            wait_for(lambda: server.seen)
            time.sleep(0.2)
            running.send_signal(signal.SIGINT)
            assert (running.communicate(timeout=10)[1], running.returncode) == ("", 130)


# ---- proxies

def test_a_proxy_that_refuses() -> None:
    with fake(Reply(407), certificate=None) as proxy:
        error = error_of(to("https://api.test:6443", proxy_url=proxy.url.replace("//", f"//ann:{SECRET}@")))
    assert 'the proxy did not lead to https://api.test:6443 (context "shop"): 407' in error.message and "proxy-url" in error.hint


def test_a_proxy_that_is_not_there() -> None:
    error = error_of(to("https://api.test:6443", proxy_url=f"http://127.0.0.1:{free_port()}"))
    assert "proxy" in error.message and "api.test" in error.message and "proxy-url" in error.hint


def test_a_proxy_whose_name_cannot_be_resolved() -> None:
    error = error_of(to("https://api.test:6443", proxy_url="http://netpol-no-such-proxy.invalid:1"))
    assert "proxy" in error.message and "proxy-url" in error.hint


def test_a_socks_proxy_that_is_not_there() -> None:
    class ProxyConnectionError(OSError):
        """As PySocks names it."""

    error = ProxyConnectionError("Error connecting to SOCKS5 proxy 127.0.0.1:1")
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    told = fault_of(error, login("https://api.test"))
    assert "the proxy did not lead to https://api.test" in told.message and "proxy-url" in told.hint


def test_the_login_of_a_proxy_is_sent_to_the_proxy_alone() -> None:
    with fake() as server, fake(certificate=None) as proxy:
        assert to(server.url, proxy_url=proxy.url.replace("//", "//ann:p%40ss@")).get("/version") == VERSION
    assert [seen.values("Proxy-Authorization") for seen in proxy.seen] == [["Basic YW5uOnBAc3M="]]
    assert [seen.values("Authorization") for seen in proxy.seen] == [[]]
    assert [seen.values("Proxy-Authorization") for seen in server.seen] == [[]]
