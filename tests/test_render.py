"""Is every report printed whole, in any width, harmless to a terminal and without colour where none is wanted?"""
import io
import json
import time
from textwrap import dedent
from typing import Any

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from kubectl_netpol.render import FORMATS, PLAIN, announcement, render, style_for
from kubectl_netpol.render.layout import columns_of, visible
from kubectl_netpol.render.words import (
    SENTENCES,
    count,
    listed,
    named,
    path_in_words,
    pod_ports,
    sentence,
    service_port,
    target_with_port,
)
from kubectl_netpol.reports import Connections, End, Flow, Gap, ObjectRef, PodPorts, Port, Report, ServiceMap
from tests.hand_made import (
    CONNECTIVITY,
    DENIED,
    DIFFERENCE,
    EACH,
    EVERY_PORT,
    GITLAB_SERVICE,
    MAP,
    OUTSIDE,
    SCOPE,
    SERVICES,
    SUGGESTION,
    WEB,
    service,
)

ESCAPE = "\x1b"


def text(report: Report, output: str = "text", width: int = 80, *, headers: bool = True, color: str = "never") -> str:
    return "".join(render(report, output, style_for(io.StringIO(), color, {}), width, headers))


def shaped(block: str) -> str:
    return dedent(block).removeprefix("\n")


# ---- the shapes, whole


def test_map_on_a_narrow_terminal() -> None:
    """What does not fit beside stands below; no name is cut."""
    assert text(MAP) == shaped("""
        SERVICE     PORT       POD PORT  PODS  ADMITS
                                                BY
        svc/gitlab  http 80    80        2/2   anywhere (192.168.1.10)
                                                netpol/allow-from-all
        svc/gitlab  ssh 10022  22        2/2   nobody (192.168.1.10)
                                                isolated by netpol/allow-from-all
        svc/mail    -          -         -     another name for mail.example.com
        svc/redis   6379       6379      2/2   same-namespace
                                                netpol/allow-redis-within-same-namespace
                                               ns/shop (unknown)
                                                netpol/allow-shop

        under no policy, so open to every source: deploy/web

        1 error
        netpol/allow-from-all, ingress rule 1, port entry 2: 10022 is the port of
          svc/gitlab, not of its pods, which listen on 22
          policies/allow-from-all.yaml:14
          to see it mended:  kubectl netpol diff netpol/allow-from-all -n gitlab

        1 info
        deploy/web: no policy selects it
          to mend it: a policy that selects it
        """)


def test_map_on_a_broad_terminal() -> None:
    assert text(replace(MAP, findings=()), width=200) == shaped("""
        SERVICE     PORT       POD PORT  PODS  ADMITS                             BY
        svc/gitlab  http 80    80        2/2   anywhere (192.168.1.10)            netpol/allow-from-all
        svc/gitlab  ssh 10022  22        2/2   nobody (192.168.1.10)              isolated by netpol/allow-from-all
        svc/mail    -          -         -     another name for mail.example.com
        svc/redis   6379       6379      2/2   same-namespace                     netpol/allow-redis-within-same-namespace
                                               ns/shop (unknown)                  netpol/allow-shop

        under no policy, so open to every source: deploy/web
        """)


def test_wide_map_has_more_columns_and_is_not_wrapped() -> None:
    assert text(replace(MAP, findings=()), "wide") == shaped("""
        SERVICE     TYPE          PORT       POD PORT  PODS  PUBLISHED     WORKLOADS   ADMITS                             BY
        svc/gitlab  LoadBalancer  http 80    80        2/2   192.168.1.10  sts/gitlab  anywhere                           netpol/allow-from-all
        svc/gitlab  LoadBalancer  ssh 10022  22        2/2   192.168.1.10  sts/gitlab  nobody                             isolated by netpol/allow-from-all
        svc/mail    ExternalName  -          -         -     -             -           another name for mail.example.com
        svc/redis   ClusterIP     6379       6379      2/2   -             sts/redis   same-namespace                     netpol/allow-redis-within-same-namespace
                                                                                       ns/shop (unknown)                  netpol/allow-shop

        under no policy, so open to every source: deploy/web
        """)  # noqa: E501


def test_answer() -> None:
    assert text(DENIED) == shaped("""
        denied: anywhere → svc/gitlab:ssh (10022/TCP)
          1 svc/gitlab sends 10022/TCP to pod port 22 of 2 pods (gitlab-0, gitlab-1)
          2 ingress of the pods is isolated by netpol/allow-from-all, and none of its
            rules admits 22
              netpol/allow-from-all, ingress rule 1: 10022 is the Service's port; the
                pod port is 22
        to allow it:  kubectl netpol suggest svc/gitlab --allow ssh --from anywhere -n gitlab
        to try it:    nc -vz 192.168.1.10 10022
        """)


def test_difference() -> None:
    assert text(DIFFERENCE) == shaped("""
        --- live
        +++ merged
        @@ -7 +7 @@
        -  - port: 10022
        +  - port: 22

        newly isolated for ingress: sts/redis

           SERVICE     PORT       SOURCE    BEFORE   AFTER
        +  svc/gitlab  ssh 10022  anywhere  denied   allowed
        -  svc/redis   6379       cluster   allowed  denied

        stays allowed: svc/gitlab http 80 from anywhere

        findings that go: 1
        netpol/allow-from-all, ingress rule 1, port entry 2: 10022 is the port of
          svc/gitlab, not of its pods, which listen on 22
        """)


def test_sources_that_are_treated_alike_share_a_row_of_text_and_have_entries_of_their_own_in_json() -> None:
    flows = [Flow((End(group="g1"), End(group="g2")), End(group="g1"), (PodPorts("TCP", 80),), ()),
             Flow((OUTSIDE,), End(group="g1"), EVERY_PORT, (PodPorts("UDP", 53),))]
    report = replace(CONNECTIVITY, connections=Connections(flows))
    assert text(report, width=200) == shaped("""
        SOURCE                                                                 DESTINATION  PORTS
        sts/gitlab, deploy/web-0, deploy/web-1, deploy/web-2 and deploy/web-3  sts/gitlab   80/TCP
        0.0.0.0/0 and ::/0                                                     sts/gitlab   all ports, 53/UDP (maybe)
        """)
    written = text(report, "json")
    connections = json.loads(written)["connections"]
    assert connections == yaml.safe_load(text(report, "yaml"))["connections"] == json.loads(msgspec.json.encode([*report.connections]))
    assert [(each["source"], each["destination"]) for each in connections] == [
        ({"group": "g1"}, {"group": "g1"}), ({"group": "g2"}, {"group": "g1"}), ({"cidrs": ["0.0.0.0/0", "::/0"]}, {"group": "g1"})]
    assert written.count('\n    {"source"') == 3
    assert json.loads(text(replace(report, connections=()), "json"))["connections"] == []


def test_connectivity() -> None:
    assert text(CONNECTIVITY, width=200) == shaped("""
        SOURCE                                 DESTINATION         PORTS
        0.0.0.0/0 and ::/0                     sts/gitlab          80/TCP, 30000-30100/TCP (maybe)
        deploy/web-0, deploy/web-1 and 2 more  0.0.0.0/0 and ::/0  all ports
        """)


def test_suggestion_is_yaml_with_the_translation_beside_each_port() -> None:
    assert text(SUGGESTION) == text(SUGGESTION, "yaml") == shaped(r"""
        # 10022 on svc/gitlab from anywhere
        #
        # nothing\x0aevil: true
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: allow-from-all
          namespace: gitlab
          annotations:
            kubectl-netpol/intent: "allow 10022\nallow \u202E80"
        spec:
          podSelector:
            matchLabels:
              name: gitlab
              build: '1e3'
              canary: 'on'
              slot: 'y'
          policyTypes:
          - Ingress
          ingress:
          - ports:
            - port: 22  # svc/gitlab:10022 (ssh)
              protocol: TCP
            - port: 80  # svc/gitlab:80 (http)
              protocol: TCP
        """)


def test_what_a_suggestion_changes_is_announced_with_the_harm_first() -> None:
    assert "".join(announcement(SUGGESTION, PLAIN, 80)) == shaped("""
        warning: newly isolated for ingress: sts/redis
        warning: would stop, all or in part:
          -  svc/redis  6379  cluster  allowed  denied
        note: would change:
          +  svc/gitlab  ssh 10022  anywhere  denied  allowed
        note: stays allowed: svc/gitlab http 80 from anywhere
        note: guessed, so look at it: allow 10022 on svc/gitlab from anywhere (it is
          published)
        warning: with it, this is unknown: allow 80 on svc/gitlab from ns/shop
        note: deploy/web: no policy selects it
        note: generated labels are left out
        """)


def test_only_a_suggestion_has_an_announcement() -> None:
    assert not list(announcement(MAP, PLAIN, 80))


# ---- each kind in each format


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("report", EACH, ids=lambda report: type(report).__name__)
@pytest.mark.parametrize("width", [1, 80, 200])
def test_each_kind_has_each_format(report: Report, output: str, width: int) -> None:
    printed = text(report, output, width)
    assert printed.endswith("\n") or output == "name"
    assert not any(line.endswith(" ") for line in printed.splitlines())


@pytest.mark.parametrize("report", EACH, ids=lambda report: type(report).__name__)
def test_yaml_says_the_same_as_json(report: Report) -> None:
    if report is not SUGGESTION:
        assert yaml.safe_load(text(report, "yaml")) == json.loads(text(report, "json"))


def test_the_suggested_yaml_is_the_policies() -> None:
    assert list(yaml.safe_load_all(text(SUGGESTION, "yaml"))) == list(SUGGESTION.policies)


def test_several_policies_are_several_documents() -> None:
    twice = replace(SUGGESTION, policies=SUGGESTION.policies * 2, comments=SUGGESTION.comments * 2,
                    port_comments=SUGGESTION.port_comments * 2)
    assert list(yaml.safe_load_all(text(twice))) == list(twice.policies)


@pytest.mark.parametrize("value", ["1e3", "12e+3", "0x1f", "0o17", "0b1", "1_000", ".5", "5.", "+1", "12:30", "y", "N", "on",
                                   "No", "null", "~", "", "2024-01-01"])
def test_strings_that_yaml_1_1_takes_for_something_else_are_quoted(value: str) -> None:
    policy: dict[str, Any] = {"metadata": {"labels": {"version": value}}}
    assert f"version: '{value}'\n" in text(replace(SUGGESTION, policies=(policy,), port_comments=({},)))


def test_a_port_comment_that_belongs_nowhere_is_a_bug() -> None:
    with pytest.raises((KeyError, IndexError)):
        text(replace(SUGGESTION, port_comments=({"spec.ingress[7].ports[0]": "svc/x:1"},)))


def test_names_are_those_of_kubectl() -> None:
    assert text(MAP, "name") == "service/gitlab\nservice/mail\nservice/redis\n"
    assert text(SUGGESTION, "name") == "networkpolicy.networking.k8s.io/allow-from-all\n"
    assert text(CONNECTIVITY, "name").startswith("statefulset.apps/gitlab\ndeployment.apps/web-0\n")


# ---- what stands beside the answer


def test_a_supposition_comes_first_and_gaps_and_notes_come_last() -> None:
    report = replace(DENIED, scope=replace(SCOPE, as_if=("-f new.yaml", "--delete netpol/old")), notes=("a note",),
                     gaps=(Gap("list", "pods", "shop", "forbidden"),))
    lines = text(report).splitlines()
    assert lines[:2] == ["as if with -f new.yaml, --delete netpol/old, on prod", ""]
    assert lines[-3:] == ["", "not read, the right is missing: list pods in namespace shop", "note: a note"]


def test_several_namespaces_get_a_column_and_a_prefix() -> None:
    shop = replace(GITLAB_SERVICE, namespace="shop", ports=())
    lines = text(replace(MAP, services=(*SERVICES, shop)), width=200).splitlines()
    assert lines[0].startswith("NAMESPACE  SERVICE     PORT")
    assert lines[1].startswith("gitlab     svc/gitlab  http 80")
    assert "under no policy, so open to every source: ns/gitlab:deploy/web" in lines


def test_headers_can_be_left_out() -> None:
    assert text(MAP, headers=False).startswith("svc/gitlab")


def test_no_services_and_no_difference_are_said() -> None:
    assert text(ServiceMap(scope=SCOPE, services=(), unprotected=(), findings=())) == "no Services\n"
    nothing = replace(DIFFERENCE, manifests=(), services=(), unchanged=(), isolated=(), findings=replace(DIFFERENCE.findings, gone=()))
    assert text(nothing) == "no difference\n"
    assert text(replace(nothing, manifests=DIFFERENCE.manifests)).endswith("\n\nwhat is allowed at Service ports stays the same\n")


# ---- a terminal obeys only us


@pytest.mark.parametrize(("raw", "shown"), [
    ("plain", "plain"),
    ("schön 名前", "schön 名前"),
    ("\x1b[31m", r"\x1b[31m"),
    ("a\nb\rc\td", r"a\x0ab\x0dc\x09d"),
    ("\x9b31m\x85", r"\x9b31m\x85"),
    ("\u202eabc\u2066\u2069", r"\u202eabc\u2066\u2069"),
    ("\u2028\ufeff\U000e0001", r"\u2028\ufeff\U000e0001"),
    ("\ud800", r"\ud800"),
])
def test_control_characters_are_made_visible(raw: str, shown: str) -> None:
    assert visible(raw) == shown == visible(shown)


@pytest.mark.parametrize("output", ["text", "wide", "name"])
def test_a_name_cannot_paint_the_terminal(output: str) -> None:
    evil = "x\x1b]0;\x07\nerror: \u202e"
    report = replace(MAP, services=(replace(SERVICES[0], name=evil), *SERVICES[1:]), unprotected=(ObjectRef("Pod", "gitlab", evil),))
    printed = text(report, output)
    assert not any(character in printed for character in "\x1b\x07\u202e")
    assert not any(line.startswith("error: ") for line in printed.splitlines())


def test_our_colours_survive() -> None:
    assert f"{ESCAPE}[32manywhere (192.168.1.10){ESCAPE}[0m" in text(MAP, color="always")


@pytest.mark.parametrize("report", EACH, ids=lambda report: type(report).__name__)
def test_colour_changes_nothing_but_colour(report: Report) -> None:
    coloured = text(report, color="always")
    for code in ("[0m", "[1m", "[31m", "[32m", "[33m", "[36m"):
        coloured = coloured.replace(ESCAPE + code, "")
    assert coloured == text(report)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "color", "environ", "colourful"), [
    (Terminal(), "auto", {}, True),
    (io.StringIO(), "auto", {}, False),
    (Terminal(), "auto", {"NO_COLOR": "1"}, False),
    (Terminal(), "auto", {"NO_COLOR": ""}, False),
    (Terminal(), "auto", {"TERM": "dumb"}, False),
    (Terminal(), "never", {}, False),
    (io.StringIO(), "always", {"NO_COLOR": "1"}, True),
])
def test_colour_only_where_it_is_wanted(stream: io.StringIO, color: str, environ: dict[str, str], colourful: bool) -> None:
    assert (style_for(stream, color, environ) != PLAIN) is colourful


# ---- layout


def test_wide_characters_take_two_columns() -> None:
    assert (columns_of("名前"), columns_of("e\u0301"), columns_of("\x1b")) == (4, 1, 4)
    report = replace(MAP, services=(service("名前", *GITLAB_SERVICE.ports[:1]), service("abcd", *GITLAB_SERVICE.ports[:1])))
    first, second = text(report, width=200).splitlines()[1:3]
    assert first.replace("名前", "abcd") == second


@pytest.mark.parametrize("width", [80, 100, 132])
def test_only_what_must_stay_whole_is_longer_than_the_width(width: int) -> None:
    long = [line for line in text(MAP, width=width).splitlines() if len(line) > width]
    assert not long


@pytest.mark.parametrize("width", [80, 200])
def test_a_thousand_services_are_printed_at_once(width: int) -> None:
    many = replace(MAP, services=tuple(replace(GITLAB_SERVICE, name=f"service-{number}") for number in range(1000)))
    began = time.process_time()
    assert text(many, width=width).count("svc/service-") == 2000
    assert time.process_time() - began < 3


def test_long_lists_are_summarised_except_in_wide() -> None:
    many = replace(MAP, unprotected=tuple(replace(WEB, name=f"web-{number}") for number in range(100)))
    assert "deploy/web-9 and 90 more" in " ".join(text(many).split())
    assert "deploy/web-99\n" in text(many, "wide")


# ---- words


@pytest.mark.parametrize(("said", "expected"), [
    (count(1, "pod"), "1 pod"),
    (count(2, "policy"), "2 policies"),
    (listed(["a", "b", "c"]), "a, b and c"),
    (listed(["a", "b", "c"], 2), "a, b and c"),
    (listed(["a", "b", "c", "d"], 2), "a, b and 2 more"),
    (listed([]), ""),
    (named("pod", ["a"]), "pod a"),
    (named("pod", ["gitlab-0", "gitlab-1", "x", "y", "z"], 2), "pods gitlab-0, gitlab-1 and 3 more"),
    (path_in_words("spec.ingress[0].ports[1]"), "ingress rule 1, port entry 2"),
    (path_in_words("spec.egress[2].to[0].ipBlock.except[0]"), "egress rule 3, peer 1, ipBlock.except[0]"),
    (path_in_words("spec.podSelector.matchLabels"), "podSelector.matchLabels"),
    (path_in_words("metadata.annotations"), "metadata.annotations"),
    (path_in_words(""), ""),
    (service_port(Port("dns", 53, "UDP")), "dns 53/UDP"),
    (target_with_port("svc/gitlab:ssh", Port("ssh", 10022, "TCP")), "svc/gitlab:ssh (10022/TCP)"),
    (target_with_port("svc/gitlab:10022", Port("ssh", 10022, "TCP")), "svc/gitlab:10022 (ssh)"),
    (target_with_port("svc/gitlab:10022/TCP", Port("", 10022, "TCP")), "svc/gitlab:10022/TCP"),
    (pod_ports(EVERY_PORT), "all ports"),
    (pod_ports((EVERY_PORT[0], PodPorts("UDP", 53), PodPorts("UDP", 60, 70))), "all of TCP, 53/UDP, 60-70/UDP"),
])
def test_words(said: str, expected: str) -> None:
    assert said == expected


def test_a_missing_sentence_and_a_missing_fact_raise() -> None:
    with pytest.raises(KeyError):
        sentence("no such", {})
    with pytest.raises(KeyError):
        sentence("flow", {"source": "anywhere"})


def test_facts_are_not_templates() -> None:
    assert sentence("note", {"text": "{text} {0}"}) == "note: {text} {0}"


def test_each_sentence_stands_once() -> None:
    assert len(set(SENTENCES.values())) == len(SENTENCES)
