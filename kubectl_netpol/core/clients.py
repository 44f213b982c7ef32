"""What do the clients of a Service need where they are isolated for egress? The way to its pods, and DNS."""
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.classes import bits, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import protocol_of, spec_of
from kubectl_netpol.core.guesses import Stated
from kubectl_netpol.core.intents import Intent
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.resolve import carrier_at, ends_of, entry_key
from kubectl_netpol.core.resolvers import DNS, LOCAL_ADDRESS, has_local_cache, nameservers_of, resolver_service, service_at
from kubectl_netpol.core.rules import subject_of
from kubectl_netpol.core.selectors import EVERYTHING, Selector, both, selector_of
from kubectl_netpol.core.sources import named_namespace
from kubectl_netpol.core.states import State
from kubectl_netpol.core.subjects import Subject, named_home, subject_of_object
from kubectl_netpol.core.suggestions import (
    LONGEST_NAME,
    MANAGED_BY,
    US,
    Draft,
    drafts_of,
    free_name,
    plain,
    rules_in,
    slug,
    unrecorded,
    written,
)
from kubectl_netpol.core.targets import Destination, Entry, Object, Pods, PortSpec, Source, Target, TargetKind
from kubectl_netpol.core.tiers import Action, Tier
from kubectl_netpol.core.translation import SaidPort, SaidRule, joined, leaving_ports_of, pod_peer


def client_drafts(stated: Sequence[Stated], drafts: Sequence[Draft], state: State, *, isolate: bool) -> tuple[Draft, ...]:
    """The egress that the sources of ingress intents need: of objects as intents, of labels and namespaces as policies on them.
    Clients that nothing isolates for egress need nothing; with isolate they are to be isolated."""
    wishes: list[Stated] = []
    rules: dict[Subject, list[SaidRule]] = {}
    isolated = state.judge.rules.isolated[Direction.EGRESS].maybe | _closed_by_baseline(state)
    for each in stated:
        for source in (own for said in each.intent.sources for own in _without_entries(said, each.home, state)):
            ends = ends_of(source, each.home, state.cluster)
            pods = 0 if ends.is_open_set else ends.pods if isolate else ends.pods & isolated
            if pods and isinstance(source, Object) and source.kind is not TargetKind.SERVICE:
                wishes.append(_client_wish(each, source, state))
            elif pods:
                for subject, rule in _client_rules(each, source, pods, state):
                    rules.setdefault(subject, []).append(rule)
    made = drafts_of(wishes, state, beside=drafts)
    taken = {*state.snapshot.policies, *(draft.key for draft in (*drafts, *made))}
    return (*made, *(leaving(subject, "", own, taken, state) for subject, own in rules.items()))


def _without_entries(source: Source, home: str, state: State) -> tuple[Source, ...]:
    """Those who carry the traffic of an Ingress, Gateway or Route in its place."""
    return carrier_at(entry_key(source, home), state.cluster).sources if isinstance(source, Entry) else (source,)


def _closed_by_baseline(state: State) -> int:
    """Pods whose egress a rule of the Baseline tier denies, where no NetworkPolicy of theirs decides."""
    rulings = state.judge.rulings.every[Direction.EGRESS]
    return reduce(or_, (each.subject.maybe for each in rulings if each.policy.tier is Tier.BASELINE and each.action is Action.DENY), 0)


def leaving(subject: Subject, name: str, rules: Sequence[SaidRule], taken: set[tuple[str, str]], state: State) -> Draft:
    """An egress policy on pods by their labels; one that was suggested for them before keeps its name and its rules."""
    home, known = subject.namespace, unrecorded(subject.namespace, subject.selector, Direction.EGRESS, state.snapshot)
    if known:
        return written(plain(known.metadata), subject.selector, Direction.EGRESS, joined([*rules_in(known, {}), *rules]))
    labels = "-".join(each.values[0] for each in subject.selector.requirements if each.values) or "all-pods"
    free = free_name(name or slug(f"allow-egress-of-{labels}")[:LONGEST_NAME - 4].rstrip("-"), home, taken)
    taken.add((home, free))
    return written(api.PolicyMetadata(free, home, {MANAGED_BY: US}), subject.selector, Direction.EGRESS, joined(rules))


def _client_wish(each: Stated, source: Object, state: State) -> Stated:
    home, target = named_home(source, each.home, state), each.intent.target
    server = Object(target.kind, target.name or "", None if home == each.home else each.home)
    intent = Intent((), Target(source.kind, source.name), (), Direction.EGRESS, (Destination(server, each.intent.ports),))
    return Stated(intent, home, each.evidence)


def _client_rules(each: Stated, source: Source, pods: int, state: State) -> Iterator[tuple[Subject, SaidRule]]:
    """For each namespace that the clients are in."""
    thing = Object(each.intent.target.kind, each.intent.target.name or "", each.home)
    server, ports = subject_of_object(thing, each.home, state), leaving_ports_of(thing, each.intent.ports, state)
    match source:
        case Object(): selector = subject_of_object(source, each.home, state).selector
        case Pods(selector): pass
        case _: selector = EVERYTHING
    for home in sorted({state.cluster.classes[place][0].namespace for place in bits(pods)}):
        peer = pod_peer(PodPeer(server.selector, None if home == each.home else named_namespace(each.home)))
        for own in _closed_alone(selector, home, pods, state):
            yield Subject(home, own), SaidRule((peer,), ports)


def _closed_alone(selector: Selector, home: str, pods: int, state: State) -> Iterator[Selector]:
    """Some of the pods that a selector matches, and none of those that nothing isolates: by what the policies that isolate them select."""
    cluster = state.cluster
    everyone = selected(selector, cluster.pods) & cluster.by_namespace.get(home, 0)
    policies = [policy for policy in state.policies.values() if policy.namespace == home and Direction.EGRESS in policy.rules
                and subject_of(policy, cluster) & everyone & pods] if everyone & ~pods else ()
    yield from dict.fromkeys(both(selector, policy.pod_selector) for policy in policies) or (selector,)


def dns_rules(state: State, home: str, pods: int) -> list[SaidRule]:
    """To whomever some pods of a namespace ask for names: the cluster's DNS, on its pods' ports, and the cache on their node; in place of
    these the nameservers that they name themselves. None where it is not known whom they ask."""
    own = nameservers_of(pods, state.cluster)
    rules = _to_cluster_dns(state, home) if not pods or pods & ~state.cluster.own_dns else []
    for address in own:
        found = service_at(address, state.snapshot)
        rules += [_to_service(found.namespace, found.name, state, home)] if found else [_to_address(address)]
    return rules


def _to_cluster_dns(state: State, home: str) -> list[SaidRule]:
    service = resolver_service(state.snapshot)
    if service is None:
        return []
    rule = _to_service(service.metadata.namespace or "", service.metadata.name, state, home)
    return [rule, *([_to_address(LOCAL_ADDRESS)] if has_local_cache(state.snapshot) else [])]


def _to_service(namespace: str, name: str, state: State, home: str) -> SaidRule:
    thing, service = Object(TargetKind.SERVICE, name, namespace), state.snapshot.services[namespace, name]
    ports = [PortSpec(port.port, None, protocol_of(port)) for port in spec_of(service).ports or () if port.port == DNS.first]
    selector = subject_of_object(thing, home, state).selector
    peer = PodPeer(selector, None if namespace == home else named_namespace(namespace))
    return SaidRule((pod_peer(peer),), leaving_ports_of(thing, ports, state))


def _to_address(address: str) -> SaidRule:
    block = api.IPBlock(f"{address}/{128 if ':' in address else 32}")
    return SaidRule((api.Peer(block),), tuple(SaidPort(api.PolicyPort(protocol, DNS.first)) for protocol in ("UDP", "TCP")))


def with_dns(draft: Draft, state: State) -> Draft:
    """An egress policy that lets its pods resolve names too; the same draft where it is not known whom they ask."""
    spec = draft.policy.spec
    rules = dns_rules(state, draft.key[0], _pods_of(draft, state))
    if not rules or spec is None or spec.egress is None:
        return draft
    every = joined([*rules_in(draft.policy, draft.says), *rules])
    again = written(draft.policy.metadata, selector_of(spec.pod_selector), Direction.EGRESS, every, draft.stated)
    return replace(again, remarks=draft.remarks)


def has_dns(draft: Draft, state: State) -> bool:
    return bool(dns_rules(state, draft.key[0], _pods_of(draft, state)))


def _pods_of(draft: Draft, state: State) -> int:
    selector = selector_of(draft.policy.spec.pod_selector if draft.policy.spec else None)
    return selected(selector, state.cluster.pods) & state.cluster.by_namespace.get(draft.key[0], 0)
