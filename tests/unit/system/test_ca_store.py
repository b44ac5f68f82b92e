"""CAs that somebody added to a host's store are found, whatever else lies there."""

from pathlib import Path

from kafkastack.system.ca_store import MOST, added_cas


def pem(text: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"


def test_each_certificate_is_found_once_also_in_a_folder_and_behind_a_link(tmp_path: Path):
    store = tmp_path / "store"
    (store / "company").mkdir(parents=True)
    (store / "one.crt").write_text("Company One\n" + pem("AAAA"))
    (store / "company/chain.crt").write_text(pem("BBBB") + "\n" + pem("AAAA"))
    (tmp_path / "elsewhere").write_text(pem("CCCC"))
    (store / "link.crt").symlink_to(tmp_path / "elsewhere")

    found = added_cas([tmp_path / "no such folder", store])

    assert sorted(found) == [pem("AAAA"), pem("BBBB"), pem("CCCC")]


def test_what_is_no_certificate_or_cannot_be_read_is_left_out(tmp_path: Path):
    (tmp_path / "README.txt").write_text(pem("AAAA"))
    (tmp_path / "key.pem").write_text(pem("AAAA").replace("CERTIFICATE", "PRIVATE KEY"))
    (tmp_path / "broken.crt").write_text(pem("AAAA; rm -rf /"))
    (tmp_path / "nothing.crt").symlink_to("gone")
    (tmp_path / "folder.crt").mkdir()
    (tmp_path / "device.crt").symlink_to("/dev/zero")
    (tmp_path / "large.crt").write_bytes(pem("AAAA").encode() + b" " * (1 << 19))

    assert added_cas([tmp_path]) == ()


def test_a_store_of_thousands_has_a_bound(tmp_path: Path):
    (tmp_path / "all.crt").write_text("".join(pem(f"{number:08}") for number in range(MOST + 1)))

    assert len(added_cas([tmp_path])) == MOST
