"""Whom does each rule concern, as a subject and as a peer?"""
import pytest
from msgspec.structs import astuple

from kubectl_netpol.core.addresses import EVERYWHERE, NOWHERE, addresses_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.rules import NONE, Many, RuleRef, Rules
from kubectl_netpol.core.states import State
from tests.e2e_cases import DENY_IN, NOT_X, A, B, Document, Y, block, namespace, netpol, ns_is, only, pod, pod_is, tcp, where
from tests.snapshots import names, place, state

IN, OUT = Direction.INGRESS, Direction.EGRESS
PODS = [namespace("y", "team=red"), pod("x/a", ip="10.1.0.1"), pod("x/b", ip="10.1.0.2"), pod("x/h", "pod=h", hostNetwork=True),
        pod("y/c", "pod=a", ip="fd00::3"), pod("z/d", "pod=b")]


def rules(*policies: Document) -> tuple[State, Rules]:
    found = state(*PODS, *policies)
    return found, found.judge.rules


@pytest.mark.parametrize(("selector", "expected"), [
    pytest.param({}, {"a", "b", "h"}, id="1.1 podSelector {}: the own namespace only"),
    pytest.param(None, {"a", "b", "h"}, id="1.1 podSelector null"),
    pytest.param(A, {"a"}, id="1.1 pods of other namespaces are never selected"),
    pytest.param(where("pod", "NotIn", "a"), {"b", "h"}, id="1.3 NotIn"),
    pytest.param(only("pod=nobody"), set(), id="1.1 it selects nothing")])
def test_a_policy_isolates_the_pods_that_it_selects(selector: Document | None, expected: set[str]) -> None:
    found, made = rules(netpol("x", selector, **DENY_IN))
    assert names(made.isolated[IN].maybe, found) == expected
    assert names(made.isolated[IN].sure, found) == expected - {"h"}
    assert made.isolated[OUT] == NONE
    assert [names(each.subject, found) for each in made.isolating[IN]] == [expected]


@pytest.mark.parametrize(("peers", "sure", "maybe"), [
    pytest.param([pod_is(A)], {"a"}, {"a"}, id="1.3 podSelector: of the policy's own namespace"),
    pytest.param([pod_is({})], {"a", "b"}, {"a", "b", "h"}, id="1.7 host-network pods only maybe"),
    pytest.param([ns_is({})], {"a", "b", "c", "d"}, {"a", "b", "c", "d", "h"}, id="1.3 all namespaces with the own"),
    pytest.param([ns_is(only("team=red"))], {"c"}, {"c"}, id="1.3 namespaces by label"),
    pytest.param([ns_is(Y)], {"c"}, {"c"}, id="1.3 namespaces by name"),
    pytest.param([ns_is(NOT_X)], {"c", "d"}, {"c", "d"}, id="1.3 namespaces by NotIn"),
    pytest.param([ns_is(NOT_X, B)], {"d"}, {"d"}, id="1.3 both: AND"),
    pytest.param([ns_is(NOT_X), pod_is(B)], {"b", "c", "d"}, {"b", "c", "d"}, id="1.3 two peers: OR"),
    pytest.param(block("10.1.0.0/24"), set(), set(), id="1.3 a block is no pods by label")])
def test_peers_are_pods(peers: list[Document], sure: set[str], maybe: set[str]) -> None:
    for direction, made_of in ((IN, {"ingress": [{"from": peers}]}), (OUT, {"egress": [{"to": peers}]})):
        found, made = rules(netpol("x", A, direction.value[0], **made_of))
        (rule,) = made.every[direction]
        assert (names(rule.peers.pods.sure, found), names(rule.peers.pods.maybe, found)) == (sure, maybe)


@pytest.mark.parametrize(("peers", "ipv4", "ipv6", "addresses"), [
    pytest.param(block("10.1.0.0/24"), {"a", "b"}, set(), ["10.1.0.0/24"], id="1.4 pods by a known address"),
    pytest.param(block("10.1.0.0/24", "10.1.0.2/32"), {"a"}, set(), ["10.1.0.0/31", "10.1.0.3/32", "10.1.0.4/30", "10.1.0.8/29",
                 "10.1.0.16/28", "10.1.0.32/27", "10.1.0.64/26", "10.1.0.128/25"], id="1.4 except"),
    pytest.param([*block("10.1.0.1/32"), *block("fd00::/64")], {"a"}, {"c"}, ["10.1.0.1/32", "fd00::/64"], id="1.4 two families"),
    pytest.param([pod_is({})], set(), set(), [], id="1.3 a selector is no addresses")])
def test_peers_are_addresses(peers: list[Document], ipv4: set[str], ipv6: set[str], addresses: list[str]) -> None:
    found, made = rules(netpol("x", A, "I", ingress=[{"from": peers}]))
    (rule,) = made.every[IN]
    assert tuple(names(each, found) for each in rule.peers.located) == (ipv4, ipv6)
    assert rule.peers.addresses == addresses_of(addresses)


def test_no_peers_are_everybody_in_the_cluster_and_outside() -> None:
    found, made = rules(netpol("x", A, "I", ingress=[{"from": []}]))
    (rule,) = made.every[IN]
    everyone = {"a", "b", "c", "d", "h"}
    assert (names(rule.peers.pods.sure, found), names(rule.peers.pods.maybe, found)) == (everyone, everyone)
    assert (rule.peers.addresses, [names(each, found) for each in rule.peers.located]) == (EVERYWHERE, [everyone, everyone])


def test_rules_that_mean_the_same_are_one_with_all_who_say_it() -> None:
    same = [netpol("x", A, "I", ingress=[{"from": [pod_is(B)], "ports": tcp(80)}]) for _ in range(2)]
    found, made = rules(*same, netpol("x", A, "I", ingress=[{"from": [pod_is(B)], "ports": tcp(81)}]))
    ((keys, _, _),) = map(astuple, made.isolating[IN])
    assert [each.said_by for each in made.every[IN]] == [
        tuple(RuleRef(key, "Ingress", 0) for key in keys[:2]), (RuleRef(keys[2], "Ingress", 0),)]
    assert made.of[IN] == {place("a", found): (0, 1)}


def test_a_policy_that_selects_nobody_has_no_rules() -> None:
    _, made = rules(netpol("x", only("pod=nobody"), "I", ingress=[{}]), netpol("nowhere", {}, "I", ingress=[{}]))
    assert (made.every[IN], made.isolated[IN], [len(each.policies) for each in made.isolating[IN]]) == ((), NONE, [2])


def test_sets_that_are_known_in_part_are_joined_and_met_in_both_parts() -> None:
    left, right = Many(0b001, 0b011), Many(0b110, 0b110)
    assert (left | right, left & right, NONE | left) == (Many(0b111, 0b111), Many(0, 0b010), left)
    assert addresses_of([]) == NOWHERE
