"""Do policyTypes and empty lists say what was meant? For 10 to 12 of the table in the document as it is written: live objects have
their defaults already."""
from collections.abc import Iterator

from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import rule_path, specs_of, written_rules
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.states import State


def inactive_rules(state: State) -> Iterator[Finding]:
    """Rules of a direction that policyTypes leaves out."""
    for policy, spec in specs_of(state):
        for direction, rules in written_rules(spec):
            if rules and spec.policy_types and direction.value not in spec.policy_types:
                yield Finding(
                    id="inactive-rules", severity=Severity.ERROR, object=policy, path=f"spec.{direction.value.lower()}",
                    facts={"types": ", ".join(spec.policy_types), "direction": direction.value.lower(), "type": direction.value})


def isolates_ingress_too(state: State) -> Iterator[Finding]:
    """Without policyTypes a policy is for ingress always, although it has egress rules only."""
    for policy, spec in specs_of(state):
        if not spec.policy_types and spec.egress and not spec.ingress:
            yield Finding(id="isolates-ingress-too", severity=Severity.WARNING, object=policy, path="spec.policyTypes", facts={})


def egress_not_isolated(state: State) -> Iterator[Finding]:
    """"egress: []" without policyTypes: they default to Ingress alone where there is no egress rule."""
    for policy, spec in specs_of(state):
        if not spec.policy_types and spec.egress == ():
            yield Finding(id="egress-not-isolated", severity=Severity.WARNING, object=policy, path="spec.egress", facts={})


def empty_list_admits_all(state: State) -> Iterator[Finding]:
    """"If this field is empty or missing, this rule matches all sources": an empty list looks like none of them."""
    for policy, spec in specs_of(state):
        for direction, rules in written_rules(spec):
            for place, rule in enumerate(rules):
                side = "from" if direction is Direction.INGRESS else "to"
                for field, written in ((side, rule.peers), ("ports", rule.ports)):
                    if written == ():
                        path = rule_path(RuleRef(policy, direction.value, place))
                        yield Finding(
                            id="empty-list-admits-all", severity=Severity.INFO, object=policy, path=f"{path}.{field}",
                            facts={"field": field}, variant=field)
