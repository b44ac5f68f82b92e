"""Examples of jubilant's own pages, which run here as they stand.

The examples are read from the installed package: its description and its docstrings. Charmhub's
part is played by a folder of charms; REPLACED tells what else a machine model calls otherwise.
"""

import inspect
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import jubilant
import pytest

from tests.conformance.conftest import REAL_JUJU
from tests.fakes.engine import Engine, engine
from tests.fakes.shell_charm import write_charm

pytestmark = pytest.mark.skipif(bool(REAL_JUJU), reason="its Charmhub has other charms")
REPLACED = {"'lxd'": "'local'", "'ctrl2'": "'ctl'", "].address": "].public_address"}
NAMES = ("another-app", "blog", "mysql", "redis", "snappass-test", "wordpress")
METADATA = """\
name: {name}
provides: {{db: {{interface: db}}, log: {{interface: log}}}}
"""
ACTIONS = "get-password: {}\n"
PROGRAM = """\
case $JUJU_DISPATCH_PATH in
*start)
    mkdir "$HOME/www"; echo Snappass > "$HOME/www/index.html"
    here=$(unit-get private-address)
    setsid python3 -m http.server -d "$HOME/www" -b "$here" 5000 > /dev/null 2>&1 &
    until bash -c ": > /dev/tcp/$here/5000" 2> /dev/null; do sleep 0.02; done
    status-set active ;;
*get-password) action-set username=USER0 ;;
esac
"""
JUJU = """\
#!/bin/bash
words=()
for word; do
    if [ "$1" = deploy ] && [ -d "{hub}/$word" ]; then word={hub}/$word; fi
    words+=("$word")
done
exec {binary} "${{words[@]}}"
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A controller "ctl" and `juju` on PATH, which knows charms by name."""
    with engine() as made, pytest.MonkeyPatch.context() as patch:
        made.bootstrap("ctl", model="")
        charms, programs = made.root / "hub", made.root / "bin"
        charms.mkdir()
        programs.mkdir()
        for name in NAMES:
            files = {"metadata.yaml": METADATA.format(name=name), "actions.yaml": ACTIONS}
            write_charm(charms, PROGRAM, name, files)
        program = programs / "juju"
        program.write_text(JUJU.format(hub=charms, binary=made.juju().cli_binary))
        program.chmod(0o755)
        patch.setenv("PATH", str(programs), prepend=":")
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jubilant look twenty times as often as it does by itself."""
    sleep = time.sleep
    monkeypatch.setattr("jubilant._juju.time.sleep", lambda seconds: sleep(seconds / 20))


@pytest.fixture
def model(hub: Engine, quick: None, request: pytest.FixtureRequest) -> Iterator[jubilant.Juju]:
    """The current model, with the applications that a test asks for."""
    juju = jubilant.Juju()
    juju.add_model("mymodel")
    juju.cli("switch", "mymodel", include_model=False)
    for name, units in getattr(request, "param", {}).items():
        juju.deploy(name, num_units=units)
    yield juju
    juju.destroy_model("mymodel", force=True)


def documented(name: str) -> str:
    """Return the example in the docstring of something of jubilant."""
    thing = getattr(jubilant.Juju, name, None) or getattr(jubilant, name)
    text = f"{inspect.getdoc(thing)}\n"
    (found, *_) = re.findall(r"::\n\n((?:(?: {4}.*)?\n)+)", text)
    return replaced(textwrap.dedent(found))


def described(number: int) -> str:
    """Return an example of jubilant's description on PyPI."""
    text = str(metadata("jubilant").get_payload())
    return replaced(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[number])


def replaced(text: str) -> str:
    for theirs, ours in REPLACED.items():
        text = text.replace(theirs, ours)
    return text


def run(text: str, **names: Any) -> dict[str, Any]:
    exec(text, names := {"jubilant": jubilant, **names})
    return names


@pytest.mark.parametrize("model", [{"another-app": 1}], indirect=True)
def test_the_first_example_of_its_description(model: jubilant.Juju):
    run(described(0))
    assert jubilant.all_active(model.status(), "snappass-test", "another-app")


@pytest.mark.parametrize("name", ["Juju", "wait"])
def test_a_charm_is_deployed_and_waited_for(model: jubilant.Juju, name: str):
    run(documented(name))
    model.wait(lambda status: jubilant.all_active(status, "snappass-test"))


@pytest.mark.parametrize("model", [{"blog": 1, "mysql": 1, "wordpress": 4}], indirect=True)
def test_helpers_actions_and_units(model: jubilant.Juju):
    for name in ("all_active", "all_agents_idle", "any_error", "run", "Version"):
        run(documented(name), juju=model)
    _, machines = documented("remove_unit").split("# Machine model:")
    run(machines, juju=model)
    model.wait(lambda status: list(status.apps["wordpress"].units) == ["wordpress/0"])


@pytest.mark.parametrize("model", [{"mysql": 1}], indirect=True)
def test_offers_are_made_and_consumed(model: jubilant.Juju):
    supported, refused = documented("offer").split("# Not supported (raises an error)")
    juju = jubilant.Juju(model="mymodel")
    run(supported, juju=juju)
    assert set(juju.status().offers) == {"mysql", "altname"}
    with pytest.raises(ValueError, match="dotted model name"):
        run(refused, juju=juju)
    with jubilant.temp_model() as other:
        text = documented("consume").replace("othermodel", "mymodel")
        run(text, juju=other)
        assert set(other.status().app_endpoints) == {"mysql", "sql"}


def test_a_controller_is_bootstrapped(hub: Engine):
    juju = run(documented("bootstrap"))["juju"]
    assert juju.model == "myctrl:mymodel" and juju.status().model.controller == "myctrl"
    words = ("destroy-controller", "myctrl", "--destroy-all-models", "--force", "--no-prompt")
    juju.cli(*words, include_model=False)


HEAD = "import jubilant, pytest, requests\n\n"
TESTS = {
    "description": (lambda: described(1), "", 0),
    "temp_model": (
        lambda: documented("temp_model"),
        "def test_it(juju):\n    assert juju.wait_timeout == 600 and juju.status().apps == {}\n",
        0,
    ),
    "debug_log": (
        lambda: documented("debug_log"),
        "def test_it(juju):\n    juju.deploy('blog')\n    juju.wait(jubilant.all_active)\n"
        "    juju.exec('juju-log a-word-of-the-log', unit='blog/0')\n    assert False\n",
        1,
    ),
}


@pytest.mark.parametrize("name", TESTS)
def test_its_fixtures_serve_a_test_of_pytest(hub: Engine, tmp_path: Path, name: str):
    example, test, code = TESTS[name]
    (tmp_path / "test_it.py").write_text(f"{HEAD}{example()}\n\n{test}")
    words = (sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", tmp_path)
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("INFO unit.blog/0.juju-log a-word-of-the-log" in done.stdout) is bool(code)


def test_conditions_of_its_tutorial_and_its_own_command_line(model: jubilant.Juju):
    for name in ("blog", "mysql", "redis"):
        model.deploy(name)
    model.wait(lambda status: jubilant.all_active(status, "blog", "mysql", "redis"))
    model.exec("status-set blocked 'waiting for mysql'", unit="blog/0")

    def ready(status: jubilant.Status) -> bool:
        blog = status.apps["blog"]
        return (
            status.apps["redis"].is_active
            and blog.is_blocked
            and ("waiting" in blog.app_status.message)
        )

    model.wait(ready, error=jubilant.any_error)
    ready_words = ("jubilant.all_active(status, 'mysql')", "--error", "jubilant.any_error(status)")
    program = Path(sys.executable).with_name("jubilant")
    words = (program, "wait", *ready_words)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "mysql" in done.stderr, done
