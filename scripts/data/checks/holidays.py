"""The calendar of national holidays, recomputed from the rules of the Act."""
import csv
import datetime as dt
import re

from .common import CONFIG, counts, fault

DAY = dt.timedelta(days=1)
KINDS = {"holiday": None, "substitute": "振替休日", "citizens": "国民の休日"}


def equinox(year, spring):
    """Day of March or September by the usual approximation for 1980 to 2099."""
    base = 20.8431 if spring else 23.2488
    return dt.date(year, 3 if spring else 9, int(base + 0.242194 * (year - 1980) - (year - 1980) // 4))


def check_calendar():
    name = "japan.csv"
    lines = (CONFIG / "calendar" / name).read_text(encoding="utf-8").splitlines()
    m = re.fullmatch(r"# coverage: (\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", lines[0] if lines else "")
    if not m:
        fault(name, "the first line must be '# coverage: FROM..TO'")
        return
    first, last = map(dt.date.fromisoformat, m.groups())
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    if rows[0] != ["date", "name_ja", "name_en", "kind"]:
        fault(name, f"columns {rows[0]}")
    days, order = {}, []
    for row in rows[1:]:
        try:
            d = dt.date.fromisoformat(row[0])
            _, ja, en, kind = row
        except (ValueError, IndexError) as e:
            fault(name, f"{row}: {e}")
            continue
        if d in days:
            fault(name, f"{d} twice")
        if not first <= d <= last:
            fault(name, f"{d} outside the coverage")
        if kind not in KINDS or not ja or not en.isascii() or not en or (KINDS[kind] and ja != KINDS[kind]):
            fault(name, f"{d}: {ja}, {en}, {kind}")
        days[d] = (ja, kind)
        order.append(d)
    if order != sorted(order):
        fault(name, "not sorted")

    # The rules of the Act on National Holidays (Article 3), from the plain holidays alone.
    plain = {d for d, (_, kind) in days.items() if kind == "holiday"}
    want = {}
    for d in plain:
        if d.weekday() == 6:
            s = d + DAY
            while s in plain:
                s += DAY
            want[s] = "substitute"
    d = first
    while d <= last:
        if d not in plain and d not in want and d - DAY in plain and d + DAY in plain and d.weekday() != 6:
            want[d] = "citizens"
        d += DAY
    have = {d: kind for d, (_, kind) in days.items() if kind != "holiday"}
    for d in sorted(set(want) | set(have)):
        if first <= d <= last and want.get(d) != have.get(d):
            fault(name, f"{d}: {have.get(d, 'no entry')}, but the rule says {want.get(d, 'no entry')}")
    for year in range(first.year, last.year + 1):
        for spring, ja in ((True, "春分の日"), (False, "秋分の日")):
            d = equinox(year, spring)
            if first <= d <= last and days.get(d, ("",))[0] != ja:
                fault(name, f"{d} should be {ja}")
        n = sum(1 for d in plain if d.year == year)
        # 16 a year; 2019 had two one-off days and, between two emperors, no Emperor's Birthday.
        if n != (17 if year == 2019 else 16):
            fault(name, f"{year} has {n} holidays by law")
    for d in map(dt.date.fromisoformat, ("2019-04-30", "2019-05-02", "2026-09-22")):
        if first <= d <= last and days.get(d, ("", ""))[1] != "citizens":
            fault(name, f"{d} must be a citizens' holiday")
    counts.append(f"calendar {len(days)} days")
