"""Tables of clouds, regions and credentials."""

from __future__ import annotations

from kafkastack.cli.formats.table import headers, plain, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kafkastack.cli.formats.shapes import Document


def controller_clouds_table(clouds: Document) -> str:
    """Return the clouds of a controller."""
    lines = [headers("Cloud", "Regions", "Default", "Type")]
    lines += [plain(name, *_regions(entry), entry["type"]) for name, entry in clouds.items()]
    return "Clouds available on the controller:\n" + render(lines)


def client_clouds_table(clouds: Document) -> str:
    """Return the clouds of the client, with how many credentials each has."""
    names = ("Cloud", "Regions", "Default", "Type", "Credentials", "Source", "Description")
    lines = [headers(*names)]
    lines += [
        plain(
            name,
            *_regions(entry),
            entry["type"],
            entry["credentials"],
            entry["defined"],
            entry["description"],
        )
        for name, entry in clouds.items()
    ]
    return "Clouds available on the client:\n" + render(lines)


def _regions(entry: Document) -> tuple[int, str]:
    default = entry.get("default-region") or next(iter(entry["regions"]), "")
    return len(entry["regions"]), default


def credentials_table(title: str, clouds: Document) -> str:
    """Return the names of credentials by cloud, the default ones starred."""
    lines = [headers("Cloud", "Credentials")]
    for cloud, entry in clouds.items():
        default = entry.get("default-credential", "")
        names = sorted(entry["cloud-credentials"])
        names.sort(key=lambda name: name != default)
        starred = ", ".join(f"{name}*" if name == default else name for name in names)
        lines.append(plain(cloud, starred))
    return f"{title}:\n{render(lines)}"
