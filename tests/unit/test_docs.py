"""Documentation that is true: links lead somewhere, and nothing is undocumented."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kafkastack import gnuflag
from kafkastack.cli.main import verb_first
from kafkastack.cli.verbs import ALIASES, BY_NAME
from kafkastack.cli.verbs.row import GLOBAL
from kafkastack.errors import EXIT_CODES
from kafkastack.tutorial.checks import VOCABULARY
from kafkastack.tutorial.placeholders import CREDENTIALS, OTHERS
from tests.charms.kafka_4.modules import templates
from tests.fakes.pages import commands
from tests.load import load

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md", "SECURITY.md")
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in TOP)])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
CLOCKS = ("monotonic", "perf_counter", "process_time", "time.time", "datetime.now")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def reference(name):
    return (DOCS / "reference" / name).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    links = LINK.findall(FENCED.sub("", page.read_text()))

    broken = [x for x in links if "://" not in x and not (page.parent / x).exists()]

    assert broken == []


def test_the_page_of_commands_is_what_the_table_of_verbs_says():
    generate = load(DOCS / "reference" / "generate.py")

    assert generate.PAGE.read_text() == generate.page(), "type: make reference"


@pytest.mark.parametrize("verb", BY_NAME.values(), ids=lambda verb: verb.name)
def test_every_verb_and_flag_is_documented(verb):
    text = reference("commands.md")
    section = text.partition(f"### {verb.name}\n")[2].partition("\n### ")[0]

    assert verb.summary in section
    for flag in verb.flags:
        assert flag.help, f"--{flag.key} of {verb.name} has no help"
        assert re.search(rf"[` ]--?{flag.key}[`,]", section), flag.key


def test_every_exit_code_is_documented():
    text = reference("exit-codes.md")

    for code in EXIT_CODES:
        assert f"\n| {code} | " in text


def test_every_condition_and_placeholder_of_tutorials_is_documented():
    text = reference("tutorials.md")

    for name in VOCABULARY:
        assert re.search(rf"^\| `{name}[`:]", text, re.MULTILINE), name
    for name in (*CREDENTIALS, *OTHERS):
        assert f"<{name}>" in text


def test_every_variable_is_documented():
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "charms").rglob("*.py"), ROOT / "run.sh"]
    used = {name for f in files for name in re.findall(r"KAFKASTACK_[A-Z_]+", f.read_text())}

    text = reference("files-and-variables.md")

    assert {name for name in used if f"`{name}`" not in text} == set()


def test_the_figures_of_the_benchmarks_are_those_of_their_results():
    figures = load(ROOT / "benchmarks/figures.py")
    assert figures.written() == figures.README.read_text()


def test_every_decision_is_in_the_index():
    index = (DOCS / "adr" / "README.md").read_text()

    for page in (DOCS / "adr").glob("[0-9]*.md"):
        title = page.read_text().partition("\n")[0].removeprefix("# ")
        assert f"[{title}]({page.name})" in index


def test_every_page_can_be_reached_from_the_readme():
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        links = LINK.findall(FENCED.sub("", page.read_text()))
        left += [(page.parent / x).resolve() for x in links if "://" not in x]

    assert set(PAGES) - seen == set()


@pytest.mark.parametrize("page", ["what-juju-promises.md", "what-goes-wrong.md"])
def test_every_test_that_a_promise_names_is_there(page):
    promises = (DOCS / "explanation" / page).read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promises)

    assert len(named) > 50
    lost = [(f, name) for f, name in named if f"def {name}(" not in (ROOT / f).read_text()]
    assert lost == []


def test_no_test_asserts_a_time_of_this_host():
    found = [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path in (ROOT / "tests").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        if asserts_a_time(function)
    ]

    assert found == []


def asserts_a_time(function):
    """Report whether an assertion asks a clock, or a name that was assigned from one."""
    nodes = list(ast.walk(function))
    timed = {
        name.id
        for node in nodes
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
        if node.value and is_a_time(node.value, *CLOCKS, "longest_pause")
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    return any(
        is_a_time(part, *CLOCKS) or (isinstance(part, ast.Name) and part.id in timed)
        for node in nodes
        if isinstance(node, ast.Assert)
        for part in ast.walk(node.test)
    )


def is_a_time(value, *clocks):
    """Report whether a value is what a clock says, or counted from that."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).endswith(clocks)
    return any(is_a_time(child, *clocks) for child in ast.iter_child_nodes(value))


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "build.txt"])
def test_locked_requirements_have_hashes_and_no_addresses(name):
    text = (ROOT / "requirements" / name).read_text()

    assert "://" not in text
    for line in text.splitlines():
        if not line.startswith(" "):
            assert "==" in line and line.endswith("\\"), line


def test_the_locks_agree_with_each_other():
    def versions(name):
        text = (ROOT / "requirements" / name).read_text()
        return dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))

    dev = versions("dev.txt")

    assert versions("run.txt").items() <= dev.items()
    both = versions("build.txt").keys() & dev.keys()
    assert {k: versions("build.txt")[k] for k in both} == {k: dev[k] for k in both}


def test_help_of_the_make_targets_is_complete():
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split()

    assert set(phony) == set(re.findall(r"^([a-z]+):.*##", text, re.MULTILINE))


def test_the_package_says_what_it_is_without_being_installed():
    out = subprocess.run(
        [sys.executable, "-m", "kafkastack", "help"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "src")},
        check=True,
    ).stdout

    assert out.startswith("kafkastack: Kafka on MicroStack")


def test_every_command_that_an_error_advises_exists():
    words = {name for verb in BY_NAME.values() for name in (verb.name, *ALIASES)}
    prose = {"runs", "as", "and", "below", "import"}

    advised = {
        (path.name, word)
        for path in (ROOT / "src").rglob("*.py")
        for text in strings(path)
        for word in re.findall(r"\bkafkastack ([a-z]+(?:-[a-z]+)*)", text)
    }

    assert len(advised) > 20
    assert [found for found in sorted(advised) if found[1] not in words | prose] == []


@pytest.mark.parametrize("page", sorted((DOCS / "how-to").glob("*.md")), ids=lambda p: p.name)
def test_every_command_of_a_how_to_can_be_typed(page):
    lines = [shlex.split(line, comments=True) for line in commands(page)]

    for first, *words in lines:
        if first == "kafkastack":
            check_words(words)
        elif first.startswith("charmed-kafka."):
            assert first.partition(".")[2] in templates.PROGRAMS.mains


def check_words(words):
    """Raise where the verb is none, or does not take its flags, or as many arguments."""
    end = next((n for n, word in enumerate(words) if word in ("|", ">", "&&")), len(words))
    name, *rest = verb_first(words[:end])
    name = ALIASES.get(name, name)
    if rest and f"{name} {rest[0]}" in BY_NAME:
        name, *rest = f"{name} {rest[0]}", *rest[1:]
    verb = BY_NAME[name]
    parsed = gnuflag.parse((*GLOBAL, *verb.flags), rest, intermixed=verb.intermixed)
    least, most = verb.arguments
    assert least <= len(parsed.positional) <= most


def strings(path):
    """Return the texts of a module, docstrings among them."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
