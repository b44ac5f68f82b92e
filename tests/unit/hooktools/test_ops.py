"""ops itself, in a process of its own, asks every tool and understands every answer."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ops import hookcmds

from kafkastack.clouds.protocol import Completed
from kafkastack.model.records import Databag, Hook, Secret, SecretRevision, Task, Unit
from tests.fakes.served import serve
from tests.fakes.world import CONFIG, METADATA, MODEL, Run, World

JOINED = Hook("relation-joined", 1, "db", "server", "server/0")
# Each line of stdin is an expression of ops.hookcmds; each line of stdout its value or refusal.
ASK = """
import sys
from ops import hookcmds
last = None
for line in sys.stdin:
    try:
        last = eval(line, {**vars(hookcmds), "last": last})
        print(ascii(last))
    except hookcmds.Error as error:
        print(ascii((error.returncode, error.stderr)))
"""
EPOCH = datetime.fromtimestamp(0, UTC)
NETWORK = hookcmds.Network(
    bind_addresses=[
        hookcmds.BindAddress(
            mac_address="",
            interface_name="lo",
            addresses=[hookcmds.Address(hostname="", value="127.1.2.1", cidr="127.1.2.0/24")],
        )
    ],
    egress_subnets=["127.0.0.1/32"],
    ingress_addresses=["127.1.2.1"],
)
UNKNOWN = hookcmds.UnitStatus(status="unknown", message="", status_data={})
ANSWERS: list[tuple[str, Any]] = [
    ("config_get()", {"name": "plain", "size": 3, "tls": True}),
    ("config_get('size')", 3),
    ("config_get('ratio')", None),
    ("relation_ids('db')", ["db:1"]),
    ("relation_list(1, endpoint='db')", ["server/0"]),
    ("relation_list(1)", ["server/0"]),
    ("relation_list(app=True)", "server"),
    ("relation_get(1, unit='server/0')", {"address": "of server/0"}),
    ("relation_get(1, key='address', unit='server/0')", "of server/0"),
    ("relation_get(key='nothing')", None),
    ("relation_get(1, unit='server', app=True)", {"password": "from the server"}),
    ("relation_set({'a': 'ö', 'address': ''}, 1)", None),
    ("relation_get(1, unit='app/0')", {"a": "ö"}),
    ("relation_set({'b': '2'}, 1, endpoint='db', app=True)", None),
    ("relation_get(1, unit='app', app=True)", {"b": "2"}),
    ("relation_model_get(1)", hookcmds.RelationModel(uuid=MODEL)),
    (
        "relation_get(9, unit='server/0')",
        (2, 'ERROR invalid value "9" for option -r: relation not found\n'),
    ),
    ("is_leader()", True),
    ("network_get('db')", NETWORK),
    ("network_get('metrics', relation_id=1)", NETWORK),
    ("network_get('x')", (1, 'ERROR no network config found for binding "x"\n')),
    ("open_port('tcp', 80)", None),
    ("open_port('udp', 8000, to_port=8010, endpoints=['db', 'metrics'])", None),
    ("open_port('icmp')", None),
    (
        "opened_ports()",
        [hookcmds.Port("tcp", 80), hookcmds.Port("udp", 8000, 8010), hookcmds.Port("icmp")],
    ),
    (
        "opened_ports(endpoints=True)",
        [
            hookcmds.Port("tcp", 80, endpoints=["*"]),
            hookcmds.Port("udp", 8000, 8010, endpoints=["db", "metrics"]),
            hookcmds.Port("icmp", endpoints=["*"]),
        ],
    ),
    ("close_port('tcp', 80)", None),
    ("close_port('icmp')", None),
    ("close_port('udp', 8000, to_port=8010)", None),
    ("opened_ports()", []),
    ("state_get(None)", {}),
    ("state_set({'a': 'ö\\n', 'b': '2'})", None),
    ("state_get('a')", "ö\n"),
    ("state_delete('a')", None),
    ("state_get(None)", {"b": "2"}),
    ("storage_list()", ["data/3"]),
    ("storage_list('data')", ["data/3"]),
    (
        "storage_get('data/3')",
        hookcmds.Storage(kind="filesystem", location=Path("/somewhere/data/3")),
    ),
    ("storage_add({'data': 2})", None),
    ("resource_get('jar')", Path("/resources/jar/kafka.jar")),
    ("status_get()", UNKNOWN),
    ("status_set('blocked', '-- needs db')", None),
    ("status_set('waiting', 'for all', app=True)", None),
    (
        "status_get()",
        hookcmds.UnitStatus(status="blocked", message="-- needs db", status_data={}),
    ),
    (
        "status_get(app=True).message, status_get(app=True).units['app/1'].status",
        ("for all", "unknown"),
    ),
    ("app_version_set('-3.9')", None),
    ("juju_log('-- careful', level='WARNING')", None),
    ("goal_state().units['app/1']", hookcmds.Goal(status="unknown", since=EPOCH)),
    ("sorted(goal_state().relations['db'])", ["server", "server/0"]),
    ("juju_reboot()", None),
    ("credential_get()", (1, "ERROR permission denied\n")),
    ("secret_get(label='nobody')", (1, 'ERROR secret "nobody" not found\n')),
    ("secret_ids()", []),
]


class HostWorld(World):
    """Its machine is this host: the files that ops writes for a secret are real."""

    async def _read(self, name: str, most: int) -> bytes:
        return Path(name).read_bytes()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = HostWorld(tmp_path)
    yield made
    made.close()


def play(world: World, folder: Path, run: Run, asked: list[str]) -> list[str]:
    """Ask in a real process; return a line for each answer."""

    async def scenario() -> Completed:
        async with serve(folder, run.context) as served:
            stdin = "".join(f"{line}\n" for line in asked).encode()
            return await served.run(sys.executable, "-c", ASK, stdin=stdin)

    done = asyncio.run(scenario())
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()


def test_every_answer_is_what_ops_expects(world: World, tmp_path: Path):
    lines = play(world, tmp_path, world.run(hook=JOINED), [line for line, _ in ANSWERS])
    for (asked, expected), line in zip(ANSWERS, lines, strict=True):
        assert line == ascii(expected), asked


def test_an_action_is_what_ops_expects(world: World, tmp_path: Path):
    run = world.run(task=Task(4, 3, "app/0", "go", 0.0, {"deep": {"er": "x"}, "n": 1}))
    lines = play(
        world,
        tmp_path,
        run,
        [
            "action_get()",
            "action_get('deep.er')",
            "action_set({'a': {'b': '-1'}, 'c': 'x=y'})",
            "action_log('-- half way')",
            "action_fail('-- no luck')",
            "juju_reboot(now=True)",
        ],
    )
    assert lines[:2] == ["{'deep': {'er': 'x'}, 'n': 1}", "'x'"]
    assert run.context.results == {"a.b": "-1", "c": "x=y"}
    assert run.context.messages == [(world.clock, "-- half way")]
    assert run.context.failure == "-- no luck"
    assert "not supported when running an action" in lines[-1]


def test_a_secret_s_life_is_what_ops_expects(world: World, tmp_path: Path):
    run = world.run(hook=JOINED)
    lines = play(
        world,
        tmp_path,
        run,
        [
            "secret_add({'password': 'first-secret'}, label='mine', description='of all',"
            " expire='24h', rotate='daily', owner='application')",
            "secret_grant(last, 1)",
            "secret_info_get(label='mine')",
            "secret_ids()",
            "secret_set(last[0], content={'password': 'second-secret'},"
            " expire=__import__('datetime').datetime(2027, 8, 24, 11, 59, 16, 366534))",
            "secret_get(label='mine')",
            "secret_get(label='mine', refresh=True)",
            "secret_info_get(label='mine').expiry",
            "secret_info_get(label='mine').rotates",
        ],
    )
    assert lines[0].startswith("'secret:")
    identity = lines[0].strip("'").removeprefix("secret:")
    assert lines[1] == lines[4] == "None", "nothing went wrong"
    assert f"id='{identity}'" in lines[2]
    assert "rotation='daily'" in lines[2]
    assert lines[3] == f"['{identity}']"
    assert lines[6] == "{'password': 'second-secret'}"
    assert lines[7].startswith("datetime.datetime(2027, 8, 24, 11, 59, 16")
    run.commit()
    assert world.store.get(Secret, MODEL, identity).label == "mine"


CHARM = """
import ops


class App(ops.CharmBase):
    def __init__(self, framework):
        super().__init__(framework)
        framework.observe(self.on.db_relation_joined, self._joined)
        framework.observe(self.on.collect_unit_status, self._status)
        framework.observe(self.on.collect_app_status, self._status)

    def _joined(self, event):
        assert event.relation.units == {event.unit}
        assert event.relation.data[event.unit]["address"] == "of server/0"
        assert event.relation.data[event.app]["password"] == "from the server"
        event.relation.data[self.unit]["topic"] = "orders"
        event.relation.data[self.app]["from"] = "the leader"
        try:
            self.model.get_secret(label="mine")
        except ops.SecretNotFoundError:
            secret = self.app.add_secret({"password": "value-of-it"}, label="mine")
            secret.grant(event.relation)
        assert self.model.get_secret(label="mine").peek_content() == {"password": "value-of-it"}
        assert self.model.get_relation("db", 1).active
        assert self.model.get_binding("db").network.bind_address.compressed == "127.1.2.1"
        assert self.model.get_binding(event.relation).network.egress_subnets
        assert self.model.storages["data"][0].location.name == "3"
        assert self.app.planned_units() == 2
        self.unit.set_ports(9092, ops.Port("tcp", 9093))
        self.unit.set_workload_version("3.9.2")
        ops.JujuVersion.from_environ()

    def _status(self, event):
        event.add_status(ops.ActiveStatus("all good"))


ops.main(App)
"""
ENVIRONMENT = {
    "JUJU_HOOK_NAME": "db-relation-joined",
    "JUJU_DISPATCH_PATH": "hooks/db-relation-joined",
    "JUJU_UNIT_NAME": "app/0",
    "JUJU_MODEL_NAME": "m",
    "JUJU_MODEL_UUID": MODEL,
    "JUJU_VERSION": "3.6.8",
    "JUJU_RELATION": "db",
    "JUJU_RELATION_ID": "db:1",
    "JUJU_REMOTE_APP": "server",
    "JUJU_REMOTE_UNIT": "server/0",
}


@pytest.mark.parametrize("storage", ["", ", use_juju_for_storage=True"], ids=["local", "juju"])
def test_a_charm_of_ops_runs_a_hook(world: World, tmp_path: Path, storage: str):
    charm = tmp_path / "charm"
    charm.mkdir()
    for name, text in (("metadata.yaml", METADATA), ("config.yaml", CONFIG)):
        (charm / name).write_text(text)
    (charm / "charm.py").write_text(CHARM.replace("ops.main(App)", f"ops.main(App{storage})"))
    run = world.run(hook=JOINED)

    async def scenario() -> Completed:
        async with serve(tmp_path, run.context) as served:
            env = {**ENVIRONMENT, "JUJU_CHARM_DIR": str(charm), "CHARM_DIR": str(charm)}
            return await served.run(sys.executable, str(charm / "charm.py"), env=env)

    done = asyncio.run(scenario())
    log = "\n".join(line.message for line in world.journal.read_log(MODEL))
    assert done.returncode == 0, done.stderr.decode() + log
    assert world.store.get(Databag, MODEL, "1/app/0").data == {"address": "of app/0"}
    run.commit()
    assert world.store.get(Databag, MODEL, "1/app/0").data["topic"] == "orders"
    assert world.store.get(Databag, MODEL, "1/app").data == {"from": "the leader"}
    assert [r.content for r in world.store.all(SecretRevision, MODEL)] == [
        {"password": "value-of-it"}
    ]
    unit = world.store.get(Unit, MODEL, "app/0")
    assert (unit.workload.current, unit.workload.message) == ("active", "all good")
    assert (unit.ports, unit.version) == (("9092/tcp", "9093/tcp"), "3.9.2")
    assert "value-of-it" not in repr(run.context.calls)
