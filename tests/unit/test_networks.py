"""What a network address counts as where so many are allowed from one."""

from types import SimpleNamespace

import pytest

from grouplic.domain.networks import network_of
from grouplic.ui import seam


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_addresses_of_one_network_count_as_one(address: str, counts_as: str) -> None:
    state = SimpleNamespace(rx_router_session=SimpleNamespace(client_ip=address))
    assert network_of(address) == seam.network_address(state) == counts_as
