"""Status of the unit: decided from the options and the relations, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ops
from products import ROLE_OPTIONS, Config, Product, find_complaint, read_request

UNRELATED = "Please relate the data-integrator with the desired product"
UNANSWERED = "Waiting for {app} to grant access to {word} {resource}"
REFUSED = "{app} refuses {word} {resource}: {reason}"
UNNAMED = "Please specify the {word} that is wanted of {app}"
RESOURCE_CHANGED = "To change {word}: {active}, please remove relation and add it again"
ROLES_CHANGED = "To change role info, please remove relation and add it again"


class Link(NamedTuple):
    """A relation as it stands: what was asked, and whether it was answered."""

    product: Product
    app: str
    asked: Mapping[str, str]
    answered: bool
    refusal: str = ""


def decide_status(config: Config, links: Sequence[Link]) -> ops.StatusBase:
    """Return the unit's status; the first complaint wins."""
    complaint = find_complaint(config)
    if complaint:
        return ops.BlockedStatus(complaint)
    if not links:
        return ops.BlockedStatus(UNRELATED)
    for link in links:
        status = _judge(config, link)
        if status:
            return status
    return ops.ActiveStatus()


def _judge(config: Config, link: Link) -> ops.StatusBase | None:
    wanted = read_request(link.product, config)
    words = {"word": link.product.word, "app": link.app}
    if not link.asked:
        if wanted is None:
            return ops.BlockedStatus(UNNAMED.format(**words))
        return ops.WaitingStatus(UNANSWERED.format(resource=wanted.resource, **words))
    active = link.asked.get(link.product.kind, "")
    if wanted is None or wanted.resource != active:
        return ops.BlockedStatus(RESOURCE_CHANGED.format(active=active, **words))
    if any(wanted.options[name] != link.asked.get(name, "") for name in ROLE_OPTIONS):
        return ops.BlockedStatus(ROLES_CHANGED)
    if link.refusal and not link.answered:
        resource = active or wanted.resource
        return ops.BlockedStatus(REFUSED.format(reason=link.refusal, resource=resource, **words))
    if not link.answered:
        return ops.WaitingStatus(UNANSWERED.format(resource=active, **words))
    return None
