"""Are the policies of other engines read where a cluster has their kinds, told as from files, and missed where they may not be read?"""
import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import program
from tests.e2e_cases import only
from tests.engine_cases import ALLOW, DENY, antrea, aws, calico, cilium, firewall, istio, linkerd, multi, peers, server, written
from tests.live.bed.bed import Bed
from tests.live.crds import ENGINES
from tests.live.shop import Document, NewNamespace, Shop, started
from tests.live.test_rights import OF_ENGINES, RULES

WEB = only("app=web")
IN: Document = {"ingress": [{"fromEntities": ["all"]}]}
NAME = "kubernetes.io/metadata.name"


class EngineShop(Shop):
    """In its home a policy of each engine may be."""

    def apply(self, policy: Document) -> str:
        """Those of the cluster have the home's name, so that two tests have none in common."""
        return super().apply(self.placed(policy))

    def placed(self, policy: Document) -> Document:
        own = copy.deepcopy(policy)
        own["metadata"]["name"] = self.home
        if "namespace" in own["metadata"]:
            own["metadata"]["namespace"] = self.home
        return own


@pytest.fixture
def shop(extended_bed: Bed, new_namespace_there: NewNamespace) -> Iterator[EngineShop]:
    found = started(EngineShop, extended_bed, new_namespace_there)
    yield found
    found.clear()


def of_home(home: str) -> dict[str, Document]:
    """Policies that select the pods of the home, by the kind that the answer names."""
    here = only(f"{NAME}={home}")
    return {
        "CiliumNetworkPolicy": cilium({"endpointSelector": WEB, **IN}),
        "CiliumClusterwideNetworkPolicy": cilium({"endpointSelector": only(f"k8s:io.kubernetes.pod.namespace={home}"), **IN}, ""),
        "NetworkPolicy.projectcalico.org": calico({"selector": "app == 'web'", "types": ["Ingress"], "ingress": ALLOW}),
        "GlobalNetworkPolicy.projectcalico.org": calico({"namespaceSelector": f"projectcalico.org/name == '{home}'", "ingress": DENY}, ""),
        "NetworkPolicy.crd.antrea.io": antrea({"appliedTo": [{"podSelector": WEB}], "priority": 5, "ingress": [{"action": "Drop"}]}),
        "ClusterNetworkPolicy.crd.antrea.io": antrea(
            {"appliedTo": [{"namespaceSelector": here}], "priority": 5, "ingress": ALLOW}, ""),
        "AuthorizationPolicy.security.istio.io": istio({"selector": WEB}),
        "PeerAuthentication": {**peers({"selector": WEB, "mtls": {"mode": "STRICT"}}), "apiVersion": "security.istio.io/v1"},
        "Server.policy.linkerd.io": server({"podSelector": WEB, "port": 8080}),
        "AuthorizationPolicy.policy.linkerd.io": linkerd("Namespace"),
        "MultiNetworkPolicy": {**multi({"podSelector": WEB}, **{"k8s.v1.cni.cncf.io/policy-for": "net"}),
                               "apiVersion": "k8s.cni.cncf.io/v1beta2"},
        "ApplicationNetworkPolicy": aws({"podSelector": WEB, "policyTypes": ["Ingress"]}),
        "ClusterNetworkPolicy.networking.k8s.aws": aws({"subject": {"namespaces": here}, "ingress": DENY}, "")}


def test_each_kind_is_read_and_named(shop: EngineShop) -> None:
    assert (shop.question()["verdict"], shop.question()["gaps"]) == ("allowed", [])
    for kind, policy in of_home(shop.home).items():
        shop.apply(policy)
        found = shop.question()
        assert (found["verdict"], found["gaps"]) == ("unknown", []), kind
        assert [step["object"]["kind"] for step in found["steps"] if "not judged here" in step["why"]] == [kind]
        shop.clear()
    assert shop.question()["verdict"] == "allowed"


def test_those_of_egress_are_read_and_named(shop: EngineShop) -> None:
    leaves = ("explain", "pod/web", "--to", "198.51.100.7:443")
    assert shop.ask(*leaves)["verdict"] == "allowed"
    for policy in (firewall("Deny"), written("networking.gke.io/v1alpha1", "FQDNNetworkPolicy", {"podSelector": WEB, "egress": [{}]})):
        shop.apply(policy)
        found = shop.ask(*leaves)
        assert (found["verdict"], found["egress"]) == ("unknown", "unknown"), policy["kind"]
        assert [step["object"]["kind"] for step in found["steps"] if "not judged here" in step["why"]] == [policy["kind"]]
        assert shop.question()["verdict"] == "allowed"
        shop.clear()


def test_those_that_select_other_pods_change_nothing(shop: EngineShop) -> None:
    others = only("app=other")
    for policy in (cilium({"endpointSelector": others, **IN}), calico({"selector": "app == 'other'", "ingress": DENY}),
                   istio({"selector": others}), antrea({"appliedTo": [{"podSelector": others}], "priority": 5, "ingress": ALLOW})):
        shop.apply(policy)
        assert shop.question()["verdict"] == "allowed", policy["kind"]
        shop.clear()


def test_the_answer_is_that_of_the_same_objects_in_files(shop: EngineShop, tmp_path: Path) -> None:
    shop.apply(cilium({"endpointSelector": WEB, **IN}))
    shop.apply(calico({"selector": "app == 'web'", "types": ["Egress"], "egress": DENY}))
    file = tmp_path / "cluster.yaml"
    got = [shop.bed.run_kubectl("get", what, "-n", where, "-o", "yaml").stdout for what, where in (
        ("pods,services", shop.home), ("pods", shop.other), ("ciliumnetworkpolicies.cilium.io", shop.home),
        ("networkpolicies.projectcalico.org", shop.home))]
    file.write_text("\n---\n".join(got), encoding="utf-8")
    for argv in (["explain", "svc/web:80", "--from", f"ns/{shop.other}:pod/client"], ["explain", "pod/web", "--to", "10.9.9.9:443"]):
        offline = json.loads(program.run([*argv, "-n", shop.home, "-o", "json", "--offline", str(file)]).stdout)
        live = shop.ask(*argv)
        assert live["verdict"] == "unknown"
        assert {end: live[end] for end in ("verdict", "ingress", "egress")} == {
            end: offline[end] for end in ("verdict", "ingress", "egress")}, argv
        said = [[step["why"] for step in each["steps"] if "not judged here" in step["why"]] for each in (live, offline)]
        assert said[0] == said[1] != []


def test_who_may_not_list_a_kind_is_told_which_right_is_missing(shop: EngineShop) -> None:
    """The stored objects of Calico are not asked for where the others are served."""
    rest = [rule for rule in RULES if rule is not OF_ENGINES]
    user = shop.bed.new_user()
    shop.bed.grant(user, None, RULES)
    assert (shop.question(user)["verdict"], shop.question(user)["gaps"]) == ("allowed", [])
    for each in ENGINES:
        group, plural = each["spec"]["group"], each["spec"]["names"]["plural"]
        others = [{"apiGroups": [one["spec"]["group"]], "resources": [one["spec"]["names"]["plural"]], "verbs": ["list"]}
                  for one in ENGINES if one is not each]
        user = shop.bed.new_user()
        shop.bed.grant(user, None, [*rest, *others])
        found = shop.question(user)
        is_asked = group != "crd.projectcalico.org"
        assert {gap["resource"].partition(".")[0] for gap in found["gaps"]} == ({plural} if is_asked else set()), each["metadata"]["name"]
        is_of_others = plural == "egressfirewalls" or not is_asked
        assert found["verdict"] == ("allowed" if is_of_others else "unknown"), each["metadata"]["name"]


def test_a_change_of_one_is_shown_as_connectivity(shop: EngineShop, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    policy = shop.placed(calico({"selector": "app == 'web'", "types": ["Ingress"], "ingress": ALLOW}))
    file.write_text(yaml.safe_dump(policy), encoding="utf-8")
    found = shop.ask("diff", "-f", str(file))
    assert [change["object"]["kind"] for change in found["manifests"]] == ["NetworkPolicy.projectcalico.org"]
    assert [(row["source"], row["before"], row["after"]) for row in found["services"]] == [("anywhere", "allowed", "unknown")]
