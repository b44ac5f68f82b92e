"""Documents of `secrets` and `show-secret`; contents only when they are to be revealed."""

import hashlib
import json

from kafkastack.controller.documents.facts import Document
from kafkastack.controller.documents.times import stamp_text
from kafkastack.errors import NotFoundError
from kafkastack.model.records import Application, Relation, Secret, SecretGrant, SecretRevision
from kafkastack.store.store import Reader

_MODEL_OWNER = "<model>"


def secrets_document(reader: Reader, model_uuid: str, owner: str = "") -> Document:
    """Return the secrets by bare id, of one owner ("application-kafka", "kafka/0") or of all."""
    known = {"", *(application.name for application in reader.all(Application, model_uuid))}
    mine = [s for s in reader.all(Secret, model_uuid) if s.owner.partition("/")[0] in known]
    shown = sorted(mine, key=lambda secret: secret.created)
    wanted = _owner_of_tag(owner)
    return {s.id: _secret(s) for s in shown if not owner or _owner(s) == wanted}


def show_secret_document(
    reader: Reader,
    model_uuid: str,
    name: str,
    *,
    reveal: bool = False,
    revisions: bool = False,
    revision: int = 0,
) -> Document:
    """Return one secret by id, URI, name or label, with what is asked for."""
    secret = find_secret(reader, model_uuid, name)
    shown = _secret(secret)
    access = _access(reader, model_uuid, secret)
    if access:
        shown["access"] = access
    if revisions:
        shown["revisions"] = _revisions(reader, model_uuid, secret)
    if reveal:
        shown |= _content(reader, model_uuid, secret, revision or secret.revision)
    return {secret.id: shown}


def find_secret(reader: Reader, model_uuid: str, name: str) -> Secret:
    """Return the secret that an id, a URI, a name or a label means."""
    bare = name.removeprefix("secret:").rpartition("/")[2]
    for secret in reader.all(Secret, model_uuid):
        if bare == secret.id or name in (secret.name, secret.label):
            return secret
    raise NotFoundError(f'secret "{name}" not found', "see which there are: kafkastack secrets")


def _secret(secret: Secret) -> Document:
    shown: Document = {
        "revision": secret.revision,
        "expires": stamp_text(secret.expires) if secret.expires else "",
        "rotation": secret.rotate,
        "rotates": stamp_text(secret.rotates) if secret.rotates else "",
        "owner": _owner(secret),
        "description": secret.description,
        "name": secret.name,
        "label": secret.label,
        "created": stamp_text(secret.created),
        "updated": stamp_text(secret.updated),
    }
    return {key: value for key, value in shown.items() if value}


def _owner(secret: Secret) -> str:
    return secret.owner or _MODEL_OWNER


def _owner_of_tag(tag: str) -> str:
    """Read "application-kafka" or "unit-kafka-0", as `--owner` takes them, else a plain name."""
    kind, _, name = tag.partition("-")
    if kind == "model":
        return _MODEL_OWNER
    if kind == "application" and name:
        return name
    application, _, number = name.rpartition("-")
    return f"{application}/{number}" if kind == "unit" and number.isdigit() else tag


def _access(reader: Reader, model_uuid: str, secret: Secret) -> list[Document]:
    grants = [g for g in reader.all(SecretGrant, model_uuid) if g.secret == secret.id]
    return [
        {
            "target": f"{'unit' if '/' in grant.target else 'application'}-"
            + grant.target.replace("/", "-"),
            "scope": _scope(reader, model_uuid, grant),
            "role": "view",
        }
        for grant in sorted(grants, key=lambda grant: grant.key)
    ]


def _scope(reader: Reader, model_uuid: str, grant: SecretGrant) -> str:
    relation = reader.find(Relation, model_uuid, str(grant.relation))
    if relation is None:
        return f"model-{model_uuid}"
    return "relation-" + "#".join(str(e).replace(":", ".") for e in relation.endpoints)


def _revisions(reader: Reader, model_uuid: str, secret: Secret) -> list[Document]:
    found = [r for r in reader.all(SecretRevision, model_uuid) if r.secret == secret.id]
    return [
        {
            "revision": r.revision,
            "backend": "internal",
            "created": stamp_text(r.created),
            "updated": stamp_text(r.created),
        }
        for r in sorted(found, key=lambda r: r.revision)
    ]


def _content(reader: Reader, model_uuid: str, secret: Secret, number: int) -> Document:
    found = reader.find(SecretRevision, model_uuid, f"{secret.id}/{number}")
    if found is None:
        raise NotFoundError(f'secret "{secret.id}" has no revision {number}')
    data = dict(sorted(found.content.items()))
    return {
        "content": {"Data": data},
        "checksum": hashlib.sha256(json.dumps(data).encode()).hexdigest(),
    }
