"""What is sent for a policy that was suggested?"""
import json
from typing import Any

import pytest

from kubectl_netpol.core.writes import By, Write
from kubectl_netpol.server.apply import merge_patch
from kubectl_netpol.server.write import body_of
from kubectl_netpol.snapshot import Key

Document = dict[str, Any]


def policy(spec: Document, **metadata: Any) -> Document:
    return {"metadata": {"name": "web", "namespace": "shop", **metadata}, "spec": spec}


def body(before: Document | None, after: Document) -> Document:
    return body_of(Write(Key("NetworkPolicy", "shop", "web"), before, after, By.SUGGEST), "us")


def live(spec: Document, **metadata: Any) -> Document:
    return policy(spec, uid="1", resourceVersion="7", **metadata)


def test_a_new_policy_must_not_be_there() -> None:
    assert body(None, policy({"podSelector": {}}, labels={"a": "b"}, annotations={"c": "d"})) == {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "web", "namespace": "shop", "resourceVersion": "1", "labels": {"a": "b"}, "annotations": {"c": "d"}},
        "spec": {"podSelector": {}}}


def test_a_policy_that_changes_must_be_the_one_that_was_shown() -> None:
    sent = body(live({"podSelector": {}}), policy({"podSelector": {}, "ingress": []}))
    assert sent["metadata"] == {"name": "web", "namespace": "shop", "uid": "1", "resourceVersion": "7"}


@pytest.mark.parametrize(("before", "after", "sent"), [
    ({"ingress": [1], "egress": [2]}, {"ingress": [3]}, {"ingress": [3], "egress": None}),
    ({"ingress": [1]}, {"egress": [2]}, {"ingress": None, "egress": [2]}),
    ({"ingress": [1]}, {"ingress": [1]}, {"ingress": [1]})])
def test_a_field_that_goes_is_null(before: Document, after: Document, sent: Document) -> None:
    assert body(live(before), policy(after))["spec"] == sent


def entry(manager: str, operation: str, *labels: str) -> Document:
    return {"manager": manager, "operation": operation, "fieldsV1": {"f:metadata": {"f:labels": {f"f:{label}": {} for label in labels}}}}


@pytest.mark.parametrize(("entries", "before", "after", "sent"), [
    ([], {"a": "1"}, {"a": "1", "b": "2"}, {"b": "2"}),                              # a stays whose it is
    ([], {"a": "1"}, {"a": "2"}, {"a": "2"}),
    ([entry("us", "Apply", "a")], {"a": "1"}, {"a": "1"}, {"a": "1"}),               # left out it would go
    ([entry("us", "Update", "a")], {"a": "1"}, {"a": "1"}, None),
    ([entry("them", "Apply", "a")], {"a": "1"}, {"a": "1"}, None),
    ([], None, None, None)])
def test_labels_of_others_are_not_sent(entries: list[Document], before: Any, after: Any, sent: Any) -> None:
    first = live({}, managedFields=entries, labels=before)
    assert body(first, policy({}, labels=after))["metadata"].get("labels") == sent


@pytest.mark.parametrize(("before", "after", "patch"), [
    ({"a": 1}, {"a": 1}, {}),
    ({"a": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 3}),
    ({"a": 1, "b": 2}, {"b": 2}, {"a": None}),
    ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, {"a": {"c": 3}}),
    ({"a": {"b": 1}}, {"a": {"b": 1}}, {}),
    ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
    ({"a": {"b": 1}}, {"a": [1]}, {"a": [1]}),
    ({}, {"a": {"b": {}}}, {"a": {"b": {}}})])
def test_a_merge_patch_leads_from_one_to_the_other(before: Document, after: Document, patch: Document) -> None:
    assert merge_patch(before, after) == patch
    assert merged(json.loads(json.dumps(before)), patch) == after


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    target = target if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target
