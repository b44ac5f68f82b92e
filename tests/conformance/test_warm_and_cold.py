"""A charm cannot tell whether its hook is a fork of a warm interpreter."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import kafkastack
from tests.conformance.conftest import REAL_JUJU
from tests.fakes.engine import Engine, engine, is_alive
from tests.fakes.shell_charm import write_ops_charm
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.skipif(bool(REAL_JUJU), reason="a real Juju has no warm interpreters")
CHARM = """\
import atexit, gc, json, locale, os, pathlib, resource, signal, subprocess
import sys, threading, warnings
import ops

HOME = pathlib.Path(os.environ["HOME"])


def links():
    for name in os.listdir("/proc/self/fd"):
        try:
            yield int(name), os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            pass


def is_inherited(number):
    try:
        return os.get_inheritable(number)
    except OSError:
        return False


def facts():
    umask = os.umask(0)
    os.umask(umask)
    main = sys.modules["__main__"]
    return {
        "environment": dict(os.environ),
        "argv": sys.argv,
        "path": list(dict.fromkeys(sys.path)),
        "main": [main.__name__, main.__file__, main.__spec__ is None],
        "interpreter": [sys.executable, sys.prefix, sys.flags.isolated, sys.flags.safe_path],
        "cwd": os.getcwd(),
        "umask": umask,
        "leads": [os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid()],
        "descriptors": {number: link for number, link in links() if number < 3},
        "inherited": [link for number, link in links() if number > 2 and is_inherited(number)],
        "handlers": {s.name: str(signal.getsignal(s)) for s in signal.Signals},
        "blocked": sorted(s.name for s in signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "limits": [resource.getrlimit(number) for number in range(10)],
        "priority": os.getpriority(os.PRIO_PROCESS, 0),
        "threads": threading.active_count(),
        "collects": gc.isenabled(),
        "encoding": [sys.stdout.encoding, sys.stdout.errors, locale.setlocale(locale.LC_ALL)],
        "warnings": [str(f[0]) for f in warnings.filters],
        "modules of ours": sorted(m for m in sys.modules if m in ("zygote", "hook_tool")),
    }


class Opsy(ops.CharmBase):
    def __init__(self, framework):
        super().__init__(framework)
        framework.observe(self.on.config_changed, self._changed)

    def _changed(self, event):
        text = self.config["text"]
        (HOME / f"facts {text}").write_text(json.dumps(facts()))
        atexit.register(lambda: (HOME / f"over {text}").touch())
        print("said on stdout")
        print("said on stderr", file=sys.stderr)
        self.unit.status = ops.ActiveStatus(text)
        if text == "daemon":
            child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            (HOME / "child").write_text(str(child.pid))
        if text == "raise":
            raise RuntimeError("told to")
        if text == "exit":
            sys.exit("left with words")


ops.main(Opsy)
"""
TIMES = ("0", "1", "2")


class Pair:
    """The same charm on two engines: with warm interpreters, and without."""

    def __init__(self, engines: dict[str, Engine]) -> None:
        self.engines = engines

    def set(self, text: str) -> None:
        for made in self.engines.values():
            made("config", "opsy", f"text={text}")
            wait_until((made.home("opsy/0") / f"over {text}").exists, what=text)

    def facts(self, warm: str, text: str) -> dict[str, Any]:
        """Return what the charm has seen, without what every engine has of its own."""
        made = self.engines[warm]
        machine = made.home("opsy/0").parent
        text = (made.home("opsy/0") / f"facts {text}").read_text()
        (sockets,) = (made.root / "run/kafkastack").iterdir()
        names = {machine.name: "MACHINE", made.root.name: "ROOT", sockets.name: "SOCKETS"}
        for own, name in names.items():
            text = text.replace(own, name)
        seen = json.loads(text)
        seen["ours"] = [path for path in seen["path"] if Path(path) == AGENT]
        seen["path"] = [path for path in seen["path"] if Path(path) != AGENT]
        for name in OWN:
            assert seen["environment"].pop(name)
        # Traces of the shell that `dispatch` is.
        for name in ("PWD", "OLDPWD"):
            seen["environment"].pop(name, "")
        seen["inherited"] = [x for x in seen["inherited"] if not x.endswith("/dispatch")]
        return seen

    def error(self, warm: str) -> str:
        """Return the status' block about the failed hook."""
        made = self.engines[warm]
        wait_until(lambda: "opsy/0 failed" in made("status"))
        block = made("status").partition("opsy/0 failed")[2].partition("Try again")[0]
        return block.replace(made.root.name, "ROOT").replace(
            made.home("opsy/0").parent.name, "MACHINE"
        )


AGENT = Path(kafkastack.__file__).parent / "agent"
# Names of this very model, machine and hook.
OWN = ("JUJU_CONTEXT_ID", "JUJU_MODEL_UUID")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    charm = write_ops_charm(tmp_path_factory.mktemp("charms"), CHARM)
    with ExitStack() as stack:
        engines: dict[str, Engine] = {}
        for warm in ("1", "0"):
            made = stack.enter_context(engine({"KAFKASTACK_WARM_INTERPRETERS": warm}))
            made.bootstrap()
            made("model-config", "automatically-retry-hooks=false")
            made("deploy", str(charm))
            made.wait_for_idle(count=1, workload="active", seconds=120)
            engines[warm] = made
        pair = Pair(engines)
        for text in TIMES[1:]:
            pair.set(text)
        yield pair


def test_one_of_them_is_warm_and_the_other_is_not(pair: Pair):
    for warm, count in (("1", 1), ("0", 0)):
        processes = [words for _, words in pair.engines[warm].processes()]
        assert sum(words[1].endswith("zygote.py") for words in processes) == count


@pytest.mark.parametrize("text", TIMES)
def test_a_hook_sees_the_same(pair: Pair, text: str):
    warm, cold = pair.facts("1", text), pair.facts("0", text)
    for name in cold.keys() - {"ours"}:
        assert warm[name] == cold[name], name


def test_a_charm_cannot_import_what_is_ours(pair: Pair):
    assert pair.facts("1", "1")["ours"] == []


def test_what_it_prints_is_logged_alike(pair: Pair):
    said = [
        [line.partition(" ")[2] for line in made.log().splitlines() if "said on" in line]
        for made in pair.engines.values()
    ]
    levels = [[line.partition(" ")[2] for line in lines] for lines in said]
    assert levels[0] == levels[1] and len(levels[0]) == 2 * len(TIMES)


@pytest.mark.parametrize("text", ["raise", "exit"])
def test_its_end_is_told_alike(pair: Pair, text: str):
    pair.set(text)
    assert pair.error("1") == pair.error("0")
    for made in pair.engines.values():
        made("resolved", "--no-retry", "opsy/0")
        made.wait_for_idle(count=1, workload="active")


def test_what_it_leaves_running_ends_with_the_machine(pair: Pair):
    pair.set("daemon")
    for made in pair.engines.values():
        child = int((made.home("opsy/0") / "child").read_text())
        assert is_alive(child)
        made("remove-application", "opsy", "--no-prompt")
        wait_until(lambda: not is_alive(child), what="the end of all on the machine")  # noqa: B023
