"""Which cluster is this, seen from inside one of its pods? That of the pod's service account."""
import os
from collections.abc import Mapping

from msgspec.structs import replace

from kubectl_netpol.server.entries import Cluster, User

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def is_inside(environ: Mapping[str, str]) -> bool:
    """client-go client_config.go, inClusterClientConfig.Possible."""
    return bool(
        environ.get("KUBERNETES_SERVICE_HOST") and environ.get("KUBERNETES_SERVICE_PORT") and os.path.isfile(_path("token")))


def namespace_in(environ: Mapping[str, str]) -> str:
    if namespace := environ.get("POD_NAMESPACE"):               # client_config.go, inClusterClientConfig.Namespace
        return namespace
    try:
        with open(_path("namespace"), encoding="utf-8") as stream:
            return stream.read().strip() or "default"
    except OSError:
        return "default"


def entries_in(environ: Mapping[str, str], cluster: Cluster, user: User) -> tuple[Cluster, User]:
    """client-go rest/config.go, InClusterConfig; of the flags a token and a CA are used, and here who is impersonated."""
    host, port = environ["KUBERNETES_SERVICE_HOST"], environ["KUBERNETES_SERVICE_PORT"]
    authority = cluster.certificate_authority or (_path("ca.crt") if os.path.isfile(_path("ca.crt")) else "")
    inside = User(token=user.token) if user.token else User(token_file=_path("token"))
    return (
        Cluster(server=f"https://{f'[{host}]' if ':' in host else host}:{port}", certificate_authority=authority),
        replace(inside, as_user=user.as_user, as_uid=user.as_uid, as_groups=user.as_groups, as_user_extra=user.as_user_extra))


def _path(name: str) -> str:
    return os.path.join(SERVICE_ACCOUNT, name)
