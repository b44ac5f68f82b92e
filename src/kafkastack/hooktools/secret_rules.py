"""Rules of secrets: their readers, the revision each reads, and the hooks that are due."""

import secrets
from collections.abc import Iterator

from msgspec.structs import replace

from kafkastack.model.records import (
    Application,
    Hook,
    Relation,
    Secret,
    SecretConsumer,
    SecretGrant,
    SecretRevision,
)
from kafkastack.store.store import Reader, Transaction

_LETTERS = "0123456789abcdefghijklmnopqrstuv"
ROTATION_SECONDS = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 7 * 86400,
    "monthly": 30 * 86400,
    "quarterly": 91 * 86400,
    "yearly": 365 * 86400,
}


def new_id() -> str:
    """Return an id as Juju makes them: 20 characters of base 32."""
    return "".join(secrets.choice(_LETTERS) for _ in range(20))


def next_rotation(policy: str, now: float) -> float:
    """Return when a secret is to be rotated next; 0 for never."""
    return now + ROTATION_SECONDS[policy] if policy in ROTATION_SECONDS else 0.0


def is_owner(secret: Secret, unit: str, *, leader: bool) -> bool:
    """Report whether a unit may change a secret: its own, or its application's as leader."""
    return secret.owner == unit or (leader and secret.owner == unit.rpartition("/")[0])


def may_read(reader: Reader, model: str, secret: Secret, unit: str) -> bool:
    """Report whether a unit may read a secret: an owner's unit, or one it was granted to."""
    application = unit.rpartition("/")[0]
    if secret.owner in (unit, application):
        return True
    return any(
        grant.secret == secret.id
        and grant.target in (unit, application)
        and (grant.relation < 0 or reader.find(Relation, model, str(grant.relation)))
        for grant in reader.all(SecretGrant, model)
    )


def revisions(reader: Reader, model: str, secret: str) -> list[SecretRevision]:
    """Return the revisions of a secret, oldest first."""
    found = (r for r in reader.all(SecretRevision, model) if r.secret == secret)
    return sorted(found, key=lambda revision: revision.revision)


def due_hooks(reader: Reader, model: str, unit: str, now: float) -> Iterator[Hook]:
    """Yield the secret hooks that a unit is to run now, in Juju's order."""
    application = reader.find(Application, model, unit.rpartition("/")[0])
    leader = application is not None and application.leader == unit
    owned = [s for s in reader.all(Secret, model) if is_owner(s, unit, leader=leader)]
    for secret in owned:
        if secret.expires not in (0.0, secret.expired_told) and secret.expires <= now:
            yield _hook("secret-expired", secret, secret.revision)
    for secret in owned:
        if secret.rotates and secret.rotates <= now:
            yield _hook("secret-rotate", secret)
    yield from _changed(reader, model, unit, {secret.id for secret in owned})
    for secret in owned:
        yield from _obsolete(reader, model, secret)


def _changed(reader: Reader, model: str, unit: str, owned: set[str]) -> Iterator[Hook]:
    for consumer in reader.all(SecretConsumer, model):
        secret = reader.find(Secret, model, consumer.secret)
        if consumer.unit != unit or secret is None or secret.id in owned:
            continue
        if max(consumer.revision, consumer.told) < secret.revision:
            yield Hook(
                "secret-changed",
                secret=secret.id,
                secret_label=consumer.label,
                version=secret.revision,
            )


def _obsolete(reader: Reader, model: str, secret: Secret) -> Iterator[Hook]:
    """Yield secret-remove for old revisions that nobody tracks any more."""
    tracked = {c.revision for c in reader.all(SecretConsumer, model) if c.secret == secret.id}
    for revision in revisions(reader, model, secret.id):
        old = revision.revision < secret.revision and revision.revision not in tracked
        if old and not revision.obsolete_told:
            yield _hook("secret-remove", secret, revision.revision)


def _hook(kind: str, secret: Secret, revision: int = 0) -> Hook:
    return Hook(kind, secret=secret.id, secret_label=secret.label, version=revision)


def next_due(reader: Reader, model: str, now: float) -> float:
    """Return when the next rotation or expiry of a model will be; infinity for never."""
    times = [t for s in reader.all(Secret, model) for t in (s.rotates, s.expires) if t > now]
    return min(times, default=float("inf"))


def after_secret_hook(tx: Transaction, model: str, unit: str, hook: Hook, now: float) -> None:
    """Note in the records that a secret hook has succeeded, so that it is told once."""
    secret = tx.find(Secret, model, hook.secret)
    if secret is None:
        return
    if hook.kind == "secret-changed":
        consumer = tx.find(SecretConsumer, model, f"{hook.secret}/{unit}")
        if consumer:
            tx.put(model, replace(consumer, told=hook.version))
    elif hook.kind == "secret-remove":
        if old := tx.find(SecretRevision, model, f"{hook.secret}/{hook.version}"):
            tx.put(model, replace(old, obsolete_told=True))
    elif hook.kind == "secret-rotate":
        tx.put(model, replace(secret, rotates=next_rotation(secret.rotate, now)))
    elif hook.kind == "secret-expired" and _is_still_due(secret, hook, now):
        tx.put(model, replace(secret, expired_told=secret.expires))


def _is_still_due(secret: Secret, hook: Hook, now: float) -> bool:
    """Report whether the hook has neither made another revision nor put its expiry off."""
    return secret.revision == hook.version and secret.expires <= now


def prune(tx: Transaction, model: str, secret: Secret) -> None:
    """Remove the old revisions that nobody tracks, where that was asked for."""
    if not secret.auto_prune:
        return
    tracked = {c.revision for c in tx.all(SecretConsumer, model) if c.secret == secret.id}
    for revision in revisions(tx, model, secret.id):
        if revision.revision not in (secret.revision, *tracked):
            tx.delete(model, revision)


def remove(tx: Transaction, model: str, identity: str, number: str) -> None:
    """Remove a revision, or all; the newest that is left is what others read from now on."""
    secret = tx.find(Secret, model, identity)
    for revision in revisions(tx, model, identity):
        if number in ("", str(revision.revision)):
            tx.delete(model, revision)
    left = [revision.revision for revision in revisions(tx, model, identity)]
    if secret and not left:
        _forget(tx, model, secret)
    elif secret and secret.revision not in left:
        tx.put(model, replace(secret, revision=left[-1]))


def _forget(tx: Transaction, model: str, secret: Secret) -> None:
    tx.delete(model, secret)
    parts: tuple[type[SecretGrant | SecretConsumer], ...] = (SecretGrant, SecretConsumer)
    for kind in parts:
        for record in tx.all(kind, model):
            if record.secret == secret.id:
                tx.delete(model, record)
