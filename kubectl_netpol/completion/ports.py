"""Which ports has what is named? Of a Service those that clients dial, of a workload those of its pods."""
from collections import Counter
from collections.abc import Iterator

from kubectl_netpol import api
from kubectl_netpol.completion.line import Candidate
from kubectl_netpol.completion.names import Place, objects
from kubectl_netpol.core.endpoints import protocol_of, spec_of, target_of
from kubectl_netpol.core.ports import Protocol
from kubectl_netpol.core.targets import Target, TargetKind


def ports_of(target: Target, typed: str, place: Place) -> list[Candidate]:
    """Names of ports, or else numbers; after a comma one more of them."""
    assert target.name
    before, _, last = typed.rpartition(",")
    start = f"{before}," if before else ""
    found = [each for thing in objects(target.kind, target.namespace, target.name, place) for each in _ports(thing)]
    candidates = [(name or number, said) for name, number, said in found]
    if not any(value.startswith(last) for value, _ in candidates):
        candidates = [(number, said) for _, number, said in found]
    return [(start + value, said) for value, said in candidates]


def ports_of_services(typed: str, place: Place) -> list[Candidate]:
    """The numbers, each with the Services that have it."""
    before, _, _ = typed.rpartition(",")
    start = f"{before}," if before else ""
    services: dict[str, set[str]] = {}
    for service in objects(TargetKind.SERVICE, None, None, place):
        for name, number, _ in _ports(service):
            services.setdefault(number, set()).add(f"svc/{service.metadata.name}" + (f":{name}" if name else ""))
    return [(start + number, ", ".join(sorted(those)[:3])) for number, those in services.items()]


def _ports(thing: api.Service | api.Pod | api.Workload | api.CronJob) -> Iterator[tuple[str | None, str, str]]:
    """The name, the number (with the protocol where several have it), and what it is."""
    if isinstance(thing, api.Service):
        ports = spec_of(thing).ports or ()
        times = Counter(port.port for port in ports)
        for port in ports:
            whole = f"{port.port}/{protocol_of(port)}"
            yield port.name, whole if times[port.port] > 1 else str(port.port), f"{whole} → {target_of(port)}"
        return
    spec = _pod_spec(thing.spec)
    for container in (spec and spec.containers) or ():
        for each in container.ports or ():
            yield each.name, str(each.container_port), f"{each.container_port}/{each.protocol or Protocol.TCP.value}"


def _pod_spec(spec: api.PodSpec | api.WorkloadSpec | api.CronJobSpec | None) -> api.PodSpec | None:
    """Of a pod, or of the template of its pods."""
    match spec:
        case api.WorkloadSpec(template=template): return template.spec if template else None
        case api.CronJobSpec(job_template=job): return _pod_spec(job.spec) if job else None
        case _: return spec
