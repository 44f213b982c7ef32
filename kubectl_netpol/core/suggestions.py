"""Which policies say what is wanted? Intents gathered by target, written on pod ports, each under a name of its own."""
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.classes import bits, selected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import protocol_of, spec_of
from kubectl_netpol.core.guesses import Stated, port_spec, services_before
from kubectl_netpol.core.intents import INTENT, Intent, format_intent, parse_intent
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.core.resolve import pods_of_object, service_ports
from kubectl_netpol.core.selectors import Selector, selector_of, to_api
from kubectl_netpol.core.states import State
from kubectl_netpol.core.subjects import Subject, subject_of_object
from kubectl_netpol.core.targets import (
    ALL_PORTS,
    Anywhere,
    Object,
    Source,
    Target,
    TargetKind,
    format_source,
)
from kubectl_netpol.core.translation import SaidPort, SaidRule, joined, rules_of_intent
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.snapshot import Snapshot

MANAGED_BY = "app.kubernetes.io/managed-by"
US = "kubectl-netpol"
LONGEST_NAME = 63


class Draft(Struct, frozen=True):
    """A policy to be written; says are the Service ports behind its port entries, by path."""

    policy: api.NetworkPolicy
    stated: tuple[Stated, ...] = ()
    says: dict[str, str] = {}
    remarks: tuple[Remark, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.policy.metadata.namespace or "", self.policy.metadata.name


# ---- what is recorded


def recorded_intents(policy: api.NetworkPolicy) -> tuple[Intent, ...]:
    """A NetpolError where the annotation cannot be read."""
    text = (policy.metadata.annotations or {}).get(INTENT, "")
    return tuple(parse_intent(line) for line in text.splitlines() if line.strip())


def _readable_intents(policy: api.NetworkPolicy) -> tuple[Intent, ...]:
    try:
        return recorded_intents(policy)
    except NetpolError:
        return ()


def _recording(target: Target, direction: Direction, home: str, state: State) -> api.NetworkPolicy | None:
    """The policy of a namespace whose intents begin with one of this target and direction."""
    return state.cluster.once("recording", lambda: _by_first_intent(state.snapshot)).get((home, target, direction))


def _by_first_intent(snapshot: Snapshot) -> dict[tuple[str, Target, Direction], api.NetworkPolicy]:
    found: dict[tuple[str, Target, Direction], api.NetworkPolicy] = {}
    for (namespace, _), policy in sorted(snapshot.policies.items()):
        for intent in _readable_intents(policy)[:1]:
            found.setdefault((namespace, intent.target, intent.direction), policy)
    return found


def recorded_for(target: Target, home: str, state: State) -> tuple[Intent, ...]:
    """The ingress intents that a policy has recorded for a target."""
    policy = _recording(target, Direction.INGRESS, home, state)
    return _readable_intents(policy) if policy else ()


def unrecorded(home: str, selector: Selector, direction: Direction, snapshot: Snapshot) -> api.NetworkPolicy | None:
    """A policy that was suggested for some pods without an intent: it is written again under its name."""
    for (namespace, _), policy in sorted(snapshot.policies.items()):
        spec, metadata = policy.spec or api.NetworkPolicySpec(), policy.metadata
        is_ours = (metadata.labels or {}).get(MANAGED_BY) == US and INTENT not in (metadata.annotations or {})
        if namespace == home and is_ours and spec.policy_types == (direction.value,) and selector_of(spec.pod_selector) == selector:
            return policy
    return None


# ---- drafts


def drafts_of(stated: Sequence[Stated], state: State, *, replacing: bool = False, pod_cidrs: Sequence[str] = (),
              beside: Iterable[Draft] = ()) -> tuple[Draft, ...]:
    """A policy for each target and direction. Intents that its policy has recorded stay, unless they are to be replaced.
    beside: what is to be written too, so that its names are taken."""
    groups: dict[tuple[str, Target, Direction], list[Stated]] = {}
    for each in stated:
        groups.setdefault((each.home, each.intent.target, each.intent.direction), []).append(each)
    taken = {*state.snapshot.policies, *(draft.key for draft in beside)}
    drafts = []
    for (home, target, direction), asked in groups.items():
        known = _recording(target, direction, home, state)
        before = [Stated(intent, home) for intent in _readable_intents(known)] if known and not replacing else []
        own = [replace(each, intent=canonical(each.intent, each.home, state)) for each in asked]
        every = tuple({each.intent: each for each in (*before, *own)}.values())     # a guess stays marked where it was recorded
        metadata = _metadata(every, home, known, taken)
        taken.add((home, metadata.name))
        draft = draft_of(metadata, every, state, pod_cidrs)
        drafts.append(replace(draft, remarks=(*draft.remarks, *_translated(asked, state))))
    return tuple(drafts)


def canonical(intent: Intent, home: str, state: State) -> Intent:
    """However a Service port was said, it is recorded by its number: ssh, 10022 and the pod's 22 are one intent."""
    if intent.target.kind is not TargetKind.SERVICE or intent.direction is not Direction.INGRESS or ALL_PORTS in intent.ports:
        return intent
    service = state.snapshot.services[home, intent.target.name or ""]
    ports = service_ports(service, intent.ports, state.cluster, translate=True).ports if intent.ports else spec_of(service).ports or ()
    return replace(intent, ports=tuple(dict.fromkeys(port_spec(service, port) for port in ports)))


def draft_of(metadata: api.PolicyMetadata, stated: tuple[Stated, ...], state: State, pod_cidrs: Sequence[str] = ()) -> Draft:
    """The policy of some intents on the pods of the first one's target."""
    first, home = stated[0].intent, metadata.namespace or ""
    thing = Object(first.target.kind, first.target.name or "", home)
    subject = subject_of_object(thing, home, state)
    rules = joined([rule for each in stated for rule in rules_of_intent(each.intent, each.home, state, pod_cidrs)])
    draft = written(metadata, subject.selector, first.direction, rules, stated)
    return replace(draft, remarks=(*_dropped(subject, thing), *_others(subject, thing, state)))


def written(metadata: api.PolicyMetadata, selector: Selector, direction: Direction, rules: Sequence[SaidRule],
            stated: tuple[Stated, ...] = ()) -> Draft:
    says = {f"spec.{direction.value.lower()}[{place}].ports[{number}]": port.says
            for place, rule in enumerate(rules) for number, port in enumerate(rule.ports) if port.says}
    ports = [tuple(port.entry for port in rule.ports) or None for rule in rules]
    spec = api.NetworkPolicySpec(
        to_api(selector), (direction.value,),
        tuple(api.IngressRule(rule.peers or None, own) for rule, own in zip(rules, ports, strict=True))
        if direction is Direction.INGRESS else None,
        tuple(api.EgressRule(rule.peers or None, own) for rule, own in zip(rules, ports, strict=True))
        if direction is Direction.EGRESS else None)
    return Draft(api.NetworkPolicy(metadata, "networking.k8s.io/v1", "NetworkPolicy", spec), stated, says)


def rules_in(policy: api.NetworkPolicy, says: dict[str, str]) -> list[SaidRule]:
    """The egress rules of a policy, each entry with what stood beside it."""
    spec = policy.spec or api.NetworkPolicySpec()
    return [SaidRule(rule.peers or (), tuple(
        SaidPort(port, says.get(f"spec.egress[{place}].ports[{number}]", "")) for number, port in enumerate(rule.ports or ())))
        for place, rule in enumerate(spec.egress or ())]


def _metadata(stated: Sequence[Stated], home: str, known: api.NetworkPolicy | None, taken: set[tuple[str, str]]) -> api.PolicyMetadata:
    annotations = {INTENT: _recorded(stated)}
    if known is None:
        return api.PolicyMetadata(free_name(_name(stated), home, taken), home, {MANAGED_BY: US}, annotations)
    return replace(plain(known.metadata), annotations={**(known.metadata.annotations or {}), **annotations})


def _recorded(stated: Sequence[Stated]) -> str:
    return "\n".join(format_intent(each.intent) for each in stated)


def plain(metadata: api.PolicyMetadata) -> api.PolicyMetadata:
    """Without what the server keeps."""
    annotations = {key: value for key, value in (metadata.annotations or {}).items()
                   if key != "kubectl.kubernetes.io/last-applied-configuration"}
    return api.PolicyMetadata(metadata.name, metadata.namespace, metadata.labels or None, annotations or None)


def free_name(name: str, home: str, taken: set[tuple[str, str]]) -> str:
    """A name that nobody's policy has."""
    names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 3))
    return next(each for each in names if (home, each) not in taken)


def _name(stated: Sequence[Stated]) -> str:
    """allow-from-anywhere-to-gitlab, and shorter where that is long."""
    first = stated[0].intent
    target = first.target.name or ""
    ends: Iterable[Source] = [source for each in stated for source in each.intent.sources]
    if first.direction is Direction.EGRESS:
        ends = [destination.source for each in stated for destination in each.intent.destinations]
    others = "-and-".join(dict.fromkeys(slug(format_source(end)) for end in ends))
    long = f"allow-from-{others}-to-{target}" if first.direction is Direction.INGRESS else f"allow-from-{target}-to-{others}"
    if len(long) <= LONGEST_NAME:
        return slug(long)
    return slug(f"allow-to-{target}" if first.direction is Direction.INGRESS else f"allow-from-{target}")[:LONGEST_NAME].rstrip("-")


def slug(text: str) -> str:
    """svc/web in another namespace and such, as part of a name."""
    short = re.sub(r"(?:^|:)(?:svc|deploy|sts|ds|rs|rc|job|cronjob|pod|ns)/", "-", text)
    return re.sub(r"[^a-z0-9]+", "-", short.lower()).strip("-") or "some"


# ---- remarks


def _dropped(subject: Subject, thing: Object) -> list[Remark]:
    return [Remark("without-generated", {"labels": ", ".join(subject.dropped), "object": format_source(replace(thing, namespace=None))})] \
        if subject.dropped else []


def _others(subject: Subject, thing: Object, state: State) -> list[Remark]:
    """Pods of other workloads that the labels select too."""
    home = subject.namespace
    meant = pods_of_object(thing.kind, home, thing.name, state.cluster)
    more = selected(subject.selector, state.cluster.pods) & state.cluster.by_namespace.get(home, 0) & ~meant
    names = sorted({str(pod.workload) for place in bits(more) for pod in state.cluster.classes[place]})
    return [Remark("selects-more", {"workloads": ", ".join(names[:4])})] if names else []


def _translated(stated: Sequence[Stated], state: State) -> list[Remark]:
    """Numbers that were no Service ports."""
    notes = [note for each in stated if each.intent.target.kind is TargetKind.SERVICE and each.intent.direction is Direction.INGRESS
             for note in service_ports(state.snapshot.services[each.home, each.intent.target.name or ""],
                                       each.intent.ports, state.cluster, translate=True).notes]
    return [Remark("translated", {"text": note}) for note in dict.fromkeys(notes)]


# ---- what stays


def kept_wishes(draft: Draft, before: State) -> tuple[Stated, ...]:
    """The other Service ports of pods that a draft isolates for the first time: they are open to everybody now."""
    spec = draft.policy.spec or api.NetworkPolicySpec()
    if not draft.stated or spec.ingress is None:
        return ()
    home, named_ports, target = draft.key[0], _named_ports(draft, before), draft.stated[0].intent.target
    pods = pods_of_object(target.kind, home, target.name or "", before.cluster) & ~before.judge.rules.isolated[Direction.INGRESS].maybe
    found = []
    for service in services_before(pods, before):
        for port in spec_of(service).ports or ():
            if (service.metadata.name, port.port, protocol_of(port)) not in named_ports:
                other = Target(TargetKind.SERVICE, service.metadata.name)
                found.append(Stated(Intent((port_spec(service, port),), other, (Anywhere(),)), home))
    return tuple(found)


def _named_ports(draft: Draft, state: State) -> set[tuple[str, int, str]]:
    return {
        (name, port.port, protocol_of(port)) for each in draft.stated
        if each.intent.target.kind is TargetKind.SERVICE and (name := each.intent.target.name or "")
        for port in service_ports(state.snapshot.services[each.home, name], each.intent.ports, state.cluster, translate=True).ports}


def extended(draft: Draft, more: Sequence[Stated], state: State, pod_cidrs: Sequence[str] = ()) -> Draft:
    """A draft with more intents, which it records too."""
    if not more:
        return draft
    stated = (*draft.stated, *more)
    annotations = {**(draft.policy.metadata.annotations or {}), INTENT: _recorded(stated)}
    return draft_of(replace(draft.policy.metadata, annotations=annotations), stated, state, pod_cidrs)


def policies_in(drafts: Iterable[Draft]) -> dict[tuple[str, str], api.NetworkPolicy]:
    return {draft.key: draft.policy for draft in drafts}
