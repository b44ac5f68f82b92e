"""Options of ssh and scp, and their meaning where there is no network in between.

A machine is entered directly: what is about the connection (keys, ciphers, verbosity) is true
already, what would forward through it is refused.
"""

from collections.abc import Sequence
from typing import NamedTuple

from kafkastack.errors import ConflictError, UsageError

_SSH_ALONE, _SSH_VALUE = "146aACKkMnqTtvXxYy2", "BbceFEIiJlmopPS"
_SSH_REFUSED = {
    "f": "it does not go to the background: end the command with &",
    "N": "there is nothing to hold open: no port is forwarded",
    **dict.fromkeys(
        ("D", "L", "R", "W", "w"),
        "no port is forwarded: the address of the machine is reachable from here, "
        "see kafkastack status",
    ),
}
_SCP_ALONE, _SCP_VALUE = "346ABCOpqRrsTv", "cDFiJloPSX"


class Asked(NamedTuple):
    """What ssh is asked for."""

    user: str = ""
    command: str = ""
    no_input: bool = False


class AskedCopy(NamedTuple):
    """What scp is asked for."""

    sources: tuple[str, ...]
    target: str
    recursive: bool = False
    keep_times: bool = False


def read(words: Sequence[str]) -> Asked:
    """Read what stands behind the target of `ssh`: options, then the command."""
    options: dict[str, str] = {}
    rest = _options("ssh", words, (_SSH_ALONE, _SSH_VALUE), options)
    return Asked(options.get("l", ""), " ".join(rest), "n" in options)


def read_copy(words: Sequence[str]) -> AskedCopy:
    """Read the words of `scp`; options may stand before, between and behind the files."""
    options: dict[str, str] = {}
    files: list[str] = []
    rest = list(words)
    while rest:
        rest = _options("scp", rest, (_SCP_ALONE, _SCP_VALUE), options)
        files += rest[:1]
        rest = rest[1:]
    if len(files) < 2:
        raise UsageError("at least two arguments required", "kafkastack scp SOURCE DESTINATION")
    return AskedCopy(tuple(files[:-1]), files[-1], "r" in options, "p" in options)


def _options(
    program: str, words: Sequence[str], known: tuple[str, str], found: dict[str, str]
) -> list[str]:
    """Take the options off the front of `words`; returns what follows them."""
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            return rest
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            _refuse(program, letter, known)
            if letter in known[1]:
                found[letter] = letters or (rest.pop(0) if rest else "")
                break
            found[letter] = ""
    return rest


def _refuse(program: str, letter: str, known: tuple[str, str]) -> None:
    if program == "ssh" and letter in _SSH_REFUSED:
        raise ConflictError(f"ssh -{letter}: {_SSH_REFUSED[letter]}")
    if letter not in known[0] + known[1]:
        raise UsageError(f"{program}: unknown option -- {letter}")
