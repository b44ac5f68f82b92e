"""Losses that the host causes (room, the network, a port): named, and over once it is back."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.fakes.engine import Engine, engine
from tests.fakes.host import OWN
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

MAKE_ROOM = "make room or make it writable again; what was interrupted then goes on by itself"


def charm_with_packages(folder: Path) -> str:
    """Write a charm whose packages are in no cache."""
    files = {"requirements.txt": "ops==3.9.0  # of this test\n"}
    return str(write_charm(folder, name="packed", files=files))


@pytest.fixture
def small(own: Engine) -> Iterator[Engine]:
    """An engine whose machines' homes and records share a disk of 4 MB."""
    own("destroy-controller", "en", "--no-prompt", "--destroy-all-models")
    data = own.root / "data"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", OWN, data], check=True)
    try:
        own.bootstrap()
        yield own
        own("destroy-controller", "en", "--no-prompt", "--destroy-all-models", "--force")
    finally:
        subprocess.run(["umount", "--lazy", data], check=True)


@pytest.mark.root
def test_a_disk_that_is_full_in_a_hook_is_named_everywhere_and_room_is_enough(
    small: Engine, charms: Path, tmp_path: Path
):
    small("deploy", str(write_charm(charms)))
    small.wait_for_idle(count=1)
    home = small.home("plain/0")
    small.do("plain/0", 'if [ ! -e "$HOME/room" ]; then cat /dev/zero > "$HOME/fill"; fi')
    small("config", "plain", "text=x")
    database = small.controller_folder() / "state.db"
    told = f"cannot write {database}: database or disk is full"
    wait_until(lambda: f"{told} {MAKE_ROOM}" in small("status"), what="a note in status")

    assert f"ERROR {told}\n{MAKE_ROOM}\n" == small.fails("config", "plain", "text=y", code=3)
    assert f"ERROR {told}\n{MAKE_ROOM}\n" == small.fails("run", "plain/0", "say", "word=x", code=3)
    other = str(write_charm(tmp_path, name="other"))
    assert "cannot copy" in (said := small.fails("deploy", other)), said
    assert "No space left on device\nmake it a file that you can read, make room" in said
    small.kill_controller()
    assert "plain/0" in small("status")

    (home / "fill").unlink()
    (home / "room").touch()
    small("config", "plain", "text=z")
    wait_until(lambda: small.hooks("plain/0").count("config-changed") >= 3)
    small.wait_for_idle(count=1)
    assert "cannot write" not in small("status")
    assert small("config", "plain", "text") == "z\n"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Cover a folder by a file system that even root cannot write to."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", OWN, folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.root
def test_a_home_that_is_read_only_is_named_with_what_to_set(bare: Engine):
    with read_only(bare.root / "data"):
        said = bare.fails("bootstrap", "local", "en", code=3)
    assert f"cannot write {bare.root}/data/kafkastack: Read-only file system" in said
    assert "set KAFKASTACK_DATA to a folder that you can write" in said
    bare("bootstrap", "local", "en")


@pytest.mark.root
def test_a_cache_that_is_read_only_is_named_in_status(bare: Engine, charms: Path):
    cache = bare.root / "cache"
    bare.extra["KAFKASTACK_CACHE"] = str(cache)
    bare.bootstrap()
    with read_only(cache):
        bare("deploy", charm_with_packages(charms))
        told = f"cannot write {cache}/environments: Read-only file system"
        wait_until(lambda: told in bare("status"), what=told)
        assert "set KAFKASTACK_CACHE to a folder that you can write" in bare("status")


@pytest.fixture
def alone() -> Iterator[Engine]:
    """An engine in a network of its own: nothing but loopback, and somebody on 0.0.0.0:2181."""
    command = ["unshare", "--net", sys.executable, "-c", LOOPBACK]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as network:
        assert network.stdout and network.stdout.readline() == b"up\n"
        with engine({"UV_HTTP_RETRIES": "0"}) as made:
            program = made.root / "alone"
            enter = f"nsenter --net=/proc/{network.pid}/ns/net"
            program.write_text(f'#!/bin/sh\nexec {enter} {made.binary} "$@"\n')
            program.chmod(0o755)
            made.binary = program
            made.extra["KAFKASTACK_CACHE"] = str(made.root / "cache")
            made.bootstrap()
            yield made
        network.kill()


LOOPBACK = """\
import fcntl, socket, struct, sys
with socket.socket() as loopback:
    fcntl.ioctl(loopback, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
with socket.socket() as stranger:
    stranger.bind(("0.0.0.0", 2181))
    stranger.listen()
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.mark.root
def test_without_a_network_status_says_what_is_missing(alone: Engine, charms: Path):
    alone("deploy", charm_with_packages(charms))
    wait_until(lambda: "packed/0 cannot go on" in alone("status"))
    shown = alone("status")
    (row,) = [line for line in shown.splitlines() if line.startswith("packed/0*")]
    assert "failed" in row and "cannot install the packages of the charm" in row
    assert "failed to lookup address" in shown
    assert "check the network, HTTPS_PROXY, SSL_CERT_FILE and the index that uv" in shown
    assert "It tries again by itself; all of it: kafkastack debug-log --include packed/0" in shown
    assert "Traceback" not in alone.log()


@pytest.mark.root
def test_who_holds_a_port_on_every_address_is_named_where_it_matters(alone: Engine, charms: Path):
    said = alone.fails("preflight", code=3)
    assert "port 2181 is held on every address by python" in said
    assert "Stop that program, or let it listen on 127.0.0.1:2181 only." in said
    deployed = alone.ask("deploy", str(write_charm(charms, name="zookeeper")))
    assert deployed.code == 0
    assert "WARNING port 2181 is held on every address by python" in deployed.err
    assert "WARNING" not in alone.ask("deploy", str(write_charm(charms))).err


class Rubbish(BaseHTTPRequestHandler):
    """A registry behind a login page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(b"<html>Please log in to the hotel's network</html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def misled() -> Iterator[Engine]:
    """An engine whose index of packages answers rubbish."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Rubbish) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/simple"
        with engine({"UV_DEFAULT_INDEX": address, "UV_HTTP_RETRIES": "0"}) as made:
            made.extra["KAFKASTACK_CACHE"] = str(made.root / "cache")
            made.bootstrap()
            yield made
        server.shutdown()


def test_a_registry_that_answers_rubbish_is_named(misled: Engine, charms: Path):
    misled("deploy", charm_with_packages(charms))
    wait_until(lambda: "packed/0 cannot go on" in misled("status"))
    shown = misled("status")
    assert "cannot install the packages of the charm" in shown
    assert "ops" in shown and "check the network" in shown


def test_a_charm_folder_with_something_odd_in_it(own: Engine, tmp_path: Path):
    charm = write_charm(tmp_path)
    subprocess.run(["mkfifo", charm / "odd"], check=True)
    assert "odd in the charm is a FIFO" in own.fails("deploy", str(charm))
    (charm / "odd").unlink()
    (charm / "odd").symlink_to("/nowhere")
    assert "odd is a link to /nowhere, which leads out" in own.fails("deploy", str(charm))
    (charm / "odd").unlink()
    (charm / "odd").symlink_to("nowhere")
    own("deploy", str(charm))
    own.wait_for_idle(count=1)
