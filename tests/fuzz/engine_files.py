"""Files and words that reach the engine by other ways: documents, names, unit files, queries."""

import json
import shutil
from contextlib import suppress
from pathlib import Path

from hypothesis import strategies as st

from kafkastack.clouds.local.unit_files import expand_command, parse_environment_file, parse_unit
from kafkastack.model.charm_files import parse
from kafkastack.model.query import holds, parse_query
from kafkastack.store.charm_shelf import CharmShelf
from tests.fuzz.words import soup, texts, values, words

_BOMB = "a: &a [{x: 1}, {x: 1}]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"
documents = st.lists(st.just(_BOMB) | soup | texts, max_size=120).map("---\n".join)

_names = st.sampled_from(
    [
        *("data", "..", ".", "", "/", "../../outside", "../outside", "a/b", "a\0", "a\n", "-a"),
        *("\x1b[2J", "x" * 101, "ä", "a b", "/etc/passwd", "a.b", "A", "4k", "~", "$HOME"),
    ]
)
_sections = {
    "storage": st.just({"type": "filesystem"}),
    "resources": st.builds(lambda name: {"type": "file", "filename": name}, _names | words),
    "provides": st.just({"interface": "x"}),
    "extra-bindings": st.none(),
}
named_charms = st.fixed_dictionaries(
    {},
    optional={
        section: st.dictionaries(_names | words, entry, max_size=3)
        for section, entry in _sections.items()
    },
)


def deploy_names(made_up: dict[str, object], folder: Path) -> None:
    """Make of a charm's names what `deploy` and an agent make of them: folders and files."""
    meta = parse({"metadata.yaml": json.dumps({"name": "a", **made_up})})
    inside = folder / "inside"
    inside.mkdir()
    (inside / "given").touch()
    shelf = CharmShelf(inside / "charms")
    for name, resource in meta.resources.items():
        shelf.take_resource(inside / "given", resource.filename or name)
    for name in meta.storage:
        (inside / "storage" / f"{name}/0").mkdir(parents=True)
    for name in (*meta.endpoints, *meta.bindings()):
        assert f"hooks/{name}-relation-changed".isprintable()
    shutil.rmtree(inside)


_UNIT = (
    *("[Unit]\n", "[Service]\n", "[Install]\n", "[X]\n", "ExecStart=", "/bin/true", " \\\n", "\n"),
    *("Environment=", '"A=b c"', "A=b", "EnvironmentFile=-", "/etc/x", "Restart=", "always\n"),
    *("TimeoutStopSec=", "1min 30s", "9" * 400, "SuccessExitStatus=", "143", "SIGTERM", "-1"),
    *("LimitNOFILE=", "1:2", "infinity", "%h", "%", "$A", "${A}", "${", "'", '"', "\\", "#", ";"),
    *("Type=notify\n", "User=root\n", "WorkingDirectory=~\n", "Description=\x1b[2J\n", "\x00"),
)
unit_files = st.lists(st.sampled_from(_UNIT) | words, max_size=30).map("".join) | texts


def read_unit_file(text: str, _: Path) -> None:
    """Read it as a unit file and as a file of its environment, and expand its command."""
    with suppress(ValueError):  # as its caller knows
        parse_environment_file(text)
    unit = parse_unit("x.service", text)
    expand_command(unit.command, unit.environment)


_QUERY = (
    *("life", "status", "name", "units", "x", ".", "==", "!=", "=~", "<", ">=", "&&", "||", "!"),
    *("(", ")", "=>", ",", "'a'", '"active"', "1", "9" * 400, "-1", "1.5", "true", "null", " "),
    *("len(", "startsWith(", "forEach(units, ", "unit => ", "print(", "'", "\\", "[", "]"),
)
queries = st.lists(st.sampled_from(_QUERY) | words, max_size=30).map("".join) | soup
scopes = st.dictionaries(st.sampled_from(["life", "status", "name", "units", "x"]), values)


def ask(made_up: tuple[str, dict[str, object]], _: Path) -> None:
    """Ask whether a query holds of an entity."""
    text, scope = made_up
    holds(parse_query(text), scope)
