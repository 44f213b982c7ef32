"""explain svc/NAME[:PORT]: which way does each port go, and what does each policy on its pods mean for it?"""
from kubectl_netpol import reports
from kubectl_netpol.commands.explain.meanings import meanings_for
from kubectl_netpol.commands.explain.services import service_access
from kubectl_netpol.commands.explain.view import View
from kubectl_netpol.commands.explain.ways import ways_of
from kubectl_netpol.commands.reading import scope_of
from kubectl_netpol.core.endpoints import selected_by
from kubectl_netpol.core.resolve import service_ports
from kubectl_netpol.core.targets import Target
from kubectl_netpol.options import Explain


def service_report(target: Target, options: Explain, view: View) -> reports.ServiceReport:
    state = view.state
    service = state.snapshot.services[target.namespace or "", target.name or ""]
    ports = service_ports(service, target.ports, view.state.cluster).ports
    behind = selected_by(service, state.cluster)
    for front in view.fronts(target.namespace or ""):
        behind |= front.pods * (front.service is service)
    return reports.ServiceReport(
        scope=scope_of(options.scope), service=service_access(service, state, ports), steps=ways_of(service, ports, state),
        rules=meanings_for(behind, view), findings=())
