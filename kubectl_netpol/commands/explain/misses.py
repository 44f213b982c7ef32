"""Which rules of the isolating policies do not admit a connection, and why not?"""
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.commands.explain.said import MOST, said_policy, said_ports, said_range
from kubectl_netpol.commands.naming import isolation_ref, object_ref, policy_ref
from kubectl_netpol.core.answers import said
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.evidence import Miss, Missed, missed
from kubectl_netpol.core.policies import BlockPeer, PolicyRule
from kubectl_netpol.core.profiles import Profile
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.sources import terms_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.reports import Step
from kubectl_netpol.snapshot import Key

MISSES = {
    Miss.SERVICE_PORT: "miss-service-port", Miss.SIDECAR_NAME: "miss-sidecar-name", Miss.UNKNOWN_NAME: "miss-unknown-name",
    Miss.OTHER_PROTOCOL: "miss-protocol", Miss.OTHER_PORTS: "miss-ports", Miss.OTHER_PEERS: "miss-peers",
    Miss.SOME_PORTS: "miss-some-ports"}


class Refused(Struct, frozen=True):
    """What is refused at a spot: said of a target in the home namespace, dialled through a Service port if there is one."""

    direction: Direction
    home: str
    spot: Spot
    service: api.Service | None = None
    port: api.ServicePort | None = None
    admitted_by: tuple[RuleRef, ...] = ()                       # rules that admit a part: they are told elsewhere


def refusal(lead: str, policies: Sequence[Key], verdict: Verdict, refused: Refused, state: State) -> Iterator[Step]:
    """A step for each policy, and below it the rules that it has."""
    for place, policy in enumerate(policies[:MOST]):
        why = sentence("step-isolated-too", {"policy": said_policy(policy, refused.home)}) if place else lead
        yield Step(object_ref(policy), isolation_ref(policy, refused.direction.value), verdict.value, why)
        yield from _missed(policy, refused, state)


def _missed(policy: Key, refused: Refused, state: State) -> Iterator[Step]:
    spot, direction = refused.spot, refused.direction
    if spot.place is None:
        return
    pod = state.cluster.classes[spot.place][0]
    found = [each for each in missed(policy, direction, spot, pod, refused.port, state) if each.ref not in refused.admitted_by]
    for each in found[:MOST]:
        rule = said(each.ref, state)
        home = refused.home if direction is Direction.INGRESS else policy.namespace
        terms = [format_source(term) for term in terms_of(rule, policy.namespace, home)]
        facts = {"ports": said_ports(rule.ports), "to-from": "from" if direction is Direction.INGRESS else "to",
                 "peers": listed(terms, MOST), "why": _reason(each, rule, refused, state.cluster.profile)}
        yield Step(object_ref(policy), policy_ref(each.ref), Verdict.DENIED.value, sentence("step-missed", facts))


def _reason(each: Missed, rule: PolicyRule, refused: Refused, profile: Profile) -> str:
    ports = refused.spot.ports
    return sentence(_of_blocks(rule, profile) if each.miss is Miss.OTHER_PEERS else MISSES[each.miss], {
        "plugin": profile.name,
        "entry": said_ports(rule.ports if each.entry is None else (rule.ports[each.entry],)),
        "service": f"svc/{refused.service.metadata.name}" if refused.service else "",
        "entry_protocol": rule.ports[each.entry or 0].protocol, "pod_port": said_range(ports), "protocol": ports.protocol})


def _of_blocks(rule: PolicyRule, profile: Profile) -> str:
    """Why peers do not hold the other side, where the network plugin takes blocks of addresses in its own way."""
    blocks = [peer for peer in rule.peers if isinstance(peer, BlockPeer)]
    if blocks and not profile.blocks_hold_pods:
        return "miss-block"
    return "miss-except" if not profile.heeds_except and any(peer.excepts for peer in blocks) else MISSES[Miss.OTHER_PEERS]
