"""diff: what would a change do to manifests, connections, isolation and findings?"""
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.apply.proposed import file_writes, key_of, policy_writes, remarks_of, shown
from kubectl_netpol.commands.changes import changes_between, external_diff, finding_changes, manifest_changes, merged_changes
from kubectl_netpol.commands.explain.connectivity import pod_ports, reported_end, reported_group
from kubectl_netpol.commands.explain.findings import findings_aside, findings_in
from kubectl_netpol.commands.outcome import Applying, Outcome
from kubectl_netpol.commands.planning import mentioned, planned
from kubectl_netpol.commands.plugin import plugin_of
from kubectl_netpol.commands.reading import Read, at_plugin, in_scope, scope_of, snapshots_of, with_gaps
from kubectl_netpol.core.connections import Ports
from kubectl_netpol.core.differences import ConnectionDifference, connection_differences
from kubectl_netpol.core.findings import newly_isolated
from kubectl_netpol.core.intents import format_intent
from kubectl_netpol.core.overlay import overlaid, without
from kubectl_netpol.core.resolve import policy_named
from kubectl_netpol.core.states import State, states_of
from kubectl_netpol.core.suggestions import Draft, policies_in
from kubectl_netpol.core.writes import Write
from kubectl_netpol.errors import Exit, NetpolError
from kubectl_netpol.inputs.files import read
from kubectl_netpol.options import By, Diff, Explain
from kubectl_netpol.render.words import sentence
from kubectl_netpol.snapshot import Snapshot

if TYPE_CHECKING:
    from kubectl_netpol.server.connection import Server
    from kubectl_netpol.server.kubectl import Merged
    from kubectl_netpol.server.manifests import Manifests

_CHANGED = 1                                                    # as kubectl diff


def diff(options: Diff, server: Server | None = None) -> Outcome:
    wants = options.is_suggestion or bool(options.change.targets or options.change.wishes or options.scope.selector)
    if wants and options.to_offline:
        raise NetpolError("--to-offline is the whole state after: nothing is suggested on it", hint="leave out one of both")
    asked = _asked(options, server) if server and options.scope.files else None
    first = asked.read if asked else snapshots_of(options, server)
    options = at_plugin(options, first)
    after, notes, drafts = _after(options, first, wants=wants)
    states = states_of((first.base, after), *mentioned(options.change))
    report = _report(options, *states)
    if asked:
        report = _as_kubectl(report, asked, after)
    differs = report.manifests or report.services or report.isolated or report.connections
    outcome = Outcome(report, _CHANGED if differs else Exit.OK, tuple(dict.fromkeys((*first.notes, *notes))), found_in=states)
    if server and options.apply.wanted:
        writes = (*_file_writes(asked, server), *_policy_writes(options, first.base, drafts))
        guessed = tuple(format_intent(each.intent) for draft in drafts for each in draft.stated if each.guessed)
        remarks = tuple(remarks_of(drafts, states[1], options.scope.pod_cidrs))
        outcome = replace(outcome, applying=Applying(shown(writes, report.manifests), states[0], states[1], guessed, remarks))
    return with_gaps(outcome, first.base)


def _policy_writes(options: Diff, base: Snapshot, drafts: Sequence[Draft]) -> tuple[Write, ...]:
    gone = [policy_named(target, options.scope.namespace, base) for target in options.scope.deleted]
    return policy_writes(base, policies_in(drafts), gone)


def _file_writes(asked: _Asked | None, server: Server) -> tuple[Write, ...]:
    from kubectl_netpol.server.live import found_live
    from kubectl_netpol.server.manifests import bodies_of
    if asked is None:
        return ()
    merged, manifests = asked.merged, asked.manifests
    sides = {key_of(merged.merged[name]): (merged.live.get(name), merged.merged[name]) for name in merged.diffs}
    placed = found_live(bodies_of(manifests), manifests.default_namespace, server)
    return file_writes(sides, [each.manifest for each in placed])


class _Asked(Struct, frozen=True):
    """What kubectl and the server say of -f."""

    read: Read
    merged: Merged
    manifests: Manifests
    notes: tuple[str, ...]                                      # of the answer


def _asked(options: Diff, server: Server) -> _Asked:
    from kubectl_netpol.commands.live import manifests_of, read_of
    from kubectl_netpol.server.change import change_of
    from kubectl_netpol.server.kubectl import ApplyFlags, messages_of
    from kubectl_netpol.server.manifests import written_in
    from kubectl_netpol.server.proposal import proposal_of
    scope, apply = options.scope, options.apply
    flags = ApplyFlags(apply.server_side, apply.field_manager, apply.force_conflicts and apply.server_side)
    manifests = manifests_of(scope, server, flags)
    merged, remarks = proposal_of(manifests, server, os.environ)
    change = change_of(merged, written_in(manifests))
    plugin = plugin_of(scope, server)
    base = read_of(options, change.snapshot, plugin.name, server)
    gone = [policy_named(target, scope.namespace, base) for target in scope.deleted]
    warnings, messages = messages_of(merged)
    server.warnings += [text for text in warnings if text not in server.warnings]
    read = Read(base, change.snapshot, without(overlaid(base, change.snapshot), gone), (*plugin.notes, *messages))
    return _Asked(read, merged, manifests, tuple(sentence(each.code, each.facts) for each in (*remarks, *change.remarks)))


def _as_kubectl(report: reports.Difference, asked: _Asked, after: Snapshot) -> reports.Difference:
    """The manifests of -f as kubectl diff shows them; those that are suggested or deleted beside them come after."""
    others = manifest_changes(overlaid(asked.read.base, asked.read.change), after)
    return replace(report, manifests=(*merged_changes(asked.merged), *others), external_diff=external_diff(asked.merged), notes=asked.notes)


def _after(options: Diff, first: Read, *, wants: bool) -> tuple[Snapshot, tuple[str, ...], tuple[Draft, ...]]:
    """The state after, what was noted on the way to it, and what was suggested for it."""
    if options.to_offline:
        found = read(options.to_offline, options.scope.namespace, keep=None)
        return replace(overlaid(found.snapshot, first.change), cni=first.base.cni), found.notes, ()
    if wants:
        plan = planned(options.scope, options.change, first.supposed)
        notes = tuple(sentence(each.code, each.facts) for each in plan.remarks)
        return overlaid(first.supposed, Snapshot(policies=policies_in(plan.drafts))), notes, plan.drafts
    return first.supposed, (), ()


def _report(options: Diff, before: State, after: State) -> reports.Difference:
    new = Explain(scope=replace(options.scope, offline=options.to_offline or options.scope.offline))
    with findings_aside(before, Explain(scope=replace(options.scope, files=(), deleted=()))) as old:
        changes = changes_between(before, after)
        found = findings_in(after, new, also=newly_isolated(before, after))
        findings = finding_changes(old().reported, found.reported)
    groups: tuple[reports.Group, ...] = ()
    connections: tuple[reports.ConnectionChange, ...] = ()
    if options.by is By.WORKLOAD:
        groups, connections = _connections(before, after)
    report = reports.Difference(
        scope=scope_of(options.scope, as_if=False), manifests=changes.manifests, services=changes.services,
        unchanged=changes.unchanged, isolated=changes.isolated, findings=findings, groups=groups, connections=connections)
    return _within(options, report) if options.to_offline else report


def _within(options: Diff, report: reports.Difference) -> reports.Difference:
    """Of whole trees, what -n asks for; a change of a few objects is shown wherever it reaches."""
    scope = options.scope
    return replace(
        report, manifests=tuple(each for each in report.manifests if in_scope(scope, each.object.namespace)),
        services=tuple(each for each in report.services if in_scope(scope, each.service.namespace)),
        unchanged=tuple(each for each in report.unchanged if in_scope(scope, each.service.namespace)),
        isolated=tuple(each for each in report.isolated if in_scope(scope, each.workload.namespace)))


def _connections(before: State, after: State) -> tuple[tuple[reports.Group, ...], tuple[reports.ConnectionChange, ...]]:
    groups, connections = connection_differences(before, after)
    shown = {end for each in connections for end in (each.source, each.destination) if isinstance(end, int)}
    return (tuple(reported_group(number, group) for number, group in enumerate(groups) if number in shown),
            _reported(connections))


def _reported(connections: Sequence[ConnectionDifference]) -> tuple[reports.ConnectionChange, ...]:
    return tuple(
        reports.ConnectionChange(
            _change(each.before, each.after), reported_end(each.source), reported_end(each.destination),
            pod_ports(each.before.sure), pod_ports(each.after.sure), pod_ports(each.before.unsure), pod_ports(each.after.unsure))
        for each in connections)


def _change(before: Ports, after: Ports) -> str:
    return "changed" if before and after else "added" if after else "removed"
