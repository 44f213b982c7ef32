"""Which state of which cluster do the options speak of?"""
from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import __version__, reports
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.plugin import plugin_in, plugin_of
from kubectl_netpol.core.enforcement import heeds_tiers
from kubectl_netpol.core.engines import objects_in
from kubectl_netpol.core.overlay import overlaid, without
from kubectl_netpol.core.resolve import policy_named
from kubectl_netpol.core.targets import format_target
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.documents import STDIN
from kubectl_netpol.inputs.files import Reading, read
from kubectl_netpol.options import Diff, Options, Scope
from kubectl_netpol.render.words import count_of, listed, object_names, right, sentence
from kubectl_netpol.server.resources import resource_of
from kubectl_netpol.snapshot import Key, Listing, Snapshot

if TYPE_CHECKING:                                               # files are read without it
    from kubectl_netpol.server.connection import Server


AnyOptions = TypeVar("AnyOptions", bound=Options)


class Read(Struct, frozen=True):
    base: Snapshot                                              # as it is
    change: Snapshot                                            # what -f adds, with whole documents
    supposed: Snapshot                                          # as if -f were applied and --delete done
    notes: tuple[str, ...]


def snapshots_of(options: Options, server: Server | None = None) -> Read:
    """Of files where there is no server. Whole documents are kept where diff shows them: of what -f changes beside policies,
    whose Structs are complete."""
    scope = options.scope
    if (scope.offline + scope.files).count(STDIN) > 1:
        raise NetpolError("stdin can be read once only", hint="name a file in place of one of the -")
    change = _change(options, server) if scope.files else Reading(Snapshot())
    shown = frozenset(key for key in change.snapshot.documents if key.kind != "NetworkPolicy")
    is_whole = isinstance(options, Diff) and bool(options.to_offline)
    base = _of_server(options, change.snapshot, server) if server else _of_files(scope, None if is_whole else shown)
    gone = [policy_named(target, scope.namespace, base.snapshot) for target in scope.deleted]
    notes = tuple(dict.fromkeys((*base.notes, *change.notes, *_unread(options, base.snapshot, change.snapshot))))
    return Read(base.snapshot, change.snapshot, without(overlaid(base.snapshot, change.snapshot), gone), notes)


def _of_files(scope: Scope, keep: frozenset[Key] | None) -> Reading:
    found = read(scope.offline, scope.namespace, stdin=sys.stdin.buffer, keep=keep)
    plugin = plugin_in(scope, found.snapshot)
    return Reading(replace(found.snapshot, cni=plugin.name), (*found.notes, *plugin.notes))


def at_plugin(options: AnyOptions, read: Read) -> AnyOptions:
    """The options with the network plugin that was found, where --cni auto asks for it."""
    return replace(options, scope=replace(options.scope, cni=read.base.cni))


def _of_server(options: Options, change: Snapshot, server: Server) -> Reading:
    from kubectl_netpol.commands.live import read_of
    plugin = plugin_of(options.scope, server)
    return Reading(read_of(options, change, plugin.name, server), plugin.notes)


def _change(options: Options, server: Server | None) -> Reading:
    """Offline -f replaces an object whole, live it is merged."""
    scope = options.scope
    if server:
        from kubectl_netpol.commands.live import change_by
        return change_by(scope, server)
    return read(scope.files, scope.namespace, stdin=sys.stdin.buffer, keep=None if isinstance(options, Diff) else frozenset())


def _unread(options: Options, *snapshots: Snapshot) -> Iterator[str]:
    unread = sum((Counter(snapshot.unread) for snapshot in snapshots), Counter[str]())
    if options.printing.verbosity and unread:
        yield "kinds that are not looked at: " + ", ".join(f"{kind} {count}" for kind, count in sorted(unread.items()))


def scope_of(scope: Scope, *, as_if: bool = True) -> reports.Scope:
    """What the answer says of its own reach. In diff the overlay is the change, not what it is built on."""
    supposed = (*scope.files, *(f"--delete {format_target(target)}" for target in scope.deleted)) if as_if else ()
    return reports.Scope(
        context=scope.context, server=scope.server, namespaces=(scope.namespace,) if scope.namespace else (),
        offline=scope.offline, as_if=supposed, cni=scope.cni, version=__version__)


def permission(listing: Listing) -> str:
    """The right that a listing needs, in words."""
    return right(listing.verb, resource_of(listing.kind), _where(listing))


def _where(listing: Listing) -> str:
    """The namespace in which a right is wanted: of a Namespace its own, as the API server says it too."""
    return listing.name if listing.kind == "Namespace" else listing.namespace


def gaps_of(snapshot: Snapshot) -> tuple[reports.Gap, ...]:
    """What could not be read. A list of all namespaces is no gap where these are known, and were read one by one."""
    found = (reports.Gap(each.verb, resource_of(each.kind), _where(each), reason) for each, reason in sorted(snapshot.gaps.items())
             if not _is_made_up_for(each, snapshot))
    return tuple({(gap.verb, gap.resource, gap.namespace): gap for gap in found}.values())


def _is_made_up_for(listing: Listing, snapshot: Snapshot) -> bool:
    is_wide = not listing.namespace and snapshot.has_read(Listing("Namespace"))
    return is_wide and all(snapshot.has_read(Listing(listing.kind, name)) for name in snapshot.namespaces)


def with_gaps(outcome: Outcome, snapshot: Snapshot) -> Outcome:
    """The outcome with what could not be read, and where all namespaces were asked for, with those that were."""
    notes = (*outcome.report.notes, *_not_implemented(outcome), *_not_evaluated(outcome))
    report = replace(outcome.report, gaps=gaps_of(snapshot), notes=notes)
    if Listing("Service") not in snapshot.gaps:
        return replace(outcome, report=report)
    seen = tuple(sorted(each.namespace for each in snapshot.read or () if each == Listing("Service", each.namespace)))
    note = sentence("seen-namespaces", {"namespaces": ", ".join(seen)})
    return replace(outcome, report=replace(report, scope=replace(report.scope, namespaces=seen), notes=(*report.notes, note)))


def _not_implemented(outcome: Outcome) -> Iterator[str]:
    """Which policies of administrators the network plugin does not heed, or only perhaps."""
    for state in outcome.found_in[-1:]:
        profile = state.cluster.profile
        for is_heeded, code in ((False, "tiers-unheeded"), (None, "tiers-doubtful")):
            keys = [key for key in state.tiers if heeds_tiers(key.kind, profile) is is_heeded] if profile.enforces else []
            if keys:
                names = object_names(map(object_ref, sorted(keys)), None)
                yield sentence(code, {
                    "policies": listed(names), "plugin": profile.name, "it": "it" if len(keys) == 1 else "them"})


def _not_evaluated(outcome: Outcome) -> Iterator[str]:
    """How many policies of other engines concern the pods of a map; an answer names each in its steps."""
    if isinstance(outcome.report, reports.Answer | reports.AnswerList | reports.FindingList):
        return
    for state in outcome.found_in[-1:]:
        homes, cluster = outcome.report.scope.namespaces, state.cluster
        pods = reduce(or_, (cluster.by_namespace.get(home, 0) for home in homes), 0) if homes else cluster.pods.everyone
        concerns = state.judge.concerns.every
        kinds = Counter(key.kind for key in objects_in(each for each in concerns if each.pods.maybe & pods))
        if kinds:
            yield sentence("not-evaluated", {"policies": ", ".join(count_of(number, kind) for kind, number in sorted(kinds.items()))})


def refuse_unread(snapshot: Snapshot) -> None:
    """A map without any list of Services would look like a cluster without Services."""
    lists = [each for each in snapshot.gaps if each == Listing("Service", each.namespace)]
    if lists and not any(each == Listing("Service", each.namespace) for each in snapshot.read or ()):
        raise NetpolError(snapshot.gaps[lists[-1]], hint=f"it needs the right to {permission(lists[-1])}; "
                                                         "kubectl auth can-i --list -n NAMESPACE shows those that you have")


def in_scope(scope: Scope, namespace: str) -> bool:
    return scope.namespace in (None, namespace)


def without_overlay(scope: Scope) -> Scope:
    return replace(scope, files=(), deleted=())
