"""How can an object be wrong? By a value at a place where it does not fit; or where it does, which must be accepted."""
import copy
from random import Random
from typing import Any

Document = dict[str, Any]
Values = tuple[Any, ...]

GONE, TWICE = object(), object()                                # the field is left out; the item stands twice in its list

_NUMBERS = (0, -1, 1, 80, 65535, 65536, 2 ** 31, "80", None, GONE)
_PORT_NAMES = ("", "web", "Web", "a" * 15, "a" * 16, "80", "8a", "-a", "a-", "a--b", "a_b", "a.b", " a", "a\n", "é", None, 80, GONE)
_NAMES = ("", "web", "Web", "a" * 63, "a" * 64, "8", "-a", "a-", "a--b", "a_b", "a.b", " a", "a\n", "é", "a" * 253, "a" * 254, None, GONE)
_KEYS = ("", "a", "A.b_c-d", "-a", "a-", "a b", "a" * 63, "a" * 64, "/a", "a/", "a/b", "a/b/c", "X/a", "x.y/a", "x..y/a", "é", "a\n")
_VALUES = ("", "a", "A.b_c-d", "-a", "a-", "a b", "a" * 63, "a" * 64, "a/b", "é", "a\n", None)
_MAPS = (None, {}, *({key: "a"} for key in _KEYS), *({"a": value} for value in _VALUES))
_PROTOCOLS = ("TCP", "UDP", "SCTP", "tcp", "ICMP", "", None, GONE)
_IPV4 = ("10.0.0.1", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/32", " 10.0.0.1")
_ADDRESSES = ("", *_IPV4, "fd00::1", "FD00::1", "fd00::1::", "::ffff:10.0.0.1", "fe80::1%eth0", "a")
_UNUSUAL = ("127.0.0.1", "0.0.0.0", "224.0.0.1", "fe80::1")
_BLOCKS = (
    "", "10.0.0.0/8", "10.1.0.0/16", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/+8", "010.0.0.0/8", "10.0.0.0",
    "0.0.0.0/0", "::/0", "::/129", "fd00::/64", "fd00::1/64", "::ffff:10.0.0.0/104", "a/8", "/8", " 10.0.0.0/8")
_INSIDE = ("10.0.0.0/8", "10.0.0.0/7", "10.0.0.0/9", "10.255.255.255/32", "11.0.0.0/9", "::/0")
_SELECTORS: Values = (None, {}, GONE, {"matchLabels": {}}, {"matchExpressions": []})
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "in", "Gt", "", None, GONE)
_TYPES: Values = ([], None, ["ingress"], [""], ["Ingress"], ["Ingress", "Egress"], ["Egress"] * 3, ["Ingress", "Egress", "Ingress"])
_FAMILIES: Values = ([], None, ["IPv4"], ["IPv6"], ["IPv6", "IPv4"], ["IPv4", "IPv4"], ["ipv4"], ["IPv4", "IPv6", "IPv4"])
_TRAFFIC = ("Local", "Cluster", "local", "", None)
_NO_LIST: Values = ([], None, GONE)


def _one_of(values: Values) -> list[list[Any]]:
    return [[each] for each in values]


_METADATA = {"metadata.name": _NAMES, "metadata.labels": _MAPS, "metadata.annotations": _MAPS}
_CONTAINER_PORT = {"name": _PORT_NAMES, "containerPort": _NUMBERS, "hostPort": _NUMBERS, "protocol": _PROTOCOLS}

# Of each kind: what to put where. [] is an item of a list; a place that is not there is made.
BREAKAGES: dict[str, dict[str, Values]] = {
    "NetworkPolicy": {
        **_METADATA, "spec": (None, GONE, {}), "spec.policyTypes": _TYPES,
        "spec.podSelector": _SELECTORS, "spec.podSelector.matchLabels": _MAPS,
        "spec.podSelector.matchExpressions.[]": (TWICE, None), "spec.podSelector.matchExpressions.[].key": (*_KEYS, None, GONE),
        "spec.podSelector.matchExpressions.[].operator": _OPERATORS,
        "spec.podSelector.matchExpressions.[].values": (*_NO_LIST, ["a", "a"], *_one_of(_VALUES)),
        "spec.ingress": (*_NO_LIST, [{}]), "spec.ingress.[]": (TWICE, {}), "spec.egress": (*_NO_LIST, [{}]),
        "spec.ingress.[].ports.[]": (TWICE, {}), "spec.ingress.[].ports.[].port": (*_NUMBERS, *_PORT_NAMES),
        "spec.ingress.[].ports.[].endPort": _NUMBERS, "spec.ingress.[].ports.[].protocol": _PROTOCOLS,
        "spec.egress.[].ports.[].port": (*_NUMBERS, *_PORT_NAMES), "spec.egress.[].ports.[].endPort": _NUMBERS,
        "spec.ingress.[].from.[]": (TWICE, {}), "spec.egress.[].to.[]": (TWICE, {}),
        "spec.ingress.[].from.[].podSelector": _SELECTORS, "spec.ingress.[].from.[].namespaceSelector": _SELECTORS,
        "spec.ingress.[].from.[].namespaceSelector.matchLabels": _MAPS,
        "spec.ingress.[].from.[].ipBlock": (None, GONE, {}, *({"cidr": "10.0.0.0/8", "except": [each]} for each in _INSIDE)),
        "spec.ingress.[].from.[].ipBlock.cidr": (*_BLOCKS, None, GONE), "spec.egress.[].to.[].ipBlock.cidr": (*_BLOCKS, None, GONE),
        "spec.ingress.[].from.[].ipBlock.except": (*_NO_LIST, *_one_of(_BLOCKS))},
    "Service": {
        **_METADATA, "spec.type": ("ClusterIP", "NodePort", "LoadBalancer", "clusterip", "Headless", "", None, GONE),
        "spec.selector": (*_MAPS, GONE), "spec.ports": _NO_LIST, "spec.ports.[]": (TWICE, {}, None),
        "spec.ports.[].port": _NUMBERS, "spec.ports.[].name": _NAMES, "spec.ports.[].protocol": _PROTOCOLS,
        "spec.ports.[].targetPort": (*_NUMBERS, *_PORT_NAMES), "spec.ports.[].nodePort": (0, -1, 80, 65536, None),
        "spec.clusterIP": ("None", "none", None, *_ADDRESSES),
        "spec.clusterIPs": ([], None, ["None"], ["a"], ["10.96.3.3"], ["10.96.3.3", "10.96.3.4"]), "spec.ipFamilies": _FAMILIES,
        "spec.externalIPs": ([], None, *_one_of(_ADDRESSES), *_one_of(_UNUSUAL)), "spec.loadBalancerIP": (*_ADDRESSES, None),
        "spec.loadBalancerSourceRanges": ([], None, *_one_of(_BLOCKS)), "spec.externalTrafficPolicy": _TRAFFIC,
        "spec.internalTrafficPolicy": _TRAFFIC, "spec.publishNotReadyAddresses": (True, False, None, "true")},
    "Pod": {
        **_METADATA, "spec.containers.[].ports.[]": (TWICE, {}, None), "spec.containers.[].ports": _NO_LIST,
        **{f"spec.containers.[].ports.[].{field}": values for field, values in _CONTAINER_PORT.items()},
        **{f"spec.initContainers.[].ports.[].{field}": values for field, values in _CONTAINER_PORT.items()},
        "spec.initContainers": _NO_LIST,
        "spec.initContainers.[].restartPolicy": ("Always", "Never", "OnFailure", "always", "", None, GONE),
        "spec.hostNetwork": (True, False, None, "true"), "spec.nodeName": ("node-1", "", None)}}

_ITEMS: dict[str, Document] = {                                 # of lists that are made
    "initContainers": {"name": "made", "image": "nothing"}, "matchExpressions": {"key": "a", "operator": "In", "values": ["a"]}}


def broken(random: Random, document: Document) -> Document:
    """A copy with another value at one of its places."""
    document = copy.deepcopy(document)
    place, values = random.choice([*BREAKAGES[document["kind"]].items()])
    _put(random, document, place.split("."), random.choice(values))
    return document


def _put(random: Random, holder: Any, steps: list[str], value: Any) -> None:
    """At a random one of the items where a step is []; nowhere if a list on the way is empty."""
    step, *rest = steps
    if step == "[]":
        if not holder:
            return
        index: Any = random.randrange(len(holder))
    else:
        index = step
    if rest:
        if step != "[]" and holder.get(index) is None:
            holder[index] = [copy.deepcopy(_ITEMS.get(index, {}))] if rest[0] == "[]" else {}
        _put(random, holder[index], rest, value)
    elif value is TWICE:
        holder.append(copy.deepcopy(holder[index]))
    elif value is GONE:
        holder.pop(index, None)
    else:
        holder[index] = copy.deepcopy(value)
