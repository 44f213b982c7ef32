"""explain: which form of the question was asked?"""
from kubectl_netpol.commands.explain.connectivity import explain_connectivity
from kubectl_netpol.commands.explain.objects import explain_objects
from kubectl_netpol.commands.explain.questions import explain_questions
from kubectl_netpol.commands.explain.services import explain_reach, explain_services
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import snapshots_of
from kubectl_netpol.core.resolve import checked_home, targets_in
from kubectl_netpol.core.targets import TargetKind
from kubectl_netpol.options import By, Explain


def explain(options: Explain) -> Outcome:
    read = snapshots_of(options)
    checked_home(options.scope.namespace, read.supposed)
    if not options.targets:
        if options.by is By.WORKLOAD:
            return explain_connectivity(options, read)
        return explain_reach(options, read) if options.sources else explain_services(options, read)
    scope = options.scope
    found = (each for target in options.targets for each in targets_in(target, scope.namespace, read.supposed, scope.selector))
    targets = tuple(dict.fromkeys(found))
    if options.sources or options.destinations:
        return explain_questions(options, read, targets)
    are_services = all(target.kind is TargetKind.SERVICE for target in options.targets)
    if are_services and (len(targets) != 1 or options.targets[0].name is None):
        return explain_services(options, read, targets)
    return explain_objects(options, read, targets)
