"""Which pods are in a mesh, where connections between two of them arrive on the mesh's port, whatever port is dialled?

Istio's ambient mode: "ambient's secure L4 overlay will tunnel traffic between your pods over port 15008" (istio.io,
ambient/usage/networkpolicy; add-workloads for the label; "the sidecar takes precedence over ztunnel for pods that have both",
ambient/migrate). Linkerd: "Communication between two meshed pods will always have its original target port replaced with the proxy's
inbound port (by default, 4143)" (linkerd.io, common-errors/network-policy; charts/partials _proxy.tpl for the port that its container
declares). Istio's sidecars take connections inside of the pod, so that ports stay as they are.
"""
from collections.abc import Iterable
from enum import Enum

from kubectl_netpol.core.calls import TCP
from kubectl_netpol.core.classes import Cluster, bits, set_of
from kubectl_netpol.core.ports import PortRange, number_in
from kubectl_netpol.core.workloads import Pod, annotations_of
from kubectl_netpol.snapshot import Key, Snapshot


class Mesh(Enum):
    AMBIENT = "Istio ambient"
    LINKERD = "Linkerd"


_MODE, _AMBIENT = "istio.io/dataplane-mode", "ambient"
_SIDECAR = "security.istio.io/tlsMode"                          # of pods that Istio gave a sidecar
_HBONE, _INBOUND = 15008, 4143
_OF_LINKERD, _PROXY = "linkerd.io/control-plane-ns", (TCP, "linkerd-proxy")     # the label of injected pods, and a port that they declare
_INJECT, _INBOUND_PORT = "linkerd.io/inject", "config.linkerd.io/inbound-port"
_SKIPPED_IN, _SKIPPED_OUT = "config.linkerd.io/skip-inbound-ports", "config.linkerd.io/skip-outbound-ports"


def port_of_mesh(mesh: Mesh, pod: Pod, snapshot: Snapshot) -> int | None:
    """Where connections of other members arrive; None: the pod is no member."""
    if pod.host_network:
        return None
    match mesh:
        case Mesh.AMBIENT:
            namespace = snapshot.namespaces.get(pod.namespace)
            mode = pod.labels.get(_MODE) or ((namespace and namespace.metadata.labels) or {}).get(_MODE)
            return _HBONE if mode == _AMBIENT and _SIDECAR not in pod.labels else None
        case Mesh.LINKERD:
            declared = pod.ports.named.get(_PROXY) or pod.ports.of_sidecars.get(_PROXY)
            return declared[0] if declared else _to_be_injected(pod, snapshot) if pod.is_template else None


def _to_be_injected(pod: Pod, snapshot: Snapshot) -> int | None:
    """Of a template the proxy is not there yet."""
    if _said(_INJECT, pod, snapshot) not in ("enabled", "ingress"):
        return None
    return number_in(_said(_INBOUND_PORT, pod, snapshot)) or _INBOUND


def _said(annotation: str, pod: Pod, snapshot: Snapshot) -> str:
    """Its own, else that of its namespace."""
    namespace = snapshot.namespaces.get(pod.namespace)
    return annotations_of(pod, snapshot).get(annotation) or ((namespace and namespace.metadata.annotations) or {}).get(annotation, "")


def members(mesh: Mesh, cluster: Cluster) -> int:
    """The classes with a pod that is one: few labels tell of most clusters that there is no mesh."""
    return cluster.once(("members", mesh), lambda: set_of([
        place for place in bits(_candidates(mesh, cluster)) if is_any_member(mesh, 1 << place, cluster)]))


def _candidates(mesh: Mesh, cluster: Cluster) -> int:
    if mesh is Mesh.AMBIENT:
        return cluster.pods.equal.get((_MODE, _AMBIENT), 0) | cluster.namespaces.equal.get((_MODE, _AMBIENT), 0)
    templates = set_of([place for place, pods in enumerate(cluster.classes) if pods and pods[0].is_template])
    return templates | cluster.pods.having.get(_OF_LINKERD, 0)


def is_any_member(mesh: Mesh, pods: int, cluster: Cluster) -> bool:
    """Whether any pod of some classes is one."""
    return any(port_of_mesh(mesh, pod, cluster.snapshot) for place in bits(pods) for pod in cluster.classes[place])


def workloads_in(mesh: Mesh, pods: int, cluster: Cluster) -> list[Key]:
    """Whose pods are members, of some classes."""
    return sorted({pod.workload for place in bits(pods) for pod in cluster.classes[place] if port_of_mesh(mesh, pod, cluster.snapshot)})


def arrives_at(mesh: Mesh, place: int, ports: PortRange, cluster: Cluster) -> int | None:
    """The port on which connections of members to some ports of a class arrive; None: on these ports themselves."""
    if ports.protocol != TCP:
        return None
    for pod in cluster.classes[place]:
        number = port_of_mesh(mesh, pod, cluster.snapshot)
        if number is not None and not (mesh is Mesh.LINKERD and _skips(_SKIPPED_IN, pod, ports, cluster.snapshot)):
            return number
    return None


def leaves_by_itself(mesh: Mesh, pods: int, ports: PortRange, cluster: Cluster) -> bool:
    """Whether no member among the sources takes the mesh to some ports."""
    return mesh is Mesh.LINKERD and all(
        _skips(_SKIPPED_OUT, pod, ports, cluster.snapshot) for place in bits(pods) for pod in cluster.classes[place]
        if port_of_mesh(mesh, pod, cluster.snapshot))


def _skips(annotation: str, pod: Pod, ports: PortRange, snapshot: Snapshot) -> bool:
    """"25,3306,8000-8010": ports that the proxy leaves alone."""
    return any(ports in each for each in _ranges(_said(annotation, pod, snapshot).split(",")))


def _ranges(texts: Iterable[str]) -> Iterable[PortRange]:
    for text in texts:
        first, _, last = text.strip().partition("-")
        lowest, highest = number_in(first), number_in(last or first)
        if lowest and highest:
            yield PortRange(TCP, lowest, highest)
