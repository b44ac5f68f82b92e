"""Decisions about a quorum, passwords and options, without any server."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.host import CannotInstallError
from kafkastack_charms.kafka import listeners
from kafkastack_charms.kafka.layout import Layout
from kafkastack_charms.kafka.wanted import must_reconnect
from kafkastack_charms.server_charm import BadOptionError

from tests.charms.kafka_4 import modules
from tests.charms.kafka_4.modules import (
    formatting,
    kraft,
    options,
    render,
    state,
    system_users,
    users,
)

FILE = yaml.safe_load((modules.CHARM / "config.yaml").read_text())["options"]
DEFAULTS: dict[str, Any] = {
    **{name: option.get("default", "") for name, option in FILE.items()},
    "profile": "testing",
}
# Those of track 4, every one.
TRACK_4 = (
    "certificate-extra-sans",
    "compression-type",
    "cruisecontrol-balance-threshold",
    "cruisecontrol-capacity-threshold",
    "expose-external",
    "extra-listeners",
    "log-cleaner-delete-retention-ms",
    "log-cleaner-min-compaction-lag-ms",
    "log-cleanup-policy",
    "log-flush-interval-messages",
    "log-flush-interval-ms",
    "log-flush-offset-checkpoint-interval-ms",
    "log-level",
    "log-message-timestamp-type",
    "log-retention-bytes",
    "log-retention-ms",
    "log-segment-bytes",
    "message-max-bytes",
    "network-bandwidth",
    "offsets-topic-num-partitions",
    "pause-after-unit-refresh",
    "profile",
    "replication-quota-window-num",
    "roles",
    "ssl-cipher-suites",
    "ssl-principal-mapping-rules",
    "system-users",
    "tls-private-key",
    "transaction-state-log-num-partitions",
    "unclean-leader-election-enable",
)
HOST = "127.83.44.1"
KNOWN = users.Credentials("op-word", "rep-word", "ctl-word", "ab" * 32, "ca", "ca-key-word")
roles = st.sampled_from([{"broker"}, {"controller"}, {"broker", "controller"}]).map(frozenset)
votes = st.lists(st.booleans(), min_size=1, max_size=7)


def settings(of: frozenset[str] = frozenset({"broker", "controller"}), **changed: Any) -> Any:
    made = render.Settings(
        node_id=100,
        roles=of,
        bind=HOST,
        brokers=3,
        options=options.FORM.parse(DEFAULTS, 0),
        credentials=KNOWN,
        controllers=state.Controllers((f"{HOST}:9098",), "ctl-word", "ca"),
        controller=listeners.controller(HOST),
        all_listeners=(listeners.internal(HOST, True), listeners.client(HOST, False)),
    )
    return made._replace(**changed)


def lines(of: frozenset[str], **changed: Any) -> dict[str, str]:
    return render.server_properties(settings(of, **changed), Layout(Path("/c"), (Path("/d"),)))


def test_the_options_are_those_of_track_4() -> None:
    assert sorted(FILE) == sorted(TRACK_4)


@pytest.mark.parametrize("given_roles", ["", "balancer", "broker,balancer", "king", "broker king"])
def test_other_roles_are_refused(given_roles: str) -> None:
    with pytest.raises(BadOptionError, match="roles"):
        options.parse_roles({**DEFAULTS, "roles": given_roles})


@pytest.mark.parametrize("name", options.REFUSED)
def test_what_means_nothing_here_is_refused_with_its_reason(name: str) -> None:
    options.check_refused(DEFAULTS)
    with pytest.raises(BadOptionError, match=f"{name} cannot be set here: .+"):
        options.check_refused({**DEFAULTS, name: 7})
    assert "Refused here" in FILE[name]["description"]


@given(roles)
def test_a_server_listens_where_its_roles_say(of: frozenset[str]) -> None:
    told = lines(of, has_clients=True)
    opened = {one.partition("://")[0] for one in told["listeners"].split(",")}
    assert ("CONTROLLER_SASL_SSL_PLAIN" in opened) == ("controller" in of)
    assert ("INTERNAL_SASL_SSL_SCRAM_SHA_512" in opened) == ("broker" in of)
    assert told["listeners"] == told["advertised.listeners"]
    known = {one.partition(":")[0] for one in told["listener.security.protocol.map"].split(",")}
    assert opened <= known
    assert all("SSL" in name for name in opened if "CLIENT" not in name), "TLS inside, always"


@given(roles, st.booleans())
def test_only_a_controller_admits_controllers(of: frozenset[str], clients: bool) -> None:
    told = lines(of, has_clients=clients)
    login = told["listener.name.controller_sasl_ssl_plain.plain.sasl.jaas.config"]
    assert ('user_controller="ctl-word"' in login) == ("controller" in of)
    text = "\n".join(told.values())
    assert "op-word" not in text
    assert ("rep-word" in text) == ("broker" in of)


def test_a_cluster_id_is_never_an_option() -> None:
    made = {kraft.new_cluster_id() for _ in range(300)}
    assert len(made) == 300
    assert all(re.fullmatch(r"[0-9A-Za-z_][0-9A-Za-z_-]{21}", one) for one in made)


@given(votes, st.data())
def test_a_stop_leaves_a_majority_where_there_was_one_to_spare(
    serving: list[bool], data: st.DataObject
) -> None:
    voters = [kraft.Voter(f"kafka/{n}", works) for n, works in enumerate(serving)]
    unit = data.draw(st.sampled_from(voters))
    left = sum(one.serves for one in voters if one != unit)
    obstacle = kraft.find_obstacle(voters, unit.name)
    if len(voters) > 2 and unit.serves:
        assert bool(obstacle) == (left < len(voters) // 2 + 1)
    else:
        assert obstacle == "", "it would never be restarted"


@given(st.integers(1, 9))
def test_an_even_quorum_is_warned_of(size: int) -> None:
    assert bool(kraft.warn(size)) == (size % 2 == 0)


servers = st.frozensets(st.sampled_from("abcdefg"), min_size=1)


@given(servers, servers)
def test_who_is_not_restarted_knows_one_of_every_quorum(
    known: frozenset[str], there: frozenset[str]
) -> None:
    if not must_reconnect(",".join(known), ",".join(there)):
        lost = len(there) - (len(there) // 2 + 1)  # at most, while there is a quorum
        assert len(known & there) > lost


def test_what_formats_has_its_passwords_in_a_file_that_goes(tmp_path: Path) -> None:
    how = formatting.Formatting("id", True, True, {"replication": "rep-word"})
    java = tmp_path / "java"
    keep = f'cp "$file" {tmp_path}/seen\nstat -c %a "$file" > {tmp_path}/mode\n'
    java.write_text(f'#!/bin/sh\nfile="${{1#@}}"\n{keep}')
    java.chmod(0o755)
    runner = formatting.Runner(str(java), Path("k.jar"), tmp_path, None)
    formatting.format_storage(how, runner)
    assert "SCRAM-SHA-512=[name=replication,password=rep-word]" in (tmp_path / "seen").read_text()
    assert (tmp_path / "mode").read_text() == "600\n"
    assert not (tmp_path / "format.args").exists()


def test_why_formatting_fails_is_told_without_what_it_prints(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text(
        "#!/bin/sh\necho 'Bootstrap metadata: storedKey=[1, 2]'\n"
        "echo 'Exception in thread main: org.a.ConfigException: Invalid value 1.5' >&2\n"
        "exit 1\n"
    )
    java.chmod(0o755)
    how = formatting.Formatting("id", True, True, {})
    with pytest.raises(CannotInstallError) as refused:
        formatting.format_storage(how, formatting.Runner(str(java), Path("k.jar"), tmp_path, None))
    assert str(refused.value) == "formatting fails: ConfigException: Invalid value 1.5"


def test_passwords_of_a_person_by_the_names_of_both_documentations() -> None:
    assert system_users.judge({"admin": "one", "sync": "two"}) == system_users.Asked("one", "two")
    known = {"operator": "one", "replication": "two"}
    assert system_users.judge(known) == system_users.Asked("one", "two")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"nobody": "x"}, "no internal user"),
        ({"operator": "has blanks "}, "the password of operator has characters"),
        ({"operator": "x", "admin": "y"}, "one user is named twice"),
        ({"operator": "x", "replication": "x"}, "two users have the same password"),
    ],
)
def test_passwords_that_cannot_be_taken(content: dict[str, str], reason: str) -> None:
    assert reason in system_users.judge(content).fault


@given(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "rep-word", "c"]), st.booleans())
def test_brokers_take_one_password_after_another(
    operator: str, replication: str, settled: bool
) -> None:
    fresh = system_users.choose(KNOWN, system_users.Asked(operator, replication), settled)
    assert fresh.operator_password == (operator or "op-word")
    moves = replication == "c" and settled
    assert fresh.broker_user == ("replication-spare" if moves else "replication")
    assert fresh.replication_password == ("c" if moves else "rep-word")
    assert users.Credentials.from_secret(fresh.to_secret()) == fresh
