"""Which random objects is the real cluster asked about? Valid ones, from small alphabets, so that what they hold often meets."""
from random import Random
from typing import Any

Document = dict[str, Any]

LABELS = {"app": ("a", "b"), "tier": ("x", "y", "")}
NAMES = ("web", "dns", "metrics")
NUMBERS = (80, 81, 8080, 65535)
PROTOCOLS = ("TCP", "UDP", "SCTP")
BLOCKS = {                                                      # each with what may be excepted from it
    "0.0.0.0/0": ("10.0.0.0/8", "192.0.2.7/32"), "10.0.0.0/8": ("10.1.0.0/16", "10.0.0.0/9"), "192.0.2.0/24": ("192.0.2.128/25",),
    "192.0.2.7/32": (), "::/0": ("fd00::/8",), "fd00::/64": ("fd00::1/128", "fd00::/65")}


def named(kind: str, name: str, **fields: Any) -> Document:
    version = {"NetworkPolicy": "networking.k8s.io/v1"}.get(kind, "v1")
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def chosen(random: Random, *fields: tuple[float, str, Any]) -> Document:
    """Each field with its likelihood."""
    return {name: value for likelihood, name, value in fields if random.random() < likelihood}


def labels(random: Random, least: int = 0) -> dict[str, str]:
    keys = random.sample([*LABELS], random.randint(least, len(LABELS)))
    return {key: random.choice(LABELS[key]) for key in keys}


# ---- pods


def pod(random: Random, name: str) -> Document:
    on_host = random.random() < 0.1
    spec: Document = {"containers": [container(random, f"c{number}", on_host=on_host) for number in range(random.choice((1, 1, 2)))]}
    if random.random() < 0.4:
        spec["initContainers"] = [
            container(random, f"i{number}", on_host=False) | chosen(random, (0.7, "restartPolicy", "Always"))
            for number in range(random.choice((1, 2)))]
    if on_host:
        spec["hostNetwork"] = True
    document = named("Pod", name, spec=spec)
    document["metadata"]["labels"] = labels(random, 1)
    return document


def container(random: Random, name: str, *, on_host: bool) -> Document:
    """No name, and no number of one protocol, stands twice in it; on the host's network not even in two containers."""
    ports: dict[tuple[int, str], Document] = {}
    for port_name in random.sample((*NAMES, None), random.randint(0, 3)):
        number, protocol = random.randint(1, 65535) if on_host else random.choice(NUMBERS), random.choice((*PROTOCOLS, "TCP", None))
        port = {"containerPort": number, "name": port_name, "protocol": protocol}
        ports[number, protocol or "TCP"] = {field: value for field, value in port.items() if value}
    return {"name": name, "image": "nothing", "ports": [*ports.values()]}


# ---- Services


_KINDS: tuple[Document, ...] = (
    {}, {}, {"publishNotReadyAddresses": True}, {"clusterIP": "None"}, {"clusterIP": "None", "publishNotReadyAddresses": True},
    {"type": "NodePort"}, {"type": "LoadBalancer"}, {"type": "ExternalName", "externalName": "example.org"})
_FAMILIES: tuple[Document, ...] = (
    {}, {}, {"ipFamilies": ["IPv6"]}, {"ipFamilyPolicy": "RequireDualStack"}, {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6"]})


def service(random: Random, name: str) -> Document:
    kind, families = random.choice(_KINDS), random.choice(_FAMILIES)
    spec = {"selector": labels(random, 1), **kind, **(families if kind.get("type") != "ExternalName" else {})}
    pairs = {(random.choice((80, 443, 53, 8080)), random.choice((*PROTOCOLS, "TCP", "TCP", "TCP"))) for _ in range(random.randint(1, 3))}
    ports = [{"port": number, "protocol": protocol, "name": f"p{place}"} for place, (number, protocol) in enumerate(sorted(pairs))]
    if len(ports) == 1 and random.random() < 0.5:
        del ports[0]["name"]
    target = (*NUMBERS, *NAMES, *NAMES)
    return named("Service", name, spec={
        **spec, "ports": [{**port, **chosen(random, (0.8, "targetPort", random.choice(target)))} for port in ports]})


# ---- NetworkPolicies


def policy(random: Random, name: str) -> Document:
    """With absent and empty fields, which the API server fills in or takes for absent."""
    spec = chosen(
        random, (0.9, "podSelector", selector(random)),
        (0.7, "policyTypes", random.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Egress", "Egress"], [], None))),
        (0.8, "ingress", rules(random, "from")), (0.5, "egress", rules(random, "to")))
    return named("NetworkPolicy", name, **chosen(random, (0.97, "spec", spec)))


def rules(random: Random, side: str) -> list[Document] | None:
    return random.choice(([], None, *([rule(random, side) for _ in range(count)] for count in (1, 1, 2, 3))))


def rule(random: Random, side: str) -> Document:
    peers = [peer(random) for _ in range(random.randint(1, 3))]
    ports = [policy_port(random) for _ in range(random.randint(1, 3))]
    return chosen(
        random, (0.8, side, random.choice((peers, peers, peers, [], None))), (0.7, "ports", random.choice((ports, ports, ports, [], None))))


def peer(random: Random) -> Document:
    cidr = random.choice([*BLOCKS])
    block = {"cidr": cidr} | chosen(random, (0.6, "except", random.sample(BLOCKS[cidr], random.randint(0, len(BLOCKS[cidr])))))
    return random.choice((
        {"ipBlock": block}, {"podSelector": selector(random)}, {"namespaceSelector": selector(random)},
        {"namespaceSelector": selector(random), "podSelector": selector(random)}))


def policy_port(random: Random) -> Document:
    first, last = sorted(random.choices(NUMBERS, k=2))
    port = random.choice(({}, {"port": first}, {"port": random.choice(NAMES)}, {"port": first, "endPort": last}))
    return port | chosen(random, (0.7, "protocol", random.choice((*PROTOCOLS, None))))


def selector(random: Random) -> Document:
    expressions = [requirement(random) for _ in range(random.randint(0, 2))]
    return chosen(
        random, (0.5, "matchLabels", random.choice((labels(random), None))),
        (0.5, "matchExpressions", random.choice((expressions, None))))


def requirement(random: Random) -> Document:
    key, operator = random.choice([*LABELS]), random.choice(("In", "NotIn", "Exists", "DoesNotExist"))
    nothing: tuple[list[str] | None, ...] = ([], None)
    values = random.choices(LABELS[key], k=random.randint(1, 2)) if operator in ("In", "NotIn") else random.choice(nothing)
    return {"key": key, "operator": operator, "values": values}
