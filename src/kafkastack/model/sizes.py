"""Sizes as they are shown; light, because `status` imports it."""


def size_text(mebibytes: int) -> str:
    """Return a size as Juju prints it: "952 MiB", "1.0 GiB", "10 GiB"."""
    if not mebibytes:
        return ""
    size, unit = float(mebibytes), "MiB"
    for larger in ("GiB", "TiB", "PiB", "EiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f} {unit}" if size < 10 else f"{size:.0f} {unit}"
