"""run.sh as a person meets it; its .venv is a stand-in that records what was asked."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kafkastack.tutorial.library import BY_KAFKA

ROOT = Path(__file__).parents[3]
SHELLS = [shell for shell in ("bash", "dash", "zsh") if shutil.which(shell)]


@pytest.fixture
def checkout(tmp_path):
    """Make a checkout whose .venv is ready, with a kafkastack that tells its arguments."""
    folder = tmp_path / "check out"
    (folder / "requirements").mkdir(parents=True)
    for name in ("run.sh", "pyproject.toml", *(f"requirements/{s}.txt" for s in SETS)):
        shutil.copy(ROOT / name, folder / name)
    program(folder / ".venv/bin/kafkastack", 'echo "kafkastack $*"; echo "$KAFKASTACK_GO_ON"')
    program(folder / ".venv/bin/python", "exit 0")
    for name in ("run", "dev"):
        (folder / f".venv/ready-{name}").write_text(digest(folder, name))
    return folder


SETS = ("build", "run", "dev")


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def digest(folder, name):
    """Return the stamp of a set as run.sh computes it."""
    command = (
        f"cat requirements/build.txt requirements/{name}.txt | cat - pyproject.toml | cksum; pwd"
    )
    return subprocess.check_output(["sh", "-c", command], cwd=folder, text=True)


def call(*argv, cwd, path="", **more):
    env = {"PATH": path or os.environ["PATH"], "HOME": str(cwd), "LC_ALL": "C"}
    return subprocess.run(
        argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=60, **more
    )


def tools(folder, *names):
    """Make a PATH of the named programs only."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return folder


PLAIN = ("sh", "cat", "cksum", "dirname", "sed", "rm", "find", "flock")


def test_executed_it_walks_the_tutorial(checkout):
    done = call("./run.sh", cwd=checkout)

    assert done.returncode == 0
    assert done.stdout.startswith("kafkastack tutorial run\n./run.sh\n")
    assert f"{checkout}/.venv/bin/kafkastack" in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_sourced_it_leaves_options_directory_and_traps_as_they_are(checkout, tmp_path, shell):
    before, after = tmp_path / "before", tmp_path / "after"
    save = 'set +o > "$KEPT"; pwd >> "$KEPT"; trap >> "$KEPT"'
    script = (
        f"set -u; trap 'echo bye' INT; KEPT={before}; {save}\n"
        f". ./run.sh; code=$?; KEPT={after}; {save}\necho still here $code"
    )

    done = call(shell, "-c", script, cwd=checkout)

    assert done.stdout.endswith("still here 0\n")
    assert "kafkastack tutorial run" in done.stdout
    assert before.read_text() == after.read_text()


@pytest.mark.parametrize("shell", [s for s in SHELLS if s != "dash"])
def test_it_can_be_sourced_from_anywhere(checkout, tmp_path, shell):
    done = call(shell, "-c", f". '{checkout}/run.sh'; pwd", cwd=tmp_path)

    assert "kafkastack tutorial run" in done.stdout
    assert done.stdout.endswith(f"{tmp_path}\n")


def test_dash_which_does_not_say_what_it_sources_gets_a_sentence(checkout, tmp_path):
    done = call("dash", "-c", f". '{checkout}/run.sh'; echo $?", cwd=tmp_path)

    assert "is not the folder of kafkastack; cd there first" in done.stderr
    assert done.stdout == "2\n"


def test_sourced_it_does_not_take_the_arguments_of_its_caller_for_its_own(checkout):
    (checkout / "caller").write_text(". ./run.sh\n")

    done = call("bash", "caller", "build", "--fast", cwd=checkout)

    assert done.returncode == 0
    assert "kafkastack tutorial run" in done.stdout


def test_a_closed_standard_input_does_no_harm(checkout):
    done = call("bash", "-c", "./run.sh <&-", cwd=checkout)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("kafkastack tutorial run\n")


def test_the_exit_code_is_that_of_the_walk(checkout):
    program(checkout / ".venv/bin/kafkastack", "exit 5")

    assert call("./run.sh", cwd=checkout).returncode == 5
    assert call("bash", "-c", ". ./run.sh; echo code $?", cwd=checkout).stdout == "code 5\n"


def test_flags_are_passed_on(checkout):
    done = call("./run.sh", "--quiet", "--cloud", "lxd", cwd=checkout)

    assert done.stdout == "kafkastack tutorial run --cloud lxd --quiet\n./run.sh\n"


@pytest.mark.parametrize("words", [("--kafka", "4"), ("--kafka=4",)])
def test_the_kafka_that_is_asked_for_is_walked_and_gone_on_with(checkout, words):
    done = call("./run.sh", *words, "--quiet", cwd=checkout)

    assert done.stdout == "kafkastack tutorial run --kafka 4 --quiet\n./run.sh --kafka 4\n"


@pytest.mark.parametrize("number", ["5", "four", " ", "3 4", "*"])
def test_a_kafka_without_a_tutorial_gets_a_sentence_before_anything(checkout, number):
    shutil.rmtree(checkout / ".venv")

    done = call("./run.sh", f"--kafka={number}", cwd=checkout)

    assert done.returncode == 2
    assert done.stderr == f'ERROR there is no tutorial about Kafka "{number}"\nthere are: 3, 4\n'
    assert not (checkout / ".venv").exists()
    assert call("./run.sh", "--kafka", cwd=checkout).returncode == 2


def test_a_number_is_known_to_run_sh_when_there_is_a_tutorial_about_it(checkout):
    known = [
        n
        for n in map(str, range(10))
        if call("./run.sh", f"--kafka={n}", cwd=checkout).returncode == 0
    ]

    assert known == list(BY_KAFKA)


def test_on_microstack_the_cloud_is_built_first_and_by_root(checkout, tmp_path):
    done = call("./run.sh", "--cloud", "microstack", cwd=checkout, path=as_user(tmp_path, 0))

    assert done.stdout.startswith(
        "kafkastack tutorial run microstack\n./run.sh --cloud microstack\n"
        "kafkastack tutorial run --cloud microstack\n./run.sh --cloud microstack\n"
    )


def test_on_microstack_another_kafka_is_gone_on_with_too(checkout, tmp_path):
    words = ("--kafka", "4", "--cloud", "microstack")
    done = call("./run.sh", *words, cwd=checkout, path=as_user(tmp_path, 0))

    assert done.stdout.startswith(
        "kafkastack tutorial run microstack\n./run.sh --kafka 4 --cloud microstack\n"
        "kafkastack tutorial run --kafka 4 --cloud microstack\n"
    )


def test_without_root_microstack_gets_a_sentence_before_anything(checkout, tmp_path):
    shutil.rmtree(checkout / ".venv")

    done = call("./run.sh", "--cloud=microstack", cwd=checkout, path=as_user(tmp_path, 1000))

    assert done.returncode == 3
    assert done.stderr == (
        "ERROR --cloud microstack builds an OpenStack, which needs root\n"
        "type: sudo ./run.sh --cloud microstack\n"
    )
    assert not (checkout / ".venv").exists()


def as_user(folder, number):
    """Make a PATH on which `id` tells this number."""
    program(folder / "bin/id", f"echo {number}")
    return f"{folder}/bin:{os.environ['PATH']}"


def test_an_unknown_flag_is_refused(checkout):
    done = call("./run.sh", "--nonsense", cwd=checkout)

    assert done.returncode == 2
    assert "run.sh does not know --nonsense\ntype: ./run.sh --help" in done.stderr


def test_help_tells_every_flag(checkout):
    done = call("./run.sh", "--help", cwd=checkout)

    for flag in ("--quiet", "--cloud", "--kafka", "--setup", "--teardown", "--purge"):
        assert flag in done.stdout


@pytest.mark.parametrize(("flag", "verb"), [("--teardown", "remove"), ("--purge", "purge")])
def test_teardown_removes_the_venv_that_it_made_and_what_python_cached(checkout, flag, verb):
    (checkout / ".venv/made-by-run.sh").touch()
    for folder in ("src/kafkastack/__pycache__", "charms/kafka/src"):
        (checkout / folder).mkdir(parents=True)

    done = call("./run.sh", flag, cwd=checkout)

    assert done.returncode == 0, done.stderr
    assert f"kafkastack tutorial {verb}" in done.stdout
    assert not (checkout / ".venv").exists()
    assert not (checkout / "src/kafkastack/__pycache__").exists()
    assert (checkout / "charms/kafka/src").exists()


def test_teardown_keeps_a_venv_that_somebody_else_made(checkout):
    call("./run.sh", "--teardown", cwd=checkout)

    assert (checkout / ".venv").exists()


def test_without_the_module_venv_one_command_helps(checkout, tmp_path):
    shutil.rmtree(checkout / ".venv")
    path = tools(tmp_path / "bin", *PLAIN)
    program(path / "python3", "case $2 in *ensurepip*) exit 1 ;; esac")

    done = call("./run.sh", cwd=checkout, path=str(path))

    assert done.returncode == 3
    assert "lacks the module venv, and there is no uv" in done.stderr
    assert "type: sudo apt install python3-venv" in done.stderr


def test_without_the_module_venv_uv_does_it_if_it_is_there(checkout, tmp_path):
    shutil.rmtree(checkout / ".venv")
    path = tools(tmp_path / "bin", *PLAIN, "mkdir", "cp", "chmod")
    program(path / "python3", "case $2 in *ensurepip*) exit 1 ;; esac")
    program(path / "uv", UV)

    done = call("./run.sh", cwd=checkout, path=str(path))

    assert done.returncode == 0, done.stderr
    asked = (checkout / "asked").read_text()
    assert f"venv --quiet --allow-existing --python {path}/python3 .venv" in asked
    assert (
        "pip install --require-hashes -r requirements/build.txt -r requirements/run.txt" in asked
    )


UV = """
echo "$*" >> asked
[ "$1" != venv ] || { mkdir -p .venv/bin; cp "$0" .venv/bin/python; }
[ "$3" != --quiet ] || { echo '#!/bin/sh' > .venv/bin/kafkastack; chmod +x .venv/bin/kafkastack; }
"""


PIP = """
case "$*" in
    *"pip config"*) [ -z "$CONFIGURED" ] || echo "global.cert='/company.pem'" ;;
    *"pip install"*)
        echo "Collecting small==1"
        echo "PIP_CERT=$PIP_CERT UV_SYSTEM_CERTS=$UV_SYSTEM_CERTS" >> "$PWD/asked"
        [ ! -e "$PWD/offline" ] || { echo "no network" >&2; exit 7; }
        printf '#!/bin/sh\\necho walked' > .venv/bin/kafkastack
        ;;
esac
"""


@pytest.fixture
def fresh(checkout):
    """Make a checkout whose .venv has a pip, a stand-in, and no packages yet."""
    for path in checkout.glob(".venv/ready-*"):
        path.unlink()
    program(checkout / ".venv/bin/pip", "")
    program(checkout / ".venv/bin/python", PIP)
    return checkout


def test_packages_are_installed_with_one_line_and_the_place_of_the_log(fresh):
    done = call("./run.sh", "--setup", cwd=fresh)

    log = fresh / ".venv/install.log"
    assert done.stdout == f"Installing packages into .venv (once); the log is {log}\n"
    assert done.stderr == ""
    assert "Collecting small==1" in log.read_text()


def test_quiet_they_are_installed_without_a_word(fresh):
    done = call("./run.sh", "--setup", "--quiet", cwd=fresh)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_packages_that_cannot_be_installed_show_the_end_of_the_log(fresh):
    (fresh / "offline").touch()

    done = call("./run.sh", "--setup", "--quiet", cwd=fresh)

    assert done.returncode == 4
    assert done.stderr == (
        "Collecting small==1\nno network\n"
        "ERROR the packages of kafkastack cannot be installed\n"
        "check the network and the settings of pip (HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT); "
        f"the log is {fresh}/.venv/install.log\n"
    )
    (fresh / "offline").unlink()
    assert call("./run.sh", "--setup", cwd=fresh).returncode == 0


SYSTEM = "/etc/ssl/certs/ca-certificates.crt"


@pytest.mark.parametrize(
    ("given", "trusted"),
    [
        ({}, SYSTEM),
        ({"SSL_CERT_FILE": "/etc/hostname"}, "/etc/hostname"),
        ({"PIP_CERT": "/mine.pem"}, "/mine.pem"),
        ({"REQUESTS_CA_BUNDLE": "/mine.pem"}, ""),  # pip reads it itself
        ({"CONFIGURED": "yes"}, ""),  # likewise its own settings
    ],
)
@pytest.mark.skipif(not Path(SYSTEM).exists(), reason="a system of another kind")
def test_pip_trusts_what_the_system_trusts(fresh, given, trusted):
    call("env", *(f"{name}={value}" for name, value in given.items()), "./run.sh", cwd=fresh)

    asked = (fresh / "asked").read_text().splitlines()
    assert set(asked) == {f"PIP_CERT={trusted} UV_SYSTEM_CERTS=true"}


def test_without_any_new_enough_python_one_command_helps(checkout, tmp_path):
    shutil.rmtree(checkout / ".venv")
    path = tools(tmp_path / "bin", *PLAIN)
    program(path / "python3", "exit 1")

    done = call("./run.sh", cwd=checkout, path=str(path))

    assert done.returncode == 3
    assert "there is no Python 3.11 or newer" in done.stderr


def test_a_changed_requirement_is_noticed(checkout, tmp_path):
    with (checkout / "requirements/run.txt").open("a") as stream:
        stream.write("another==1\n")
    with (checkout / "requirements/dev.txt").open("a") as stream:
        stream.write("another==1\n")
    path = tools(tmp_path / "bin", *PLAIN)

    done = call("./run.sh", cwd=checkout, path=str(path))

    assert ".venv has no pip, and there is no uv" in done.stderr


@pytest.fixture
def public_folder():
    """Make a folder that other users can reach, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="needs setpriv")
def test_a_checkout_that_cannot_be_written_gets_a_sentence(checkout, public_folder):
    shutil.rmtree(checkout / ".venv")
    foreign = shutil.copytree(checkout, public_folder / "kafkastack")
    foreign.chmod(0o555)
    as_nobody = ("setpriv", "--reuid=65534", "--clear-groups") if os.geteuid() == 0 else ()

    done = call(*as_nobody, str(foreign / "run.sh"), cwd="/", path="/usr/bin:/bin")

    foreign.chmod(0o755)
    assert done.returncode == 3
    assert "cannot be written, and .venv belongs there" in done.stderr
