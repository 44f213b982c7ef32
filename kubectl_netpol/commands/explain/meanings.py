"""What does each rule of a policy do, in words and in Service ports, or why does it do nothing?"""
from collections.abc import Iterable, Iterator

from msgspec import Struct

from kubectl_netpol.commands.explain.misses import MISSES
from kubectl_netpol.commands.explain.said import MOST, rule_ports, said_ports, said_range, said_service, said_service_port, workload_names
from kubectl_netpol.commands.explain.view import Front, View, pod_range
from kubectl_netpol.commands.naming import isolation_ref, policy_ref
from kubectl_netpol.commands.reading import permission
from kubectl_netpol.core.answers import isolating_any
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import pod_port, protocol_of
from kubectl_netpol.core.evidence import Miss, names_service_port
from kubectl_netpol.core.policies import Policy, PolicyRule
from kubectl_netpol.core.ports import EVERY_PORT, NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.resolve import ends_of
from kubectl_netpol.core.rows import meant
from kubectl_netpol.core.rules import RuleRef, subject_of
from kubectl_netpol.core.sources import terms_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Block, Cluster, SameNamespace, Source, format_source
from kubectl_netpol.core.unread import has_pods_of, hidden_of
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.reports import RuleMeaning
from kubectl_netpol.snapshot import Listing, Snapshot


class _Rule(Struct, frozen=True):
    """A rule with what it concerns: its subject, its peers as terms, and the pods at whose ports it looks."""

    rule: PolicyRule
    direction: Direction
    namespace: str
    subject: int
    terms: tuple[Source, ...]
    destinations: int                                           # of ingress the subject, of egress the pods among the peers
    is_whole: bool                                              # all of these were read, and their Services


def meanings_of(policy: Policy, view: View) -> tuple[RuleMeaning, ...]:
    """For each direction that the policy isolates: that it does so, then rule by rule."""
    return tuple(meaning for direction in Direction if direction in policy.rules for meaning in _of_direction(policy, direction, view))


def meanings_for(pods: int, view: View) -> tuple[RuleMeaning, ...]:
    """Of each policy that selects some of the pods, in order of their names."""
    state = view.state
    policies = {policy for direction in Direction for policy in isolating_any(pods, direction, state)}
    return tuple(meaning for key in sorted(policies) for meaning in meanings_of(state.policies[key], view))


def _of_direction(policy: Policy, direction: Direction, view: View) -> Iterator[RuleMeaning]:
    subject, rules = subject_of(policy, view.state.cluster), policy.rules[direction]
    effect = _of_nobody(policy.namespace, view.state.snapshot) if not subject else "" if rules else sentence("effect-no-rules", {})
    yield RuleMeaning(isolation_ref(policy.key, direction.value), (), (), (), effect)
    for place, rule in enumerate(rules):
        terms = terms_of(rule, policy.namespace, policy.namespace)
        reached = subject if direction is Direction.INGRESS else _pods_of(terms, policy.namespace, view.state)
        is_whole = _is_whole(terms, reached, policy.namespace, direction, view)
        own = _Rule(rule, direction, policy.namespace, subject, terms, reached, is_whole)
        opened = _opened(own, view)
        yield RuleMeaning(
            policy_ref(RuleRef(policy.key, direction.value, place)), tuple(map(format_source, terms)), rule_ports(rule.ports),
            tuple(said_service_port(front.service, front.port, policy.namespace) for front in opened),
            "; ".join(_effects(own, opened, view)))


def _of_nobody(namespace: str, snapshot: Snapshot) -> str:
    """Where no pod is known that a policy selects."""
    if has_pods_of(namespace, snapshot):
        return sentence("effect-selects-nothing", {})
    missing = hidden_of(SameNamespace(), namespace, snapshot)
    return sentence("unread", {"permission": permission(missing[0])}) if missing else ""


def _is_whole(terms: Iterable[Source], pods: int, home: str, direction: Direction, view: View) -> bool:
    cluster = view.state.cluster
    are_known = has_pods_of(home, cluster.snapshot) if direction is Direction.INGRESS else all(
        ends_of(term, home, cluster).is_whole for term in terms)
    homes = {home, *(cluster.classes[place][0].namespace for place in bits(pods))}
    return are_known and all(cluster.snapshot.has_read(Listing("Service", each)) for each in homes)


def _pods_of(terms: Iterable[Source], home: str, state: State) -> int:
    pods = 0
    for term in terms:
        pods |= ends_of(term, home, state.cluster).pods
    return pods


# ---- in Service ports


def _opened(rule: _Rule, view: View) -> tuple[Front, ...]:
    """Egress without any restriction reaches all Services, which says less than that sentence."""
    if not rule.subject or _reaches_all(rule):
        return ()
    return tuple(front for front in _fronts(rule, view) if _opens(rule.rule.ports, front, rule.destinations, view.state))


def _reaches_all(rule: _Rule) -> bool:
    is_open = any(isinstance(term, Anywhere | Cluster) for term in rule.terms)
    return rule.direction is Direction.EGRESS and is_open and rule.rule.ports == EVERY_PORT


def _fronts(rule: _Rule, view: View) -> tuple[Front, ...]:
    """Those with pods that the rule concerns: of ingress in the policy's namespace, but for Services whose endpoints are made by hand."""
    fronts = view.fronts(rule.namespace) if rule.direction is Direction.INGRESS else view.every_front
    return tuple(front for front in fronts if front.pods & rule.destinations)


def _opens(ports: PolicyPorts, front: Front, pods: int, state: State) -> bool:
    return any(
        pod_range(backend) in each for backend in front.backends if backend.place is not None and pods >> backend.place & 1
        for each, _ in meant(ports, state.cluster.classes[backend.place][0].ports.named))


# ---- in words


def _effects(rule: _Rule, opened: tuple[Front, ...], view: View) -> Iterator[str]:
    """Where no port entry opens anything, it does not matter who the peers are."""
    if not rule.subject:
        yield _of_nobody(rule.namespace, view.state.snapshot)
        return
    faults = [list(_faults(entry, rule, view)) for entry in rule.rule.ports]
    if not all(faults):
        for term in rule.terms:
            yield from _members(term, rule, view.state)
        if _reaches_all(rule):
            yield sentence("effect-all-services", {})
        elif not opened and rule.destinations and rule.is_whole:
            yield sentence("effect-no-service", {})
    yield from dict.fromkeys(fault for each in faults for fault in each)


def _faults(entry: PortRange | NamedPort, rule: _Rule, view: View) -> Iterator[str]:
    """Why an entry opens nothing: it names the port of a Service, or a name that no pod declares."""
    fronts = _fronts(rule, view)
    if not any(_opens((entry,), front, rule.destinations, view.state) for front in fronts):
        named = [fault for front in fronts for fault in _service_port(entry, front, rule, view.state)]
        yield from named or (_unknown_name(entry, rule.destinations, view.state) if rule.is_whole else ())


def _service_port(entry: PortRange | NamedPort, front: Front, rule: _Rule, state: State) -> Iterator[str]:
    for backend in front.backends:
        if backend.place is None or not rule.destinations >> backend.place & 1:
            continue
        pod = state.cluster.classes[backend.place][0]
        if names_service_port(entry, front.port, pod) and pod_port(front.port, pod) == backend.port:
            yield sentence(MISSES[Miss.SERVICE_PORT], {
                "entry": said_ports((entry,)), "service": said_service(front.service, rule.namespace),
                "pod_port": said_range(PortRange(protocol_of(front.port), backend.port, backend.port))})


def _unknown_name(entry: PortRange | NamedPort, pods: int, state: State) -> Iterator[str]:
    """Where none of the pods declares the name for its containers."""
    declared = [state.cluster.classes[place][0].ports for place in bits(pods)]
    if not isinstance(entry, NamedPort) or not declared or any((entry.protocol, entry.name) in each.named for each in declared):
        return
    in_sidecar = any((entry.protocol, entry.name) in each.of_sidecars for each in declared)
    yield sentence(MISSES[Miss.SIDECAR_NAME if in_sidecar else Miss.UNKNOWN_NAME], {"entry": said_ports((entry,))})


def _members(term: Source, rule: _Rule, state: State) -> Iterator[str]:
    """Who that is now. Addresses say it themselves."""
    if isinstance(term, Anywhere):
        yield sentence("effect-from-all" if rule.direction is Direction.INGRESS else "effect-to-all", {})
    elif not isinstance(term, Block | Cluster):
        ends = ends_of(term, rule.namespace, state.cluster)
        names = workload_names([pod for place in bits(ends.pods) for pod in state.cluster.classes[place]], rule.namespace)
        facts = {"term": format_source(term), "workloads": listed(names, MOST)}
        if ends.is_whole:
            yield sentence("effect-pods" if names else "effect-no-pods", facts)
        elif missing := hidden_of(term, rule.namespace, state.snapshot):
            yield sentence("effect-unread", {**facts, "permission": permission(missing[0])})
