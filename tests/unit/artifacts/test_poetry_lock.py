"""A poetry.lock becomes the requirements that a charm needs to run, on one Python."""

import pytest

from kafkastack.artifacts.poetry_lock import wanted
from kafkastack.artifacts.poetry_project import Choice
from kafkastack.artifacts.poetry_versions import allows
from kafkastack.artifacts.python_target import Target
from kafkastack.errors import KafkastackError

LOCK = """
[[package]]
name = "ops"
version = "3.9.0"
files = [{file = "ops.whl", hash = "sha256:aa"}, {file = "ops.tar.gz", hash = "sha256:bb"}]
[package.dependencies]
PyYAML = ">=6"
websocket_client = {version = ">=1", markers = "sys_platform == 'linux'"}
colorama = {version = "*", markers = "sys_platform == 'win32'"}
tracing-core = {version = "3.9.0", optional = true, markers = "extra == \\"tracing\\""}
[package.extras]
tracing = ["tracing-core (==3.9.0)"]

[[package]]
name = "pyyaml"
version = "6.0.3"
files = []

[[package]]
name = "colorama"
version = "1"
files = []

[[package]]
name = "tracing-core"
version = "3.9.0"
files = []

[[package]]
name = "websocket-client"
version = "1.9"
files = []
[package.dependencies]
pyyaml = {version = "*", markers = "extra == 'x'"}

[[package]]
name = "cosl"
version = "1.0"
files = []

[[package]]
name = "pytest"
version = "9.0"
files = []
"""
PYPROJECT = """
[tool.poetry.dependencies]
python = "^3.10"
ops = "^3"
[tool.poetry.group.charm-libs.dependencies]
cosl = "*"
[tool.poetry.group.unit.dependencies]
pytest = "*"
"""
TARGET = Target("3.11.7")


def requirements(
    lock: str, pyproject: str, choice: Choice | None = None, target: Target = TARGET
) -> list[str]:
    return wanted(lock, pyproject, choice or Choice(), target).text.splitlines()


def package(name: str, version: str = "1", more: str = "") -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\nfiles = []\n{more}\n'


def test_what_the_main_dependencies_lead_to_is_pinned_with_hashes():
    assert requirements(LOCK, PYPROJECT) == [
        "ops==3.9.0 --hash=sha256:aa --hash=sha256:bb",
        "pyyaml==6.0.3",
        "websocket-client==1.9",
    ]


def test_a_group_that_is_exported_comes_with_it():
    found = requirements(LOCK, PYPROJECT, Choice(("main", "charm-libs")))
    assert "cosl==1.0" in found and "ops==3.9.0 --hash=sha256:aa --hash=sha256:bb" in found
    assert requirements(LOCK, PYPROJECT, Choice(("charm-libs",))) == ["cosl==1.0"]


def test_a_group_that_there_is_not_is_named():
    with pytest.raises(KafkastackError, match='no group "libs"'):
        requirements(LOCK, PYPROJECT, Choice(("main", "libs")))


def test_dependencies_of_the_standard_table_count():
    project = '[project]\ndependencies = ["ops~=3.0 ; python_version > \\"3.8\\""]\n'
    assert requirements(LOCK, project)[0].startswith("ops==3.9.0")


def test_extras_are_followed_when_asked_for():
    project = '[project]\ndependencies = ["ops[tracing]~=3.0"]\n'
    assert "tracing-core==3.9.0" in requirements(LOCK, project)
    poetry = '[tool.poetry.dependencies]\nops = {version = "^3", extras = ["tracing"]}\n'
    assert "tracing-core==3.9.0" in requirements(LOCK, poetry)


def test_an_extra_of_the_project_comes_when_it_is_asked_for():
    project = (
        '[tool.poetry.dependencies]\nops = "*"\ncosl = {version = "*", optional = true}\n'
        '[tool.poetry.extras]\nobservability = ["cosl"]\n'
    )
    assert "cosl==1.0" not in requirements(LOCK, project)
    assert "cosl==1.0" in requirements(LOCK, project, Choice(extras=("observability",)))


def test_cycles_end_with_markers_too():
    lock = package("a", more='[package.dependencies]\nb = "*"') + package(
        "b", more='[package.dependencies]\na = {version = "*", markers = "extra == \'x\'"}'
    )
    project = '[tool.poetry.dependencies]\na = "*"\nb = {version = "*", extras = ["x"]}\n'
    assert requirements(lock, project) == ["a==1", "b==1"]


def test_a_lock_of_thousands_of_marked_cycles_is_read_at_once():
    marked = "p{} = {{version = \"*\", markers = \"python_version >= '3.{}' or extra == 'e{}'\"}}"
    lock = "".join(
        package(
            f"p{i}",
            more="[package.dependencies]\n"
            + "\n".join(marked.format((i + k * k) % 500, k, k) for k in range(1, 8)),
        )
        for i in range(500)
    )
    found = requirements(lock, '[tool.poetry.dependencies]\np1 = "*"\n')
    assert len(found) == 500


def test_of_two_locked_versions_the_one_for_this_python_is_taken():
    lock = (
        package("numpy", "1.24", 'python-versions = ">=3.8"')
        + package("numpy", "2.4", 'python-versions = ">=3.11"')
        + package("click", "8.1", "markers = \"python_version < '3.11'\"")
        + package("click", "8.4", "markers = \"python_version >= '3.11'\"")
    )
    project = (
        "[tool.poetry.dependencies]\n"
        'click = "*"\n'
        'numpy = [{version = "^1.24", python = "<3.11"}, {version = "^2", python = ">=3.11"}]\n'
    )
    assert requirements(lock, project) == ["click==8.4", "numpy==2.4"]
    older = requirements(lock, project, target=Target("3.10.12"))
    assert older == ["click==8.1", "numpy==1.24"]


def test_hashes_of_an_older_lock_are_in_its_metadata():
    files = '[metadata.files]\na = [{file = "a", hash = "sha256:cc"}]\n'
    lock = f'[[package]]\nname = "a"\nversion = "1"\n{files}'
    assert requirements(lock, '[tool.poetry.dependencies]\na = "*"\n') == ["a==1 --hash=sha256:cc"]


def test_who_asks_for_another_python_is_known_before_anything_is_fetched():
    lock = package("young", "2", 'python-versions = ">=3.13"')
    project = '[tool.poetry.dependencies]\npython = "^3.10"\nyoung = "*"\n'
    misfits = wanted(lock, project, Choice(), TARGET).misfits(TARGET)
    assert [(one.who, one.constraint) for one in misfits] == [("young 2", ">=3.13")]


@pytest.mark.parametrize("kind", ["git", "url"])
def test_a_package_of_an_address_is_refused_by_name(kind: str):
    source = f'[package.source]\ntype = "{kind}"\nurl = "https://example.com/x"\n'
    with pytest.raises(KafkastackError, match=rf"lib comes from {kind} https://example\.com/x"):
        requirements(package("lib", more=source), '[tool.poetry.dependencies]\nlib = "*"\n')


def test_a_package_of_the_charms_folder_is_taken_from_there():
    lock = package("common", more='[package.source]\ntype = "directory"\nurl = "lib/common"\n')
    found = wanted(lock, '[tool.poetry.dependencies]\ncommon = "*"\n', Choice(), TARGET)
    assert found.inside == ("lib/common",) and not found.pins


def test_what_the_project_asks_for_and_the_lock_lacks_is_named():
    with pytest.raises(KafkastackError, match=r"poetry\.lock does not hold absent"):
        requirements(LOCK, '[tool.poetry.dependencies]\nabsent = "*"\n')


@pytest.mark.parametrize(
    "lock",
    [
        "[[",
        "a = " + "[" * 100_000,
        "package = 5",
        'package = ["a"]',
        '[[package]]\nname = 5\nversion = "1"',
        package("a", more='[package.dependencies]\nb = {markers = "os ==="}'),
        package("a", more=f'[package.dependencies]\nb = {{markers = "{"(" * 5000}"}}'),
    ],
    ids=range(7),
)
def test_a_lock_that_cannot_be_read_is_one_sentence(lock: str):
    with pytest.raises(
        KafkastackError, match=r"cannot be read|is not as poetry writes it"
    ) as told:
        requirements(lock, '[tool.poetry.dependencies]\na = "*"\n')
    assert len(told.value.message) < 400 and "\n" not in told.value.message
    assert told.value.advice.startswith("lock ")


def test_a_dependency_that_names_nothing_asks_for_nothing():
    lock = package("a", more="[package.dependencies]\nb = 5")
    assert requirements(lock, '[tool.poetry.dependencies]\na = "*"\n') == ["a==1"]


@pytest.mark.parametrize(
    ("constraint", "fits", "not_"),
    [
        ("^1.2.3", "1.9", "2.0"),
        ("^0.2.3", "0.2.9", "0.3"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.9", "1.0"),
        ("~1.2.3", "1.2.9", "1.3"),
        ("~1", "1.9", "2.0"),
        ("1.2.*", "1.2.7", "1.3"),
        (">=1,<2 || >=3", "3.1", "2.5"),
        ("<2|>=3", "1.0", "2.0"),
        ("1.0", "1.0.0", "1.0.1"),
        (">= 3.8, !=3.9.*", "3.8.1", "3.9.1"),
        ("~=3.10", "3.12", "4.0"),
    ],
)
def test_constraints_of_poetry_are_understood(constraint: str, fits: str, not_: str):
    assert allows(constraint, fits) and not allows(constraint, not_)


def test_a_constraint_that_cannot_be_read_forbids_nothing():
    assert allows("*", "1") and allows("", "1") and allows("what?", "1")
    assert allows("^²", "1") and allows(f">={'9' * 5000}", "1")


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("lib", "1\\n--index-url http://x"),
        ("lib", "1\\n-r /etc/passwd"),
        ("lib", "1 --hash=sha256:aa"),
        ("lib", "1; python_version > '3'"),
        ("lib @ http://x/lib.whl#", "1"),
        ("lib[more]", "1"),
        ("lib", ""),
    ],
)
def test_a_locked_version_is_a_version_and_no_more(name: str, version: str):
    text = f'[[package]]\nname = "{name}"\nversion = "{version}"\nfiles = []\n'
    asked = f'[tool.poetry.dependencies]\n"{name}" = "*"\n'
    with pytest.raises(KafkastackError, match="is no version"):
        wanted(text, asked, Choice(), TARGET)


def test_a_locked_hash_is_a_hash_and_no_more():
    text = LOCK.replace("sha256:aa", "sha256:aa --index-url http://x")
    with pytest.raises(KafkastackError, match="ops: a hash is written"):
        wanted(text, PYPROJECT, Choice(), TARGET)
