"""How is it said? Every sentence and every word form stands here, once."""
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from kubectl_netpol.reports import ObjectRef, PodPorts, PolicyRef, Port

SENTENCES = {
    # the answer as a whole
    "as-if": "as if with {changes}, on {base}",
    "gap": "not read: {verb} {resource}{where}: {reason}",
    "note": "note: {text}",

    # Services and workloads
    "no-services": "no Services",
    "no-connections": "no connections",
    "under-no-policy": "under no policy, so open to every source: {workloads}",
    "isolated": "isolated for {direction}: {workloads}",
    "isolated-by": "isolated by {policies}",
    "nobody": "nobody",
    "no-endpoints": "no endpoints",
    "not": "not {source}",
    "unsure": "{source} ({verdict})",
    "no-policy": "no policy",
    "not-published": "not published",
    "namespace": "ns/{name}",
    "service": "svc/{name}, {type}",
    "workload": "{workload}, {pods}",
    "workload-behind": "{workload}, {pods}, behind {services}",

    # policies
    "policy-isolates": "{policy} isolates {workloads} for {directions}",
    "policy-selects": "{policy} selects {workloads} and isolates nothing",
    "policy-selects-nothing": "{policy} selects no workload",
    "isolates": "isolates for {direction}",
    "rule-from": "{rule}: {ports} from {peers}",
    "rule-to": "{rule}: {ports} to {peers}",
    "rule-ports": "{rule}: {ports}",
    "rule-services": "in Services: {services}",
    "recorded-intent": "recorded intent: {intent}",
    "without-it": "without it:",
    "without-it-nothing": "without it nothing changes for Services",

    # answers
    "flow": "{source} → {target}",
    "directions": "ingress {ingress}, egress {egress}",
    "to-allow": "to allow it:",
    "to-try": "to try it:",

    # steps of an answer
    "step-service": "{service} sends {port} to pod port {pod_port} of {pods}",
    "step-headless": "{service} is headless: clients dial the pods themselves, on {pod_port} ({pods})",
    "step-no-endpoints": "{service} has no endpoints for {port}: no pod, and no workload that runs, stands behind it",
    "step-external-name": "{service} is a DNS name only: policies see the address that it resolves to",
    "step-node-address":
        "from outside, the pods see the client's own address only with externalTrafficPolicy: Local; here it may be a node's",
    "step-ingress-open": "no policy isolates {pods} for ingress",
    "step-ingress-isolated": "ingress of {pods} is isolated by {policies}, and no rule admits the source on {ports}",
    "step-isolated-too": "{policy} isolates them too",
    "step-admits": "admits {term} on {ports}",
    "step-egress-open": "no policy isolates {source} for egress",
    "step-egress-admits": "egress of {source} is isolated by {policies}, whose rules let it out",
    "step-egress-isolated": "egress of {source} is isolated by {policies}, and no rule lets all of it out",
    "step-missed": "{ports} {to-from} {peers}: {why}",
    "miss-service-port": "{entry} is the port of {service}; the pod port is {pod_port}",
    "miss-sidecar-name": "only an init container declares {entry}, which policies do not look at",
    "miss-unknown-name": "no container of the pods declares {entry}",
    "miss-protocol": "{entry} is of another protocol than {protocol}",
    "miss-ports": "{pod_port} is not among them",
    "miss-peers": "the other side is not among them",
    "addresses-outside": "addresses outside",
    "fix-no-endpoints": "look at the Service's selector and its target port: no pod stands behind it",
    "fix-unknown": "name the source in a rule of its own, by labels or by its real addresses",
    "left-out": "{source} leaves out the pod itself and its node, which always reach it, and host-network pods, which are nodes",
    "not-published-note": "{service} is not published outside; this is what the policies would say of a client that finds another way",
    "only-published": "from outside, only what Services publish is listed",
    "headless-port": "clients that dial {port} reach the pods on {port}; only clients of SRV records get {target}",
    "source-ranges": "the load balancer itself lets in {ranges} only, where the provider supports it",
    "external-name": "a DNS name only, {name}: there are no pods to admit anybody to",
    "no-selector": "no selector: its endpoints are made by hand",
    "published-by": "published by {objects}",

    # findings
    "to-see-mended": "to see it mended:",
    "to-mend": "to mend it: {patch}",
    "findings": "{count}",
    "new-findings": "new: {count}",
    "gone-findings": "findings that go: {count}",

    # changes
    "no-difference": "no difference",
    "same-verdicts": "what is allowed stays the same",
    "newly-isolated": "newly isolated for {direction}: {workloads}",
    "would-stop": "would stop:",
    "would-change": "would change:",
    "guessed": "guessed, so look at it: {intent}",
    "guessed-from": "guessed, so look at it: {intent} ({evidence})",
    "not-proved": "with it, this is {verdict}: {intent}",
    "nothing-to-suggest": "nothing to suggest",
}

SHORT_KINDS = {
    "Service": "svc", "NetworkPolicy": "netpol", "Namespace": "ns", "Deployment": "deploy", "StatefulSet": "sts",
    "DaemonSet": "ds", "ReplicaSet": "rs", "ReplicationController": "rc", "Ingress": "ing", "PersistentVolumeClaim": "pvc",
}
GROUPS = {
    "NetworkPolicy": "networking.k8s.io", "Ingress": "networking.k8s.io", "Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps",
    "ReplicaSet": "apps", "Job": "batch", "CronJob": "batch", "Gateway": "gateway.networking.k8s.io",
}
PLURALS = {"policy": "policies", "address": "addresses"}
RULE_PATH = re.compile(r"spec\.(?:(?P<direction>ingress|egress)\[(?P<rule>\d+)])?\.?"
                       r"(?:(?P<list>ports|from|to)\[(?P<entry>\d+)])?\.?(?P<rest>.*)", re.DOTALL)
LAST_PORT = 65535
PROTOCOLS = ("TCP", "UDP", "SCTP")


def sentence(code: str, facts: Mapping[str, str]) -> str:
    """The sentence of SENTENCES with its facts; an unknown code or a missing fact raises KeyError."""
    return SENTENCES[code].format_map(facts)


# ---- numbers and lists


def count(number: int, noun: str) -> str:
    """1 pod, 2 pods."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    return PLURALS.get(noun, f"{noun}s")


def listed(items: Sequence[str], most: int | None = None) -> str:
    """a, b and c; with most=2 rather: a, b and 3 more. One more than most is still named, as that is no longer."""
    if most is not None and len(items) > most + 1:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def named(noun: str, names: Sequence[str], most: int | None = None) -> str:
    """pod gitlab-0; pods gitlab-0, gitlab-1 and 3 more."""
    return f"{noun if len(names) == 1 else plural(noun)} {listed(names, most)}"


# ---- objects


def object_name(thing: ObjectRef, home: str | None) -> str:
    """As it can be typed: svc/gitlab, and ns/shop:svc/web where its namespace is not home."""
    return f"{elsewhere(thing.namespace, home)}{SHORT_KINDS.get(thing.kind, thing.kind.lower())}/{thing.name}"


def object_names(things: Iterable[ObjectRef], home: str | None) -> list[str]:
    return [object_name(thing, home) for thing in things]


def home_of(namespaces: Iterable[str]) -> str | None:
    """The namespace that need not be named: the only one."""
    distinct = {namespace for namespace in namespaces if namespace}
    return distinct.pop() if len(distinct) == 1 else None


def elsewhere(namespace: str, home: str | None) -> str:
    return f"ns/{namespace}:" if namespace not in ("", home) else ""


def full_name(kind: str, name: str) -> str:
    """As kubectl -o name prints it: networkpolicy.networking.k8s.io/allow-from-all."""
    return f"{'.'.join(filter(None, (kind.lower(), GROUPS.get(kind))))}/{name}"


def policy_name(policy: PolicyRef, home: str | None) -> str:
    return f"{elsewhere(policy.namespace, home)}netpol/{policy.name}"


def policy_names(policies: Iterable[PolicyRef], home: str | None) -> str:
    """Each policy once, whichever of its rules are meant."""
    return ", ".join(dict.fromkeys(policy_name(policy, home) for policy in policies))


def rule_name(policy: PolicyRef, home: str | None) -> str:
    """netpol/allow-from-all, ingress rule 1."""
    return f"{policy_name(policy, home)}, {policy.direction} rule {policy.rule}"


def path_in_words(path: str) -> str:
    """spec.ingress[0].ports[1] is ingress rule 1, port entry 2; what is not known stays as it is written."""
    match = RULE_PATH.fullmatch(path)
    if not match:
        return path
    said = []
    if match["direction"]:
        said.append(f"{match['direction']} rule {int(match['rule']) + 1}")
    if match["list"]:
        said.append(f"{'port entry' if match['list'] == 'ports' else 'peer'} {int(match['entry']) + 1}")
    return ", ".join(filter(None, [*said, match["rest"]]))


def command(argv: Iterable[str]) -> str:
    """As it can be pasted into a shell."""
    return shlex.join(argv)


# ---- ports


def port_number(number: int, protocol: str) -> str:
    """10022/TCP."""
    return f"{number}/{protocol}"


def service_port(port: Port) -> str:
    """ssh 10022; the protocol is told where it is not TCP: dns 53/UDP."""
    number = str(port.port) if port.protocol == "TCP" else port_number(port.port, port.protocol)
    return f"{port.name} {number}" if port.name else number


def target_with_port(text: str, port: Port | None) -> str:
    """What the target's own text does not say of its port: svc/gitlab:10022 (ssh), svc/gitlab:ssh (10022/TCP)."""
    if port is None:
        return text
    number, said = port_number(port.port, port.protocol), text.rpartition(":")[2]
    beside = port.name if said in (str(port.port), number) else number
    return f"{text} ({beside})" if beside else text


def pod_ports(ports: Iterable[PodPorts]) -> str:
    """80/TCP, 30000-30100/UDP; all ports."""
    said = [pod_port(each) for each in ports]
    every = [f"all of {protocol}" for protocol in PROTOCOLS]
    return "all ports" if said == every else ", ".join(said)


def pod_port(ports: PodPorts) -> str:
    last = ports.end_port or ports.port
    if (ports.port, last) == (1, LAST_PORT):
        return f"all of {ports.protocol}"
    return port_number(ports.port, ports.protocol) if last == ports.port else f"{ports.port}-{last}/{ports.protocol}"
