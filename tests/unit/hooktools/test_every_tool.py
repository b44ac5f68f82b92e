"""Every tool: what it prints in each format, in any order of its words, and how it refuses.

A row is a line as a charm types it, what it prints, and what it says when it refuses. What Juju
finds wrong while it reads the words ends with 2, what it refuses to do with 1.
"""

import re

import pytest
from msgspec.structs import replace

from kafkastack.hooktools.tools import TOOLS
from kafkastack.hooktools.tools.unsupported import TOOLS as UNSUPPORTED
from kafkastack.model.records import (
    Application,
    Hook,
    Secret,
    SecretRevision,
    Task,
    Unit,
    UnitState,
)
from tests.fakes.world import MODEL, Run, World

JOINED = Hook("relation-joined", 1, "db", "server", "server/0")
ATTACHED = Hook("storage-attached", storage="data/3", location="/somewhere/data/3")
ACTION = Task(4, 3, "app/0", "go", 0.0, {"deep": {"er": "x"}, "n": 1})
SECRET = "9m4e2mr0ui3e8a215n4g"
SINCE = "1970-01-01T00:00:00Z"
GOALS = f"""\
relations:
  db:
    server:
      since: '2001-09-09T01:46:40Z'
      status: joined
    server/0:
      since: '{SINCE}'
      status: unknown
units:
  app/0:
    since: '{SINCE}'
    status: unknown
  app/1:
    since: '{SINCE}'
    status: unknown
"""
UNIT_AS_JSON = f'{{"since":"{SINCE}","status":"unknown"}}'
GOALS_AS_JSON = (
    '{"relations":{"db":{"server":{"since":"2001-09-09T01:46:40Z","status":"joined"},'
    f'"server/0":{UNIT_AS_JSON}}}}},"units":{{"app/0":{UNIT_AS_JSON},"app/1":{UNIT_AS_JSON}}}}}\n'
)

CREDENTIAL = """\
credential:
  attrs: {}
  auth-type: empty
is-controller-cloud: true
name: local
region: default
type: lxd
"""
CREDENTIAL_AS_JSON = (
    '{"credential":{"attrs":{},"auth-type":"empty"},"is-controller-cloud":true,'
    '"name":"local","region":"default","type":"lxd"}\n'
)

# What is printed, smart, yaml and json.
PRINTED: dict[str, tuple[str, str, str]] = {
    "config-get": (
        "name: plain\nsize: 3\ntls: true\n",
        "name: plain\nsize: 3\ntls: true\n",
        '{"name":"plain","size":3,"tls":true}\n',
    ),
    "config-get size": ("3\n", "3\n", "3\n"),
    "config-get tls": ("True\n", "true\n", "true\n"),
    "config-get name": ("plain\n", "plain\n", '"plain"\n'),
    "config-get ratio": ("", "null\n", "null\n"),
    "config-get nothing": ("", "null\n", "null\n"),
    "config-get -a ratio": ("", "null\n", "null\n"),
    "config-get --all": (
        "name: plain\nratio: null\nsize: 3\ntls: true\n",
        "name: plain\nratio: null\nsize: 3\ntls: true\n",
        '{"name":"plain","ratio":null,"size":3,"tls":true}\n',
    ),
    "relation-ids db": ("db:1\n", "- db:1\n", '["db:1"]\n'),
    "relation-ids": ("db:1\n", "- db:1\n", '["db:1"]\n'),
    "relation-ids nothing": ("", "[]\n", "[]\n"),
    "relation-list": ("server/0\n", "- server/0\n", '["server/0"]\n'),
    "relation-list -r cluster:0": ("app/1\n", "- app/1\n", '["app/1"]\n'),
    "relation-list --app -r 1": ("server\n", "server\n", '"server"\n'),
    "relation-get": (
        "address: of server/0\n",
        "address: of server/0\n",
        '{"address":"of server/0"}\n',
    ),
    "relation-get -r db:1 - server/0": (
        "address: of server/0\n",
        "address: of server/0\n",
        '{"address":"of server/0"}\n',
    ),
    "relation-get address -r 1": ("of server/0\n", "of server/0\n", '"of server/0"\n'),
    "relation-get nothing": ("", "null\n", "null\n"),
    "relation-get password --app": (
        "from the server\n",
        "from the server\n",
        '"from the server"\n',
    ),
    "relation-model-get -r db:1": (
        f"uuid: {MODEL}\n",
        f"uuid: {MODEL}\n",
        f'{{"uuid":"{MODEL}"}}\n',
    ),
    "status-get": ("unknown\n", "unknown\n", '"unknown"\n'),
    "status-get --include-data": (
        "message: ''\nstatus: unknown\nstatus-data: {}\n",
        "message: ''\nstatus: unknown\nstatus-data: {}\n",
        '{"message":"","status":"unknown","status-data":{}}\n',
    ),
    "status-get --application": ("unknown\n", "unknown\n", '"unknown"\n'),
    "is-leader": ("True\n", "true\n", "true\n"),
    "leader-get": ("mode: old\n", "mode: old\n", '{"mode":"old"}\n'),
    "leader-get -": ("mode: old\n", "mode: old\n", '{"mode":"old"}\n'),
    "leader-get mode": ("old\n", "old\n", '"old"\n'),
    "leader-get nothing": ("", "null\n", "null\n"),
    "network-get db --bind-address": ("127.1.2.1\n", "127.1.2.1\n", '"127.1.2.1"\n'),
    "network-get db --ingress-address": ("127.1.2.1\n", "127.1.2.1\n", '"127.1.2.1"\n'),
    "network-get --primary-address db": ("127.1.2.1\n", "127.1.2.1\n", '"127.1.2.1"\n'),
    "network-get db -r db:1 --egress-subnets": (
        "127.0.0.1/32\n",
        "- 127.0.0.1/32\n",
        '["127.0.0.1/32"]\n',
    ),
    "network-get db --egress-subnets --bind-address": (
        "bind-address: 127.1.2.1\negress-subnets:\n- 127.0.0.1/32\n",
        "bind-address: 127.1.2.1\negress-subnets:\n- 127.0.0.1/32\n",
        '{"bind-address":"127.1.2.1","egress-subnets":["127.0.0.1/32"]}\n',
    ),
    "unit-get private-address": ("127.1.2.1\n", "127.1.2.1\n", '"127.1.2.1"\n'),
    "unit-get public-address": ("127.1.2.1\n", "127.1.2.1\n", '"127.1.2.1"\n'),
    "opened-ports": ("80/tcp\nicmp\n", "- 80/tcp\n- icmp\n", '["80/tcp","icmp"]\n'),
    "opened-ports --endpoints": (
        "80/tcp (db)\nicmp (*)\n",
        "- 80/tcp (db)\n- icmp (*)\n",
        '["80/tcp (db)","icmp (*)"]\n',
    ),
    "credential-get": (CREDENTIAL, CREDENTIAL, CREDENTIAL_AS_JSON),
    "storage-list": ("data/3\n", "- data/3\n", '["data/3"]\n'),
    "storage-list other": ("", "[]\n", "[]\n"),
    "storage-get -s data/3 location": (
        "/somewhere/data/3\n",
        "/somewhere/data/3\n",
        '"/somewhere/data/3"\n',
    ),
    "storage-get -s data/3": (
        "kind: filesystem\nlocation: /somewhere/data/3\n",
        "kind: filesystem\nlocation: /somewhere/data/3\n",
        '{"kind":"filesystem","location":"/somewhere/data/3"}\n',
    ),
    "secret-ids": (f"{SECRET}\n", f"- {SECRET}\n", f'["{SECRET}"]\n'),
    "secret-get --label mine": ("pass: word\n", "pass: word\n", '{"pass":"word"}\n'),
    f"secret-get {SECRET} pass": ("word\n", "word\n", '"word"\n'),
    f"secret-get secret:{SECRET} --peek": ("pass: word\n", "pass: word\n", '{"pass":"word"}\n'),
    f"secret-get secret://{MODEL}/{SECRET} --refresh pass": ("word\n", "word\n", '"word"\n'),
    "secret-info-get --label mine": (
        f"{SECRET}:\n  label: mine\n  owner: unit\n  revision: 1\n  rotation: never\n",
        f"{SECRET}:\n  label: mine\n  owner: unit\n  revision: 1\n  rotation: never\n",
        f'{{"{SECRET}":{{"label":"mine","owner":"unit","revision":1,"rotation":"never"}}}}\n',
    ),
    "state-get": ("a: '1'\n", "a: '1'\n", '{"a":"1"}\n'),
    "state-get a": ("1\n", "'1'\n", '"1"\n'),
    "state-get nothing": ("", "''\n", '""\n'),
    "goal-state": (GOALS, GOALS, GOALS_AS_JSON),
    "action-get": (
        "deep:\n  er: x\nn: 1\n",
        "deep:\n  er: x\nn: 1\n",
        '{"deep":{"er":"x"},"n":1}\n',
    ),
    "action-get deep.er": ("x\n", "x\n", '"x"\n'),
    "action-get n": ("1\n", "1\n", "1\n"),
    "action-get nothing": ("", "null\n", "null\n"),
}
# What has no format: it prints a line, or nothing.
DONE: dict[str, str] = {
    "action-fail": "",
    "action-fail no luck": "",
    "action-log half way": "",
    "action-set a.b=1 c=x=y": "",
    "application-version-set -- -3.9": "",
    "close-port 80/tcp": "",
    "close-port --endpoints db 80": "",
    "juju-log plain words": "",
    "juju-log -l WARNING -- --careful": "",
    "juju-log --log-level=debug small": "",
    "juju-reboot": "",
    "leader-set a=b c=": "",
    "open-port 8000-8999/udp": "",
    "open-port --endpoints db,metrics 81": "",
    "open-port 82 --format=json": "",
    "relation-set a=b -r db:1": "",
    "relation-set -r 1 --app a=": "",
    "resource-get jar": "/resources/jar/kafka.jar\n",
    "secret-grant SECRET -r db:1": "",
    "secret-grant --relation 1 --unit server/0 SECRET": "",
    "secret-remove SECRET --revision 1": "",
    "secret-revoke --app server SECRET": "",
    "secret-revoke -r 1 --unit=server/0 SECRET": "",
    "secret-set SECRET pass=other --label=new --rotate never": "",
    "state-delete a": "",
    "state-set a=b c=d": "",
    "status-set active": "",
    "status-set --application=True blocked -- needs db": "",
    "status-set waiting for --application=false db": "",
    "storage-add data=2": "",
}
NO_RELATION = 'invalid value "9999" for option -r: relation not found'
NOT_AN_OPTION = "option provided but not defined: --nothing"
REFUSED: dict[str, tuple[int, str]] = {
    "action-get": (1, "not running an action"),
    "action-set a=b": (1, "not running an action"),
    "action-fail": (1, "not running an action"),
    "action-log x": (1, "not running an action"),
    "application-version-set": (2, "no version specified"),
    "application-version-set 1 2": (2, 'unrecognized args: ["2"]'),
    "config-get a b": (2, 'unrecognized args: ["b"]'),
    "config-get --nothing": (2, NOT_AN_OPTION),
    "config-get --format": (2, "option needs an argument: --format"),
    "config-get --format xml": (
        2,
        'invalid value "xml" for option --format: unknown format "xml"',
    ),
    "config-get --all=maybe": (2, 'invalid boolean value "maybe" for --all'),
    "close-port": (2, "no port or range specified"),
    "credential-get": (1, "permission denied"),
    "goal-state x": (2, 'unrecognized args: ["x"]'),
    "is-leader x": (2, 'unrecognized args: ["x"]'),
    "juju-log": (2, "no message specified"),
    "juju-reboot x": (2, 'unrecognized args: ["x"]'),
    "leader-get a b": (2, 'unrecognized args: ["b"]'),
    "leader-set =x": (2, 'expected "key=value", got "=x"'),
    "network-get": (2, "no arguments specified"),
    "network-get nothing": (1, 'no network config found for binding "nothing"'),
    "network-get -r 9999 db": (2, NO_RELATION),
    "open-port": (2, "no port or range specified"),
    "open-port --endpoints nothing 80": (1, 'endpoint "nothing" not found'),
    "opened-ports x": (2, 'unrecognized args: ["x"]'),
    "relation-get - server": (2, 'expected unit name, got application name "server"'),
    "relation-get -r 9999 - a/0": (2, NO_RELATION),
    "relation-get a b/0 c": (2, 'unrecognized args: ["c"]'),
    "relation-ids a b": (2, 'unrecognized args: ["b"]'),
    "relation-list -r 9999": (2, NO_RELATION),
    "relation-list x y": (2, 'unrecognized args: ["x" "y"]'),
    "relation-model-get -r 9999": (2, NO_RELATION),
    "relation-set -r 9999 a=b": (2, NO_RELATION),
    "relation-set broken": (2, 'expected "key=value", got "broken"'),
    "resource-get": (2, "missing required resource name"),
    "resource-get no": (1, 'could not download resource: resource "no" not found'),
    "secret-add": (2, "missing secret value or filename"),
    "secret-add password=v --rotate often": (2, 'rotate policy "often" not valid'),
    "secret-get": (2, "require either a secret URI or label"),
    "secret-get abc": (1, 'secret "abc" not found'),
    "secret-get a --peek --refresh": (2, "specify one of --peek or --refresh but not both"),
    "secret-grant": (2, "missing secret URI"),
    "secret-grant abc -r 1": (1, 'secret "abc" not found'),
    "secret-ids x": (2, 'unrecognized args: ["x"]'),
    "secret-info-get": (2, "require either a secret URI or label"),
    "secret-info-get abc": (1, 'secret "abc" not found'),
    "secret-remove": (2, "missing secret URI"),
    "secret-revoke abc": (1, 'secret "abc" not found'),
    "secret-set abc a=b": (1, 'secret "abc" not found'),
    "state-delete": (2, "missing state key"),
    "state-get --strict nothing": (1, '"nothing" not found'),
    "state-set broken": (2, 'expected "key=value", got "broken"'),
    "status-get x": (2, 'unrecognized args: ["x"]'),
    "status-set": (2, "invalid args, require <status> [message]"),
    "status-set happy": (
        2,
        'invalid status "happy", expected one of [maintenance blocked waiting active]',
    ),
    "storage-add": (2, "storage add requires a storage directive"),
    "storage-add nothing": (1, 'charm storage "nothing" not found'),
    "storage-get": (2, "no storage instance specified"),
    "storage-get -s x/9": (2, 'invalid value "x/9" for option -s: storage not found'),
    "storage-list a b": (2, 'unrecognized args: ["b"]'),
    "unit-get": (2, "no setting specified"),
    "unit-get name": (2, 'unknown setting "name"'),
    **{f"{name} x": (1, f"{name} is not supported") for name in UNSUPPORTED},
}
FOLLOWER_REFUSED: dict[str, tuple[int, str]] = {
    "leader-set a=b": (1, "cannot write leadership settings: not the leader"),
    "relation-get --app - app": (1, "permission denied"),
    "relation-get -r 1 - stranger/0": (1, "permission denied"),
    "relation-set --app a=b": (1, "cannot write relation settings"),
    "secret-add a-key=b": (1, "this unit is not the leader"),
    "secret-get SECRET": (1, "permission denied"),
    "secret-set SECRET a-key=b": (1, "permission denied"),
    "status-get --application": (1, "this unit is not the leader"),
    "status-set --application active": (1, "this unit is not the leader"),
}
FORMATS = ("smart", "yaml", "json")


@pytest.fixture
def full(world: World) -> World:
    """A world in which each tool has something to answer."""
    application = world.store.get(Application, MODEL, "app")
    old = {"mode": "old"}
    world.put(
        replace(application, leader_settings=old, trust=True),
        replace(world.store.get(Unit, MODEL, "app/0"), ports=("80/tcp@db", "icmp")),
        replace(world.store.get(UnitState, MODEL, "app/0"), charm_state={"a": "1"}),
        Secret(SECRET, "app/0", 0.0, 0.0, label="mine"),
        SecretRevision(SECRET, 1, {"pass": "word"}, 0.0),
    )
    return world


def run_of(world: World, line: str, unit: str = "app/0") -> Run:
    return world.run(unit, task=ACTION) if line.startswith("action-") else world.run(unit, JOINED)


def answer(run: Run, words: list[str]) -> tuple[int, str, str]:
    done = run.call(*(word.replace("SECRET", SECRET) for word in words))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(("line", "printed"), PRINTED.items(), ids=PRINTED)
def test_each_format_wherever_it_is_asked_for(
    full: World, line: str, printed: tuple[str, str, str]
):
    run, (tool, *words) = run_of(full, line), line.split()
    for form, text in zip(FORMATS, printed, strict=True):
        for asked in (
            [tool, f"--format={form}", *words],
            [tool, "--format", form, *words],
            [tool, *words, "--format", form],
        ):
            assert answer(run, asked) == (0, text, ""), asked


@pytest.mark.parametrize(("line", "printed"), PRINTED.items(), ids=PRINTED)
def test_what_is_printed_goes_into_a_file_where_one_is_named(
    full: World, line: str, printed: tuple[str, str, str]
):
    run = run_of(full, line)
    assert answer(run, [*line.split(), "--format=json", "-o", "answer.json"]) == (0, "", "")
    assert full.files == {"/answer.json": printed[2].encode()}


@pytest.mark.parametrize(("line", "printed"), PRINTED.items(), ids=PRINTED)
def test_without_a_format_it_is_smart_but_a_secret_is_yaml(
    full: World, line: str, printed: tuple[str, str, str]
):
    text = printed[1] if line.startswith("secret-get") else printed[0]
    assert answer(run_of(full, line), line.split()) == (0, text, "")


@pytest.mark.parametrize(("line", "text"), DONE.items(), ids=DONE)
def test_what_has_no_format_prints_its_line_or_nothing(full: World, line: str, text: str):
    run = run_of(full, line)
    assert answer(run, line.split()) == (0, text, "")
    run.commit()


def test_a_new_secret_is_told_by_its_uri(full: World):
    code, out, err = answer(full.run(), ["secret-add", "--owner", "unit", "pass=word"])
    assert (code, err) == (0, "") and re.fullmatch(r"secret:[0-9a-v]{20}\n", out)


@pytest.mark.parametrize(("line", "said"), REFUSED.items(), ids=REFUSED)
def test_a_refusal_is_an_error_on_stderr(world: World, line: str, said: tuple[int, str]):
    code, text = said
    assert answer(world.run(hook=JOINED), line.split()) == (code, "", f"ERROR {text}\n")


@pytest.mark.parametrize(("line", "said"), FOLLOWER_REFUSED.items(), ids=FOLLOWER_REFUSED)
def test_what_a_follower_may_not(full: World, line: str, said: tuple[int, str]):
    code, text = said
    assert answer(full.run("app/1", JOINED), line.split()) == (code, "", f"ERROR {text}\n")


def test_storage_hooks_mean_their_own_storage(full: World):
    assert answer(full.run(hook=ATTACHED), ["storage-get", "location"])[1] == "/somewhere/data/3\n"


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_every_tool_is_in_these_tables(name: str):
    good = {line.split()[0] for line in (*PRINTED, *DONE, "secret-add")}
    bad = {line.split()[0] for line in REFUSED}
    assert name in bad and (name in good or name in UNSUPPORTED)


@pytest.mark.parametrize("name", sorted(set(TOOLS) - set(UNSUPPORTED)))
def test_every_tool_helps(world: World, name: str):
    for word in ("-h", "--help"):
        code, out, _ = answer(world.run(), [name, "x", word])
        assert code == 0 and out.startswith(f"Usage: {name} [options]")


def test_the_help_tells_what_it_takes_as_ops_reads_it(full: World):
    _, out, _ = answer(full.run(hook=ATTACHED), ["storage-get", "--help"])
    assert out.endswith('Options:\n--format  (= smart)\n-o, --output (= "")\n-s  (= data/3)\n')
