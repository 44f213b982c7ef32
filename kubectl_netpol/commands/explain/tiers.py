"""What do the rules of administrators say of a question, before and after the NetworkPolicies?"""
from collections.abc import Iterable, Iterator

from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.said import MOST, said_policy, said_ports
from kubectl_netpol.commands.naming import object_ref, policy_ref
from kubectl_netpol.core.deciders import deciders, terms_of_peers
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import PROTOCOLS, NamedPort, PolicyPorts
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.tiers import Action, Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.reports import Step

_RESULTS = {Action.ALLOW: Verdict.ALLOWED.value, Action.DENY: Verdict.DENIED.value, Action.PASS: "note"}


def tier_steps(rulings: Iterable[Ruling], home: str) -> Iterator[Step]:
    """In the order in which they are asked."""
    order = sorted({each.ref: each for each in rulings}.values(), key=lambda each: (each.policy.priority, each.policy.key, each.ref.rule))
    for ruling in order[:MOST]:
        yield Step(object_ref(ruling.ref.policy), policy_ref(ruling.ref), _RESULTS[ruling.action], said_ruling(ruling, home))


def said_ruling(ruling: Ruling, home: str) -> str:
    policy, rule = ruling.policy, ruling.rule
    terms, others = terms_of_peers(rule.peers or (), home)
    peers = sentence("tier-not-understood", {}) if rule.peers is None else listed([*map(format_source, terms), *others], MOST) or "nobody"
    code = "tier-baseline" if policy.tier is Tier.BASELINE else "tier-admin"
    facts = {"peers": peers, "ports": _ports(rule.ports), "to-from": "from" if ruling.direction.value == "Ingress" else "to",
             "name": f', "{rule.name}"' if rule.name else "",
             "priority": "" if policy.key.kind == "BaselineAdminNetworkPolicy" else f", priority {policy.priority}"}
    return sentence(f"{code}-{ruling.action.value}", facts)


def _ports(ports: PolicyPorts) -> str:
    """A name is of every protocol there."""
    once = tuple(each for each in ports if not isinstance(each, NamedPort) or each.protocol == PROTOCOLS[0])
    return said_ports(once)


def refusing(question: Question, state: State) -> list[str]:
    """The policies of administrators that refuse some of the source somewhere, which no NetworkPolicy can change."""
    directions = (Direction.INGRESS,) if question.ends.is_open_set else tuple(Direction)
    found = [deciders(question.ends, question.home, spot, direction, Tier.ADMIN, state)
             for spot in question.spots for direction in directions]
    keys = sorted({ruling.ref.policy for each in found for ruling in each.refuse()})
    return [said_policy(key, "") for key in keys]
