"""API of a user's secrets: those of the model are made, changed, granted and removed."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from kafkastack.controller.api.session import Session
from kafkastack.controller.documents import (
    find_secret,
    secrets_document,
    show_secret_document,
)
from kafkastack.errors import ConflictError, NotFoundError
from kafkastack.hooktools import secret_rules
from kafkastack.model.bounds import check_name
from kafkastack.model.records import Secret, SecretGrant, SecretRevision
from kafkastack.model.secret_content import check_content


async def add_secret(s: Session, name: str, content: Mapping[str, str], info: str) -> str:
    """Make a secret of the model and return its URI."""
    model, now = s.living_model().uuid, s.now
    check_name("secret name", name)
    check_content(content)
    _refuse_taken(s, name)
    secret = Secret(secret_rules.new_id(), "", now, now, name=name, description=info)
    with s.store.transaction() as tx:
        tx.put(model, secret)
        tx.put(model, SecretRevision(secret.id, 1, dict(content), now))
    return f"secret:{secret.id}"


async def update_secret(
    s: Session,
    secret: str,
    content: Mapping[str, str],
    info: str,
    name: str,
    auto_prune: bool,
) -> None:
    """Change a secret of the model; other content is a new revision, told to its readers."""
    model, now = s.living_model().uuid, s.now
    before = _own(s, secret)
    check_name("secret name", name)
    check_content(content)
    _refuse_taken(s, name, but=before.id)
    after = replace(
        before,
        updated=now,
        name=name or before.name,
        description=info or before.description,
        auto_prune=auto_prune or before.auto_prune,
    )
    newest = s.store.find(SecretRevision, model, f"{before.id}/{before.revision}")
    is_new = bool(content) and (newest is None or newest.content != content)
    if is_new:
        after = replace(after, revision=before.revision + 1)
    with s.store.transaction() as tx:
        tx.put(model, after)
        if is_new:
            tx.put(model, SecretRevision(after.id, after.revision, dict(content), now))


async def grant_secret(s: Session, secret: str, applications: list[str]) -> None:
    """Let applications read a secret of the model."""
    model, own = s.living_model().uuid, _own(s, secret)
    for application in applications:
        s.application(application)
    with s.store.transaction() as tx:
        for application in applications:
            tx.put(model, SecretGrant(own.id, application))


async def revoke_secret(s: Session, secret: str, applications: list[str]) -> None:
    """Take back what was granted."""
    model, own = s.living_model().uuid, _own(s, secret)
    with s.store.transaction() as tx:
        for application in applications:
            if grant := tx.find(SecretGrant, model, SecretGrant(own.id, application).key):
                tx.delete(model, grant)


async def remove_secret(s: Session, secret: str, revision: int) -> None:
    """Remove a secret of the model, or one revision of it (0: all)."""
    model, own = s.model().uuid, _own(s, secret)
    if revision and not s.store.find(SecretRevision, model, f"{own.id}/{revision}"):
        raise NotFoundError(f'secret "{secret}" revision {revision} not found', _LIST)
    with s.store.transaction() as tx:
        secret_rules.remove(tx, model, own.id, str(revision) if revision else "")


async def secrets(s: Session, owner: str) -> dict[str, Any]:
    """Return the secrets of the model, of its applications and of their units."""
    return secrets_document(s.store, s.model().uuid, owner)


async def show_secret(
    s: Session, secret: str, reveal: bool, revisions: bool, revision: int
) -> dict[str, Any]:
    """Return one secret; its content only if that is to be revealed."""
    return show_secret_document(
        s.store,
        s.model().uuid,
        secret,
        reveal=reveal,
        revisions=revisions,
        revision=revision,
    )


_LIST = "type: kafkastack secrets"


def _own(s: Session, name: str) -> Secret:
    """Return a secret of the model; those of charms are their charms' own."""
    secret = find_secret(s.store, s.model().uuid, name)
    if secret.owner:
        raise ConflictError(
            f'secret "{name}" belongs to {secret.owner}', "its charm changes it; " + _LIST
        )
    return secret


def _refuse_taken(s: Session, name: str, but: str = "") -> None:
    for secret in s.store.all(Secret, s.model().uuid):
        if name and not secret.owner and secret.name == name and secret.id != but:
            raise ConflictError(
                f'secret with name "{name}" already exists',
                f"change it: kafkastack update-secret {name} KEY=VALUE",
            )
