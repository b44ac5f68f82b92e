"""Settings of one unit for supervisord and the `service` script (pure)."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from kafkastack.clouds.local.unit_files import Unit, expand_command

SCRIPT = Path(__file__).with_name("service.sh")

_AUTORESTART = {
    "no": "false",
    "on-success": "true",
    "on-failure": "unexpected",
    "always": "true",
}
# Beyond the service's own seconds: a stand-in waits for the workload before it ends itself.
_STOP_MARGIN = 1


def render_section(program: str, unit: Unit, folder: Path) -> str:
    """Render the section of conf.d for `unit`, whose service folder is `folder`."""
    again = "no" if unit.restart == "no" else "yes"
    command = shlex.join(["/bin/sh", str(SCRIPT), str(folder), f"{unit.stop_seconds:g}", again])
    options = {
        "command": command.replace("%", "%%"),
        "autostart": "true",
        "autorestart": _AUTORESTART[unit.restart],
        "exitcodes": ",".join(str(code) for code in unit.success_statuses),
        # A program that ends within startsecs is started again even where it should not be, so
        # one that is never restarted has none; the others wait 1, 2, 3 … s between their starts.
        "startsecs": "0" if unit.restart == "no" else "1",
        "startretries": "1000000",
        "stopasgroup": "true",
        "killasgroup": "true",
        "stopwaitsecs": f"{unit.stop_seconds + _STOP_MARGIN:.0f}",
        "redirect_stderr": "true",
        "stdout_logfile": "NONE",
    }
    lines = [f"{key} = {value}" for key, value in options.items()]
    return "\n".join([f"[program:{program}]", *lines, ""])


def render_run(unit: Unit, program: Path, prefix: Sequence[str]) -> str:
    """Render what becomes the workload's shell: nothing that who wrote the unit has chosen."""
    return "\n".join(
        [
            "unset SUPERVISOR_ENABLED SUPERVISOR_SERVER_URL",
            "unset SUPERVISOR_PROCESS_NAME SUPERVISOR_GROUP_NAME",
            *_limit(unit.open_files),
            f"exec {shlex.join([*prefix, '/bin/sh', str(program)])}",
            "",
        ]
    )


def render_program(unit: Unit, environment: Mapping[str, str], cwd: str) -> str:
    """Render the shell lines that become the workload: exactly `environment`, folder, program."""
    words = expand_command(unit.command, environment)
    exports = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    folder = shlex.quote(unit.working_directory or cwd)
    return "\n".join([f"cd {folder} || exit 200", *exports, f"exec {shlex.join(words)}", ""])


def _limit(open_files: str) -> list[str]:
    if not open_files:
        return []
    # An ordinary user cannot go beyond the hard limit; less is better than no service.
    soft = "unlimited" if open_files == "infinity" else open_files
    return [f'ulimit -n {soft} 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"']
