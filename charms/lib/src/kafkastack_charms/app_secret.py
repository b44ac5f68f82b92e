"""Secret of an application: what all its units may read and nobody else."""

from __future__ import annotations

from collections.abc import Mapping

import ops


def create(app: ops.Application, content: Mapping[str, str], endpoint: str) -> str:
    """Store the content of a new secret; return its id."""
    secret = app.add_secret(dict(content), label=f"{endpoint}.{app.name}.app")
    return secret.id or ""


def read(model: ops.Model, secret_id: str) -> dict[str, str] | None:
    """Return the newest content of a secret, None while there is none for this unit."""
    if not secret_id:
        return None
    try:
        return model.get_secret(id=secret_id).get_content(refresh=True)
    except ops.SecretNotFoundError:
        return None


def update(model: ops.Model, secret_id: str, content: Mapping[str, str]) -> None:
    """Store another content."""
    model.get_secret(id=secret_id).set_content(dict(content))
