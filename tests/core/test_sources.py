"""In which terms are peers said, and what does one term imply of another?"""
from typing import Any

import pytest

from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.policies import Peer
from kubectl_netpol.core.selectors import EVERYTHING
from kubectl_netpol.core.sources import implies, peer_of, term_of, terms_of
from kubectl_netpol.core.targets import Pods, format_source, parse_source
from tests.e2e_cases import NAME, block, netpol, ns_is, only, pod, pod_is, where
from tests.snapshots import state

WEB = only("app=web")


def peers_in(policy_namespace: str, *peers: dict[str, Any]) -> tuple[Peer, ...]:
    found = state(pod("x/a"), netpol(policy_namespace, {}, "I", ingress=[{"from": list(peers)}]))
    (policy,) = found.policies.values()
    return policy.rules[Direction.INGRESS][0].peers


@pytest.mark.parametrize(("peer", "at_home", "elsewhere"), [
    (pod_is({}), "same-namespace", "ns/x"),
    (pod_is(WEB), "app=web", "ns/x:app=web"),
    (ns_is({}), "cluster", "cluster"),
    (ns_is({}, WEB), "cluster:app=web", "cluster:app=web"),
    (ns_is(only("team=red")), "ns:team=red", "ns:team=red"),
    (ns_is(only("team=red"), WEB), "ns:team=red:app=web", "ns:team=red:app=web"),
    (ns_is(only(f"{NAME}=x")), "same-namespace", "ns/x"),
    (ns_is(only(f"{NAME}=y"), WEB), "ns/y:app=web", "app=web"),
    (ns_is(where(NAME, "In", "x", "y")), f"ns:{NAME} in (x,y)", f"ns:{NAME} in (x,y)"),
    (ns_is(where(NAME, "NotIn", "x")), f"ns:{NAME}!=x", f"ns:{NAME}!=x"),
    (block("10.1.2.3/8")[0], "10.0.0.0/8", "10.0.0.0/8"),
    (block("10.0.0.0/8", "10.1.0.9/16")[0], "10.0.0.0/8 except 10.1.0.0/16", "10.0.0.0/8 except 10.1.0.0/16")])
def test_a_peer_is_said_in_a_term_of_the_grammar(peer: dict[str, Any], at_home: str, elsewhere: str) -> None:
    (found,) = peers_in("x", peer)
    terms = [term_of(found, "x", home) for home in ("x", "y")]
    assert [format_source(each) for each in terms] == [at_home, elsewhere]
    assert [parse_source(format_source(each)) for each in terms] == terms
    back = [peer_of(each, home) for each, home in zip(terms, ("x", "y"))]
    again = [term_of(each[0], home, home) for each, home in zip(back, ("x", "y")) if each]
    assert [format_source(each) for each in again] == [at_home, elsewhere]


def test_a_rule_without_peers_is_anywhere_and_what_stands_twice_is_said_once() -> None:
    found = state(pod("x/a"), netpol("x", {}, "I", ingress=[{}, {"from": [pod_is(WEB), ns_is({}), pod_is(WEB)]}]))
    (policy,) = found.policies.values()
    assert [[format_source(term) for term in terms_of(rule, "x", "x")] for rule in policy.rules[Direction.INGRESS]] == [
        ["anywhere"], ["app=web", "cluster"]]


@pytest.mark.parametrize("text", ["outside", "nodes", "pod/a", "svc/web", "deploy/web"])
def test_labels_and_addresses_cannot_say_everything(text: str) -> None:
    assert peer_of(parse_source(text), "x") is None


@pytest.mark.parametrize(("narrow", "wide", "expected"), [
    ("app=web", "anywhere", True), ("pod/a", "anywhere", True), ("outside", "anywhere", True), ("anywhere", "cluster", False),
    ("app=web", "app=web", True), ("app=web,tier=a", "app=web", True), ("app=web", "app=web,tier=a", False),
    ("app=web", "same-namespace", True), ("same-namespace", "app=web", False), ("same-namespace", "cluster", True),
    ("cluster", "same-namespace", False), ("ns/y", "same-namespace", False), ("ns/x", "same-namespace", True),
    ("same-namespace", "ns/x", True), ("ns/y:app=web", "ns/y", True), ("ns/y", "cluster", True), ("ns:team=red", "cluster", True),
    ("ns:team=red:app=web", "ns:team=red", True), ("ns:team=red", "ns:team=red:app=web", False), ("ns:team=red,env=a", "ns:team=red", True),
    ("10.1.0.0/16", "10.0.0.0/8", True), ("10.0.0.0/8", "10.1.0.0/16", False), ("10.0.0.0/8", "10.0.0.0/8 except 10.1.0.0/16", False),
    ("10.0.0.0/8 except 10.1.0.0/16", "10.0.0.0/8", True), ("10.0.0.0/8", "cluster", False), ("app=web", "0.0.0.0/0", False),
    ("pod/a", "same-namespace", False), ("192.168.1.1", "192.168.1.0/24", True), ("10.0.0.1", "::/0", False)])
def test_a_term_implies_a_wider_one(narrow: str, wide: str, expected: bool) -> None:
    assert implies(parse_source(narrow), parse_source(wide), "x") is expected


def test_all_pods_of_a_namespace_are_a_term_without_selector() -> None:
    assert parse_source("ns/y") == Pods(EVERYTHING, "y")
