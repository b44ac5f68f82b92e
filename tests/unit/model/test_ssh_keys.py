"""What somebody calls a key is one, or is none: it is never an error."""

import base64

import pytest

from kafkastack.model.ssh_keys import comment, fingerprint, is_key

CONTENT = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x01k").decode()


def test_a_key_is_told_by_what_is_in_it() -> None:
    text = f"ssh-ed25519 {CONTENT} ana@laptop"
    assert is_key(text)
    assert comment(text) == "ana@laptop"
    assert fingerprint(text).count(":") == 15


@pytest.mark.parametrize(
    "text",
    [
        *("", "ssh-ed25519", "ssh-ed25519 \x80", "ssh-ed25519 ²", "ssh-ed25519 AAAA"),
        *("ssh-ed25519 A", f"ssh-rsa {CONTENT}", f"ed25519 {CONTENT}", "ssh-ed25519 \ud800"),
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert not is_key(text)
