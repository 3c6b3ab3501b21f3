#!/usr/bin/env python3
"""What scripts/bench does with the figures of a run: performance.py --check FILE [SECTION …] | --record FILE

--check compares the ratios with docs/performance.json and exits 1 when one is worse by more than 20 %, or when what was
recorded (of these sections, or of all) was not measured or no round of it counts.
--record writes that file, and the tables of docs/PERFORMANCE.md, anew; sections that were not measured stay.
Standard library only.
"""

import json
import re
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDED = ROOT / "docs" / "performance.json"
PAGE = ROOT / "docs" / "PERFORMANCE.md"
WORSE = 0.20


def summary(figure: dict) -> dict | None:
    """One figure of a run: of each value the median of the rounds that count, and the range of the ratio."""
    counted = [one for one in figure["rounds"] if one["counts"]]
    if not counted:
        return None
    ratios = [one["ratio"] for one in counted]
    return {
        "section": figure["section"],
        "what": figure["what"],
        "unit": figure["unit"],
        "against": figure["against"],
        "goal": figure["goal"],
        "ours": median(one["ours"] for one in counted),
        "rival": median(one["against"] for one in counted),
        "ratio": median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        "rounds": len(counted),
        "thrown_away": len(figure["rounds"]) - len(counted),
        "others": max((one["others"] or 0.0) for one in counted),
    }


def summaries(run: dict) -> dict[str, dict]:
    found = {}
    for figure in run["figures"]:
        if one := summary(figure):
            found[figure["id"]] = {**one, "busy": run["busy"], "extent": run["extent"]}
        elif figure["rounds"]:
            print(f"{figure['id']}: no round counts, others worked all the time")
    return found


def reached(one: dict) -> bool:
    """Whether a ratio is what it should be."""
    if "at_least" in one["goal"]:
        return one["ratio"] >= one["goal"]["at_least"]
    return one["ratio"] <= one["goal"]["at_most"]


def worsening(before: dict, now: dict) -> float:
    """By what share a ratio is worse than it was."""
    if before["ratio"] <= 0:
        return 1.0 if now["ratio"] > before["ratio"] else 0.0
    if "at_least" in before["goal"]:
        return 1 - now["ratio"] / before["ratio"]
    return now["ratio"] / before["ratio"] - 1


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row(one: dict) -> str:
    sign, bound = ("≥", one["goal"]["at_least"]) if "at_least" in one["goal"] else ("≤", one["goal"]["at_most"])
    verdict = "yes" if reached(one) else "**no**"
    marks = ("¹" if one["busy"] else "") + ("²" if one["extent"] == "long" else "")
    cells = [
        one["what"] + marks,
        f"{number(one['ours'])} {one['unit']}",
        one["against"] if one["against"][0].isdigit() else f"{one['against']}: {number(one['rival'])}",
        f"{number(one['ratio'])} ({number(one['lowest'])}–{number(one['highest'])})",
        f"{sign} {number(bound)}",
        verdict,
    ]
    return "| " + " | ".join(cells) + " |"


def table(figures: list[dict]) -> str:
    head = "| what | ours | beside it | ratio (range) | goal | reached |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(row(one) for one in figures)


def write_page(figures: dict[str, dict]) -> None:
    text = PAGE.read_text(encoding="utf-8")

    def fill(match: re.Match) -> str:
        sections = match[1].split()
        of_them = [one for one in figures.values() if one["section"] in sections]
        inner = table(of_them) if of_them else "Not measured yet."
        return f"<!-- figures: {match[1]} -->\n{inner}\n<!-- end -->"

    page = re.sub(r"<!-- figures: ([\w\- ]+) -->\n.*?<!-- end -->", fill, text, flags=re.S)
    PAGE.write_text(page, encoding="utf-8")


def recorded() -> dict[str, dict]:
    return json.loads(RECORDED.read_text(encoding="utf-8"))["figures"] if RECORDED.exists() else {}


def record(run: dict) -> int:
    before = recorded()
    figures = {**before, **summaries(run)}
    order = [figure["id"] for figure in run["figures"]]
    order += [name for name in before if name not in order]
    figures = {name: figures[name] for name in order if name in figures}
    kept = {"machine": run["machine"], "figures": figures}
    RECORDED.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_page(figures)
    missed = [name for name, one in figures.items() if not reached(one)]
    print(f"recorded: {len(figures)} figures; goals missed: {', '.join(missed) or 'none'}")
    return 0


def wanted(section: str, sections: list[str]) -> bool:
    """Whether a section is one of these; `flood` means `flood-sqlite` too."""
    return not sections or any(section == one or section.startswith(f"{one}-") for one in sections)


def check(run: dict, sections: list[str]) -> int:
    known, failed = recorded(), 0
    measured = summaries(run)
    for name, now in measured.items():
        before = known.get(name)
        if before is None:
            print(f"{name}: {number(now['ratio'])}, nothing is recorded")
            continue
        worse = worsening(before, now)
        comparable = not (now["busy"] or before["busy"]) and now["extent"] == before["extent"]
        is_failed = comparable and worse > WORSE
        failed += is_failed
        mark = "WORSE" if is_failed else "ok" if comparable else "not comparable (others worked, or another extent)"
        print(f"{name}: {number(now['ratio'])}, recorded {number(before['ratio'])} ({-worse:+.0%}): {mark}")
    for skipped in run["skipped"]:
        print(f"{skipped['section']}: not measured: {skipped['why']}")
    for name, before in known.items():
        if name not in measured and wanted(before["section"], sections):
            failed += 1
            print(f"{name}: recorded, and not measured now: FAILED")
    return 1 if failed else 0


def main() -> int:
    what, *rest = sys.argv[1:] or [""]
    if not rest or what not in ("--check", "--record") or (what == "--record" and len(rest) > 1):
        print(__doc__, file=sys.stderr)
        return 2
    run = json.loads(Path(rest[0]).read_text(encoding="utf-8"))
    return record(run) if what == "--record" else check(run, rest[1:])


if __name__ == "__main__":
    sys.exit(main())
