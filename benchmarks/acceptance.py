"""OpenStack's own acceptance tests on a MicroStack of virtual machines: tempest's smoke set.

Builds a cloud in a folder of its own, or takes the running one that KAFKASTACK_MICROSTACK names.
Writes what passed, what failed, and why the rest was skipped.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

from kafkastack.microstack.catalog import connect
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import default_settings

ROOT = Path(__file__).parents[1]
KAFKASTACK = ROOT / ".venv/bin/kafkastack"
STATE = "/var/lib/kafkastack-acceptance"
IMAGE, USER = "tiny", "tiny"
_COUNT = re.compile(r" - (Passed|Skipped|Failed): (\d+)")
_SKIPPED = re.compile(r"\(?(tempest[\w.]+)\)?.* SKIPPED: (.*)")
_FAILED = re.compile(r"(tempest[\w.]+).* FAILED")
CONFIG = """\
[oslo_concurrency]
lock_path = {folder}/lock
[auth]
admin_username = admin
admin_password = {password}
admin_project_name = admin
admin_domain_name = Default
[identity]
uri_v3 = {url}/v3
auth_version = v3
region = {region}
ca_certificates_file = {authority}
[compute]
image_ref = {image}
image_ref_alt = {image}
flavor_ref = {flavor}
flavor_ref_alt = {other_flavor}
build_timeout = 300
[compute-feature-enabled]
vnc_console = false
# One host: nothing to move to.
resize = false
cold_migration = false
live_migration = false
[network]
public_network_id = {network}
[network-feature-enabled]
# OVN has no agents that routers are scheduled on.
api_extensions = {extensions}
[volume]
storage_protocol = nfs
vendor_name = Open Source
[volume-feature-enabled]
backup = false
[service_available]
swift = false
horizon = false
[validation]
image_ssh_user = {user}
image_alt_ssh_user = {user}
ssh_timeout = 240
[scenario]
dhcp_client = udhcpc
"""


def main() -> None:
    """Run the smoke set, and write what came out."""
    if not shutil.which("ping"):
        sys.exit("tempest pings instances; type: sudo apt install iputils-ping")
    os.environ.setdefault("KAFKASTACK_MICROSTACK", STATE)
    settings = default_settings()
    load = os.getloadavg()[0]
    is_ours = not Cloud(settings).inside.leader
    if is_ours:
        microstack("bootstrap", "--quiet", "--hypervisor=qemu")
        microstack("configure", "--quiet")
    with tempfile.TemporaryDirectory() as folder:
        told = acceptance(Cloud(settings), Path(folder))
    counts = {word.lower(): int(number) for word, number in _COUNT.findall(told)}
    skipped = dict(_SKIPPED.findall(told))
    failed = sorted(set(_FAILED.findall(told)))
    measure.save("tempest-smoke", {**counts, "failed tests": failed, "why skipped": skipped}, load)
    if failed:
        sys.exit(f"{told}\nthe cloud stays, to be looked at: {settings.state}")
    if is_ours:
        microstack("destroy", "--quiet", "--no-prompt")


def microstack(*words: str) -> None:
    """Type a command of microstack."""
    measure.run([str(KAFKASTACK), "microstack", *words], timeout=1200)


def acceptance(cloud: Cloud, folder: Path) -> str:
    """Install tempest and run it; return what it printed."""
    venv = folder / "venv"
    uv = str(ROOT / ".venv/bin/uv")
    measure.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)])
    words = [uv, "pip", "install", "--quiet", "--python", str(venv / "bin/python"), "tempest"]
    measure.run(words, timeout=600)
    tempest = str(venv / "bin/tempest")
    known = ("--workspace-path", str(folder / "workspaces.yaml"))  # else in the home
    measure.run([tempest, "init", *known, str(folder / "work")])
    (folder / "work/etc/tempest.conf").write_text(configuration(cloud, folder))
    done = subprocess.run(
        [tempest, "run", "--smoke", "--concurrency", "2"],
        cwd=folder / "work",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def configuration(cloud: Cloud, folder: Path) -> str:
    """Return tempest.conf for a cloud."""
    with connect(cloud) as admin:
        flavors = [
            admin.compute.find_flavor(name)
            or admin.compute.create_flavor(name=name, ram=ram, vcpus=1, disk=1)
            for name, ram in (("tempest-1", 256), ("tempest-2", 320))
        ]
        return CONFIG.format(
            folder=folder,
            password=cloud.secrets.of("admin"),
            url=cloud.settings.url("keystone"),
            region=cloud.settings.region,
            authority=cloud.settings.state / "ca.pem",
            image=admin.image.find_image(IMAGE).id,
            flavor=flavors[0].id,
            other_flavor=flavors[1].id,
            network=admin.network.find_network("external-network").id,
            extensions=",".join(sorted(found.alias for found in admin.network.extensions())),
            user=USER,
        )


if __name__ == "__main__":
    main()
