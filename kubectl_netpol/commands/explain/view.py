"""Which Service ports lead to which pod ports? Those of each namespace are worked out once for all that is explained."""
from functools import cached_property

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.endpoints import Backend, backends_of, selected_by, spec_of
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.states import State


class Front(Struct, frozen=True):
    """A Service port and what stands behind it."""

    service: api.Service
    port: api.ServicePort
    backends: tuple[Backend, ...]
    pods: int                                                   # those of the backends


class View:
    """A state as it is explained."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._fronts: dict[str, tuple[Front, ...]] = {}

    def fronts(self, namespace: str) -> tuple[Front, ...]:
        if namespace not in self._fronts:
            self._fronts[namespace] = tuple(
                _front(service, port, self.state) for service in self.services(namespace) for port in spec_of(service).ports or ())
        return self._fronts[namespace]

    @cached_property
    def every_front(self) -> tuple[Front, ...]:
        namespaces = sorted({namespace for namespace, _ in self.state.snapshot.services})
        return tuple(front for namespace in namespaces for front in self.fronts(namespace))

    def services(self, namespace: str) -> tuple[api.Service, ...]:
        return self._services.get(namespace, ())

    def services_before(self, pods: int, namespace: str) -> tuple[str, ...]:
        """The Services that select some of the pods."""
        cluster = self.state.cluster
        return tuple(service.metadata.name for service in self.services(namespace) if selected_by(service, cluster) & pods)

    @cached_property
    def _services(self) -> dict[str, tuple[api.Service, ...]]:
        found: dict[str, list[api.Service]] = {}
        for (namespace, _), service in sorted(self.state.snapshot.services.items()):
            found.setdefault(namespace, []).append(service)
        return {namespace: tuple(services) for namespace, services in found.items()}


def _front(service: api.Service, port: api.ServicePort, state: State) -> Front:
    backends = backends_of(service, port, state.cluster)
    return Front(service, port, backends, sum(1 << place for place in {each.place for each in backends if each.place is not None}))


def pod_range(backend: Backend) -> PortRange:
    return PortRange(backend.protocol, backend.port, backend.port)


