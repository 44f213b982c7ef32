"""explain: which form of the question was asked?"""
from kubectl_netpol.commands.explain.connectivity import explain_connectivity
from kubectl_netpol.commands.explain.namespaces import explain_namespace
from kubectl_netpol.commands.explain.policies import explain_policy
from kubectl_netpol.commands.explain.questions import explain_questions
from kubectl_netpol.commands.explain.service import explain_service
from kubectl_netpol.commands.explain.services import explain_reach, explain_services
from kubectl_netpol.commands.explain.workloads import explain_workload
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import snapshots_of
from kubectl_netpol.core.resolve import checked_home, targets_in
from kubectl_netpol.core.targets import Target, TargetKind
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import By, Explain


def explain(options: Explain) -> Outcome:
    read = snapshots_of(options)
    checked_home(options.scope.namespace, read.supposed)
    if not options.targets:
        if options.by is By.WORKLOAD:
            return explain_connectivity(options, read)
        return explain_reach(options, read) if options.sources else explain_services(options, read)
    targets = tuple(each for target in options.targets for each in targets_in(target, options.scope.namespace, read.supposed))
    if options.sources or options.destinations:
        return explain_questions(options, read, targets)
    if all(target.kind is TargetKind.SERVICE for target in targets) and (len(targets) != 1 or options.targets[0].name is None):
        return explain_services(options, read, targets)
    return _report(options)(options, read, _only(targets))


def _report(options: Explain):  # type: ignore[no-untyped-def]
    match options.targets[0].kind:
        case TargetKind.SERVICE:
            return explain_service
        case TargetKind.NETWORKPOLICY:
            return explain_policy
        case TargetKind.NAMESPACE:
            return explain_namespace
        case _:
            return explain_workload


def _only(targets: tuple[Target, ...]) -> Target:
    if len(targets) != 1:
        raise NetpolError(f"{len(targets)} targets", hint="explain one at a time")
    return targets[0]
