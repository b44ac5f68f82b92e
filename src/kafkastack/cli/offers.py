"""offer, offers, find-offers, show-offer, remove-offer, consume, remove-saas, suspend-relation."""

import sys
from collections.abc import Callable
from typing import Any

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.offers import found_table, offers_table, show_table, summary_table
from kafkastack.cli.session import Target, confirm, controller_target, model_target
from kafkastack.errors import UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.offer_url import parse_offer_url

Document = dict[str, Any]


def offer(parsed: Parsed) -> int:
    """Offer endpoints of an application."""
    source, colon, endpoints = parsed.positional[0].partition(":")
    if not (source and colon and endpoints):
        raise UsageError(
            f'endpoints must conform to format "<application-name>:<endpoint-name>[,...]", '
            f'got "{parsed.positional[0]}"',
            "such as: kafkastack offer kafka:kafka-client",
        )
    model, dot, application = source.rpartition(".")
    target = _target(parsed, model.rpartition("/")[2] if dot else "")
    chosen = endpoints.split(",")
    name = parsed.positional[1] if len(parsed.positional) > 1 else ""
    made = target.call("offer", application=application, endpoints=chosen, name=name)
    print(
        f'Application "{application}" endpoints [{", ".join(chosen)}] available at '
        f'"{made["url"]}"',
        file=sys.stderr,
    )
    return 0


def _target(parsed: Parsed, model: str) -> Target:
    """Return the target of --controller and a model, the current one where none is named."""
    controller = parsed["controller"]
    if model or controller:
        found = controller_target(parsed)
        return Target(found.controller, model or model_target(parsed, f"{controller}:").model)
    return model_target(parsed)


def offers(parsed: Parsed) -> int:
    """List the offers of a model."""
    name = parsed.positional[0] if parsed.positional else ""
    document: Document = model_target(parsed).call("offers", name=name)
    shown = {url: one for url, one in document.items() if _is_wanted(parsed, one)}
    tables = {"tabular": offers_table, "summary": summary_table}
    return _show(parsed, shown, tables.get(parsed["format"], offers_table))


def _is_wanted(parsed: Parsed, one: Document) -> bool:
    if parsed["application"] and one["application"] != parsed["application"]:
        return False
    if not _has_interface(parsed, one):
        return False
    is_active = bool(one["connections"])
    if parsed.is_set("active-only") and not is_active:
        return False
    return not (parsed.is_set("inactive-only") and is_active)


def _has_interface(parsed: Parsed, one: Document) -> bool:
    interfaces = {endpoint["interface"] for endpoint in one["endpoints"].values()}
    return not parsed["interface"] or parsed["interface"] in interfaces


def find_offers(parsed: Parsed) -> int:
    """Find the offers of all models, or of one."""
    place = parsed["url"] or (parsed.positional[0] if parsed.positional else "")
    controller, _, path = place.rpartition(":")
    model, _, name = path.rpartition("/")[2].partition(".")
    target = Target(controller_target(parsed, controller).controller)
    document: Document = target.call(
        "find-offers", model=model, name=parsed["offer"] or name, details=False
    )
    shown = {url: one for url, one in document.items() if _has_interface(parsed, one)}
    if not shown:
        raise UsageError("no matching application offers found", "kafkastack offer makes one")
    return _show(parsed, shown, found_table)


def show_offer(parsed: Parsed) -> int:
    """Show an offer."""
    url = parse_offer_url(parsed.positional[0])
    target = Target(controller_target(parsed, url.controller).controller)
    document = target.call("find-offers", model=url.model, name=url.name, details=True)
    return _show(parsed, document, show_table)


def _show(parsed: Parsed, document: Document, table: Callable[[Document], str]) -> int:
    writers: dict[str, Callable[[Document], str]] = {"json": to_json, "yaml": to_yaml}
    print(writers.get(parsed["format"], table)(document), end="")
    return 0


def remove_offer(parsed: Parsed) -> int:
    """Remove offers; with --force their relations, too."""
    urls = [parse_offer_url(word) for word in parsed.positional]
    shown = ", ".join(parsed.positional)
    if parsed.is_set("force") and not confirm(
        parsed, f"This command will remove offers with their relations: {shown}."
    ):
        return 1
    for word, url in zip(parsed.positional, urls, strict=True):
        target = Target(controller_target(parsed, url.controller).controller)
        target.call("remove-offer", url=word, force=parsed.is_set("force"))
    return 0


def consume(parsed: Parsed) -> int:
    """Give an offer a name in this model."""
    url, *alias = parsed.positional
    name = model_target(parsed).call("consume", url=url, alias=alias[0] if alias else "")
    print(f"Added {parse_offer_url(url)} as {name}", file=sys.stderr)
    return 0


def remove_saas(parsed: Parsed) -> int:
    """Remove what is used of other models."""
    model_target(parsed).call("remove-saas", names=list(parsed.positional))
    return 0


def suspend_relation(parsed: Parsed) -> int:
    """Suspend relations."""
    return _suspend(parsed, suspend=True, message=parsed["message"])


def resume_relation(parsed: Parsed) -> int:
    """Let suspended relations go on."""
    return _suspend(parsed, suspend=False, message="")


def _suspend(parsed: Parsed, *, suspend: bool, message: str) -> int:
    relations = [number for word in parsed.positional for number in word.split(",") if number]
    model_target(parsed).call(
        "suspend-relation", relations=relations, suspend=suspend, message=message
    )
    return 0
