"""Which figures the README shows: its tables, written from results/*.json."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
# Which result, which ratio of it, how the table calls it, what is asked of the median on the wall.
RATIOS = (
    ("first_message", "to official", "first message, to (a) official flags", "<=", 1.5),
    ("first_message", "to our flags", "first message, to (b) our flags and archives", "", 0),
    ("dispatch", "fork+exec to warm", "hook, fork and exec to warm", ">=", 5),
    ("hook_tool", "config-get to python3 -IS -c pass", "`config-get` to bare Python", "<=", 0.5),
    ("hook_tool", "status-set to python3 -IS -c pass", "`status-set` to bare Python", "<=", 0.5),
    ("hook_tool", "relation-get to bash -c :", "`relation-get` to `bash -c :`", "<=", 2.5),
    ("hook_tool", "relation-set to bash -c :", "`relation-set` to `bash -c :`", "<=", 2.5),
    ("status", "to python3 -c pass", "`status` to bare Python", "<=", 4),
    ("ring", "status to python3 -c pass", "`status` of 100 units to bare Python", "<=", 6),
    ("ring", "50 to 10", "settling a unit, of 50 applications to of 10", "<=", 1.5),
)
ABSOLUTES = (
    ("first_message", "kafkastack", "first message: kafkastack, SCRAM and ACLs", "s"),
    ("first_message", "official", "first message: by hand, official flags", "s"),
    ("first_message", "our flags", "first message: by hand, our flags and archives", "s"),
    ("dispatch", "warm", "hook, warm", "ms"),
    ("dispatch", "fork+exec", "hook, fork and exec", "ms"),
    ("hook_tool", "config-get", "`config-get`", "ms"),
    ("hook_tool", "status-set", "`status-set`", "ms"),
    ("hook_tool", "relation-get", "`relation-get`", "ms"),
    ("hook_tool", "relation-set", "`relation-set`", "ms"),
    ("hook_tool", "python3 -IS -c pass", "`python3 -IS -c pass`", "ms"),
    ("hook_tool", "bash -c :", "`bash -c :`", "ms"),
    ("status", "status", "`status --format json`", "ms"),
    ("status", "python3 -c pass", "`python3 -c pass`", "ms"),
    ("ring", "status of 100 units", "`status --format json` of 100 units", "ms"),
    ("ring", "10 applications", "settling a unit of 10 applications", "ms"),
    ("ring", "50 applications", "settling a unit of 50 applications", "ms"),
)
WEIGHTS = (  # which figure of the five minutes counts
    ("ours MB", "median", "controller, interpreters, watchers, supervisord: PSS", "MB", 200),
    ("ours % of a core", "mean", "the same: CPU, in % of a core", "%", 1),
)
ROUNDS = (  # which result, what its rounds are
    ("microstack-auto", "containers, downloads cached"),
    ("microstack-qemu", "emulated machines, downloads cached"),
    ("microstack-cold", "containers, nothing cached"),
)
PARTS = (
    ("bootstrap s", "bootstrap until ready", "s"),
    ("bootstrap CPU s", "the same: CPU", "s"),
    ("configure s", "configure, with images", "s"),
    ("launch to SSH s", "launch until SSH", "s"),
    ("memory MB", "all services and the instance: PSS", "MB"),
    ("destroy s", "destroy", "s"),
)
FACTORS = {"": 1.0, "s": 1.0, "ms": 1000.0, "MB": 1.0, "%": 1.0}


def spread(figure: Mapping[str, float], unit: str = "") -> str:
    """Render a median with its least and greatest: "1.36 (0.68 to 2.11) s"."""
    factor, digits = FACTORS[unit], 1 if unit in ("ms", "MB") else 2
    low, middle, high = (f"{figure[key] * factor:.{digits}f}" for key in ("min", "median", "max"))
    return f"{middle} ({low} to {high}) {unit}".strip()


def verdict(median: float, relation: str, target: float) -> str:
    """Say whether a median is as asked."""
    if not relation:
        return "none"
    met = median <= target if relation == "<=" else median >= target
    sign = {"<=": "≤", ">=": "≥"}[relation]
    return f"{sign} {target:g}: {'met' if met else '**missed**'}"


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines between the marks."""
    yield "| ratio within a round | wall | CPU | target, of the median |"
    yield "|---|---|---|---|"
    for name, key, title, relation, target in RATIOS:
        wall, cpu = results[name][key]["wall"], results[name][key]["cpu"]
        said = verdict(wall["median"], relation, target)
        yield f"| **{title}** | **{spread(wall)}** | {spread(cpu)} | {said} |"
    yield from ("", "| absolute | wall | CPU |", "|---|---|---|")
    for name, key, title, unit in ABSOLUTES:
        row = results[name][key]
        yield f"| {title} | {spread(row['wall'], unit)} | {spread(row['cpu'], unit)} |"
    heads = ("idle model of the journey", "median of five minutes", "target")
    yield from ("", f"| {' | '.join(heads)} |", "|---|---|---|")
    for key, kind, title, unit, target in WEIGHTS:
        row = results["weight"][key]
        said = verdict(row[kind], "<=", target)
        yield f"| {title} | {spread(row, unit)} | {said}, {kind} {row[kind]:.2f} {unit} |"
    yield from ("", *many_models(results["models"], results["kills"]))
    yield from ("", *rolls(results["rolls"]))
    yield from ("", *openstack(results))
    yield from ("", "| measured | on | at commit | load before, after |", "|---|---|---|---|")
    for name, result in sorted(results.items()):
        loads = ", ".join(map(str, result.get("load average", ["not noted"])))
        yield f"| {name} | {result['date'][:16]} | {result['commit']} | {loads} |"


def many_models(models: Mapping[str, Any], kills: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about models made and destroyed, and about a controller that is killed."""
    yield "| 200 models, made and destroyed | at first | after 100 | after 200 |"
    yield "|---|---|---|---|"
    stages = [models[f"after {number}"] for number in (0, 100, 200)]
    for what in ("MB", "descriptors", "processes", "files"):
        title = "controller: PSS, MB" if what == "MB" else what
        yield f"| {title} | {' | '.join(f'{stage[what]:.4g}' for stage in stages)} |"
    ratio = models["MB after 200 to 100"]
    said = verdict(ratio, "<=", 1.05)
    yield from ("", f"Memory after 200 to that after 100: **{ratio:.3f}**, {said}.")
    yield (
        f"{kills['kills']} kills of the controller at random moments, in {kills['models']} such "
        f"models: **{len(kills['faults'])}** hooks forgotten, half applied or recorded twice."
    )


def rolls(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about brokers that are rolled while messages are sent."""
    heads = ("nothing acknowledged in a partition for", "ours", "by hand", "ratio", "restarts")
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|---|---|---|"
    for name, row in found["rolls"].items():
        gap = row["gap"]
        cells = [spread(gap[way], "s") if way in gap else "" for way in ("ours", "by hand")]
        if ratio := gap.get("ratio"):
            cells.append(f"**{spread(ratio)}**, {verdict(ratio['median'], '<=', 1.2)}")
        else:
            cells.append("")
        faults = [one for one in row["samples"]["ours"] if "fault" in one]
        end = ", **did not come to rest**" if faults else ""
        yield f"| {name} | {' | '.join(cells)} | {row['most restarts of a broker']}{end} |"
    numbers, batches = found["messages"], found["batches"]
    yield from (
        "",
        f"Of {numbers['acknowledged']} messages **{len(numbers['lost'])}** are lost and",
    )
    yield f"**{len(numbers['duplicated'])}** there twice; of {batches['committed']} batches"
    yield f"**{len(batches['lost'])}** are lost and **{len(batches['half'])}** there by half."


def openstack(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about rounds of a real OpenStack."""
    yield f"| a real OpenStack | {' | '.join(title for _, title in ROUNDS)} |"
    yield f"|{'---|' * (1 + len(ROUNDS))}"
    counts = [str(results[name]["rounds without a failure"]) for name, _ in ROUNDS]
    yield f"| rounds without a failure | {' | '.join(counts)} |"
    for key, title, unit in PARTS:
        cells = [spread(results[name][key], unit) for name, _ in ROUNDS]
        yield f"| {title} | {' | '.join(cells)} |"


def written() -> str:
    """Return README.md with what the results say between its marks."""
    files = sorted((HERE / "results").glob("*.json"))
    results = {path.stem: json.loads(path.read_text()) for path in files}
    before, _, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    return before + BEGIN + "\n".join(tables(results)) + "\n" + END + after


def main() -> None:
    """Rewrite what is between the marks of README.md."""
    README.write_text(written())


if __name__ == "__main__":
    main()
