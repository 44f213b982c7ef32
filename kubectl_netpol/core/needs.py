"""What must still be read to answer a question? Of files nothing; of a cluster only what can decide it."""
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from msgspec import Struct, convert
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.api.entries import ReferenceGrant
from kubectl_netpol.core.callers import caller_listings
from kubectl_netpol.core.classes import NAMESPACE_NAME, labels_of_namespace
from kubectl_netpol.core.controllers import Finder
from kubectl_netpol.core.deciding import isolates_egress, isolates_ingress
from kubectl_netpol.core.dialled import meanings, to_look_for
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import SERVICE_NAME, is_name_only, service_selector
from kubectl_netpol.core.engines import kinds_there
from kubectl_netpol.core.entries import entry_kinds, entry_points
from kubectl_netpol.core.foreign import IN_ROOT, ROOT_NAMESPACE, foreign_policies_of
from kubectl_netpol.core.policies import PodPeer, policy_of
from kubectl_netpol.core.resolvers import LOCAL_CACHE, RESOLVERS
from kubectl_netpol.core.selectors import (
    EVERYTHING,
    Operator,
    Selector,
    format_selector,
    matches,
    selector_of,
    selector_of_labels,
)
from kubectl_netpol.core.targets import (
    ENTRY_KINDS,
    Anywhere,
    Block,
    Cluster,
    Entry,
    Nodes,
    Object,
    Outside,
    Pods,
    SameNamespace,
    Source,
    Target,
    TargetKind,
)
from kubectl_netpol.core.tiers import NodePeer, TierPeer, tier_policy_of
from kubectl_netpol.core.workloads import has_ended
from kubectl_netpol.snapshot import Key, Listing, Snapshot

MAKERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob")
IN_MAPS = ("Service", "Pod", *MAKERS)                           # and policies
MEMBERS = ("Pod", *MAKERS)                                      # whatever may be, or become, an end of a connection
_RESOLVERS = (Listing("Service", "kube-system", labels="k8s-app=kube-dns"), *(Listing("Service", *name) for name in RESOLVERS[1:]))
_MOST = 10                                                      # namespaces that are read one by one for a peer


class Form(Enum):
    QUESTION = "question"                                       # may these sources reach that target?
    NAMESPACES = "namespaces"                                   # what is in some namespaces, and the peers of their policies
    CHANGE = "change"                                           # the same, but what is changed may reach further
    EVERYTHING = "everything"


class Asked(Struct, frozen=True):
    """What is asked, as far as it matters for reading."""

    form: Form
    home: str | None                                            # of targets without a namespace; None: all namespaces
    fallback: str                                               # where to look if all namespaces may not be listed
    targets: tuple[Target, ...] = ()
    sources: tuple[Source, ...] = ()                            # and destinations
    deleted: tuple[Target, ...] = ()
    change: Snapshot = Snapshot()                               # what is laid over the cluster
    entries: bool = False                                       # what leads to Services matters: Ingresses, Gateways, Routes
    suggests: bool = False                                      # policies will be written
    finds: bool = False                                         # findings are told


def needs(asked: Asked, snapshot: Snapshot) -> frozenset[Listing]:
    """What is neither read nor known to be forbidden; to be asked again with what was read, until there is nothing.

    The snapshot is the state that is judged: of the cluster, with the change laid over it.
    """
    if snapshot.read is None:
        return frozenset()
    looked_for = [each for target in asked.targets if target.kind is TargetKind.DIALLED for each in to_look_for(target, snapshot)]
    asked = replace(asked, targets=tuple(each for target in asked.targets for each in _objects_meant(target, snapshot)))
    wanted = (*looked_for, *_deleted(asked, snapshot), *_wanted(asked, snapshot))
    missing = {each for each in wanted if not snapshot.has_read(each) and snapshot.gap_at(each) is None}
    return frozenset(each for each in missing if not any(wide in missing for wide in each.wider if wide != each))


def _objects_meant(target: Target, snapshot: Snapshot) -> Iterable[Target]:
    """Of what a client dials the objects, once these are read."""
    return (target,) if target.kind is not TargetKind.DIALLED else [each.target for each in meanings(target, snapshot)]


def _wanted(asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    yield from _of_tiers(asked, snapshot)
    yield from _of_engines(snapshot)
    match asked.form:
        case Form.QUESTION:
            yield from _of_question(asked, snapshot)
        case Form.CHANGE if _reaches_far(asked, snapshot):
            yield from _of_everything(asked, snapshot)
        case Form.NAMESPACES | Form.CHANGE if homes := _homes(asked):
            yield from _of_namespaces(homes, asked, snapshot)
        case _:
            yield from _of_everything(asked, snapshot)


def _of_tiers(asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    """The policies of administrators may decide any question. A cluster without their kinds is asked once for all groups of its API."""
    yield Listing("APIGroup")
    yield from (Listing(kind) for kind, version in api.TIER_VERSIONS.items() if version in snapshot.groups)
    peers = _named_by_tiers(snapshot)
    if any(isinstance(peer, NodePeer) for _, peer in peers):
        yield Listing("Node")
    if asked.form is Form.QUESTION and any(isinstance(source, Anywhere) for source in asked.sources) and any(
            direction is Direction.INGRESS for direction, _ in peers):
        yield from (Listing(kind) for kind in ("Namespace", *MEMBERS))      # anywhere is partial where such a rule refuses some pods


def _of_engines(snapshot: Snapshot) -> Iterator[Listing]:
    """Those that may concern any pod."""
    for kind in kinds_there(snapshot):
        if kind.is_clusterwide or kind.name in IN_ROOT:
            yield Listing(kind.name, "" if kind.is_clusterwide else ROOT_NAMESPACE)


def _namespaced(snapshot: Snapshot) -> list[str]:
    """The kinds of policies that concern pods of their own namespace."""
    return ["NetworkPolicy", *(kind.name for kind in kinds_there(snapshot) if not kind.is_clusterwide)]


def _named_by_tiers(snapshot: Snapshot) -> list[tuple[Direction, TierPeer]]:
    policies = [tier_policy_of(kind, policy) for (kind, _), policy in snapshot.tiers.items()]
    return [(direction, peer) for policy in policies for direction, rules in policy.rules.items() for rule in rules
            for peer in rule.peers or ()]


def _deleted(asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    for target in asked.deleted:
        yield from _one_of(Listing("NetworkPolicy", target.namespace or asked.home or ""), target.name, snapshot)


def _one_of(those: Listing, name: str | None, snapshot: Snapshot) -> Iterator[Listing]:
    """Who may not list objects may still get one."""
    yield those
    if those.namespace and name and snapshot.gap_at(those):
        yield Listing(those.kind, those.namespace, name)


# ---- a question


def _of_question(asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    for target in asked.targets:
        for home in _places(target, asked, snapshot):
            yield from _of_end(home, snapshot)
            yield from of_object(target.kind, home, target.name, snapshot)
            if any(isinstance(source, Outside) for source in asked.sources) and target.kind is TargetKind.SERVICE and home:
                yield from _of_entries((home,), snapshot)
            for source in asked.sources:
                yield from of_source(source, home, snapshot)


def _places(target: Target, asked: Asked, snapshot: Snapshot) -> Iterable[str]:
    """The namespace of a target; with -A those that have such an object."""
    home = target.namespace or asked.home
    if home is not None:
        return (home,)
    return sorted({key[0] for key in _found(target.kind, target.name, snapshot)}) or ("",)


def _of_end(home: str, snapshot: Snapshot) -> Iterator[Listing]:
    """Policies speak of pods of their own namespace, and of the labels of others (networking/v1 NetworkPolicySpec)."""
    if home:
        yield from (Listing(kind, home) for kind in _namespaced(snapshot))
        if home not in snapshot.namespaces:                     # else its labels came with others
            yield Listing("Namespace", name=home)
        if home not in snapshot.namespaces and snapshot.has_read(Listing("Namespace", name=home)):
            yield Listing("Namespace")                          # for the nearest name


def of_object(kind: TargetKind, home: str, name: str | None, snapshot: Snapshot) -> Iterator[Listing]:
    """The object, what it selects, and where there is no such name those of its kind, for the nearest one."""
    if kind in (TargetKind.NAMESPACE, TargetKind.NETWORKPOLICY):
        return
    if name is None or not home:
        yield Listing(kind.value, home, fields=f"metadata.name={name}" if name else "")
    elif not _objects(kind, home, name, snapshot):
        yield Listing(kind.value, home, name)
        if snapshot.has_read(Listing(kind.value, home, name)):
            yield Listing(kind.value, home)
    for found in _objects(kind, home, name, snapshot):
        yield from _behind(kind, found, snapshot)


def _objects(kind: TargetKind, home: str, name: str | None, snapshot: Snapshot) -> list[object]:
    known = _found(kind, name, snapshot)
    return [known[key] for key in sorted(known) if not home or key[0] == home]


def _found(kind: TargetKind, name: str | None, snapshot: Snapshot) -> dict[tuple[str, str], object]:
    """The objects of a kind and name that were read, by namespace and name."""
    match kind:
        case TargetKind.SERVICE: known: dict[tuple[str, str], object] = dict(snapshot.services)
        case TargetKind.POD: known = dict(snapshot.pods)
        case TargetKind.NETWORKPOLICY: known = dict(snapshot.policies)
        case TargetKind.NAMESPACE: known = {("", own): each for own, each in snapshot.namespaces.items()}
        case _: known = {key[1:]: each for key, each in snapshot.workloads.items() if key[0] == kind.value}
    return {key: each for key, each in known.items() if name in (None, key[1])}


def _behind(kind: TargetKind, found: object, snapshot: Snapshot) -> Iterator[Listing]:
    """The pods of an object; where a Service has none the workloads that would make them."""
    match found:
        case api.Service() if service_selector(found) is None:
            if not is_name_only(found):
                yield from _made_by_hand(found, snapshot)
        case api.Service(metadata=metadata):
            selector, home = service_selector(found) or EVERYTHING, metadata.namespace or ""
            pods = Listing("Pod", home, labels=format_selector(selector))
            yield pods
            if snapshot.has_read(pods) and not any(
                    key[0] == home and not has_ended(pod) and matches(selector, pod.metadata.labels or {})
                    for key, pod in snapshot.pods.items()):
                yield from (Listing(maker, home) for maker in MAKERS)
        case api.Workload(metadata=metadata) | api.CronJob(metadata=metadata):
            yield Listing("Pod", metadata.namespace or "", labels=_labels_of(kind, found))


def _labels_of(kind: TargetKind, found: api.Workload | api.CronJob) -> str:
    """The pods of a CronJob are those of Jobs of its name, which no selector tells: "" for all."""
    selector = found.spec.selector if isinstance(found, api.Workload) and found.spec else None
    if not selector:
        return ""
    if kind is TargetKind.REPLICATIONCONTROLLER:
        return format_selector(selector_of_labels(selector))
    return format_selector(selector_of(convert(selector, api.LabelSelector)))


def _made_by_hand(service: api.Service, snapshot: Snapshot) -> Iterator[Listing]:
    """Endpoints without a selector may be pods of any namespace, by their name or by their address."""
    home, name = service.metadata.namespace or "", service.metadata.name
    yield Listing("EndpointSlice", home, labels=f"{SERVICE_NAME}={name}")
    for (namespace, _), found in snapshot.endpoint_slices.items():
        if namespace == home and (found.metadata.labels or {}).get(SERVICE_NAME) == name:
            for endpoint in found.endpoints or ():
                yield from _at_endpoint(endpoint, home, snapshot)


def _at_endpoint(endpoint: api.Endpoint, home: str, snapshot: Snapshot) -> Iterator[Listing]:
    target, address = endpoint.target_ref, next(iter(endpoint.addresses or ()), "")
    if target and target.kind == "Pod" and target.name:
        yield Listing("Pod", target.namespace or home, target.name)
    elif address:
        yield Listing("Pod", fields=f"status.podIP={address}")
    yield from _of_pods_at(address, snapshot)


def _of_pods_at(address: str, snapshot: Snapshot) -> Iterator[Listing]:
    for (namespace, _), pod in snapshot.pods.items():
        if pod.status and address in (pod.status.pod_ip, *(each.ip for each in pod.status.pod_ips or ())):
            yield from _of_end(namespace, snapshot)


def of_source(source: Source, home: str, snapshot: Snapshot) -> Iterator[Listing]:
    match source:
        case Object(kind, name, namespace):
            yield from _of_end(namespace or home, snapshot)
            yield from of_object(kind, namespace or home, name, snapshot)
        case SameNamespace():
            yield from _of_set(home, EVERYTHING, snapshot)
        case Pods(selector, namespace, None):
            yield from _of_set(namespace or home, selector, snapshot)
        case Pods(selector, _, namespaces) if namespaces is not None:
            yield Listing("Namespace", labels=format_selector(namespaces))
            for name in sorted(snapshot.namespaces):
                if matches(namespaces, labels_of_namespace(snapshot, name)):
                    yield from _of_set(name, selector, snapshot)
        case Anywhere() if any(_names_own_pods(policy) for name, policy in snapshot.policies.items() if name[0] == home):
            yield from (Listing(kind, home) for kind in MEMBERS)
        case Cluster():
            yield from (Listing(kind) for kind in ("Namespace", "Pod", *MAKERS))
            if snapshot.gap_at(Listing("Pod")):
                yield Listing("Pod", home)
        case Nodes():
            yield Listing("Node")
        case Entry(kind, name, namespace):
            yield from _of_entry(Key(ENTRY_KINDS[kind], namespace or home, name), Finder(snapshot))
        case Block(cidr) if (address := single_address(cidr)):
            yield Listing("Pod", fields=f"status.podIP={address}")
            yield Listing("Service", fields=f"spec.clusterIP={address}")
            yield from _of_pods_at(address, snapshot)


def _names_own_pods(policy: api.NetworkPolicy) -> bool:
    """Whether it admits some pods of its own namespace, by labels."""
    rules = policy_of(policy).rules.get(Direction.INGRESS, ())
    return any(isinstance(peer, PodPeer) and peer.namespace_selector is None for rule in rules for peer in rule.peers)


def _of_set(home: str, selector: Selector, snapshot: Snapshot) -> Iterator[Listing]:
    """Pods of a namespace by their labels, and what would make such."""
    yield from _of_end(home, snapshot)
    pods = Listing("Pod", home, labels=format_selector(selector))
    yield pods
    if selector != EVERYTHING and snapshot.has_read(pods) and not _are_there(home, selector, snapshot):
        yield Listing("Pod", home)                              # for the labels that there are
    yield from (Listing(maker, home) for maker in MAKERS)


def single_address(cidr: str) -> str:
    """The address, if the block is one."""
    address, _, length = cidr.partition("/")
    return address if length == ("128" if ":" in address else "32") else ""


# ---- what leads to Services


def _of_entries(homes: Sequence[str], snapshot: Snapshot) -> Iterator[Listing]:
    """What leads to the Services of some namespaces: routes of others where a grant lets them; and who carries the traffic of each."""
    kinds = entry_kinds(snapshot)
    yield from (Listing(kind, home) for home in homes for kind in kinds)
    granted = {(each.kind, each.namespace) for key, grant in snapshot.beside.items()
               if isinstance(grant, ReferenceGrant) and key.namespace in homes and grant.spec for each in grant.spec.origins or ()}
    yield from (Listing(kind, namespace) for kind, namespace in granted if kind in kinds)
    finder = Finder(snapshot)
    for entry in {way.key for (home, _), ways in entry_points(snapshot).items() if home in homes for way in ways}:
        yield from _of_entry(entry, finder)


def _of_entry(entry: Key, finder: Finder) -> Iterator[Listing]:
    """An Ingress, Gateway or Route of OpenShift, and whoever may carry its traffic."""
    snapshot = finder.snapshot
    if entry not in snapshot.beside:
        own = Listing(entry.kind, entry.namespace, entry.name)
        yield own
        if snapshot.has_read(own):
            yield Listing(entry.kind, entry.namespace)          # for the nearest name
        return
    first = [Listing("Namespace")] if entry.kind == "Route" else [
        Listing("Service", fields="spec.type=LoadBalancer"), Listing(f"{entry.kind}Class")]
    yield from first
    if not all(snapshot.has_read(each) or snapshot.gap_at(each) for each in first):
        return                                                  # an address may tell it without a look at labels
    yield from (Listing("Pod", within or "", labels=format_selector(selector)) for selector, within in finder.labels_to_look_for(entry))
    for source in finder.carrier(entry).sources:
        yield from of_source(source, entry.namespace, snapshot)


# ---- maps


def _homes(asked: Asked) -> tuple[str, ...]:
    """The namespaces that are looked at; none: all."""
    targets = [target.name if target.kind is TargetKind.NAMESPACE else target.namespace or asked.home for target in asked.targets]
    if asked.home is None and not all(targets):
        return ()
    change = asked.change
    changed = [namespace for namespace, _ in (*change.policies, *change.services, *change.endpoint_slices)]
    changed += [policy.key.namespace for policy in foreign_policies_of(change)]
    named = [source.namespace for source in asked.sources if isinstance(source, Object | Pods)]
    own = [] if targets and asked.form is Form.NAMESPACES else [asked.home]
    return tuple(sorted({each for each in (*own, *targets, *changed, *named) if each}))


def _of_namespaces(homes: Sequence[str], asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    kinds = (*IN_MAPS, *_namespaced(snapshot))
    yield from (Listing(kind, home) for home in homes for kind in kinds)
    if asked.entries or any(isinstance(source, Outside) for source in asked.sources):
        yield from _of_entries(homes, snapshot)
    yield Listing("Namespace")
    if snapshot.gap_at(Listing("Namespace")):
        yield from (Listing("Namespace", name=home) for home in homes)
    yield from _beside(homes, snapshot)
    yield from _of_callers(homes, asked, snapshot)
    yield from _of_peers(homes, snapshot)
    yield from _of_targets(asked, snapshot)
    for source in asked.sources:
        yield from of_source(source, homes[0], snapshot)


def _of_targets(asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    for target in asked.targets:
        if (home := target.namespace or asked.home) and target.kind is not TargetKind.NAMESPACE:
            yield from _one_of(Listing(target.kind.value, home), target.name, snapshot)


def _beside(homes: Sequence[str], snapshot: Snapshot) -> Iterator[Listing]:
    """Endpoints made by hand, and the resolvers of pods that are isolated for egress."""
    for (namespace, _), service in snapshot.services.items():
        if namespace in homes and service_selector(service) is None and not is_name_only(service):
            yield from _made_by_hand(service, snapshot)
    if any(namespace in homes and isolates_egress(policy) for (namespace, _), policy in snapshot.policies.items()):
        yield from (*_RESOLVERS, Listing(*LOCAL_CACHE))
        for (namespace, _), service in snapshot.services.items():
            if namespace in {each.namespace for each in _RESOLVERS}:
                yield from _behind(TargetKind.SERVICE, service, snapshot)


def _of_callers(homes: Sequence[str], asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    """Who calls pods beside other pods: asked only where a policy keeps somebody out, or will. No verdict depends on it."""
    if not asked.finds or not (asked.suggests or any(
            namespace in homes and isolates_ingress(policy) for (namespace, _), policy in snapshot.policies.items())):
        return
    yield from caller_listings(homes, snapshot, definitions=asked.form is not Form.NAMESPACES)


def _of_peers(homes: Sequence[str], snapshot: Snapshot) -> Iterator[Listing]:
    """Whom the policies name in other namespaces: few of these are read whole, of many the pods that are named."""
    peers = {("", peer) for direction, peer in _named_by_tiers(snapshot)
             if direction is Direction.INGRESS and isinstance(peer, PodPeer)}
    peers |= {(name[0], peer) for name, policy in snapshot.policies.items() if name[0] in homes
             for rules in policy_of(policy).rules.values() for rule in rules for peer in rule.peers if isinstance(peer, PodPeer)}
    for home, peer in peers:
        if peer.namespace_selector is None:
            yield from _elsewhere(home, peer.pod_selector, snapshot)
            continue
        matched = namespaces_matched(peer.namespace_selector, snapshot)
        if len(matched) <= _MOST:
            yield from (Listing(kind, name) for name in matched for kind in (*IN_MAPS, *_namespaced(snapshot)))
        elif peer.pod_selector != EVERYTHING:
            yield Listing("Pod", labels=format_selector(peer.pod_selector))
            there = {key[0] for key, pod in snapshot.pods.items() if matches(peer.pod_selector, pod.metadata.labels or {})}
            yield from (Listing("Service", name) for name in sorted(there)[:_MOST])


def _elsewhere(home: str, selector: Selector, snapshot: Snapshot) -> Iterator[Listing]:
    """Where there are no such pods: a podSelector alone, and meant for other namespaces, is a mistake that is often made."""
    if selector == EVERYTHING or not all(map(snapshot.has_read, (Listing("Pod", home), Listing("Namespace")))):
        return
    if not _are_there(home, selector, snapshot):
        yield Listing("Pod", labels=format_selector(selector))


def _are_there(home: str, selector: Selector, snapshot: Snapshot) -> bool:
    """Whether pods of a namespace match."""
    return any(key[0] == home and matches(selector, pod.metadata.labels or {}) for key, pod in snapshot.pods.items())


def namespaces_matched(selector: Selector, snapshot: Snapshot) -> list[str]:
    """The namespaces that are there, and those whose label of their name alone decides."""
    by_name = {value for each in selector.requirements if each.key == NAMESPACE_NAME and each.operator is Operator.IN
               for value in each.values} if not snapshot.has_read(Listing("Namespace")) else set()
    return sorted(name for name in {*snapshot.namespaces, *by_name} if matches(selector, labels_of_namespace(snapshot, name)))


def _reaches_far(asked: Asked, snapshot: Snapshot) -> bool:
    """Labels of pods and namespaces matter to policies anywhere; what egress forbids is felt at Services anywhere."""
    change = asked.change
    if change.namespaces or change.pods or change.workloads or any(target.kind is TargetKind.NAMESPACE for target in asked.targets):
        return True
    if any(policy.is_of_all or Direction.EGRESS in policy.effects for policy in foreign_policies_of(change)):
        return True
    named = [(target.namespace or asked.home, target.name) for target in (*asked.targets, *asked.deleted)
             if target.kind is TargetKind.NETWORKPOLICY]
    return any(isolates_egress(policy) for name, policy in snapshot.policies.items() if name in named or name in change.policies)


def _known_namespaces(asked: Asked, snapshot: Snapshot) -> list[str]:
    """Those that are named, and those that anything was found in: who may not list namespaces may list other kinds of all."""
    named = [target.name if target.kind is TargetKind.NAMESPACE else target.namespace for target in asked.targets]
    named += [source.namespace for source in asked.sources if isinstance(source, Object | Pods)]
    found = [namespace for namespace, _ in (*snapshot.services, *snapshot.pods, *snapshot.policies)]
    found += [namespace for _, namespace, _ in snapshot.workloads]
    return sorted({each for each in (asked.home or asked.fallback, *named, *found, *snapshot.namespaces) if each})


def _of_everything(asked: Asked, snapshot: Snapshot) -> Iterator[Listing]:
    """All namespaces at once; who may not list these gets them one by one, as far as they can be known."""
    kinds = (*IN_MAPS, *_namespaced(snapshot), *(entry_kinds(snapshot) if asked.entries else ()))
    yield Listing("Namespace")
    if asked.entries:
        yield from (Listing(f"{kind}Class") for kind in ("Ingress", "Gateway") if any(key.kind == kind for key in snapshot.beside))
    known = _known_namespaces(asked, snapshot)
    for kind in kinds:
        yield Listing(kind)
        if snapshot.gap_at(Listing(kind)):
            yield from (Listing(kind, name) for name in known)
    yield from (Listing("Namespace", name=name) for name in known if snapshot.gap_at(Listing("Namespace")))
    yield from _beside(known, snapshot)
    yield from _of_callers(known, asked, snapshot)
    yield from _of_targets(asked, snapshot)
