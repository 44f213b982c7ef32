"""Which pods, on which of their ports, does an object have others call?"""
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.classes import Cluster, bits
from kubectl_netpol.core.endpoints import backends_of, pod_port, selected_by, selects_pods
from kubectl_netpol.core.ports import PortRange, Protocol
from kubectl_netpol.core.workloads import Pod
from kubectl_netpol.snapshot import Key

TCP = Protocol.TCP.value


class Called(Struct, frozen=True):
    """Some pods of a class, and the ports that they are called on: any of them will do."""

    place: int
    ports: tuple[PortRange, ...]
    workloads: tuple[Key, ...]


class Call(Struct, frozen=True):
    by: Key                                                     # who wants it: a webhook's object, a monitor, what has an annotation
    called: Called
    service: Key | None = None                                  # through which
    service_port: int | None = None
    is_of_api_server: bool = False                              # else of what gathers metrics


Numbers = Callable[[Pod], Iterable[int]]                        # the ports on which a pod is called


def called_of(places: Iterable[int], numbers: Numbers, cluster: Cluster) -> Iterator[Called]:
    """Pods that policies cannot tell apart may differ in the ports that they are called on."""
    for place in places:
        found: dict[tuple[int, ...], set[Key]] = {}
        for pod in cluster.classes[place]:
            own = tuple(sorted(set(numbers(pod)))) if pod.replicas else ()
            if own:
                found.setdefault(own, set()).add(pod.workload)
        for own, workloads in found.items():
            yield Called(place, tuple(map(_tcp, own)), tuple(sorted(workloads)))


def called_behind(service: api.Service, port: api.ServicePort, cluster: Cluster) -> Iterator[Called]:
    """Of a headless Service too it is the pod port: who looks into EndpointSlices finds it there."""
    if selects_pods(service):
        yield from called_of(bits(selected_by(service, cluster)), lambda pod: filter(None, [pod_port(port, pod)]), cluster)
        return
    for backend in backends_of(service, port, cluster):
        if backend.place is not None:
            yield Called(backend.place, (_tcp(backend.port),), tuple(sorted({pod.workload for pod in backend.pods})))


def _tcp(number: int) -> PortRange:
    return PortRange(TCP, number, number)
