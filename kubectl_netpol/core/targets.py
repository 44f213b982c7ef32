"""Which targets, ports, sources and destinations does a text name, and how is each written? parse(format(x)) == x.

Nothing is looked up here: a name may be of nothing. What a namespace of None means is the caller's:
-n or the context for targets, the target's namespace for sources.
"""
import difflib
import re
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.addresses import Addresses, cidrs_of, difference, format_address, parse_address, parse_cidr
from kubectl_netpol.core.ports import LAST_PORT, Protocol
from kubectl_netpol.core.selectors import EVERYTHING, Operator, Selector, format_selector, parse_selector
from kubectl_netpol.errors import NetpolError


def did_you_mean(word: str, known: list[str]) -> str:
    """The hint for a word that is none of the known; empty when nothing is near."""
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.7)
    return f'did you mean "{near[0]}"?' if near else ""


# ---- ports


class PortSpec(Struct, frozen=True):
    """A number, a name or, with last, a range. Service ports on Services, pod ports on workloads; no protocol means each that is there."""

    first: int | str
    last: int | None = None
    protocol: str | None = None


ALL_PORTS = PortSpec(1, LAST_PORT)

_PORT_NAME = r"(?=[0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"        # a DNS label with a letter in it
_PORT = re.compile(rf"(?:(?P<first>\d+)(?:-(?P<last>\d+))?|(?P<name>{_PORT_NAME}))(?:/(?P<protocol>[A-Za-z0-9]+))?", re.ASCII)
_ITEM = rf"(?:\d+(?:-\d+)?|{_PORT_NAME})(?:/(?i:tcp|udp|sctp))?"
_PORTS = re.compile(rf"{_ITEM}(?:,{_ITEM})*", re.ASCII)


def parse_port(text: str) -> PortSpec:
    """PORT[/PROTO]: a number, a name, FIRST-LAST or all."""
    found = _PORT.fullmatch(text)
    if not found:
        raise NetpolError(f'"{text}" is not a port', hint="write a number, a lower-case name, a range such as 30000-30100, or all")
    protocol = _protocol(found["protocol"], text)
    if found["name"]:
        return replace(ALL_PORTS, protocol=protocol) if found["name"] == "all" else PortSpec(found["name"], None, protocol)
    return PortSpec(_number(found["first"]), _last(found["first"], found["last"]), protocol)


def _number(text: str) -> int:
    if not 1 <= int(text[:6]) <= LAST_PORT:
        raise NetpolError(f"port {text[:6]} is out of range", hint=f"ports are 1 to {LAST_PORT}")
    return int(text)


def _last(first: str, last: str | None) -> int | None:
    if last is not None and _number(first) > _number(last):
        raise NetpolError(f"the port range {first}-{last} ends before it begins", hint=f"write {last}-{first}")
    return None if last is None else int(last)


def _protocol(text: str | None, port: str) -> str | None:
    if text is None:
        return None
    if text.upper() not in Protocol.__members__:
        raise NetpolError(f'unknown protocol "{text}" in "{port}"', hint="protocols are TCP, UDP and SCTP")
    return text.upper()


def parse_ports(text: str) -> tuple[PortSpec, ...]:
    """Ports with commas between them."""
    return tuple(parse_port(each) for each in text.split(","))


def format_port(port: PortSpec) -> str:
    number = "all" if (port.first, port.last) == (1, LAST_PORT) else str(port.first) if port.last is None else f"{port.first}-{port.last}"
    return f"{number}/{port.protocol}" if port.protocol else number


def format_ports(ports: tuple[PortSpec, ...]) -> str:
    return ",".join(map(format_port, ports))


# ---- targets


class TargetKind(Enum):
    """The API's kinds."""

    SERVICE = "Service"
    POD = "Pod"
    DEPLOYMENT = "Deployment"
    STATEFULSET = "StatefulSet"
    DAEMONSET = "DaemonSet"
    REPLICASET = "ReplicaSet"
    REPLICATIONCONTROLLER = "ReplicationController"
    JOB = "Job"
    CRONJOB = "CronJob"
    NETWORKPOLICY = "NetworkPolicy"
    NAMESPACE = "Namespace"
    DIALLED = ""                                                # no object: what a client dials


class Target(Struct, frozen=True):
    """An object; without a name all of its kind. Of what a client dials the name is HOST[/PATH]: an address, or a name of DNS."""

    kind: TargetKind
    name: str | None = None
    namespace: str | None = None
    ports: tuple[PortSpec, ...] = ()


# how we write the kind, then singular, plural and kubectl's other short name; the API group
_SPELLINGS = {
    TargetKind.SERVICE: (("svc", "service", "services"), ""),
    TargetKind.POD: (("pod", "pods", "po"), ""),
    TargetKind.DEPLOYMENT: (("deploy", "deployment", "deployments"), "apps"),
    TargetKind.STATEFULSET: (("sts", "statefulset", "statefulsets"), "apps"),
    TargetKind.DAEMONSET: (("ds", "daemonset", "daemonsets"), "apps"),
    TargetKind.REPLICASET: (("rs", "replicaset", "replicasets"), "apps"),
    TargetKind.REPLICATIONCONTROLLER: (("rc", "replicationcontroller", "replicationcontrollers"), ""),
    TargetKind.JOB: (("job", "jobs"), "batch"),
    TargetKind.CRONJOB: (("cronjob", "cronjobs", "cj"), "batch"),
    TargetKind.NETWORKPOLICY: (("netpol", "networkpolicy", "networkpolicies"), "networking.k8s.io"),
    TargetKind.NAMESPACE: (("ns", "namespace", "namespaces"), ""),
}
SHORT = {kind: words[0] for kind, (words, _) in _SPELLINGS.items()}
KINDS = {
    spelling: kind
    for kind, (words, group) in _SPELLINGS.items()
    for word in words
    for spelling in ((word, f"{word}.{group}", f"{word}.v1.{group}") if group else (word, f"{word}.v1"))}
_WITHOUT_PORTS = (TargetKind.NETWORKPOLICY, TargetKind.NAMESPACE)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_NAMESPACE_BEFORE = re.compile(r"(?:ns|namespaces?)/([^:]+):(.+)", re.IGNORECASE | re.DOTALL)


def parse_target(text: str) -> Target:
    """[ns/NAME:]TYPE[/NAME[:PORT[,PORT…]]], svc/NAME.NAMESPACE; or what a client dials: ADDRESS[:PORT], HOST.NAME[:PORT][/PATH], a URL."""
    namespace, rest = _without_namespace(text)
    word, slash, named = rest.partition("/")
    kind = KINDS.get(word.lower())
    if kind is None:
        if namespace is None and (found := _dialled(text)):
            return found
        raise _no_target(text, word, named if slash else None)
    if kind is TargetKind.NAMESPACE and namespace:
        raise NetpolError(f'"{text}": a namespace is in no namespace', hint=f"write {rest}")
    if not slash:
        return Target(kind, None, namespace)
    named, colon, ports = named.partition(":")
    if colon and kind in _WITHOUT_PORTS:
        raise NetpolError(f'"{text}": {SHORT[kind]}/{named} has no ports', hint="ports are those of Services and workloads")
    name, namespace = _name(kind, named, namespace, text)
    return Target(kind, name, namespace, parse_ports(ports) if colon else ())


_HOST = rf"(?:{_PORT_NAME}\.)+{_PORT_NAME}\.?"
_DIALLED = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?:\[(?P<v6>[0-9a-fA-F:.]+)]|(?P<host>\d+(?:\.\d+){{3}}|{_HOST}))"
    r"(?::(?P<port>[^/]*(?:/(?i:tcp|udp|sctp)(?![^/]))?))?(?P<path>/.*)?", re.ASCII | re.IGNORECASE)
_SCHEMES = {"http": PortSpec(80), "https": PortSpec(443)}


def _dialled(text: str) -> Target | None:
    found = _DIALLED.fullmatch(text) or _DIALLED.fullmatch(f"[{text}]" if text.count(":") > 1 else "")
    if not found or ("://" in text and not found["scheme"]):
        return None
    host = _normal_address(found["v6"] or found["host"].rstrip("."))
    ports = parse_ports(found["port"]) if found["port"] else (_SCHEMES[found["scheme"].lower()],) if found["scheme"] else ()
    return Target(TargetKind.DIALLED, host.lower() + (found["path"] or ""), None, ports)


def _normal_address(host: str) -> str:
    """An address in the one way in which it is written: fd00::1."""
    if ":" not in host and not host.replace(".", "").isdigit():
        return host
    try:
        return format_address(parse_address(host))
    except ValueError as error:
        raise NetpolError(str(error), hint="write it as 192.168.1.10:443 or [fd00::1]:443") from None


def _format_dialled(target: Target) -> str:
    host, slash, path = (target.name or "").partition("/")
    ports = f":{format_ports(target.ports)}" if target.ports else ""
    return (f"[{host}]" if ":" in host and ports else host) + ports + slash + path


def format_target(target: Target) -> str:
    if target.kind is TargetKind.DIALLED:
        return _format_dialled(target)
    word = SHORT[target.kind] if target.name is None else f"{SHORT[target.kind]}/{target.name}"
    ports = ":" + format_ports(target.ports) if target.ports else ""
    return _before(target.namespace) + word + ports


def targets_of(words: list[str]) -> tuple[Target, ...]:
    """kubectl's words: TYPE/NAME…, or TYPE and then the names of that type."""
    if words and "/" not in words[0] and len(words) > 1 and words[0].lower() in KINDS:
        for word in words[1:]:
            if "/" in word.partition(":")[0]:
                raise NetpolError(f'"{words[0]}" before "{word}"', hint=f"write all as TYPE/NAME, or all names after {words[0]}")
        return tuple(parse_target(f"{words[0]}/{word}") for word in words[1:])
    return tuple(parse_target(word) for word in words)


def _before(namespace: str | None) -> str:
    return f"ns/{namespace}:" if namespace else ""


def _without_namespace(text: str) -> tuple[str | None, str]:
    found = _NAMESPACE_BEFORE.fullmatch(text)
    return (checked_namespace(found[1]), found[2]) if found else (None, text)


def checked_namespace(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise NetpolError(f'"{name}" is not the name of a namespace', hint="names are lower-case letters, digits and dashes")
    return name


def _name(kind: TargetKind, text: str, namespace: str | None, whole: str) -> tuple[str, str | None]:
    """The name and the namespace; only names of Services, which hold no dots, bring the latter."""
    if kind is TargetKind.SERVICE and "." in text:
        text, _, own = text.partition(".")
        if namespace not in (None, own):
            raise NetpolError(f'"{whole}" names two namespaces, {namespace} and {own}')
        namespace = checked_namespace(own)
    if kind is TargetKind.NAMESPACE:
        return checked_namespace(text), None
    if not (_LABEL if kind is TargetKind.SERVICE else _NAME).fullmatch(text):
        comma = "," in text
        hint = "name each one on its own: commas do not separate them" if comma else "names are lower-case letters, digits, dashes and dots"
        raise NetpolError(f'"{text}" is not a name' + (f' in "{whole}"' if text != whole else ""), hint=hint)
    return text, namespace


def _no_target(text: str, word: str, named: str | None) -> NetpolError:
    if named is not None and ":" not in word:
        near = did_you_mean(word, list(KINDS))
        hint = near.replace('"?', f'/{named}"?') or "types are " + " ".join(SHORT.values())
        return NetpolError(f'unknown type "{word}" in "{text}"', hint=hint)
    if text in WORDS:
        return NetpolError(f'"{text}" is a source, not a target', hint=f"write svc/NAME --from {text}")
    if text[:1].isdigit():
        return NetpolError(f'"{text}" is not a target', hint=f"a port is written svc/NAME:{text}, or allow {text} on svc/NAME")
    if "://" in text:
        return NetpolError(f'"{text}" is not a URL that can be asked about',
                           hint="write http or https://HOST[:PORT][/PATH], where HOST is an address or a name with a dot")
    near = did_you_mean(word, [*KINDS, "allow", "from"])
    return NetpolError(f'"{text}" is not a target', hint=near or f"write svc/{text or 'NAME'} or deploy/{text or 'NAME'}")


# ---- sources


class Anywhere(Struct, frozen=True):
    """Any address, of pods or not."""


class SameNamespace(Struct, frozen=True):
    """All pods of the target's namespace."""


class Cluster(Struct, frozen=True):
    """Any pod."""


class Outside(Struct, frozen=True):
    """Any address that is no pod."""


class Nodes(Struct, frozen=True):
    pass


class Pods(Struct, frozen=True):
    """Pods by label in one namespace (None: the target's), or in the namespaces by label; never both.
    Without a selector at all it is SameNamespace, without any restriction Cluster."""

    selector: Selector = EVERYTHING
    namespace: str | None = None
    namespaces: Selector | None = None


class Object(Struct, frozen=True):
    """The pods behind a Service, of a workload, or one pod."""

    kind: TargetKind
    name: str
    namespace: str | None = None


class Block(Struct, frozen=True):
    """Addresses: CIDRs without host bits, a single address with /32 or /128."""

    cidr: str
    excepts: tuple[str, ...] = ()


class EntryKind(Enum):
    INGRESS = "ingress"
    GATEWAY = "gateway"
    ROUTE = "route"                                             # of OpenShift


class Entry(Struct, frozen=True):
    """What publishes a Service; its traffic comes from a controller's pods."""

    kind: EntryKind
    name: str
    namespace: str | None = None


Source = Anywhere | SameNamespace | Cluster | Outside | Nodes | Pods | Object | Block | Entry

WORDS: dict[str, Anywhere | SameNamespace | Cluster | Outside | Nodes] = {
    "anywhere": Anywhere(), "same-namespace": SameNamespace(), "cluster": Cluster(), "outside": Outside(), "nodes": Nodes()}
_WORD_OF = {type(source): word for word, source in WORDS.items()}
_ENTRIES = {"ingress": EntryKind.INGRESS, "ingresses": EntryKind.INGRESS, "ing": EntryKind.INGRESS,
            "gateway": EntryKind.GATEWAY, "gateways": EntryKind.GATEWAY, "gtw": EntryKind.GATEWAY,
            "route": EntryKind.ROUTE, "routes": EntryKind.ROUTE}
ENTRY_KINDS = {EntryKind.INGRESS: "Ingress", EntryKind.GATEWAY: "Gateway", EntryKind.ROUTE: "Route"}      # of the API
_BLOCK = re.compile(r"(?:\d+(?:\.\d+){1,3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*)(?:/\d*)?(?:\s.*)?", re.ASCII | re.DOTALL)
_COMMAS = "a comma never separates sources: repeat --from, or join them with and"


def parse_source(text: str) -> Source:
    """anywhere, same-namespace, cluster, outside, nodes, [ns/NAME:]TYPE/NAME, ns/NAME, [ns/NAME:]SELECTOR, ns:SELECTOR[:SELECTOR],
    cluster:SELECTOR, CIDR [except CIDR…], ADDRESS. A selector of bare keys is written pods:KEY, as a word alone is more often a typo."""
    namespace, rest = _without_namespace(text)
    source = _source(rest)
    match source:
        case _ if namespace is None:
            return source
        case Pods(namespace=None, namespaces=None) | Object(namespace=None) | Entry():
            return replace(source, namespace=namespace)
        case Object(namespace=own) if own == namespace:
            return source
    raise NetpolError(f'"{text}": {rest} is not in a namespace', hint=f"write {rest}, or ns/{namespace} for all of its pods")


def _source(text: str) -> Source:
    if text in WORDS:
        return WORDS[text]
    if _BLOCK.fullmatch(text):
        return _block(text)
    head, colon, tail = text.partition(":")
    match head if colon else "":
        case "ns":
            first, second, pods = tail.partition(":")
            return Pods(_selector(pods) if second else EVERYTHING, None, _selector(first))
        case "cluster":
            return Pods(_selector(tail), None, EVERYTHING)
        case "pods":
            return Pods(_selector(tail))
    if re.search("[=!(]", text):
        return Pods(_own_selector(text))
    return _named_source(text)


def _named_source(text: str) -> Source:
    word, slash, name = text.partition("/")
    kind, entry = KINDS.get(word.lower()), _ENTRIES.get(word.lower())
    if not slash or not (kind or entry):
        raise _no_source(text, word, name if slash else None)
    if kind is TargetKind.NETWORKPOLICY:
        raise NetpolError(f'"{text}" is a policy, not a source', hint="a source is anywhere, same-namespace, ns/NAME, svc/NAME, app=web, …")
    if ":" in name:
        raise NetpolError(f'"{text}" is a source with a port', hint="the port is said of the target: svc/NAME:PORT, or --allow PORT")
    if entry:
        return Entry(entry, _name(TargetKind.POD, name, None, text)[0])
    assert kind is not None
    name, namespace = _name(kind, name, None, text)
    return Pods(EVERYTHING, name) if kind is TargetKind.NAMESPACE else Object(kind, name, namespace)


def _no_source(text: str, word: str, name: str | None) -> NetpolError:
    if "," in text:
        return NetpolError(f'"{text}" is not a source', hint=_COMMAS)
    if _DIALLED.fullmatch(text):
        return NetpolError(f'"{text}" is what a client dials, not a source',
                           hint=f"ask of it: explain {text} --from deploy/NAME -n NAMESPACE")
    if name is not None:
        near = did_you_mean(word, [*KINDS, *_ENTRIES]).replace('"?', f'/{name}"?')
        return NetpolError(f'unknown type "{word}" in "{text}"', hint=near or "types are " + " ".join(SHORT.values()))
    hint = did_you_mean(text, list(WORDS)) or f"write svc/{text}, deploy/{text} or app={text}"
    return NetpolError(f'"{text}" is not a source', hint=hint if text else "write anywhere, same-namespace, ns/NAME, svc/NAME, app=web, …")


def _selector(text: str) -> Selector:
    if ":" in text:
        raise NetpolError(f'"{text}" is not a label selector', hint="keys and values of labels hold no colon")
    return parse_selector(text)


def _own_selector(text: str) -> Selector:
    """A selector that stands for itself: none of its keys may look like another source."""
    selector = _selector(text)
    for each in selector.requirements:
        if each.operator is Operator.EXISTS and (each.key in WORDS or each.key.partition("/")[0] in KINDS):
            raise NetpolError(f'"{text}" is not a source', hint=_COMMAS)
    return selector


def _block(text: str) -> Block:
    first, *rest = text.split(None, 2)
    if rest and (rest[0] != "except" or len(rest) < 2):
        raise NetpolError(f'"{text}" is not a block of addresses', hint="write '10.0.0.0/8 except 10.1.0.0/16'")
    cidr = _cidr(first)
    excepts = tuple(_cidr(each) for each in re.split(r"[\s,]+", rest[1].strip())) if rest else ()
    for each in excepts:
        if difference(Addresses((parse_cidr(each),)), Addresses((parse_cidr(cidr),))):
            raise NetpolError(f"{each} is not inside {cidr}", hint="what is excepted must be part of the block")
    if cidr in excepts:
        raise NetpolError(f"{cidr} without itself is no address", hint="what is excepted must be smaller than the block")
    return Block(cidr, excepts)


def _cidr(text: str) -> str:
    """Without host bits, as API servers read it; an address is the block of itself."""
    try:
        return cidrs_of(Addresses((parse_cidr(text if "/" in text else f"{text}/{128 if ':' in text else 32}"),)))[0]
    except ValueError as error:
        hint = "a block with a port is written [10.0.0.0/8 except 10.1.0.0/16]:443" if ":" in text and "." in text else ""
        raise NetpolError(str(error), hint=hint or "write an address such as 192.168.1.1 or a block such as 10.0.0.0/8") from None


def format_source(source: Source) -> str:
    match source:
        case Pods():
            return _format_pods(source)
        case Object(kind, name, namespace):
            return f"{_before(namespace)}{SHORT[kind]}/{name}"
        case Entry(entry, name, namespace):
            return f"{_before(namespace)}{entry.value}/{name}"
        case Block(cidr, excepts):
            return _format_cidr(cidr) + (" except " + " ".join(map(_format_cidr, excepts)) if excepts else "")
        case _:
            return _WORD_OF[type(source)]


def _format_pods(pods: Pods) -> str:
    labels = format_selector(pods.selector)
    if pods.namespaces == EVERYTHING:
        return f"cluster:{labels}" if labels else "cluster"
    if pods.namespaces is not None:
        return f"ns:{format_selector(pods.namespaces)}" + (f":{labels}" if labels else "")
    if not labels:
        return f"ns/{pods.namespace}" if pods.namespace else "same-namespace"
    mistakable = any(each.operator is Operator.EXISTS for each in pods.selector.requirements)
    return _before(pods.namespace) + ("pods:" if mistakable else "") + labels


def _format_cidr(cidr: str) -> str:
    """An address alone where the block is just it."""
    return cidr.removesuffix("/128" if ":" in cidr else "/32")


# ---- destinations


class Destination(Struct, frozen=True):
    """The other end of egress: whom, and on which of their ports."""

    source: Source
    ports: tuple[PortSpec, ...] = ()


_NO_SOURCE_BEFORE = re.compile(r"(?:ns/[^:]+:)?pods|ns|")


def parse_destination(text: str) -> Destination:
    """SOURCE[:PORT[,PORT…]], or [SOURCE]:PORT where the source holds colons or spaces."""
    source, ports = _divided(text)
    return Destination(parse_source(source), parse_ports(ports) if ports else ())


def format_destination(destination: Destination) -> str:
    source, ports = format_source(destination.source), format_ports(destination.ports)
    after = f":{ports}" if ports else ""
    return source + after if _divided(source + after) == (source, ports) else f"[{source}]{after}"


def _divided(text: str) -> tuple[str, str]:
    """The source's part and the ports' part."""
    inside, bracket, after = text.removeprefix("[").rpartition("]")
    if text.startswith("[") and bracket and after[:1] in ("", ":"):
        return inside, after[1:]
    source, _, ports = text.rpartition(":")
    if _BLOCK.fullmatch(text) or _NO_SOURCE_BEFORE.fullmatch(source) or not _PORTS.fullmatch(ports):
        return text, ""
    return source, ports
