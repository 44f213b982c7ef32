"""Does a policy still say what it was written for? Its intent is recorded in Service terms, its rules are in those of pods."""
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from msgspec import Struct

from kubectl_netpol.core.addresses import difference, union
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import Backend, backends_of
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import name_of, suggestion_for
from kubectl_netpol.core.intents import INTENT, Intent, format_intent, parse_intent
from kubectl_netpol.core.policies import Policy
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.resolve import ends_of, entry_key, service_ports
from kubectl_netpol.core.rows import meant
from kubectl_netpol.core.rules import may_be_among, subject_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Entry, Object, PortSpec, TargetKind, format_source
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.snapshot import Key, Listing

_WRITTEN_AGAIN = ("selector", "port", "entry")                           # where what is gone is named, a person decides


class Promise(Struct, frozen=True):
    """Ports of a Service that a policy was written for."""

    service: Key
    ports: tuple[PortSpec, ...]
    direction: Direction


def intent_moved_on(state: State) -> Iterator[Finding]:
    """The Service has got another targetPort or selector since, or is gone, so that the policy no longer allows what its intent says."""
    for policy in state.policies.values():
        for intent in intents_of(policy.key, state):
            for promise in _promises(intent, policy.namespace):
                reason, facts = _broken(promise, policy, state)
                if reason:
                    yield _moved_on(reason, policy, intent, {"service": name_of(promise.service, policy.namespace), **facts})
            for source in intent.sources:
                if isinstance(source, Entry) and (reason := _lost(source, policy, state)):
                    yield _moved_on(reason, policy, intent, {"entry": format_source(source)})


def _moved_on(reason: str, policy: Policy, intent: Intent, facts: dict[str, str]) -> Finding:
    return Finding(
        id="intent-moved-on", severity=Severity.WARNING, object=policy.key, path=f"metadata.annotations.{INTENT}", variant=reason,
        command=suggestion_for(policy.key) if reason in _WRITTEN_AGAIN else (), facts={"intent": format_intent(intent), **facts})


def _lost(source: Entry, policy: Policy, state: State) -> str:
    """Whether others carry the traffic of an Ingress, Gateway or Route now than those that the policy admits; or nothing is published."""
    key, ends = entry_key(source, policy.namespace), ends_of(source, policy.namespace, state.cluster)
    if key not in state.snapshot.beside:
        return "entry-gone" if state.snapshot.has_read(Listing(key.kind, key.namespace, key.name)) else ""
    peers = [rule.peers for rule in state.judge.rules.every[Direction.INGRESS] if any(ref.policy == policy.key for ref in rule.said_by)]
    admitted = reduce(or_, (may_be_among(each, state.cluster) for each in peers), 0)
    outside = union([each.addresses for each in peers])
    return "entry" if ends.is_known and ends.is_whole and (ends.pods & ~admitted or difference(ends.addresses, outside)) else ""


def intents_of(policy: Key, state: State) -> list[Intent]:
    """What is recorded; a line that is no intent, as a person may have written, says nothing."""
    annotations = state.snapshot.policies[policy.namespace, policy.name].metadata.annotations or {}
    found = []
    for line in annotations.get(INTENT, "").splitlines():
        try:
            found += [parse_intent(line)] if line.strip() else []
        except NetpolError:
            continue
    return found


def _promises(intent: Intent, home: str) -> Iterator[Promise]:
    if intent.target.kind is TargetKind.SERVICE and intent.target.name and intent.direction is Direction.INGRESS:
        yield Promise(Key("Service", intent.target.namespace or home, intent.target.name), intent.ports, intent.direction)
    for each in intent.destinations:
        if isinstance(each.source, Object) and each.source.kind is TargetKind.SERVICE:
            service = Key("Service", each.source.namespace or home, each.source.name)
            yield Promise(service, each.ports or intent.ports, Direction.EGRESS)


def _broken(promise: Promise, policy: Policy, state: State) -> tuple[str, dict[str, str]]:
    """Why the policy no longer keeps a promise; "" where it does, or where no pod stands behind the Service."""
    service = state.snapshot.services.get((promise.service.namespace, promise.service.name))
    if service is None:                                         # or it may not be read
        named = Listing("Service", promise.service.namespace, promise.service.name)
        return ("gone" if state.snapshot.has_read(named) else "", {})
    try:
        ports = service_ports(service, promise.ports).ports
    except NetpolError:
        return "port-gone", {}
    backends = [backend for port in ports for backend in backends_of(service, port, state.cluster) if backend.place is not None]
    subject = subject_of(policy, state.cluster)
    if promise.direction is Direction.INGRESS and any(not subject >> (backend.place or 0) & 1 for backend in backends):
        return "selector", {}
    closed = [backend for backend in backends if not _opens(policy, promise.direction, backend, state)]
    return ("port", {"target": _numbers(closed)}) if closed else ("", {})


def _opens(policy: Policy, direction: Direction, backend: Backend, state: State) -> bool:
    assert backend.place is not None
    wanted, named = PortRange(backend.protocol, backend.port, backend.port), state.judge.named(backend.place)
    return any(wanted in each for rule in policy.rules.get(direction, ()) for each, _ in meant(rule.ports, named))


def _numbers(backends: Sequence[Backend]) -> str:
    return ", ".join(map(str, sorted({backend.port for backend in backends})))
