"""Which pod ports do the port entries of a policy mean?"""
import pytest

from kubectl_netpol import api
from kubectl_netpol.core.ports import EVERY_PORT, NamedPort, PortRange, cut, joined, policy_ports
from kubectl_netpol.core.rows import at, both, meant, merged, row_of, whole


def entry(port: int | str | None = None, protocol: str | None = None, end: int | None = None) -> api.PolicyPort:
    return api.PolicyPort(protocol, port, end)


@pytest.mark.parametrize(("entries", "expected"), [
    pytest.param(None, EVERY_PORT, id="1.2 ports absent: every port of every protocol"),
    pytest.param((), EVERY_PORT, id="1.2 ports []: every port of every protocol"),
    pytest.param((entry(),), (PortRange("TCP", 1, 65535),), id="1.2 ports [{}]: all of TCP, not all protocols"),
    pytest.param((entry(None, "TCP"),), (PortRange("TCP", 1, 65535),), id="1.2 a protocol alone is all its ports"),
    pytest.param((entry(None, "SCTP"),), (PortRange("SCTP", 1, 65535),), id="1.5 SCTP is never TCP"),
    pytest.param((entry(53),), (PortRange("TCP", 53, 53),), id="1.1 the protocol defaults to TCP"),
    pytest.param((entry(53, "UDP"),), (PortRange("UDP", 53, 53),), id="1.5 a number of UDP"),
    pytest.param((entry(80, None, 90),), (PortRange("TCP", 80, 90),), id="1.5 endPort is included"),
    pytest.param((entry(80, None, 80),), (PortRange("TCP", 80, 80),), id="1.5 endPort equal to port"),
    pytest.param((entry("web"),), (NamedPort("TCP", "web"),), id="1.5 a name of TCP"),
    pytest.param((entry("dns", "UDP"), entry(53)), (NamedPort("UDP", "dns"), PortRange("TCP", 53, 53)), id="1.5 several entries")])
def test_entries_mean_ports(entries: tuple[api.PolicyPort, ...] | None, expected: object) -> None:
    assert policy_ports(entries) == expected


NAMED = {("TCP", "web"): (8080, 9090), ("UDP", "dns"): (53,)}


@pytest.mark.parametrize(("port", "expected"), [
    pytest.param(NamedPort("TCP", "web"), [(PortRange("TCP", 8080, 8080), True), (PortRange("TCP", 9090, 9090), False)],
                 id="1.5 of a name that stands twice only the first number is sure"),
    pytest.param(NamedPort("UDP", "dns"), [(PortRange("UDP", 53, 53), True)], id="1.5 what the pod calls so"),
    pytest.param(NamedPort("TCP", "dns"), [], id="1.5 a name of another protocol"),
    pytest.param(NamedPort("TCP", "http"), [], id="1.5 a name that the pod does not have"),
    pytest.param(PortRange("TCP", 1, 9), [(PortRange("TCP", 1, 9), True)], id="1.5 numbers need no containerPort")])
def test_names_mean_what_the_pod_at_the_destination_calls_so(port: PortRange | NamedPort, expected: object) -> None:
    assert meant((port,), NAMED) == expected


def test_a_range_holds_ranges_of_its_protocol() -> None:
    wide = PortRange("TCP", 80, 90)
    assert [each in wide for each in (
        PortRange("TCP", 80, 90), PortRange("TCP", 85, 85), PortRange("TCP", 79, 80), PortRange("TCP", 90, 91), PortRange("UDP", 85, 85))
        ] == [True, True, False, False, False]


def test_ranges_are_cut_where_one_of_them_begins_or_ends() -> None:
    assert cut([PortRange("UDP", 5, 5), PortRange("TCP", 1, 10), PortRange("TCP", 4, 6), PortRange("TCP", 20, 20)]) == [
        PortRange("TCP", 1, 3), PortRange("TCP", 4, 6), PortRange("TCP", 7, 10), PortRange("TCP", 20, 20), PortRange("UDP", 5, 5)]


def test_ranges_that_touch_are_joined() -> None:
    ranges = [PortRange("UDP", 1, 2), PortRange("TCP", 5, 9), PortRange("TCP", 1, 4), PortRange("TCP", 6, 7), PortRange("TCP", 11, 12)]
    assert joined(ranges) == (
        PortRange("TCP", 1, 9), PortRange("TCP", 11, 12), PortRange("UDP", 1, 2))


# ---- rows: a value for each port of each protocol

ON_80 = (PortRange("TCP", 80, 80),)


def test_a_row_says_for_each_port_which_items_match() -> None:
    row = row_of([(ON_80, "number"), ((NamedPort("TCP", "web"),), "name")], NAMED, tuple)
    assert [(piece.first, piece.last, value) for piece, value in row if piece.protocol == "TCP"] == [
        (1, 79, ()), (80, 80, (("number", True),)), (81, 8079, ()), (8080, 8080, (("name", True),)), (8081, 9089, ()),
        (9090, 9090, (("name", False),)), (9091, 65535, ())]
    assert [(piece, value) for piece, value in row if piece.protocol != "TCP"] == [(EVERY_PORT[1], ()), (EVERY_PORT[2], ())]


def test_an_entry_that_surely_matches_counts_before_one_that_may() -> None:
    row = row_of([((NamedPort("TCP", "web"), PortRange("TCP", 9090, 9090)), "item")], NAMED, tuple)
    assert at(row, PortRange("TCP", 9090, 9090)) == [(PortRange("TCP", 9090, 9090), (("item", True),))]


def test_a_row_is_read_at_some_ports_of_one_protocol() -> None:
    row = row_of([(ON_80, "item")], {}, len)
    assert at(row, PortRange("TCP", 79, 81)) == [
        (PortRange("TCP", 79, 79), 0), (PortRange("TCP", 80, 80), 1), (PortRange("TCP", 81, 81), 0)]
    assert at(row, PortRange("UDP", 80, 80)) == [(PortRange("UDP", 80, 80), 0)]


def test_two_rows_are_read_side_by_side() -> None:
    left, right = row_of([(ON_80, "item")], {}, len), whole("other")
    assert [(piece.first, piece.last, *values) for piece, *values in both(left, right)][:4] == [
        (1, 79, 0, "other"), (80, 80, 1, "other"), (81, 65535, 0, "other"), (1, 65535, 0, "other")]


def test_neighbours_with_one_value_are_one_piece() -> None:
    assert merged([(PortRange("TCP", 1, 5), "a"), (PortRange("TCP", 6, 9), "a"), (PortRange("UDP", 10, 12), "a")]) == (
        (PortRange("TCP", 1, 9), "a"), (PortRange("UDP", 10, 12), "a"))
