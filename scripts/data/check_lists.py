#!/usr/bin/env python3
"""Checks the data files of config/: lists of hosts, word lists, clauses, calendar.

    python3 scripts/data/check_lists.py

Prints one line per fault and exits 1 if there is any; otherwise prints the counts and exits 0.
Only the standard library is used (Python 3.11 or later, for tomllib).
"""
import sys

sys.dont_write_bytecode = True

from checks.clauses import check_clauses
from checks.common import counts, faults
from checks.holidays import check_calendar
from checks.hosts import check_hosts
from checks.redirectors import check_redirectors
from checks.words import check_words


def main():
    check_redirectors(check_hosts())
    check_words(check_clauses())
    check_calendar()
    for f in faults:
        print(f)
    if faults:
        print(f"{len(faults)} faults")
        return 1
    print("; ".join(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
