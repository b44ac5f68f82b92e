"""Vault of the authority's keys: one secret of the application for each root."""

from __future__ import annotations

import ops
from authority import Root

ACTIVE = "active-ca-certificates"
EXPIRING = "expiring-ca-certificates"


def load(model: ops.Model, label: str) -> Root | None:
    """Return the root kept under a label, or None."""
    try:
        secret = model.get_secret(label=label)
    except ops.SecretNotFoundError:
        return None
    return Root.from_content(secret.get_content(refresh=True))


def save(model: ops.Model, label: str, root: Root) -> None:
    """Keep a root under a label, in place of the one before."""
    try:
        model.get_secret(label=label).set_content(root.to_content())
    except ops.SecretNotFoundError:
        model.app.add_secret(root.to_content(), label=label)


def forget(model: ops.Model, label: str) -> None:
    """Remove what is kept under a label, if anything is."""
    try:
        model.get_secret(label=label).remove_all_revisions()
    except ops.SecretNotFoundError:
        return
