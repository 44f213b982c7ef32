"""Do the two ends of a connection agree, and can pods that are isolated for egress still resolve names?"""
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import or_

from kubectl_netpol.core.addresses import Addresses, contains, family_of, parse_address
from kubectl_netpol.core.answers import isolating_any, said
from kubectl_netpol.core.classes import bits, located, signature
from kubectl_netpol.core.destinations import Dialled
from kubectl_netpol.core.dialling import let_out
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import Backend, is_headless
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import entry_text, names_of, peer_path, pods_of_peer, rule_path, workloads_of
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.ports import EVERY_PORT, NamedPort, PortRange, Protocol
from kubectl_netpol.core.resolvers import (
    DNS,
    LOCAL_ADDRESS,
    backends_at,
    has_local_cache,
    nameservers_of,
    resolvers_of,
    service_at,
)
from kubectl_netpol.core.rows import at, meant
from kubectl_netpol.core.rules import Many, Rule, RuleRef
from kubectl_netpol.core.sources import term_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.tiers import Action, Tier
from kubectl_netpol.snapshot import Key

_DNS_ON_PODS = PortRange(Protocol.UDP.value, 5353, 5353)        # of OpenShift's resolvers


# ---- names


def no_dns(state: State) -> Iterator[Finding]:
    """Pods that are isolated for egress, and no rule lets them out to the resolver. Where it is not known, to port 53 of anything.
    Each pod is told once, at the widest of the policies that isolate it."""
    resolvers = resolvers_of(state.cluster)
    yield from _without_own_dns(state)
    pods = state.judge.rules.isolated[Direction.EGRESS].sure & ~_resolving(resolvers, state) & ~state.cluster.own_dns
    isolating = state.judge.rules.isolating[Direction.EGRESS]
    service, there = _said_of(resolvers)
    for each in sorted(isolating, key=lambda each: (-(each.subject & pods).bit_count(), each.policies)):
        if own := each.subject & pods:
            pods &= ~own
            policy = each.policies[0]
            workloads = names_of(workloads_of(own, state.cluster), policy.namespace)
            yield Finding(
                id="no-dns", severity=Severity.WARNING, object=policy, path="spec.egress",
                facts={"workloads": workloads, "service": service, "ports": there}, variant="known" if resolvers else "")


def _without_own_dns(state: State) -> Iterator[Finding]:
    """Pods that ask nameservers of their own, and reach none of these."""
    for place in bits(state.judge.rules.isolated[Direction.EGRESS].sure & state.cluster.own_dns):
        servers = nameservers_of(1 << place, state.cluster)
        if servers and not any(_reaches(place, address, state) for address in servers):
            policy = isolating_any(1 << place, Direction.EGRESS, state)[0]
            yield Finding(
                id="no-dns", severity=Severity.WARNING, object=policy, path="spec.egress", variant="own",
                facts={"workloads": names_of(workloads_of(1 << place, state.cluster), policy.namespace), "servers": ", ".join(servers)})


def _reaches(place: int, nameserver: str, state: State) -> bool:
    """An address outside, a pod's, or the ClusterIP of a Service, which is that of its pods to policies."""
    address, found = parse_address(nameserver), service_at(nameserver, state.snapshot)
    if found is not None:
        dialled = [(backend.place, backend.port) for backend in backends_at(found, state.cluster)]
    else:
        dialled = [(own, DNS.first) for own in bits(located(Addresses(((address, address + 1),)), family_of(address), state.cluster))]
    if dialled:
        return any(many.maybe >> place & 1 for own, number in dialled
                   for _, many in at(state.judge.released(own or 0), PortRange(DNS.protocol, number, number)))
    return found is None and any(contains(area.maybe, address) for _, area in at(state.judge.area(place, Direction.EGRESS), DNS))


def local_cache_closed(state: State) -> Iterator[Finding]:
    """Pods that reach the cluster's DNS, but not the cache on their node, which answers in its place."""
    resolvers = resolvers_of(state.cluster)
    if not has_local_cache(state.snapshot) or not resolvers:
        return
    address, isolated = parse_address(LOCAL_ADDRESS), state.judge.rules.isolated[Direction.EGRESS].sure
    reaching = reduce(or_, (rule.subject for rule in state.judge.rules.every[Direction.EGRESS]
                            if contains(rule.peers.addresses, address)
                            and any(DNS in entry for entry in rule.ports if isinstance(entry, PortRange))),
                      _let_out_by_others(lambda addresses: contains(addresses, address), state))
    pods = isolated & _resolving(resolvers, state) & ~reaching & ~state.cluster.own_dns
    for each in sorted(state.judge.rules.isolating[Direction.EGRESS], key=lambda each: (-(each.subject & pods).bit_count(), each.policies)):
        if own := each.subject & pods:
            pods &= ~own
            yield Finding(
                id="local-cache-closed", severity=Severity.WARNING, object=each.policies[0], path="spec.egress",
                facts={"workloads": names_of(workloads_of(own, state.cluster), each.policies[0].namespace), "address": LOCAL_ADDRESS})


def dns_port(state: State) -> Iterator[Finding]:
    """A rule that means the resolver and misses its pods' port, or TCP, which answers that are too long for UDP come by."""
    resolvers = resolvers_of(state.cluster)
    for rule in state.judge.rules.every[Direction.EGRESS] if resolvers else ():
        for service, backend in resolvers:
            assert backend.place is not None
            entries = [entry for entry in rule.ports if isinstance(entry, PortRange)]
            if not rule.peers.pods.sure >> backend.place & 1 or not any(
                    entry.first <= DNS.first <= entry.last and entry.last - entry.first < 1000 for entry in entries):
                continue
            protocols = (Protocol.UDP.value, Protocol.TCP.value)
            closed = [protocol for protocol in protocols if _is_closed(rule, service, backend, protocol, state)]
            if closed:
                yield from (Finding(
                    id="dns-port", severity=Severity.WARNING, object=ref.policy, path=rule_path(ref),
                    variant="protocol" if backend.port == DNS.first else "",
                    facts={"service": names_of([service], ref.policy.namespace), "port": str(backend.port),
                           "protocols": " and ".join(closed)}) for ref in rule.said_by)
                break


def _is_closed(rule: Rule, service: Key, backend: Backend, protocol: str, state: State) -> bool:
    """Whether the pods of a rule may not surely reach a resolver with a protocol, by whatever rule. Of pods of which other engines decide
    too nothing is said."""
    assert backend.place is not None
    pods = rule.subject & ~state.cluster.host_network & ~state.judge.concerns.among_pods[Direction.EGRESS].concerned
    return any(pods & ~many.sure & ~(1 << backend.place) for many in _released(service, backend, protocol, state))


def _released(service: Key, backend: Backend, protocol: str, state: State) -> list[Many]:
    """Whom their own egress lets resolve names: to the pods of the resolver, or to its Service where that is what is looked at."""
    assert backend.place is not None
    if state.cluster.profile.sees_services and not is_headless(state.snapshot.services[service.namespace, service.name]):
        return [let_out(Dialled(service.namespace, service.name, DNS.first, protocol), state)]
    return [many for _, many in at(state.judge.released(backend.place), PortRange(protocol, backend.port, backend.port))]


def _resolving(resolvers: list[tuple[Key, Backend]], state: State) -> int:
    """The pods that reach a resolver, or are one; with a rule for blocks on port 53 a resolver outside may be meant."""
    found = reduce(or_, (1 << backend.place for _, backend in resolvers if backend.place is not None), 0)
    for service, backend in resolvers:
        found |= reduce(or_, (many.maybe for many in _released(service, backend, DNS.protocol, state)), 0)
    for rule in state.judge.rules.every[Direction.EGRESS]:
        if (rule.peers.addresses or not resolvers) and any(dns in entry for entry in rule.ports if isinstance(entry, PortRange)
                                                           for dns in (DNS, _DNS_ON_PODS)):
            found |= rule.subject
    return found | _let_out_by_others(lambda addresses: bool(addresses) or not resolvers, state)


def _let_out_by_others(is_meant: Callable[[Addresses], bool], state: State) -> int:
    """The pods that other policies than NetworkPolicies let out to port 53, or may, of such addresses. Baseline policies are of pods that
    are not isolated."""
    judge = state.judge
    if judge.rulings.are_unread:
        return state.cluster.pods.everyone
    rulings = (ruling for ruling in judge.rulings.every[Direction.EGRESS]
               if ruling.action is Action.ALLOW and ruling.policy.tier is Tier.ADMIN and is_meant(ruling.peers.addresses.maybe)
               and any(isinstance(entry, NamedPort) or DNS in entry or _DNS_ON_PODS in entry for entry in ruling.ports))
    return reduce(or_, (ruling.subject.maybe for ruling in rulings), judge.concerns.with_outside[Direction.EGRESS].openable)


def _said_of(resolvers: list[tuple[Key, Backend]]) -> tuple[str, str]:
    services = names_of([service for service, _ in resolvers], "")
    numbers = sorted({backend.port for _, backend in resolvers}) or [DNS.first]
    return services, ", ".join(f"{number}/{protocol}" for number in numbers for protocol in (Protocol.UDP.value, Protocol.TCP.value))


# ---- both ends


def only_one_side(state: State) -> Iterator[Finding]:
    """A peer whose own policies refuse all that the rule admits: a connection must be admitted at both ends."""
    known: dict[object, bool] = {}
    for direction in Direction:
        other = Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS
        isolated = state.judge.rules.isolated[other].sure
        free = state.cluster.pods.everyone & ~isolated
        for rule in state.judge.rules.every[direction]:
            for ref in rule.said_by if rule.peers.pods.sure & isolated else ():
                for place, peer in enumerate(said(ref, state).peers):
                    pods = pods_of_peer(peer, ref.policy.namespace, state.cluster) if isinstance(peer, PodPeer) else 0
                    if not pods or pods & free or any(ruling.subject.maybe & pods for ruling in state.judge.rulings.every[other]):
                        continue                                # what administrators refuse is no matter of one side
                    key = signature(pods), id(rule.subject), rule.ports, direction
                    if key not in known:
                        known[key] = _is_refused(pods, rule, state)
                    if known[key] and isinstance(peer, PodPeer):
                        yield _one_sided(ref, place, peer, isolating_any(pods, other, state), rule, state)


def _is_refused(pods: int, rule: Rule, state: State) -> bool:
    """Whether the other ends let none of the rule's connections through. Of a rule that matches no port nothing is said."""
    judge, is_ingress = state.judge, rule.direction is Direction.INGRESS
    subject = rule.subject & ~state.cluster.host_network if state.cluster.host_network else rule.subject
    sources, destinations = (pods, subject) if is_ingress else (subject, pods)
    may_meet = bool(_named_by_all(pods, Direction.EGRESS if is_ingress else Direction.INGRESS, state) & subject)
    is_any = False
    for place in bits(destinations):
        others = sources if state.cluster.several >> place & 1 else sources & ~(1 << place)
        wanted = [ports for ports, _ in meant(rule.ports, judge.named(place))] if others else []
        if not wanted:
            continue
        is_any = True
        if not may_meet:
            break
        row = judge.released(place) if is_ingress else judge.admitted(place)
        if any(many.maybe & others for ports in wanted for _, many in at(row, ports)):
            return False
    return is_any


def _named_by_all(pods: int, direction: Direction, state: State) -> int:
    """All whom the rules of some pods may name."""
    return state.cluster.once(("named by all", signature(pods), direction), lambda: reduce(
        or_, (state.judge.named_by(place, direction) for place in bits(pods)), 0))


def _one_sided(ref: RuleRef, place: int, peer: PodPeer, isolating: Sequence[Key], rule: Rule, state: State) -> Finding:
    home = ref.policy.namespace
    return Finding(
        id="only-one-side", severity=Severity.WARNING, object=ref.policy, path=peer_path(ref, place),
        variant=rule.direction.value.lower(),
        facts={"pods": format_source(term_of(peer, home, home)), "policies": names_of(isolating, home),
               "workloads": names_of(workloads_of(rule.subject, state.cluster), home),
               "ports": "all ports" if rule.ports == EVERY_PORT else ", ".join(map(entry_text, rule.ports))})


