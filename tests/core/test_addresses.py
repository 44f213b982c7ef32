"""Which addresses do CIDRs hold, and are sets of them what sets are?"""
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_netpol.core.addresses import (
    ALL_IPV4,
    ALL_IPV6,
    EVERYWHERE,
    NOWHERE,
    Addresses,
    Family,
    addresses_of,
    checked_cidr,
    cidrs_of,
    contains,
    difference,
    family_of,
    format_address,
    intersection,
    parse_address,
    parse_cidr,
    union,
)
from kubectl_netpol.errors import NetpolError
from tests.clusters import tried


@pytest.mark.parametrize(("cidr", "held", "left_out"), [
    pytest.param("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0", "::a00:0"], id="1.4 IPv4"),
    pytest.param("10.10.1.12/24", ["10.10.1.0", "10.10.1.255"], ["10.10.0.255", "10.10.2.0"], id="1.4 host bits are cut off"),
    pytest.param("10.0.0.1/32", ["10.0.0.1"], ["10.0.0.0", "10.0.0.2"], id="1.4 one address"),
    pytest.param("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "ffff::"], id="1.4 an IPv4 block holds no IPv6"),
    pytest.param("::/0", ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], ["0.0.0.0", "255.255.255.255"], id="1.4 nor the reverse"),
    pytest.param("fd00::/64", ["fd00::", "fd00::ffff:ffff:ffff:ffff"], ["fd00:0:0:1::", "fcff::"], id="1.4 IPv6"),
    pytest.param("2001:db8::7/128", ["2001:db8::7"], ["2001:db8::6", "2001:db8::8"], id="1.4 one IPv6 address"),
    pytest.param("fd00::5/120", ["fd00::", "fd00::ff"], ["fd00::100"], id="1.4 host bits of IPv6")])
def test_a_cidr_holds_its_addresses(cidr: str, held: list[str], left_out: list[str]) -> None:
    addresses = addresses_of([cidr])
    assert [contains(addresses, parse_address(each)) for each in held + left_out] == [True] * len(held) + [False] * len(left_out)


@pytest.mark.parametrize("text", [
    "10.0.0.0", "10.0.0.0/x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "300.0.0.0/8", "::/129", "fd00::g/64", "/8",
    "10.0.0.0/²"])
def test_other_texts_are_no_cidr(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|too long"):
        parse_cidr(text)
    with pytest.raises(NetpolError):
        checked_cidr(text)


def test_a_checked_cidr_stays_as_it_is() -> None:
    assert checked_cidr("10.10.1.12/24") == "10.10.1.12/24"


@pytest.mark.parametrize(("cidrs", "fewest"), [
    (["10.0.0.0/25", "10.0.0.128/25"], ("10.0.0.0/24",)),
    (["10.0.0.128/25", "10.0.1.0/24"], ("10.0.0.128/25", "10.0.1.0/24")),
    (["10.0.0.0/8", "10.1.0.0/16"], ("10.0.0.0/8",)),
    (["255.255.255.255/32", "::/128"], ("255.255.255.255/32", "::/128")),
    (["0.0.0.0/0", "::/0"], ("0.0.0.0/0", "::/0")),
    ([], ())])
def test_sets_are_written_in_the_fewest_cidrs(cidrs: list[str], fewest: tuple[str, ...]) -> None:
    assert cidrs_of(addresses_of(cidrs)) == fewest


def test_what_an_exception_leaves_is_written_in_cidrs() -> None:
    assert cidrs_of(difference(addresses_of(["10.0.0.0/29"]), addresses_of(["10.0.0.2/32"]))) == (
        "10.0.0.0/31", "10.0.0.3/32", "10.0.0.4/30")


def test_everywhere_is_both_families() -> None:
    assert union([ALL_IPV4, ALL_IPV6]) == EVERYWHERE == addresses_of(["::/0", "0.0.0.0/0"]) == difference(EVERYWHERE, NOWHERE)
    nothing_but_ipv6 = difference(EVERYWHERE, EVERYWHERE), difference(EVERYWHERE, ALL_IPV4), bool(NOWHERE), bool(ALL_IPV6)
    assert nothing_but_ipv6 == (NOWHERE, ALL_IPV6, False, True)


def test_the_family_of_an_address_is_that_of_its_text() -> None:
    texts = ["0.0.0.0", "255.255.255.255", "::", "2001:db8::1"]
    assert [family_of(parse_address(each)) for each in texts] == [Family.IPV4, Family.IPV4, Family.IPV6, Family.IPV6]
    assert [format_address(parse_address(each)) for each in texts] == texts


# ---- as sets

SMALL = [str(each) for prefix in (28, 29, 30, 31, 32) for each in ipaddress.ip_network("10.0.0.0/28").subnets(new_prefix=prefix)]
SMALL_V6 = [str(each) for prefix in (126, 127, 128) for each in ipaddress.ip_network("fd00::/126").subnets(new_prefix=prefix)]
PROBES = [*range(parse_address("9.255.255.254"), parse_address("10.0.0.18")), *range(parse_address("fd00::"), parse_address("fd00::6"))]
sets = st.lists(st.sampled_from([*SMALL, *SMALL_V6]), max_size=5)


def members(addresses: Addresses) -> set[int]:
    return {each for each in PROBES if contains(addresses, each)}


@tried(200)
@given(sets, sets)
def test_sets_of_addresses_are_sets(left: list[str], right: list[str]) -> None:
    a, b = addresses_of(left), addresses_of(right)
    assert members(union([a, b])) == members(a) | members(b)
    assert members(intersection(a, b)) == members(a) & members(b)
    assert members(difference(a, b)) == members(a) - members(b)
    assert members(difference(EVERYWHERE, a)) == set(PROBES) - members(a)
    assert (a == b) == (members(a) == members(b))
    assert addresses_of(cidrs_of(a)) == a == difference(EVERYWHERE, difference(EVERYWHERE, a))
