#!/usr/bin/env python3
"""Checks the data files of config/: lists of hosts, word lists, clauses, calendar.

    python3 scripts/data/check_lists.py

Prints one line per fault and exits 1 if there is any; otherwise prints the counts and exits 0.
Only the standard library is used (Python 3.11 or later, for tomllib).
"""
import csv
import datetime as dt
import pathlib
import re
import sys
import tomllib
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
faults = []
counts = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def load(path):
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        fault(path.relative_to(ROOT), e)
        return {}


# --- hosts ---------------------------------------------------------------------------------------------------

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
KEY = re.compile(r"[a-z]+")
# Never shorteners as a whole: public suffixes and general sites. A guard against a careless merge.
NEVER = set("""
co.jp ne.jp or.jp ac.jp ad.jp ed.jp go.jp gr.jp lg.jp gov.tw com.tw co.kr com.cn com.au co.uk gov.uk
tokyo.jp osaka.jp kyoto.jp hokkaido.jp akita.jp aomori.jp fukuoka.jp kumamoto.jp okayama.jp
google.com google.co.jp facebook.com youtube.com github.com amazon.com amazon.co.jp line.me page.line.me liff.line.me
microsoft.com apple.com x.com twitter.com instagram.com threads.net bsky.app mastodon.social tiktok.com linkedin.com
yahoo.co.jp rakuten.co.jp note.com wikipedia.org nhk.or.jp jma.go.jp mhlw.go.jp soumu.go.jp e-gov.go.jp
city.kurume.fukuoka.jp city.yamaga.kumamoto.jp pref.akita.lg.jp town.misaki.okayama.jp city.towada.lg.jp
""".split())
MUST = {
    "shorteners.txt": "bit.ly t.co goo.gl tinyurl.com ow.ly is.gd x.gd ux.nu urx.nu amzn.to lnkd.in buff.ly p.tl".split(),
    "platform-short-hosts.txt": "youtu.be lin.ee fb.me forms.gle g.co wp.me maps.app.goo.gl".split(),
}


def check_hosts():
    seen = {}
    for name, must in MUST.items():
        path = CONFIG / "lists" / name
        text = path.read_bytes().decode("utf-8")
        if not text.endswith("\n") or "\r" in text:
            fault(name, "lines must end with a single line feed, the last one too")
        lines = text.splitlines()
        keys = {m[1] for line in lines if (m := re.match(r"#   ([a-z]+): ", line))}
        domains, body = [], False
        for n, line in enumerate(lines, 1):
            where = f"{name}:{n}"
            if line.startswith("#"):
                if body:
                    fault(where, "comments belong to the header")
                continue
            body = True
            domain, tab, source = line.partition("\t")
            if not tab or not source:
                fault(where, "expected domain<TAB>source")
                continue
            labels = domain.split(".")
            if len(labels) < 2 or len(domain) > 253 or not all(LABEL.fullmatch(x) for x in labels) or labels[-1].isdigit():
                fault(where, f"no well-formed domain: {domain!r}")
            if domain in NEVER:
                fault(where, f"{domain} is no shortener as a whole")
            if domain in seen:
                fault(where, f"{domain} is already listed at {seen[domain]}")
            seen[domain] = where
            for key in source.split("+"):
                if not KEY.fullmatch(key) or (keys and key not in keys):
                    fault(where, f"unknown source key {key!r}")
            domains.append(domain)
        if domains != sorted(domains):
            fault(name, "not sorted by bytes")
        for d in must:
            if d not in domains:
                fault(name, f"{d} is missing")
        counts.append(f"{name} {len(domains)}")
    if sum(1 for w in seen.values() if w.startswith("shorteners.txt")) < 400:
        fault("shorteners.txt", "fewer than 400 domains")


# --- clauses -------------------------------------------------------------------------------------------------

CLAUSE = re.compile(r"(KUR|YAM|AKI|MIS|TOW)-[0-9]+(\.[0-9]+)*[a-z]?")


def check_clauses():
    data = load(CONFIG / "clauses.toml")
    prefixes = {}
    for g in data.get("guideline", []):
        if set(g) != {"id", "prefix", "municipality_ja", "municipality_en", "title_ja"} or not all(g.values()):
            fault("clauses.toml", f"guideline {g.get('id')}: keys {sorted(g)}")
        prefixes[g.get("id")] = g.get("prefix")
    kept, used = {}, set()
    for c in data.get("clause", []):
        cid = c.get("id", "?")
        where = f"clauses.toml {cid}"
        if set(c) != {"id", "guideline", "kept", "asks_en"}:
            fault(where, f"keys {sorted(c)}")
            continue
        if not CLAUSE.fullmatch(cid) or prefixes.get(c["guideline"]) != cid.split("-")[0]:
            fault(where, "id does not fit its guideline")
        if cid in kept:
            fault(where, "listed twice")
        if c["kept"] not in {"E", "G", "R", "A", "O"}:
            fault(where, f"kept = {c['kept']!r}")
        text = c["asks_en"]
        if not text[:1].isupper() or not text.endswith(".") or "*" in text or "`" in text or text != text.strip():
            fault(where, "asks_en must be a plain sentence with capital and full stop")
        kept[cid] = c["kept"]
        used.add(c["guideline"])
    if used != set(prefixes):
        fault("clauses.toml", f"guidelines without clauses: {sorted(set(prefixes) - used)}")
    counts.append(f"clauses {len(kept)}")
    return kept


# --- words ---------------------------------------------------------------------------------------------------

CATEGORIES = {
    "insult": "block", "discrimination": "block", "obscenity": "block", "violence_illegality": "block",
    "politics_religion_election": "block", "secrets_markings": "block", "security_sensitive": "block",
    "disrespect": "confirm", "private_opinion": "confirm", "policy_undecided": "confirm", "rumour": "confirm",
    "infringement_hint": "confirm", "advertising": "confirm", "public_order": "confirm",
}
WORD = re.compile(r"[0-9a-z]", re.ASCII)


def view(text):
    return unicodedata.normalize("NFKC", text).lower()


def spans_ja(text, entry):
    i = text.find(entry)
    while i >= 0:
        yield i, i + len(entry)
        i = text.find(entry, i + 1)


def spans_en(text, entry):
    for a, b in spans_ja(text, entry):
        if not (a and WORD.match(text[a - 1])) and not (b < len(text) and WORD.match(text[b])):
            yield a, b


def hits(text, lists):
    """Words of one category in a text, without those inside an exception (leftmost-longest)."""
    text = view(text)
    hidden, i = [], 0
    while i < len(text):
        longest = max((len(e) for e in lists["except"] if text.startswith(e, i)), default=0)
        if longest:
            hidden.append((i, i + longest))
        i += longest or 1
    found = [(a, b, e) for e in lists["ja"] for a, b in spans_ja(text, e)]
    found += [(a, b, e) for e in lists["en"] for a, b in spans_en(text, e)]
    return sorted({e for a, b, e in found if not any(x <= a and b <= y for x, y in hidden)})


def check_entries(where, data, keys):
    for key in keys:
        entries = data.get(key)
        if not isinstance(entries, list) or not all(isinstance(e, str) and e for e in entries):
            fault(where, f"{key} must be a list of words")
            data[key] = []
            continue
        for e in entries:
            if e != view(e):
                fault(where, f"{key}: {e!r} is not in NFKC lower case (expected {view(e)!r})")
            if e != e.strip() or "\n" in e:
                fault(where, f"{key}: {e!r} has blanks around it")
        for e in sorted({e for e in entries if entries.count(e) > 1}):
            fault(where, f"{key}: {e!r} is listed twice")


def check_words(kept):
    lists, owner, total = {}, {}, [0, 0, 0]
    for path in sorted((CONFIG / "lists" / "words").glob("*.toml")):
        where, data = f"words/{path.name}", load(path)
        if set(data) != {"category", "clauses", "severity", "ja", "en", "except", "title", "help"}:
            fault(where, f"keys {sorted(data)}")
            continue
        category = data["category"]
        if category != path.stem or category not in CATEGORIES:
            fault(where, f"category {category!r}")
        if data["severity"] != CATEGORIES.get(category):
            fault(where, f"severity {data['severity']!r}, expected {CATEGORIES.get(category)!r}")
        if not data["clauses"]:
            fault(where, "cites no clause")
        for c in data["clauses"]:
            if c not in kept:
                fault(where, f"clause {c} does not exist")
        for key in ("title", "help"):
            if set(data[key]) != {"ja", "en"} or not all(data[key].values()):
                fault(where, f"{key} needs ja and en")
        check_entries(where, data, ("ja", "en", "except"))
        if len(data["ja"]) < 15 or len(data["en"]) < 8:
            fault(where, "fewer than 15 ja or 8 en entries")
        for e in data["ja"]:
            for shorter in data["ja"]:
                if shorter != e and shorter in e:
                    fault(where, f"ja: {e!r} is superfluous beside {shorter!r}")
            if e in data["except"]:
                fault(where, f"{e!r} is entry and exception")
        for e in data["en"]:
            if not e.isascii() or not (WORD.match(e[0]) and WORD.match(e[-1])):
                fault(where, f"en: {e!r} must begin and end with a letter or digit")
        for x in data["except"]:
            if not any(e in x for e in data["ja"]) and not any(list(spans_en(x, e)) for e in data["en"]):
                fault(where, f"except: {x!r} hides no entry")
        for e in data["ja"] + data["en"]:
            if e in owner:
                fault(where, f"{e!r} is already in {owner[e]}")
            owner[e] = where
        lists[category] = data
        total = [t + len(data[k]) for t, k in zip(total, ("ja", "en", "except"))]
    for missing in sorted(set(CATEGORIES) - set(lists)):
        fault("words", f"category {missing} is missing")
    counts.append(f"words {len(lists)} categories, {total[0]} ja, {total[1]} en, {total[2]} exceptions")

    for path in sorted((CONFIG / "lists" / "exceptions").glob("*.toml")):
        where, data = f"exceptions/{path.name}", load(path)
        if set(data) != {"exception", "lifts", "clauses", "ja", "en"}:
            fault(where, f"keys {sorted(data)}")
            continue
        if data["exception"] != path.stem or data["lifts"] not in lists:
            fault(where, "name or lifted category unknown")
        elif CATEGORIES[data["lifts"]] == "block":
            fault(where, "a block category cannot be lifted")
        for c in data["clauses"]:
            if c not in kept:
                fault(where, f"clause {c} does not exist")
        check_entries(where, data, ("ja", "en"))

    probes = load(pathlib.Path(__file__).with_name("probes.toml"))
    for text in probes.get("harmless", []):
        for category, data in lists.items():
            if data["severity"] == "block" and (found := hits(text, data)):
                fault("probes", f"false alarm {category} {found}: {text}")
    for text in probes.get("silent", []):
        for category, data in lists.items():
            if found := hits(text, data):
                fault("probes", f"false alarm {category} {found}: {text}")
    for p in probes.get("hit", []):
        if p["category"] in lists and not hits(p["text"], lists[p["category"]]):
            fault("probes", f"{p['category']} does not hit: {p['text']}")
    counts.append(f"probes {sum(len(v) for v in probes.values())}")


# --- calendar ------------------------------------------------------------------------------------------------

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


def main():
    check_hosts()
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
