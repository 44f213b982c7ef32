"""What would kubectl apply make of a live object, where the server is not asked? tests/live/test_diff_merge.py asks it."""
import json
from typing import Any

import pytest

from kubectl_netpol.core.owners import LAST_APPLIED
from kubectl_netpol.server.defaults import defaulted
from kubectl_netpol.server.merge import applied

Spec = dict[str, Any]


def document(kind: str, spec: Spec, **metadata: Any) -> Spec:
    group = {"NetworkPolicy": "networking.k8s.io/v1", "Deployment": "apps/v1", "Rollout": "argoproj.io/v1"}.get(kind, "v1")
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "a", "namespace": "b", **metadata}, "spec": spec}


def merged(kind: str, previous: Spec | None, live: Spec, wanted: Spec) -> Any:
    """The spec; previous: what was applied before, if anything."""
    annotations = {} if previous is None else {LAST_APPLIED: json.dumps(document(kind, previous))}
    found = applied(document(kind, wanted), document(kind, live, annotations=annotations, uid="1"))
    assert found["metadata"] == {"name": "a", "namespace": "b", "annotations": annotations, "uid": "1"}
    return found["spec"]


HTTP, SSH, DNS = {"port": 80, "name": "http"}, {"port": 22, "name": "ssh"}, {"port": 53, "name": "dns"}


def ports(*entries: Spec) -> Spec:
    return {"ports": [{"protocol": "TCP", "targetPort": entry["port"], **entry} for entry in entries]}


@pytest.mark.parametrize("previous, live, wanted, found", [
    ([HTTP], [HTTP], [HTTP], [HTTP]),
    ([HTTP, SSH], [HTTP, SSH], [HTTP], [HTTP]),                                         # applied before, and gone from the manifest
    (None, [HTTP, SSH], [HTTP], [HTTP, SSH]),                                           # nobody knows that it was applied: it stays
    ([HTTP], [HTTP, SSH], [HTTP], [HTTP, SSH]),                                         # somebody else added it
    ([HTTP, SSH], [HTTP, SSH], [HTTP, {**SSH, "port": 222}], [HTTP, {**SSH, "port": 222}]),     # renumbered
    (None, [SSH], [{**SSH, "port": 222}], [{**SSH, "port": 222}, SSH]),                 # which the server refuses: two are called ssh
    ([HTTP], [{**HTTP, "nodePort": 30080}], [{**HTTP, "targetPort": 8080}], [{**HTTP, "targetPort": 8080, "nodePort": 30080}]),
    ([HTTP, SSH], [HTTP, SSH], [SSH, HTTP], [SSH, HTTP]),                               # the order of the manifest
    ([HTTP, SSH], [DNS, HTTP, SSH], [SSH, HTTP], [DNS, SSH, HTTP]),                     # the other before that in front of which it stands
    ([HTTP, SSH], [HTTP, DNS, SSH], [HTTP, SSH], [HTTP, DNS, SSH]),
    ([HTTP, SSH], [HTTP, SSH, DNS], [SSH, HTTP], [SSH, HTTP, DNS]),
    ([DNS], [DNS], [{**DNS, "protocol": "UDP"}], [{**DNS, "protocol": "UDP"}]),         # named by its number alone, where that is enough
    (None, [{**DNS, "nodePort": 30053}], [{**DNS, "protocol": "UDP"}], [{**DNS, "protocol": "UDP", "nodePort": 30053}]),
    ([DNS, {**DNS, "name": "dns-udp", "protocol": "UDP"}], [DNS, {**DNS, "name": "dns-udp", "protocol": "UDP"}],
     [DNS, {**DNS, "name": "dns-udp", "protocol": "UDP", "targetPort": 1053}],
     [DNS, {**DNS, "name": "dns-udp", "protocol": "UDP", "targetPort": 1053}]),
])
def test_ports_of_services_are_merged_one_by_one(
        previous: list[Spec] | None, live: list[Spec], wanted: list[Spec], found: list[Spec]) -> None:
    spec = merged("Service", previous and {"ports": previous}, {**ports(*live), "type": "NodePort"}, {"ports": wanted})
    assert spec["ports"] == ports(*found)["ports"]


@pytest.mark.parametrize("previous, live, wanted, found", [
    ({}, {"a": "1"}, {"b": "2"}, {"a": "1", "b": "2"}),
    ({"a": "1"}, {"a": "1"}, {"b": "2"}, {"b": "2"}),
    ({"a": "1"}, {"a": "9"}, {"a": "1"}, {"a": "1"}),           # what somebody changed is changed back
    ({}, {"a": "1"}, {"a": None}, {}),                          # null: not there
    ({}, {}, {"a": None}, {}),
])
def test_maps_are_merged_key_by_key(previous: Spec, live: Spec, wanted: Spec, found: Spec) -> None:
    assert merged("Service", {"selector": previous}, {"selector": live}, {"selector": wanted})["selector"] == found


def test_a_field_that_was_applied_goes_whole() -> None:
    assert "selector" not in merged("Service", {"selector": {"a": "1"}}, {"selector": {"a": "1", "b": "2"}}, {})


def test_rules_of_policies_are_replaced_whole() -> None:
    live = {"podSelector": {}, "ingress": [{"ports": [{"port": 80, "protocol": "TCP"}]}, {"from": [{"podSelector": {}}]}]}
    wanted = {"podSelector": {"matchLabels": {"a": "b"}}, "ingress": [{"ports": [{"port": 22}]}]}
    assert merged("NetworkPolicy", None, live, wanted) == {
        "podSelector": {"matchLabels": {"a": "b"}}, "ingress": [{"ports": [{"port": 22, "protocol": "TCP"}]}], "policyTypes": ["Ingress"]}


def test_containers_are_merged_by_name_and_their_ports_by_number() -> None:
    def pods(*containers: Spec, **more: Any) -> Spec:
        return {"template": {"spec": {"containers": [*containers], **more}}}

    main, side = {"name": "main", "ports": [{"containerPort": 80, "protocol": "TCP"}]}, {"name": "side"}
    spec = merged(
        "Deployment", pods({"name": "main"}, {"name": "old"}), pods(main, side, {"name": "old"}, volumes=[{"name": "v", "emptyDir": {}}]),
        pods({"name": "main", "ports": [{"containerPort": 22}]}, volumes=[{"name": "v", "configMap": {"name": "c"}}]))["template"]["spec"]
    assert [each["name"] for each in spec["containers"]] == ["main", "side"]
    assert spec["containers"][0]["ports"] == [{"containerPort": 22, "protocol": "TCP"}, {"containerPort": 80, "protocol": "TCP"}]
    assert spec["volumes"] == [{"name": "v", "configMap": {"name": "c"}}]                # retainKeys: not both


def test_lists_of_kinds_that_others_define_are_replaced_whole() -> None:
    live, wanted = ({"template": {"spec": {"containers": [{"name": name}]}}} for name in "ab")
    assert merged("Rollout", live, live, wanted) == wanted


def test_a_kind_of_another_group_is_another_kind() -> None:
    live, wanted = ({**document("Service", {"ports": [port]}), "apiVersion": "serving.knative.dev/v1"} for port in (HTTP, SSH))
    assert applied(wanted, live)["spec"] == {"ports": [SSH]}


def test_annotations_of_others_stay() -> None:
    before = json.dumps(document("Service", {}, annotations={"a": "1"}))
    live = document("Service", {}, annotations={LAST_APPLIED: before, "a": "1", "b": "2"})
    found = applied(document("Service", {}, annotations={LAST_APPLIED: "mine"}), live)["metadata"]["annotations"]
    assert found == {LAST_APPLIED: before, "b": "2"}


def test_a_new_object_is_as_it_is_written() -> None:
    wanted = document("ConfigMap", {"a": 1, "b": None, "c": [{"d": None}]})
    assert applied(wanted, None) == document("ConfigMap", {"a": 1, "c": [{}]})


# ---- defaults


@pytest.mark.parametrize("spec, found", [
    ({}, {"podSelector": {}, "policyTypes": ["Ingress"]}),
    ({"ingress": []}, {"podSelector": {}, "policyTypes": ["Ingress"]}),
    ({"egress": []}, {"podSelector": {}, "policyTypes": ["Ingress"]}),
    ({"egress": [{}]}, {"podSelector": {}, "egress": [{}], "policyTypes": ["Ingress", "Egress"]}),
    ({"policyTypes": ["Egress"]}, {"podSelector": {}, "policyTypes": ["Egress"]}),
    ({"ingress": [{"from": [], "ports": [{}]}]},
     {"podSelector": {}, "ingress": [{"ports": [{"protocol": "TCP"}]}], "policyTypes": ["Ingress"]}),
    ({"ingress": [{"from": [{"podSelector": {"matchLabels": {}}}]}]},
     {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}], "policyTypes": ["Ingress"]}),
])
def test_policies_get_their_types_and_protocols(spec: Spec, found: Spec) -> None:
    assert defaulted(document("NetworkPolicy", spec))["spec"] == found


@pytest.mark.parametrize("spec, found", [
    ({}, {"type": "ClusterIP", "internalTrafficPolicy": "Cluster"}),
    ({"externalIPs": ["1.2.3.4"]}, {"type": "ClusterIP", "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster"}),
    ({"type": "NodePort"}, {"internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster"}),
    ({"type": "LoadBalancer"},
     {"internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": True}),
    ({"type": "ExternalName", "externalName": "a.b"}, {}),
    ({"ports": [{"port": 80}]}, {"type": "ClusterIP", "internalTrafficPolicy": "Cluster",
                                 "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]}),
])
def test_services_get_what_goes_with_their_type(spec: Spec, found: Spec) -> None:
    assert defaulted(document("Service", spec))["spec"] == {**spec, "sessionAffinity": "None", **found}


def test_services_lose_what_does_not_go_with_their_type() -> None:
    spec = defaulted(document("Service", {
        "type": "ClusterIP", "externalTrafficPolicy": "Local", "healthCheckNodePort": 1, "allocateLoadBalancerNodePorts": True,
        "loadBalancerClass": "a", "ports": [{"port": 80, "nodePort": 30080}]}))["spec"]
    assert set(spec) == {"type", "sessionAffinity", "internalTrafficPolicy", "ports"}
    assert spec["ports"] == [{"port": 80, "targetPort": 80, "protocol": "TCP"}]


@pytest.mark.parametrize("image, pulls", [
    ("a", "Always"), ("a:latest", "Always"), ("a:1", "IfNotPresent"), ("r:5000/a", "Always"), ("r:5000/a:1", "IfNotPresent"),
    ("a@sha256:1", "IfNotPresent"),
])
def test_a_tag_that_moves_is_always_pulled(image: str, pulls: str) -> None:
    found = defaulted(document("Deployment", {"template": {"spec": {"containers": [{"image": image}]}}}))
    assert found["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == pulls


def test_namespaces_are_labelled_with_their_name() -> None:
    found = defaulted({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": {"b": "c"}}})
    assert found["metadata"] == {"name": "a", "labels": {"b": "c", "kubernetes.io/metadata.name": "a"}}
    assert (found["spec"], found["status"]) == ({"finalizers": ["kubernetes"]}, {"phase": "Active"})


def test_text_of_secrets_becomes_data() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "MQ==", "b": "Mg=="}, "stringData": {"a": "3"}}
    assert defaulted(secret) == {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "Opaque", "data": {"a": "Mw==", "b": "Mg=="}}


def test_a_strategy_without_rolling_has_no_numbers() -> None:
    assert defaulted(document("Deployment", {"strategy": {"type": "Recreate"}}))["spec"]["strategy"] == {"type": "Recreate"}
