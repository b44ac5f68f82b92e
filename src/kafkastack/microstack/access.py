"""Access of a person to the cloud: clouds.yaml, openrc and the key, in their own home."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, json

from kafkastack.microstack import demo
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import Settings
from kafkastack.system.files import write_atomically
from kafkastack.system.folders import make_folder

_EMPTY = "clouds:\n"


class Person(Struct, frozen=True):
    """Who uses a cloud of that name: root, and who asked with sudo."""

    cloud: str
    home: Path
    uid: int
    gid: int

    @property
    def folder(self) -> Path:
        """Where OpenStack's clients look."""
        return self.home / ".config" / "openstack"

    @property
    def clouds(self) -> Path:
        """The file of all their clouds."""
        return self.folder / "clouds.yaml"

    @property
    def key(self) -> Path:
        """The private key of the key pair."""
        return self.folder / f"{self.cloud}-key"

    @property
    def public_key(self) -> Path:
        """The public one."""
        return self.folder / f"{self.cloud}-key.pub"

    @property
    def authority(self) -> Path:
        """The certificate of the authority that the APIs' certificate is from."""
        return self.folder / f"{self.cloud}.pem"


def persons(cloud: str, environment: Mapping[str, str]) -> list[Person]:
    """Return who is given access: this user, and the one who typed sudo."""
    home = Path(environment.get("HOME") or Path("~").expanduser())
    found = [Person(cloud, home, os.getuid(), os.getgid())]
    if name := environment.get("SUDO_USER"):
        entry = pwd.getpwnam(name)
        found.append(Person(cloud, Path(entry.pw_dir), entry.pw_uid, entry.pw_gid))
    return found if len(found) == 1 or found[1].home != found[0].home else found[1:]


def variables(settings: Settings, user: str, project: str, password: str) -> dict[str, str]:
    """Return what openrc sets."""
    return {
        "OS_AUTH_URL": f"{settings.url('keystone')}/v3",
        "OS_AUTH_TYPE": "password",
        "OS_USERNAME": user,
        "OS_PASSWORD": password,
        "OS_PROJECT_NAME": project,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_REGION_NAME": settings.region,
    }


def openrc(cloud: Cloud, admin: bool, person: Person) -> str:
    """Return the lines that a shell is told for the demo user, or for the administrator."""
    user, project = ("admin", "admin") if admin else (demo.USER, demo.PROJECT)
    known = variables(cloud.settings, user, project, cloud.secrets.of(user))
    lines = [f"export {name}={value}" for name, value in known.items()]
    return "\n".join([*lines, f"export OS_CACERT={person.authority}", ""])


def entries(cloud: Cloud, authority: Path) -> str:
    """Return the two entries of clouds.yaml, between the marks by which they are found again."""
    settings, text = cloud.settings, ""
    ours = settings.name
    for name, user, project in (
        (ours, demo.USER, demo.PROJECT),
        (f"{ours}-admin", "admin", "admin"),
    ):
        text += (
            f"  {name}:\n"
            "    auth:\n"
            f"      auth_url: {settings.url('keystone')}/v3\n"
            f"      username: {user}\n"
            f"      password: {cloud.secrets.of(user)}\n"
            f"      project_name: {project}\n"
            "      user_domain_name: Default\n"
            "      project_domain_name: Default\n"
            f"    region_name: {settings.region}\n"
            f"    cacert: {authority}\n"
        )
    begin, end = _marks(ours)
    return f"{begin}{text}{end}"


def _marks(cloud: str) -> tuple[str, str]:
    """Return the lines before and after the entries of a cloud."""
    return f"  # kafkastack {cloud}: begin\n", f"  # kafkastack {cloud}: end\n"


def with_entries(text: str, cloud: str, entries_: str) -> str:
    """Return a clouds.yaml that has our entries, all else in it as it was."""
    text = without_entries(text, cloud) or _EMPTY
    if not re.search(r"(?m)^clouds:", text):
        text += ("" if text.endswith("\n") else "\n") + _EMPTY
    return re.sub(r"(?m)^clouds:[^\n]*\n", lambda found: found.group() + entries_, text, count=1)


def without_entries(text: str, cloud: str) -> str:
    """Return a clouds.yaml as it was before; "" if nothing else is in it."""
    begin, end = map(re.escape, _marks(cloud))
    left = re.sub(f"{begin}.*?{end}", "", text, flags=re.DOTALL)
    return "" if left == _EMPTY else left


def given(cloud: Cloud) -> list[Person]:
    """Return who has been given access, whoever asks."""
    noted = _note(cloud).read_bytes() if _note(cloud).exists() else b"{}"
    known = json.decode(noted, type=dict[str, tuple[int, int]])
    return [Person(cloud.settings.name, Path(home), *ids) for home, ids in known.items()]


def _note(cloud: Cloud) -> Path:
    return cloud.settings.state / "given.json"


def give(cloud: Cloud, person: Person) -> None:
    """Write a person's clouds.yaml, authority and key; it is noted first, to be taken back."""
    homes = {str(each.home): (each.uid, each.gid) for each in (*given(cloud), person)}
    write_atomically(_note(cloud), json.encode(homes), 0o600)
    made = [folder for folder in (person.folder.parent, person.folder) if not folder.exists()]
    make_folder(person.folder, 0o700)
    write_atomically(person.authority, (cloud.settings.state / "ca.pem").read_bytes())
    key = key_pair(cloud)
    write_atomically(person.key, key.read_bytes(), 0o600)
    write_atomically(person.public_key, key.with_suffix(".pub").read_bytes(), 0o600)
    text = person.clouds.read_text() if person.clouds.exists() else ""
    text = with_entries(text, person.cloud, entries(cloud, person.authority))
    write_atomically(person.clouds, text.encode(), 0o600)
    for each in (*made, person.clouds, person.authority, person.key, person.public_key):
        os.chown(each, person.uid, person.gid)


def take(person: Person) -> None:
    """Remove what was given to a person; what else is in their clouds.yaml stays."""
    for file in (person.authority, person.key, person.public_key):
        file.unlink(missing_ok=True)
    text = person.clouds.read_text() if person.clouds.exists() else ""
    left = without_entries(text, person.cloud)
    if left and left != text:
        write_atomically(person.clouds, left.encode(), 0o600)
        os.chown(person.clouds, person.uid, person.gid)
    elif not left:
        person.clouds.unlink(missing_ok=True)
    if person.folder.is_dir() and not any(person.folder.iterdir()):
        person.folder.rmdir()


def key_pair(cloud: Cloud) -> Path:
    """Return the private key of the key pair, making it when it is first asked for."""
    path = cloud.settings.state / "microstack-key"
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        program = shutil.which("ssh-keygen") or "ssh-keygen"
        words = ["-q", "-t", "ed25519", "-N", "", "-C", "microstack", "-f", str(part)]
        subprocess.run([program, *words], check=True)
        part.with_suffix(".part.pub").rename(path.with_suffix(".pub"))
        part.rename(path)
    return path
