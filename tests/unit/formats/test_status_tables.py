"""`status` looks as it looks in Charmed Kafka's tutorial, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kafkastack.cli.formats.status import format_status
from kafkastack.controller.documents import status_document
from kafkastack.errors import UsageError
from kafkastack.model.records import FailedHook, Hook, Model, StatusInfo, UnitState
from kafkastack.store.store import Record
from tests.unit.documents import states

SAMPLE = """\
Model     Controller  Cloud/Region         Version  SLA          Timestamp
tutorial  overlord    localhost/localhost  3.6.20   unsupported  17:56:56Z

App                       Version  Status   Scale  Charm                     Channel        Rev  Exposed  Message
data-integrator                    blocked      1  data-integrator           latest/stable  362  no       Please relate the data-integrator with the desired product
kafka                     4.1.1    active       3  kafka                     4/stable       248  no       
self-signed-certificates           active       1  self-signed-certificates  1/stable       317  no       

Unit                         Workload  Agent  Machine  Public address  Ports      Message
data-integrator/0*           blocked   idle   6        10.157.174.36              Please relate the data-integrator with the desired product
kafka/0*                     active    idle   0        10.157.174.225  19093/tcp  
kafka/1                      active    idle   1        10.157.174.62   19093/tcp  
kafka/2                      active    idle   2        10.157.174.63   19093/tcp  
self-signed-certificates/0*  active    idle   8        10.157.174.248             

Machine  State    Address         Inst id        Base          AZ          Message
0        started  10.157.174.225  juju-29b29f-0  ubuntu@24.04  kafka-test  Running
1        started  10.157.174.62   juju-29b29f-1  ubuntu@24.04  kafka-test  Running
2        started  10.157.174.63   juju-29b29f-2  ubuntu@24.04  kafka-test  Running
6        started  10.157.174.36   juju-29b29f-6  ubuntu@24.04  kafka-test  Running
8        started  10.157.174.248  juju-29b29f-8  ubuntu@24.04  kafka-test  Running
"""  # noqa: E501, W291

INTEGRATIONS = """\
Integration provider  Requirer               Interface     Type     Message
kafka:cluster         kafka:cluster          cluster       peer     
kafka:kafka-client    data-integrator:kafka  kafka_client  regular  
"""  # noqa: W291

STORAGE = """\
Storage Unit  Storage ID  Type        Pool    Mountpoint   Size    Status    Message
kafka/0       data/0      filesystem  rootfs  /srv/data/0  10 GiB  attached  
"""  # noqa: W291


def document(folder: Path, records: list[Record], *selectors: str) -> Any:
    store = states.store_of(folder, records)
    try:
        made = status_document(store, states.UUID, states.FACTS, states.METAS, selectors)
        return json.loads(json.dumps(made))  # as it comes through the controller's socket
    finally:
        store.close()


def table(folder: Path, records: list[Record], **options: bool) -> str:
    return format_status(document(folder, records), **options)[0]


def test_the_tutorials_sample_is_reproduced(tmp_path: Path) -> None:
    assert table(tmp_path, states.tutorial()) == SAMPLE


def test_relations_are_shown_when_asked_for(tmp_path: Path) -> None:
    shown = table(tmp_path, states.integrated(), relations=True)

    assert shown.endswith("\n\n" + INTEGRATIONS)


def test_storage_is_shown_when_asked_for(tmp_path: Path) -> None:
    assert table(tmp_path, states.tutorial(), storage=True).endswith("\n\n" + STORAGE)


def test_an_empty_model_is_said_on_stderr(tmp_path: Path) -> None:
    stdout, stderr = format_status(document(tmp_path, []))

    assert stdout == "".join(SAMPLE.splitlines(keepends=True)[:2])
    assert stderr == '\nModel "admin/tutorial" is empty.\n'


def test_a_selector_without_a_match_is_said_on_stderr(tmp_path: Path) -> None:
    _, stderr = format_status(document(tmp_path, states.tutorial(), "nothing"))

    assert stderr == "\nNothing matched specified filter.\n"


def line_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


@pytest.mark.parametrize(
    ("agent", "message", "shown"),
    [
        (StatusInfo("executing", "running config-changed hook"), "", "(config-changed) "),
        (StatusInfo("executing", "running action pause"), "busy", "(pause) busy"),
        (StatusInfo("allocating", "waiting for machine"), "", "waiting for machine"),
        (StatusInfo("idle"), "done", "done"),
    ],
)
def test_the_message_tells_what_the_agent_is_at(
    tmp_path: Path, agent: StatusInfo, message: str, shown: str
) -> None:
    unit = states.unit("kafka/3", "0", "maintenance", message, agent=agent)

    text = table(tmp_path, [*states.tutorial(), unit])

    assert line_of(text, "kafka/3").endswith(f"  {shown}")


def test_the_scale_shows_agents_that_are_not_up(tmp_path: Path) -> None:
    unit = states.unit("kafka/3", "0", "waiting", agent=StatusInfo("allocating"))

    assert " 3/4  kafka " in line_of(table(tmp_path, [*states.tutorial(), unit]), "kafka ")


def test_neighbouring_ports_become_a_range(tmp_path: Path) -> None:
    ports = ("9092/tcp", "19093/tcp", "53/udp", "9093/tcp", "9092/tcp@kafka-client")
    unit = states.unit("kafka/3", "0", ports=ports)

    text = table(tmp_path, [*states.tutorial(), unit])

    assert "  9092-9093,19093/tcp 53/udp  " in line_of(text, "kafka/3")


def test_subordinates_stand_below_their_principal(tmp_path: Path) -> None:
    ntp = states.charm("ntp", "latest/stable", 3)
    sub = states.unit("ntp/0", "", principal="kafka/0")

    text = table(tmp_path, [*states.tutorial(), ntp, states.application(ntp), sub])

    lines = text.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("  ntp/0"))
    assert lines[place - 1].startswith("kafka/0*")
    assert lines[place].split() == ["ntp/0", "active", "idle", "10.157.174.225"]


def test_long_versions_and_messages_are_cut(tmp_path: Path) -> None:
    records = [
        replace(r, version="8.0.36-0ubuntu0.22\nsecond line")
        if getattr(r, "key", "") == "kafka"
        else r
        for r in states.tutorial()
    ]
    unit = states.unit("kafka/3", "0", "blocked", "x" * 121)

    text = table(tmp_path, [*records, unit])

    assert "  8.0.36-0ubun...  " in line_of(text, "kafka ")
    assert line_of(text, "kafka/3").endswith("  " + "x" * 117 + "...")


def test_a_message_of_two_lines_stays_in_its_row(tmp_path: Path) -> None:
    unit = states.unit("kafka/3", "0", "blocked", "one\ntwo\tthree\x1b[31m")

    assert line_of(table(tmp_path, [*states.tutorial(), unit]), "kafka/3").endswith(
        "one two three\\x1b[31m"
    )


def test_a_failing_hook_shows_its_traceback_and_what_to_type(tmp_path: Path) -> None:
    hook, traceback = Hook("config-changed"), "Traceback:\n  File x\nValueError: no disk\n"
    state = UnitState("kafka/1", failed=FailedHook(hook, 2, states.NOW, traceback))

    text = table(tmp_path, [*states.tutorial(), state])

    assert line_of(text, "kafka/1").endswith('  hook failed: "config-changed"')
    assert text.endswith(
        '\n\nkafka/1 failed in its "config-changed" hook, tried 2 times\n'
        "    Traceback:\n"
        "      File x\n"
        "    ValueError: no disk\n"
        "Try again now: kafkastack resolved kafka/1 (by itself: 23 Nov 2026 17:56:56Z)\n"
        "All it has run: kafkastack hooks kafka/1\n"
    )


def test_a_hook_that_is_not_retried_by_itself_has_no_time_for_it(tmp_path: Path) -> None:
    state = UnitState("kafka/1", failed=FailedHook(Hook("start"), 1, states.NOW, "no disk\n"))
    config = {"automatically-retry-hooks": "false"}
    model = Model(states.UUID, "tutorial", "localhost", "localhost", states.THEN, config=config)

    text = table(tmp_path, [*states.tutorial(), model, state])

    assert text.endswith(
        "\nTry again now: kafkastack resolved kafka/1\nAll it has run: kafkastack hooks kafka/1\n"
    )


def test_an_agent_that_cannot_go_on_says_why_in_its_row_and_below(tmp_path: Path) -> None:
    agent = StatusInfo("failed", "cannot install the packages\n  cause: no network", states.NOW)
    unit = states.unit("kafka/3", "0", "waiting", "installing agent", agent=agent)

    text = table(tmp_path, [*states.tutorial(), unit])

    assert line_of(text, "kafka/3").endswith("  cannot install the packages")
    assert text.endswith(
        "\n\nkafka/3 cannot go on\n"
        "    cannot install the packages\n"
        "      cause: no network\n"
        "It tries again by itself; all of it: kafkastack debug-log --include kafka/3\n"
    )


def test_colours_do_not_move_columns(tmp_path: Path) -> None:
    plain = table(tmp_path, states.integrated(), relations=True)
    coloured = table(tmp_path, states.integrated(), relations=True, color=True)

    assert "\x1b[32mactive\x1b[0m" in coloured and "\x1b[31mblocked\x1b[0m" in coloured
    assert "\x1b[1mModel\x1b[0m" in coloured and "kafka\x1b[35m:cluster\x1b[0m" in coloured
    assert uncoloured(coloured) == plain


def uncoloured(text: str) -> str:
    import re

    return re.sub(r"\x1b\[\d+m", "", text)


def test_json_and_yaml_have_no_private_keys(tmp_path: Path) -> None:
    import yaml

    given = document(tmp_path, states.integrated())

    as_json = json.loads(format_status(given, "json")[0])
    as_yaml = yaml.safe_load(format_status(given, "yaml")[0])

    assert as_json == as_yaml
    assert list(as_json) == ["model", "machines", "applications", "storage", "controller"]


def test_json_is_one_line(tmp_path: Path) -> None:
    stdout, stderr = format_status(document(tmp_path, states.tutorial()), "json")

    assert stdout.count("\n") == 1 and stdout.endswith("}\n") and stderr == ""


@pytest.mark.parametrize("form", ["oneline", "short", "line"])
def test_oneline_has_a_line_for_each_unit(tmp_path: Path, form: str) -> None:
    stdout, _ = format_status(document(tmp_path, states.tutorial()), form)

    assert stdout.splitlines()[1] == (
        "- kafka/0: 10.157.174.225 (agent:idle, workload:active) 19093/tcp"
    )


SUMMARY = """\
     Running on subnets:  10.157.174.0/24
        Utilizing ports:  19093/tcp

             # Machines:  (5)
                started:   5

                # Units:  (5)
                 active:   4
                blocked:   1

         # Applications:  (3)
         data-integrator  0/1
                   kafka  3/3
self-signed-certificates  1/1

               # Remote:  (0)
"""


def test_summary_counts_everything(tmp_path: Path) -> None:
    assert format_status(document(tmp_path, states.tutorial()), "summary")[0] == SUMMARY


def test_an_unknown_form_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tabular, json, yaml"):
        format_status(document(tmp_path, []), "xml")
