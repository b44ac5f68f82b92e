"""How a person reaches the cloud: clouds.yaml, openrc and the key, in their own home."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kafkastack.microstack import demo
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.settings import Settings
from kafkastack.system.files import write_atomically

CLOUD, ADMIN = "microstack", "microstack-admin"
_BEGIN, _END = "  # kafkastack microstack: begin\n", "  # kafkastack microstack: end\n"
_BLOCK = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
_EMPTY = "clouds:\n"
_FILES = ("microstack.pem", "microstack-key", "microstack-key.pub")


@dataclass(frozen=True)
class Person:
    """Who uses the cloud: root, and who asked with sudo."""

    home: Path
    uid: int
    gid: int

    @property
    def folder(self) -> Path:
        """Where OpenStack's clients look."""
        return self.home / ".config" / "openstack"

    @property
    def key(self) -> Path:
        """The private key of the key pair."""
        return self.folder / "microstack-key"

    @property
    def authority(self) -> Path:
        """The certificate of the authority that the APIs' certificate is from."""
        return self.folder / "microstack.pem"


def persons(environment: Mapping[str, str]) -> list[Person]:
    """Return who is given access: this user, and the one who typed sudo."""
    home = Path(environment.get("HOME") or Path("~").expanduser())
    found = [Person(home, os.getuid(), os.getgid())]
    if name := environment.get("SUDO_USER"):
        entry = pwd.getpwnam(name)
        found.append(Person(Path(entry.pw_dir), entry.pw_uid, entry.pw_gid))
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
    for name, user, project in ((CLOUD, demo.USER, demo.PROJECT), (ADMIN, "admin", "admin")):
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
    return f"{_BEGIN}{text}{_END}"


def with_entries(text: str, entries_: str) -> str:
    """Return a clouds.yaml that has our entries, all else in it as it was."""
    text = without_entries(text) or _EMPTY
    if not re.search(r"(?m)^clouds:", text):
        text += ("" if text.endswith("\n") else "\n") + _EMPTY
    return re.sub(r"(?m)^clouds:[^\n]*\n", lambda found: found.group() + entries_, text, count=1)


def without_entries(text: str) -> str:
    """Return a clouds.yaml as it was before; "" if nothing else is in it."""
    left = _BLOCK.sub("", text)
    return "" if left == _EMPTY else left


def give(cloud: Cloud, person: Person) -> None:
    """Write a person's clouds.yaml, authority and key."""
    made = [folder for folder in (person.folder.parent, person.folder) if not folder.exists()]
    person.folder.mkdir(parents=True, exist_ok=True)
    write_atomically(person.authority, (cloud.settings.state / "ca.pem").read_bytes())
    for name in _FILES[1:]:
        source = key_pair(cloud).parent / name
        write_atomically(person.folder / name, source.read_bytes(), 0o600)
    path = person.folder / "clouds.yaml"
    text = path.read_text() if path.exists() else ""
    text = with_entries(text, entries(cloud, person.authority))
    write_atomically(path, text.encode(), 0o600)
    for each in (*made, path, *(person.folder / name for name in _FILES)):
        os.chown(each, person.uid, person.gid)


def take(person: Person) -> None:
    """Remove what was given to a person; what else is in their clouds.yaml stays."""
    path = person.folder / "clouds.yaml"
    if path.exists():
        text = path.read_text()
        if left := without_entries(text):
            if left != text:
                write_atomically(path, left.encode(), 0o600)
                os.chown(path, person.uid, person.gid)
        else:
            path.unlink()
    for name in _FILES:
        (person.folder / name).unlink(missing_ok=True)
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
