"""Cost of an instance's image: built, found again, and booted until one can log in."""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import measure
from measure import Sample

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kafkastack.microstack.images.build import Image, build
from kafkastack.microstack.images.recipe import NAMES
from tests.microstack.images.container import started
from tests.microstack.images.machine import booted
from tests.microstack.images.metadata import write_metadata

# A guest that is emulated, with the name that tells cloud-init who emulates it.
_NOVA = ("-smbios", "type=1,product=OpenStack Compute", "-m", "512")
_SETTLED = {
    "debian": "cloud-init status --wait && systemctl is-system-running --wait",
    "debian-vm": "cloud-init status --wait && systemctl is-system-running --wait",
    "tiny": "true",
}


def said(text: str) -> None:
    """Tell who waits."""
    print(text, file=sys.stderr, flush=True)


def built(name: str, cache: Path) -> tuple[Image, dict[str, object]]:
    """Build an image from the mirror's packages, find it again, and return what that took."""
    samples: list[Sample] = []
    with measure.clock(samples):
        image = build(name, cache=cache, progress=said)
    with measure.clock(samples):
        build(name, cache=cache, progress=said)
    files = [path for path in (image.disk, image.kernel, image.ramdisk) if path]
    return image, {
        "build": vars(samples[0]),
        "found again": samples[1].wall,
        "MB": round(sum(path.stat().st_size for path in files) / 1e6, 1),
        "MB on the disk": round(sum(512 * path.stat().st_blocks for path in files) / 1e6, 1),
    }


def boot(image: Image, key: Path) -> tuple[float, float]:
    """Return the seconds until one can log in, and until everything in the guest is done."""
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        public = key.with_suffix(".pub").read_text()
        write_metadata(folder / "metadata", public, "#cloud-config\nfqdn: demo.example.org\n")
        begun = time.perf_counter()
        guest = stack.enter_context(
            booted(image, folder, key, folder / "metadata", _NOVA)
            if image.kernel
            else started(image, folder, key, "ks-benchmark")
        )
        login = time.perf_counter() - begun
        guest.login.run(_SETTLED[image.name])
        settled = time.perf_counter() - begun
        if (named := guest.login.run("hostname -f")) != "demo.example.org":
            raise RuntimeError(f"{image.name} has the name {named}")
    return login, settled


@contextlib.contextmanager
def own_key() -> Iterator[Path]:
    """Give a private key."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]
        subprocess.run(words, check=True)
        yield path


def main() -> None:
    """Measure, and write results/image-NAME.json of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*", default=NAMES)
    asked = parser.parse_args()
    with own_key() as key:
        for name in asked.names:
            load = os.getloadavg()[0]
            with tempfile.TemporaryDirectory() as cache:
                image, figures = built(name, Path(cache))
                boots = [boot(image, key) for _ in range(asked.rounds)]
            figures["boot to SSH"] = measure.spread([login for login, _ in boots])
            figures["boot to settled"] = measure.spread([settled for _, settled in boots])
            measure.save(f"image-{name}", figures, load)


if __name__ == "__main__":
    main()
