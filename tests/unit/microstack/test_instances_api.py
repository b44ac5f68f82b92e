"""Refusals of what breaks a host of containers, with reasons; all else reaches Nova unchanged."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from kafkastack.microstack.instances_api import Environ, Refusing, StartResponse, refusal

IMAGE = {"source_type": "image", "destination_type": "local", "boot_index": 0, "uuid": "i"}


def server(**words: Any) -> dict[str, Any]:
    return {"server": {"name": "x", "imageRef": "i", **words}}


@pytest.mark.parametrize(
    "device",
    [
        {"source_type": "volume", "destination_type": "volume", "uuid": "v"},
        {"source_type": "volume", "uuid": "v"},
        {"source_type": "image", "destination_type": "volume", "volume_size": 2, "uuid": "i"},
        {"source_type": "snapshot", "uuid": "s"},
        {"source_type": "blank", "destination_type": "volume", "volume_size": 1},
        {"source_type": "blank", "destination_type": "local", "guest_format": "swap"},
        "no map",
        {},
    ],
)
def test_an_instance_with_a_volume_is_refused_wherever_the_volume_comes_from(device: Any):
    assert "no volume can be attached" in refusal(server(block_device_mapping_v2=[IMAGE, device]))


@pytest.mark.parametrize("old", [[{"volume_id": "v", "device_name": "vda"}], {"volume_id": "v"}])
def test_the_older_form_of_it_is_refused_too(old: Any):
    assert "no volume" in refusal(server(block_device_mapping=old))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"volumeAttachment": {"volumeId": "v"}}, "no volume can be attached"),
        ({"suspend": None}, "cannot be suspended"),
        ({"rescue": {}}, "cannot be rescued"),
        ({"createImage": {"name": "x"}}, "made into an image"),
        ({"createBackup": {"name": "x"}}, "made into an image"),
        ({"shelve": None}, "cannot be shelved"),
        ({"trigger_crash_dump": None}, "dump"),
        ({"resize": {"flavorRef": "f"}}, "none can be resized"),
        ({"migrate": None}, "none can be migrated"),
        ({"os-migrateLive": {"host": None}}, "none can be migrated"),
        ({"evacuate": {}}, "none can be evacuated"),
    ],
)
def test_what_a_container_cannot_do_is_refused_with_what_to_do_instead(body: Any, words: str):
    assert words in refusal(body)


@pytest.mark.parametrize(
    "body",
    [
        server(),
        server(block_device_mapping_v2=[IMAGE]),
        server(block_device_mapping_v2=[], block_device_mapping=[]),
        {"reboot": {"type": "HARD"}},
        {"os-stop": None},
        {"pause": None},
        {"rebuild": {"imageRef": "i"}},
        {"interfaceAttachment": {"net_id": "n"}},
        {"server": {"name": "another"}},
        {"server": None},
        [],
        "text",
        None,
    ],
)
def test_all_else_is_novas_affair(body: Any):
    assert refusal(body) == ""


class Nova:
    """An application that answers with what it was sent."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("202 Accepted", [])
        return [environ["wsgi.input"].read()]


def asked(content: bytes, method: str = "POST", length: str | None = None) -> tuple[str, bytes]:
    """Return the status and the body that a request is answered with."""
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/v2.1/servers",
        "CONTENT_LENGTH": str(len(content)) if length is None else length,
        "wsgi.input": io.BytesIO(content),
    }
    body = b"".join(Refusing(Nova())(environ, lambda status, _: said.append(status)))
    return said[0], body


def test_the_answer_has_novas_own_form():
    status, body = asked(json.dumps({"volumeAttachment": {"volumeId": "v"}}).encode())

    assert status == "400 Bad Request"
    told = json.loads(body)["badRequest"]
    assert told["code"] == 400
    assert "--hypervisor" in told["message"]


@pytest.mark.parametrize(
    ("content", "length"),
    [
        (json.dumps(server()).encode(), None),
        (b"not json", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
        (b"", ""),
        (b"", "0"),
        (b"x", "many"),
        (b"x", "-1"),
        (b"x", "²"),
        (b"x", "9" * 5000),
    ],
)
def test_what_is_not_refused_reaches_nova_byte_for_byte(content: bytes, length: str | None):
    assert asked(content, length=length) == ("202 Accepted", content)


def test_questions_are_not_looked_into():
    assert asked(b'{"suspend": null}', method="GET")[0] == "202 Accepted"
