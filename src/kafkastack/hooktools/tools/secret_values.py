"""Values that an owner gives a secret: content, label, rotation and expiry, read and checked."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed
from kafkastack.hooktools import secret_rules
from kafkastack.hooktools.context import HookContext
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.settings import FILE, read_file, read_map
from kafkastack.model.bounds import LABEL, SECRET, check_name
from kafkastack.model.records import Secret
from kafkastack.model.secret_content import check_content, check_size, decoded, size_of, split_pair

METADATA = (
    Flag(("label",)),
    Flag(("description",)),
    Flag(("expire",)),
    Flag(("rotate",)),
    Flag(("owner",), default="application"),
    FILE,
)
_PART = re.compile(r"(\d{1,19}(?:\.\d{0,19})?|\.\d{1,19})(h|ms|m|s|us|µs|μs|ns)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_FIRST = 1.0  # in place of 0, which stands for never
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}


async def read_content(
    context: HookContext, call: Call, parsed: Parsed, words: Sequence[str]
) -> dict[str, str]:
    """Return the content given by `--file`, `key=value`, `key#base64=…` and `key#file=path`."""
    content: dict[str, str] = {}
    if parsed["file"] == "-":
        content = await read_map(call.stdin)
    elif parsed["file"]:
        content = await read_map(await read_file(context, call, parsed["file"]))
    # The files of ops lie in a temporary folder that goes with the call: read them now.
    given = 0
    for word in words:
        key, value = await _read_pair(context, call, word)
        given += size_of(key, value)
        check_size(given)  # before the next file is read
        content[key] = value
    check_content(content)
    context.count(content)
    return content


async def _read_pair(context: HookContext, call: Call, word: str) -> tuple[str, str]:
    key, kind, value = split_pair(word)
    data = await read_file(context, call, value, SECRET) if kind == "file" else value.encode()
    return key, decoded(key, kind, data)


def with_metadata(secret: Secret, parsed: Parsed, now: float) -> Secret:
    """Return the secret with what the flags say of it."""
    policy = parsed["rotate"] or secret.rotate
    if policy != "never" and policy not in secret_rules.ROTATION_SECONDS:
        raise UsageError(f'rotate policy "{policy}" not valid')
    check_name("secret label", parsed["label"] or "", LABEL)
    is_other = policy != secret.rotate  # the same again does not put its time off
    rotates = secret_rules.next_rotation(policy, now) if is_other else secret.rotates
    return replace(
        secret,
        label=parsed["label"] or secret.label,
        description=parsed["description"] or secret.description,
        rotate=policy,
        rotates=rotates,
        expires=_expiry(parsed["expire"], now) if parsed["expire"] else secret.expires,
    )


def _expiry(text: str, now: float) -> float:
    """Read "24h", "1h30m" or a time; without a zone it is UTC, and past it is due at once."""
    try:
        if _DURATION.fullmatch(text):
            parts = _PART.findall(text)
            seconds = now + sum(float(number) * _UNITS[unit] for number, unit in parts)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        shown = datetime.fromtimestamp(seconds, UTC)  # a time that UTC has, and so can be shown
        return shown.timestamp() or _FIRST
    except (ValueError, OverflowError) as error:
        raise UsageError(f'expire time or duration "{text}" not valid') from error
