"""explain: which form of the question was asked? Only that form is imported."""
from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import Read, at_plugin, snapshots_of, with_gaps
from kubectl_netpol.core.resolve import checked_home, refuse_hidden, targets_in
from kubectl_netpol.core.targets import TargetKind
from kubectl_netpol.options import By, Explain

if TYPE_CHECKING:
    from kubectl_netpol.server.connection import Server


def explain(options: Explain, server: Server | None = None) -> Outcome:
    read = snapshots_of(options, server)
    options = at_plugin(options, read)
    checked_home(options.scope.namespace, read.supposed)
    return with_gaps(_found(options, read), read.base)


def _found(options: Explain, read: Read) -> Outcome:
    if options.only is None:
        return _of_targets(options, read) if options.targets else _of_all(options, read)
    from kubectl_netpol.commands.explain.findings import explain_findings, only_findings
    return only_findings(_of_targets(options, read)) if options.targets else explain_findings(options, read)


def _of_all(options: Explain, read: Read) -> Outcome:
    if options.by is By.WORKLOAD:
        from kubectl_netpol.commands.explain.connectivity import explain_connectivity
        return explain_connectivity(options, read)
    from kubectl_netpol.commands.explain.services import explain_reach, explain_services
    return explain_reach(options, read) if options.sources else explain_services(options, read)


def _of_targets(options: Explain, read: Read) -> Outcome:
    if any(target.kind is TargetKind.DIALLED for target in options.targets):
        from kubectl_netpol.commands.explain.dialled import objects_meant
        options, read = objects_meant(options, read)
    scope = options.scope
    found = (each for target in options.targets for each in targets_in(target, scope.namespace, read.supposed, scope.selector))
    targets = tuple(dict.fromkeys(found))
    if options.sources or options.destinations:
        from kubectl_netpol.commands.explain.questions import explain_questions
        return explain_questions(options, read, targets)
    kinds = {target.kind for target in targets}
    nowhere = (replace(each, namespace=each.namespace or scope.namespace) for each in options.targets if each.kind not in kinds)
    for target in (*targets, *nowhere):
        refuse_hidden(target, read.supposed)
    are_services = all(target.kind is TargetKind.SERVICE for target in options.targets)
    if are_services and (len(targets) != 1 or options.targets[0].name is None):
        from kubectl_netpol.commands.explain.services import explain_services
        return explain_services(options, read, targets)
    from kubectl_netpol.commands.explain.objects import explain_objects
    return explain_objects(options, read, targets)
