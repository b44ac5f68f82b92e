"""Figures that the README shows: its tables, written from results/*.json."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import measure
from faults import OPERATIONS

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
    for name, lines in KAFKA_4.items():
        if name in results:
            yield from ("", *lines(results[name]))
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
    yield from ("", *accounted(found))


def first_message_4(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about the first message of Kafka 4."""
    yield "| Kafka 4: nothing → first acknowledged message | ours | by hand | ratio |"
    yield "|---|---|---|---|"
    for name in (key for key in found if isinstance(found[key], dict)):
        row = found[name]
        cells = [spread(row[way]["wall"], "s") for way in ("kafkastack", "by hand")]
        ratio, target = row["to by hand"]["wall"], float(row["target"].split()[-1])
        said = verdict(ratio["median"], "<=", target)
        yield f"| {name} | {' | '.join(cells)} | **{spread(ratio)}**, {said} |"


def throughput(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about messages a second and their latency."""
    yield "| Kafka 4 of ours to the same by hand | sent | read | end to end, swifter |"
    yield "|---|---|---|---|"
    for kind in (key for key in found if isinstance(found[key], dict)):
        for size, row in found[kind].items():
            cells = [
                spread(ratio) + _missed(not _is_fast_enough(ratio, kind))
                for ratio in row["ratios"].values()
            ]
            yield f"| {kind}, {size} | {' | '.join(cells)} |"


def _is_fast_enough(ratio: Mapping[str, float], kind: str) -> bool:
    if kind.startswith("production"):
        return ratio["median"] >= 0.97 and ratio["max"] >= 1
    return ratio["median"] >= 0.9


def _missed(is_missed: bool) -> str:
    return " **missed**" if is_missed else ""


def idle(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the line about what an idle node weighs."""
    said = verdict(found["ratio"]["median"], "<=", 1.25)
    ratio = spread(found["ratio"])
    yield f"An idle Kafka 4 of one node, engine included, to the bare one: **{ratio}**, {said}."


_TOLD_SECONDS = 5.0


def soak(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about faults: the longest pause of each, and what is lost."""
    heads = ("longest pause under", "ours", "by hand", "ratio", "told after", "active again after")
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for name, sides in found["faults"].items():
        ours, hand = sides.get("ours", ()), sides.get("by hand", ())
        cells = [_spread_of(side, "pause") for side in (ours, hand)]
        pairs = [{"ratio": a["pause"] / b["pause"]} for a, b in zip(ours, hand, strict=False)]
        cells.append(_spread_of(pairs, "ratio", ""))
        told = () if name in OPERATIONS else ours  # of which one is told by who does it
        for key in ("told after", "active again after"):
            is_late = any((one[key] or 0) > _TOLD_SECONDS for one in told)
            cells.append(_spread_of(told, key) + _missed(is_late))
        yield f"| {name} | {' | '.join(cells)} |"
    for side, counts in found["counts"].items():
        judged = found["judged"][side]
        yield from ("", f"{side.capitalize()}:", *accounted({"counts": counts, "judged": judged}))


def _spread_of(samples: Sequence[Mapping[str, Any]], key: str, unit: str = "s") -> str:
    values = [one[key] for one in samples if one.get(key) is not None]
    if len(values) == 1:
        return f"{values[0]:.2f} {unit}".strip()
    return spread(measure.spread(values), unit) if values else ""


def accounted(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about what became of all that was acknowledged."""
    counts, judged = found["counts"], found["judged"]
    yield f"Of {counts['messages acknowledged']} messages {_told(judged['messages'])};"
    yield f"of {counts['transactions committed']} transactions {_told(judged['transactions'])}."


def _told(faults: Mapping[str, Sequence[Any]]) -> str:
    return ", ".join(f"**{len(found)}** {fault}" for fault, found in faults.items())


def openstack(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about rounds of a real OpenStack."""
    yield f"| a real OpenStack | {' | '.join(title for _, title in ROUNDS)} |"
    yield f"|{'---|' * (1 + len(ROUNDS))}"
    counts = [str(results[name]["rounds without a failure"]) for name, _ in ROUNDS]
    yield f"| rounds without a failure | {' | '.join(counts)} |"
    for key, title, unit in PARTS:
        cells = [spread(results[name][key], unit) for name, _ in ROUNDS]
        yield f"| {title} | {' | '.join(cells)} |"


KAFKA_4 = {
    "first_message_4": first_message_4,
    "throughput": throughput,
    "idle": idle,
    "soak": soak,
}


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
