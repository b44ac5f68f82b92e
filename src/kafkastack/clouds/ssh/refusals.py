"""Error messages of ssh, explained for a person."""

from collections.abc import Sequence
from typing import NamedTuple

from kafkastack.clouds.ssh.login import Login
from kafkastack.errors import KafkastackError


class MachineUnreachableError(KafkastackError, ConnectionError):
    """A machine cannot be talked to now; `passes` if a booting one may answer soon."""

    passes = True

    def __str__(self) -> str:
        return KafkastackError.__str__(self)


class MachineRefusesError(MachineUnreachableError):
    """A machine answers, and will not let us in however long one waits."""

    passes = False


class _Refusal(NamedTuple):
    said: str
    message: str
    advice: str
    error: type[MachineUnreachableError] = MachineUnreachableError


_REFUSALS = (
    _Refusal(
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "another machine answers at {host}: its host key is not the one of {alias}",
        "if it was made anew on purpose, remove {known_hosts}",
        MachineRefusesError,
    ),
    _Refusal(
        "Host key verification failed",
        "the host key of {alias} at {host} is not the one that is known",
        "if it was made anew on purpose, remove {known_hosts}",
        MachineRefusesError,
    ),
    _Refusal(
        "Permission denied",
        "SSH as {user}@{host} is refused: the machine has not taken the controller's key",
        "its image needs cloud-init, and the login in the image property os_admin_user",
    ),
    _Refusal(
        "Connection refused",
        "nothing listens for SSH on {host}",
        "see its console: openstack console log show {alias}",
    ),
    _Refusal(
        "timed out",
        "{host} does not answer on port {port}",
        "can it be reached from here? give it a floating IP: allocate-public-ip=true",
    ),
    _Refusal(
        "No route to host",
        "{host} cannot be reached from here",
        "give it a floating IP: allocate-public-ip=true",
    ),
    _Refusal(
        "unreachable",
        "{host} cannot be reached from here",
        "give it a floating IP: allocate-public-ip=true",
    ),
    _Refusal(
        "a password is required",
        "{user}@{host} may not become root: sudo asks for a password",
        "the image's login needs NOPASSWD in sudoers",
        MachineRefusesError,
    ),
    _Refusal(
        "not found",
        "{host} lacks what every charm needs: {last}",
        "use an image with python3 (3.10 or newer) and, unless root logs in, sudo",
        MachineRefusesError,
    ),
)


def refusal(login: Login, words: str) -> MachineUnreachableError:
    """Return the error that ssh's stderr stands for."""
    lines: Sequence[str] = [line.strip() for line in words.splitlines() if line.strip()]
    facts = {
        "host": login.host,
        "user": login.user,
        "port": login.port,
        "alias": login.alias,
        "known_hosts": login.known_hosts,
        "last": lines[-1] if lines else "",
    }
    for row in _REFUSALS:
        if row.said in words:
            return row.error(row.message.format_map(facts), row.advice.format_map(facts))
    last = facts["last"] or "the connection was closed"
    return MachineUnreachableError(f"the connection to {login.alias} at {login.host}: {last}")
