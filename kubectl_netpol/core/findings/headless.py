"""Which ports of headless Services are not those of the pods?"""
from collections.abc import Iterator

from kubectl_netpol.core.endpoints import is_headless, selected_by, spec_of, target_of
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.serving import targets_on
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key


def headless_target_port(state: State) -> Iterator[Finding]:
    """"This field is ignored for services with clusterIP=None" (core/v1 ServicePort.targetPort): the number dialled is the pod's."""
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        pods = selected_by(service, state.cluster) if is_headless(service) else 0
        for place, port in enumerate((spec_of(service).ports or ()) if pods else ()):
            targets = sorted(set(targets_on(port, pods, state.cluster)) - {port.port})
            if targets:
                yield Finding(
                    id="headless-target-port", severity=Severity.WARNING, object=Key("Service", namespace, name),
                    path=f"spec.ports[{place}].targetPort",
                    facts={"port": str(port.port), "written": str(target_of(port)), "target": ", ".join(map(str, targets))})
