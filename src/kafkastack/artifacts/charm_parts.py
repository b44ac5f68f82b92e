"""Parts of a charmcraft.yaml: Python packages, and those that only charmcraft can build."""

import re
from collections.abc import Iterator

from msgspec import Struct

from kafkastack.artifacts.build_commands import exported_by, unknown_command
from kafkastack.artifacts.poetry_project import Choice
from kafkastack.errors import KafkastackError
from kafkastack.model.yaml_file import Node, read_yaml

PYTHON_PLUGINS = ("charm", "poetry", "uv", "python")
_FILE_PLUGINS = ("dump", "nil")
# A part of one of these names that says no plugin has the plugin of that name.
_NAMED_AFTER = ("charm", "bundle", "reactive")
_PACK = "pack it where charmcraft is (charmcraft pack), then deploy the .charm that it makes"


class Parts(Struct, frozen=True):
    """How the Python packages of a charm are chosen; `plugin` is "" where nothing says."""

    plugin: str = ""
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    choice: Choice = Choice()
    is_strict: bool = False  # the charm plugin's: libraries' PYDEPS are in the requirements
    warnings: tuple[str, ...] = ()


def read_parts(text: str) -> Parts:
    """Return what a charmcraft.yaml says; refuse a part that needs a tool we do not have."""
    parts = read_yaml(text, "charmcraft.yaml").get("parts").map()
    for name, part in parts.items():
        _refuse_foreign(name, part)
    warnings = tuple(w for name, part in parts.items() for w in _warnings(name, part))
    python = [part for name, part in parts.items() if _plugin(name, part) in PYTHON_PLUGINS]
    names = [name for name, part in parts.items() if _plugin(name, part) in PYTHON_PLUGINS]
    if not python:
        return Parts(warnings=warnings)
    if len(python) > 1:
        words = f"only part {names[0]} of {', '.join(names)} is asked for Python packages"
        warnings = (*warnings, words)
    return _python_part(names[0], python[0], warnings)


def _python_part(name: str, part: Node, warnings: tuple[str, ...]) -> Parts:
    plugin = _plugin(name, part)
    is_strict = part.get("charm-strict-dependencies").flag()
    binary = () if is_strict else _texts(part, "charm-binary-python-packages")
    return Parts(
        plugin,
        (*_texts(part, "charm-requirements"), *_texts(part, "python-requirements")),
        _texts(part, "python-constraints"),
        (*binary, *_texts(part, "charm-python-packages"), *_texts(part, "python-packages")),
        _choice(part, plugin),
        is_strict,
        warnings,
    )


def _choice(part: Node, plugin: str) -> Choice:
    """Return the groups and extras: the part's own keys, or a command of its override-build."""
    if exported := exported_by(part.get("override-build").text()):
        return exported
    if plugin == "uv":
        groups, extras = _texts(part, "uv-groups"), _texts(part, "uv-extras")
        return Choice(("main", *groups), extras)
    words = _texts(part, "poetry-export-extra-args")
    groups = ",".join(("main", *_texts(part, "poetry-with")))
    command = " ".join(("poetry export", f"--with={groups}", *map(_quoted, words)))
    return exported_by(command) or Choice()


def _refuse_foreign(name: str, part: Node) -> None:
    plugin = _plugin(name, part)
    if plugin not in (*PYTHON_PLUGINS, *_FILE_PLUGINS):
        raise KafkastackError(
            f'charmcraft.yaml: part "{name}" is built by the plugin "{plugin}", '
            "which there is not here",
            _PACK,
        )
    source = part.get("source").text(".")
    if plugin in PYTHON_PLUGINS and source.rstrip("/") not in (".", ""):
        raise KafkastackError(
            f'charmcraft.yaml: part "{name}" has its source in {source[:200]}: '
            "only what is in the charm's own folder is deployed",
            f"deploy that folder, or {_PACK}",
        )


def _warnings(name: str, part: Node) -> Iterator[str]:
    for step in ("pull", "build", "stage", "prime"):
        command = unknown_command(part.get(f"override-{step}").text())
        if command:
            yield (
                f'charmcraft.yaml: part "{name}" runs `{command[:60]}` in its override-{step}, '
                f"which is not done here; if the charm needs what it makes, {_PACK}"
            )
    source = part.get("source").text(".")
    if _plugin(name, part) == "dump" and re.match(r"/|\.\./|[a-z+]+:", source):
        yield f'charmcraft.yaml: part "{name}" adds files of {source[:200]}, left out here'
    if packages := [*_texts(part, "stage-packages"), *_texts(part, "stage-snaps")]:
        yield f'charmcraft.yaml: part "{name}" adds {", ".join(packages)}, left out here'


def _plugin(name: str, part: Node) -> str:
    return part.get("plugin").text(name if name in _NAMED_AFTER else "") or name


def _texts(part: Node, key: str) -> tuple[str, ...]:
    return tuple(node.text() for node in part.get(key).list())


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "") + "'"
