"""Which names does the cluster hold? One small request, which gives up before anybody waits."""
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.completion.patience import SECONDS, patiently
from kubectl_netpol.options import Connection
from kubectl_netpol.server.connection import connect
from kubectl_netpol.server.kubeconfig import login_of
from kubectl_netpol.server.resources import path_of
from kubectl_netpol.snapshot import Listing

_MOST = "500"                                                   # names; nobody looks through more
_TYPES: dict[str, Any] = {"Service": api.Service, "Pod": api.Pod, "CronJob": api.CronJob}


class _Metadata(Struct, frozen=True):
    name: str
    namespace: str = ""


class _Named(Struct, frozen=True):
    metadata: _Metadata


class _Names(Struct, frozen=True):
    items: tuple[_Named, ...] | None = None


def namespace_of(connection: Connection, environ: Mapping[str, str]) -> str:
    """That of the context; nothing is asked of any server."""
    return login_of(connection, environ).namespace


def names(kind: str, namespace: str, connection: Connection, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Namespaces and names, of one namespace or of all."""
    body = _listed(Listing(kind, namespace), {"limit": _MOST}, connection, environ)
    return [(each.metadata.namespace, each.metadata.name) for each in msgspec.json.decode(body, type=_Names).items or ()]


def objects(kind: str, namespace: str, name: str | None, connection: Connection, environ: Mapping[str, str]) -> list[Any]:
    """All of that name, or of any."""
    only = {"fieldSelector": f"metadata.name={name}"} if name else {}
    body = _listed(Listing(kind, namespace), {"limit": _MOST, **only}, connection, environ)
    items = msgspec.json.decode(body, type=dict[str, Any]).get("items")
    return [msgspec.convert(each, _TYPES.get(kind, api.Workload)) for each in items or ()]


def _listed(listing: Listing, query: Mapping[str, str], connection: Connection, environ: Mapping[str, str]) -> bytes:
    import_module("urllib3")                                    # takes its time: only the server is waited for
    patient = replace(connection, request_timeout=connection.request_timeout or f"{SECONDS:.0f}s")
    return patiently(lambda: connect(login_of(patient, environ)).get(path_of(listing), query))
