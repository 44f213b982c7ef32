"""Which pods can policies not tell apart?"""
import pytest

from kubectl_netpol.core.addresses import Family, addresses_of
from kubectl_netpol.core.classes import Cluster, bits, families_of, labels_of_namespace, located
from kubectl_netpol.core.states import State
from tests.e2e_cases import DENY_IN, A, Document, block, namespace, netpol, numbered, only, pod, pod_is, service, tcp, template
from tests.snapshots import names, snapshot, state, two_states

FROM = netpol("x", only("app=web"), "I", ingress=[{"from": [pod_is(only("tier=db"))]}])


def classes(cluster: Cluster) -> list[str]:
    return [" ".join(pod.key.name for pod in members) for members in cluster.classes]


@pytest.mark.parametrize(("documents", "expected"), [
    pytest.param([pod("x/a"), pod("x/b")], ["a b"], id="nothing is mentioned"),
    pytest.param([pod("x/a"), pod("y/b")], ["a", "b"], id="another namespace"),
    pytest.param([pod("x/a", "app=web n=1"), pod("x/b", "app=web n=2"), FROM], ["a b"], id="a label that nothing mentions"),
    pytest.param([pod("x/a", "app=web"), pod("x/b", "app=db"), FROM], ["a", "b"], id="a label of a policy's podSelector"),
    pytest.param([pod("x/a", "tier=db"), pod("x/b", "n=1"), FROM], ["a", "b"], id="a label of a peer"),
    pytest.param([pod("x/a", "app=web"), pod("x/b", "app=db"), service("x/s", "app=web", {"port": 80})], ["a", "b"],
                 id="a label of a Service"),
    pytest.param([pod("x/a", ports=numbered(("web", 80))), pod("x/b", ports=numbered(("web", 81)))], ["a b"],
                 id="ports that nothing names"),
    pytest.param([pod("x/a", ports=numbered(("web", 80))), pod("x/b", ports=numbered(("web", 81))),
                  netpol("x", {}, "I", ingress=[{"ports": tcp("web")}])], ["a", "b"], id="a port that a policy names"),
    pytest.param([pod("x/a", ports=numbered(("web", 80))), pod("x/b", ports=[]),
                  service("x/s", "none=1", {"port": 80, "targetPort": "web"})], ["a", "b"], id="a port that a Service names"),
    pytest.param([pod("x/a", ports=numbered(("web", 80))), pod("x/b", ports=[], initContainers=[
        {"name": "s", "restartPolicy": "Always", "ports": numbered(("web", 80))}]), netpol("x", {}, "I", ingress=[{"ports": tcp("web")}])],
        ["a", "b"], id="a name of a container or of a sidecar"),
    pytest.param([pod("x/a", hostNetwork=True), pod("x/b")], ["a", "b"], id="the host network"),
    pytest.param([pod("x/a", ip="10.0.0.1"), pod("x/b", ip="10.0.0.2")], ["a b"], id="addresses that no block tells apart"),
    pytest.param([pod("x/a", ip="10.0.0.1"), pod("x/b", ip="10.0.0.2"), netpol("x", A, "I", ingress=[{"from": block("10.0.0.2/32")}])],
                 ["a", "b"], id="addresses that a block tells apart"),
    pytest.param([pod("x/c", "app=web", ip="10.0.0.1"), pod("x/d", "app=web", ip="10.0.0.9"),
                  netpol("x", {}, "I", ingress=[{"from": block("10.0.0.0/24")}])], ["c d"], id="addresses in one block"),
    pytest.param([pod("x/c", "app=web", ip="10.0.0.1"), pod("x/d", "app=web", ip="10.0.0.9"),
                  netpol("x", {}, "I", ingress=[{"from": block("10.0.0.0/24", "10.0.0.9/32")}])], ["c", "d"], id="an exception"),
    pytest.param([pod("x/a", ip="10.0.0.1"), pod("x/b", ip="fd00::1")], ["a", "b"], id="another family"),
    pytest.param([pod("x/a", ip="10.0.0.1"), pod("x/b")], ["a", "b"], id="an address that is not known"),
    pytest.param([pod("x/a", "app=web"), template("CronJob", "x/c", "app=web")], ["c", "a"], id="no endpoint of a Service")])
def test_pods_are_one_class_unless_something_tells_them_apart(documents: list[Document], expected: list[str]) -> None:
    assert classes(state(*documents).cluster) == expected


def test_classes_come_in_order_of_namespace_then_of_their_first_pod() -> None:
    documents = [pod("y/a"), pod("x/d", "app=web"), pod("x/c", "app=db"), pod("x/a", "app=web"), FROM]
    assert classes(state(*documents).cluster) == classes(state(*reversed(documents)).cluster) == ["a d", "c", "a"]


def test_a_namespace_that_nothing_declares_has_the_label_of_its_name() -> None:
    found = snapshot(namespace("x", "team=red kubernetes.io/metadata.name=other"))
    assert labels_of_namespace(found, "x") == {"team": "red", "kubernetes.io/metadata.name": "x"}
    assert labels_of_namespace(found, "y") == {"kubernetes.io/metadata.name": "y"}


def test_several_are_classes_of_more_than_one_pod() -> None:
    found = state(pod("x/a", "app=1"), pod("x/b", "app=2"), pod("x/c", "app=2"), template("Deployment", "x/d", "app=3", replicas=2),
                  template("Deployment", "x/e", "app=4"), template("DaemonSet", "x/f", "app=5"), netpol("x", only("app=1"), **DENY_IN))
    assert names(found.cluster.several, found) == {"b", "c", "d", "f"}


BY_ADDRESS = [pod("x/a", ip="10.0.0.1"), pod("x/b", ip=("10.0.0.2", "fd00::2")), pod("x/c"),
              netpol("x", A, "I", ingress=[{"from": block("10.0.0.2/32")}])]


@pytest.mark.parametrize(("cidrs", "family", "expected"), [
    (["10.0.0.0/24"], Family.IPV4, {"a", "b"}), (["10.0.0.2/32"], Family.IPV4, {"b"}), (["10.0.0.1/32"], Family.IPV4, {"a"}),
    (["10.0.0.0/24"], Family.IPV6, set()), (["::/0"], Family.IPV6, {"b"}), (["10.0.0.3/32", "9.0.0.0/8"], Family.IPV4, set()),
    ([], Family.IPV4, set())])
def test_pods_are_located_by_their_known_addresses(cidrs: list[str], family: Family, expected: set[str]) -> None:
    found = state(*BY_ADDRESS)
    assert names(located(addresses_of(cidrs), family, found.cluster), found) == expected


def families(documents: list[Document]) -> list[set[Family]]:
    cluster = state(*documents).cluster
    return [set(families_of(place, cluster)) for place in range(len(cluster.classes))]


def test_a_pod_is_reached_in_the_families_of_its_addresses() -> None:
    assert families([pod("x/a", ip="10.0.0.1"), pod("x/b", ip=("10.0.0.2", "fd00::2")), pod("x/c")]) == [
        {Family.IPV4}, {Family.IPV4, Family.IPV6}, {Family.IPV4, Family.IPV6}]
    assert families([pod("x/a", ip="10.0.0.1"), pod("x/c")]) == [{Family.IPV4}, {Family.IPV4}]
    assert families([pod("x/c")]) == [{Family.IPV4, Family.IPV6}]


def test_the_members_of_a_set_come_in_order() -> None:
    assert [*bits(0b1011001)] == [0, 3, 4, 6] and [*bits(0)] == []


# ---- two states


def both(before: list[Document], after: list[Document]) -> list[tuple[str, str]]:
    first, second = two_states(before, after)
    return list(zip(classes(first.cluster), classes(second.cluster)))


DEPLOYED = template("Deployment", "x/web", "app=web")
REAL = pod("x/web-1-a", "app=web pod-template-hash=1")
REAL["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "1", "controller": True}]


@pytest.mark.parametrize(("before", "after", "expected"), [
    pytest.param([pod("x/a")], [pod("x/a")], [("a", "a")], id="the same pod"),
    pytest.param([pod("x/a")], [], [("a", "")], id="a pod that goes"),
    pytest.param([], [pod("x/a")], [("", "a")], id="a pod that comes"),
    pytest.param([pod("x/a"), pod("x/b")], [pod("x/a"), pod("x/b"), netpol("x", A, **DENY_IN)], [("a", "a"), ("b", "b")],
                 id="what one state mentions tells apart in both"),
    pytest.param([pod("x/a"), pod("x/b"), netpol("x", A, **DENY_IN)], [pod("x/a", "pod=b"), pod("x/b")], [("a", "a"), ("b", "b")],
                 id="what is alike in one state only is two"),
    pytest.param([REAL], [DEPLOYED], [("web-1-a", "web")], id="a workload's pods and its template are the same"),
    pytest.param([DEPLOYED], [REAL], [("web", "web-1-a")], id="and the reverse")])
def test_classes_of_two_states_are_the_same_bits(before: list[Document], after: list[Document], expected: list[tuple[str, str]]) -> None:
    assert both(before, after) == expected


def test_sets_of_two_states_can_be_compared() -> None:
    def isolated(state: State) -> int:
        return next(iter(state.judge.rules.isolated.values())).sure

    policy = netpol("x", only("app=db"), **DENY_IN)
    first, second = two_states([pod("x/a", "app=web"), policy], [pod("x/a", "app=db"), pod("w/z"), policy])
    assert (names(isolated(first), first), names(isolated(second), second)) == (set(), {"a"})
