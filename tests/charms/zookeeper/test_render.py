"""The files of a server, and what is never in them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms import properties
from kafkastack_charms.credentials import derive_password
from kafkastack_charms.watcher import Place

from tests.charms.zookeeper.modules import options, quorum, render, server, users
from tests.charms.zookeeper.unit import ADDRESS, OTHER, Unit

LAYOUT = render.Layout(Path("/charm"), Path("/with blank/data"))
SETTINGS = render.Settings(
    options=options.Options(2000, 5, 2, "INFO", include_ip_sans=True),
    credentials=users.Credentials("super-word", "sync-word", "ab" * 32),
    relation_ids=(8,),
    ports=(2181,),
    stage=quorum.Stage.PLAIN,
)


def test_the_server_lets_nobody_in_without_a_login() -> None:
    lines = render.zoo_cfg(SETTINGS, LAYOUT, ADDRESS)
    assert lines["enforce.auth.enabled"] == "true"
    assert lines["enforce.auth.schemes"] == "sasl"
    assert lines["skipACL"] == "no"
    assert lines["admin.enableServer"] == "false"
    assert lines["4lw.commands.whitelist"] == "srvr,ruok"
    assert lines["quorum.auth.serverRequireSasl"] == "true"
    assert lines["clientPortAddress"] == ADDRESS


@given(st.lists(st.sampled_from(["a=b", "c", "x:y"]), max_size=3))
def test_a_configuration_is_read_as_it_was_written(values: list[str]) -> None:
    given_lines = {f"key{n}": value for n, value in enumerate(values)}
    assert properties.parse(properties.write(given_lines)) == given_lines


def test_the_order_in_which_the_server_rewrites_its_file_is_no_difference(
    unit: Unit, serving: None
) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    unit.confirm({1: ADDRESS})
    unit.run(unit.context.on.update_status(), state)
    assert unit.machine.calls.count("restart zookeeper.service") == 1


def test_a_server_that_was_interrupted_before_it_joined_begins_again(
    unit: Unit, serving: None
) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    unit.confirm({2: OTHER})
    unit.machine.die("zookeeper.service")
    unit.run(unit.context.on.update_status(), state)
    assert unit.read("conf/zoo.cfg").endswith(f"dynamicConfigFile={unit.folder}/conf/members\n")


def test_an_archive_made_later_is_no_reason_to_restart(unit: Unit, serving: None) -> None:
    state = unit.run(unit.context.on.leader_elected(), unit.state())
    assert unit.read("conf/archive.args") == ""
    unit.jar.with_suffix(".jsa").write_bytes(b"archive")
    state = unit.run(unit.context.on.update_status(), state)
    assert unit.machine.calls.count("restart zookeeper.service") == 1
    state = unit.run(unit.context.on.config_changed(), unit.state(config={"log-level": "DEBUG"}))
    assert "-XX:SharedArchiveFile=" in unit.read("conf/archive.args")


def test_words_survive_their_files() -> None:
    arguments = render.java_arguments(LAYOUT, Path('/a "b"/z.jar'), "mark")
    assert '"/a \\"b\\"/z.jar"\n' in arguments
    unit_file = render.server_unit(LAYOUT, "/usr/bin/java", "zookeeper")
    assert 'ExecStart=/usr/bin/java "@/with blank/data/conf/archive.args" ' in unit_file
    assert "User=zookeeper\n" in unit_file


def test_users_are_in_the_login_file_only() -> None:
    text = render.jaas(SETTINGS)
    password = derive_password("ab" * 32, "relation-8")
    assert f'user_relation-8="{password}";' in text
    assert 'user_super="super-word"' in text
    for other in (
        properties.write(render.zoo_cfg(SETTINGS, LAYOUT, ADDRESS)),
        render.java_arguments(LAYOUT, Path("z.jar"), ""),
        SETTINGS.digest,
    ):
        assert "-word" not in other
        assert password not in other


def test_settings_with_a_difference_have_another_name() -> None:

    others = [
        SETTINGS._replace(options=SETTINGS.options._replace(log_level="DEBUG")),
        SETTINGS._replace(ports=(2181, 2182)),
        SETTINGS._replace(stage=quorum.Stage.TLS),
        SETTINGS._replace(relation_ids=(8, 9)),
        SETTINGS._replace(credentials=users.Credentials("x", "sync-word", "ab" * 32)),
    ]
    assert len({s.digest for s in (SETTINGS, *others)}) == 6


def test_the_charm_enters_by_the_plain_port_while_there_is_one() -> None:
    assert server.place(LAYOUT, ADDRESS, (2181, 2182)) == Place(ADDRESS, 2181)
    encrypted = server.place(LAYOUT, ADDRESS, (2182,))
    assert encrypted == Place(ADDRESS, 2182, "/with blank/data/conf/truststore.pem")
