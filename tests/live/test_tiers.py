"""Are the policies of administrators read where a cluster has them, judged as from files, and missed where they may not be read?"""
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import program
from tests.live.bed.bed import Bed
from tests.live.shop import NewNamespace, Shop, started
from tests.live.test_rights import OF_ENGINES, OF_TIERS, RULES
from tests.tier_cases import anp, banp, cnp, into, only, out

READS = [{"apiGroups": ["", "apps", "batch", "discovery.k8s.io", "networking.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
         OF_ENGINES]
TIERS = [{"apiGroups": ["policy.networking.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]}]


class TieredShop(Shop):
    """Policies of administrators speak of its two namespaces alone."""

    def __init__(self, bed: Bed, home: str, other: str) -> None:
        super().__init__(bed, home, other)
        self.here, self.there = only(f"kubernetes.io/metadata.name={home}"), only(f"kubernetes.io/metadata.name={other}")


@pytest.fixture
def shop(extended_bed: Bed, new_namespace_there: NewNamespace) -> Iterator[TieredShop]:
    found = started(TieredShop, extended_bed, new_namespace_there)
    yield found
    found.clear()


def test_each_kind_decides(shop: TieredShop) -> None:
    assert shop.question()["verdict"] == "allowed"
    shop.apply(banp(shop.here, ingress=[into("Deny", {})]))
    assert shop.question()["verdict"] == "denied"
    shop.apply(anp(20, shop.here, f"{shop.home}-allow", ingress=[into("Allow", shop.there)]))
    assert shop.question()["verdict"] == "allowed"
    shop.apply(cnp("Baseline", 10, shop.here, f"{shop.home}-base", ingress=[into("Deny", shop.there)]))
    assert shop.question()["verdict"] == "allowed"
    name = shop.apply(anp(10, shop.here, f"{shop.home}-deny", ingress=[into("Deny", shop.there)]))
    found = shop.question()
    assert found["verdict"] == "denied"
    assert [step["object"]["name"] for step in found["steps"] if step["result"] == "denied"] == [name]
    shop.apply(cnp("Admin", 10, shop.here, f"{shop.home}-other", ingress=[into("Accept", shop.there)]))
    assert shop.question()["verdict"] == "unknown"              # no text says which version comes first


def test_the_answer_is_that_of_the_same_objects_in_files(shop: TieredShop, tmp_path: Path) -> None:
    shop.apply(cnp("Admin", 10, shop.here, f"{shop.home}-deny", ingress=[into("Deny", shop.there)],
                   egress=[out("Deny", {"networks": ["10.0.0.0/8"]}), out("Accept", {"nodes": {}})]))
    file = tmp_path / "cluster.yaml"
    got = [shop.bed.run_kubectl("get", what, *where, "-o", "yaml").stdout for what, where in (
        ("pods,services", ("-n", shop.home)), ("pods", ("-n", shop.other)), ("clusternetworkpolicies.policy.networking.k8s.io,nodes", ()))]
    file.write_text("\n---\n".join(got), encoding="utf-8")
    for argv in (["explain", "svc/web:80", "--from", f"ns/{shop.other}:pod/client"], ["explain", "svc/web:80", "--from", "anywhere"],
                 ["explain", "pod/web", "--to", "10.9.9.9:443"]):
        offline = json.loads(program.run([*argv, "-n", shop.home, "-o", "json", "--offline", str(file)]).stdout)
        live = shop.ask(*argv)
        assert {end: live[end] for end in ("verdict", "ingress", "egress")} == {
            end: offline[end] for end in ("verdict", "ingress", "egress")}, argv


def test_who_may_not_read_them_is_told_that_nothing_is_certain(shop: TieredShop) -> None:
    user = shop.bed.new_user()
    shop.bed.grant(user, None, READS)
    found = shop.question(user)
    assert found["verdict"] == "unknown"
    assert {gap["resource"] for gap in found["gaps"]} >= {"clusternetworkpolicies", "adminnetworkpolicies"}
    shop.bed.grant(user, None, TIERS)
    assert shop.question(user)["verdict"] == "allowed"


def test_the_clusterrole_answers_everything_and_each_right_of_it_is_needed(shop: TieredShop) -> None:
    shop.apply(cnp("Admin", 10, shop.here, f"{shop.home}-nodes", egress=[out("Deny", {"nodes": {}})]))
    for resource in ("", *OF_TIERS):
        user = shop.bed.new_user()
        rules = [{**rule, "resources": [each for each in rule["resources"] if each != resource or rule is OF_ENGINES]} for rule in RULES]
        shop.bed.grant(user, None, [rule for rule in rules if rule["resources"]])
        assert {gap["resource"] for gap in shop.question(user)["gaps"]} == ({resource} if resource else set())


def test_a_change_of_one_is_shown_as_connectivity(shop: TieredShop, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump(cnp("Admin", 10, shop.here, f"{shop.home}-new", ingress=[into("Deny", shop.there)])), encoding="utf-8")
    found = shop.ask("diff", "-f", str(file))
    assert [change["object"]["kind"] for change in found["manifests"]] == ["ClusterNetworkPolicy"]
    assert [(row["source"], row["before"], row["after"]) for row in found["services"] if row["source"] == f"ns/{shop.other}"] == [
        (f"ns/{shop.other}", "allowed", "denied")]
