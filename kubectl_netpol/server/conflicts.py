"""What of a cluster and a user entry cannot be used together? client-go tools/clientcmd/validation.go, in its words."""
from collections.abc import Iterator

from kubectl_netpol.server.entries import Cluster, Exec, User

_MODES = ("Never", "IfAvailable", "Always")


def conflicts_of(cluster_name: str, cluster: Cluster, user_name: str, user: User) -> list[str]:
    found = [*_of_user(user_name or "the flags", user), *_of_cluster(cluster_name or "the flags", cluster)]
    return found[:3] if len(found) <= 3 else [*found[:2], f"and {len(found) - 2} more"]


def _of_cluster(name: str, cluster: Cluster) -> Iterator[str]:
    proxy = cluster.proxy_url
    if proxy and proxy.partition("://")[0] not in ("http", "https", "socks5"):
        scheme = proxy.partition("://")[0] if "://" in proxy else ""
        yield f'invalid proxy-url for cluster "{name}": unsupported scheme "{scheme}", must be http, https, or socks5'
    if cluster.certificate_authority and cluster.certificate_authority_data:
        yield f"certificate-authority-data and certificate-authority are both specified for {name}"
    if problem := _unreadable(cluster.certificate_authority):
        yield f"unable to read certificate-authority {cluster.certificate_authority} for {name} due to {problem}"
    if cluster.insecure_skip_tls_verify and (cluster.certificate_authority or cluster.certificate_authority_data):
        # transport.go, TLSConfigFor
        yield "specifying a root certificates file with the insecure flag is not allowed"


def _of_user(name: str, user: User) -> Iterator[str]:
    yield from _of_certificate(name, user)
    if user.exec:
        if user.auth_provider:
            yield f"authProvider cannot be provided in combination with an exec plugin for {name}"
        yield from _of_plugin(name, user.exec)
    if user.token and (user.username or user.password):
        yield f"more than one authentication method found for {name}; found [token basicAuth], only one is allowed"
    if (user.as_uid or user.as_groups or user.as_user_extra) and not user.as_user:
        yield f"requesting uid, groups or user-extra for {name} without impersonating a user"


def _of_certificate(name: str, user: User) -> Iterator[str]:
    if not (user.client_certificate or user.client_certificate_data):
        return
    if user.client_certificate and user.client_certificate_data:
        yield f"client-cert-data and client-cert are both specified for {name}"
    if user.client_key and user.client_key_data:
        yield f"client-key-data and client-key are both specified for {name}"
    if not (user.client_key or user.client_key_data):
        yield f"client-key-data or client-key must be specified for {name} to use the clientCert authentication method"
    for word, path in (("cert", user.client_certificate), ("key", user.client_key)):
        if problem := _unreadable(path):
            yield f"unable to read client-{word} {path} for {name} due to {problem}"


def _of_plugin(name: str, plugin: Exec) -> Iterator[str]:
    if not plugin.command:
        yield f"command must be specified for {name} to use exec authentication plugin"
    if not plugin.api_version:
        yield f"apiVersion must be specified for {name} to use exec authentication plugin"
    if any(not variable.name for variable in plugin.env):
        yield f"env variable name must be specified for {name} to use exec authentication plugin"
    if not plugin.interactive_mode:
        yield f"interactiveMode must be specified for {name} to use exec authentication plugin"
    elif plugin.interactive_mode not in _MODES:
        yield f'invalid interactiveMode for {name}: "{plugin.interactive_mode}"'


def _unreadable(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, "rb"):
            return ""
    except OSError as error:
        return (error.strerror or str(error)).lower()
