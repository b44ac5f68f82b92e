import configparser
from pathlib import Path

from kafkastack.clouds.local.programs import render_program, render_run, render_section
from kafkastack.clouds.local.supervision import render_config
from kafkastack.clouds.local.unit_files import Unit

FOLDER = Path("/data/100% mine/services/x.service")


def options_of(unit: Unit) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(render_section("m.x.service", unit, FOLDER))
    return dict(parser["program:m.x.service"])


def test_a_service_restarted_on_failure_backs_off():
    options = options_of(
        Unit("x.service", "/bin/x", restart="on-failure", success_statuses=(0, 143))
    )

    assert options["autorestart"] == "unexpected"
    assert options["exitcodes"] == "0,143"
    assert (options["startsecs"], options["startretries"]) == ("1", "1000000")


def test_a_service_that_is_not_restarted_is_tried_once():
    options = options_of(Unit("x.service", "/bin/x"))

    assert (options["autorestart"], options["startsecs"]) == ("false", "0")
    assert options["command"].endswith(" 10 no")


def test_the_service_is_given_its_seconds_before_the_supervisor_kills():
    options = options_of(Unit("x.service", "/bin/x", stop_seconds=30))

    assert " 30 " in options["command"]
    assert int(options["stopwaitsecs"]) > 30


def test_a_percent_sign_in_a_path_is_no_expansion():
    assert "/data/100%% mine/" in options_of(Unit("x.service", "/bin/x"))["command"]
    assert "/data/100%% mine" in render_config(FOLDER, Path("/run/s"))


def test_a_workload_gets_exactly_its_environment_and_no_secret_in_its_arguments():
    unit = Unit("x.service", "/bin/x --port ${PORT}")

    program = render_program(unit, {"PORT": "9092", "SECRET": "it's"}, "/")

    assert "export SECRET='it'\"'\"'s'" in program
    assert program.splitlines()[-1] == "exec /bin/x --port 9092"


def test_nothing_that_a_unit_file_says_is_run_before_its_program_is_the_machine_s_user():
    unit = Unit("x.service", "/bin/evil", working_directory="/evil", open_files="4096")

    run = render_run(unit, Path("/services/x.service/program"), ["view", "--"])

    assert "evil" not in run
    assert "ulimit -n 4096" in run
    assert run.splitlines()[-1] == "exec view -- /bin/sh /services/x.service/program"


def test_a_working_directory_that_is_not_there_ends_as_in_systemd():
    program = render_program(Unit("x.service", "/bin/x", working_directory="/a b"), {}, "/")

    assert "cd '/a b' || exit 200" in program
