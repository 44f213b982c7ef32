"""What do the rules of administrators say of a question, before and after the NetworkPolicies?"""
from collections.abc import Iterator

from kubectl_netpol.commands.explain.said import MOST, said_ports
from kubectl_netpol.commands.naming import object_ref, policy_ref
from kubectl_netpol.core.deciders import Deciders, rule_of, terms_of_peers
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.tiers import Action, Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.reports import Step

_RESULTS = {Action.ALLOW: Verdict.ALLOWED.value, Action.DENY: Verdict.DENIED.value, Action.PASS: "note"}


def tier_steps(found: Deciders, home: str, state: State) -> Iterator[Step]:
    for ruling in found.rulings[:MOST]:
        yield Step(object_ref(ruling.ref.policy), policy_ref(ruling.ref), _RESULTS[ruling.action], said_ruling(ruling, home, state))


def said_ruling(ruling: Ruling, home: str, state: State) -> str:
    policy, rule = ruling.policy, rule_of(ruling, state)
    terms, others = terms_of_peers(rule.peers or (), home)
    peers = "everybody" if rule.peers is None else listed([*map(format_source, terms), *others], MOST) or "nobody"
    code = "tier-baseline" if policy.tier is Tier.BASELINE else "tier-admin"
    facts = {"peers": peers, "ports": said_ports(rule.ports), "to-from": "from" if ruling.direction.value == "Ingress" else "to",
             "name": f', "{rule.name}"' if rule.name else "", "priority": str(policy.priority)}
    return sentence(f"{code}-{ruling.action.value}", facts)
