"""secret-add, secret-set, secret-grant, secret-revoke, secret-remove: an owner's tools."""

import base64
import posixpath
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag, Parsed
from kafkastack.hooktools import secret_rules
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.tools.call import Call, map_from
from kafkastack.model.records import Secret, SecretConsumer, SecretGrant, SecretRevision
from kafkastack.store.store import Reader, Transaction

LABEL = Flag(("label",))
_METADATA = (
    LABEL,
    Flag(("description",)),
    Flag(("expire",)),
    Flag(("rotate",)),
    Flag(("owner",), default="application"),
    Flag(("file",)),
)
_KEY = re.compile(r"[a-z](?:-?[a-z0-9]){2,}")
_PART = re.compile(r"(\d+(?:\.\d+)?)([hms])")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def bare_id(identity: str) -> str:
    """Return an id without its scheme and model."""
    return identity.removeprefix("secret:").rpartition("/")[2]


def find_by_id(context: HookContext, identity: str) -> Secret | None:
    """Return a secret by any form of its id."""
    return context.reader.find(Secret, context.model, bare_id(identity))


def owned(context: HookContext) -> list[Secret]:
    """Return the secrets that this unit may change."""
    return [
        secret
        for secret in context.reader.all(Secret, context.model)
        if secret_rules.is_owner(secret, context.unit_name, leader=context.is_leader)
    ]


def grants(reader: Reader, model: str, secret: str) -> list[dict[str, Any]]:
    """Return who a secret was granted to, as secret-info-get prints it."""
    found = (g for g in reader.all(SecretGrant, model) if g.secret == secret)
    return [
        {"target": g.target, "scope": f"relation-{g.relation}", "role": "view"}
        for g in sorted(found, key=lambda grant: grant.key)
    ]


async def secret_add(context: HookContext, call: Call) -> str:
    """Make a secret and print its URI."""
    parsed = call.parse(*_METADATA)
    content = await _content(context, call, parsed, parsed.positional)
    if not content:
        raise UsageError("missing secret value or filename")
    if parsed["owner"] not in ("application", "unit"):
        raise UsageError(f'secret owner "{parsed["owner"]}" not valid')
    by_unit = parsed["owner"] == "unit"
    if not by_unit and not context.is_leader:
        raise ToolError("this unit is not the leader")
    owner = context.unit_name if by_unit else context.application.name
    _refuse_taken_label(context, owner, parsed["label"])
    now = context.environment.now()
    secret = _with_metadata(Secret(secret_rules.new_id(), owner, now, now), parsed, now)
    revision = SecretRevision(secret.id, 1, content, now)

    def change(tx: Transaction) -> None:
        tx.put(context.model, secret)
        tx.put(context.model, revision)

    context.change(change)
    return f"secret:{secret.id}\n"


def _refuse_taken_label(context: HookContext, owner: str, label: str) -> None:
    for secret in context.reader.all(Secret, context.model):
        if label and secret.owner == owner and secret.label == label:
            raise ToolError(f'secret with label "{label}" already exists')


async def secret_set(context: HookContext, call: Call) -> str:
    """Change a secret: new content makes a new revision."""
    parsed = call.parse(*_METADATA)
    if not parsed.positional:
        raise UsageError("missing secret URI")
    secret = _owned(context, parsed.positional[0])
    content, now = (
        await _content(context, call, parsed, parsed.positional[1:]),
        context.environment.now(),
    )
    newest = context.reader.get(
        SecretRevision, context.model, f"{secret.id}/{secret.revision}"
    ).content
    changed = _with_metadata(replace(secret, updated=now), parsed, now)
    if content and content != newest:
        changed = replace(changed, revision=_next_revision(context, secret))

    def change(tx: Transaction) -> None:
        tx.put(context.model, changed)
        if content and content != newest:
            tx.put(context.model, SecretRevision(secret.id, changed.revision, content, now))

    context.change(change)
    return ""


def _next_revision(context: HookContext, secret: Secret) -> int:
    """Several secret-set of one hook are one revision, as in Juju."""
    committed = context.environment.store.find(Secret, context.model, secret.id)
    return (committed.revision if committed else 0) + 1


async def secret_grant(context: HookContext, call: Call) -> str:
    """Let the other side of a relation, or one unit of it, read a secret."""
    parsed = call.parse(Flag(("r", "relation")), Flag(("unit",)), Flag(("app",)))
    secret = _owned(context, parsed.positional[0] if parsed.positional else "")
    relation = context.find_relation(parsed["relation"])
    other = relation.counterpart_of(context.application.name)
    target = parsed["unit"] or (other.application if other else "")
    grant = SecretGrant(secret.id, target, relation.id)
    context.change(lambda tx: tx.put(context.model, grant))
    return ""


async def secret_revoke(context: HookContext, call: Call) -> str:
    """Take back what was granted."""
    parsed = call.parse(Flag(("r", "relation")), Flag(("unit",)), Flag(("application", "app")))
    secret = _owned(context, parsed.positional[0] if parsed.positional else "")
    relation = parsed["relation"].rpartition(":")[2]
    target = parsed["unit"] or parsed["application"]

    def change(tx: Transaction) -> None:
        for grant in tx.all(SecretGrant, context.model):
            named = target in ("", grant.target) and relation in ("", str(grant.relation))
            if grant.secret == secret.id and named:
                tx.delete(context.model, grant)

    context.change(change)
    return ""


async def secret_remove(context: HookContext, call: Call) -> str:
    """Remove a secret, or one revision of it."""
    parsed = call.parse(Flag(("revision",)))
    secret = _owned(context, parsed.positional[0] if parsed.positional else "")

    def change(tx: Transaction) -> None:
        for revision in secret_rules.revisions(tx, context.model, secret.id):
            if parsed["revision"] in ("", str(revision.revision)):
                tx.delete(context.model, revision)
        if not secret_rules.revisions(tx, context.model, secret.id):
            _forget(tx, context.model, secret)

    context.change(change)
    return ""


def _forget(tx: Transaction, model: str, secret: Secret) -> None:
    tx.delete(model, secret)
    parts: tuple[type[SecretGrant | SecretConsumer], ...] = (SecretGrant, SecretConsumer)
    for kind in parts:
        for record in tx.all(kind, model):
            if record.secret == secret.id:
                tx.delete(model, record)


def _owned(context: HookContext, identity: str) -> Secret:
    if not identity:
        raise UsageError("missing secret URI")
    secret = find_by_id(context, identity)
    if secret is None:
        raise ToolError(f'secret "{bare_id(identity)}" not found')
    if not secret_rules.is_owner(secret, context.unit_name, leader=context.is_leader):
        raise ToolError("permission denied")
    return secret


def _with_metadata(secret: Secret, parsed: Parsed, now: float) -> Secret:
    policy = parsed["rotate"] or secret.rotate
    if policy != "never" and policy not in secret_rules.ROTATION_SECONDS:
        raise UsageError(f'rotate policy "{policy}" not valid')
    rotates = secret_rules.next_rotation(policy, now) if parsed["rotate"] else secret.rotates
    return replace(
        secret,
        label=parsed["label"] or secret.label,
        description=parsed["description"] or secret.description,
        rotate=policy,
        rotates=rotates,
        expires=_expiry(parsed["expire"], now) if parsed["expire"] else secret.expires,
    )


def _expiry(text: str, now: float) -> float:
    """Read "24h" or a time; a time without a zone is UTC."""
    if _DURATION.fullmatch(text):
        return now + sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise UsageError(f'expire time or duration "{text}" not valid') from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


async def _content(
    context: HookContext, call: Call, parsed: Parsed, words: tuple[str, ...]
) -> dict[str, str]:
    read, content = context.environment.read_file, dict[str, str]()
    if parsed["file"]:
        content = map_from(await read(posixpath.join(call.cwd, parsed["file"])))
    for word in words:
        key, _, value = word.partition("=")
        key, _, kind = key.partition("#")
        if not _KEY.fullmatch(key):
            raise UsageError(f'key "{key}" not valid')
        # The files of ops lie in a temporary folder that goes with the call: read them now.
        if kind == "file":
            content[key] = (await read(posixpath.join(call.cwd, value))).decode()
        else:
            content[key] = _value(key, kind, value)
    return content


def _value(key: str, kind: str, value: str) -> str:
    if kind != "base64":
        return value
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError as error:
        raise UsageError(f'invalid value of key "{key}": not base64') from error


TOOLS = {
    "secret-add": secret_add,
    "secret-grant": secret_grant,
    "secret-remove": secret_remove,
    "secret-revoke": secret_revoke,
    "secret-set": secret_set,
}
