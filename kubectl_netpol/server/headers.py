"""What do the headers say? Who is impersonated in those that we send; warnings in those that come."""
import re
from collections.abc import Iterable, Iterator

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.entries import User

# RFC 7234, 5.5: warn-code SP warn-agent SP warn-text [SP warn-date], several with commas between
_WARNING = re.compile(r'\s*,?\s*(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?:\s*"[^"]*")?\s*(?=,|$)')
_NOT_IN_NAMES = re.compile(r"[^!#$&'*+\-.^_`|~0-9A-Za-z]")


def impersonation_of(user: User) -> Iterator[tuple[str, str]]:
    """client-go transport/round_trippers.go, impersonatingRoundTripper: a header for each value."""
    if not user.as_user:
        return
    yield "Impersonate-User", _sendable("as", user.as_user)
    if user.as_uid:
        yield "Impersonate-Uid", _sendable("as-uid", user.as_uid)
    for group in user.as_groups:
        yield "Impersonate-Group", _sendable("as-groups", group)
    for key, values in user.as_user_extra.items():
        for value in values:
            yield f"Impersonate-Extra-{_escaped(key)}", _sendable("as-user-extra", value)


def _escaped(key: str) -> str:
    """headerKeyEscape: bytes that no header name may have, as %XX."""
    return "".join(f"%{byte:02X}" if _NOT_IN_NAMES.match(chr(byte)) else chr(byte) for byte in key.encode())


def _sendable(field: str, value: str) -> str:
    """Its bytes in UTF-8, as Go writes them, though Python's http.client writes text in latin-1."""
    if not value.isprintable():
        raise NetpolError(f'"{value}" can be sent in no header', hint=f"correct {field} of the user in the kubeconfig, or --{field}")
    return value.encode().decode("latin-1")


def warnings_in(values: Iterable[str]) -> Iterator[str]:
    """The texts of code 299 ("miscellaneous persistent warning"), which the API server uses; what is no warning ends its header."""
    for value in values:
        value = value.encode("latin-1", "replace").decode("utf-8", "replace")  # http.client takes what comes for latin-1
        place = 0
        while found := _WARNING.match(value, place):
            place = found.end()
            if found[1] == "299":
                yield re.sub(r"\\(.)", r"\1", found[3])
