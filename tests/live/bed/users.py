"""Who may ask the API server? An administrator, and users without any rights, each with a token."""
import json
from pathlib import Path

ADMIN = "admin"
_COUNT = 1000
NOBODIES = tuple(f"user-{number}" for number in range(1, _COUNT + 1))


def token_of(user: str) -> str:
    if user not in (ADMIN, *NOBODIES):
        raise ValueError(f"{user} has no token: {ADMIN} and the users of Bed.new_user have")
    return f"token-of-{user}"


def tokens() -> str:
    """The file of --token-auth-file: token, user, uid, groups."""
    admin = f'{token_of(ADMIN)},{ADMIN},uid-of-{ADMIN},"system:masters"'
    return "\n".join([admin, *(f"{token_of(user)},{user},uid-of-{user}" for user in NOBODIES)])


def kubeconfig(server: str, ca_file: Path, user: str, credentials: dict[str, str], namespace: str = "default") -> str:
    """JSON, which is YAML. The context and the cluster are named bed; credentials: fields of the user."""
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "bed",
        "clusters": [{"name": "bed", "cluster": {"server": server, "certificate-authority": str(ca_file)}}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "bed", "context": {"cluster": "bed", "user": user, "namespace": namespace}}]}, indent=1)
