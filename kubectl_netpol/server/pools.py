"""How are the bytes carried? Connections to one server, of the kubernetes package."""
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
    from kubernetes.client import Configuration
    from kubernetes.client.rest import RESTClientObject

    if proxy and proxy.startswith("socks") and find_spec("socks") is None:
        raise NetpolError(f"a socks proxy leads to {server}, and the package for it is not installed", hint="pip install PySocks")
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)     # kubectl does not warn of what was asked for, either
    configuration = Configuration()
    configuration.host = server
    configuration.verify_ssl = not cluster.insecure_skip_tls_verify
    configuration.tls_server_name = cluster.tls_server_name or None
    configuration.connection_pool_maxsize = CONNECTIONS
    configuration.retries = False
    configuration.no_proxy = ""                                 # settled already
    configuration.proxy = proxy and _without_login(proxy)
    configuration.proxy_headers = _proxy_headers(proxy)
    pool: Any = RESTClientObject(configuration).pool_manager
    _settle(pool.connection_pool_kw, server, cluster, pair)
    return pool


def _settle(settings: dict[str, Any], server: str, cluster: Cluster, pair: Pair | None) -> None:
    """An SSLContext of our own: what kubernetes before 37 makes trusts the roots of certifi beside those of the kubeconfig,
    and leaves keys in files."""
    for name in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
        settings.pop(name, None)
    if server.startswith("https:"):
        settings["ssl_context"] = tls.context_of(cluster, pair)
    settings["socket_options"] = _socket_options()


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


def _proxy_headers(proxy: str | None) -> Mapping[str, str] | None:
    url = urlsplit(proxy or "")
    if url.username is None or url.scheme.startswith("socks"):
        return None
    login = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {"proxy-authorization": "Basic " + base64.b64encode(login.encode()).decode()}
