"""What would the API server refuse of a field, whichever kind of object it is in?"""
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from kubectl_netpol import api
from kubectl_netpol.core.addresses import parse_address, parse_cidr
from kubectl_netpol.core.ports import LAST_PORT, PROTOCOLS

Problem = tuple[str, str]                                       # path in the object, what is wrong there

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", re.ASCII)
_PORT_NAME = re.compile(r"[-a-z0-9]+", re.ASCII)
NAME_SAID = ("a lowercase RFC 1123 {} must consist of lower case alphanumeric characters{}, "
              "and must start and end with an alphanumeric character")
RANGE = f"must be between 1 and {LAST_PORT}, inclusive"


def of_selector(selector: api.LabelSelector | None, path: str) -> Iterator[Problem]:
    if selector is None:
        return
    yield from of_labels(selector.match_labels, f"{path}.matchLabels")
    for place, each in enumerate(selector.match_expressions or ()):
        where = f"{path}.matchExpressions[{place}]"
        if each.operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            yield f"{where}.operator", invalid(each.operator, "not a valid selector operator: In, NotIn, Exists and DoesNotExist are")
        elif each.operator in ("In", "NotIn"):
            if not each.values:
                yield f"{where}.values", "Required value: must be specified when `operator` is 'In' or 'NotIn'"
        elif each.values:
            yield f"{where}.values", "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield from ((f"{where}.key", text) for text in of_key(each.key))
        yield from ((f"{where}.values[{number}]", text) for number, value in enumerate(each.values or ()) for text in of_value(value))


def of_number(number: int, path: str) -> Iterator[Problem]:
    if not 1 <= number <= LAST_PORT:
        yield path, invalid(number, RANGE)


def of_protocol(protocol: str | None, path: str) -> Iterator[Problem]:
    if protocol and protocol not in PROTOCOLS:
        yield path, unsupported(protocol, PROTOCOLS)


def of_port_name(name: str, path: str) -> Iterator[Problem]:
    """IsValidPortName (RFC 6335)."""
    if len(name) > 15:
        yield path, invalid(name, "must be no more than 15 characters")
    elif not _PORT_NAME.fullmatch(name):
        yield path, invalid(name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    elif not re.search("[a-z]", name):
        yield path, invalid(name, "must contain at least one letter (a-z)")
    elif "--" in name:
        yield path, invalid(name, "must not contain consecutive hyphens")
    elif name[0] == "-" or name[-1] == "-":
        yield path, invalid(name, "must not begin or end with a hyphen")


def of_address(text: str, path: str) -> Iterator[Problem]:
    if not is_address(text):
        yield path, invalid(text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


def is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def of_cidr(text: str, path: str) -> Iterator[Problem]:
    if not is_cidr(text):
        yield path, invalid(text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")


def is_cidr(text: str) -> bool:
    try:
        parse_cidr(text)
    except ValueError:
        return False
    return True


def of_dns_label(name: str, path: str) -> Iterator[Problem]:
    if len(name) > 63:
        yield path, invalid(name, "must be no more than 63 characters")
    elif not LABEL.fullmatch(name):
        yield path, invalid(name, NAME_SAID.format("label", " or '-'"))


def of_labels(labels: Mapping[str, str] | None, path: str) -> Iterator[Problem]:
    if labels and any(map(of_label, labels.items())):
        yield from ((path, text) for label in labels.items() for text in of_label(label))


@lru_cache(maxsize=65536)
def of_label(label: tuple[str, str]) -> tuple[str, ...]:
    key, value = label
    return *of_key(key), *of_value(value)


@lru_cache(maxsize=4096)
def of_annotation(key: str) -> tuple[str, ...]:
    return of_key(key.lower())


@lru_cache(maxsize=65536)
def of_namespace(name: str) -> Problem | None:
    return next(of_dns_label(name, "metadata.namespace"), None)


@lru_cache(maxsize=4096)
def of_key(key: str) -> tuple[str, ...]:
    """IsQualifiedName: an optional DNS prefix, a slash, and a name."""
    prefix, slash, name = key.rpartition("/")
    if slash and not prefix:
        return (invalid(key, "prefix part must be non-empty"),)
    if slash and (len(prefix) > 253 or not SUBDOMAIN.fullmatch(prefix)):
        return (invalid(key, "prefix part " + NAME_SAID.format("subdomain", ", '-' or '.'")),)
    if not name:
        return (invalid(key, "name part must be non-empty"),)
    if len(name) > 63:
        return (invalid(key, "name part must be no more than 63 characters"),)
    return () if _QUALIFIED.fullmatch(name) else (invalid(
        key, "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"),)


def of_value(value: str) -> tuple[str, ...]:
    if len(value) > 63:
        return (invalid(value, "must be no more than 63 characters"),)
    return () if not value or _QUALIFIED.fullmatch(value) else (invalid(
        value, "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
               "and must start and end with an alphanumeric character"),)


def invalid(value: object, why: str) -> str:
    return f"Invalid value: {_said(value)}: {why}"


def duplicate(value: object) -> str:
    return f"Duplicate value: {_said(value)}"


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def unsupported(value: object, supported: Sequence[str]) -> str:
    known = ", ".join(f'"{each}"' for each in supported)
    return f"Unsupported value: {_said(value)}: supported values: {known}"
