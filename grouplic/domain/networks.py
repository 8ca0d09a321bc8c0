"""Network addresses, as far as limits count them."""

from ipaddress import IPv6Address, IPv6Network, ip_address

_A_SUBSCRIBERS = 64  # bits that stay: a host chooses any address of its /64 (RFC 8981)


def network_of(address: str) -> str:
    """Return what an address counts as: itself, or of IPv6 the network it can choose others in.

    An IPv4 address that is written as an IPv6 one is the same; what is no address stays as it is.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(IPv6Network((int(known), _A_SUBSCRIBERS), strict=False))
