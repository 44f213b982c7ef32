"""What does a NetworkPolicy say once the API's defaults are applied?"""
from typing import Any

import msgspec
import pytest

from kubectl_netpol import api
from kubectl_netpol.core.addresses import addresses_of, cidrs_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import BlockPeer, PodPeer, Policy, PolicyRule, policies_of, policy_of
from kubectl_netpol.core.ports import EVERY_PORT, PortRange
from kubectl_netpol.core.selectors import EVERYTHING, parse_selector
from kubectl_netpol.snapshot import Key
from tests.e2e_cases import block, netpol
from tests.snapshots import snapshot

IN, OUT = Direction.INGRESS, Direction.EGRESS


def policy(spec: dict[str, Any] | None) -> Policy:
    document = {"metadata": {"name": "p", "namespace": "x"}, **({} if spec is None else {"spec": spec})}
    return policy_of(msgspec.convert(document, api.NetworkPolicy))


@pytest.mark.parametrize(("spec", "isolated"), [
    pytest.param(None, {IN: 0}, id="1.1 no spec: all ingress of the namespace is denied"),
    pytest.param({}, {IN: 0}, id="1.1 an empty spec"),
    pytest.param({"podSelector": {}}, {IN: 0}, id="1.1 no policyTypes: Ingress"),
    pytest.param({"policyTypes": []}, {IN: 0}, id="1.1 policyTypes [] is as absent"),
    pytest.param({"policyTypes": None}, {IN: 0}, id="1.1 policyTypes null is as absent"),
    pytest.param({"egress": []}, {IN: 0}, id="1.1 egress [] without policyTypes does not isolate egress"),
    pytest.param({"egress": None}, {IN: 0}, id="1.1 egress null without policyTypes does not isolate egress"),
    pytest.param({"egress": [{}]}, {IN: 0, OUT: 1}, id="1.1 an egress rule without policyTypes isolates both"),
    pytest.param({"policyTypes": [], "egress": [{}]}, {IN: 0, OUT: 1}, id="1.1 also with policyTypes []"),
    pytest.param({"policyTypes": ["Egress"]}, {OUT: 0}, id="1.1 an egress-only policy"),
    pytest.param({"policyTypes": ["Ingress"], "egress": [{}]}, {IN: 0}, id="1.1 rules of a direction that is not named are inert"),
    pytest.param({"policyTypes": ["Egress"], "ingress": [{}], "egress": [{}, {}]}, {OUT: 2}, id="1.1 ingress rules are inert too"),
    pytest.param({"policyTypes": ["Ingress", "Egress"], "ingress": [{}]}, {IN: 1, OUT: 0}, id="0 both, by the existence of the policy"),
    pytest.param({"policyTypes": ["Ingress", "Ingress"], "ingress": [{}]}, {IN: 1}, id="1.8 a direction named twice"),
    pytest.param({"ingress": [{}]}, {IN: 1}, id="1.2 ingress [{}] is a rule"),
    pytest.param({"ingress": None}, {IN: 0}, id="0 ingress null is no rule")])
def test_a_policy_isolates_in_its_directions(spec: dict[str, Any] | None, isolated: dict[Direction, int]) -> None:
    assert {direction: len(rules) for direction, rules in policy(spec).rules.items()} == isolated


@pytest.mark.parametrize("selector", [{}, {"podSelector": None}, {"podSelector": {}}, {"podSelector": {"matchLabels": None}}])
def test_a_pod_selector_that_is_absent_null_or_empty_is_every_pod(selector: dict[str, Any]) -> None:
    assert policy(selector).pod_selector == EVERYTHING


WEB, PROD = {"matchLabels": {"app": "web"}}, {"matchLabels": {"env": "prod"}}
SOME = parse_selector("app=web"), parse_selector("env=prod")


@pytest.mark.parametrize(("peer", "expected"), [
    pytest.param({"podSelector": WEB}, PodPeer(SOME[0], None), id="1.3 podSelector: of the own namespace"),
    pytest.param({"podSelector": {}}, PodPeer(EVERYTHING, None), id="1.3 podSelector {}: all of the own namespace"),
    pytest.param({"namespaceSelector": PROD}, PodPeer(EVERYTHING, SOME[1]), id="1.3 namespaceSelector: all pods there"),
    pytest.param({"namespaceSelector": {}}, PodPeer(EVERYTHING, EVERYTHING), id="1.3 namespaceSelector {}: all namespaces"),
    pytest.param({"namespaceSelector": {}, "podSelector": None}, PodPeer(EVERYTHING, EVERYTHING), id="1.3 null is not set"),
    pytest.param({"namespaceSelector": PROD, "podSelector": WEB}, PodPeer(*SOME), id="1.3 both: AND")])
@pytest.mark.parametrize(("direction", "peers"), [("ingress", "from"), ("egress", "to")])
def test_a_peer_is_pods_of_namespaces(direction: str, peers: str, peer: dict[str, Any], expected: PodPeer) -> None:
    assert policy({direction: [{peers: [peer, peer]}]}).rules[Direction(direction.capitalize())][0].peers == (expected, expected)


@pytest.mark.parametrize(("text", "excepts", "left"), [
    pytest.param("10.0.0.0/30", [], ("10.0.0.0/30",), id="1.4 a block"),
    pytest.param("10.0.0.0/30", ["10.0.0.0/31"], ("10.0.0.2/31",), id="1.4 except subtracts"),
    pytest.param("10.0.0.0/30", ["10.0.0.1/32", "10.0.0.2/32"], ("10.0.0.0/32", "10.0.0.3/32"), id="1.4 two exceptions"),
    pytest.param("10.0.0.3/30", None, ("10.0.0.0/30",), id="1.4 host bits are cut off")])
def test_a_block_is_its_addresses_without_its_exceptions(text: str, excepts: list[str] | None, left: tuple[str, ...]) -> None:
    (rule,) = policy({"ingress": [{"from": [{"ipBlock": {"cidr": text, "except": excepts}}]}]}).rules[IN]
    assert rule.peers == (BlockPeer(text, tuple(excepts or ()), addresses_of(left)),)
    assert cidrs_of(rule.peers[0].addresses) == left


@pytest.mark.parametrize("empty", [{}, {"from": None, "ports": None}, {"from": [], "ports": []}])
def test_a_rule_without_peers_and_ports_is_of_everything(empty: dict[str, Any]) -> None:
    assert policy({"ingress": [empty]}).rules[IN] == (PolicyRule((), EVERY_PORT),)


def test_an_exception_takes_nothing_from_another_peer() -> None:
    peers = [*block("10.0.0.0/30", "10.0.0.1/32"), *block("10.0.0.1/32")]
    (rule,) = policy({"egress": [{"to": peers, "ports": [{"port": 80}]}]}).rules[OUT]
    assert [cidrs_of(peer.addresses) for peer in rule.peers if isinstance(peer, BlockPeer)] == [
        ("10.0.0.0/32", "10.0.0.2/31"), ("10.0.0.1/32",)]
    assert rule.ports == (PortRange("TCP", 80, 80),)


def test_policies_come_in_order_of_namespace_and_name() -> None:
    second, first, other = netpol("x", {}), netpol("x", {}), netpol("a", {})
    second["metadata"]["name"], first["metadata"]["name"], other["metadata"]["name"] = "b", "a", "z"
    assert [each.key for each in policies_of([snapshot(second, first, other)])[0]] == [
        Key("NetworkPolicy", "a", "z"), Key("NetworkPolicy", "x", "a"), Key("NetworkPolicy", "x", "b")]
