"""Is nothing said of names where more than NetworkPolicies may let pods out to a resolver?"""
import pytest
from msgspec.structs import replace

from kubectl_netpol.core.findings import findings_of
from kubectl_netpol.core.states import state_of
from kubectl_netpol.snapshot import Listing
from tests.e2e_cases import Document, namespace, netpol, only, pod, service, template
from tests.engine_cases import cilium, firewall
from tests.snapshots import snapshot
from tests.tier_cases import anp, banp, networks, out

A, HERE = only("app=a"), [namespace("x"), pod("x/a", "app=a")]
CLOSED = netpol("x", A, "E", egress=[])
DNS_PORT, OTHER_PORT = ({"ports": [{"portNumber": {"port": port, "protocol": "UDP"}}]} for port in (53, 80))
NAMED = {"ports": [{"namedPort": "dns"}]}
OPENS: Document = {"endpointSelector": A, "egress": [{"toEntities": ["all"]}]}


def ids(*documents: Document) -> set[str]:
    return {each.id for each in findings_of(state_of(snapshot(*documents)))} & {"no-dns", "local-cache-closed"}


ANYWHERE = networks("0.0.0.0/0")


@pytest.mark.parametrize(("others", "is_told"), [
    ([], True), ([anp(5, {}, egress=[out("Allow", ANYWHERE, **DNS_PORT)])], False), ([anp(5, {}, egress=[out("Allow", {})])], False),
    ([anp(5, {}, egress=[out("Allow", {}, **NAMED)])], False), ([anp(5, {}, egress=[out("Allow", {}, **OTHER_PORT)])], True),
    ([anp(5, {}, egress=[out("Deny", {})])], True), ([anp(5, {}, egress=[out("Pass", {})])], True),
    ([anp(5, only("team=z"), egress=[out("Allow", {})])], True), ([banp({}, egress=[out("Allow", {})])], True),
    ([cilium(OPENS)], False), ([cilium({**OPENS, "endpointSelector": only("app=z")})], True),
    ([cilium({"endpointSelector": A, "egressDeny": [{}]})], True), ([firewall("Allow")], False)])
def test_where_no_resolver_is_known_others_may_open_the_port_of_names(others: list[Document], is_told: bool) -> None:
    assert ids(*HERE, CLOSED, *others) == ({"no-dns"} if is_told else set())


def test_policies_that_may_not_be_read_may_open_it() -> None:
    hidden = replace(snapshot(*HERE, CLOSED), gaps={Listing("AdminNetworkPolicy"): "forbidden"})
    assert "no-dns" not in {each.id for each in findings_of(state_of(hidden))}


DNS = [namespace("kube-system"), pod("kube-system/dns", "k8s-app=kube-dns"), template("DaemonSet", "kube-system/node-local-dns", "a=b"),
       service("kube-system/kube-dns", "k8s-app=kube-dns", {"port": 53, "protocol": "UDP"}, {"port": 53}, clusterIP="10.96.0.10")]
TO_PODS = netpol("x", A, "E", egress=[{"to": [{"namespaceSelector": {}}]}])


@pytest.mark.parametrize(("others", "is_told"), [
    ([], True), ([anp(5, {}, egress=[out("Allow", networks("169.254.20.10/32"))])], False),
    ([anp(5, {}, egress=[out("Allow", networks("169.254.20.11/32"))])], True),
    ([anp(5, {}, egress=[out("Allow", {})])], True), ([cilium(OPENS)], False)])
def test_others_may_open_the_cache_on_the_node(others: list[Document], is_told: bool) -> None:
    assert ids(*HERE, *DNS, TO_PODS, *others) == ({"local-cache-closed"} if is_told else set())
