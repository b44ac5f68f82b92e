"""URL of an offer: `[controller:][user/]model.offer`."""

import re

from msgspec import Struct

from kafkastack.errors import UsageError

_URL = re.compile(
    r"(?:(?P<controller>[^:/.]+):)?(?:(?P<user>[^/.]+)/)?(?P<model>[a-z0-9-]+)\.(?P<name>[a-z0-9-]+)"
    r"(?P<endpoint>:[a-z0-9_-]+)?"
)


class OfferUrl(Struct, frozen=True):
    """An offer of a model; `endpoint` is what `integrate` may add."""

    model: str
    name: str
    controller: str = ""
    endpoint: str = ""

    def __str__(self) -> str:
        return f"admin/{self.model}.{self.name}"


def is_offer_url(text: str) -> bool:
    """Report whether this names an offer of a model and not an application."""
    return _URL.fullmatch(text) is not None


def parse_offer_url(text: str) -> OfferUrl:
    """Return what an URL names; UsageError says how one is written."""
    match = _URL.fullmatch(text)
    if match is None or match["user"] not in (None, "admin"):
        raise UsageError(
            f'application offer URL "{text}" not valid', "write it as [user/]model.offer"
        )
    endpoint = (match["endpoint"] or ":")[1:]
    return OfferUrl(match["model"], match["name"], match["controller"] or "", endpoint)
