import pytest

from kafkastack.clouds.local.unit_files import (
    UnitError,
    expand_command,
    parse_environment_file,
    parse_seconds,
    parse_unit,
)

KAFKA = """\
[Unit]
Description=Apache Kafka
After=network.target
# a comment
[Service]
Type=simple
User=kafka
Group=kafka
WorkingDirectory=/var/lib/kafka
Environment="KAFKA_OPTS=-Da=1 -Db=2" LANG=C.UTF-8
Environment=EXTRA=x
EnvironmentFile=-/etc/default/kafka
ExecStart=/usr/bin/java $JVM_ARGS \\
    -jar kafka.jar ${CONF}
Restart=on-failure
TimeoutStopSec=1min 30s
SuccessExitStatus=143 SIGTERM
LimitNOFILE=65536:100000

[Install]
WantedBy=multi-user.target
"""


def unit_with(*lines: str) -> str:
    return "\n".join(["[Service]", "ExecStart=/bin/true", *lines])


def test_a_charms_unit_file_is_understood():
    unit = parse_unit("kafka.service", KAFKA)

    assert unit.command == "/usr/bin/java $JVM_ARGS  -jar kafka.jar ${CONF}"
    assert unit.environment == {
        "KAFKA_OPTS": "-Da=1 -Db=2",
        "LANG": "C.UTF-8",
        "EXTRA": "x",
    }
    assert unit.environment_files == ("-/etc/default/kafka",)
    assert (unit.restart, unit.stop_seconds, unit.open_files) == ("on-failure", 90.0, "65536")
    assert unit.success_statuses == (0, 143)
    assert unit.wanted
    assert unit.description == "Apache Kafka"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("PrivateTmp=true", "PrivateTmp"),
        ("Type=notify", "Type=notify"),
        ("ExecStartPre=/bin/true", "ExecStartPre"),
        ("ExecStart=/bin/false", "ExecStart=/bin/false"),
        ("Restart=on-watchdog", "Restart=on-watchdog"),
        ("TimeoutStopSec=infinity", "TimeoutStopSec=infinity"),
        ("TimeoutStopSec=2h", "TimeoutStopSec=2h"),  # nobody could end the machine before
        (f"TimeoutStopSec={'9' * 400}", f"TimeoutStopSec={'9' * 400}"),
        ("SuccessExitStatus=256", "SuccessExitStatus=256"),  # supervisord would start nothing
        ("WorkingDirectory=%h", "WorkingDirectory=%h"),
        ("LimitNOFILE=many", "LimitNOFILE=many"),
        ("LimitNOFILE=²", "LimitNOFILE=²"),
        ("TimeoutStopSec=٣", "TimeoutStopSec=٣"),
        ("Environment=no-assignment", "Environment=no-assignment"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(line: str, named: str):
    with pytest.raises(UnitError) as refused:
        parse_unit("x.service", unit_with(line))

    assert str(refused.value) == f"ERROR x.service: {named} cannot be done on the local cloud"


def test_a_unit_without_a_program_is_refused():
    with pytest.raises(UnitError, match="ExecStart is missing"):
        parse_unit("x.service", "[Service]\nRestart=no\n")


def test_a_line_that_is_no_directive_is_shown():
    with pytest.raises(UnitError, match="cannot understand the line: nonsense"):
        parse_unit("x.service", "[Service]\nnonsense\n")


def test_an_empty_assignment_forgets_the_earlier_ones():
    text = unit_with("Environment=A=1", "EnvironmentFile=/a", "Environment=", "EnvironmentFile=")

    unit = parse_unit("x.service", text)

    assert not unit.environment
    assert not unit.environment_files


def test_a_doubled_percent_sign_is_one():
    unit = parse_unit("x.service", unit_with("Environment=A=100%%"))

    assert unit.environment == {"A": "100%"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/bin/echo $MANY ${MANY} '$MANY'", ("/bin/echo", "a", "b", "a b", "a", "b")),
        ("/bin/echo $NONE ${NONE} $$HOME", ("/bin/echo", "", "$HOME")),
        ('/bin/sh -c "echo x y"', ("/bin/sh", "-c", "echo x y")),
    ],
)
def test_variables_of_a_command_are_replaced_as_systemd_does(command: str, words: "tuple[str]"):
    assert expand_command(command, {"MANY": "a b"}) == words


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("5s", 5), ("1min 30s", 90), ("500ms", 0.5), ("2h", 7200)]
)
def test_time_spans_are_seconds(text: str, seconds: float):
    assert parse_seconds(text) == seconds


def test_an_environment_file_has_quotes_and_comments():
    text = "# why\nA=1\nB='x y'\n\nC=\"q\"\nD=a b\n"

    assert parse_environment_file(text) == {"A": "1", "B": "x y", "C": "q", "D": "a b"}
