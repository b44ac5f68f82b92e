"""Tables of `offers`, `find-offers` and `show-offer`."""

from __future__ import annotations

from kafkastack.cli.formats.table import headers, plain, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkastack.cli.formats.shapes import Document, Line


def offers_table(document: Document) -> str:
    """Return a line for each connection of an offer, and one for an offer without."""
    head = headers(
        "Offer",
        "User",
        "Relation id",
        "Status",
        "Endpoint",
        "Interface",
        "Role",
        "Ingress subnets",
    )
    return render([head, *(line for name in sorted(document) for line in _offer(name, document))])


def _offer(name: str, document: Document) -> Iterator[Line]:
    offer = document[name]
    shown = name
    for one in offer["connections"]:
        endpoint = offer["endpoints"].get(one["endpoint"], {})
        yield plain(
            shown,
            one["username"],
            one["relation-id"],
            one["status"].get("current", ""),
            one["endpoint"],
            endpoint.get("interface", ""),
            endpoint.get("role", ""),
            ",".join(one["ingress-subnets"]),
        )
        shown = ""
    if not offer["connections"]:
        yield plain(name, "-", "", "", "", "", "", "")


def summary_table(document: Document) -> str:
    """Return a line for each endpoint of an offer."""
    lines = [
        headers(
            "Offer", "Application", "Charm", "Connected", "Store", "URL", "Endpoint", "Interface"
        )
        + headers("Role")
    ]
    for name in sorted(document):
        offer = document[name]
        joined = sum(c["status"].get("current") == "joined" for c in offer["connections"])
        cells = plain(
            name,
            offer["application"],
            offer["charm"],
            f"{joined}/{len(offer['connections'])}",
            offer["store"],
            offer["offer-url"],
        )
        for endpoint, what in sorted(offer["endpoints"].items()):
            lines.append([*cells, *plain(endpoint, what["interface"], what["role"])])
            cells = plain("", "", "", "", "", "")
    return render(lines)


def found_table(document: Document) -> str:
    """Return a line for each offer that was found."""
    lines = [headers("Store", "URL", "Access", "Interfaces")]
    for url in sorted(document):
        store, _, path = url.partition(":")
        interfaces = ", ".join(
            f"{what['interface']}:{name}"
            for name, what in sorted(document[url]["endpoints"].items())
        )
        lines.append(plain(store, path, document[url]["access"], interfaces))
    return render(lines)


def show_table(document: Document) -> str:
    """Return a line for each endpoint of an offer, with what the offer is."""
    lines = [headers("Store", "URL", "Access", "Description", "Endpoint", "Interface", "Role")]
    for url in sorted(document):
        offer, (store, _, path) = document[url], url.partition(":")
        cells = plain(store, path, offer["access"], offer["description"])
        for name, what in sorted(offer["endpoints"].items()):
            lines.append([*cells, *plain(name, what["interface"], what["role"])])
            cells = plain("", "", "", "")
    return render(lines)
