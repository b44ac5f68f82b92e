"""In which form `status` is printed."""

from __future__ import annotations

from kafkastack.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document, Printed

FORMS = ("tabular", "json", "yaml", "oneline", "short", "line", "summary")


def format_status(
    document: Document,
    form: str = "tabular",
    *,
    relations: bool = False,
    storage: bool = False,
    color: bool = False,
) -> Printed:
    """Return stdout and stderr of `status`; only the chosen form's module is loaded."""
    if form in ("json", "yaml"):
        from kafkastack.cli.formats import data

        return (data.to_json if form == "json" else data.to_yaml)(document), ""
    if form in ("oneline", "short", "line"):
        from kafkastack.cli.formats.oneline import oneline

        return oneline(document), ""
    if form == "summary":
        from kafkastack.cli.formats.summary import summary

        return summary(document), ""
    if form != "tabular":
        raise UsageError(f'unknown format "{form}"', f"one of: {', '.join(FORMS)}")
    from kafkastack.cli.formats.tabular import tabular

    return tabular(document, relations=relations, storage=storage, color=color)
