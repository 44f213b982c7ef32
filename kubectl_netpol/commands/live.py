"""What does a cluster hold of what is asked for, and what would -f make of it?"""
import sys

from kubectl_netpol.commands.asked import asked_of
from kubectl_netpol.core.needs import needs
from kubectl_netpol.core.overlay import overlaid
from kubectl_netpol.inputs.documents import STDIN
from kubectl_netpol.inputs.files import Reading
from kubectl_netpol.options import Options, Scope
from kubectl_netpol.render.words import sentence
from kubectl_netpol.server.change import change_of
from kubectl_netpol.server.connection import Server
from kubectl_netpol.server.kubectl import ApplyFlags
from kubectl_netpol.server.manifests import Manifests, written_in
from kubectl_netpol.server.proposal import merged_here
from kubectl_netpol.server.read import read
from kubectl_netpol.snapshot import Snapshot


def read_of(options: Options, change: Snapshot, cni: str, server: Server) -> Snapshot:
    """Read until nothing more is needed: which pods a Service selects is known only after the Service is."""
    asked, base = asked_of(options, change, server.login.namespace), Snapshot(read=frozenset(), cni=cni)
    while missing := needs(asked, overlaid(base, change)):
        base = read(missing, base, server)
    return base


def manifests_of(scope: Scope, server: Server, flags: ApplyFlags) -> Manifests:
    """-f, as kubectl takes it in this cluster."""
    home = server.login.namespace
    return Manifests(
        scope.files, sys.stdin.buffer.read() if STDIN in scope.files else None, scope.connection,
        scope.namespace if scope.namespace != home else None, scope.namespace or home, flags)


def change_by(scope: Scope, server: Server) -> Reading:
    """The objects of -f as kubectl apply would merge them with those of the cluster. Nobody is asked to try it: that is what diff does."""
    manifests = manifests_of(scope, server, ApplyFlags())
    merged, remarks = merged_here(manifests, server)
    change = change_of(merged, written_in(manifests))
    return Reading(change.snapshot, tuple(sentence(each.code, each.facts) for each in (*remarks, *change.remarks)))
