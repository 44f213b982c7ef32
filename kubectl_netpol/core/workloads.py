"""Which pods are there, and which would the workloads' templates make?"""
from collections.abc import Iterator

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import parse_address
from kubectl_netpol.core.ports import Protocol
from kubectl_netpol.snapshot import Key, Snapshot

PortName = tuple[str, str]                                      # protocol, name


class ContainerPorts(Struct, frozen=True):
    """What the containers of a pod declare."""

    named: dict[PortName, tuple[int, ...]]                      # of `containers`, the only ones that policies know; the first comes first
    of_sidecars: dict[PortName, tuple[int, ...]]                # of initContainers that stay: Services find them, after the others
    numbers: frozenset[tuple[str, int]]                         # protocol and number of all of them


class Pod(Struct, frozen=True):
    """A pod, or the template of a workload that has none: what it would make."""

    key: Key                                                    # of the pod, or of the workload that the template stands for
    workload: Key                                               # the top owner; of a bare pod itself
    owner: Key                                                  # the next owner: a Deployment's ReplicaSet
    labels: dict[str, str]
    ports: ContainerPorts
    addresses: tuple[int, ...] = ()                             # none: not known
    host_network: bool = False
    replicas: int = 1                                           # how many pods it stands for; 0: an end of policies, but no endpoint
    ready: int = 1                                              # how many of them are
    nameservers: tuple[str, ...] | None = None                  # in place of the cluster's DNS; (): not known which

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def is_bare(self) -> bool:
        """Nothing made it, so that nothing would make it again."""
        return self.key.kind == "Pod" and self.owner == self.key

    @property
    def is_template(self) -> bool:
        return self.key.kind != "Pod"


TERMINAL = ("Succeeded", "Failed")                              # such pods are no ends and no endpoints; their addresses may be reused
_HASH = "pod-template-hash"


def pods_of(snapshot: Snapshot) -> tuple[Pod, ...]:
    """Live pods, then a template for each workload without any; ordered by key."""
    reader = _Reader(snapshot)
    pods = [reader.pod(pod) for pod in snapshot.pods.values() if not has_ended(pod)]
    return tuple(sorted([*pods, *reader.templates({pod.workload for pod in pods})], key=lambda pod: pod.key))


def labels_of_templates(snapshot: Snapshot) -> Iterator[tuple[str, dict[str, str]]]:
    """The namespace and the labels of each pod that is there, and of those that workloads would make."""
    for (namespace, _), pod in snapshot.pods.items():
        if not has_ended(pod):
            yield namespace, pod.metadata.labels or {}
    for (_, namespace, _), workload in snapshot.workloads.items():
        template, replicas = _template(workload)
        if not _is_past(workload, replicas):
            yield namespace, (template.metadata and template.metadata.labels) or {}


def annotations_of(pod: Pod, snapshot: Snapshot) -> dict[str, str]:
    """Of a pod, or of the template that stands for it."""
    if pod.is_template:
        metadata = _template(snapshot.workloads[pod.key.kind, pod.namespace, pod.key.name])[0].metadata
        return (metadata and metadata.annotations) or {}
    live = snapshot.pods.get((pod.namespace, pod.key.name))
    return (live and live.metadata.annotations) or {}


def has_ended(pod: api.Pod) -> bool:
    return bool(pod.status and pod.status.phase in TERMINAL)


def top_owner(key: Key, metadata: api.Metadata | None, labels: dict[str, str], snapshot: Snapshot) -> Key:
    """The workload at the end of the controllers. Where one cannot be read, its name tells the next: a ReplicaSet x-<pod-template-hash>
    is of Deployment x, a Job x-<number> of CronJob x."""
    for _ in range(8):                                          # owners in a circle are possible in files
        owner = _controller(metadata)
        if owner is None:
            return _top_by_name(key, labels) if metadata is None else key
        key = Key(owner.kind, key.namespace, owner.name)
        workload = snapshot.workloads.get((key.kind, key.namespace, key.name))
        metadata = workload.metadata if workload else None
    return key


def _controller(metadata: api.Metadata | None) -> api.OwnerReference | None:
    for each in (metadata and metadata.owner_references) or ():
        if each.controller:
            return each
    return None


def _top_by_name(key: Key, labels: dict[str, str]) -> Key:
    stem, _, suffix = key.name.rpartition("-")
    if key.kind == "ReplicaSet" and stem and suffix == labels.get(_HASH):
        return Key("Deployment", key.namespace, stem)
    if key.kind == "Job" and stem and suffix.isascii() and suffix.isdigit():
        return Key("CronJob", key.namespace, stem)
    return key


class _Reader:
    """Container lists repeat in thousands of pods, so what they declare is worked out once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.ports: dict[tuple[tuple[api.Container, ...] | None, tuple[api.Container, ...] | None], ContainerPorts] = {}
        self.owners: dict[tuple[str, str, str], tuple[Key, Key]] = {}

    def pod(self, pod: api.Pod) -> Pod:
        metadata, spec = pod.metadata, pod.spec or api.PodSpec()
        namespace, labels = metadata.namespace or "", metadata.labels or {}
        key = Key("Pod", namespace, metadata.name)
        owner, workload = self._owners(key, metadata, labels)
        return Pod(key, workload, owner, labels,
                   self._ports(spec), _addresses(pod.status), bool(spec.host_network), 1, int(_is_ready(pod)), _nameservers(spec))

    def templates(self, live: set[Key]) -> Iterator[Pod]:
        for (kind, namespace, name), workload in self.snapshot.workloads.items():
            key = Key(kind, namespace, name)
            template, replicas = _template(workload)
            metadata = template.metadata or api.Metadata()
            labels = metadata.labels or {}
            top = top_owner(key, workload.metadata, labels, self.snapshot)
            is_made = top != key and (top.kind, top.namespace, top.name) in self.snapshot.workloads
            if top in live or is_made or _is_past(workload, replicas):
                continue
            spec = template.spec or api.PodSpec()
            yield Pod(key, top, key, labels, self._ports(spec), (), bool(spec.host_network), replicas, replicas, _nameservers(spec))

    def _owners(self, key: Key, metadata: api.Metadata, labels: dict[str, str]) -> tuple[Key, Key]:
        """The next one and the top one."""
        owner = _controller(metadata)
        if owner is None:
            return key, key
        name = (key.namespace, owner.kind, owner.name)
        if name not in self.owners:
            self.owners[name] = Key(owner.kind, key.namespace, owner.name), top_owner(key, metadata, labels, self.snapshot)
        return self.owners[name]

    def _ports(self, spec: api.PodSpec) -> ContainerPorts:
        containers = spec.containers, spec.init_containers
        if containers not in self.ports:
            sidecars = tuple(each for each in spec.init_containers or () if each.restart_policy == "Always")
            self.ports[containers] = ContainerPorts(
                _named(spec.containers or ()), _named(sidecars),
                frozenset((port.protocol or Protocol.TCP.value, port.container_port)
                          for container in (*(spec.containers or ()), *sidecars) for port in container.ports or ()))
        return self.ports[containers]


def _named(containers: tuple[api.Container, ...]) -> dict[PortName, tuple[int, ...]]:
    named: dict[PortName, tuple[int, ...]] = {}
    for container in containers:
        for port in container.ports or ():
            if port.name:
                key = (port.protocol or Protocol.TCP.value, port.name)
                named[key] = tuple(dict.fromkeys((*named.get(key, ()), port.container_port)))
    return named


def _addresses(status: api.PodStatus | None) -> tuple[int, ...]:
    if status is None:
        return ()
    texts = [each.ip for each in status.pod_ips or ()] or [status.pod_ip]
    found = [parse_address(text) for text in texts if text]
    return tuple(found) if len(found) < 2 else tuple(sorted(set(found)))


def _nameservers(spec: api.PodSpec) -> tuple[str, ...] | None:
    """"None: All DNS settings are supposed to be provided using the dnsConfig field"; "Default: the Pod inherits the name resolution
    configuration from the node". With the others those of dnsConfig come after the cluster's own (dns-pod-service)."""
    if spec.dns_policy not in ("None", "Default"):
        return None
    named = (spec.dns_config and spec.dns_config.nameservers) or ()
    return tuple(filter(_is_address, named)) if spec.dns_policy == "None" else ()


def _is_address(text: str) -> bool:
    try:
        return bool(parse_address(text)) or True
    except ValueError:
        return False


def _is_ready(pod: api.Pod) -> bool:
    """A Pod of manifests, without status, counts as ready; one that is being deleted does not."""
    status = pod.status
    if pod.metadata.deletion_timestamp:
        return False
    if status is None or status.conditions is None:
        return status is None or status.phase != "Pending"
    for each in status.conditions:
        if each.type == "Ready":
            return each.status == "True"
    return False


def _template(workload: api.Workload | api.CronJob) -> tuple[api.PodTemplateSpec, int]:
    """The template, and how many pods it makes now. A CronJob has none between its runs."""
    if isinstance(workload, api.CronJob):
        job = (workload.spec and workload.spec.job_template and workload.spec.job_template.spec) or api.WorkloadSpec()
        return job.template or api.PodTemplateSpec(), 0
    spec = workload.spec or api.WorkloadSpec()
    return spec.template or api.PodTemplateSpec(), 1 if spec.replicas is None else spec.replicas


def _is_past(workload: api.Workload | api.CronJob, replicas: int) -> bool:
    """A Job that is done, or an old ReplicaSet of a Deployment: no pod will be made of it."""
    if isinstance(workload, api.CronJob):
        return False
    is_done = bool(workload.status and workload.status.completion_time)
    return is_done or (replicas == 0 and _controller(workload.metadata) is not None)
