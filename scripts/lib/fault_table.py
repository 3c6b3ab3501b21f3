"""Prints the table of a fault report: one JSON object a line, written by the rows themselves."""

import json
import sys

COLUMNS = ("row", "database", "posts", "published", "doubled", "lost", "outside", "surfaced", "seconds")
TITLES = ("row", "database", "posts", "published", "doubled", "lost", "outside the rules", "surfaced", "seconds")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as report:
        rows = [json.loads(line) for line in report]
    rows.sort(key=lambda row: (row["row"], row["database"]))
    print("| " + " | ".join(TITLES) + " |")
    print("|" + "---|" * 2 + "---:|" * (len(TITLES) - 2))
    for row in rows:
        if "skipped" in row:
            print(f"| {row['row']} | {row['database']} | skipped: {row['skipped']} |" + " |" * (len(TITLES) - 3))
        else:
            print("| " + " | ".join(str(row[column]) for column in COLUMNS) + " |")
    run = [row for row in rows if "skipped" not in row]
    total = {column: sum(row[column] for row in run) for column in COLUMNS[2:]}
    cells = [f"{total[column]:.0f}" for column in COLUMNS[2:]]
    print(f"| **{len(run)} rows** | | " + " | ".join(cells) + " |")


main()
