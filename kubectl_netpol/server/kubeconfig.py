"""Which cluster, as whom? kubectl's own answer."""
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.targets import did_you_mean
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Connection
from kubectl_netpol.server import pod
from kubectl_netpol.server.conflicts import conflicts_of
from kubectl_netpol.server.durations import timeout_of
from kubectl_netpol.server.entries import Cluster, Context, Kubeconfig, User, read_kubeconfig


class Login(Struct, frozen=True):
    """A cluster and a user, settled: nothing of the flags and of the kubeconfig is needed any more."""

    context: str | None                         # its name; None without one (flags only, in a pod)
    namespace: str                              # of the context, else "default"; in a pod: of the service account
    server: str                                 # https://host:port[/path]
    cluster: dict[str, Any]                     # the entry as it is used: flags merged in, paths absolute
    user: dict[str, Any]                        # likewise
    timeout: float | None                       # seconds; None: none


class Names(Struct, frozen=True):
    """For completion, each in alphabetical order."""

    contexts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


def login_of(connection: Connection, environ: Mapping[str, str]) -> Login:
    """A NetpolError where kubectl finds an error too. Nothing is asked of any server."""
    timeout = timeout_of(connection.request_timeout)
    kubeconfig = _merged(_paths(connection, environ), explicit=bool(connection.kubeconfig))
    name = connection.context or kubeconfig.current_context
    context = _context(name, kubeconfig, connection)
    default = environ.get("KUBERNETES_MASTER") or "http://localhost:8080"   # client_config.go, getDefaultServer
    cluster = _cluster(context.cluster, kubeconfig, connection, default)
    user = _user(context.user, kubeconfig, connection)
    if problems := conflicts_of(context.cluster, cluster, context.user, user):
        raise NetpolError("\n".join(problems), hint=f"mend it in the kubeconfig{_of(name)}, or with the flags")
    namespace = context.namespace or (pod.namespace_in(environ) if pod.is_inside(environ) else "default")
    if pod.is_inside(environ) and _says_nothing(cluster, user, default):
        cluster, user = pod.entries_in(environ, cluster, user)
    return Login(
        context=name or None, namespace=namespace, server=server_url(cluster.server),
        cluster=_as_written(cluster), user=_as_written(user), timeout=timeout)


def _as_written(entry: Cluster | User) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(entry))
    return fields


def kubeconfig_names(connection: Connection, environ: Mapping[str, str]) -> Names:
    """What the merged kubeconfig names; nothing where it cannot be read."""
    try:
        kubeconfig = _merged(_paths(connection, environ), explicit=bool(connection.kubeconfig))
    except NetpolError:
        return Names()
    return Names(tuple(sorted(kubeconfig.contexts)), tuple(sorted(kubeconfig.clusters)), tuple(sorted(kubeconfig.users)))


# ---- the files: client-go tools/clientcmd/loader.go

def _paths(connection: Connection, environ: Mapping[str, str]) -> list[str]:
    if connection.kubeconfig:
        return [connection.kubeconfig]
    if listed := environ.get("KUBECONFIG"):
        return list(dict.fromkeys(path for path in listed.split(os.pathsep) if path))   # "prevent the same path load multiple times"
    return [os.path.join(_home(environ), ".kube", "config")]


def _home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME") or (os.path.expanduser("~") if os.name == "nt" else "")


def _merged(paths: Iterable[str], *, explicit: bool) -> Kubeconfig:
    """"The first file to set a particular map key wins and map key's value is never changed." Other values: the first, too."""
    merged = Kubeconfig()
    for path in paths:
        try:
            found = read_kubeconfig(path)
        except FileNotFoundError:
            if explicit:
                raise NetpolError(f"{path}: no such file", hint="--kubeconfig names a file that exists") from None
            continue                                            # "missing files are ignored"
        except OSError as error:
            raise NetpolError(
                f"the kubeconfig {path} cannot be read: {(error.strerror or str(error)).lower()}",
                hint="look at KUBECONFIG and --kubeconfig") from None
        merged = Kubeconfig(
            merged.current_context or found.current_context,
            found.contexts | merged.contexts, found.clusters | merged.clusters, found.users | merged.users)
    return merged


# ---- the flags: client_config.go, getContext, getCluster, getAuthInfo

def _context(name: str, kubeconfig: Kubeconfig, connection: Connection) -> Context:
    if name and name not in kubeconfig.contexts:
        if connection.context:
            raise _unknown("context", name, kubeconfig.contexts)
        raise NetpolError(
            f"context was not found for specified context: {name}",
            hint="the current-context of the kubeconfig names none of its contexts: kubectl config get-contexts")
    context = kubeconfig.contexts.get(name, Context())
    return replace(context, cluster=connection.cluster or context.cluster, user=connection.user or context.user)


def _cluster(name: str, kubeconfig: Kubeconfig, connection: Connection, default: str) -> Cluster:
    if name and name not in kubeconfig.clusters and (connection.cluster or not connection.server):
        raise _unknown("cluster", name, kubeconfig.clusters)    # where only the context names it, kubectl asks localhost:8080
    cluster = kubeconfig.clusters.get(name, Cluster())
    cluster = replace(cluster, server=connection.server or cluster.server or default)
    if connection.insecure_skip_tls_verify or connection.certificate_authority:
        # "An override of --insecure-skip-tls-verify=true and no accompanying CA/CA data should clear already-set CA/CA data",
        # "An override of --certificate-authority should also override TLS skip settings and CA data"
        cluster = replace(
            cluster, insecure_skip_tls_verify=connection.insecure_skip_tls_verify, certificate_authority_data="",
            certificate_authority=_absolute(connection.certificate_authority))
    if connection.tls_server_name or connection.server:
        # "setting a --server will effectively clear the KUBECONFIG value of tls-server-name"
        cluster = replace(cluster, tls_server_name=connection.tls_server_name or "")
    return cluster


def _user(name: str, kubeconfig: Kubeconfig, connection: Connection) -> User:
    if name and name not in kubeconfig.users and (connection.user or not (connection.token or connection.client_certificate)):
        raise _unknown("auth info", name, kubeconfig.users)     # where only the context names it, kubectl asks for a password
    user = kubeconfig.users.get(name, User())
    given: dict[str, Any] = {
        "token": connection.token, "as_user": connection.as_user, "as_uid": connection.as_uid, "as_groups": connection.as_groups}
    user = replace(user, **{field: value for field, value in given.items() if value})
    if connection.client_certificate:
        user = replace(user, client_certificate=_absolute(connection.client_certificate), client_certificate_data="")
    if connection.client_key:
        user = replace(user, client_key=_absolute(connection.client_key), client_key_data="")
    return user


def _absolute(path: str | None) -> str:
    return os.path.abspath(path) if path else ""


def _unknown(kind: str, name: str, known: Iterable[str]) -> NetpolError:
    names = sorted(known)
    listed = f"the kubeconfig has: {', '.join(names)}" if 0 < len(names) < 8 else "kubectl config view lists them"
    return NetpolError(f'{kind} "{name}" does not exist', hint=did_you_mean(name, names) or listed)


def _of(name: str) -> str:
    return f' (context "{name}")' if name else ""


# ---- the server

def _says_nothing(cluster: Cluster, user: User, default: str) -> bool:
    """client-go merged_client_builder.go: a configuration that equals the default gives way to that of the pod. What is only
    used over TLS does not count without it. --as and --request-timeout do not count either: with them kubectl would ask
    localhost:8080 from inside a pod, where nobody answers."""
    if server_url(cluster.server).startswith("https:"):
        return (cluster, user) == (Cluster(server=default), User())
    return cluster.server == default and not cluster.proxy_url and not cluster.disable_compression


def server_url(server: str) -> str:
    """client-go rest/url_utils.go, DefaultServerURL: what has no scheme is asked without TLS; query and fragment do not count."""
    url = _split(server)
    if url is None or not url.scheme or not url.netloc:
        url = _split(f"http://{server}")
        if url is None or url.path not in ("", "/") or not url.netloc:
            raise NetpolError(f'host must be a URL or a host:port pair: "{server}"', hint="a server is written https://HOST:PORT")
    host = url.netloc.rpartition("@")[2]
    return f"{url.scheme.lower()}://{host}{url.path.rstrip('/')}"


def _split(text: str) -> Any:
    try:
        url = urlsplit(text)
        return url if url.port is None or url.port >= 0 else None
    except ValueError:
        return None
