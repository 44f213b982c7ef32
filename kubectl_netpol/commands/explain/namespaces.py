"""explain ns/NAME: what is isolated there, what do its Services admit, and whereto may its pods connect?"""
from collections.abc import Iterator

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.leaving import leaving
from kubectl_netpol.commands.explain.services import service_access, unprotected
from kubectl_netpol.commands.explain.view import View
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.reading import scope_of
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Target
from kubectl_netpol.options import Explain, Scope


def namespace_report(target: Target, options: Explain, view: View) -> reports.NamespaceReport:
    state, name = view.state, target.name or ""
    pods = state.cluster.by_namespace.get(name, 0)
    return reports.NamespaceReport(
        scope=scope_of(options.scope), namespace=name, isolated=tuple(_isolated(pods, state)),
        unprotected=unprotected(state, Scope(namespace=name)),
        services=tuple(service_access(service, state) for service in view.services(name)),
        leaves=leaving(pods, name, state), findings=())


def _isolated(pods: int, state: State) -> Iterator[reports.Isolation]:
    """Workloads with pods that a policy isolates; what it does to those of the host network is not known."""
    for direction in Direction:
        places = bits(pods & state.judge.rules.isolated[direction].sure)
        for workload in sorted({pod.workload for place in places for pod in state.cluster.classes[place]}):
            yield reports.Isolation(object_ref(workload), direction.value.lower())
