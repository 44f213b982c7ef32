"""Do lists come whole: page by page, from one moment, and with what could not be read or understood told as a gap?"""
import io
import json
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server import progress
from kubectl_netpol.server.answers import Refused
from kubectl_netpol.server.read import read
from kubectl_netpol.snapshot import Listing, Snapshot
from tests.e2e_cases import Document, manifest, netpol, pod, service
from tests.server.memory import PATH, Memory, ask

PODS, NOTHING = Listing("Pod", "x"), Snapshot(read=frozenset())
QUERY = {"limit": "500"}


class Scripted:
    """A server that gives each path its answers, one after the other; an exception is raised. The last one is for all that follow."""

    def __init__(self, **answers: Sequence[Any]) -> None:
        self.answers = {plural: list(each) for plural, each in answers.items()}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.is_closed = threading.Event()

    def get(self, path: str, query: Mapping[str, str] = {}) -> bytes:
        self.asked.append((path, dict(query)))
        waiting = self.answers[PATH.fullmatch(path)["plural"]]     # type: ignore[index]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer         # type: ignore[no-any-return]

    def close(self) -> None:
        self.is_closed.set()


def page(*items: Document, token: str = "") -> bytes:
    """As the API server writes lists: the metadata before the items."""
    metadata = {"resourceVersion": "1", **({"continue": token} if token else {})}
    return json.dumps({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items}).encode()


def custom_page(*items: Document, token: str = "") -> bytes:
    """As it writes those of custom resources: by the alphabet."""
    metadata = {"continue": token, "resourceVersion": "1"}
    return json.dumps({"apiVersion": "v1", "items": items, "kind": "List", "metadata": metadata}).encode()


def refused(status: int, message: str = "no") -> Refused:
    return Refused(message, status=status, reason="")


def read_all(server: Any, *listings: Listing, before: Snapshot = NOTHING, stderr: io.StringIO | None = None) -> Snapshot:
    return read(listings, before, server, stderr or io.StringIO())


def names(found: Snapshot) -> list[str]:
    return sorted(name for _, name in found.pods)


# ---- pages


def test_pages_are_asked_for_in_order_with_the_token_of_the_one_before() -> None:
    server = Scripted(pods=[page(pod("x/a"), token="2"), page(pod("x/b"), token="3"), page(pod("x/c"))])
    found = read_all(server, PODS)
    assert names(found) == ["a", "b", "c"] and (found.read, found.gaps) == ({PODS}, {})
    assert server.asked == [("/api/v1/namespaces/x/pods", each) for each in (QUERY, {**QUERY, "continue": "2"}, {**QUERY, "continue": "3"})]


def test_each_page_is_asked_for_what_the_listing_wants() -> None:
    server = Scripted(pods=[page(token="2"), page()])
    read_all(server, Listing("Pod", labels="app=web", fields="status.podIP=10.0.0.1"))
    wanted = {**QUERY, "labelSelector": "app=web", "fieldSelector": "status.podIP=10.0.0.1"}
    assert server.asked == [("/api/v1/pods", wanted), ("/api/v1/pods", {**wanted, "continue": "2"})]


def route(name: str) -> Document:
    return manifest("gateway.networking.k8s.io/v1", "HTTPRoute", "x", name, spec={"rules": [{"backendRefs": [{"name": f"svc-{name}"}]}]})


def test_pages_of_custom_resources_are_followed_too() -> None:
    server = Scripted(httproutes=[custom_page(route("a"), token="2"), custom_page(route("b"))])
    assert [key.name for key in read_all(server, Listing("HTTPRoute", "x")).beside] == ["a", "b"]


@pytest.mark.parametrize("write", [page, custom_page])
def test_a_token_in_an_object_is_none(write: Any) -> None:
    trap = pod("x/a")
    trap["metadata"] |= {"labels": {"continue": "yes"}, "annotations": {"note": '"continue": "2"', "continue": "3"}}
    server = Scripted(pods=[write(pod("x/first"), trap)])
    assert names(read_all(server, PODS)) == ["a", "first"] and len(server.asked) == 1


@pytest.mark.parametrize("empty", [b'{"items": null, "metadata": {}}', b'{"metadata": {"continue": ""}, "items": []}', b'{"items":[]}'])
def test_a_list_may_be_empty(empty: bytes) -> None:
    found = read_all(Scripted(pods=[empty]), PODS)
    assert (names(found), found.read, found.gaps) == ([], {PODS}, {})


# ---- what goes wrong


def test_a_list_that_goes_out_of_date_begins_again_and_nothing_of_the_first_try_remains() -> None:
    server = Scripted(pods=[page(pod("x/old"), token="2"), refused(410), page(pod("x/new"), token="2"), page(pod("x/newer"))])
    found = read_all(server, PODS)
    assert names(found) == ["new", "newer"] and (found.read, found.gaps) == ({PODS}, {})
    assert [query.get("continue") for _, query in server.asked] == [None, "2", None, "2"]


def test_a_list_that_is_never_whole_is_an_error() -> None:
    server = Scripted(pods=[page(pod("x/old"), token="2"), refused(410), *[page(token="2"), refused(410)] * 9])
    with pytest.raises(NetpolError, match="/api/v1/namespaces/x/pods changes faster than it can be listed") as told:
        read_all(server, PODS)
    assert "-n NAME" in told.value.hint and len(server.asked) == 10


@pytest.mark.parametrize("answers", [[refused(403, "you may not")], [page(pod("x/a"), token="2"), refused(403, "you may not")]])
def test_what_is_forbidden_is_a_gap_in_the_words_of_the_server(answers: list[Any]) -> None:
    found = read_all(Scripted(pods=answers, services=[page(service("x/web", "", {"port": 80}))]), PODS, Listing("Service", "x"))
    assert (names(found), found.gaps, found.read) == ([], {PODS: "you may not"}, {Listing("Service", "x")})
    assert [*found.services] == [("x", "web")]


@pytest.mark.parametrize("listing", [Listing("Pod", "x", "a"), Listing("HTTPRoute", "x")])
def test_what_is_not_there_is_read_and_empty(listing: Listing) -> None:
    found = read_all(Scripted(pods=[refused(404)], httproutes=[refused(404)]), listing)
    assert (found.read, found.gaps, found.pods) == ({listing}, {}, {})


@pytest.mark.parametrize("fault", [refused(500), refused(401), NetpolError("the connection was refused")])
def test_other_faults_are_raised(fault: NetpolError) -> None:
    server = Scripted(pods=[page(token="2"), fault])
    with pytest.raises(NetpolError) as raised:
        read_all(server, PODS)
    assert raised.value is fault and server.is_closed.is_set()


def test_what_was_read_before_stays() -> None:
    first = read_all(Scripted(pods=[page(pod("x/a"))]), PODS)
    second = read_all(Scripted(services=[refused(403, "you may not")]), Listing("Service", "x"), before=first)
    assert (names(second), second.read, second.gaps) == (["a"], {PODS}, {Listing("Service", "x"): "you may not"})


# ---- what is not understood

WEIRD = {**netpol("x", {}), "metadata": {"name": "weird", "namespace": "x"}, "spec": {"podSelector": {}, "newField": True}}


def test_a_policy_with_unknown_fields_leaves_those_of_its_namespace_unknown() -> None:
    everywhere = Listing("NetworkPolicy")
    found = read_all(Scripted(networkpolicies=[page(WEIRD, netpol("x", {}), netpol("y", {}))]), everywhere)
    assert list(found.gaps) == [Listing("NetworkPolicy", "x")] and "newField" in found.gaps[Listing("NetworkPolicy", "x")]
    assert len(found.policies) == 2
    assert [found.has_read(Listing("NetworkPolicy", name)) for name in "xyz"] == [False, True, True]


def test_nobody_knows_what_such_a_policy_admits() -> None:
    web = [pod("x/a", "app=web", ip="10.0.0.1"), service("x/web", "app=web", {"port": 80}), pod("y/b", ip="10.0.0.2")]
    for documents, verdict in ((web, "allowed"), ([*web, WEIRD], "unknown")):
        answer = ask(Memory(documents), "explain", "svc/web:80", "--from", "ns/y:pod/b")
        assert (answer["verdict"], answer["egress"]) == (verdict, "allowed")
    assert [(gap["resource"], gap["namespace"]) for gap in answer["gaps"]] == [("networkpolicies", "x")]
    assert "newField" in answer["gaps"][0]["reason"]


@pytest.mark.parametrize(("kind", "plural", "item", "gap"), [
    pytest.param("Pod", "pods", pod("x/odd", ip="10.0.0.300"), Listing("Pod", "x"), id="an address"),
    pytest.param("Pod", "pods", {**pod("x/odd"), "spec": {"containers": 5}}, Listing("Pod", "x"), id="another type"),
    pytest.param("Service", "services", service("x/odd", "", {"port": 80}, type="Odd"), Listing("Service", "x", "odd"),
                 id="a Service is one"),
    pytest.param("EndpointSlice", "endpointslices", manifest("v1", "EndpointSlice", "x", "odd", endpoints=[{"addresses": ["nowhere"]}]),
                 Listing("EndpointSlice", "x"), id="endpoints"),
    pytest.param("Deployment", "deployments", manifest("v1", "Deployment", "x", "odd", spec={"replicas": -1}), Listing("Deployment", "x"),
                 id="replicas")])
@pytest.mark.parametrize("namespace", ["", "x"])
def test_odd_data_is_a_gap_and_the_rest_is_read(kind: str, plural: str, item: Document, gap: Listing, namespace: str) -> None:
    well = manifest("v1", kind, "x", "well", spec={"ports": [{"port": 80}]} if kind == "Service" else {})
    wanted = Listing(kind, namespace)
    found = read_all(Scripted(**{plural: [page(item, well, manifest("v1", kind, "y", "else", spec=well["spec"]))]}), wanted)
    assert list(found.gaps) == [gap] and not found.has_read(gap) and found.has_read(Listing(kind, "y")) is (namespace == "")
    assert len({**found.pods, **found.services, **found.endpoint_slices, **found.workloads}) == 2


@pytest.mark.parametrize("listing", [
    Listing("Pod", "x", labels="app=web"), Listing("Pod", "x", "odd"), Listing("Pod", fields="status.podIP=10.0.0.300")])
def test_odd_data_in_a_part_is_a_gap_of_that_part(listing: Listing) -> None:
    odd = pod("x/odd", "app=web", ip="10.0.0.300")
    found = read_all(Scripted(pods=[json.dumps(odd).encode() if listing.name else page(odd)]), listing)
    assert (list(found.gaps), found.read, found.has_read(listing)) == ([listing], frozenset(), False)


def test_null_is_empty() -> None:
    """Go writes null for empty lists and maps."""
    metadata = {"name": "a", "namespace": "x", "labels": None, "ownerReferences": None}
    bare, home = {"metadata": metadata, "spec": {"containers": None}, "status": None}, {"metadata": {"name": "x", "labels": None}}
    found = read_all(Scripted(pods=[page(bare)], namespaces=[page(home)]), PODS, Listing("Namespace"))
    assert (names(found), [*found.namespaces], found.gaps) == (["a"], ["x"], {})


# ---- how far it has come


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "patience", "is_told"), [
    pytest.param(Terminal, 0.0, True, id="on a terminal, if it takes a while"), pytest.param(Terminal, 30.0, False, id="not at once"),
    pytest.param(io.StringIO, 0.0, False, id="not into a file")])
def test_progress_is_shown(stream: type[io.StringIO], patience: float, is_told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    monkeypatch.setattr(progress, "_PAUSE", 0.0)
    stderr = stream()
    read_all(Scripted(pods=[page(*(pod(f"x/p{number}") for number in range(1234)), token="2"), page(pod("x/last"))]), PODS, stderr=stderr)
    text = stderr.getvalue()
    assert ("reading: 1,235 Pod" in text, text.endswith("\r\x1b[K")) == (is_told, is_told)
    assert text == "" or is_told


def test_it_is_patient_for_a_second() -> None:
    assert progress._PATIENCE == 1.0


# ---- ends


def test_a_fault_waits_for_no_other_request() -> None:
    server = Scripted(pods=[lambda: server.is_closed.wait(20) and page()], services=[refused(500)])
    assert seconds_of(server, Refused) < 5


def test_an_interrupt_in_a_page_ends_it_at_once() -> None:
    """The threads that wait for an answer are told by close()."""
    def hang() -> bytes:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert server.is_closed.wait(20)
        raise InterruptedError

    server = Scripted(pods=[page(token="2"), hang], services=[page()])
    assert seconds_of(server, KeyboardInterrupt) < 5


def seconds_of(server: Scripted, error: type[BaseException]) -> float:
    began = time.monotonic()
    with pytest.raises(error):
        read_all(server, PODS, Listing("Service", "x"))
    assert server.is_closed.is_set()
    return time.monotonic() - began
