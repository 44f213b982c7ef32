"""Whom do the policies of other engines select, and can they allow what NetworkPolicies refuse, or only refuse more?

Cilium adds what its rules allow to what NetworkPolicies allow, and what they deny comes first (docs.cilium.io, Deny Policies). Calico and
Antrea have tiers before and after NetworkPolicies. A mesh (Istio, Linkerd) asks its proxy after the connection was let through, and
MultiNetworkPolicies are of other networks: these only refuse. More of what they do is not judged.
"""
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

from msgspec import Struct

from kubectl_netpol.api import engines
from kubectl_netpol.api.engines import CALICO, CALICO_STORED, Written
from kubectl_netpol.core.calico import calico_expression
from kubectl_netpol.core.classes import NAMESPACE_NAME
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.expressions import (
    ANYBODY,
    EVERYBODY,
    NOBODY,
    Every,
    Expression,
    Label,
    Not,
    Of,
    Some,
    Text,
    Unknown,
    in_namespace,
    label_keys,
    of_labels,
)
from kubectl_netpol.core.selectors import Operator, Requirement, Selector
from kubectl_netpol.snapshot import Key, Snapshot


class Effect(Enum):
    REFUSE = "refuse"                                           # what is allowed by others; it allows nothing that these refuse
    ADMIT = "admit"                                             # what is refused by others; it refuses nothing that these allow
    DECIDE = "decide"


Effects = dict[Direction, Effect]
ROOT_NAMESPACE = "istio-system"                                 # whose policies of Istio are those of all namespaces, as it is installed
IN_ROOT = ("AuthorizationPolicy.security.istio.io", "PeerAuthentication")


class ForeignPolicy(Struct, frozen=True):
    """A policy of another engine; one object may be several."""

    key: Key
    subject: Expression
    effects: Effects
    is_outside_only: bool = False                               # it speaks of addresses outside, and not of pods
    is_of_hosts: bool = False                                   # of nodes, and so of the pods on their network and of no others

    @property
    def is_of_all(self) -> bool:
        """Whether pods of any namespace may be selected."""
        return not self.key.namespace or (self.key.kind in IN_ROOT and self.key.namespace == ROOT_NAMESPACE)


def foreign_policies_of(snapshot: Snapshot) -> tuple[ForeignPolicy, ...]:
    """Those that can refuse or allow anything to pods, in order."""
    found = [policy for key, each in snapshot.beside.items() for policy in _policies(key, each) if policy.effects]
    served = {_plain(policy.key) for policy in found if _group(policy.key) == CALICO}
    return tuple(sorted(
        (policy for policy in found if not (_group(policy.key) == CALICO_STORED and _plain(policy.key) in served)),
        key=lambda policy: policy.key))


def _group(key: Key) -> str:
    """Of a kind that several groups have."""
    return key.kind.partition(".")[2]


def _plain(key: Key) -> Key:
    """One name for an object of Calico that both of its groups show, the stored one with its tier: default.NAME."""
    return Key(key.kind.partition(".")[0], key.namespace, key.name.removeprefix("default."))


def keys_of_labels(policies: Iterable[ForeignPolicy]) -> Iterator[Selector]:
    """The labels of pods that make a difference."""
    for policy in policies:
        yield Selector(tuple(Requirement(key, Operator.EXISTS) for key in label_keys(policy.subject)))


# ---- of each engine


def _policies(key: Key, each: Any) -> Iterator[ForeignPolicy]:
    match each:
        case engines.CiliumPolicy(spec=spec, specs=specs):
            yield from (_of_cilium(key, rule) for rule in (spec, *(specs or ())) if rule is not None)
        case engines.CalicoPolicy(spec=spec):
            yield from _of_calico(key, spec or engines.CalicoSpec())
        case engines.AntreaPolicy(spec=engines.AntreaSpec() as spec):
            yield from _of_antrea(key, spec)
        case engines.IstioAuthorization(metadata, spec):
            yield _of_istio(key, spec or engines.IstioAuthorizationSpec(), metadata.annotations or {})
        case engines.PeerAuthentication(spec=engines.PeerAuthenticationSpec() as spec):
            is_strict = any(each.mode == "STRICT" for each in (spec.mtls, *(spec.port_level_mtls or {}).values()) if each)
            yield ForeignPolicy(key, _of_mesh(key, of_labels(spec.selector)), _refusing(is_strict, Direction.INGRESS))
        case engines.LinkerdServer(spec=engines.LinkerdServerSpec() as spec):
            pods = NOBODY if spec.pod_selector is None else of_labels(spec.pod_selector)
            refuses = spec.access_policy not in ("all-unauthenticated", "audit")
            yield ForeignPolicy(key, _at_home(key, pods), _refusing(refuses, Direction.INGRESS))
        case engines.LinkerdAuthorization(spec=engines.LinkerdAuthorizationSpec(target)):
            is_of_server = target is not None and target.kind == "Server"       # which selects pods itself
            yield ForeignPolicy(key, _at_home(key, ANYBODY), _refusing(not is_of_server, Direction.INGRESS))
        case engines.MultiNetworkPolicy(metadata, spec):
            directions = _directions(spec, *Direction) if _POLICY_FOR in (metadata.annotations or {}) else ()
            yield ForeignPolicy(key, _selected(key, spec), dict.fromkeys(directions, Effect.REFUSE))
        case engines.ApplicationNetworkPolicy(spec=spec):
            effects = {each: Effect.DECIDE if _rules(spec)[each] else Effect.REFUSE for each in _directions(spec, Direction.INGRESS)}
            yield ForeignPolicy(key, _selected(key, spec), effects)
        case engines.FQDNNetworkPolicy(spec=spec):
            yield ForeignPolicy(key, _selected(key, spec), {Direction.EGRESS: Effect.DECIDE})
        case engines.AWSClusterNetworkPolicy(spec=engines.SubjectSpec() as spec):
            yield ForeignPolicy(key, _of_subject(spec.subject or {}), _by_actions(spec.ingress or (), spec.egress or ()))
        case engines.EgressFirewall(spec=engines.FirewallSpec(rules)):
            types = {rule.type for rule in rules or ()}
            effects = {Direction.EGRESS: Effect.DECIDE if types - {"Deny"} else Effect.REFUSE} if types else {}
            yield ForeignPolicy(key, _at_home(key, EVERYBODY), effects, True)


_POLICY_FOR = "k8s.v1.cni.cncf.io/policy-for"                   # a MultiNetworkPolicy without it is one of no network


def _at_home(key: Key, pods: Expression) -> Expression:
    return Every((in_namespace(key.namespace), pods)) if key.namespace else pods


def _of_mesh(key: Key, pods: Expression) -> Expression:
    """"If the authorization policy is in the root namespace, the selector will additionally match with workloads in all namespaces"."""
    return pods if key.namespace == ROOT_NAMESPACE else _at_home(key, pods)


def _refusing(is_so: bool, *directions: Direction) -> Effects:
    return dict.fromkeys(directions, Effect.REFUSE) if is_so else {}


def _of_cilium(key: Key, rule: engines.CiliumRule) -> ForeignPolicy:
    """A direction without rules is not concerned, unless enableDefaultDeny says so; "ingress: [{}]" denies all, and allows nobody. Labels
    of nodes are not looked at (docs.cilium.io, security/policy/host)."""
    deny, effects = rule.enable_default_deny or engines.CiliumDefaultDeny(), Effects()
    for direction, allowing, denying, is_default in (
            (Direction.INGRESS, rule.ingress or (), rule.ingress_deny, deny.ingress),
            (Direction.EGRESS, rule.egress or (), rule.egress_deny, deny.egress)):
        if effect := _cilium_effect(allowing, denying, is_default):
            effects[direction] = effect
    if rule.endpoint_selector is None:
        return ForeignPolicy(key, ANYBODY if rule.node_selector is not None else NOBODY, effects, is_of_hosts=True)
    return ForeignPolicy(key, _at_home(key, _endpoints(rule.endpoint_selector)), effects)


def _cilium_effect(allowing: engines.Rules, denying: engines.Rules | None, is_default: bool | None) -> Effect | None:
    """enableDefaultDeny false: "a layer-7 rule that does not include a layer-7 allow-all will cause drops" all the same."""
    refuses = bool(denying or is_default or (allowing and is_default is None)) or not all(map(_allows_only, allowing))
    if not any(allowing):
        return Effect.REFUSE if refuses else None
    return Effect.DECIDE if refuses else Effect.ADMIT


def _allows_only(rule: Written) -> bool:
    """Whether it says nothing but addresses and ports, or that all names may be asked for."""
    ports = rule.get("toPorts") or []
    return "authentication" not in rule and isinstance(ports, list) and all(
        isinstance(each, dict) and {*each} <= {"ports", "rules"} and each.get("rules") in (None, {}, _EVERY_NAME) for each in ports)


_EVERY_NAME = {"dns": [{"matchPattern": "*"}]}


def _endpoints(selector: Written) -> Expression:
    """Keys may begin with the source of the label, "k8s:" or "any:"; some are of the pod's namespace."""
    found = of_labels(selector)
    if not isinstance(found, Every):
        return found
    return Every(tuple(_endpoint_label(part.requirement) for part in found.parts if isinstance(part, Label)))


def _endpoint_label(requirement: Requirement) -> Expression:
    source, _, rest = requirement.key.rpartition(":")
    own = _NAMESPACE_LABELS if rest.startswith(_NAMESPACE_LABELS) else ""
    name = NAMESPACE_NAME if rest == "io.kubernetes.pod.namespace" else rest.removeprefix(own)
    if source not in ("", "k8s", "any") or name.startswith("io.cilium."):
        return ANYBODY                                          # of service accounts, clusters and what is reserved
    of = Of.NAMESPACE if own or name is NAMESPACE_NAME else Of.POD
    return Label(Requirement(name, requirement.operator, requirement.values), of)


_NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."


def _of_calico(key: Key, spec: engines.CalicoSpec) -> Iterator[ForeignPolicy]:
    """Those that Calico makes of Kubernetes' own policies are judged as such. Of hosts, before DNAT and where applyOnForward says so what
    comes to pods from outside is policed, too, and by applyOnForward what leaves (docs.tigera.io, reference/host-endpoints/summary);
    untracked ones "never have any net positive effect for such flows". Host endpoints are not read: there may be some."""
    if key.name.startswith(_MADE_OF_OTHERS):
        return
    named = ["Ingress"] * (not spec.egress or bool(spec.ingress)) + ["Egress"] * bool(spec.egress)
    rules = {Direction.INGRESS: spec.ingress or (), Direction.EGRESS: spec.egress or ()}
    effects = {direction: _by_action(own) for direction, own in rules.items() if direction.value in (spec.types or named)}
    if not key.namespace and _may_be_of_hosts(spec):
        yield ForeignPolicy(key, ANYBODY, effects, is_of_hosts=True)
    if spec.apply_on_forward and not spec.do_not_track:
        yield ForeignPolicy(key, ANYBODY, dict.fromkeys(effects, Effect.REFUSE), is_outside_only=True)
    if spec.pre_dnat or spec.do_not_track:
        return
    account = ANYBODY if spec.service_account_selector else EVERYBODY
    pods = Every((calico_expression(spec.selector), calico_expression(spec.namespace_selector, Of.NAMESPACE), account))
    yield ForeignPolicy(key, _at_home(key, pods), effects)


def _may_be_of_hosts(spec: engines.CalicoSpec) -> bool:
    """A host endpoint is in no namespace and has no labels of pods; which others it has is not known."""
    if spec.namespace_selector or spec.service_account_selector:
        return False
    return bool(spec.pre_dnat or spec.do_not_track or spec.apply_on_forward) or _holds_for_hosts(calico_expression(spec.selector))


def _holds_for_hosts(expression: Expression) -> bool:
    match expression:
        case Label(Requirement(key, operator)):
            return key.endswith("host-endpoint") or operator in (Operator.NOT_IN, Operator.DOES_NOT_EXIST)
        case Every(parts): return all(map(_holds_for_hosts, parts))
        case Some(parts): return any(map(_holds_for_hosts, parts))
        case Not(part): return not _holds_for_hosts(part)
        case Text(): return False
        case Unknown(): return True


_MADE_OF_OTHERS = ("knp.", "kanp.", "kbanp.", "kcnp.")          # libcalico-go/lib/names, before and since ClusterNetworkPolicy
_REFUSING = ("Deny", "Drop", "Reject", "Log")


def _by_action(rules: Iterable[Any]) -> Effect:
    """A Pass, too, may lead past NetworkPolicies that refuse. No action means one that allows."""
    return Effect.DECIDE if any(rule.action not in _REFUSING for rule in rules) else Effect.REFUSE


def _by_actions(ingress: Iterable[Any], egress: Iterable[Any]) -> Effects:
    """Of policies that say nothing of a direction in which they have no rules."""
    return {direction: _by_action(rules) for direction, rules in ((Direction.INGRESS, ingress), (Direction.EGRESS, egress)) if rules}


def _of_antrea(key: Key, spec: engines.AntreaSpec) -> Iterator[ForeignPolicy]:
    if spec.applied_to:
        yield from _applied_to(spec.applied_to, key, _by_actions(spec.ingress or (), spec.egress or ()))
        return
    for direction, rules in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
        for rule in rules or ():
            yield from _applied_to(rule.applied_to or (), key, {direction: _by_action((rule,))})


def _applied_to(every: Sequence[Written], key: Key, effects: Effects) -> Iterator[ForeignPolicy]:
    """Of pods, and of nodes with the pods on their network."""
    yield ForeignPolicy(key, Some(tuple(_applied(each, key) for each in every)), effects)
    if any("nodeSelector" in each for each in every):
        yield ForeignPolicy(key, ANYBODY, effects, is_of_hosts=True)


def _applied(written: Written, key: Key) -> Expression:
    """"If set with NamespaceSelector, Pods are matched from Namespaces matched by the NamespaceSelector; otherwise, Pods are matched from
    all Namespaces", of a namespaced policy from its own. Groups, service accounts and Services are not looked up."""
    fields = {name for name, value in written.items() if value is not None}
    if fields & {"nodeSelector", "externalEntitySelector"}:
        return NOBODY
    if fields - {"podSelector", "namespaceSelector"}:
        return _at_home(key, ANYBODY)
    pods, namespaces = of_labels(written.get("podSelector")), of_labels(written.get("namespaceSelector"), Of.NAMESPACE)
    return Every((pods, namespaces)) if "namespaceSelector" in fields else _at_home(key, pods)


def _of_istio(key: Key, spec: engines.IstioAuthorizationSpec, annotations: dict[str, str]) -> ForeignPolicy:
    """Targets other than pods by their labels (Gateways, Services of a waypoint) may stand before any of them."""
    refuses = spec.action != "AUDIT" and annotations.get("istio.io/dry-run") != "true"
    pods = ANYBODY if spec.target_ref or spec.target_refs else of_labels(spec.selector)
    return ForeignPolicy(key, _of_mesh(key, pods), _refusing(refuses, Direction.INGRESS))


def _selected(key: Key, spec: engines.PodPolicySpec | None) -> Expression:
    return _at_home(key, of_labels(spec.pod_selector if spec else None))


def _rules(spec: engines.PodPolicySpec | None) -> dict[Direction, engines.Rules]:
    return {Direction.INGRESS: (spec and spec.ingress) or (), Direction.EGRESS: (spec and spec.egress) or ()}


def _directions(spec: engines.PodPolicySpec | None, *otherwise: Direction) -> tuple[Direction, ...]:
    """otherwise: where policyTypes is not set, beside those with rules."""
    types = spec and spec.policy_types
    return tuple(each for each in Direction if (each.value in types if types else each in otherwise or _rules(spec)[each]))


def _of_subject(written: Written) -> Expression:
    pods = written.get("pods")
    if pods is None:
        return of_labels(written.get("namespaces"), Of.NAMESPACE)
    if not isinstance(pods, dict):
        return ANYBODY
    return Every((of_labels(pods.get("podSelector")), of_labels(pods.get("namespaceSelector"), Of.NAMESPACE)))
