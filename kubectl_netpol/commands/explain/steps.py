"""By which steps was a question decided?

Service → pod port, the address that is seen, the egress of the source, the ingress of the pods.
"""
from collections.abc import Iterator
from functools import reduce
from operator import or_

from msgspec.structs import replace

from kubectl_netpol.commands.explain.doubts import doubt_at
from kubectl_netpol.commands.explain.misses import Refused, refusal
from kubectl_netpol.commands.explain.node import local_node
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.said import MOST, rule_ports, said_policies, said_range
from kubectl_netpol.commands.explain.tiers import tier_steps
from kubectl_netpol.commands.explain.ways import address_seen, facts_at, isolated_alike, open_to_all, way
from kubectl_netpol.commands.naming import object_ref, policy_ref
from kubectl_netpol.commands.reading import permission
from kubectl_netpol.core.answers import Judgement, admitting_at, entering_verdict, isolating_any, leaving_to, literal, said
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.deciders import Deciders, deciders
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import spec_of
from kubectl_netpol.core.enforcement import is_heeded
from kubectl_netpol.core.evidence import meeting
from kubectl_netpol.core.exposure import is_seen_as_node
from kubectl_netpol.core.resolve import Ends, carrier_at, entry_key
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.selectors import format_selector, selector_of_labels
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Entry, Source, format_source
from kubectl_netpol.core.tiers import Tier
from kubectl_netpol.core.verdicts import Tally, Verdict, verdict_of
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.reports import ObjectRef, Step
from kubectl_netpol.snapshot import Key, Listing


def steps_of(question: Question, found: Judgement, state: State) -> tuple[Step, ...]:
    return tuple(dict.fromkeys([*way_to(question, state), *_who_carries(question, state), *sides(question, found, state)]))


def _who_carries(question: Question, state: State) -> Iterator[Step]:
    """Of an Ingress, Gateway or Route as the source."""
    if isinstance(question.ends.source, Entry):
        key = entry_key(question.ends.source, question.home)
        evidence = carrier_at(key, state.cluster).evidence
        yield Step(object_ref(key), None, "note", sentence(evidence.code, evidence.facts))


def way_to(question: Question, state: State) -> Iterator[Step]:
    if question.service is not None and question.port is not None:
        yield from way(question.service, question.port, question.spots, state, local_node(question))
        if question.ends.addresses:
            yield from address_seen(question.service)
        if is_seen_as_node(question.ends, question.service, is_by_node=question.at_node is not None):
            yield Step(None, None, "note", sentence("step-balancer-inside", {}))


def sides(question: Question, found: Judgement, state: State) -> Iterator[Step]:
    if found.egress is not None and question.ends.pods:
        yield from _egress(question, found.egress, state)
    if found.ingress is not None:
        for spot, policies in isolated_alike(question.spots, state):
            yield from _ingress(question, spot, policies, state)


# ---- ingress


def _ingress(question: Question, spot: Spot, policies: tuple[Key, ...], state: State) -> Iterator[Step]:
    admin = deciders(question.ends, question.home, spot, Direction.INGRESS, Tier.ADMIN, state)
    yield from tier_steps(admin.rulings, question.home)
    if admin.is_whole:
        return
    if policies:
        yield from _by_policies(question, spot, policies, admin, state)
        return
    baseline = deciders(question.ends, question.home, spot, Direction.INGRESS, Tier.BASELINE, state)
    yield from tier_steps(baseline.rulings, question.home)
    if not baseline.is_whole:
        yield open_to_all(spot, question.place, state)


def _by_policies(question: Question, spot: Spot, policies: tuple[Key, ...], admin: Deciders, state: State) -> Iterator[Step]:
    verdict = entering_verdict(question.ends, question.home, (spot,), state)
    rule = literal(question.ends.source, question.home, admitting_at(spot, Direction.INGRESS, question.home, state))
    if rule is not None and (verdict is Verdict.ALLOWED or (admin.rulings and rule.surely)):
        yield _admits(rule.said_by[0], (rule.term,), spot, Verdict.ALLOWED, "step-admits")
        return
    met = meeting(question.ends, question.home, spot, state)
    if verdict is Verdict.ALLOWED and met:
        for each in met[:1] if met[0].is_whole else met[:MOST]:
            yield _admits(each.refs[0], each.terms, spot, verdict, "step-admits")
        return
    yield from _refused(question, spot, policies, verdict, state)


def _refused(question: Question, spot: Spot, policies: tuple[Key, ...], verdict: Verdict, state: State) -> Iterator[Step]:
    met = meeting(question.ends, question.home, spot, state)
    code = {Verdict.PARTIAL: "step-ingress-partly", Verdict.UNKNOWN: "step-ingress-perhaps"}.get(verdict, "step-ingress-isolated")
    refs = tuple(ref for each in met for ref in each.refs)
    refused = Refused(Direction.INGRESS, question.place, spot, question.service, question.port, refs)
    lead = _with_doubt(sentence(code, facts_at(spot, policies, question.place, state)), verdict, question, spot, state)
    yield from refusal(lead, policies, verdict, refused, state)
    for each in met[:MOST]:
        code = "step-admits-unlocated" if each.is_unlocated else "step-admits-part"
        yield _admits(each.refs[0], each.terms, spot, verdict, code, rule_ports(said(each.refs[0], state).ports))


def _with_doubt(step: str, verdict: Verdict, question: Question, spot: Spot, state: State) -> str:
    code = doubt_at(question, spot, state) if verdict is Verdict.UNKNOWN else ""
    return sentence("because", {"step": step, "reason": sentence(code, {})}) if code else step


def _admits(
        ref: RuleRef, terms: tuple[Source, ...], spot: Spot, verdict: Verdict, code: str, of_rule: tuple[str, ...] = ()) -> Step:
    """On the port that was asked for; of a range perhaps on a part of it, so that the rule's own ports are said."""
    is_one = spot.ports.first == spot.ports.last
    ports = ", ".join(of_rule) if of_rule and not is_one else said_range(spot.ports)
    facts = {"term": listed([format_source(term) for term in terms], MOST), "ports": ports}
    return Step(object_ref(ref.policy), policy_ref(ref), verdict.value, sentence(code, facts))


# ---- egress


def _egress(question: Question, verdict: Verdict, state: State) -> Iterator[Step]:
    """The tiers speak of each destination; what their rules say of several alike is told once."""
    admin = _deciders(question, question.ends, Tier.ADMIN, state)
    yield from tier_steps((ruling for each in admin for ruling in each.rulings), question.home)
    if admin and all(each.is_whole for each in admin):
        return
    left = reduce(or_, (each.left for each in admin), 0)
    isolated = state.judge.rules.isolated[Direction.EGRESS].maybe & left
    if isolated != left:
        open_ends = replace(question.ends, pods=left & ~isolated)
        baseline = _deciders(question, open_ends, Tier.BASELINE, state)
        yield from tier_steps((ruling for each in baseline for ruling in each.rulings), question.home)
        if not isolated and not (baseline and all(each.is_whole for each in baseline)) and not state.judge.rulings.are_unread:
            facts = {"source": question.source_text, "plugin": state.cluster.profile.name}
            yield Step(None, None, Verdict.ALLOWED.value, sentence(_why_free(state), facts))
    if isolated:
        own = verdict if left == question.ends.pods else _of_policies(question, isolated, state)
        yield from _egress_by_policies(question, own, isolated, state)


def _why_free(state: State) -> str:
    if not is_heeded(Direction.EGRESS, state.cluster.profile) and (state.policies or state.tiers):
        return "step-egress-unpoliced" if state.cluster.profile.enforces else "step-nothing-enforces"
    return "step-egress-open-here" if state.foreign else "step-egress-open"


def _dialled(question: Question, state: State) -> Iterator[Step]:
    """Which address egress is judged by, where that is the Service's own."""
    dialled = next((spot.dialled for spot in question.spots if spot.dialled is not None), None)
    if dialled is not None and question.service is not None:
        labels = spec_of(question.service).selector or {}
        yield Step(ObjectRef("Service", dialled.namespace, dialled.service), None, "note", sentence("step-dialled", {
            "plugin": state.cluster.profile.name, "service": f"svc/{dialled.service}", "port": f"{dialled.port}/{dialled.protocol}",
            "labels": format_selector(selector_of_labels(labels)) if labels else "none"}))


def _deciders(question: Question, ends: Ends, tier: Tier, state: State) -> list[Deciders]:
    return [deciders(ends, question.home, spot, Direction.EGRESS, tier, state) for spot in question.spots]


def _of_policies(question: Question, pods: int, state: State) -> Verdict:
    """What NetworkPolicies alone say of some of the sources."""
    many = [each for spot in question.spots if spot.place is not None
            for _, each in at(state.judge.released_by_policies(spot.place), spot.ports)]
    return verdict_of(Tally(bool(many), any(pods & ~each.sure for each in many), any(pods & each.maybe for each in many)))


def _egress_by_policies(question: Question, verdict: Verdict, isolated: int, state: State) -> Iterator[Step]:
    policies = isolating_any(isolated, Direction.EGRESS, state)
    if not policies:                                            # they are in namespaces whose policies could not be read
        homes = sorted({state.cluster.classes[place][0].namespace for place in bits(isolated & state.cluster.unpoliced)})
        why = sentence("step-unread", {"permission": permission(Listing("NetworkPolicy", homes[0]))})
        yield Step(None, None, Verdict.UNKNOWN.value, why)
        return
    facts = {"source": question.source_text, "policies": said_policies(policies, question.place)}
    yield from _dialled(question, state)
    if verdict is Verdict.ALLOWED:
        yield Step(object_ref(policies[0]), None, Verdict.ALLOWED.value, sentence("step-egress-admits", facts))
        return
    spot = next((spot for spot in question.spots
                 if verdict_of(leaving_to(question.ends, spot, state)) is not Verdict.ALLOWED), question.spots[0])
    if spot.dialled is not None:                                # what a rule says of pods is not why it is refused
        spot = replace(spot, place=None)
    refused = Refused(Direction.EGRESS, question.place, spot, question.service, question.port)
    code = {Verdict.DENIED: "step-egress-isolated", Verdict.UNKNOWN: "step-egress-perhaps"}.get(verdict, "step-egress-partly")
    yield from refusal(_with_doubt(sentence(code, facts), verdict, question, spot, state), policies, verdict, refused, state)

