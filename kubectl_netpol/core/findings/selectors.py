"""Do the selectors match what was meant?"""
import difflib
from collections.abc import Iterator

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.classes import Cluster, bits, labels_of_namespace, selected
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import peer_path, specs_of, written_rules
from kubectl_netpol.core.policies import Policy, directions_of
from kubectl_netpol.core.resolve import namespaces_of
from kubectl_netpol.core.rules import RuleRef, subject_of
from kubectl_netpol.core.selectors import EVERYTHING, Operator, Selector, format_selector, matches, selector_of
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key

_NEAR = 3                                                       # values of labels that are named
_NOT_IN = Operator.NOT_IN.value


def selects_no_pod(state: State) -> Iterator[Finding]:
    """A policy whose podSelector matches no pod, and no template of one, in its namespace."""
    isolating = state.judge.rules.isolating.values()
    for key in sorted({key for direction in isolating for each in direction if not each.subject for key in each.policies}):
        policy = state.policies[key]
        if subject_of(policy, state.cluster):                   # pods on the host network, which the plugin does not police
            continue
        near = _nearest(policy, state.cluster)
        yield Finding(
            id="selects-no-pod", severity=Severity.WARNING, object=policy.key, path="spec.podSelector",
            variant="all" if policy.pod_selector == EVERYTHING else "near" if near else "",
            facts={"selector": format_selector(policy.pod_selector), "namespace": policy.namespace, "near": near})


def _nearest(policy: Policy, cluster: Cluster) -> str:
    """The labels of pods for which only one requirement does not hold."""
    within, requirements = cluster.by_namespace.get(policy.namespace, 0), policy.pod_selector.requirements
    for missing in requirements:
        rest = Selector(tuple(each for each in requirements if each != missing))
        pods = selected(rest, cluster.pods) & within
        values = sorted({cluster.classes[place][0].labels.get(missing.key, "") for place in bits(pods)} - {""})
        if near := [value for value in values if len(requirements) > 1 or _resembles(value, missing.values)]:
            return ", ".join(f"{missing.key}={value}" for value in near[:_NEAR])
    return ""


def _resembles(value: str, wanted: tuple[str, ...]) -> bool:
    """Where nothing else is required, only a similar value may be the one that was meant."""
    return bool(difflib.get_close_matches(value, wanted, n=1, cutoff=0.5))


# ---- NotIn


class _Counted(Struct, frozen=True):
    """How many have no such label although a selector matches them; each selector is counted once."""

    cluster: Cluster
    namespaces: tuple[dict[str, str], ...]                      # the labels of each
    known: dict[tuple[str, Selector], int] = {}

    def pods(self, key: str, selector: Selector, within: int) -> int:
        pods = selected(selector, self.cluster.pods) & within & ~self.cluster.pods.having.get(key, 0)
        return sum(max(pod.replicas, 1) for place in bits(pods) for pod in self.cluster.classes[place])

    def namespaces_matched(self, key: str, selector: Selector) -> int:
        if (key, selector) not in self.known:
            self.known[key, selector] = sum(key not in labels and matches(selector, labels) for labels in self.namespaces)
        return self.known[key, selector]


def matches_without_label(state: State) -> Iterator[Finding]:
    """NotIn matches objects that do not have the key at all (apimachinery labels.Requirement.Matches)."""
    names = namespaces_of(state.snapshot)
    counted = _Counted(state.cluster, tuple(labels_of_namespace(state.snapshot, name) for name in names), {})
    for key, spec in specs_of(state):
        own = state.cluster.by_namespace.get(key.namespace, 0)
        if spec.pod_selector is not None:
            yield from _pods_without(key, "spec.podSelector", spec.pod_selector, own, counted)
        for direction, rules in written_rules(spec):
            for place, rule in enumerate(rules):
                for number, peer in enumerate(rule.peers or ()):
                    namespaces, pods = peer.namespace_selector, peer.pod_selector
                    if not (_has_not_in(namespaces) or _has_not_in(pods)) or direction not in directions_of(spec):
                        continue
                    path, within = peer_path(RuleRef(key, direction.value, place), number), own
                    if namespaces is not None:
                        within = selected(selector_of(namespaces), state.cluster.namespaces)
                        yield from _namespaces_without(key, f"{path}.namespaceSelector", namespaces, counted)
                    if pods is not None:
                        yield from _pods_without(key, f"{path}.podSelector", pods, within, counted)


def _pods_without(policy: Key, path: str, selector: api.LabelSelector, within: int, counted: _Counted) -> Iterator[Finding]:
    for place, key in _not_in(selector):
        yield from _told(policy, f"{path}.matchExpressions[{place}]", key, "pod", counted.pods(key, selector_of(selector), within))


def _namespaces_without(policy: Key, path: str, selector: api.LabelSelector, counted: _Counted) -> Iterator[Finding]:
    for place, key in _not_in(selector):
        number = counted.namespaces_matched(key, selector_of(selector))
        yield from _told(policy, f"{path}.matchExpressions[{place}]", key, "namespace", number)


def _has_not_in(selector: api.LabelSelector | None) -> bool:
    return selector is not None and selector.match_expressions is not None and any(_not_in(selector))


def _not_in(selector: api.LabelSelector) -> Iterator[tuple[int, str]]:
    return ((place, each.key) for place, each in enumerate(selector.match_expressions or ()) if each.operator == _NOT_IN)


def _told(policy: Key, path: str, key: str, kind: str, number: int) -> Iterator[Finding]:
    if number:
        yield Finding(
            id="matches-without-label", severity=Severity.INFO, object=policy, path=path,
            facts={"key": key, "number": str(number), "kind": kind if number == 1 else f"{kind}s"})
