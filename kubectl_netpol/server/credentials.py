"""Which token or certificate does a request carry? Those of the user entry, or what its exec plugin gives."""
import base64
import json
import math
import threading
import time
from collections.abc import Callable

from msgspec import Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server import tls
from kubectl_netpol.server.entries import AuthProvider, User
from kubectl_netpol.server.plugins import Given

Pair = tuple[bytes, bytes]                                      # client certificate and key, PEM


class Held(Struct, frozen=True):
    """What one request carries."""

    authorization: str | None = None                            # the header's value
    pair: Pair | None = None
    given: Given | None = None                                  # where it is of an exec plugin


class Credentials:
    """Of one user; safe to use from several threads: a plugin is asked by one of them. ask: runs it."""

    def __init__(self, user: User, ask: Callable[[], Given]) -> None:
        self._user = user
        self._pair = tls.pair_of(user)
        # exec.go, UpdateTransportConfig: a plugin is for those who have nothing else
        self._asks = bool(user.exec and not (user.token or user.token_file or user.username or user.password or self._pair))
        self._ask = ask
        self._given: Given | None = None
        self._lock = threading.Lock()

    def held(self) -> Held:
        """For the next request. Files are read each time: tokens of service accounts are short-lived."""
        if not self._asks:
            return Held(_authorization_of(self._user), self._pair)
        with self._lock:
            if self._given is None or self._given.is_over:
                self._given = self._ask()
            return _held(self._given)

    def renewed(self, refused: Held) -> Held | None:
        """After a 401: the plugin is asked again, unless another thread has done so. None: there is none."""
        if refused.given is None:
            return None
        with self._lock:
            if self._given is refused.given:
                self._given = self._ask()
            return _held(self._given or refused.given)

    def advice(self, refused: Held) -> str:
        """What to do after a 401."""
        if refused.given and self._user.exec:
            return f"exec plugin {self._user.exec.command} gave credentials that the server does not take: log in again with it"
        end = _end_of(refused.authorization or "")
        if end and end < time.time():
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(end))
            return f"the token has expired, {when} UTC: log in again, or get the kubeconfig anew"
        return "the credentials are wrong or have expired: log in again, or get the kubeconfig anew; kubectl auth whoami must work"


def _held(given: Given) -> Held:
    certificate, key = given.client_certificate_data, given.client_key_data
    return Held(_bearer(given.token), (certificate.encode(), key.encode()) if certificate and key else None, given)


def _authorization_of(user: User) -> str | None:
    if user.auth_provider:
        return _bearer(_token_of(user.auth_provider, user.token))
    if user.token_file:
        return _bearer(_token_in(user.token_file, user.token))
    if user.username or user.password:
        return "Basic " + base64.b64encode(f"{user.username}:{user.password}".encode()).decode()
    return _bearer(user.token)


def refuse_nobody(user: User, whose: str) -> None:
    """kubectl asks for a username and a password then, which no API server takes any more."""
    if not (user.token or user.token_file or user.username or user.password or user.exec or user.auth_provider
            or user.client_certificate or user.client_certificate_data):
        raise NetpolError(
            f"there are no credentials for {whose}: no token, no client certificate, no exec plugin",
            hint="log in, or name a user that has some: --user, --context or --token")


def _bearer(token: str | None) -> str | None:
    if not token:
        return None
    if not (token.isascii() and token.isprintable()):           # never shown
        raise NetpolError("the token has characters that no header may hold, such as a line break", hint="write it anew in the kubeconfig")
    return f"Bearer {token}"


def _token_in(path: str, instead: str) -> str:
    """tokenFile is read "and the last successfully read value takes precedence over Token" (types.go)."""
    try:
        with open(path, encoding="utf-8") as stream:
            token = stream.read().strip()
        problem = "" if token else "it is empty"
    except (OSError, ValueError) as error:
        token, problem = "", (getattr(error, "strerror", None) or "it is no text").lower()
    if problem and not instead:
        raise NetpolError(f"the token file {path} cannot be used: {problem}", hint="tokenFile of the user in the kubeconfig names it")
    return token or instead


def _token_of(provider: AuthProvider, instead: str) -> str:
    """kubectl has none of them but oidc, whose token it renews and keeps in the kubeconfig: we take it while it is valid."""
    if provider.name != "oidc":
        plugin = _SUCCESSORS.get(provider.name, "the exec plugin of your provider")
        raise NetpolError(
            f'the auth provider "{provider.name}" has been removed from kubectl',
            hint=f"write users[].user.exec with {plugin} in the kubeconfig instead of auth-provider")
    token = instead or provider.config.get("id-token", "")
    if not token or (_end_of(token) or math.inf) < time.time() + 10:       # seconds, as in oidc.go, expiryDelta
        raise NetpolError(
            "the id-token of the auth provider oidc is missing or over, and only kubectl renews it",
            hint="run once: kubectl version; or use an exec plugin, such as kubelogin")
    return token


_SUCCESSORS = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}


def _end_of(token: str) -> float | None:
    """Of a JSON web token."""
    try:
        part = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return None                                             # the server will say
