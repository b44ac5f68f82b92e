import os
import socket

from kafkastack.clouds.local.listeners import Socket, parse_sockets, wildcard_listeners

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid …"
REST = "00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0"


def row(address: str, state: str = "0A", inode: str = "42") -> str:
    return f"   0: {address} {REST.format(state=state, inode=inode)}"


def test_the_kernels_addresses_are_read():
    table = "\n".join([HEAD, row("0100A87F:2384"), row("00000000:0016", "07", "7")])

    assert parse_sockets(table) == (
        Socket("127.168.0.1", 9092, True, "42"),
        Socket("0.0.0.0", 22, False, "7"),
    )


def test_an_ipv4_address_in_the_ipv6_table_is_an_ipv4_address():
    table = "\n".join(
        [HEAD, row("0000000000000000FFFF00000100A87F:2384"), row("0" * 32 + ":0016")]
    )

    assert [found.address for found in parse_sockets(table)] == ["127.168.0.1", "::"]


def test_a_wildcard_listener_is_named_with_its_port_and_process():
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        (finding,) = wildcard_listeners([port])

    assert f"port {port} is held on every address by " in finding.message
    assert f"(process {os.getpid()})" in finding.message
    assert f"127.0.0.1:{port}" in finding.advice


def test_a_listener_on_one_address_is_no_obstacle():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert wildcard_listeners([server.getsockname()[1]]) == ()
