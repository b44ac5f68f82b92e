"""From nothing to an instance that answers, and back: the tests build on each other."""

import http.server
import json
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from openstack.exceptions import BadRequestException

from kafkastack.errors import DownloadError
from kafkastack.microstack.catalog import connect
from kafkastack.microstack.demo import NETWORK
from kafkastack.microstack.plan import bootstrap_plan
from kafkastack.microstack.settings import number_of
from tests.fakes.waiting import wait_until
from tests.microstack.conftest import KAFKASTACK, OPENSTACK, MicroStack
from tests.microstack.host import Snapshot, left, snapshot
from tests.microstack.network import own_network

STEP = re.compile(r"\[\d+/\d+\] (.*), [\d.]+ s")

pytestmark = [pytest.mark.root, pytest.mark.slow]


ANA = 61234
NEIGHBOURS = {"mysql": 3306, "rabbitmq": 5672, "ovs": 6640, "ovn": 6641, "libvirt": 16509}

SOCKETS = [
    "/run/libvirt/libvirt-sock",
    "/run/openvswitch/db.sock",
    "/run/ovn/ovnnb_db.sock",
    "/run/ovn/ovnsb_db.sock",
]


@pytest.fixture(scope="module", autouse=True)
def neighbours() -> Iterator[dict[str, socket.socket]]:
    """Listeners on every address of the host, where its own services would be; LXD's bridge."""
    if os.geteuid():
        pytest.skip("a cloud needs root: sudo .venv/bin/python -m pytest -m root")
    with own_network():
        subprocess.run(["ip", "link", "add", "lxdbr0", "type", "bridge"], check=True)
        listening = {name: socket.create_server(("", port)) for name, port in NEIGHBOURS.items()}
        yield listening
        for listener in listening.values():
            listener.close()


@pytest.fixture(scope="module")
def ended(made: MicroStack) -> set[str]:
    """The steps after each of which a bootstrap was killed, and typed again, until it ended."""
    ended: set[str] = set()
    while new := _bootstrap_until_another_step_ends(made, ended):
        ended |= new
    return ended


def _bootstrap_until_another_step_ends(made: MicroStack, known: set[str]) -> set[str]:
    """Kill a bootstrap when a step ends, those beside it half done; return what had ended."""
    with made.start("bootstrap", "--hypervisor", "lxc") as begun:
        assert begun.stderr
        said: list[str] = []
        for line in begun.stderr:
            said.append(line)
            title = STEP.match(line)
            if title and title[1] not in known:
                begun.send_signal(signal.SIGKILL)
                rest = begun.communicate()[1].splitlines()
                return {title[1], *(found[1] for found in map(STEP.match, rest) if found)} - known
    assert begun.returncode == 0, "".join(said[-20:])
    return set()


@pytest.fixture(scope="module")
def stack(made: MicroStack, ended: set[str]) -> MicroStack:
    """A cloud whose bootstrap was killed at every step."""
    made("configure")
    return made


@pytest.fixture(scope="module")
def login(stack: MicroStack) -> str:
    """The command with which one logs in to demo_instance."""
    return stack("launch", "demo_instance").strip()


def test_nothing_changes_when_it_is_planned(made: MicroStack, before: Snapshot):
    planned = made("plan")
    assert "start keystone" in planned
    assert left(before, snapshot()) == {}


def test_a_bootstrap_that_is_killed_at_every_step_goes_on(ended: set[str]):
    # What a killed one has begun may be done for the next: packages in the cache, daemons. And one
    # step may end in the moment of a kill: it is remembered, and nobody has heard that it ended.
    lasting = {step.title for step in bootstrap_plan().values() if step.lasts}
    assert len(lasting - ended) <= 1


def test_services_of_the_host_are_moved_past(
    stack: MicroStack, neighbours: dict[str, socket.socket]
):
    for name, listener in neighbours.items():
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            pytest.fail(f"{name} of the host was called by {listener.accept()[1]}")


def test_all_of_it_runs(stack: MicroStack):
    # What nova-compute could not count while it was starved is a trouble for two minutes.
    with suppress(AssertionError):
        wait_until(lambda: _is_well(stack), 180)
    shown = json.loads(stack("status", "--format", "json"))
    assert shown["state"] == "running", shown
    assert set(shown["services"].values()) == {"running"}
    for kind in ("compute", "network", "volume"):
        assert {agent["state"] for agent in shown[kind]} == {"up"}
    assert shown["hypervisor"]["type"] == "lxc"


def test_an_instance_has_its_name_address_and_metadata(stack: MicroStack, login: str):
    assert stack.ssh(login, "hostname -f") == "demo-instance.microstack"
    metadata = fetched(stack, login, "http://169.254.169.254/openstack/latest/meta_data.json")
    assert json.loads(metadata)["name"] == "demo_instance"
    assert stack.ssh(login, "systemctl is-system-running --wait") == "running"


def fetched(stack: MicroStack, login: str, url: str) -> str:
    """Return what an instance is told there; it has Python, and nothing is installed for this."""
    script = f"import urllib.request as r; print(r.urlopen({url!r}, timeout=20).read().decode())"
    return stack.ssh(login, f"python3 -c {shlex.quote(script)}")


def test_an_instance_reaches_what_is_behind_the_router(
    stack: MicroStack, login: str, listener: int
):
    url = f"http://{stack.settings.gateway}:{listener}/"
    assert fetched(stack, login, url) == "from the host"


@pytest.fixture
def listener(stack: MicroStack) -> Iterator[int]:
    """A web server of the test's own on the host's side of the external network."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"from the host")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer((stack.settings.gateway, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_openstacks_own_command_knows_the_cloud(stack: MicroStack, login: str):
    assert stack.openstack("server", "list", "-f", "value", "-c", "Name") == "demo_instance"
    hosts = stack.openstack("host", "list", "-f", "value", "-c", "Host Name", admin=True)
    assert set(hosts.split()) == {"microstack"}


@pytest.fixture
def ana() -> Iterator[Path]:
    """The home of a user whom a passwd file of the test's own knows."""
    home = Path(tempfile.mkdtemp(prefix="kfs-ana-"))
    home.chmod(0o755)
    os.chown(home, ANA, ANA)
    known = Path("/etc/passwd").read_text()
    (home / "passwd").write_text(f"{known}kfs-ana:x:{ANA}:{ANA}::{home}:/bin/sh\n")
    yield home
    shutil.rmtree(home)


def test_who_typed_sudo_is_a_user_of_the_cloud_as_herself(
    stack: MicroStack, login: str, ana: Path
):
    def typed(script: str, **environment: str) -> str:
        known = f"mount --bind {ana}/passwd /etc/passwd"
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", f"{known}; {script}"],
            env=stack.environment | environment,
            cwd=ana,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    typed(f"{KAFKASTACK} microstack configure", SUDO_USER="kfs-ana")
    log_in = typed(f"{KAFKASTACK} microstack launch of-ana", SUDO_USER="kfs-ana").strip()
    herself = {"HOME": str(ana), "OS_CLOUD": stack.settings.name}
    become = f"exec setpriv --reuid={ANA} --regid={ANA} --clear-groups"
    assert typed(f"{become} {log_in} hostname", **herself) == "of-ana\n"
    listed = typed(f"{become} {OPENSTACK} server list -f value -c Name", **herself)
    assert set(listed.split()) == {"demo_instance", "of-ana"}
    files = (ana / ".config" / "openstack").iterdir()
    assert {path.suffix for path in files if path.stat().st_mode & 0o077} == {".pem"}
    stack.openstack("server", "delete", "--wait", "of-ana")


def test_openrc_is_enough_for_a_shell(stack: MicroStack, tmp_path: Path):
    for words, user in (((), "demo"), (("--admin",), "admin")):
        openrc = tmp_path / f"{user}-openrc"
        openrc.write_text(stack("openrc", *words))
        openstack = shlex.quote(str(OPENSTACK))
        told = subprocess.run(
            ["sh", "-ec", f". {openrc}; {openstack} token issue -f json"],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(told.stdout)["project_id"]


def test_secrets_are_in_no_argv_and_no_log(stack: MicroStack):
    secrets = json.loads((stack.state / "secrets.json").read_text()).values()
    assert (stack.state / "secrets.json").stat().st_mode & 0o077 == 0
    argvs = "".join(_argvs())
    logs = "".join(log.read_text(errors="replace") for log in (stack.state / "log").glob("*.log"))
    assert secrets and argvs and logs
    for secret in secrets:
        assert secret not in argvs
        assert secret not in logs


def _argvs() -> Iterator[str]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield (folder / "cmdline").read_bytes().decode(errors="replace")


def test_sockets_of_root_are_closed_to_others(stack: MicroStack):
    def open_to(user: str) -> list[str]:
        words = (f"--reuid={user}", "--clear-groups", "sh", "-c")
        script = 'for socket do [ ! -w "$socket" ] || echo "$socket"; done'
        return stack.cloud.inside.run("setpriv", *words, script, "-", *SOCKETS).split()

    assert stat.S_IMODE(stack.state.stat().st_mode) == 0o700
    assert open_to("root") == SOCKETS
    assert open_to("mysql") == []


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of what the SDK itself imports
def test_what_a_container_cannot_do_is_refused_with_the_reason(stack: MicroStack, login: str):
    """A volume of one project's instance let no instance be placed any more for anybody."""
    stack.openstack("volume", "create", "--size", "1", "data")
    launch = ("server", "create", "--flavor", "m1.small", "--network", NETWORK)
    assert "system containers" in stack.refused(*launch, "--volume", "data", "x")
    with connect(stack.cloud, "demo", "demo") as demo:
        server = demo.compute.find_server("demo_instance")
        volume = demo.block_storage.find_volume("data")
        for ask in (
            lambda: demo.compute.create_volume_attachment(server, volume_id=volume.id),
            lambda: demo.compute.suspend_server(server),
            lambda: demo.compute.rescue_server(server),
            lambda: demo.compute.create_server_image(server, "x"),
            lambda: _launch_with_a_volume_that_its_image_names(demo, volume),
        ):
            with pytest.raises(BadRequestException, match="system containers"):
                ask()


def _launch_with_a_volume_that_its_image_names(demo: Any, volume: Any) -> None:
    """Ask for an instance: nothing of the volume is in the request."""
    demo.block_storage.wait_for_status(volume, "available", wait=60)
    snapshot = demo.block_storage.create_snapshot(volume_id=volume.id)
    demo.block_storage.wait_for_status(snapshot, "available", wait=60)
    device = {"source_type": "snapshot", "destination_type": "volume", "boot_index": 0}
    image = demo.image.create_image(
        name="hidden",
        container_format="bare",
        disk_format="raw",
        data=b"x",
        block_device_mapping=json.dumps(
            [{**device, "snapshot_id": snapshot.id, "volume_size": 1}]
        ),
        bdm_v2="True",
        root_device_name="/dev/vda",
    )
    demo.compute.create_server(
        name="x",
        image_id=image.id,
        flavor_id=demo.compute.find_flavor("m1.small").id,
        networks=[{"uuid": demo.network.find_network(NETWORK).id}],
    )


OLD_RECORD = """\
INSERT INTO block_device_mapping (created_at, instance_uuid, source_type, destination_type,
    connection_info, volume_id, boot_index, delete_on_termination, deleted, uuid, no_device)
VALUES (NOW(), '{}', 'volume', 'volume',
    '{{"driver_volume_type": "nfs", "data": {{"export": "x", "name": "y", "format": "raw"}}}}',
    UUID(), 1, 0, 0, UUID(), 0);
"""


def test_an_old_record_of_a_volume_keeps_nobody_from_a_place(stack: MicroStack, login: str):
    known = stack.openstack("server", "show", "demo_instance", "-f", "value", "-c", "id")
    stack.cloud.sql(OLD_RECORD.format(known), "nova")
    try:
        _kill(stack, "nova-compute")
        wait_until(lambda: _is_well(stack), seconds=90, what="a cloud that is well")
    finally:
        stack.cloud.sql(
            "DELETE FROM block_device_mapping WHERE destination_type = 'volume'", "nova"
        )


def _is_well(stack: MicroStack) -> bool:
    shown = json.loads(stack("status", "--format", "json"))
    return shown["state"] == "running"


@pytest.mark.parametrize("name", ["ovn-controller", "rabbitmq", "nova-compute"])
def test_a_daemon_that_dies_comes_back(stack: MicroStack, name: str):
    _kill(stack, name)


def _kill(stack: MicroStack, name: str) -> None:
    """End a daemon, and wait until another one serves."""
    control = ("/opt/openstack/bin/supervisorctl", "-c", "/etc/supervisord.conf")
    pid = stack.cloud.inside.run(*control, "pid", name).strip()
    stack.cloud.inside.run("kill", "-KILL", pid)
    wait_until(
        lambda: (
            stack.cloud.serves(name)
            and stack.cloud.inside.run(*control, "pid", name).strip() != pid
        ),
        seconds=60,
        what=f"another {name}",
    )


CLIENT = Path(__file__).parents[1] / "clouds" / "client.py"


def test_kafka_on_instances_acknowledges_messages_through_a_floating_ip(stack: MicroStack):
    stack.kafkastack("bootstrap", stack.settings.name, "overlord")
    stack.kafkastack("add-model", "demo", f"--config=network={NETWORK}")
    wanted = ("--config=topic-name=test-topic", "--config=extra-user-roles=producer,consumer")
    for line in (
        ("deploy", "zookeeper"),
        ("deploy", "kafka", "--channel=3/stable"),
        ("deploy", "data-integrator", *wanted),
        ("integrate", "kafka", "zookeeper"),
        ("integrate", "data-integrator", "kafka"),
        ("expose", "kafka"),
        ("wait-for", "application", "data-integrator", "--timeout=600s"),
    ):
        stack.kafkastack(*line)
    told = stack.kafkastack("run", "data-integrator/leader", "get-credentials", "--format=json")
    kafka = next(iter(json.loads(told).values()))["results"]["kafka"]
    unit = json.loads(stack.kafkastack("status", "--format=json"))["applications"]["kafka"]
    address = unit["units"]["kafka/0"]["public-address"]
    floating = stack.openstack(
        "floating", "ip", "list", "-f", "value", "-c", "Floating IP Address"
    )
    assert address in floating.split()
    stack.kafkastack("config", "kafka", f"extra_listeners={address}")
    stack.kafkastack("wait-idle", "--timeout=300s")  # its broker begins anew
    stack.kafkastack("wait-for", "application", "kafka", "--timeout=300s")
    settings = {
        "bootstrap.servers": f"{address}:39092",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": kafka["username"],
        "sasl.password": kafka["password"],
    }
    done = subprocess.run(
        [sys.executable, str(CLIENT), "test-topic", "1", "3", "3"],
        input=json.dumps(settings),
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert json.loads(done.stdout) == {"read": [f"message {number}" for number in range(3)]}
    stack.kafkastack("destroy-controller", "overlord", "--destroy-all-models", "--no-prompt")
    names = stack.openstack("server", "list", "-f", "value", "-c", "Name").split()
    assert not [name for name in names if name.startswith("juju-")]
    groups = stack.openstack("security", "group", "list", "-f", "value", "-c", "Name").split()
    assert groups == ["default"]


def test_a_second_instance_of_the_name_is_refused(stack: MicroStack, login: str):
    refused = stack.ask("launch", "demo_instance")
    assert refused.code == 1
    assert 'an instance "demo_instance" is there already' in refused.err


def test_an_image_that_is_not_there_is_refused(stack: MicroStack, tmp_path: Path):
    assert 'there is no image "nothing"' in stack.ask("launch", "x", "--image=nothing").err
    empty = tmp_path / "empty.img"
    empty.touch()
    refused = stack.ask("configure", "--image", str(empty), "--name", "empty")
    assert (refused.code, f"{empty} is empty" in refused.err) == (1, True)


def test_it_is_stopped_and_started_with_its_instances(stack: MicroStack, login: str):
    stack.ssh(login, "echo kept > kept; sync")
    stack("stop")
    assert "stopped" in stack("status")
    assert "kafkastack microstack start" in stack.ask("launch", "x").err
    stack("start")
    wait_until(lambda: _answers(stack, login), seconds=120, what="demo_instance again")
    assert stack.ssh(login, "cat kept") == "kept"


def test_it_is_started_again_after_a_power_cut(stack: MicroStack, login: str):
    leader = stack.cloud.inside.leader
    assert leader
    os.kill(leader, signal.SIGKILL)  # the init of all of it: nothing has time to end well
    wait_until(lambda: not stack.cloud.inside.leader, what="the end of everything")
    assert "stopped" in stack("status")
    stack("start")
    wait_until(lambda: _answers(stack, login), seconds=120, what="demo_instance again")
    assert stack.ssh(login, "cat kept") == "kept"


def test_without_a_network_it_is_told_what_to_check(stack: MicroStack, tmp_path: Path):
    nobody = "http://127.0.0.1:9"
    folders = (tmp_path / f"state-{number}" for number in range(100))
    another = next(at for at in folders if number_of(str(at)) != stack.settings.number)
    environment = {
        **stack.environment,
        "KAFKASTACK_MICROSTACK": str(another),
        "KAFKASTACK_CACHE": str(tmp_path / "cache"),
        "http_proxy": nobody,
        "https_proxy": nobody,
    }
    for words, code in (
        (("bootstrap",), DownloadError.exit_code),
        (("destroy", "--no-prompt"), 0),
    ):
        done = subprocess.run(
            [str(KAFKASTACK), "microstack", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert code == 0 or "check the network" in done.stderr
    assert not another.exists()


def _answers(stack: MicroStack, login: str) -> bool:
    words = shlex.split(login)
    patience = ("-o", "ConnectTimeout=3")
    return subprocess.run([words[0], *patience, *words[1:], "true"], check=False).returncode == 0


def test_bootstrap_again_changes_nothing(stack: MicroStack):
    leader = stack.cloud.inside.leader
    stack("bootstrap", "--hypervisor", "lxc")
    assert stack.cloud.inside.leader == leader


def test_a_controller_is_named_and_told_when_its_cloud_is_destroyed(stack: MicroStack):
    def machine() -> str:
        found = json.loads(stack.kafkastack("status", "--format=json"))["machines"]["0"]
        return f"{found['juju-status']['current']}: {found['machine-status'].get('message')}"

    stack.kafkastack("bootstrap", stack.settings.name, "lost")
    stack.kafkastack("add-model", "demo", f"--config=network={NETWORK}")
    stack.kafkastack("add-machine")
    wait_until(lambda: machine() == "started: Running", seconds=300, what="a machine")
    asked = stack.ask("destroy")  # nobody is there to say yes
    assert (asked.code, "lost: 1 machine" in asked.out) == (1, True)
    stack("destroy", "--no-prompt")
    wait_until(lambda: machine().startswith("down: cloud"), seconds=10, what="its machine's end")
    ended = stack.ask_kafkastack(
        "destroy-controller", "lost", "--destroy-all-models", "--no-prompt"
    )
    assert (ended.code, "WARNING left on cloud" in ended.err) == (0, True)
    assert "juju-" in stack.ask_kafkastack("controllers").err


def test_nothing_is_left_when_it_is_destroyed(stack: MicroStack, before: Snapshot):
    stack("destroy", "--no-prompt")
    assert not stack.state.exists()
    assert not (stack.home / ".config" / "openstack").exists()
    assert left(before, snapshot()) == {}
    assert "not installed" in stack("status")
