"""What is true? Pod by pod, port by port, address by address, from the raw documents: slow, plain, and nothing of ours is used.

A flow is NO, MAYBE or YES; the least of several conditions that must all hold, the greatest of several ways that each suffice.
"""
import ipaddress
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

NO, MAYBE, YES = 0, 1, 2
VERDICT = {NO: "denied", MAYBE: "unknown", YES: "allowed"}
PROTOCOLS = ("TCP", "UDP", "SCTP")
NAME_LABEL = "kubernetes.io/metadata.name"

Document: TypeAlias = dict[str, Any]
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Key: TypeAlias = tuple[str, str, str]                # kind, namespace, name


class Pod(NamedTuple):
    """A pod, or what the template of a workload stands for."""

    key: Key                                         # of the Pod; of the workload, for a template
    workload: Key
    labels: tuple[tuple[str, str], ...]
    ports: tuple[tuple[str, str, int], ...]          # name, protocol, number: those of containers
    sidecar_ports: tuple[tuple[str, str, int], ...]
    addresses: tuple[Address, ...]                   # () for unknown
    host_network: bool
    serves: bool                                     # false: no endpoint of a Service (CronJob, no replicas)
    several: bool                                    # stands for more than one pod

    @property
    def namespace(self) -> str:
        return self.key[1]


End: TypeAlias = Pod | Address


# ---- what exists


def name_of(document: Document) -> str:
    return document["metadata"]["name"]


def namespace_of(document: Document) -> str:
    return document["metadata"].get("namespace") or "default"


def labels_of(document: Document) -> dict[str, str]:
    return (document.get("metadata") or {}).get("labels") or {}


def key_of(document: Document) -> Key:
    return document["kind"], namespace_of(document), name_of(document)


class Cluster:
    def __init__(self, documents: Iterable[Document], cni: str = "generic") -> None:
        self.cni, self.documents = cni, list(documents)
        self.by_key = {key_of(each): each for each in self.documents if each["kind"] not in ("Namespace", "Node", *TIERS)}
        self.namespace_labels = {name_of(each): labels_of(each) for each in self.documents if each["kind"] == "Namespace"}
        self.policies = [each for each in self.documents if each["kind"] == "NetworkPolicy" and cni != "none"]
        heeded = [] if cni in ("none", OLD_SDN) else ["ClusterNetworkPolicy"] if cni == "cilium" else [*TIERS]
        self.tiers = [each for each in self.documents if each["kind"] in heeded]
        self.nodes = [each for each in self.documents if each["kind"] == "Node"]
        self.services = {(namespace_of(each), name_of(each)): each for each in self.documents if each["kind"] == "Service"}
        pods = [real_pod(each, self) for each in self.documents if each["kind"] == "Pod" and lives(each)]
        templates = [template_pod(each, {pod.workload for pod in pods}) for each in self.documents if each["kind"] in WORKLOADS]
        self.pods = pods + [each for each in templates if each]
        self.families = {address.version for pod in self.pods for address in pod.addresses} or {4, 6}
        cut = [each for each in self.documents if each["kind"] in ("NetworkPolicy", "Node", *TIERS)]
        self.candidates = {family: tuple(boundaries(cut, family)) for family in (4, 6)}
        self.outside = outside_addresses(cut, self.pods)
        self.sides: dict[Any, int] = {}              # what was found already
        self.isolating: dict[tuple[Pod, str], list[Document]] = {}

    def labels_of_namespace(self, name: str) -> dict[str, str]:
        return {**self.namespace_labels.get(name, {}), NAME_LABEL: name}

    def pod(self, namespace: str, name: str) -> Pod:
        return next(pod for pod in self.pods if pod.key == ("Pod", namespace, name))


def lives(pod: Document) -> bool:
    return (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def real_pod(document: Document, cluster: Cluster) -> Pod:
    status = document.get("status") or {}
    addresses = [each["ip"] for each in status.get("podIPs") or []] or [each for each in [status.get("podIP")] if each]
    return Pod(
        key_of(document), owner_of(document, cluster), tuple(sorted(labels_of(document).items())),
        *ports_of(document.get("spec") or {}), tuple(map(ipaddress.ip_address, addresses)),
        bool((document.get("spec") or {}).get("hostNetwork")), serves=True, several=False)


def owner_of(document: Document, cluster: Cluster) -> Key:
    """The top owner, as far as it can be read; the names of ReplicaSets and Jobs tell the rest."""
    owner = next((each for each in document["metadata"].get("ownerReferences") or [] if each.get("controller", True)), None)
    if not owner:
        return key_of(document)
    kind, namespace, name = owner["kind"], namespace_of(document), owner["name"]
    if (kind, namespace, name) in cluster.by_key:
        return owner_of(cluster.by_key[kind, namespace, name], cluster)
    digest = labels_of(document).get("pod-template-hash")
    if kind == "ReplicaSet" and digest and name.endswith(f"-{digest}"):
        return "Deployment", namespace, name.removesuffix(f"-{digest}")
    if kind == "Job" and re.fullmatch(r".+-\d+", name):
        return "CronJob", namespace, name.rpartition("-")[0]
    return kind, namespace, name


def ports_of(spec: Document) -> tuple[tuple[tuple[str, str, int], ...], tuple[tuple[str, str, int], ...]]:
    def named(containers: list[Document]) -> tuple[tuple[str, str, int], ...]:
        return tuple(
            (port["name"], port.get("protocol") or "TCP", port["containerPort"])
            for container in containers for port in container.get("ports") or [] if port.get("name"))

    sidecars = [each for each in spec.get("initContainers") or [] if each.get("restartPolicy") == "Always"]
    return named(spec.get("containers") or []), named(sidecars)


WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob")


def template_pod(document: Document, with_pods: set[Key]) -> Pod | None:
    key, spec = key_of(document), document.get("spec") or {}
    if document["metadata"].get("ownerReferences") or key in with_pods or finished(document):
        return None
    made_by = spec["jobTemplate"]["spec"] if key[0] == "CronJob" else spec
    template = made_by.get("template") or {}
    count = spec.get("parallelism" if key[0] == "Job" else "replicas")
    return Pod(
        key, key, tuple(sorted(labels_of(template).items())), *ports_of(template.get("spec") or {}), (),
        bool((template.get("spec") or {}).get("hostNetwork")),
        serves=key[0] != "CronJob" and count != 0, several=key[0] in ("DaemonSet", "CronJob") or (count or 1) > 1)


def finished(document: Document) -> bool:
    conditions = (document.get("status") or {}).get("conditions") or []
    return document["kind"] == "Job" and any(
        each["type"] in ("Complete", "Failed") and each["status"] == "True" for each in conditions)


# ---- addresses: one for each piece that the blocks cut out of a family


def blocks_of(policies: list[Document]) -> Iterator[Document]:
    for policy in policies:
        if policy["kind"] == "Node":
            yield from ({"cidr": str(address)} for address in node_addresses(policy))
            continue
        if policy["kind"] in TIERS:
            yield from ({"cidr": cidr} for rule, side in tier_rules(policy) for peer in rule[side] for cidr in peer.get("networks") or [])
            continue
        for peer, _ in itertools.chain(peers_and_rules(policy, "Ingress"), peers_and_rules(policy, "Egress")):
            if peer.get("ipBlock"):
                yield peer["ipBlock"]


def peers_and_rules(policy: Document, direction: str) -> Iterator[tuple[Document, Document]]:
    for rule in rules_of(policy, direction):
        for peer in rule.get("from" if direction == "Ingress" else "to") or []:
            yield peer, rule


def boundaries(policies: list[Document], family: int) -> list[Address]:
    """The first address of each piece into which all blocks cut the family; within a piece no rule can tell addresses apart."""
    make = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    last = 2 ** (32 if family == 4 else 128) - 1
    starts = {0}
    for block in blocks_of(policies):
        for text in [block["cidr"], *(block.get("except") or [])]:
            network = ipaddress.ip_network(text, strict=False)
            if network.version == family:
                starts |= {int(network.network_address), int(network.broadcast_address) + 1}
    return [make(start) for start in sorted(starts) if start <= last]


def outside_addresses(policies: list[Document], pods: list[Pod]) -> list[Address]:
    """One of each piece that belongs to no pod."""
    known = [address for pod in pods for address in pod.addresses]
    cut = [*policies, policy_over([{"cidr": str(address)} for address in known])]
    return [address for family in (4, 6) for address in boundaries(cut, family) if address not in known]


def policy_over(blocks: list[Document]) -> Document:
    return {"kind": "NetworkPolicy", "spec": {"ingress": [{"from": [{"ipBlock": block} for block in blocks]}]}}


def in_block(address: Address, block: Document) -> bool:
    def holds(text: str) -> bool:
        network = network_of(text)
        return address.version == network.version and address in network

    return holds(block["cidr"]) and not any(map(holds, block.get("except") or []))


@lru_cache
def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


# ---- NetworkPolicy


def spec_of(policy: Document) -> Document:
    return policy.get("spec") or {}


def types_of(policy: Document) -> list[str]:
    """"If this field is not specified, it will default based on the existence of ingress or egress rules"; Ingress is always there."""
    return spec_of(policy).get("policyTypes") or (["Ingress", "Egress"] if spec_of(policy).get("egress") else ["Ingress"])


def rules_of(policy: Document, direction: str) -> list[Document]:
    return (spec_of(policy).get(direction.lower()) or []) if direction in types_of(policy) else []


def selects(selector: Document | None, labels: dict[str, str]) -> bool:
    selector = selector or {}
    return (
        all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
        and all(requirement_holds(each, labels) for each in selector.get("matchExpressions") or []))


def requirement_holds(requirement: Document, labels: dict[str, str]) -> bool:
    value = labels.get(requirement["key"])
    match requirement["operator"]:
        case "In":
            return value in requirement["values"]
        case "NotIn":
            return value not in requirement["values"]           # also what lacks the key
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise ValueError(requirement["operator"])


def port_matches(entry: Document, destination: End, protocol: str, number: int, cluster: Cluster) -> bool:
    if (entry.get("protocol") or "TCP") != protocol:
        return False
    port = entry.get("port")
    if port is None:
        return True
    if isinstance(port, str):
        return isinstance(destination, Pod) and (port, protocol, number) in known_ports(destination, cluster)
    return port <= number <= (entry.get("endPort") or port)


def known_ports(pod: Pod, cluster: Cluster) -> tuple[tuple[str, str, int], ...]:
    return pod.ports + pod.sidecar_ports if cluster.cni == "calico" else pod.ports


def peer_matches(peer: Document, policy: Document, other: End, address: Address | None, cluster: Cluster) -> int:
    if peer.get("ipBlock"):
        if address is None or not in_block(address, peer["ipBlock"]) or (cluster.cni == OLD_SDN and peer["ipBlock"].get("except")):
            return NO
        return YES if cluster.cni != "cilium" or not isinstance(other, Pod) else MAYBE if other.host_network else NO
    if not isinstance(other, Pod):
        return NO
    namespaces = peer.get("namespaceSelector")
    if namespaces is None:
        there = other.namespace == namespace_of(policy)
    else:
        there = selects(namespaces, cluster.labels_of_namespace(other.namespace))
    if not (there and selects(peer.get("podSelector"), dict(other.labels))):
        return NO
    if not other.host_network:
        return YES
    return NO if cluster.cni in ("calico", "cilium") else MAYBE


OLD_SDN = "openshift-sdn-4.9"
PLUGINS = ("none", "calico", "cilium", OLD_SDN)      # those that are known here beside generic


class Asked(NamedTuple):
    """A side of a flow: may the subject's policies of this direction let it pass?"""

    direction: str
    subject: End
    other: End
    protocol: str
    port: int


def side(asked: Asked, family: int | None, cluster: Cluster) -> int:
    if not isinstance(asked.subject, Pod) or not (policies_of(asked.subject, asked.direction, cluster) or cluster.tiers):
        return YES
    if (asked, family) not in cluster.sides:
        cluster.sides[asked, family] = least_and_greatest(
            through_tiers(asked, address, cluster) for address in addresses_of(asked.other, family, cluster))
    return cluster.sides[asked, family]


def admitted(asked: Asked, address: Address, cluster: Cluster) -> int:
    """By the NetworkPolicies, as if the other end had this address."""
    subject, other = asked.subject, asked.other
    policies = policies_of(subject, asked.direction, cluster)
    node = subject.host_network or (asked.direction == "Ingress" and isinstance(other, Pod) and other.host_network)
    return max([MAYBE if node else NO, *(
        rule_matches(rule, policy, asked, address, cluster) for policy in policies for rule in rules_of(policy, asked.direction))])


def policies_of(subject: Pod, direction: str, cluster: Cluster) -> list[Document]:
    if cluster.cni != "generic" and (subject.host_network or (cluster.cni, direction) == (OLD_SDN, "Egress")):
        return []
    if (subject, direction) not in cluster.isolating:
        cluster.isolating[subject, direction] = [
            each for each in cluster.policies
            if namespace_of(each) == subject.namespace and direction in types_of(each)
            and selects(spec_of(each).get("podSelector"), dict(subject.labels))]
    return cluster.isolating[subject, direction]


def rule_matches(rule: Document, policy: Document, asked: Asked, address: Address, cluster: Cluster) -> int:
    destination = asked.subject if asked.direction == "Ingress" else asked.other
    if rule.get("ports") and not any(port_matches(each, destination, asked.protocol, asked.port, cluster) for each in rule["ports"]):
        return NO
    peers = rule.get("from" if asked.direction == "Ingress" else "to")
    return max(peer_matches(each, policy, asked.other, address, cluster) for each in peers) if peers else YES


# ---- the tiers of administrators, around the NetworkPolicies

TIERS = {"AdminNetworkPolicy": "Admin", "BaselineAdminNetworkPolicy": "Baseline", "ClusterNetworkPolicy": ""}


def through_tiers(asked: Asked, address: Address, cluster: Cluster) -> int:
    """All that may come out: where several may, it is not certain."""
    return least_and_greatest(outcomes(asked, address, cluster))


def outcomes(asked: Asked, address: Address, cluster: Cluster) -> set[int]:
    found = set()
    for decision in decisions("Admin", asked, address, cluster):
        if decision not in (None, "Pass"):
            found.add(YES if decision == "Allow" else NO)
        elif policies_of(asked.subject, asked.direction, cluster):
            found.add(admitted(asked, address, cluster))
        else:
            found |= {NO if last == "Deny" else YES for last in decisions("Baseline", asked, address, cluster)}
    return found


def decisions(tier: str, asked: Asked, address: Address, cluster: Cluster) -> set[str | None]:
    """What may be the first decision of a tier; None: it makes none. Among those of one priority any may be first."""
    of_tier = [each for each in cluster.tiers if (TIERS[each["kind"]] or each["spec"]["tier"]) == tier]
    policies = [each for each in of_tier if is_subject(each, asked, cluster)]
    if cluster.cni == "cilium":                                 # a setting decides whether any rule holds
        return {None, *(decision for each in policies for decision in all_decisions_of(each, asked, address, cluster))}
    v1, v2 = (of_version([each for each in policies if (each["kind"] == "ClusterNetworkPolicy") is is_v2], asked, address, cluster)
              for is_v2 in (False, True))
    return {one or other for one in v1 for other in v2} | {other or one for one in v1 for other in v2}


def of_version(policies: list[Document], asked: Asked, address: Address, cluster: Cluster) -> set[str | None]:
    """Policies of different versions of the API have no order among each other."""
    for priority in sorted({each["spec"].get("priority", 0) for each in policies}):
        own = [decision_of(each, asked, address, cluster) for each in policies if each["spec"].get("priority", 0) == priority]
        if decided := {each for each in own if each}:
            return decided
    return {None}


def is_subject(policy: Document, asked: Asked, cluster: Cluster) -> bool:
    return not asked.subject.host_network and tier_pods(policy["spec"]["subject"], asked.subject, cluster)


def tier_pods(peer: Document, pod: Pod, cluster: Cluster) -> bool:
    pods = peer.get("pods") or {}
    namespaces = pods.get("namespaceSelector") if "pods" in peer else peer["namespaces"]
    return selects(namespaces, cluster.labels_of_namespace(pod.namespace)) and selects(pods.get("podSelector"), dict(pod.labels))


def decision_of(policy: Document, asked: Asked, address: Address, cluster: Cluster) -> str | None:
    return next(all_decisions_of(policy, asked, address, cluster), None)


def all_decisions_of(policy: Document, asked: Asked, address: Address, cluster: Cluster) -> Iterator[str]:
    """Of all rules that match, in order."""
    destination = asked.subject if asked.direction == "Ingress" else asked.other
    for rule, side in tier_rules(policy):
        is_asked = side == ("from" if asked.direction == "Ingress" else "to") and tier_ports_match(rule, destination, asked, cluster)
        if is_asked and any(tier_peer_matches(peer, asked.other, address, cluster) for peer in rule[side]):
            yield "Allow" if rule["action"] == "Accept" else rule["action"]


def tier_rules(policy: Document) -> list[tuple[Document, str]]:
    """Each with the name of its list of peers."""
    return [(rule, side) for direction, side in (("ingress", "from"), ("egress", "to")) for rule in policy["spec"].get(direction) or []]


def tier_peer_matches(peer: Document, other: End, address: Address | None, cluster: Cluster) -> bool:
    if "networks" in peer:
        return address is not None and any(in_block(address, {"cidr": cidr}) for cidr in peer["networks"])
    if "nodes" in peer:
        chosen = [node for node in cluster.nodes if selects(peer["nodes"], labels_of(node))]
        return address in [own for node in chosen for own in node_addresses(node)]
    return isinstance(other, Pod) and not other.host_network and tier_pods(peer, other, cluster)


def node_addresses(node: Document) -> list[Address]:
    return [ipaddress.ip_address(each["address"]) for each in node["status"]["addresses"] if each["type"] == "InternalIP"]


def tier_ports_match(rule: Document, destination: End, asked: Asked, cluster: Cluster) -> bool:
    entries = [*rule.get("ports", []), *rule.get("protocols", [])]
    return not entries or any(tier_port_matches(each, destination, asked.protocol, asked.port, cluster) for each in entries)


def tier_port_matches(entry: Document, destination: End, protocol: str, number: int, cluster: Cluster) -> bool:
    (kind, said), = entry.items()
    if kind in ("namedPort", "destinationNamedPort"):
        return isinstance(destination, Pod) and (said, protocol, number) in known_ports(destination, cluster)
    if kind == "portNumber":
        return (said.get("protocol", "TCP"), said["port"]) == (protocol, number)
    if kind == "portRange":
        return said.get("protocol", "TCP") == protocol and said["start"] <= number <= said["end"]
    ports = said["destinationPort"]
    within = ports["range"]["start"] <= number <= ports["range"]["end"] if "range" in ports else ports["number"] == number
    return kind.upper() == protocol and within


# ---- flows


def addresses_of(end: End, family: int | None, cluster: Cluster) -> Sequence[Address]:
    """All that the end may have in the family: for an unknown address, one for each piece."""
    known = end.addresses if isinstance(end, Pod) else (end,)
    if not known:
        return [each for version in ([family] if family else sorted(cluster.families)) for each in cluster.candidates[version]]
    return [each for each in known if family in (None, each.version)]


def least_and_greatest(values: Iterable[int]) -> int:
    """Certain only where all agree."""
    values = set(values)
    return values.pop() if len(values) == 1 else MAYBE


def families_of(end: End, cluster: Cluster) -> set[int]:
    if not isinstance(end, Pod):
        return {end.version}
    return {each.version for each in end.addresses} or cluster.families


def common_families(source: End, destination: End, cluster: Cluster) -> set[Any]:
    """Those in which the two can meet. An outside address is judged even where the pod has none of its family.

    None: pods that share no family, which are judged over all addresses that they have.
    """
    ends = [families_of(each, cluster) for each in (source, destination)]
    outside = [found for end, found in zip((source, destination), ends) if not isinstance(end, Pod)]
    return outside[0] if outside else (ends[0] & ends[1]) or {None}


def flow(
        source: End, destination: End, protocol: str, port: int, cluster: Cluster, *, ingress_only: bool = False,
        within: frozenset[int] = frozenset({4, 6})) -> int:
    """within: the families of what was asked for by addresses."""
    if source == destination:
        return YES
    families = common_families(source, destination, cluster)
    return least_and_greatest(
        min(side(Asked("Ingress", destination, source, protocol, port), family, cluster),
            YES if ingress_only else side(Asked("Egress", source, destination, protocol, port), family, cluster))
        for family in families & within or families)


def verdict(documents: list[Document], source: str, destination: str, protocol: str, port: int) -> str:
    """Of two ends, each an address, namespace/name of a Pod, or Kind/namespace/name of a workload's template."""
    cluster = Cluster(documents)
    return VERDICT[flow(end_of(source, cluster), end_of(destination, cluster), protocol, port, cluster)]


def end_of(text: str, cluster: Cluster) -> End:
    parts = text.split("/")
    if len(parts) == 1:
        return ipaddress.ip_address(text)
    key = tuple(parts) if len(parts) == 3 else ("Pod", *parts)
    return next(pod for pod in cluster.pods if pod.key == key)


# ---- the map

Ports: TypeAlias = frozenset[int]
Found: TypeAlias = dict[str, tuple[Ports, Ports]]    # by protocol: the ports surely allowed, and those that are uncertain
Connections: TypeAlias = dict[tuple[Any, Any], Found]
ConnectionChanges: TypeAlias = dict[tuple[Any, Any], tuple[Found, Found]]


def numbers_in(documents: Iterable[Document]) -> list[int]:
    """Each port that anything speaks of, those beside it, and one that nothing is near."""
    def found(value: Any) -> Iterator[int]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("port", "endPort", "containerPort", "targetPort") and isinstance(inner, int):
                    yield from (inner - 1, inner, inner + 1)
                else:
                    yield from found(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from found(inner)

    return sorted({number for document in documents for number in found(document) if 0 < number <= 65535} | {1, 33333, 65535})


def identity(end: End) -> Any:
    return end.key if isinstance(end, Pod) else end


def connections(
        documents: list[Document], ports: list[int] | None = None, outside: list[Address] | None = None,
        cni: str = "generic") -> Connections:
    """Each ordered pair of ends with anything possible."""
    cluster = Cluster(documents, cni)
    ports = ports or numbers_in(documents)
    addresses = cluster.outside if outside is None else outside
    pairs = [
        *itertools.permutations(cluster.pods, 2),
        *((address, pod) for pod in cluster.pods for address in addresses),
        *((pod, address) for pod in cluster.pods for address in addresses)]
    every = {(identity(source), identity(destination)): ports_between(source, destination, ports, cluster) for source, destination in pairs}
    return {pair: found for pair, found in every.items() if found}


def ports_between(source: End, destination: End, ports: list[int], cluster: Cluster) -> Found:
    found = {}
    for protocol in PROTOCOLS:
        values = {port: flow(source, destination, protocol, port, cluster) for port in ports}
        sure = frozenset(port for port, value in values.items() if value == YES)
        uncertain = frozenset(port for port, value in values.items() if value == MAYBE)
        if sure or uncertain:
            found[protocol] = (sure, uncertain)
    return found


# ---- Services


def backends(service: Document, service_port: Document, cluster: Cluster) -> list[tuple[Pod, int]]:
    """Each pod behind the Service, with the port at which it serves this Service port."""
    found = [(pod, pod_port(service, service_port, pod)) for pod in selected_by(service, cluster) if pod.serves]
    return [(pod, port) for pod, port in found if port]


def selected_by(service: Document, cluster: Cluster) -> list[Pod]:
    selector = (service.get("spec") or {}).get("selector")
    return [
        pod for pod in cluster.pods
        if selector and pod.namespace == namespace_of(service) and selects({"matchLabels": selector}, dict(pod.labels))]


def pod_port(service: Document, service_port: Document, pod: Pod) -> int | None:
    target = service_port.get("targetPort") or service_port["port"]
    if service["spec"].get("clusterIP") == "None":
        return service_port["port"]                             # clients dial the pod itself
    if isinstance(target, int):
        return target
    protocol = service_port.get("protocol") or "TCP"
    numbers = [number for name, its, number in pod.ports + pod.sidecar_ports if (name, its) == (target, protocol)]
    return numbers[0] if numbers else None


def answer(documents: list[Document], source: str, service: str, port: int, protocol: str = "TCP", cni: str = "generic") -> str:
    """May the source reach this port of the Service (namespace/name)? The source is in the grammar of sources."""
    cluster = Cluster(documents, cni)
    namespace, _, name = service.partition("/")
    found = cluster.services[namespace, name]
    service_port = next(each for each in found["spec"]["ports"] if (each["port"], each.get("protocol") or "TCP") == (port, protocol))
    return service_verdict(source, found, service_port, cluster)


def answers(documents: list[Document], source: str, service: str, port: int, protocol: str = "TCP", cni: str = "generic") -> set[str]:
    """What may be said: where a pod has no source but itself, a rule that names the set may count for what comes; where there are
    several pods, at each of them."""
    said = answer(documents, source, service, port, protocol, cni)
    if not is_set(source):
        return {said}
    cluster = Cluster(documents, cni)
    namespace, _, name = service.partition("/")
    sources = sources_of(source, namespace, cluster)
    pods = [pod for pod in selected_by(cluster.services[namespace, name], cluster) if pod.serves]
    alone = not all(any(meet(end, pod, cluster) for end in sources) for pod in pods)
    others = {"denied": ["partial", "unknown", "allowed"], "unknown": ["allowed", "denied", "partial"]}
    return {said, *(others.get(said, []) if alone else [])}


def is_set(source: str) -> bool:
    """Not one object: what is described."""
    return not re.search(r"(^|:)[a-z]+/", source.removeprefix("ns/"))


WIDE = ("anywhere", "outside", "cluster")           # judged at the ingress of the target only


def service_verdict(source: str, service: Document, service_port: Document, cluster: Cluster) -> str:
    sliced = {**service, "spec": {**service["spec"], "clusterIP": ""}}      # whoever carries an Ingress's traffic reads EndpointSlices
    behind = backends(sliced if "ingress/" in source else service, service_port, cluster)
    if not behind:
        return "no-endpoints"
    sources = sources_of(source, namespace_of(service), cluster)
    protocol = service_port.get("protocol") or "TCP"
    values = {
        flow(end, another(pod) if end == pod else pod, protocol, port, cluster, ingress_only=source in WIDE, within=families_named(source))
        for end in sources for pod, port in behind if meet(end, pod, cluster)}
    if not values and not any(isinstance(end, Pod) for end in sources):
        values = {nobody(pod, protocol, port, cluster) for pod, port in behind}
    if not values and "ingress/" in source and sources:
        return "allowed"                                        # it dials the pod itself
    if not values and not any(is_policed(pod, direction, cluster) for pod, _ in behind for direction in ("Ingress", "Egress")):
        return "allowed"                                        # the only source is the pod itself, which nothing isolates
    return summary(values)


def is_policed(pod: Pod, direction: str, cluster: Cluster) -> bool:
    asked = Asked(direction, pod, pod, "TCP", 1)
    return bool(policies_of(pod, direction, cluster)) or any(
        policy["spec"].get(direction.lower()) and is_subject(policy, asked, cluster) for policy in cluster.tiers)


def meet(source: End, destination: Pod, cluster: Cluster) -> bool:
    """A pod is not asked about itself, nor about clients of a family that it has no address of."""
    if isinstance(source, Pod):
        return source != destination or destination.several
    return source.version in families_of(destination, cluster)


def nobody(pod: Pod, protocol: str, port: int, cluster: Cluster) -> int:
    """A source that can reach no pod: it is refused where no rule opens the port."""
    policies = policies_of(pod, "Ingress", cluster)
    opens = pod.host_network or any(
        not rule.get("ports") or any(port_matches(each, pod, protocol, port, cluster) for each in rule["ports"])
        for policy in policies for rule in rules_of(policy, "Ingress"))
    return YES if not policies else MAYBE if opens else NO


def another(pod: Pod) -> Pod:
    """A second pod of the same template."""
    return pod._replace(key=("Pod", pod.namespace, "another"))


def summary(values: set[int]) -> str:
    if len(values) == 1:
        return VERDICT[values.pop()]
    return "partial" if values and MAYBE not in values else "unknown"       # no source but the pod itself: unknown


ADDRESSES = r"[0-9a-f:]*[.:][0-9a-f.:]+(/\d+)?( except .+)?"


def sources_of(text: str, namespace: str, cluster: Cluster) -> list[End]:
    """The ends that a source names; sets leave out pods on the host network."""
    policed = [pod for pod in cluster.pods if not pod.host_network]
    match text:
        case "anywhere":
            return [*policed, *cluster.outside]
        case "cluster":
            return [*policed]
        case "outside":
            return [*cluster.outside]
        case "nodes":
            return [address for node in cluster.nodes for address in node_addresses(node)]
        case "same-namespace":
            return [pod for pod in policed if pod.namespace == namespace]
    if re.fullmatch(ADDRESSES, text):
        return addresses_in(text, cluster)
    if found := re.fullmatch(r"ns:([^:]*)(?::(.*))?|cluster:(.*)|pods:(.*)|ns/([^:/]+)", text):
        namespaces, inside, anywhere, own, name = found.groups()
        return [
            pod for pod in policed
            if selects(selector_of(namespaces), cluster.labels_of_namespace(pod.namespace))
            and selects(selector_of(inside or anywhere or own), dict(pod.labels))
            and (own is None or pod.namespace == namespace) and name in (None, pod.namespace)]
    if found := re.fullmatch(r"ns/([^:/]+):(.*)", text):
        return sources_of(found[2], found[1], cluster)
    if found := re.fullmatch(r"([a-z]+)/(.*)", text):
        return [*object_pods(found[1], found[2], namespace, cluster)]
    return [pod for pod in policed if pod.namespace == namespace and selects(selector_of(text), dict(pod.labels))]


def families_named(source: str) -> frozenset[int]:
    """Of a source that is addresses: theirs."""
    return frozenset({network_of(source.partition(" ")[0]).version}) if re.fullmatch(ADDRESSES, source) else frozenset({4, 6})


def object_pods(kind: str, name: str, namespace: str, cluster: Cluster) -> list[Pod]:
    if kind == "pod":
        return [cluster.pod(namespace, name)]
    if kind == "svc":
        return selected_by(cluster.services[namespace, name], cluster)
    if kind == "ingress":
        (point,) = cluster.by_key["Ingress", namespace, name]["status"]["loadBalancer"]["ingress"]
        return [pod for service in cluster.services.values() if point in balanced(service) for pod in selected_by(service, cluster)]
    return [pod for pod in cluster.pods if pod.workload == (OWNERS[kind], namespace, name)]


def balanced(service: Document) -> list[Document]:
    """Where clients outside dial it."""
    return service.get("status", {}).get("loadBalancer", {}).get("ingress", [])  # type: ignore[no-any-return]


def selector_of(text: str | None) -> Document:
    """As kubectl get -l reads it: a=b, a!=b, a in (b,c), a notin (b,c), a, !a."""
    requirements = []
    for part in re.findall(r"(?:[^,(]|\([^)]*\))+", text or ""):
        found = re.fullmatch(r"\s*(!?)([^\s!=]+)\s*(?:(==?|!=| in | notin )\s*\(?([^)]*)\)?)?", part.replace("(", " ("))
        absent, key, operator, values = found.groups()
        kind = {None: "DoesNotExist" if absent else "Exists", "!=": "NotIn", " notin ": "NotIn"}.get(operator, "In")
        requirements.append({"key": key, "operator": kind, "values": [each.strip() for each in (values or "").split(",")]})
    return {"matchExpressions": requirements}


OWNERS = {"deploy": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet", "rs": "ReplicaSet", "rc": "ReplicationController",
          "job": "Job", "cronjob": "CronJob"}


def addresses_in(text: str, cluster: Cluster) -> list[End]:
    """The pods that have an address in the block, and one other address of each piece of it."""
    cidr, _, without = text.partition(" except ")
    block = {"cidr": cidr, "except": without.replace(",", " ").split()}
    outside = outside_addresses([*cluster.policies, *cluster.tiers, *cluster.nodes, policy_over([block])], cluster.pods)
    pods = [pod for pod in cluster.pods if any(in_block(address, block) for address in pod.addresses)]
    return [*pods, *(address for address in outside if in_block(address, block))]


# ---- two states


def service_ports(documents: list[Document]) -> Iterator[tuple[str, Document]]:
    for document in documents:
        if document["kind"] == "Service":
            for port in (document.get("spec") or {}).get("ports") or []:
                yield f"{namespace_of(document)}/{name_of(document)}", port


def changes(before: list[Document], after: list[Document], sources: Iterable[str]) -> dict[tuple[str, int, str, str], tuple[str, str]]:
    """For each Service port that both states have, and source whose verdict differs: before and after."""
    found = {}
    for service, port in service_ports(before):
        number, protocol = port["port"], port.get("protocol") or "TCP"
        for source in sources:
            both = tuple(answer(state, source, service, number, protocol) for state in (before, after))
            if both[0] != both[1]:
                found[service, number, protocol, source] = both
    return found


def connection_changes(
    before: list[Document], after: list[Document], ports: list[int] | None = None, outside: list[Address] | None = None
) -> ConnectionChanges:
    """Each pair with anything possible in one of the states: before and after."""
    ports = ports or numbers_in([*before, *after])
    outside = outside_of(before, after) if outside is None else outside
    states = [connections(state, ports, outside) for state in (before, after)]
    return {pair: (states[0].get(pair, {}), states[1].get(pair, {})) for pair in {*states[0], *states[1]}}


def outside_of(*states: list[Document]) -> list[Address]:
    """One address of each piece of the outside that any of the states tells apart."""
    clusters = list(map(Cluster, states))
    cut = [each for cluster in clusters for each in (*cluster.policies, *cluster.tiers, *cluster.nodes)]
    return outside_addresses(cut, [pod for each in clusters for pod in each.pods])
