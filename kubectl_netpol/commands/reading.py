"""Which state of which cluster do the options speak of?"""
import sys
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import __version__, reports
from kubectl_netpol.core.overlay import overlaid, without
from kubectl_netpol.core.resolve import policy_named
from kubectl_netpol.core.targets import format_target
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.files import STDIN, Reading, read
from kubectl_netpol.options import Diff, Options, Scope
from kubectl_netpol.snapshot import Snapshot


class Read(Struct, frozen=True):
    base: Snapshot                                              # as it is
    change: Snapshot                                            # what -f adds, with whole documents
    supposed: Snapshot                                          # as if -f were applied and --delete done
    notes: tuple[str, ...]


def snapshots_of(options: Options) -> Read:
    """Whole documents are kept where diff shows them: of what -f changes beside policies, whose Structs are complete."""
    scope, shows_manifests = options.scope, isinstance(options, Diff)
    if (scope.offline + scope.files).count(STDIN) > 1:
        raise NetpolError("stdin can be read once only", hint="name a file in place of one of the -")
    change = read(scope.files, scope.namespace, stdin=sys.stdin.buffer, keep=None if shows_manifests else frozenset()) \
        if scope.files else Reading(Snapshot())
    shown = frozenset(key for key in change.snapshot.documents if key.kind != "NetworkPolicy")
    is_whole = isinstance(options, Diff) and bool(options.to_offline)
    base = read(scope.offline, scope.namespace, stdin=sys.stdin.buffer, keep=None if is_whole else shown)
    gone = [policy_named(target, scope.namespace, base.snapshot) for target in scope.deleted]
    notes = tuple(dict.fromkeys((*base.notes, *change.notes, *_unread(options, base.snapshot, change.snapshot))))
    return Read(base.snapshot, change.snapshot, without(overlaid(base.snapshot, change.snapshot), gone), notes)


def _unread(options: Options, *snapshots: Snapshot) -> Iterator[str]:
    unread = sum((Counter(snapshot.unread) for snapshot in snapshots), Counter[str]())
    if options.printing.verbosity and unread:
        yield "kinds that say nothing of connectivity: " + ", ".join(f"{kind} {count}" for kind, count in sorted(unread.items()))


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
