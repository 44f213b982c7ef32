"""How are the bytes carried? Connections to one server, of urllib3."""
import base64
import socket
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlsplit

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server import tls
from kubectl_netpol.server.credentials import Pair
from kubectl_netpol.server.entries import Cluster

CONNECTIONS = 8                                                 # kept open


def pool_of(server: str, cluster: Cluster, pair: Pair | None, proxy: str | None) -> Any:
    """A urllib3.PoolManager."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)     # kubectl does not warn of what was asked for, either
    settings: dict[str, Any] = {"maxsize": CONNECTIONS, "retries": False, "socket_options": _socket_options()}
    if server.startswith("https:"):
        settings["ssl_context"] = tls.context_of(cluster, pair)
        if cluster.tls_server_name:
            settings["server_hostname"] = cluster.tls_server_name
    if proxy is None:
        return urllib3.PoolManager(**settings)
    if proxy.startswith("socks") and find_spec("socks") is None:    # urllib3 would warn, and then fail
        raise NetpolError(f"a socks5 proxy leads to {server}, and the package for it is not installed", hint="pip install PySocks")
    return _through(proxy, settings)


def _through(proxy: str, settings: dict[str, Any]) -> Any:
    if proxy.startswith("socks"):
        from urllib3.contrib.socks import SOCKSProxyManager
        return SOCKSProxyManager(_without_login(proxy), **settings)
    from urllib3 import ProxyManager
    return ProxyManager(_without_login(proxy), proxy_headers=_proxy_headers(proxy), **settings)


def _socket_options() -> list[tuple[int, int, int]]:
    """As Go's net.Dialer of client-go, KeepAlive: 30 s: a server that vanished is noticed although no read has a timeout."""
    from urllib3.connection import HTTPConnection

    wanted = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 9}
    return [
        *HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *((socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in wanted.items() if hasattr(socket, name))]


def _without_login(proxy: str) -> str:
    """Names are resolved by a SOCKS proxy, as in Go."""
    url = urlsplit(proxy)
    if url.scheme.startswith("socks"):
        return proxy.replace("socks5://", "socks5h://", 1)
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"


def _proxy_headers(proxy: str) -> Mapping[str, str] | None:
    url = urlsplit(proxy)
    if url.username is None:
        return None
    login = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {"proxy-authorization": "Basic " + base64.b64encode(login.encode()).decode()}
