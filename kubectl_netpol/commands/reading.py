"""Which state of which cluster do the options speak of?"""
import sys

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import __version__, reports
from kubectl_netpol.core.overlay import overlaid, without
from kubectl_netpol.core.resolve import policy_named
from kubectl_netpol.core.targets import format_target
from kubectl_netpol.inputs.files import read
from kubectl_netpol.options import Options, Scope
from kubectl_netpol.snapshot import Snapshot


class Read(Struct, frozen=True):
    base: Snapshot                                              # as it is
    change: Snapshot                                            # what -f adds, with whole documents
    supposed: Snapshot                                          # as if -f were applied and --delete done
    notes: tuple[str, ...]


def snapshots_of(options: Options) -> Read:
    scope, verbosity = options.scope, options.printing.verbosity
    base = read(scope.offline, scope.namespace, stdin=sys.stdin.buffer, keep_documents=bool(scope.files or scope.deleted))
    change = read(scope.files, scope.namespace, stdin=sys.stdin.buffer, keep_documents=True) if scope.files else None
    added = change.snapshot if change else Snapshot()
    gone = [policy_named(target, scope.namespace, base.snapshot) for target in scope.deleted]
    supposed = overlaid(base.snapshot, added) if change else base.snapshot
    notes = [*base.notes, *(change.notes if change else ())]
    if verbosity and (unread := {kind: base.snapshot.unread.get(kind, 0) + added.unread.get(kind, 0)
                                 for kind in sorted({*base.snapshot.unread, *added.unread})}):
        notes.append("kinds that say nothing of connectivity: " + ", ".join(f"{kind} {count}" for kind, count in unread.items()))
    return Read(base.snapshot, added, without(supposed, gone), tuple(dict.fromkeys(notes)))


def scope_of(scope: Scope, *, as_if: bool = True) -> reports.Scope:
    """What the answer says of its own reach. In diff the overlay is the change, not what it is built on."""
    supposed = (*scope.files, *(f"--delete {format_target(target)}" for target in scope.deleted)) if as_if else ()
    return reports.Scope(
        context=None, server=None, namespaces=(scope.namespace,) if scope.namespace else (),
        offline=scope.offline, as_if=supposed, cni="generic", version=__version__)


def in_scope(scope: Scope, namespace: str) -> bool:
    return scope.namespace in (None, namespace)


def without_overlay(scope: Scope) -> Scope:
    return replace(scope, files=(), deleted=())
