"""Which clusters are tried? Small ones from small alphabets, so that what they hold often meets."""
import copy
import os
from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Document: TypeAlias = dict[str, Any]

NAMESPACES = ("x", "y", "z")
NUMBERS = (80, 81, 8080)
NAMES = ("web", "dns")
LABELS = {"app": ("a", "b"), "tier": ("a", "b")}
TEAMS = ("red", "blue")
BLOCKS = {                                          # each with what may be excepted from it
    "0.0.0.0/0": ("10.0.0.0/30", "10.0.0.2/32", "192.0.2.0/24"), "10.0.0.0/8": ("10.0.0.0/30", "10.0.0.4/30"),
    "10.0.0.0/30": ("10.0.0.2/32", "10.0.0.1/32"), "10.0.0.4/30": (), "10.0.0.1/32": (),
    "0.0.0.0/1": ("10.0.0.0/29",), "128.0.0.0/1": (), "192.0.2.0/24": ("192.0.2.128/25",),
    "::/0": ("fd00::/126", "fd00::2/128"), "fd00::/64": ("fd00::2/128",), "fd00::1/128": (), "::/1": (), "8000::/1": (),
    "2001:db8::/32": ()}
OUTSIDE = ("192.0.2.0/24", "192.0.2.7", "192.0.2.0/24 except 192.0.2.128/25", "198.51.100.0/24", "2001:db8::/32", "2001:db8::1")


def often(usual: Any, *rare: Any, weight: int = 3) -> SearchStrategy[Any]:
    return st.sampled_from([usual] * weight + list(rare))


def tried(examples: int) -> Callable[[Any], Any]:
    """The same examples each time; HYPOTHESIS_PROFILE=deep tries others, and 20 times as many."""
    deep = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
    return settings(
        max_examples=examples * (20 if deep else 1), derandomize=not deep, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink])


# ---- labels and selectors

protocol = st.sampled_from([{}, {}, {}, {"protocol": "TCP"}, {"protocol": "UDP"}, {"protocol": "SCTP"}])
labels = st.fixed_dictionaries({"app": st.sampled_from(LABELS["app"])}, optional={"tier": st.sampled_from(LABELS["tier"])})


@st.composite
def requirement(draw: DrawFn, alphabet: dict[str, tuple[str, ...]]) -> Document:
    key = draw(st.sampled_from([*alphabet, "tier" if "tier" in alphabet else "team"]))
    operator = draw(st.sampled_from(["In", "In", "NotIn", "NotIn", "Exists", "Exists", "DoesNotExist"]))
    values = draw(st.lists(st.sampled_from(alphabet[key]), min_size=1, max_size=2, unique=True))
    return {"key": key, "operator": operator, **({"values": values} if operator in ("In", "NotIn") else {})}


@st.composite
def selector(draw: DrawFn, alphabet: dict[str, tuple[str, ...]]) -> Document:
    match draw(st.sampled_from(["expressions", "expressions", "expressions", "all", "labels", "labels", "both"])):
        case "all":
            return {}
        case "labels":
            return {"matchLabels": draw(one_label(alphabet))}
        case "expressions":
            return {"matchExpressions": draw(st.lists(requirement(alphabet), min_size=1, max_size=2))}
        case _:
            return {"matchLabels": draw(one_label(alphabet)), "matchExpressions": [draw(requirement(alphabet))]}


@st.composite
def one_label(draw: DrawFn, alphabet: dict[str, tuple[str, ...]]) -> dict[str, str]:
    key = draw(st.sampled_from([*alphabet]))
    return {key: draw(st.sampled_from(alphabet[key]))}


pod_selector = selector(LABELS)
namespace_selector = selector({"team": TEAMS, "env": ("test",), "kubernetes.io/metadata.name": NAMESPACES[:2]})


# ---- policies


@st.composite
def ip_block(draw: DrawFn) -> Document:
    cidr = draw(st.sampled_from([*BLOCKS]))
    possible = BLOCKS[cidr] if draw(often(True, False, weight=5)) else ()
    excepts = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=2, unique=True)) if possible else []
    return {"ipBlock": {"cidr": cidr, **({"except": excepts} if excepts else {})}}


@st.composite
def peer(draw: DrawFn) -> Document:
    match draw(st.sampled_from(["block", "block", "pods", "pods", "namespaces", "namespaces", "both", "both"])):
        case "pods":
            return {"podSelector": draw(pod_selector)}
        case "namespaces":
            return {"namespaceSelector": draw(namespace_selector)}
        case "both":
            return {"namespaceSelector": draw(namespace_selector), "podSelector": draw(pod_selector)}
        case _:
            return draw(ip_block())


@st.composite
def policy_port(draw: DrawFn) -> Document:
    said = draw(protocol)
    match draw(st.sampled_from(["range", "range", "range", "name", "name", "name", "number", "number", "all"])):
        case "number":
            return {**said, "port": draw(st.sampled_from(NUMBERS))}
        case "name":
            return {**said, "port": draw(st.sampled_from(NAMES))}
        case "range":
            return {**said, **draw(st.sampled_from([
                {"port": 80, "endPort": 81}, {"port": 1, "endPort": 80}, {"port": 80, "endPort": 8080}, {"port": 80, "endPort": 80}]))}
        case _:
            return said


@st.composite
def rule(draw: DrawFn, peers: str) -> Document:
    made = {}
    for field, entry, weight in ((peers, peer(), 9), ("ports", policy_port(), 4)):
        filled = draw(st.sampled_from([*["filled"] * weight, "absent", "absent", [], None]))
        if filled == "filled":
            made[field] = [draw(entry) for _ in range(draw(st.sampled_from([1, 2, 2, 3])))]
        elif filled != "absent":
            made[field] = filled
    return made


@st.composite
def policy(draw: DrawFn, name: str, namespaces: tuple[str, ...] = NAMESPACES) -> Document:
    made: Document = {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": draw(st.sampled_from(namespaces))}}
    if draw(often(True, False, weight=19)):
        made["spec"] = draw(policy_spec())
    return made


@st.composite
def policy_spec(draw: DrawFn) -> Document:
    spec: Document = {}
    if draw(often(True, False, weight=9)):
        spec["podSelector"] = draw(st.sampled_from([{}, {}, None])) if draw(often(True, False, weight=1)) else draw(pod_selector)
    both = ["Ingress", "Egress"]
    types = draw(st.sampled_from(["absent", "absent", *[["Ingress"]] * 5, ["Egress"], ["Egress"], both, [], None, ["Ingress", "Ingress"]]))
    if types != "absent":
        spec["policyTypes"] = types
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        rules = draw(st.sampled_from([*["rules"] * (9 if direction == "ingress" else 3), "absent", [], None]))
        if rules != "absent":
            spec[direction] = [draw(rule(peers)) for _ in range(draw(st.sampled_from([1, 2])))] if rules == "rules" else rules
    return spec


# ---- pods, workloads, Services, namespaces


@st.composite
def pod_spec(draw: DrawFn) -> Document:
    main, sidecar = [], []
    for name in NAMES:
        where = draw(st.sampled_from([main, main, sidecar, sidecar, None]))
        if where is not None:
            where.append({"name": name, "containerPort": draw(st.sampled_from(NUMBERS)), **draw(protocol)})
    spec: Document = {"containers": [{"name": "main", **({"ports": main} if main else {})}]}
    if sidecar:
        restart = draw(often({"restartPolicy": "Always"}, {}))
        spec["initContainers"] = [{"name": "sidecar", **restart, "ports": sidecar}]
    if draw(often(False, True, weight=14)):
        spec["hostNetwork"] = True
    return spec


@st.composite
def pod(draw: DrawFn, number: int, namespaces: tuple[str, ...], families: str) -> Document:
    made = document("Pod", f"p{number}", draw(st.sampled_from(namespaces)), draw(pod_spec()))
    made["metadata"]["labels"] = draw(labels)
    four, six = {"ip": f"10.0.0.{number + 1}"}, {"ip": f"fd00::{number + 1}"}
    addresses = {"4": [four], "6": [six], "46": draw(st.sampled_from([[four, six], [four]]))}[families]
    status: Document = {"phase": draw(often("Running", "Succeeded", "Failed", weight=10))}
    if draw(often(True, False, weight=7)):
        status |= {"podIP": addresses[0]["ip"]}
        if families == "46" or draw(st.booleans()):
            status |= {"podIPs": addresses}
    made["status"] = status
    return made


def document(kind: str, name: str, namespace: str, spec: Document) -> Document:
    groups = {"Pod": "v1", "Service": "v1", "Job": "batch/v1", "CronJob": "batch/v1"}
    return {"apiVersion": groups.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


@st.composite
def workload(draw: DrawFn, number: int, namespaces: tuple[str, ...]) -> Document:
    kind = draw(st.sampled_from(["Deployment", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"]))
    chosen = draw(labels)
    spec: Document = {"template": {"metadata": {"labels": chosen}, "spec": draw(pod_spec())}}
    if kind in ("Deployment", "StatefulSet"):
        spec |= draw(st.sampled_from([{}, {"replicas": 1}, {"replicas": 2}, {"replicas": 0}, {"replicas": 0}]))
    if kind in ("Deployment", "StatefulSet", "DaemonSet"):
        spec |= {"selector": {"matchLabels": chosen}}
    if kind == "CronJob":
        spec = {"schedule": "@daily", "jobTemplate": {"spec": spec}}
    return document(kind, f"w{number}", draw(st.sampled_from(namespaces)), spec)


@st.composite
def service(draw: DrawFn, number: int, pods: list[Document]) -> Document:
    """Mostly one that selects a pod."""
    behind = draw(st.sampled_from(pods))
    found = behind["metadata"].get("labels") or (behind["spec"].get("jobTemplate") or behind)["spec"]["template"]["metadata"]["labels"]
    key = draw(st.sampled_from([*found]))
    spec: Document = {"selector": draw(often({key: found[key]}, {"app": "c"}, weight=14))}
    if draw(often(False, True, weight=3)):
        spec["clusterIP"] = "None"
    same = lambda port: (port["port"], port.get("protocol", "TCP"))  # noqa: E731
    spec["ports"] = draw(st.lists(service_port(), min_size=1, max_size=2, unique_by=same))
    for index, port in enumerate(spec["ports"]):
        port["name"] = f"p{index}"
    return document("Service", f"s{number}", behind["metadata"]["namespace"], spec)


@st.composite
def service_port(draw: DrawFn) -> Document:
    target = draw(st.sampled_from([{}, {}, *({"targetPort": each} for each in [*NUMBERS, *NUMBERS, *NAMES, *NAMES])]))
    return {"port": draw(st.sampled_from([80, 80, 8080, 443])), **draw(protocol), **target}


@st.composite
def namespace(draw: DrawFn, name: str) -> Document:
    chosen = draw(st.fixed_dictionaries({}, optional={"team": st.sampled_from(TEAMS), "env": st.just("test")}))
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **({"labels": chosen} if chosen else {})}}


@st.composite
def clusters(draw: DrawFn) -> list[Document]:
    """Documents with an order of their own; pods and addresses are unique."""
    namespaces = NAMESPACES[:draw(st.sampled_from([2, 2, 2, 1, 3]))]
    families = draw(st.sampled_from(["4", "4", "46", "46", "6"]))
    declared = [draw(namespace(name)) for name in namespaces if draw(often(True, False))]
    pods = [draw(pod(number, namespaces, families)) for number in range(draw(st.integers(2, 4)))]
    workloads = [draw(workload(number, namespaces)) for number in range(draw(st.sampled_from([0, 0, 1, 1, 2])))]
    services = [draw(service(number, [*pods, *workloads])) for number in range(draw(st.integers(1, 2)))]
    policies = [draw(policy(f"n{number}", namespaces_of(pods))) for number in range(draw(st.sampled_from([0, 1, 1, 2, 2, 2, 3, 3])))]
    return [*declared, *pods, *workloads, *services, *policies]


# ---- policies of administrators


@st.composite
def with_tiers(draw: DrawFn) -> list[Document]:
    """Blocks of addresses only where all addresses are known: rules in an order are told apart pod by pod here, and by sets there."""
    documents = draw(clusters())
    is_located = all(each["kind"] not in WORKLOADS and (each["kind"] != "Pod" or each["status"].get("podIP")) for each in documents)
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "default"]), min_size=1, max_size=3, unique=True))
    kinds = [draw(st.sampled_from(["AdminNetworkPolicy", "ClusterNetworkPolicy", "ClusterNetworkPolicy"])) for _ in names]
    tiers = [draw(tier_policy("BaselineAdminNetworkPolicy" if name == "default" else kind, name, is_located))
             for kind, name in zip(kinds, names)]
    return [*documents, *tiers, *(nodes(documents) if is_located else ())]


def nodes(documents: list[Document]) -> list[Document]:
    """At the addresses of the pods on their network, and one more."""
    there = [each["status"]["podIP"] for each in documents if each["kind"] == "Pod" and each["spec"].get("hostNetwork")]
    return [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node{number}", "labels": {"team": TEAMS[number % 2]}},
             "status": {"addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": f"node{number}"}]}}
            for number, address in enumerate([*there, "198.51.100.9"])]


@st.composite
def tier_policy(draw: DrawFn, kind: str, name: str, is_located: bool) -> Document:
    rules = {direction: draw(st.lists(tier_rule(kind, side, is_located), min_size=least, max_size=3))
             for direction, side, least in (("ingress", "from", 0), ("egress", "to", 0))}
    own: Document = {} if kind.startswith("Baseline") else {"priority": draw(st.sampled_from([1, 1, 2]))}
    if kind == "ClusterNetworkPolicy":
        own["tier"] = draw(st.sampled_from(["Admin", "Baseline"]))
    version = "v1alpha2" if kind == "ClusterNetworkPolicy" else "v1alpha1"
    return {"apiVersion": f"policy.networking.k8s.io/{version}", "kind": kind, "metadata": {"name": name},
            "spec": {**own, "subject": draw(tier_pods), **{direction: found for direction, found in rules.items() if found}}}


tier_pods = st.one_of(
    st.fixed_dictionaries({"namespaces": selector({"team": TEAMS})}),
    st.fixed_dictionaries({"pods": st.fixed_dictionaries({
        "namespaceSelector": st.one_of(st.just({}), selector({"team": TEAMS})), "podSelector": selector(LABELS)})}))


@st.composite
def tier_rule(draw: DrawFn, kind: str, side: str, is_located: bool) -> Document:
    allow = "Accept" if kind == "ClusterNetworkPolicy" else "Allow"
    action = draw(st.sampled_from([allow, "Deny", *(["Pass"] if kind != "BaselineAdminNetworkPolicy" else [])]))
    peers = draw(st.lists(tier_peer(side, is_located), min_size=1, max_size=2))
    entry, field = (tier_protocol, "protocols") if kind == "ClusterNetworkPolicy" else (tier_port, "ports")
    has_names = all({"namespaces", "pods"} & {*peer} for peer in peers)
    ports = [each for each in draw(st.lists(entry, max_size=2)) if has_names or not {"namedPort", "destinationNamedPort"} & {*each}]
    return {"action": action, side: peers, **({field: ports} if ports else {})}


@st.composite
def tier_peer(draw: DrawFn, side: str, is_located: bool) -> Document:
    if side == "from" or not is_located or draw(st.booleans()):
        return draw(tier_pods)
    if draw(st.booleans()):
        return {"nodes": draw(selector({"team": TEAMS}))}
    return {"networks": draw(st.lists(st.sampled_from([*BLOCKS]), min_size=1, max_size=2, unique=True))}


_span = st.sampled_from([{"start": 80, "end": 81}, {"start": 81, "end": 8080}])
tier_port = st.one_of(
    st.builds(lambda number, its: {"portNumber": {"port": number, **its}}, st.sampled_from(NUMBERS), protocol),
    st.builds(lambda span, its: {"portRange": {**span, **its}}, _span, protocol),
    st.builds(lambda name: {"namedPort": name}, st.sampled_from(NAMES)))
tier_protocol = st.one_of(
    st.builds(lambda its, to: {its: {"destinationPort": {"number": to}}}, st.sampled_from(["tcp", "udp"]), st.sampled_from(NUMBERS)),
    st.builds(lambda its, span: {its: {"destinationPort": {"range": span}}}, st.sampled_from(["tcp", "sctp"]), _span),
    st.builds(lambda name: {"destinationNamedPort": name}, st.sampled_from(NAMES)))


def namespaces_of(pods: list[Document]) -> tuple[str, ...]:
    return tuple({each["metadata"]["namespace"]: 0 for each in pods})


@st.composite
def changed(draw: DrawFn, before: list[Document]) -> list[Document]:
    """The state after: some policies gone, changed or new; now and then another label or one pod less."""
    after = copy.deepcopy(before)
    policies = [each for each in after if each["kind"] == "NetworkPolicy"]
    for each in policies:
        match draw(st.sampled_from(["kept", "kept", "gone", "changed"])):
            case "gone":
                after.remove(each)
            case "changed":
                each["spec"] = draw(policy_spec())
    pods = [each for each in after if each["kind"] == "Pod"]
    match draw(st.sampled_from(["policy", "policy", "label", "pod", "port"])):
        case "policy":
            after.append(draw(policy("new", namespaces_of(pods))))
        case "label":
            draw(st.sampled_from(pods))["metadata"]["labels"] = draw(labels)
        case "pod" if len(pods) > 1:
            after.remove(draw(st.sampled_from(pods)))
        case "port":
            chosen = draw(st.sampled_from([each for each in after if each["kind"] == "Service"]))["spec"]["ports"][0]
            chosen["targetPort"] = draw(st.sampled_from([*NUMBERS, *NAMES]))
    return after


# ---- what each feature is worth: a cluster without it

Without: TypeAlias = Callable[[list[Document]], None]


def specs(documents: list[Document]) -> list[Document]:
    return [each["spec"] for each in documents if each["kind"] == "NetworkPolicy" and each.get("spec")]


def rules(documents: list[Document]) -> list[tuple[str, Document]]:
    """Each rule with the name of its list of peers."""
    return [(peers, rule) for spec in specs(documents) for direction, peers in (("ingress", "from"), ("egress", "to"))
            for rule in spec.get(direction) or []]


def peers_of(documents: list[Document]) -> list[Document]:
    return [peer for peers, rule in rules(documents) for peer in rule.get(peers) or []]


def ports_of(documents: list[Document]) -> list[Document]:
    return [port for _, rule in rules(documents) for port in rule.get("ports") or []]


def pod_specs(documents: list[Document]) -> list[Document]:
    templates = [(each["spec"].get("jobTemplate") or each)["spec"] for each in documents if each["kind"] in WORKLOADS]
    return [each["spec"] for each in documents if each["kind"] == "Pod"] + [each["template"]["spec"] for each in templates]


WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def requirement_gone(operator: str) -> Without:
    def without(documents: list[Document]) -> None:
        for selector in selectors_of(documents):
            kept = [each for each in selector.get("matchExpressions", ()) if each["operator"] != operator]
            if "matchExpressions" in selector:
                selector["matchExpressions"] = kept
    return without


def selectors_of(documents: list[Document]) -> list[Document]:
    own = [spec.get("podSelector") for spec in specs(documents)]
    of_peers = [peer.get(key) for peer in peers_of(documents) for key in ("podSelector", "namespaceSelector")]
    return [each for each in [*own, *of_peers] if each]


def gone(where: Callable[[list[Document]], list[Document]], *fields: str) -> Without:
    """The fields are absent."""
    def without(documents: list[Document]) -> None:
        for each in where(documents):
            for field in fields:
                each.pop(field, None)
    return without


def gone_from_peers(field: str, *, beside: str) -> Without:
    """Of peers with both."""
    return gone(lambda documents: [each for each in peers_of(documents) if field in each and beside in each], field)


def set_in(where: Callable[[list[Document]], list[Document]], field: str, old: Any, new: Any) -> Without:
    def without(documents: list[Document]) -> None:
        for each in where(documents):
            if field in each and (each[field] == old or (isinstance(old, type) and isinstance(each[field], old))):
                each[field] = new
    return without


def only_first(field: str) -> Without:
    def without(documents: list[Document]) -> None:
        for peers, rule in rules(documents):
            name = peers if field == "peers" else field
            if rule.get(name):
                rule[name] = rule[name][:1]
    return without


def only_first_rule(documents: list[Document]) -> None:
    for spec in specs(documents):
        for direction in ("ingress", "egress"):
            if spec.get(direction):
                spec[direction] = spec[direction][:1]


def last_policy_gone(documents: list[Document]) -> None:
    policies = [each for each in documents if each["kind"] == "NetworkPolicy"]
    if len(policies) > 1:
        documents.remove(policies[-1])


def without_blocks(documents: list[Document]) -> None:
    for peers, rule in rules(documents):
        if rule.get(peers):
            rule[peers] = [each for each in rule[peers] if "ipBlock" not in each] or [{"podSelector": {"matchLabels": {"no": "pod"}}}]


def without_excepts(documents: list[Document]) -> None:
    gone(lambda _: [each["ipBlock"] for each in peers_of(documents) if "ipBlock" in each], "except")(documents)


def kinds(*names: str) -> Callable[[list[Document]], list[Document]]:
    return lambda documents: [each["spec"] for each in documents if each["kind"] in names]


def statuses(documents: list[Document]) -> list[Document]:
    return [each["status"] for each in documents if each["kind"] == "Pod"]


def service_ports(documents: list[Document]) -> list[Document]:
    return [port for spec in kinds("Service")(documents) for port in spec["ports"]]


def container_ports(documents: list[Document]) -> list[Document]:
    return [port for spec in pod_specs(documents) for key in ("containers", "initContainers") for each in spec.get(key, ())
            for port in each.get("ports", ())]


def filled(documents: list[Document]) -> None:
    """Directions without rules have one that allows all."""
    for spec in specs(documents):
        for direction in ("ingress", "egress"):
            if not spec.get(direction) and direction.capitalize() in (spec.get("policyTypes") or ()):
                spec[direction] = [{}]


def with_no_peers(documents: list[Document]) -> None:
    """What admits anyone admits no pod."""
    for peers, rule in rules(documents):
        if not rule.get(peers):
            rule[peers] = [{"podSelector": {"matchLabels": {"no": "pod"}}}]


def with_no_ports(documents: list[Document]) -> None:
    for _, rule in rules(documents):
        if not rule.get("ports"):
            rule["ports"] = [{"port": 9}]


def numbered(documents: list[Document]) -> None:
    for each in ports_of(documents):
        each.setdefault("port", 9)


def spec_given(documents: list[Document]) -> None:
    for each in documents:
        if each["kind"] == "NetworkPolicy":
            each.setdefault("spec", {"policyTypes": ["Egress"], "egress": [{}]})


FEATURES: dict[str, Without] = {
    "In": requirement_gone("In"), "NotIn": requirement_gone("NotIn"), "Exists": requirement_gone("Exists"),
    "DoesNotExist": requirement_gone("DoesNotExist"), "matchLabels": gone(selectors_of, "matchLabels"),
    "podSelector of a policy": gone(specs, "podSelector"),
    "namespaceSelector beside podSelector": gone_from_peers("namespaceSelector", beside="podSelector"),
    "podSelector beside namespaceSelector": gone_from_peers("podSelector", beside="namespaceSelector"),
    "ipBlock": without_blocks, "except": without_excepts, "endPort": gone(ports_of, "endPort"),
    "named port": set_in(ports_of, "port", str, 9), "numbered port": set_in(ports_of, "port", int, 9),
    "port without number": numbered,
    "UDP in policies": set_in(ports_of, "protocol", "UDP", "TCP"), "SCTP in policies": set_in(ports_of, "protocol", "SCTP", "TCP"),
    "policyTypes": gone(specs, "policyTypes"), "a second rule": only_first_rule, "a second peer": only_first("peers"),
    "a second port": only_first("ports"), "a second policy": last_policy_gone, "no rules": filled, "no peers": with_no_peers,
    "no ports": with_no_ports, "no spec": spec_given, "egress rules": gone(specs, "egress"), "ingress rules": gone(specs, "ingress"),
    "host network": gone(pod_specs, "hostNetwork"), "pod addresses": gone(statuses, "podIP", "podIPs"),
    "finished pods": gone(statuses, "phase"), "sidecars": gone(pod_specs, "initContainers"),
    "UDP in pods": set_in(container_ports, "protocol", "UDP", "TCP"),
    "targetPort number": set_in(service_ports, "targetPort", int, 9), "targetPort name": set_in(service_ports, "targetPort", str, 9),
    "UDP Services": set_in(service_ports, "protocol", "UDP", "TCP"), "headless": gone(kinds("Service"), "clusterIP"),
    "replicas": gone(kinds("Deployment", "StatefulSet"), "replicas"),
    "namespace labels": gone(lambda documents: [each["metadata"] for each in documents if each["kind"] == "Namespace"], "labels"),
}
