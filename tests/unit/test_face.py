"""Parts that others start from: git's hooks, the workflow, what the package says of itself."""

import re
from pathlib import Path

import tomllib
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REPOSITORY = PROJECT["urls"]["Repository"]


def parsed(name):
    return yaml.safe_load((ROOT / name).read_text())


def test_pre_commit_checks_what_make_check_does():
    repositories = parsed(".pre-commit-config.yaml")["repos"]

    (hook,) = [hook for repository in repositories for hook in repository["hooks"]]

    assert hook["entry"] == "make check"
    assert hook["always_run"]
    assert not hook["pass_filenames"]


def test_the_workflow_calls_what_a_person_calls_and_may_only_read():
    workflow = parsed(".github/workflows/ci.yml")
    (job,) = workflow["jobs"].values()

    assert workflow[True].keys() == {"push", "pull_request"}  # YAML 1.1 takes `on` for true
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in job
    assert job["timeout-minutes"] == 90
    assert job["steps"][-1]["run"].splitlines()[-1] == ".ci/run"
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"[\w/-]+@v\d+", name)] == []


def test_every_address_of_the_project_is_in_one_repository():
    pages = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
    texts = [*PROJECT["urls"].values(), *((ROOT / page).read_text() for page in pages)]

    named = {
        x for text in texts for x in re.findall(r"https://github\.com/[\w-]+/kafkastack", text)
    }

    assert named == {REPOSITORY}


def test_the_files_that_the_addresses_name_are_there():
    named = [re.search(r"/(?:blob|tree)/main/(.+)", url) for url in PROJECT["urls"].values()]

    assert all((ROOT / found[1]).exists() for found in named if found)


def test_the_package_says_that_it_is_typed():
    assert "Typing :: Typed" in PROJECT["classifiers"]
    assert (ROOT / "src/kafkastack/py.typed").is_file()


def test_the_version_of_the_package_has_a_dated_section_of_changes():
    headings = re.findall(r"^## (.+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(PROJECT['version'])} \(\d{{4}}-\d\d-\d\d\)", headings[1])
