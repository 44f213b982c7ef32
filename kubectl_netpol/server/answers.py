"""Is what came an answer of the API server, and what does it say?"""
import re
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.faults import place_of
from kubectl_netpol.server.kubeconfig import Login


class Refused(NetpolError):
    """A Status of the API server: the message keeps its word."""

    def __init__(self, message: str, hint: str = "", *, status: int, reason: str) -> None:
        super().__init__(message, hint)
        self.status = status                                    # of HTTP
        self.reason = reason                                    # "Forbidden", "NotFound", …; empty where the server gives none


class Answer(Struct, frozen=True):
    status: int
    phrase: str
    headers: Any                                                # urllib3.HTTPHeaderDict
    body: bytes


class _Status(Struct):
    """meta/v1 Status; servers before the API server write JSON with a message, too."""

    message: str = ""
    reason: str = ""


def retry_after(answer: Answer) -> int | None:
    """Seconds: client-go rest/with_retry.go, checkWait: "any 500 error code and 429 can trigger a wait", with a whole number only."""
    said = str(answer.headers.get("Retry-After", "")).strip()
    if (answer.status == 429 or answer.status >= 500) and re.fullmatch(r"[+-]?\d+", said, re.ASCII):
        return max(0, int(said))
    return None


def checked(answer: Answer, login: Login, advice: str) -> bytes:
    """The body of a success. advice: what to do after a 401."""
    if 200 <= answer.status < 300:
        if answer.body.lstrip()[:1] not in (b"{", b"["):
            raise _foreign(answer, login)
        return answer.body
    if 300 <= answer.status < 400:
        raise NetpolError(
            f"{place_of(login)} leads elsewhere, to {_shown(answer.headers.get('Location', ''))}: no API server does that",
            hint="log in there first, or correct the server in the kubeconfig")
    said = _said(answer)
    if said is None:
        raise _foreign(answer, login)
    raise _refused(answer.status, said, login, advice)


def _said(answer: Answer) -> _Status | None:
    """None: by something that is no API server. That itself says some things in plain text ("404 page not found")."""
    kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if kind == "text/plain" or (not kind and not answer.body.lstrip().startswith(b"<")):
        text = _first_line(answer.body)
        return _Status(text or answer.phrase, "NotFound" if answer.status == 404 else "")
    try:
        status = msgspec.json.decode(answer.body, type=_Status, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return status if status.message else _Status(answer.phrase, status.reason)


def _refused(status: int, said: _Status, login: Login, advice: str) -> Refused:
    message, hint = said.message, ""
    match status:
        case 401:
            message, hint = f"you must be logged in to the server ({said.message}): {place_of(login)}", advice
        case 403:
            hint = f"ask for that right in {place_of(login)}; kubectl auth can-i --list shows those that you have"
        case 429:
            hint = f"{place_of(login)} has too much to do: try again later"
        case 400 if "HTTP request to an HTTPS server" in said.message:
            hint = f"write the server with https:// in the kubeconfig, not {login.server}"
        case _ if status >= 500:
            message = f"{place_of(login)} failed with {status}: {said.message}"
            hint = "try again; if it stays so, the API server's own log tells more"
    return Refused(message, hint, status=status, reason=said.reason)


def _foreign(answer: Answer, login: Login) -> NetpolError:
    status, line = f"{answer.status} {answer.phrase}".rstrip(), _first_line(answer.body)
    return NetpolError(
        f"{place_of(login)} answered {status}, and not as an API server does" + (f": {line}" if line else ""),
        hint="a proxy or a login page in between? look at the server and proxy-url in the kubeconfig, and at HTTPS_PROXY and NO_PROXY")


def _first_line(body: bytes) -> str:
    text = body[:2000].decode("utf-8", "replace").strip()
    return _shown(text.splitlines()[0]) if text else ""


def _shown(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
