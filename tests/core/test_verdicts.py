"""Who may reach a pod, on which of its ports?"""
import pytest

from kubectl_netpol.core.addresses import ALL_IPV4, EVERYWHERE, NOWHERE, addresses_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.rows import Row, at
from kubectl_netpol.core.rules import Many
from kubectl_netpol.core.rulings import Area
from kubectl_netpol.core.states import State
from kubectl_netpol.core.verdicts import Tally, Verdict, verdict_of
from tests.e2e_cases import A, B, Document, block, netpol, numbered, only, pod, pod_is, pods, tcp, template
from tests.snapshots import names, place, state

IN, OUT = Direction.INGRESS, Direction.EGRESS


@pytest.mark.parametrize(("tally", "verdict"), [
    pytest.param(Tally(wanted=True, possible=True), Verdict.ALLOWED, id="3 all of the wanted surely allowed"),
    pytest.param(Tally(wanted=True, missing=True), Verdict.DENIED, id="3 none even possibly"),
    pytest.param(Tally(wanted=True, missing=True, possible=True), Verdict.PARTIAL, id="3 what is sure is what is possible"),
    pytest.param(Tally(wanted=True, missing=True, possible=True, unsure=True), Verdict.UNKNOWN, id="3 else unknown"),
    pytest.param(Tally(), Verdict.UNKNOWN, id="3 of nobody nothing is known")])
def test_a_tally_is_a_verdict(tally: Tally, verdict: Verdict) -> None:
    assert verdict_of(tally) is verdict


def test_tallies_add_up() -> None:
    assert Tally(wanted=True, missing=True) | Tally(wanted=True, possible=True, unsure=True) == Tally(True, True, True, True)
    assert Tally() | Tally() == Tally()


# ---- pods


def reaching(row: Row[Many], state: State, number: int, protocol: str = "TCP") -> tuple[set[str], set[str]]:
    """Who surely, and who only maybe."""
    ((_, many),) = at(row, PortRange(protocol, number, number))
    return names(many.sure, state), names(many.maybe & ~many.sure, state)


SOME = pods("x/a x/b y/c")


def test_without_policies_everyone_reaches_every_port() -> None:
    found = state(*SOME, pod("x/h", hostNetwork=True))
    row = found.judge.sources(place("a", found))
    assert [(ports.protocol, ports.first, ports.last) for ports, _ in row] == [("TCP", 1, 65535), ("UDP", 1, 65535), ("SCTP", 1, 65535)]
    assert reaching(row, found, 80) == ({"a", "b", "c", "h"}, set())


def test_both_ends_must_allow() -> None:
    found = state(*SOME, netpol("x", A, "I", ingress=[{"ports": tcp(80, 81)}]), netpol("y", {}, "E", egress=[{"ports": tcp(81)}]),
                  netpol("x", B, "E", egress=[]))
    judge, target = found.judge, place("a", found)
    assert [reaching(judge.sources(target), found, port)[0] for port in (80, 81, 82)] == [{"a"}, {"a", "c"}, set()]
    assert [reaching(judge.admitted(target), found, port)[0] for port in (80, 82)] == [{"a", "b", "c"}, set()]
    assert [reaching(judge.released(target), found, port)[0] for port in (80, 81)] == [{"a"}, {"a", "c"}]


def test_policies_add_up() -> None:
    found = state(*SOME, netpol("x", A, "I", ingress=[]), netpol("x", A, "I", ingress=[{"from": [pod_is(B)]}]),
                  netpol("x", {}, "I", ingress=[{"from": [{"namespaceSelector": {}}], "ports": tcp(80)}]))
    row = found.judge.sources(place("a", found))
    assert [reaching(row, found, port)[0] for port in (80, 81)] == [{"a", "b", "c"}, {"b"}]


@pytest.mark.parametrize(("policy", "sure", "unsure"), [
    pytest.param(netpol("x", A, "I", ingress=[]), set(), {"h"}, id="1.6 it may be the own node, which is always allowed"),
    pytest.param(netpol("x", A, "I", ingress=[{"from": [pod_is({})]}]), {"a", "b"}, {"h"}, id="1.7 selectors match it or not"),
    pytest.param(netpol("x", A, "I", ingress=[{"from": block("172.16.0.0/16")}]), {"h"}, set(), id="1.4 its node's address does"),
    pytest.param(netpol("x", only("pod=h"), "E", egress=[]), {"a", "b"}, {"h"}, id="1.7 as a subject")])
def test_a_pod_on_the_host_network_is_a_doubt(policy: Document, sure: set[str], unsure: set[str]) -> None:
    found = state(*pods("x/a x/b"), pod("x/h", ip="172.16.0.9", hostNetwork=True), policy)
    assert reaching(found.judge.sources(place("a", found)), found, 80) == (sure, unsure)


def test_a_host_network_destination_is_isolated_only_maybe() -> None:
    found = state(*pods("x/a x/b"), pod("x/h", hostNetwork=True), netpol("x", only("pod=h"), "I", ingress=[{"from": [pod_is(A)]}]))
    assert reaching(found.judge.sources(place("h", found)), found, 80) == ({"a"}, {"b", "h"})


@pytest.mark.parametrize(("blocks", "sure", "unsure"), [
    pytest.param(block("10.0.0.0/8"), set(), {"c"}, id="3 an address that is not known is possible"),
    pytest.param(block("0.0.0.0/0"), {"c"}, set(), id="3 all addresses hold it"),
    pytest.param([*block("0.0.0.0/1"), *block("128.0.0.0/1")], {"c"}, set(), id="3 in two halves"),
    pytest.param(block("0.0.0.0/0", "192.0.2.0/24"), set(), {"c"}, id="3 but an exception may be it"),
    pytest.param(block("::/0"), set(), set(), id="1.4 no other family")])
def test_an_address_that_is_not_known_may_be_in_a_block(blocks: list[Document], sure: set[str], unsure: set[str]) -> None:
    ingress = state(pod("x/a", ip="10.1.0.1"), pod("x/c"), netpol("x", A, "I", ingress=[{"from": blocks}]))
    found = reaching(ingress.judge.sources(place("a", ingress)), ingress, 80)
    assert (found[0] - {"a"}, found[1] - {"a"}) == (sure, unsure)
    egress = state(pod("x/a", ip="10.1.0.1"), pod("x/c"), netpol("x", A, "E", egress=[{"to": blocks}]))
    there = reaching(egress.judge.released(place("c", egress)), egress, 80)
    assert (bool(there[0] & {"a"}), bool(there[1] & {"a"})) == (bool(sure), bool(unsure))


def test_blocks_of_several_egress_policies_hold_an_unknown_address_together() -> None:
    halves = [netpol("x", A, "E", egress=[{"to": block(half)}]) for half in ("0.0.0.0/1", "128.0.0.0/1")]
    found = state(pod("x/a", ip="10.1.0.1"), pod("x/c"), *halves)
    assert reaching(found.judge.released(place("c", found)), found, 80) == ({"a", "c"}, set())
    found = state(pod("x/a", ip="10.1.0.1"), pod("x/c"), halves[0])
    assert reaching(found.judge.released(place("c", found)), found, 80) == ({"c"}, {"a"})


def test_with_two_families_only_what_both_allow_is_sure() -> None:
    dual = [pod("x/a", ip=("10.1.0.1", "fd00::1")), pod("x/b", ip=("10.1.0.2", "fd00::2")), pod("x/c", ip="10.1.0.3"),
            pod("x/d", ip="fd00::4")]
    found = state(*dual, netpol("x", A, "I", ingress=[{"from": block("10.1.0.0/24", "10.1.0.1/32")}]))
    assert reaching(found.judge.sources(place("a", found)), found, 80) == ({"c"}, {"b"})


def test_pods_without_a_common_family_are_judged_by_their_labels() -> None:
    found = state(pod("x/a", ip="10.1.0.1"), pod("x/d", ip="fd00::4"), pod("x/e", ip="fd00::5"),
                  netpol("x", A, "I", ingress=[{"from": [pod_is(only("pod=d"))]}]))
    assert reaching(found.judge.sources(place("a", found)), found, 80) == ({"d"}, set())


def test_names_are_those_of_the_destination_in_both_directions() -> None:
    web = [pod("x/a", ports=numbered(("web", 8080))), pod("x/b", ports=numbered(("web", 9090), ("web", 9091)))]
    found = state(*web, netpol("x", {}, "I", ingress=[{"ports": tcp("web")}]))
    assert [reaching(found.judge.sources(place("a", found)), found, port)[0] for port in (8080, 9090)] == [{"a", "b"}, set()]
    assert [reaching(found.judge.sources(place("b", found)), found, port) for port in (9090, 9091)] == [
        ({"a", "b"}, set()), (set(), {"a", "b"})]
    found = state(*web, netpol("x", {}, "E", egress=[{"to": [pod_is({})], "ports": tcp("web")}]))
    assert [reaching(found.judge.released(place("b", found)), found, port) for port in (9090, 9091, 8080)] == [
        ({"a", "b"}, set()), (set(), {"a", "b"}), (set(), set())]


def test_named_ports_of_a_class_are_those_that_policies_name() -> None:
    found = state(pod("x/a", ports=numbered(("web", 8080), ("dns", 53, "UDP"))), netpol("x", {}, "I", ingress=[{"ports": tcp("web")}]))
    assert found.judge.named(0) == {("TCP", "web"): (8080,)}


# ---- outside


def area(found: State, direction: Direction, number: int, name: str = "a") -> Area:
    ((_, each),) = at(found.judge.area(place(name, found), direction), PortRange("TCP", number, number))
    return each


def test_addresses_outside_are_admitted_by_blocks_and_by_rules_without_peers() -> None:
    found = state(*SOME, netpol("x", A, "IE", ingress=[{"from": block("192.0.2.0/24"), "ports": tcp(80)}, {"ports": tcp(81)},
                                                       {"from": [{"namespaceSelector": {}}], "ports": tcp(82)}],
                                egress=[{"to": block("0.0.0.0/0"), "ports": tcp(443)}]))
    assert [area(found, IN, port) for port in (80, 81, 82)] == [
        Area(addresses_of(["192.0.2.0/24"]), addresses_of(["192.0.2.0/24"])), Area(EVERYWHERE, EVERYWHERE), Area(NOWHERE, NOWHERE)]
    assert [area(found, OUT, port) for port in (443, 80)] == [Area(ALL_IPV4, ALL_IPV4), Area()]
    assert area(found, IN, 82, "b") == area(found, OUT, 80, "b") == Area(EVERYWHERE, EVERYWHERE)


def test_outside_no_port_has_a_name() -> None:
    found = state(pod("x/a", ports=numbered(("web", 8080))), netpol(
        "x", {}, "IE", ingress=[{"ports": tcp("web")}], egress=[{"ports": tcp("web")}]))
    assert (area(found, IN, 8080), area(found, OUT, 8080)) == (Area(EVERYWHERE, EVERYWHERE), Area())


def test_of_a_host_network_pod_nothing_outside_is_sure_but_what_is_allowed() -> None:
    found = state(pod("x/a", hostNetwork=True), netpol("x", A, "I", ingress=[{"from": block("192.0.2.0/24")}]))
    assert area(found, IN, 80) == Area(addresses_of(["192.0.2.0/24"]), EVERYWHERE)


# ---- evidence


def matching(found: State, number: int, protocol: str = "TCP") -> list[tuple[int, bool]]:
    there = place("a", found)
    found_rules = found.judge.matching(there, IN, PortRange(protocol, number, number), found.judge.named(there))
    return [(rule.said_by[0].rule, surely) for rule, surely in found_rules]


def test_the_rules_that_match_a_port_are_the_evidence() -> None:
    found = state(pod("x/a", ports=numbered(("web", 8080), ("web", 9090))), netpol(
        "x", A, "I", ingress=[{"ports": tcp(80, 81)}, {"ports": tcp("web")}, {"ports": [{"port": 70, "endPort": 90}]}]))
    assert [matching(found, port) for port in (80, 70, 90, 91, 8080, 9090)] == [
        [(0, True), (2, True)], [(2, True)], [(2, True)], [], [(1, True)], [(1, False)]]
    assert matching(found, 80, "UDP") == []


def test_a_template_is_a_destination_and_a_source() -> None:
    found = state(pod("x/a"), template("Deployment", "x/web", "app=web"), netpol("x", only("app=web"), "IE", ingress=[{"ports": tcp(80)}]))
    assert reaching(found.judge.sources(place("web", found)), found, 80)[0] == {"a"}
    assert reaching(found.judge.sources(place("a", found)), found, 80)[0] == {"a"}
