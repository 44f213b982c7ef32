"""What is said of policies of administrators that an API server would refuse? Once for each rule of their schemas."""
from typing import Any

import pytest

from tests import program
from tests.tier_cases import anp, banp, into, networks, out, peer_of, served, subject_of, whole

ONE = {"namespaces": {}}
ACCEPT, ALLOW = into("Accept", {}), into("Allow", {})


def spec(**fields: Any) -> dict[str, Any]:
    return whole("v1alpha2", "ClusterNetworkPolicy", "c", {"tier": "Admin", "priority": 1, "subject": ONE, **fields})


REFUSED = [
    pytest.param(spec(priority=None), "spec.priority: Required value", id="no priority"),
    pytest.param(spec(priority=1001), "spec.priority", id="a priority above 1000"),
    pytest.param(spec(priority=-1), "spec.priority", id="a priority below 0"),
    pytest.param(spec(tier=None), "spec.tier: Required value", id="no tier"),
    pytest.param(spec(tier="admin"), "spec.tier", id="an unknown tier"),
    pytest.param(spec(subject={}), "spec.subject", id="no subject"),
    pytest.param(spec(subject={"namespaces": {}, "pods": {}}), "spec.subject", id="two subjects"),
    pytest.param(spec(subject={"pods": {"podSelector": {"matchLabels": {"a": "-"}}}}), "spec.subject.pods.podSelector", id="a label"),
    pytest.param(spec(ingress=[ALLOW]), "spec.ingress[0].action", id="Allow is of v1alpha1"),
    pytest.param(anp(1, {}, ingress=[ACCEPT]), "spec.ingress[0].action", id="Accept is of v1alpha2"),
    pytest.param(banp({}, ingress=[into("Pass", {})]), "spec.ingress[0].action", id="nothing to pass to"),
    pytest.param(whole("v1alpha1", "BaselineAdminNetworkPolicy", "other", {"subject": ONE}), "metadata.name", id="a second Baseline"),
    pytest.param(spec(ingress=[{"action": "Deny", "from": []}]), "spec.ingress[0].from: Required", id="no peers"),
    pytest.param(spec(ingress=[into("Deny", {"namespaces": {}, "pods": {}})]), "spec.ingress[0].from[0]", id="two peers in one"),
    pytest.param(spec(ingress=[into("Deny", networks("10.0.0.0/8"))]), "spec.ingress[0].from[0].networks", id="addresses of ingress"),
    pytest.param(spec(egress=[out("Deny", networks("10.0.0.0"))]), "spec.egress[0].to[0].networks[0]", id="no CIDR"),
    pytest.param(spec(egress=[out("Deny", {"domainNames": ["a.example.com"]})]), "spec.egress[0].to[0].domainNames", id="domains refused"),
    pytest.param(spec(egress=[out("Accept", networks("10.0.0.0/8"), protocols=[{"destinationNamedPort": "web"}])]), "spec.egress[0]",
                 id="a name where there are none"),
    pytest.param(spec(ingress=[into("Deny", {}, protocols=[{"tcp": {}}])]), "protocols[0].tcp", id="tcp without a port"),
    pytest.param(spec(ingress=[into("Deny", {}, protocols=[{"tcp": {"destinationPort": {}}}])]), "destinationPort", id="no number"),
    pytest.param(spec(ingress=[into("Deny", {}, protocols=[{"tcp": {"destinationPort": {"number": 0}}}])]), "number", id="port 0"),
    pytest.param(spec(ingress=[into("Deny", {}, protocols=[{"tcp": {"destinationPort": {"range": {"start": 5, "end": 5}}}}])]), "range",
                 id="an empty range"),
    pytest.param(spec(ingress=[into("Deny", {}, protocols=[{}])]), "protocols[0]", id="no protocol"),
    pytest.param(spec(ingress=[into("Deny", {}, ports=[{"portNumber": {"port": 80}}])]), "spec.ingress[0].ports", id="ports of v1alpha1"),
    pytest.param(anp(1, {}, ingress=[into("Deny", {}, protocols=[{"tcp": {}}])]), "protocols", id="protocols of v1alpha2"),
    pytest.param(anp(1, {}, ingress=[into("Deny", {}, ports=[{}])]), "ports[0]", id="no port"),
    pytest.param(anp(1, {}, ingress=[into("Deny", {}, ports=[{"portNumber": {"port": 80, "protocol": "tcp"}}])]), "protocol", id="tcp"),
    pytest.param(anp(1, {}, ingress=[into("Deny", {}, ports=[{"namedPort": "80"}])]), "namedPort", id="a name without a letter"),
    pytest.param(spec(ingress=[into("Deny", {})] * 26), "spec.ingress: Too many", id="more than 25 rules"),
    pytest.param(anp(1, {}, ingress=[into("Deny", *[{}] * 101)]), "spec.ingress[0].from: Too many", id="more than 100 peers"),
    pytest.param(spec(egress=[out("Deny", networks())]), "spec.egress[0].to[0].networks: Invalid", id="no networks"),
    pytest.param(spec(egress=[out("Accept", {"domainNames": ["*"]})]), "spec.egress[0].to[0].domainNames[0]", id="every domain"),
    pytest.param(spec(ingress=[into("Deny", {}, protocols=[])]), "spec.ingress[0].protocols: Invalid", id="no protocols"),
    pytest.param(spec(ingress=[into("Deny", {}, name="x" * 101)]), "spec.ingress[0].name: Too long", id="a long name"),
    pytest.param(spec(subject={"pods": {"namespaceSelector": {}}}), "spec.subject.pods.podSelector: Required", id="no podSelector"),
    pytest.param(spec(egress=[{"action": "Deny", "to": [{"network": ["10.0.0.0/8"]}]}]),
                 "spec.egress[0].to[0]: Required value: must specify a peer", id="a misspelt peer"),
    pytest.param({**spec(), "apiVersion": "policy.networking.k8s.io/v1beta1"}, "v1beta1 of it is not known here", id="another version"),
    pytest.param(spec(ingres=[]), "spec.ingres: unknown field", id="a misspelt field"),
    pytest.param(spec(ingress=[{"action": "Deny", "from": [{"namespaces": {"sameLabels": ["a"]}}]}]), "sameLabels: unknown field",
                 id="of a version before"),
]


@pytest.mark.parametrize(("policy", "said"), REFUSED)
def test_it_is_refused_with_its_place(policy: dict[str, Any], said: str) -> None:
    ran = program.run(["explain", "--offline", "-"], program.as_list([policy]))
    assert (ran.status, said in ran.stderr, ran.stdout) == (2, True, ""), ran.stderr


def test_what_is_possible_is_taken() -> None:
    """The most that there may be, and a peer of a version to come."""
    policies = [
        spec(ingress=[into("Deny", {})] * 25, egress=[out("Accept", {"nodes": {}}, {"domainNames": ["*.example.com"]}, name="x" * 100)]),
        anp(1000, {}, ingress=[into("Deny", *[{}] * 100)]), banp({}), served(spec(ingress=[into("Deny", {"unheardOf": {"a": 1}})]))]
    for policy in policies:
        assert program.run(["explain", "--offline", "-"], program.as_list([policy])).status == 0
    assert subject_of({}) == ONE == peer_of({})
