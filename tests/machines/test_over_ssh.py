"""Promises of a machine over SSH beyond the contract: known by its key, found when lost."""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kafkastack.clouds.local.layout import runtime_folder
from kafkastack.clouds.protocol import Command
from kafkastack.clouds.ssh import MachineRefusesError, SSHMachine
from kafkastack.errors import KafkastackError
from tests.machines.harness import SPEC, run
from tests.machines.image import why_not
from tests.machines.ssh import SSHCloud

pytestmark = pytest.mark.root
_NEW_KEYS = "rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh"
_CALL = "socket(S, 1, 1, 0); connect(S, pack('S a*', 1, $ARGV[0])) or die $!; print <S>"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SSHCloud]:
    if reason := why_not():
        pytest.skip(reason)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    runtime = runtime_folder(tmp_path)
    yield SSHCloud(tmp_path / "controller", runtime)
    runtime.rmdir()


def play(cloud: SSHCloud, scenario: Callable[[SSHMachine], Awaitable[None]]) -> None:
    async def body() -> None:
        try:
            machine = await cloud.attach(SPEC, await cloud.create(SPEC))
            await asyncio.wait_for(scenario(machine), 100)
        finally:
            await cloud.shutdown()

    asyncio.run(body())


async def lose_connection(machine: SSHMachine) -> None:
    """End sshd's process of our connection, as a network or a firewall would."""
    sleeping = Command(("sleep", "1000"), {"PATH": machine.path}, "/")
    process = await machine.start(sleeping)
    await run(machine, "sh", "-c", "pkill -KILL -f 'sshd: debian' & sleep 1000")
    with pytest.raises(ConnectionError):
        await process.wait()


def test_a_lost_connection_is_made_again_with_its_sockets(cloud: SSHCloud, tmp_path: Path):
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"still here")
        await writer.drain()
        writer.close()

    async def scenario(machine: SSHMachine) -> None:
        target = f"{machine.paths.sockets}/unit-x-0"
        async with await asyncio.start_unix_server(answer, tmp_path / "s"):
            await machine.forward(tmp_path / "s", target)
            with pytest.raises(ConnectionError):
                await lose_connection(machine)
            found = await run(machine, "perl", "-e", _CALL, target)
        assert found.out == "still here"

    play(cloud, scenario)


def test_a_machine_with_another_key_is_refused_by_name(cloud: SSHCloud):
    async def scenario(machine: SSHMachine) -> None:
        await run(machine, "sh", "-c", _NEW_KEYS)
        await machine.disconnect()
        with pytest.raises(MachineRefusesError, match="another machine answers"):
            await machine.connect()

    play(cloud, scenario)


_TRUSTED = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
_OF_JAVA = "keytool -list -cacerts -storepass changeit | grep -c kafkastack || :"
_WRITTEN = "stat -c %Y.%i /var/lib/juju/cas"


def test_a_machine_trusts_what_this_host_trusts_until_it_does_no_more(
    cloud: SSHCloud, caplog: pytest.LogCaptureFixture
):
    async def scenario(machine: SSHMachine) -> None:
        async def trusted() -> int:
            return int((await run(machine, machine.python, "-c", _TRUSTED)).out)

        before = await trusted()
        await machine.trust([ca("one"), ca("two")])
        assert await trusted() == before + 2
        assert (await run(machine, "sh", "-c", _OF_JAVA)).out == "2\n"
        written = await run(machine, "sh", "-c", _WRITTEN)
        await machine.trust([ca("one"), ca("two")])
        assert await run(machine, "sh", "-c", _WRITTEN) == written  # nothing was done again
        await machine.trust([ca("two")])
        assert (await run(machine, "sh", "-c", _OF_JAVA)).out == "1\n"
        await machine.trust([])
        assert (await run(machine, "sh", "-c", _OF_JAVA)).out == "0\n"
        assert await trusted() == before
        assert warned(caplog) == []
        await run(machine, "ln", "-sf", "/bin/false", "/usr/sbin/update-ca-certificates")
        await machine.trust([ca("one")])
        (told,) = warned(caplog)
        assert f"{machine.instance.hostname} does not trust what this host trusts" in told

    play(cloud, scenario)


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings: a test before may have asked for more than those."""
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


def test_a_machine_of_another_distribution_is_told_by_its_own_command(cloud: SSHCloud):
    async def scenario(machine: SSHMachine) -> None:
        await run(machine, "sh", "-c", _AS_FEDORA)
        one, two = ca("one"), ca("two")
        await machine.trust([one, two])
        assert (await run(machine, "sh", "-c", _SEEN)).out in (one + two, two + one)
        await machine.trust([])
        assert (await run(machine, "sh", "-c", _SEEN)).out == ""

    play(cloud, scenario)


_AS_FEDORA = """
rm /usr/sbin/update-ca-certificates
cat > /usr/sbin/update-ca-trust << 'END'
#!/bin/sh
rm -rf /seen
cp -r /etc/pki/ca-trust/source/anchors /seen
END
chmod 755 /usr/sbin/update-ca-trust
"""
_SEEN = "cat /seen/* 2> /dev/null || :"


@cache
def ca(name: str) -> str:
    """Return a certificate of a CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def test_a_full_disk_is_told_with_the_machine(cloud: SSHCloud, tmp_path: Path):
    (tmp_path / "big").write_bytes(b"x" * 3_000_000)

    async def scenario(machine: SSHMachine) -> None:
        script = "mkdir -p /small; mount -t tmpfs -o size=1m tmpfs /small"
        await run(machine, "sh", "-c", script)
        with pytest.raises(KafkastackError, match=r"machine juju-\S+: tar: big"):
            await machine.push(tmp_path / "big", "/small/big")
        assert (await run(machine, "ls", "/small")).out == ""

    play(cloud, scenario)
