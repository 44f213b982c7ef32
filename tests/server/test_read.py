"""Faults of lists that a real server gives rarely: pages that go out of date, odd objects, refusals."""
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.answers import Refused
from kubectl_netpol.server.read import read
from kubectl_netpol.snapshot import Listing, Snapshot

NOTHING = Snapshot(read=frozenset())
PODS, POLICIES = Listing("Pod", "web"), Listing("NetworkPolicy", "web")


class Pages:
    """Answers one request after the other, each as it is told."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[dict[str, str]]()

    def close(self) -> None:
        pass

    def get(self, path: str, query: Mapping[str, str] = {}) -> bytes:
        self.asked.append(dict(query))
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return json.dumps(answer).encode()


def page(*names: str, following: str = "", **fields: Any) -> dict[str, Any]:
    items = [{"metadata": {"name": name, "namespace": "web"}, **fields} for name in names]
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1", "continue": following}, "items": items}


def refused(status: int, message: str = "forbidden") -> Refused:
    return Refused(message, status=status, reason="")


def found(*answers: Any, listing: Listing = PODS) -> tuple[Snapshot, Pages]:
    server = Pages(*answers)
    return read([listing], NOTHING, server, io.StringIO()), server  # type: ignore[arg-type]


def test_pages_are_followed_to_the_end() -> None:
    snapshot, server = found(page("a", "b", following="one"), page("c", following="two"), page("d"))
    assert [name for _, name in snapshot.pods] == ["a", "b", "c", "d"]
    assert [each.get("continue") for each in server.asked] == [None, "one", "two"]
    assert {each["limit"] for each in server.asked} == {"500"}
    assert snapshot.has_read(PODS)


def test_a_list_whose_pages_are_gone_begins_again() -> None:
    snapshot, server = found(page("old", following="one"), refused(410), page("a", following="two"), page("b"))
    assert [name for _, name in snapshot.pods] == ["a", "b"]
    assert len(server.asked) == 4


def test_a_list_that_is_always_gone_is_an_error() -> None:
    with pytest.raises(NetpolError, match="changes faster than it can be listed"):
        found(*[answer for _ in range(5) for answer in (page("a", following="one"), refused(410))])


def test_a_page_that_is_refused_leaves_no_half_list() -> None:
    snapshot, _ = found(page("a", following="one"), refused(403, "pods is forbidden"))
    assert not snapshot.pods and snapshot.gaps == {PODS: "pods is forbidden"} and not snapshot.has_read(PODS)


@pytest.mark.parametrize("status", [401, 500, 503])
def test_other_faults_are_raised(status: int) -> None:
    with pytest.raises(Refused):
        found(page("a", following="one"), refused(status))


def test_what_is_not_there_was_read() -> None:
    for listing in (PODS, Listing("Pod", "web", "a"), Listing("HTTPRoute", "web")):
        snapshot, _ = found(refused(404), listing=listing)
        assert snapshot.has_read(listing) and not snapshot.gaps


def test_null_items_are_none() -> None:
    snapshot, _ = found({"kind": "PodList", "metadata": {}, "items": None})
    assert snapshot.has_read(PODS) and not snapshot.pods


@pytest.mark.parametrize("spec", [
    {"podSelector": {}, "shield": True},                        # of an API that is newer than this program
    {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/99"}}]}]},
    {"ingress": "all"}])
def test_a_policy_that_is_not_understood_makes_its_namespace_unknown(spec: dict[str, Any]) -> None:
    for listing in (POLICIES, Listing("NetworkPolicy")):
        listed = page("odd", spec=spec)
        listed["items"].append({"metadata": {"name": "plain", "namespace": "shop"}, "spec": {"podSelector": {}}})
        snapshot, _ = found(listed, listing=listing)
        assert list(snapshot.policies) == [("shop", "plain")]
        assert not snapshot.has_read(POLICIES) and snapshot.gap_at(POLICIES) == POLICIES


def test_a_pod_that_is_not_understood_is_a_gap_of_its_own() -> None:
    snapshot, _ = found(page("odd", spec={"containers": "none"}), )
    assert not snapshot.pods and snapshot.has_read(PODS) and not snapshot.has_read(Listing("Pod", "web", "odd"))


def test_progress_is_for_terminals_and_for_long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def said(stream: io.StringIO, patience: float) -> str:
        monkeypatch.setattr("kubectl_netpol.server.progress._PATIENCE", patience)
        read([PODS], NOTHING, Pages(page("a", following="one"), page("b")), stream)  # type: ignore[arg-type]
        return stream.getvalue()
    assert said(io.StringIO(), 0) == said(Terminal(), 60) == ""
    shown = said(Terminal(), 0)
    assert "reading: " in shown and shown.endswith("\r\x1b[K")
