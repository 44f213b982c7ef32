"""Which commands do we print? Whole ones, with what is needed to paste them; none that applies."""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.addresses import Family, family_of
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.endpoints import protocol_of, spec_of
from kubectl_netpol.core.ports import Protocol
from kubectl_netpol.core.profiles import GENERIC
from kubectl_netpol.core.resolve import carrier_at, entry_key
from kubectl_netpol.core.selectors import Operator
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import (
    Entry,
    Object,
    Pods,
    PortSpec,
    Source,
    Target,
    TargetKind,
    format_port,
    format_target,
    parse_destination,
)
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.options import Options, Scope

PROGRAM = ("kubectl", "netpol")


def scope_words(scope: Scope, namespace: str | None) -> tuple[str, ...]:
    """What says again what is looked at: the namespace, then the files or the cluster, then what is supposed."""
    words = ["-n", namespace] if namespace else ["-A"] if scope.all_namespaces else []
    words += [word for path in scope.offline for word in ("--offline", path)]
    words += scope.connection.printed
    words += [word for path in scope.files for word in ("-f", path)]
    words += [word for target in scope.deleted for word in ("--delete", format_target(target))]
    words += ["--cni", scope.cni] if scope.cni != GENERIC.name else []
    words += [word for cidr in scope.pod_cidrs for word in ("--pod-cidr", cidr)]
    return tuple(words)


def suggestion_command(question: Question, found: Judgement, options: Options) -> tuple[str, ...]:
    """The suggestion that would open what was asked for: at the target, and at the client where its egress refuses too."""
    target, tail = question.target, scope_words(options.scope, question.target.namespace)
    name = format_target(Target(target.kind, target.name))
    if question.said:
        has_ports = bool(parse_destination(question.said).ports)
        return (*PROGRAM, "suggest", name, "--egress", *(() if has_ports else ("--allow", "all")), "--to", question.said, *tail)
    ports = [_port_word(question)] if question.port else [format_port(port) for port in target.ports] or ["all"]
    allow = [word for port in ports for word in ("--allow", port)]
    client_too = ("--egress",) if found.egress not in (None, Verdict.ALLOWED) else ()
    return (*PROGRAM, "suggest", name, *allow, "--from", question.source_text, *client_too, *tail)


def _port_word(question: Question) -> str:
    """The name of a Service port, else its number, with the protocol where the Service has it twice."""
    service, port = question.service, question.port
    assert service is not None and port is not None
    if port.name:
        return port.name
    twice = sum(each.port == port.port for each in spec_of(service).ports or ()) > 1
    return format_port(PortSpec(port.port, None, protocol_of(port) if twice else None))


def trial_command(question: Question, state: State) -> tuple[str, ...]:
    """Tries it for real from the source: outside with nc, inside from a pod of the source or a new one with its labels."""
    address = _dialled(question)
    if not address or question.spots[0].ports.protocol == Protocol.SCTP.value:
        return ()
    nc = ("nc", "-vz" if question.spots[0].ports.protocol == Protocol.TCP.value else "-vzu", *address)
    source = question.ends.source
    if question.published:
        return nc
    if isinstance(source, Entry):                               # a pod with a controller's labels would get its clients
        carriers = carrier_at(entry_key(source, question.home), state.cluster).sources
        source = next((each for each in carriers if isinstance(each, Object)), source)
        if isinstance(source, Entry):
            return ()
    if not question.ends.pods or (isinstance(source, Object) and source.kind is TargetKind.CRONJOB):
        return ()                                               # outside nobody knows the Service's name; kubectl exec knows no CronJob
    if isinstance(source, Object):
        name = source.name if source.kind is TargetKind.POD else format_target(Target(source.kind, source.name))
        return ("kubectl", "exec", "-n", source.namespace or question.home, name, "--", *nc)
    return _from_new_pod(source, question.home, nc)


def _from_new_pod(source: Source, home: str, nc: tuple[str, ...]) -> tuple[str, ...]:
    namespace, labels = home, tuple[str, ...]()
    if isinstance(source, Pods):
        if source.namespaces is not None:
            return ()
        namespace = source.namespace or home
        own = [f"{each.key}={each.values[0]}" for each in source.selector.requirements if each.operator is Operator.IN]
        labels = ("--labels", ",".join(own)) if own else ()
    return ("kubectl", "run", "-n", namespace, "netpol-try", "--rm", "-it", "--restart=Never", "--image=busybox", *labels, "--", *nc)


def _dialled(question: Question) -> tuple[str, ...]:
    """Host and port, as the client would name them."""
    service, port, published = question.service, question.port, question.published
    if service is None or port is None or not question.spots:
        return ()
    if question.at_node is not None:
        return (question.at_node.address, str(port.node_port if question.at_node.node else port.port))
    if published and published[0].startswith(("node port", "load balancer")):
        return ("NODE", str(port.node_port)) if port.node_port else ()
    alike = [place for place in published if (":" in place) == _is_ipv6_only(question)]
    return ((*alike, *published)[0] if published else f"{service.metadata.name}.{service.metadata.namespace}", str(port.port))


def _is_ipv6_only(question: Question) -> bool:
    return {family_of(start) for start, _ in question.ends.addresses.ranges} == {Family.IPV6}
