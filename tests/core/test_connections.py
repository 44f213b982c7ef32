"""Which workloads are treated alike, and who reaches whom?"""
from kubectl_netpol.core.connections import Ports, flows_outside, flows_to, groups_of, present_groups
from kubectl_netpol.core.ports import EVERY_PORT, PortRange
from tests.e2e_cases import DENY_IN, A, Document, block, netpol, numbered, only, pod, pod_is, tcp, template
from tests.snapshots import state, two_states


def groups(*documents: Document) -> list[list[str]]:
    return [[key.name for key in group.workloads] for group in groups_of((state(*documents).judge,))]


def connections(*documents: Document) -> dict[tuple[str, str], tuple[list[str], list[str]]]:
    """Ports that are sure, and those that are not, by pair of groups or CIDRs."""
    found = state(*documents)
    made = groups_of((found.judge,))

    def end(each: int | tuple[str, ...]) -> str:
        return " ".join(key.name for key in made[each].workloads) if isinstance(each, int) else " ".join(each)

    flows = *flows_to(present_groups(found.judge, made), found.judge, made), *flows_outside(found.judge, made)
    return {(end(source), end(each.destination)): (text(each.ports.sure), text(each.ports.unsure))
            for each in flows for source in each.sources}


def text(ports: tuple[PortRange, ...]) -> list[str]:
    return ["all"] if ports == EVERY_PORT else [f"{each.first}-{each.last}/{each.protocol}" for each in ports]


def test_pods_that_all_rules_treat_alike_are_one_group() -> None:
    assert groups(pod("x/a"), pod("y/b"), pod("x/c", "app=web")) == [["a", "c", "b"]]
    assert groups(pod("x/a"), pod("x/b"), netpol("x", A, **DENY_IN)) == [["a"], ["b"]]
    assert groups(pod("x/a"), pod("x/b"), netpol("x", {}, **DENY_IN)) == [["a", "b"]]
    from_b = netpol("x", A, "I", ingress=[{"from": [pod_is(only("pod=b"))]}])
    assert groups(pod("x/a"), pod("x/b"), pod("x/c"), from_b) == [["a"], ["b"], ["c"]]


def test_pods_with_other_numbers_for_a_name_are_two_groups() -> None:
    web = [pod(f"x/{name}", ports=numbered(("web", number))) for name, number in (("a", 80), ("b", 81))]
    assert groups(*web) == [["a", "b"]]
    assert groups(*web, netpol("x", {}, "I", ingress=[{"ports": tcp("web")}])) == [["a"], ["b"]]


def owned(name: str, labels: str) -> Document:
    made = pod(f"x/{name}", labels)
    made["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": "1", "controller": True}]
    return made


def test_a_workload_whose_pods_are_treated_differently_is_said_as_its_pods() -> None:
    assert groups(owned("db-0", "n=0"), owned("db-1", "n=1")) == [["db"]]
    assert groups(owned("db-0", "n=0"), owned("db-1", "n=1"), netpol("x", only("n=0"), **DENY_IN)) == [["db-0"], ["db-1"]]


def test_without_policies_all_connect() -> None:
    assert connections(pod("x/a"), pod("x/b")) == {
        ("a b", "a b"): (["all"], []), ("0.0.0.0/0 ::/0", "a b"): (["all"], []), ("a b", "0.0.0.0/0 ::/0"): (["all"], [])}


def test_a_single_pod_has_no_connection_to_itself() -> None:
    assert ("a", "a") not in connections(pod("x/a"))
    assert ("web", "web") not in connections(template("Deployment", "x/web", "app=web"))
    assert ("web", "web") in connections(template("Deployment", "x/web", "app=web", replicas=2))
    assert ("web", "web") in connections(template("DaemonSet", "x/web", "app=web"))


def test_what_is_denied_has_no_entry_and_the_rest_its_ports() -> None:
    found = connections(pod("x/a", ip="10.1.0.1"), pod("x/b", ip="10.1.0.2"), netpol("x", A, "IE", ingress=[
        {"from": [pod_is(only("pod=b"))], "ports": [{"port": 80, "endPort": 81}, {"port": 82}, {"port": 53, "protocol": "UDP"}]},
        {"from": block("192.0.2.0/24", "192.0.2.0/25"), "ports": tcp(443)}], egress=[]))
    assert found == {
        ("b", "a"): (["80-82/TCP", "53-53/UDP"], []), ("192.0.2.128/25", "a"): (["443-443/TCP"], []),
        ("0.0.0.0/0 ::/0", "b"): (["all"], []), ("b", "0.0.0.0/0 ::/0"): (["all"], [])}


def test_what_is_not_known_stands_apart() -> None:
    found = connections(pod("x/a", ip="10.1.0.1"), pod("x/b"), netpol("x", A, "I", ingress=[
        {"from": block("10.1.0.0/16"), "ports": tcp(80)}, {"from": [pod_is(only("pod=b"))], "ports": tcp(81)}]))
    assert found["b", "a"] == (["81-81/TCP"], ["80-80/TCP"])


def test_addresses_are_divided_by_what_they_may() -> None:
    found = connections(pod("x/a"), netpol("x", A, "I", ingress=[
        {"from": block("10.0.0.0/8"), "ports": tcp(80)}, {"from": block("10.0.0.0/9"), "ports": tcp(81)}]))
    assert {source: ports for (source, there), (ports, _) in found.items() if there == "a"} == {
        "10.0.0.0/9": ["80-81/TCP"], "10.128.0.0/9": ["80-80/TCP"]}


def test_groups_of_two_states_are_treated_alike_in_both() -> None:
    first, second = two_states([pod("x/a"), pod("x/b"), pod("x/c")], [pod("x/a"), pod("x/b"), pod("x/c"), netpol("x", A, **DENY_IN)])
    assert [[key.name for key in group.workloads] for group in groups_of((first.judge, second.judge))] == [["a"], ["b", "c"]]
    assert not Ports() and Ports((PortRange("TCP", 1, 1),))
