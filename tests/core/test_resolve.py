"""Which objects, ports and pods does a text of the grammar mean in this cluster?"""
import pytest

from kubectl_netpol.core.addresses import EVERYWHERE, NOWHERE, addresses_of, difference
from kubectl_netpol.core.resolve import checked_home, checked_source, ends_of, named, namespaces_of, service_ports, targets_in
from kubectl_netpol.core.targets import format_target, parse_ports, parse_source, parse_target
from kubectl_netpol.errors import NetpolError
from tests.e2e_cases import X, namespace, netpol, only, pod, pods, service, template
from tests.snapshots import names, snapshot, state

OBJECTS = [
    namespace("x", "team=red"), namespace("empty"), pod("x/a", "app=web", ip="10.1.0.1"), pod("x/b", "app=db", ip="10.1.0.2"),
    pod("y/a", "app=web", ip="10.1.0.3"), pod("x/h", "app=web", ip="172.16.0.9", hostNetwork=True),
    template("Deployment", "y/web", "app=other"), service("x/web", "app=web", {"port": 80, "targetPort": 8080, "nodePort": 30080},
    {"port": 53, "protocol": "UDP"}, {"port": 53}), service("y/web", "app=web", {"port": 80}), service("x/wiki", "app=none", {"port": 80})]


@pytest.mark.parametrize(("source", "expected", "addresses"), [
    ("anywhere", {"x/a", "x/b", "y/a", "y/web"}, EVERYWHERE),
    ("cluster", {"x/a", "x/b", "y/a", "y/web"}, NOWHERE),
    ("outside", set(), EVERYWHERE),
    ("same-namespace", {"x/a", "x/b"}, NOWHERE),
    ("app=web", {"x/a"}, NOWHERE),
    ("app!=web", {"x/b"}, NOWHERE),
    ("ns/y", {"y/a", "y/web"}, NOWHERE),
    ("ns/y:app=web", {"y/a"}, NOWHERE),
    ("ns:team=red", {"x/a", "x/b"}, NOWHERE),
    ("ns:!team", {"y/a", "y/web"}, NOWHERE),
    ("cluster:app=web", {"x/a", "y/a"}, NOWHERE),
    ("pod/a", {"x/a"}, NOWHERE),
    ("pod/h", {"x/h"}, NOWHERE),
    ("ns/y:pod/a", {"y/a"}, NOWHERE),
    ("svc/web", {"x/a", "x/h"}, NOWHERE),
    ("ns/y:deploy/web", {"y/web"}, NOWHERE),
    ("192.0.2.0/24", set(), addresses_of(["192.0.2.0/24"])),
    ("10.1.0.0/30", {"x/a", "x/b", "y/a"}, addresses_of(["10.1.0.0/32"])),
    ("10.1.0.0/30 except 10.1.0.2/31", {"x/a"}, addresses_of(["10.1.0.0/32"]))])
def test_a_source_is_pods_and_addresses(source: str, expected: set[str], addresses: object) -> None:
    found = state_with(source)
    ends = ends_of(parse_source(source), "x", found.cluster)
    classes = [each for place, each in enumerate(found.cluster.classes) if ends.pods >> place & 1]
    members = {f"{pod.namespace}/{pod.key.name}" for each in classes for pod in each}
    assert (members, ends.addresses) == (expected, addresses)
    assert ends.is_open_set == (source in ("anywhere", "outside", "cluster"))


def state_with(source: str):  # type: ignore[no-untyped-def]
    """Each pod a class of its own."""
    blocks = [{"ipBlock": {"cidr": f"10.1.0.{number}/32"}} for number in (1, 2, 3)]
    return state(*OBJECTS, netpol("x", only("app=web team=none"), "I", ingress=[{"from": [*blocks, {"namespaceSelector": X}]}]))


def test_outside_is_without_the_known_ranges_of_pods() -> None:
    found = state(*OBJECTS)
    found_outside = ends_of(parse_source("outside"), "x", found.cluster, ["10.0.0.0/8"]).addresses
    assert found_outside == difference(EVERYWHERE, addresses_of(["10.0.0.0/8"]))


@pytest.mark.parametrize(("text", "namespace", "expected"), [
    ("svc/web", "x", ["ns/x:svc/web"]), ("svc/wiki", None, ["ns/x:svc/wiki"]), ("svc/web.y", "x", ["ns/y:svc/web"]),
    ("svc", "x", ["ns/x:svc/web", "ns/x:svc/wiki"]), ("svc", None, ["ns/x:svc/web", "ns/x:svc/wiki", "ns/y:svc/web"]),
    ("deploy", "x", []), ("ns/y:pod", "x", ["ns/y:pod/a"]), ("ns/empty", None, ["ns/empty"]), ("ns", "x", ["ns/empty", "ns/x", "ns/y"])])
def test_a_target_is_found_where_its_name_is(text: str, namespace: str | None, expected: list[str]) -> None:
    assert [format_target(each) for each in targets_in(parse_target(text), namespace, snapshot(*OBJECTS))] == expected


@pytest.mark.parametrize(("text", "namespace", "message", "hint"), [
    ("svc/web", None, "svc/web is in 2 namespaces: x, y", "-n x"),
    ("svc/wikki", "x", 'svc/wikki not found in namespace "x"', "did you mean svc/wiki?"),
    ("svc/wiki", "y", 'svc/wiki not found in namespace "y"', "it is in namespace x: ns/x:svc/wiki"),
    ("sts/web", None, "sts/web not found", "there is no StatefulSet there"),
    ("svc/zzzzzzzz", "y", 'svc/zzzzzzzz not found in namespace "y"', "there is web"),
    ("ns/xx", None, 'namespace "xx" not found', "did you mean ns/x?"),
    ("ns/zzzzzz", None, 'namespace "zzzzzz" not found', "there is empty, x, y")])
def test_what_is_not_there_is_an_error_with_the_nearest_name(text: str, namespace: str | None, message: str, hint: str) -> None:
    with pytest.raises(NetpolError) as error:
        targets_in(parse_target(text), namespace, snapshot(*OBJECTS))
    assert (str(error.value.args[0]), hint in (error.value.hint or "")) == (message, True)


def test_a_namespace_must_be_there() -> None:
    found = snapshot(*OBJECTS)
    checked_home("y", found)
    checked_home(None, found)
    checked_source(parse_source("ns/y"), found)
    for wrong in (lambda: checked_home("z", found), lambda: checked_source(parse_source("ns/z:app=web"), found)):
        with pytest.raises(NetpolError, match='namespace "z" not found'):
            wrong()
    assert namespaces_of(found) == {"x", "y", "empty"}
    assert named(parse_target("svc/wiki"), None, found) == "x"


WEB = snapshot(*OBJECTS).services["x", "web"]


@pytest.mark.parametrize(("text", "expected"), [
    ("80", [(80, None)]), ("p0", [(80, None)]), ("53", [(53, "UDP"), (53, None)]), ("53/UDP", [(53, "UDP")]), ("53/tcp", [(53, None)]),
    ("all", [(80, None), (53, "UDP"), (53, None)]), ("50-60", [(53, "UDP"), (53, None)]), ("80,p0", [(80, None)])])
def test_a_port_of_a_service_is_named_by_number_or_name(text: str, expected: list[tuple[int, str | None]]) -> None:
    assert [(port.port, port.protocol) for port in service_ports(WEB, parse_ports(text)).ports] == expected


@pytest.mark.parametrize(("text", "role"), [("8080", "target port"), ("30080", "node port")])
def test_a_number_behind_a_service_is_translated_where_it_may_be(text: str, role: str) -> None:
    found = service_ports(WEB, parse_ports(text), translate=True)
    assert [port.port for port in found.ports] == [80]
    assert found.notes == (f"{text} is the {role} of svc/web, whose port is 80",)
    with pytest.raises(NetpolError, match=f"{text} is the {role}") as error:
        service_ports(WEB, parse_ports(text))
    assert error.value.hint == "write svc/web:80"


@pytest.mark.parametrize("text", ["81", "http", "80/UDP", "8080/UDP", "8000-9000"])
def test_a_port_that_no_service_has_is_an_error(text: str) -> None:
    with pytest.raises(NetpolError, match="svc/web has no port"):
        service_ports(WEB, parse_ports(text), translate=True)


def test_without_ports_a_service_has_all_of_its_own() -> None:
    assert service_ports(WEB, ()).ports == WEB.spec.ports
    assert len(pods("x/a")) == 2 and names(0, state(*OBJECTS)) == set()
