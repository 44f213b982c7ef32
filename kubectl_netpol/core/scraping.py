"""Whose metrics are gathered, on which ports, and by which pods?

Sources: prometheus-operator pkg/apis/monitoring/v1 (ServiceMonitor, PodMonitor), whose sentences are quoted. The annotations
prometheus.io/scrape and prometheus.io/port are a custom, which the configuration of Prometheus must follow.
"""
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from kubectl_netpol import api
from kubectl_netpol.api.callers import MONITORS, MetricsEndpoint, MonitorSpec, PodMonitor, ServiceMonitor
from kubectl_netpol.core.calls import TCP, Call, Called, Numbers, called_behind, called_of
from kubectl_netpol.core.classes import Cluster, bits, selected
from kubectl_netpol.core.endpoints import pod_port, protocol_of, selected_by, selects_pods, spec_of
from kubectl_netpol.core.ports import number_in
from kubectl_netpol.core.selectors import Operator, Requirement, Selector, format_selector, matches, selector_of, selector_of_labels
from kubectl_netpol.core.targets import Pods
from kubectl_netpol.core.workloads import Pod, annotations_of
from kubectl_netpol.snapshot import Key, Listing, Snapshot

SCRAPE, _PORT = "prometheus.io/scrape", "prometheus.io/port"
_NAMES = ("alloy", "grafana-agent", "prometheus", "prometheus-agent", "vmagent")

# of operators and charts; in the older chart of Prometheus other parts have the label app too
SCRAPERS = (Selector((Requirement("app.kubernetes.io/name", Operator.IN, _NAMES),)),
            Selector((Requirement("app", Operator.IN, ("prometheus",)), Requirement("component", Operator.IN, ("server",)))))
SCRAPER_LISTINGS = tuple(Listing("Pod", labels=format_selector(each)) for each in SCRAPERS)


def scrapers_of(cluster: Cluster) -> int:
    """The pods that gather metrics, as far as labels tell; none where they were not looked for everywhere. Of a class the first pod is
    asked: the others have other labels only where no policy and no Service names these."""
    if not all(map(cluster.snapshot.has_read, SCRAPER_LISTINGS)):
        return 0
    return reduce(or_, (selected(each, cluster.pods) for each in SCRAPERS))


def are_scraped(homes: Sequence[str], snapshot: Snapshot) -> bool:
    """Whether there are monitors at all, or annotations in some namespaces."""
    return any(key.kind in MONITORS for key in snapshot.beside) or any(
        namespace in homes and SCRAPE in (each.metadata.annotations or ())
        for those in (snapshot.services, snapshot.pods) for (namespace, _), each in those.items())


def scraper_sources(cluster: Cluster) -> tuple[Pods, ...]:
    """How they can be named: by the labels that tell them, in their namespaces."""
    found = []
    for place in bits(scrapers_of(cluster)):
        pod = cluster.classes[place][0]
        for selector in SCRAPERS:
            if matches(selector, pod.labels):
                own = selector_of_labels({each.key: pod.labels[each.key] for each in selector.requirements})
                found.append(Pods(own, pod.namespace))
    return tuple(dict.fromkeys(found))


def scraped(pods: int, cluster: Cluster) -> Iterator[Call]:
    """What is called of some pods."""
    yield from _of_monitors(pods, cluster)
    yield from _of_annotations(pods, cluster)


def _of_monitors(pods: int, cluster: Cluster) -> Iterator[Call]:
    services = cluster.once("Services by label", lambda: _Shelf(cluster.snapshot))
    for by, each in sorted(cluster.snapshot.beside.items()):
        match each:
            case ServiceMonitor(spec=spec) if spec.selector is not None:
                for service in services.those(selector_of(spec.selector), _namespaces_of(spec, by)):
                    yield from _of_service_monitor(by, spec, service, cluster)
            case PodMonitor(spec=spec) if spec.selector is not None:
                yield from _of_pod_monitor(by, spec, pods, cluster)


class _Shelf:
    """Services by namespace and by label: a look at all of them for each of hundreds of monitors would take long."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.every = [service for _, service in sorted(snapshot.services.items())]
        self.in_namespace: dict[str, list[api.Service]] = {}
        self.labelled: dict[tuple[str, str], list[api.Service]] = {}
        for service in self.every:
            self.in_namespace.setdefault(service.metadata.namespace or "", []).append(service)
            for label in (service.metadata.labels or {}).items():
                self.labelled.setdefault(label, []).append(service)

    def those(self, selector: Selector, namespaces: tuple[str, ...] | None) -> list[api.Service]:
        """With some labels, in some namespaces; None: in all."""
        if namespaces is not None:
            found = [service for name in namespaces for service in self.in_namespace.get(name, ())]
        else:
            single = next(((each.key, each.values[0]) for each in selector.requirements
                           if each.operator is Operator.IN and len(each.values) == 1), None)
            found = self.labelled.get(single, []) if single else self.every
        return [service for service in found if matches(selector, service.metadata.labels or {})]


def _namespaces_of(spec: MonitorSpec, by: Key) -> tuple[str, ...] | None:
    """"If `any` is false, and `matchNames` is empty": its own. None: all."""
    selector = spec.namespace_selector
    if selector is not None and selector.any:
        return None
    return tuple(dict.fromkeys((selector and selector.match_names) or (by.namespace,)))


def _of_service_monitor(by: Key, spec: MonitorSpec, service: api.Service, cluster: Cluster) -> Iterator[Call]:
    name = Key("Service", service.metadata.namespace or "", service.metadata.name)
    for endpoint in spec.endpoints or ():
        if endpoint.port:
            for port in spec_of(service).ports or ():
                if port.name == endpoint.port and protocol_of(port) == TCP:
                    for called in called_behind(service, port, cluster):
                        yield Call(by, called, name, port.port)
        elif endpoint.target_port is not None and selects_pods(service):
            for called in called_of(bits(selected_by(service, cluster)), _declared_by(endpoint), cluster):
                yield Call(by, called)


def _of_pod_monitor(by: Key, spec: MonitorSpec, pods: int, cluster: Cluster) -> Iterator[Call]:
    selector, namespaces = selector_of(spec.selector), _namespaces_of(spec, by)
    if namespaces is not None:
        pods &= reduce(or_, (cluster.by_namespace.get(each, 0) for each in namespaces))
    for endpoint in spec.pod_metrics_endpoints or ():
        for called in called_of(bits(pods), _matching(selector, _declared_by(endpoint)), cluster):
            yield Call(by, called)


def _matching(selector: Selector, numbers: Numbers) -> Numbers:
    return lambda pod: numbers(pod) if matches(selector, pod.labels) else ()


def _declared_by(endpoint: MetricsEndpoint) -> Numbers:
    """"The port must be specified with the container's port property": of others no target is made."""
    wanted = endpoint.port or endpoint.port_number or endpoint.target_port
    if isinstance(wanted, int):
        return lambda pod: (wanted,) if (TCP, wanted) in pod.ports.numbers else ()
    name = TCP, wanted or ""
    return lambda pod: (*pod.ports.named.get(name, ()), *pod.ports.of_sidecars.get(name, ()))


# ---- annotations


def _of_annotations(pods: int, cluster: Cluster) -> Iterator[Call]:
    """Of some pods, and of Services of them. A pod without a port of its own is asked on each that it declares."""
    for name, service in sorted(cluster.snapshot.services.items()):
        said = service.metadata.annotations or {}
        if said.get(SCRAPE) == "true" and selects_pods(service):
            yield from _of_annotated_service(Key("Service", *name), service, bits(selected_by(service, cluster) & pods), cluster)
    for place in bits(pods):
        for called in called_of((place,), lambda pod: _annotated(pod, cluster.snapshot), cluster):
            yield from (Call(workload, Called(place, called.ports, (workload,))) for workload in called.workloads)


def _of_annotated_service(by: Key, service: api.Service, places: Iterable[int], cluster: Cluster) -> Iterator[Call]:
    port = number_in((service.metadata.annotations or {}).get(_PORT, ""))
    ports = [each for each in spec_of(service).ports or () if protocol_of(each) == TCP]
    for called in called_of(places, lambda pod: (port,) if port else filter(None, [pod_port(each, pod) for each in ports]), cluster):
        yield Call(by, called)


def _annotated(pod: Pod, snapshot: Snapshot) -> Iterable[int]:
    said = annotations_of(pod, snapshot)
    if said.get(SCRAPE) != "true":
        return ()
    port = number_in(said.get(_PORT, ""))
    return (port,) if port else (number for protocol, number in pod.ports.numbers if protocol == TCP)
