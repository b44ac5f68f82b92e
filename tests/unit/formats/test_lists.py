"""The lists look as Juju's: models, controllers, machines, actions, secrets, settings."""

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kafkastack.cli.formats import storage, tables
from kafkastack.cli.formats.color import wants_color
from kafkastack.cli.formats.data import to_yaml
from kafkastack.controller import documents
from kafkastack.errors import UsageError
from kafkastack.model.records import Model, Operation, Secret, Task
from kafkastack.store.store import Store
from tests.unit.documents import states

MODELS = """\
Controller: overlord

Model      Cloud/Region         Type  Status     Machines  Cores  Units  Access  Last connection
tutorial*  localhost/localhost  lxd   available         5     10  5      admin   just now
"""

CONTROLLERS = """\
Controller  Model  User   Access     Cloud/Region         Models  Nodes    HA  Version
overlord*   demo   admin  superuser  localhost/localhost       2      1  none  3.6.20  
zeta        -      admin  superuser  local                     -      1  none  3.6.8   
"""  # noqa: W291

MACHINES = """\
Machine  State    Address        Inst id        Base          AZ          Message
6        started  10.157.174.36  juju-29b29f-6  ubuntu@24.04  kafka-test  Running
"""

SECRETS = """\
ID                    Name               Owner  Rotation  Revision  Last updated
d5ncabcdefghijklmnop  cluster.kafka.app  kafka  never            2  2026-11-23T17:56:56Z
"""

CONFIG = """\
application: kafka
application-config:
  trust:
    default: false
    description: Does this application have access to trusted credentials
    source: default
    type: bool
    value: false
charm: kafka
settings:
  compression-type:
    default: producer
    description: How.
    source: default
    type: string
    value: producer
  log-segment-bytes:
    default: 1073741824
    description: Size.
    source: default
    type: int
    value: 1073741824
  system-users:
    description: Who.
    source: unset
    type: secret
  unclean:
    default: false
    description: Risk.
    source: default
    type: boolean
    value: false
"""


@pytest.fixture
def store(tmp_path: Path) -> Any:
    secret = Secret("d5ncabcdefghijklmnop", "kafka", states.THEN, states.NOW, 2)
    named = replace(secret, label="cluster.kafka.app")
    opened = states.store_of(tmp_path, [*states.tutorial(), named])
    yield opened
    opened.close()


def test_models_are_counted(store: Store) -> None:
    shown = documents.models_document(store, store.models(), states.FACTS, "tutorial")

    assert tables.models_table(shown) == (MODELS, "")


def test_controllers_end_in_a_padded_cell() -> None:
    entries = [
        documents.ControllerFacts(
            "overlord", "u", "localhost", "localhost", "3.6.20", "admin/demo", "127.0.0.1:1", 2, 1
        ),
        documents.ControllerFacts("zeta", "v", "local", "", "3.6.8"),
    ]

    shown = documents.controllers_document(entries, "overlord")

    assert tables.controllers_table(shown) == (CONTROLLERS, "")


def test_machines_are_shown_as_in_status(store: Store) -> None:
    shown = documents.show_machine_document(store, states.UUID, states.FACTS, ["6"])

    assert tables.machines_table(shown) == (MACHINES, "")


def test_secrets_show_no_content(store: Store) -> None:
    assert tables.secrets_table(documents.secrets_document(store, states.UUID)) == (SECRETS, "")


def test_storage_is_shown_alone(store: Store) -> None:
    shown = documents.storage_document(store, states.UUID, states.METAS, states.FACTS)

    assert storage.storage_table(shown)[0].splitlines()[1].startswith("kafka/0  data/0")


def test_actions_show_the_first_line_of_their_descriptions() -> None:
    shown = tables.actions_table({"pause": "Stop it.\nAt once.", "get-credentials": "Show."})

    assert shown[0] == (
        "Action           Description\npause            Stop it.\nget-credentials  Show.\n"
    )


def test_model_settings_show_where_they_come_from() -> None:
    config = {"default-base": "", "test-mode": "true"}
    model = Model(states.UUID, "demo", "local", "local", states.THEN, config=config)

    shown, _ = tables.model_config_table(documents.model_config_document(model, states.FACTS))

    lines = [line.split() for line in shown.splitlines()]
    assert ["default-base", "model", '""'] in lines and ["test-mode", "model", "true"] in lines


def test_operations_show_when_they_ran() -> None:
    task = Task(2, 1, "kafka/0", "pause", states.THEN, status="completed", started=states.NOW)
    operation = Operation(1, "pause run on unit-kafka-0", states.THEN, (2,))

    shown, _ = tables.operations_table(documents.operations_document([operation], [task], UTC))

    assert shown.splitlines()[1] == (
        "1   completed  2026-11-23T17:56:56            2         pause run on unit-kafka-0"
    )


def test_config_is_yaml_as_juju_prints_it(store: Store) -> None:
    shown = documents.config_document(store, states.UUID, "kafka", states.METAS)

    assert to_yaml(shown) == CONFIG


@pytest.mark.parametrize(
    ("show", "empty"),
    [
        (tables.models_table, {"models": []}),
        (tables.controllers_table, {"controllers": {}}),
        (tables.machines_table, {"machines": {}}),
        (storage.storage_table, {}),
        (tables.actions_table, {}),
        (tables.secrets_table, {}),
        (tables.operations_table, {}),
    ],
)
def test_an_empty_list_is_said_on_stderr(show: Any, empty: Any) -> None:
    stdout, stderr = show(empty)

    assert stdout == "" and stderr.endswith("\n")


@pytest.mark.parametrize(
    ("color", "no_color", "environ", "is_terminal", "wanted"),
    [
        (False, False, {}, True, True),
        (False, False, {}, False, False),
        (True, False, {}, False, True),
        (False, True, {}, True, False),
        (False, False, {"NO_COLOR": "1"}, True, False),
        (False, False, {"TERM": "dumb"}, True, False),
        (True, False, {"NO_COLOR": "1"}, True, True),
    ],
)
def test_colour_is_for_terminals_and_those_who_force_it(
    color: bool, no_color: bool, environ: dict[str, str], is_terminal: bool, wanted: bool
) -> None:
    assert wanted == wants_color(
        color=color, no_color=no_color, environ=environ, is_terminal=is_terminal
    )


def test_both_colour_flags_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="cannot mix --no-color and --color"):
        wants_color(color=True, no_color=True, environ={}, is_terminal=True)
