"""secret-add, secret-set, secret-grant, secret-revoke, secret-remove: an owner's tools."""

from typing import Any

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools import secret_rules
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.secret_values import METADATA, read_content, with_metadata
from kafkastack.model.records import Secret, SecretConsumer, SecretGrant, SecretRevision
from kafkastack.store.store import Reader, Transaction

LABEL = Flag(("label",))


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
    parsed = call.parse(*METADATA)
    content = await read_content(context, call, parsed, parsed.positional)
    if not content:
        raise UsageError("missing secret value or filename")
    if parsed["owner"] not in ("application", "unit"):
        raise UsageError(f'secret owner "{parsed["owner"]}" not valid')
    by_unit = parsed["owner"] == "unit"
    if not by_unit and not context.is_leader:
        raise ToolError("this unit is not the leader")
    owner = context.unit_name if by_unit else context.application.name
    refuse_taken_label(context, parsed["label"])
    now = context.environment.now()
    secret = with_metadata(Secret(secret_rules.new_id(), owner, now, now), parsed, now)
    revision = SecretRevision(secret.id, 1, content, now)

    def change(tx: Transaction) -> None:
        tx.put(context.model, secret)
        tx.put(context.model, revision)

    context.change(change)
    if parsed["expire"]:
        context.expiries[secret.id] = secret.expires
    return f"secret:{secret.id}\n"


def refuse_taken_label(context: HookContext, label: str, but: str = "") -> None:
    """Refuse a label by which this unit finds another secret already, an own or another's."""
    here = (context.unit_name, context.application.name)
    found = [
        s.id
        for s in context.reader.all(Secret, context.model)
        if (s.owner in here and s.label == label)
    ]
    found += [
        c.secret
        for c in context.reader.all(SecretConsumer, context.model)
        if c.unit == context.unit_name and c.label == label
    ]
    if label and set(found) - context.removed - {but}:
        raise ToolError(f'secret with label "{label}" already exists')


async def secret_set(context: HookContext, call: Call) -> str:
    """Change a secret: new content makes a new revision, one for all that a hook changes."""
    parsed = call.parse(*METADATA)
    if not parsed.positional:
        raise UsageError("missing secret URI")
    secret = _owned(context, parsed.positional[0])
    refuse_taken_label(context, parsed["label"], but=secret.id)
    content = await read_content(context, call, parsed, parsed.positional[1:])
    now = context.environment.now()
    revision = _revision_of(context, secret, content)
    base = replace(secret, updated=now, revision=revision)
    if revision > secret.revision:  # a time of expiry is that of a revision
        base = replace(base, expires=context.expiries.get(secret.id, 0.0))
    changed = with_metadata(base, parsed, now)
    context.change(lambda tx: _set(tx, context.model, changed, content))
    if parsed["expire"]:
        context.expiries[secret.id] = changed.expires
    return ""


def _revision_of(context: HookContext, secret: Secret, content: dict[str, str]) -> int:
    """Return which revision a secret has with this content: several secret-set make one."""
    if not content:
        return secret.revision
    committed = context.environment.store.find(Secret, context.model, secret.id)
    if committed is None:
        return 1
    newest = f"{committed.id}/{committed.revision}"
    known = context.environment.store.find(SecretRevision, context.model, newest)
    return committed.revision + (known is None or content != known.content)


def _set(tx: Transaction, model: str, secret: Secret, content: dict[str, str]) -> None:
    """Put a secret with the content of its newest revision; one beyond it was taken back."""
    tx.put(model, secret)
    if content:
        known = tx.find(SecretRevision, model, f"{secret.id}/{secret.revision}")
        if known is None or known.content != content:
            tx.put(model, SecretRevision(secret.id, secret.revision, content, secret.updated))
    for revision in secret_rules.revisions(tx, model, secret.id):
        if revision.revision > secret.revision:
            tx.delete(model, revision)
    for consumer in tx.all(SecretConsumer, model):
        if consumer.secret == secret.id and consumer.revision > secret.revision:
            tx.put(model, replace(consumer, revision=secret.revision, told=secret.revision))


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
    if parsed["revision"] and not parsed["revision"].isdecimal():
        raise UsageError(f'invalid value "{parsed["revision"]}" for option --revision')
    if not parsed["revision"]:
        context.removed.add(secret.id)
    context.remove(
        lambda tx: secret_rules.remove(tx, context.model, secret.id, parsed["revision"])
    )
    return ""


def _owned(context: HookContext, identity: str) -> Secret:
    if not identity:
        raise UsageError("missing secret URI")
    secret = find_by_id(context, identity)
    if secret is None:
        raise ToolError(f'secret "{bare_id(identity)}" not found')
    if not secret_rules.is_owner(secret, context.unit_name, leader=context.is_leader):
        raise ToolError("permission denied")
    return secret


TOOLS = {
    "secret-add": secret_add,
    "secret-grant": secret_grant,
    "secret-remove": secret_remove,
    "secret-revoke": secret_revoke,
    "secret-set": secret_set,
}
