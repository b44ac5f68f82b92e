"""Announcement of a cloud that is not installed: a dist-info folder on the path."""

from pathlib import Path


def announce(folder: Path, name: str, target: str) -> None:
    """Write into `folder` what pip would for a package that brings the cloud `name`."""
    info = folder / f"a_cloud_called_{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: a-cloud-called-{name}\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text(f"[kafkastack.clouds]\n{name} = {target}\n")
