"""
Public addresses and all others, by range and by spelling.
"""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.egress_policy.address_classes import SPECIAL_NETWORKS, address, is_public, lies_in, special_use

SPECIAL_IPV4 = [ipaddress.ip_network(cidr) for cidr in SPECIAL_NETWORKS if ":" not in cidr]


def public(text: str) -> bool:
    """
    Whether the address of that notation is public.
    """
    found = address(text)
    assert found is not None
    return is_public(found)


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "172.32.0.0", "2606:4700::1111", "2a00:1450:4001::1"],
)
def test_public_addresses(text: str) -> None:
    """
    What anybody can reach is public, up to the edge of what is not.
    """
    assert public(text)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.8",
        "192.88.99.1",
        "192.168.1.1",
        "198.19.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public(text: str) -> None:
    """
    Loopback, private, link-local, multicast, reserved, and IPv4 in IPv6's clothes.
    """
    assert not public(text)


@given(st.ip_addresses(v=4))
def test_python_knows_no_special_address_that_we_call_public(found: ipaddress.IPv4Address) -> None:
    """
    Our table is the stricter one: what is public here is global to Python.
    """
    if is_public(found):
        assert found.is_global
        assert not found.is_multicast


@given(st.ip_addresses(v=6))
def test_the_same_for_ipv6(found: ipaddress.IPv6Address) -> None:
    """
    The same for IPv6.
    """
    if is_public(found):
        assert found.is_global
        assert not found.is_multicast
        assert not found.is_reserved
        assert not found.is_site_local


@given(
    st.sampled_from(SPECIAL_IPV4).flatmap(
        lambda one: st.integers(int(one.network_address), int(one.broadcast_address))
    ),
    st.sampled_from([0xFFFF << 32, 0, 0x64FF9B << 96, 0x64FF9B0001 << 80]),
)
def test_no_disguise_makes_an_address_public(number: int, prefix: int) -> None:
    """
    Nor does a special IPv4 address become public inside of an IPv6 address: mapped, compatible, NAT64, 6to4.
    """
    assert special_use(ipaddress.IPv4Address(number))
    assert not public(str(ipaddress.IPv6Address(prefix | number)))
    assert not public(str(ipaddress.IPv6Address(0x2002 << 112 | number << 80)))


def test_a_mapped_address_is_the_one_that_it_maps() -> None:
    """
    A connection to ::ffff:10.0.0.1 goes to 10.0.0.1, so that is what a network must hold.
    """
    mapped = address("::ffff:10.0.0.1")

    assert mapped is not None
    assert lies_in(mapped, "10.0.0.0/8")
    assert not lies_in(mapped, "::/0")


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "::g"])
def test_other_spellings_are_no_addresses(text: str) -> None:
    """
    Resolvers write an address in one way.
    """
    assert address(text) is None
