"""Metadata of Nova for an instance: its files, for a service or a config drive."""

import json
from pathlib import Path

UUID = "5b3ef4b2-9a0e-4d43-b9de-0f9c7a30e5b1"


def write_metadata(folder: Path, public_key: str, user_data: str = "") -> None:
    """Write the files of an instance `demo` as Nova's metadata service has them."""
    latest, ec2 = folder / "openstack/latest", folder / "latest/meta-data"
    latest.mkdir(parents=True)
    ec2.mkdir(parents=True)
    known = {
        "uuid": UUID,
        "public_keys": {"mykey": public_key},
        "keys": [{"name": "mykey", "type": "ssh", "data": public_key}],
        "hostname": "demo.novalocal",
        "name": "demo",
        "launch_index": 0,
        "availability_zone": "nova",
    }
    (latest / "meta_data.json").write_text(json.dumps(known))
    (latest / "vendor_data.json").write_text("{}")
    if user_data:
        (latest / "user_data").write_text(user_data)
    (folder / "openstack/index.html").write_text("latest")
    (ec2 / "index.html").write_text("instance-id")
    (ec2 / "instance-id").write_text("i-00000001")
