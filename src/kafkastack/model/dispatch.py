"""Shapes of `dispatch`, the program that runs a charm, and of commands that only call it."""

import re
import shlex

DISPATCH = """\
#!/bin/sh
# Juju runs this file for every hook and action.
charm_dir=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python=$charm_dir/venv/bin/python
[ -x "$python" ] || python=python3
JUJU_DISPATCH_PATH="${JUJU_DISPATCH_PATH:-hooks/${0##*/}}" \\
    PYTHONPATH="$charm_dir/src:$charm_dir/lib" \\
    exec "$python" "$charm_dir/src/charm.py"
"""
CHARM_PLUGIN = (
    'JUJU_DISPATCH_PATH="${JUJU_DISPATCH_PATH:-$0}" PYTHONPATH=lib:venv exec ./src/charm.py'
)


def python_path(dispatch: str) -> tuple[str, ...]:
    """Return the folders (relative to the charm) that a dispatch of known shape imports from.

    Empty for any other shape: such a charm is only ever run by exec.
    """
    return _KNOWN.get(_normal(dispatch), ())


def is_charm_plugin(dispatch: str) -> bool:
    """Report whether this is what charmcraft's plugin `charm` writes."""
    return _normal(dispatch) == CHARM_PLUGIN


def dispatched_path(commands: str, charm_dir: str) -> str:
    """Return what `JUJU_DISPATCH_PATH=<this> CHARM_DIR/dispatch` calls; "" if commands do more.

    So a charm's watcher raises an event of its own through juju-exec.
    """
    call = _CALL.fullmatch(commands)
    program = shlex.split(call["program"]) if call else []
    return call["path"] if call and program == [f"{charm_dir}/dispatch"] else ""


# Nothing in it that a shell would expand, and quoted as shlex.quote does.
_CALL = re.compile(r"JUJU_DISPATCH_PATH=(?P<path>[\w./-]+) (?P<program>[\w./:@%+,-]+|'[^']+')")


def _normal(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


_KNOWN: dict[str, tuple[str, ...]] = {
    _normal(DISPATCH): ("src", "lib"),
    _normal(CHARM_PLUGIN): ("src", "lib"),
}
