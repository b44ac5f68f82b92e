"""Lines of `status` for what comes from other models, and for what is offered to them."""

from __future__ import annotations

from kafkastack.cli.formats.color import style_of
from kafkastack.cli.formats.table import headers, plain
from kafkastack.model.natural import natural_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkastack.cli.formats.shapes import Document, Line

_OFFER = ("Offer", "Application", "Charm", "Rev", "Connected", "Endpoint", "Interface", "Role")


def saas_lines(document: Document) -> list[Line]:
    """Return the table of remote applications, [] when there is none."""
    remotes = document.get("application-endpoints", {})
    lines = [_saas(name, remotes[name]) for name in sorted(remotes, key=natural_key)]
    return [headers("SAAS", "Status", "Store", "URL"), *lines] if lines else []


def offer_lines(document: Document) -> list[Line]:
    """Return the table of offers, a line for each endpoint, [] when there is none."""
    offers = document.get("offers", {})
    lines = [
        line for name in sorted(offers, key=natural_key) for line in _offer(name, offers[name])
    ]
    return [headers(*_OFFER), *lines] if lines else []


def _saas(name: str, remote: Document) -> Line:
    status = remote.get("application-status", {}).get("current", "")
    store, _, path = remote["url"].rpartition(":")
    return [(name, ""), (status, style_of(status)), (store or "local", ""), (path, "")]


def _offer(name: str, offer: Document) -> Iterator[Line]:
    """Yield a line for each endpoint; what is the same is written once."""
    charm, _, revision = offer.get("charm", "").rpartition("/")[2].rpartition("-")
    counts = (offer.get("active-connected-count", 0), offer.get("total-connected-count", 0))
    shown = (name, offer["application"], charm.rpartition(":")[2], revision)
    cells = plain(*shown, f"{counts[0]}/{counts[1]}")
    for endpoint, what in sorted(offer["endpoints"].items()):
        yield [*cells, *plain(endpoint, what["interface"], what["role"])]
        cells = plain("", "", "", "", "")
