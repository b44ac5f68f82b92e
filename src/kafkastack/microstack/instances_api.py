"""Refusals of Nova's API where instances are containers: inside nova-api, on Python alone.

Nova's driver for containers takes these calls, and then breaks: the instance, or with a volume
whose device has no name the compute service, which places nothing any more for anybody.
"""

import importlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

_KIND = Path("/etc/nova/instances")  # which kind they are
_LONGEST = 1 << 20  # Nova takes 112 kB, and refuses what is longer itself
_VOLUMES = (
    "Instances of this cloud are system containers: they boot from an image, and no volume can "
    "be attached to them. Virtual machines, which take volumes, are what a MicroStack has that "
    "is bootstrapped with --hypervisor kvm or qemu."
)
_ALONE = "Instances of this cloud are system containers on its only host: none can be {}."
_CANNOT = "Instances of this cloud are system containers, which cannot be {}."
# The one key of an action's body, and what is answered.
_ACTIONS: Mapping[str, str] = {
    "volumeAttachment": _VOLUMES,
    "suspend": _CANNOT.format("suspended: pause it, or stop it"),
    "rescue": _CANNOT.format("rescued: its files are seen from the host, or rebuild it"),
    "createImage": _CANNOT.format("made into an image"),
    "createBackup": _CANNOT.format("made into an image"),
    "shelve": _CANNOT.format("shelved: stop it"),
    "trigger_crash_dump": _CANNOT.format("made to dump a kernel: they have the host's"),
    "resize": _ALONE.format("resized: launch another one of that flavor"),
    "migrate": _ALONE.format("migrated"),
    "os-migrateLive": _ALONE.format("migrated"),
    "evacuate": _ALONE.format("evacuated"),
}
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


def refusal(body: Any) -> str:
    """Return why a request with that body is refused; "" if it is not.

    Which path it goes to does not matter: Nova finds an action by its body, too.
    """
    if not isinstance(body, dict):
        return ""
    known: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType]
    reason = next((reason for key, reason in _ACTIONS.items() if key in known), "")
    return reason or _of_server(known.get("server"))


def _of_server(server: Any) -> str:
    if not isinstance(server, dict):
        return ""
    wanted: dict[str, Any] = server  # pyright: ignore[reportUnknownVariableType]
    devices: Any = wanted.get("block_device_mapping_v2") or []
    if wanted.get("block_device_mapping") or not _are_the_image(devices):
        return _VOLUMES
    return ""


def _are_the_image(devices: Any) -> bool:
    return isinstance(devices, list) and all(
        _is_the_image(device)
        for device in devices  # pyright: ignore[reportUnknownVariableType]
    )


def _is_the_image(device: Any) -> bool:
    """Report whether a block device is what an instance has anyhow: its image, on the host."""
    if not isinstance(device, dict):
        return False
    known: dict[str, Any] = device  # pyright: ignore[reportUnknownVariableType]
    kinds = (known.get("source_type"), known.get("destination_type", "local"))
    return kinds == ("image", "local")


class Refusing:
    """A filter before an application: answers itself what is refused, in Nova's own format."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        reason = refusal(_body(environ)) if environ["REQUEST_METHOD"] in ("POST", "PUT") else ""
        if not reason:
            return self._application(environ, start_response)
        told = json.dumps({"badRequest": {"code": 400, "message": reason}}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(told)))]
        start_response("400 Bad Request", headers)
        return [told]


def _body(environ: Environ) -> Any:
    """Return what a request's body holds, None if that cannot be read; Nova can read it after."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch(r"[0-9]{1,18}", length) or not 0 < int(length) <= _LONGEST:
        return None
    content = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(content)
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError):
        return None


def application() -> Application:
    """Return Nova's API; where instances are containers, with what refuses for them."""
    api: Application = importlib.import_module("nova.wsgi.osapi_compute").application
    if _KIND.read_text().strip() != "lxc":
        return api
    _refuse_volumes_of_images()
    return Refusing(api)


def _refuse_volumes_of_images() -> None:
    """Refuse volumes wherever a request has them from: the properties of an image name some."""
    compute: Any = importlib.import_module("nova.compute.api").API
    error: Any = importlib.import_module("nova.exception").InvalidBDM
    validate: Any = compute._validate_bdm  # of the one version that is locked

    def refuse(
        self: Any, context: Any, instance: Any, flavor: Any, devices: Any, *rest: Any
    ) -> Any:
        if any(device.is_volume for device in devices):
            raise error(_VOLUMES)
        return validate(self, context, instance, flavor, devices, *rest)

    compute._validate_bdm = refuse
