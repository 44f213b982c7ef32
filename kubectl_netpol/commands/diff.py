"""diff: what would a change do to manifests, connections, isolation and findings?"""
from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.changes import changes_between, finding_changes
from kubectl_netpol.commands.explain.connectivity import pod_ports, reported_end, reported_group
from kubectl_netpol.commands.explain.findings import findings_in
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.planning import mentioned, planned
from kubectl_netpol.commands.reading import Read, in_scope, scope_of, snapshots_of
from kubectl_netpol.core.connections import Ports
from kubectl_netpol.core.differences import ConnectionDifference, connection_differences
from kubectl_netpol.core.findings import newly_isolated
from kubectl_netpol.core.overlay import overlaid
from kubectl_netpol.core.states import State, states_of
from kubectl_netpol.core.suggestions import policies_in
from kubectl_netpol.errors import Exit, NetpolError
from kubectl_netpol.inputs.files import read
from kubectl_netpol.options import By, Diff, Explain
from kubectl_netpol.render.words import sentence
from kubectl_netpol.snapshot import Snapshot

_CHANGED = 1                                                    # as kubectl diff


def diff(options: Diff) -> Outcome:
    wants = bool(options.change.targets or options.change.wishes or options.scope.selector)
    if wants and options.to_offline:
        raise NetpolError("--to-offline is the whole state after: nothing is suggested on it", hint="leave out one of both")
    first = snapshots_of(options)
    after, notes = _after(options, first, wants=wants)
    states = states_of((first.base, after), *mentioned(options.change))
    report = _report(options, *states)
    differs = report.manifests or report.services or report.isolated or report.connections
    return Outcome(report, _CHANGED if differs else Exit.OK, tuple(dict.fromkeys((*first.notes, *notes))))


def _after(options: Diff, first: Read, *, wants: bool) -> tuple[Snapshot, tuple[str, ...]]:
    """The state after, and what was noted on the way to it."""
    if options.to_offline:
        found = read(options.to_offline, options.scope.namespace, keep=None)
        return overlaid(found.snapshot, first.change), found.notes
    if wants:
        plan = planned(options.scope, options.change, first.supposed)
        notes = tuple(sentence(each.code, each.facts) for each in plan.remarks)
        return overlaid(first.supposed, Snapshot(policies=policies_in(plan.drafts))), notes
    return first.supposed, ()


def _report(options: Diff, before: State, after: State) -> reports.Difference:
    changes = changes_between(before, after)
    old = Explain(scope=replace(options.scope, files=(), deleted=()))
    new = Explain(scope=replace(options.scope, offline=options.to_offline or options.scope.offline))
    findings = finding_changes(
        findings_in(before, old).reported, findings_in(after, new, also=newly_isolated(before, after)).reported)
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
