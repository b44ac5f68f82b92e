"""secret-get, secret-ids, secret-info-get, and what follows when a charm reads a secret."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from kafkastack.errors import UsageError
from kafkastack.gnuflag import Flag
from kafkastack.hooktools import secret_rules
from kafkastack.hooktools.context import HookContext, ToolError
from kafkastack.hooktools.formats import write, write_settings
from kafkastack.hooktools.tools import secret_changes
from kafkastack.hooktools.tools.call import Call
from kafkastack.hooktools.tools.secret_changes import LABEL, bare_id, find_by_id, owned
from kafkastack.model import bounds
from kafkastack.model.records import Secret, SecretConsumer, SecretRevision
from kafkastack.store.store import Transaction

_REFRESH = Flag(("refresh",), takes_value=False)
_PEEK = Flag(("peek",), takes_value=False)
_YAML = Flag(("format",), default="yaml")


async def secret_get(context: HookContext, call: Call) -> str:
    """Print the content of a secret: the tracked revision, or the newest."""
    parsed = call.parse_output(LABEL, _REFRESH, _PEEK, form=_YAML, most=2)
    if parsed.is_set("peek") and parsed.is_set("refresh"):
        raise UsageError("specify one of --peek or --refresh but not both")
    identity, *keys = parsed.positional or ("",)
    bounds.check_name("secret label", parsed["label"] or "", bounds.LABEL)
    secret = _find_readable(context, identity, parsed["label"])
    newest = parsed.is_set("peek") or parsed.is_set("refresh")
    label = parsed["label"] if identity else ""
    if label:
        secret_changes.refuse_taken_label(context, label, but=secret.id)
    if label and secret in owned(context):
        renamed, label = replace(secret, label=label), ""
        context.change(lambda tx: tx.put(context.model, renamed))
    if parsed.is_set("peek"):
        revision = secret.revision
    else:
        revision = _track(context, secret, label, newest=newest)
    content = _content(context, secret, revision)
    if keys:
        if keys[0] not in content:
            raise ToolError(f'key "{keys[0]}" not found')
        return write(content[keys[0]], parsed["format"])
    return await write_settings(content, parsed["format"])


def _content(context: HookContext, secret: Secret, revision: int) -> dict[str, str]:
    found = context.reader.find(SecretRevision, context.model, f"{secret.id}/{revision}")
    if found is None:
        raise ToolError(f'secret "{secret.id}" revision {revision} not found')
    return found.content


def _find_readable(context: HookContext, identity: str, label: str) -> Secret:
    if not identity and not label:
        raise UsageError("require either a secret URI or label")
    secret = _by_label(context, label) if not identity else None
    secret = secret or (find_by_id(context, identity) if identity else None)
    if secret is None:
        raise ToolError(f'secret "{bare_id(identity) or label}" not found')
    if not secret_rules.may_read(context.reader, context.model, secret, context.unit_name):
        raise ToolError("permission denied")
    return secret


def _by_label(context: HookContext, label: str) -> Secret | None:
    application = context.unit_name.rpartition("/")[0]
    for secret in context.reader.all(Secret, context.model):
        is_own = secret.owner in (application, context.unit_name)
        if secret.label == label and is_own and secret.id not in context.removed:
            return secret
    for consumer in context.reader.all(SecretConsumer, context.model):
        if consumer.label == label and consumer.unit == context.unit_name:
            return context.reader.find(Secret, context.model, consumer.secret)
    return None


def _track(context: HookContext, secret: Secret, label: str, *, newest: bool) -> int:
    """Return the revision that this unit reads; it is tracked once the hook succeeds."""
    key = f"{secret.id}/{context.unit_name}"
    known = context.reader.find(SecretConsumer, context.model, key)
    tracked = known.revision if known else 0
    revision = tracked if tracked and not newest else secret.revision
    consumer = SecretConsumer(
        secret.id,
        context.unit_name,
        revision,
        label or (known.label if known else ""),
        max(revision, known.told if known else 0),
    )

    def track(tx: Transaction) -> None:
        """Its owner may have removed what looked like a revision that nobody tracks."""
        there = tx.find(SecretRevision, context.model, f"{secret.id}/{revision}")
        tx.put(context.model, consumer if there else replace(consumer, revision=0))

    if consumer != known:
        context.change(track)
    return revision


async def secret_ids(context: HookContext, call: Call) -> str:
    """Print the ids of the secrets this unit owns."""
    parsed = call.parse_output(most=0)
    return write(sorted(secret.id for secret in owned(context)), parsed["format"])


async def secret_info_get(context: HookContext, call: Call) -> str:
    """Print the metadata of a secret this unit owns."""
    parsed = call.parse_output(LABEL, most=1)
    identity = bare_id(parsed.positional[0]) if parsed.positional else ""
    if not identity and not parsed["label"]:
        raise UsageError("require either a secret URI or label")
    for secret in owned(context):
        if secret.id == identity or (not identity and secret.label == parsed["label"]):
            return write({secret.id: _info(context, secret)}, parsed["format"])
    raise ToolError(f'secret "{identity or parsed["label"]}" not found')


def _info(context: HookContext, secret: Secret) -> dict[str, Any]:
    """Return what is known of a secret: revision and time of rotation once they are committed."""
    committed = context.environment.store.find(Secret, context.model, secret.id)
    info: dict[str, Any] = {
        "revision": committed.revision if committed else 1,
        "label": secret.label,
        "owner": "unit" if "/" in secret.owner else "application",
        "rotation": secret.rotate,
    }
    if secret.description:
        info["description"] = secret.description
    if secret.expires:
        info["expiry"] = _time(secret.expires)
    if committed and committed.rotates:
        info["rotates"] = _time(committed.rotates)
    access = secret_changes.grants(context.reader, context.model, secret.id)
    if access:
        info["access"] = access
    return info


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


TOOLS = {
    "secret-get": secret_get,
    "secret-ids": secret_ids,
    "secret-info-get": secret_info_get,
    **secret_changes.TOOLS,
}
