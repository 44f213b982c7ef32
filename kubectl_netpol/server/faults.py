"""What does a failure of the network mean, and what can be done? One message for each."""
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.kubeconfig import Login

_OF_PROXIES = {"ProxyError", "ProxyConnectionError", "GeneralProxyError", "SOCKS5Error"}     # of urllib3, and of PySocks
_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 62, 64     # openssl x509_vfy.h, X509_V_ERR_*


def place_of(login: Login) -> str:
    """The server as messages name it."""
    return f'{login.server} (context "{login.context}")' if login.context else login.server


def fault_of(error: Exception, login: Login) -> NetpolError:
    """Of what urllib3 raises."""
    causes = list(_causes(error))
    kinds = {type(cause).__name__ for cause in causes}
    if kinds & _OF_PROXIES:
        why = _reason(causes).removeprefix("Tunnel connection failed: ")
        return NetpolError(f"the proxy did not lead to {place_of(login)}: {why}", hint=_PROXY)
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return _untrusted(cause, login)
            case ssl.SSLError():
                return _no_tls(cause, login)
            case ConnectionRefusedError():
                return _refused(login)
            case socket.gaierror():
                return _unresolved(login)
    if kinds & {"ConnectTimeoutError", "TimeoutError", "timeout"}:
        return NetpolError(
            f"{place_of(login)} did not answer when it was called", hint="is it up, and the way to it open (VPN, firewall, proxy)?")
    if kinds & {"IncompleteRead", "ProtocolError", "DecodeError", "ConnectionResetError", "RemoteDisconnected"}:
        return NetpolError(
            f"{place_of(login)} broke off in the middle of its answer: {_reason(causes)}",
            hint="try again; if it stays so, a proxy or a load balancer in between ends connections" if login.server.startswith("https:")
            else "write the server with https:// in the kubeconfig, unless it has no TLS")
    return NetpolError(f"{place_of(login)} cannot be reached: {_reason(causes)}", hint=_REACH)


_PROXY = "look at proxy-url of the cluster in the kubeconfig, and at HTTPS_PROXY and NO_PROXY"
_REACH = "is it up, is it the right context (kubectl config get-contexts), and the way to it open?"


def overdue(login: Login) -> NetpolError:
    return NetpolError(
        f"{place_of(login)} did not answer within {login.timeout:g} s (--request-timeout)",
        hint="give it more time with --request-timeout, or none: 0; is it up, and the way to it open?")


def is_cut(error: Exception) -> bool:
    """The server was reached, and broke off."""
    from urllib3.exceptions import DecodeError, ProtocolError

    return isinstance(error, ProtocolError | DecodeError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what led to it; urllib3 keeps some in args and in reason."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), getattr(each, "original_error", None), *each.args]


def _reason(causes: list[BaseException]) -> str:
    """The innermost one that has something to say."""
    said = [text for each in causes if (text := (getattr(each, "strerror", None) or str(each)).strip()) and "object at 0x" not in text]
    return said[-1].splitlines()[0][:200] if said else type(causes[0]).__name__


def _refused(login: Login) -> NetpolError:
    host = urlsplit(login.server).netloc
    message = f"the connection to the server {host} was refused - did you specify the right host or port?"
    if login.context is None and login.server == "http://localhost:8080":
        return NetpolError(message, hint=(
            "there is no kubeconfig, so the default was asked: name one with --kubeconfig, KUBECONFIG or in ~/.kube/config,\n"
            "or look at files with --offline PATH"))
    return NetpolError(f"{message}\n{place_of(login)}", hint=_REACH)


def _unresolved(login: Login) -> NetpolError:
    host = urlsplit(login.server).hostname
    return NetpolError(
        f"no such host: the name of {place_of(login)} cannot be resolved",
        hint=f"is {host} spelled right in the kubeconfig, and is the network that knows it reachable (VPN, DNS)?")


def _untrusted(error: ssl.SSLCertVerificationError, login: Login) -> NetpolError:
    why = error.verify_message
    match error.verify_code:
        case code if code == _EXPIRED:
            hint = "whoever runs the cluster must renew it; look at the clock of this machine, too"
        case code if code == _NOT_YET:
            hint = "look at the clock of this machine"
        case code if code in (_OTHER_NAME, _OTHER_ADDRESS):
            hint = "ask it by a name that is in its certificate, or give that name: --tls-server-name NAME"
        case _:
            hint = "the kubeconfig names no certificate-authority of this cluster, and this machine does not trust that of the server"
            if login.cluster.keys() & {"certificate-authority", "certificate-authority-data"}:
                hint = "is certificate-authority in the kubeconfig that of this cluster? Get it anew if the cluster was installed again"
    return NetpolError(f"the certificate of {place_of(login)} cannot be verified: {why.strip().rstrip('.')}", hint=hint)


def _no_tls(error: ssl.SSLError, login: Login) -> NetpolError:
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return NetpolError(
        f"no TLS connection to {place_of(login)}: {reason}",
        hint="is it the port of the API server, and does it take the client certificate of the kubeconfig?")
