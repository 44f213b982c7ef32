"""By the rules of which network plugin is a cluster judged? The one that is named, or with --cni auto the one that runs there."""
from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.core.detection import detected
from kubectl_netpol.options import AUTO, Scope
from kubectl_netpol.render.words import listed, object_names, sentence
from kubectl_netpol.snapshot import Listing, Snapshot

if TYPE_CHECKING:
    from kubectl_netpol.server.connection import Server


class Plugin(Struct, frozen=True):
    name: str
    notes: tuple[str, ...] = ()                                 # why it is taken for this one


def plugin_in(scope: Scope, snapshot: Snapshot) -> Plugin:
    """Of files."""
    if scope.cni != AUTO:
        return Plugin(scope.cni)
    found = detected(snapshot)
    where = sorted({each.namespace for each in found.objects})
    facts = {"plugin": found.name, "objects": listed(object_names(map(object_ref, found.objects), where[0] if where else None)),
             "namespace": where[0] if where else ""}
    return Plugin(found.name, (sentence(f"plugin-{found.reason}", facts),))


def plugin_of(scope: Scope, server: Server) -> Plugin:
    """Of a cluster, read apart: what runs in other namespaces is no part of the question."""
    if scope.cni != AUTO:
        return Plugin(scope.cni)
    from kubectl_netpol.server.read import read
    return plugin_in(scope, read((Listing("APIGroup"), Listing("DaemonSet")), Snapshot(read=frozenset()), server))
