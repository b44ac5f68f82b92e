"""A unit file says what is to run, whatever characters its path has."""

from kafkastack_charms.jar import java_word
from kafkastack_charms.systemd import service_unit, word


def test_any_path_is_one_word():
    assert word('/a b/100%/$x/q"uo\\te') == '"/a b/100%%/$$x/q\\"uo\\\\te"'
    assert word("/usr/bin/java") == "/usr/bin/java"
    assert java_word('/a "b"\\c') == '"/a \\"b\\"\\\\c"'


def test_a_service_is_kept_running_and_its_own_lines_are_among_those_of_the_service():
    text = service_unit("A server", ("/a b/java", "@args"), ("User=kafka",))
    head, service, install = text.split("\n\n")
    assert "StartLimitIntervalSec=0" in head.splitlines()
    assert service.splitlines() == [
        "[Service]",
        "Type=simple",
        'ExecStart="/a b/java" @args',
        "Restart=always",
        "RestartSec=1",
        "User=kafka",
    ]
    assert install.splitlines()[0] == "[Install]"
