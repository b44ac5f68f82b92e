"""A requirements.txt may name files of its charm, and nothing else of the host."""

from pathlib import Path

import pytest

from kafkastack.artifacts.charm_folder import CharmFolder
from kafkastack.artifacts.python_target import Target
from kafkastack.artifacts.requirements_file import RequirementsFile
from kafkastack.artifacts.wanted import Wanted
from kafkastack.errors import KafkastackError
from tests.fakes.packages import write_files


def read(folder: Path, **files: str) -> Wanted:
    charm = write_files(folder / "charm", {name.replace("_", "/"): t for name, t in files.items()})
    reader = RequirementsFile(CharmFolder(charm), Target("3.11.7"))
    reader.read("requirements.txt")
    return reader.wanted


def lines(folder: Path, text: str) -> list[str]:
    return read(folder, **{"requirements.txt": text}).text.splitlines()


def test_hashes_comments_continuations_and_markers_are_read(tmp_path: Path):
    text = (
        "# locked\nops[tracing]==3.9.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "    # via charm\nwin ; sys_platform == 'win32'\nlin>=1 ; sys_platform == 'linux'  # why\n"
        "--require-hashes\n--only-binary :all:\n\nlast  --hash sha256:cc"
    )
    assert lines(tmp_path, text) == [
        "ops[tracing]==3.9.0 --hash=sha256:aa --hash=sha256:bb",
        "lin>=1",
        "last --hash=sha256:cc",
    ]


def test_files_of_the_charm_are_included_once_each(tmp_path: Path):
    found = read(
        tmp_path,
        **{
            "requirements.txt": "-r more/a.txt\n--constraint=c.txt\nops\n",
            "more_a.txt": "-r b.txt\n-ra.txt\na\n",
            "more_b.txt": "--requirement ../requirements.txt\nb\n",
            "c.txt": "a<2\n",
        },
    )
    assert found.text.splitlines() == ["b", "a", "ops"] and found.constraints == ("a<2",)


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd",
        "-r ../outside.txt",
        "-rlink.txt",
        "--requirement=file:///etc/passwd",
        "-r https://example.com/r.txt",
        "-c /etc/passwd",
        "-e ..",
        "-e /root",
        "/root/package",
        "../package",
        "~/package",
        "file:///root/package",
        "name @ file:///root/package",
        "name @ ../package",
        "git+https://example.com/x.git",
        "name @ git+ssh://git@example.com/x.git",
        "-e git+https://example.com/x.git#egg=x",
        "hg+https://example.com/x",
        "https://example.com/x-1.0-py3-none-any.whl",
        "name @ https://example.com/x.tar.gz",
        "--index-url https://example.com/simple",
        "-i https://example.com/simple",
        "--extra-index-url=https://example.com/simple",
        "--find-links /root",
        "-f /root",
        "--trusted-host example.com",
        "--no-such-option",
        "name==${SECRET}",
        "not a requirement",
        "name --hash=../../x",
        "./absent",
        "-r absent.txt",
        "name\x00",
    ],
)
def test_nothing_of_the_host_or_the_net_is_named(tmp_path: Path, line: str):
    write_files(tmp_path, {"outside.txt": "secret\n", "package/pyproject.toml": ""})
    (tmp_path / "charm").mkdir()
    (tmp_path / "charm/link.txt").symlink_to("/etc/passwd")
    with pytest.raises(KafkastackError, match=r"requirements\.txt, line 2") as told:
        read(tmp_path, **{"requirements.txt": f"ops\n{line}\n"})
    assert "root:" not in str(told.value) and "secret" not in str(told.value)


def test_packages_of_the_charms_folder_are_taken_from_there(tmp_path: Path):
    found = read(
        tmp_path,
        **{
            "requirements.txt": "./lib/common\n-e lib/other\n"
            "x @ wheels/x-1-py3-none-any.whl\n-r sub/r.txt\n",
            "lib_common_pyproject.toml": "",
            "lib_other_pyproject.toml": "",
            "wheels_x-1-py3-none-any.whl": "",
            "sub_r.txt": "./near\n",
            "sub_near_pyproject.toml": "",
        },
    )
    assert found.inside == ("lib/common", "lib/other", "wheels/x-1-py3-none-any.whl", "sub/near")


def test_a_file_that_is_none_or_is_huge_is_refused(tmp_path: Path):
    import os

    charm = write_files(tmp_path / "charm", {"big.txt": "x" * (9 << 20)})
    os.mkfifo(charm / "fifo.txt")
    for name, reason in (("big.txt", "larger than"), ("fifo.txt", "does not have")):
        (charm / "requirements.txt").write_text(f"-r {name}\n")
        with pytest.raises(KafkastackError, match=reason):
            read(tmp_path)
