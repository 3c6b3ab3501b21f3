#!/usr/bin/env python3
"""Checks the labelled posts of tests/corpus/: their form, and what of their labels can be computed.

    python3 scripts/data/check_corpus.py            the faults, or the counts
    python3 scripts/data/check_corpus.py --rules    the counts, with how many posts each rule has

Prints one line per fault and exits 1 if there is any. Only the standard library is used (Python 3.11 or later,
for tomllib). Nothing here looks at the gate: the labels are checked against arithmetic and the calendar.
"""
import calendar
import collections
import datetime as dt
import pathlib
import re
import sys
import tomllib
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus"
WORDS = ROOT / "config" / "lists" / "words"

MIN_POSTS = 480
MIN_CLEAN_SHARE = 0.6
MIN_PER_RULE = 6
MIN_SHORTENERS = 40
MIN_PERSONAL = 80
OLDER_RULES = {"text.control"}
# It speaks only where a post is judged on one day and leaves on another; here both are the same.
OTHER_DAY_RULES = {"accuracy.relative_word"}
# It speaks only in an election period; the corpus has none.
ELECTION_RULES = {"words.election_period"}

POST_KEYS = {
    "id": str, "text": str, "publish_at": str, "platform": str, "alts": list, "expect": list, "allow": list, "kind": str,
    "act": str, "sign_off_line": str, "hashtag": str, "division_phones": list, "located": list, "answers": list,
}
VALUES = {
    "platform": {"mastodon", "facebook"}, "kind": {"ordinary", "emergency", "drill"}, "act": {"new", "reply", "quote"},
}
SAYS = {"redirects", "not_found", "gone", "no_such_host", "bad_certificate", "private_address", "unchecked"}

faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def load(path):
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        fault(path.relative_to(ROOT), e)
        return {}


def known_rules():
    rules = {}
    for group, members in load(CORPUS / "setting" / "rules.toml").items():
        rules |= {f"{group}.{name}": severity for name, severity in members.items()}
    for path in sorted(WORDS.glob("*.toml")):
        document = load(path)
        rules[f"words.{document.get('category', path.stem)}"] = document.get("severity", "confirm")
    return rules


# --- the texts -----------------------------------------------------------------------------------------------

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")


def plain(text):
    """The text as a reader takes it: compatibility forms folded, nothing invisible, one kind of hyphen."""
    folded = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return re.sub("[‐‑–—−－]", "-", folded)


def texts_of(post):
    return plain("\n".join([post["text"], *post.get("alts", [])]))


# --- check digits --------------------------------------------------------------------------------------------


def is_my_number(digits):
    weighted = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(digits[:11]), 1))
    rest = weighted % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def is_luhn(digits):
    doubled = (int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits)))
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def is_corporate_number(digits):
    weighted = sum(int(d) * (1 if n % 2 else 2) for n, d in enumerate(reversed(digits[1:]), 1))
    return int(digits[0]) == 9 - weighted % 9


def is_driving_licence(digits):
    rest = sum(int(d) * w for d, w in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    return int(digits[10]) == (11 - rest) % 10


def is_card(digits):
    return digits[0] in "3456" and is_luhn(digits)


def runs(text, lengths):
    """Runs of so many digits, single separators inside left out."""
    for length in lengths:
        pattern = rf"(?<![\d.,])(?<!\d[・-])(?=(\d(?:[ ・-]?\d){{{length - 1}}})(?![ ・-]?[\d,]))"
        for match in re.finditer(pattern, text):
            yield re.sub(r"\D", "", match[1])


# Rule, lengths, test, and whether a number that passes must carry the label wherever it stands.
NUMBERS = [
    ("personal.my_number", (12,), is_my_number, True),
    ("personal.card", (14, 15, 16), is_card, True),
    ("personal.corporate_number", (13,), is_corporate_number, True),
    ("personal.driving_licence", (12,), is_driving_licence, False),
]


def check_numbers(where, post, text, marked):
    for rule, lengths, holds, everywhere in NUMBERS:
        found = [digits for digits in runs(text, lengths) if holds(digits)]
        if rule in post.get("expect", []) and not found:
            fault(where, f"expects {rule}, but no number in it has a right check digit")
        if everywhere and found and rule not in marked:
            fault(where, f"{found[0]} passes the check of {rule}")
    for digits in re.findall(r"(?:保険者番号|負担者番号)\s*(\d{8})\b", text):
        if not is_luhn(digits):
            fault(where, f"{digits} has a wrong check digit")


# --- telephones, mails, hosts --------------------------------------------------------------------------------

PHONE = re.compile(r"(?<![\d.,-])\(?0\d{1,4}\)?[-(. ー]\d{1,4}[-). ー]\d{3,4}(?![\d,-])|(?<![\d-])0[789]0\d{8}(?!\d)")
MAIL = re.compile(r"(?<![\w/:])[\w.+-]+(?:@|\(at\))([\w-]+(?:\.[\w-]+)+)", re.ASCII)
URL = re.compile(r"(https?)://([^\s/?#<>「」（）()]+)", re.IGNORECASE)
OFFICIAL = ("lg.jp", "go.jp")


def is_below(host, domains):
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def check_contacts(where, text, town, marked):
    published = {re.sub(r"\D", "", phone) for phone in town["phones"]}
    for match in PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        free = digits.startswith(("0120", "0570", "0800"))
        if digits not in published and not free and "personal.phone" not in marked:
            fault(where, f"{match[0]} is no published telephone number")
    for match in MAIL.finditer(text):
        own = match[0] in town["mails"] or is_below(match[1], town["own_domains"])
        in_link = any(match[0] in link for link in re.findall(r"https?://\S+", text))
        if not own and not in_link and not marked & {"personal.email", "form.mention"}:
            fault(where, f"{match[0]} is no published mail address")
    for scheme, host in URL.findall(text):
        host = host.lower().rstrip(".").rsplit("@", 1)[-1]
        if scheme.lower() == "http" and "link.insecure" not in marked:
            fault(where, "plain http without link.insecure")
        if not is_below(host, [*town["own_domains"], *OFFICIAL]) and not any(rule.startswith("link.") for rule in marked):
            fault(where, f"{host} is neither the town's own nor official")


# --- dates ---------------------------------------------------------------------------------------------------

WEEKDAYS = "月火水木金土日"
ENGLISH_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
MONTHS = {name: n for n, name in enumerate(calendar.month_name) if name}
DATE = re.compile(
    r"(?<!\d)(?<!\d/)(?P<year>(?P<era>令和|平成|昭和|大正|明治)\s*(?P<of>\d{1,2}|元)年(?:\(\d{4}年\))?"
    r"|(?P<western>\d{4})(?:年(?:\([^)]*\))?|/)|(?P<said>昨年|来年|去年))?\s*"
    r"(?:(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})日|(?P<month2>\d{1,2})/(?P<day2>\d{1,2})(?![\d/])"
    r"|(?<![月\d])(?P<bare>\d{1,2})日)"
    r"(?:\s*\(?(?P<weekday>[月火水木金土日])(?=[)・曜]|曜))?"
)
ENGLISH_DATE = re.compile(rf"(?P<month>{'|'.join(MONTHS)}) (?P<day>\d{{1,2}})(?: \((?P<weekday>[A-Z][a-z]{{2}})\))?")
FIRST_YEAR = {"令和": 2019, "平成": 1989, "昭和": 1926, "大正": 1912, "明治": 1868}
ERA_AND_YEAR = re.compile(
    r"(令和|平成|昭和|大正|明治)(\d{1,2}|元)年度?\((\d{4})年度?\)"
    r"|(\d{4})年度?\((令和|平成|昭和|大正|明治)(\d{1,2}|元)年度?\)"
)


def western(era, of):
    return FIRST_YEAR[era] + (1 if of == "元" else int(of)) - 1


def nearest(published, month, day):
    """The day closest to the publishing time; none if there is no such day in any year around it."""
    candidates = []
    for year in (published.year - 1, published.year, published.year + 1):
        try:
            candidates.append(dt.date(year, month, day))
        except ValueError:
            continue
    return min(candidates, key=lambda date: abs(date - published), default=None)


def resolved(match, published, month):
    """The date of a match; raises ValueError for one that does not exist."""
    day = int(match["day"] or match["day2"] or match["bare"])
    if match["western"] or match["era"]:
        year = int(match["western"]) if match["western"] else western(match["era"], match["of"])
        return dt.date(year, month, day)
    said = {"昨年": -1, "去年": -1, "来年": 1}.get(match["said"])
    if said:
        return dt.date(published.year + said, month, day)
    date = nearest(published, month, day)
    if date is None:
        raise ValueError(f"{month}月{day}日 does not exist")
    return date


def dates(text, published):
    """Every date of a text that names a month or follows one that does, with the weekday that was written."""
    month = published.month
    for match in DATE.finditer(text):
        if match["bare"] and not match["weekday"]:
            continue
        month = int(match["month"] or match["month2"] or month)
        yield match, month
    for match in ENGLISH_DATE.finditer(text):
        yield match, MONTHS[match["month"]]


def is_wrong_day(match, date):
    if match["weekday"] is None:
        return False
    names = ENGLISH_DAYS if match.re is ENGLISH_DATE else WEEKDAYS
    return match["weekday"] != names[date.weekday()]


def check_dates(where, post, text, published, marked):
    expect = set(post.get("expect", []))
    wrong_days, impossible = [], []
    for match, month in dates(text, published):
        try:
            if match.re is ENGLISH_DATE:
                date = nearest(published, month, int(match["day"]))
                if date is None:
                    raise ValueError
            else:
                date = resolved(match, published, month)
        except ValueError:
            impossible.append(match[0])
            continue
        if is_wrong_day(match, date):
            wrong_days.append(f"{match[0]} is {date:%a %Y-%m-%d}")
    wrong_eras = [m[0] for m in ERA_AND_YEAR.finditer(text)
                  if western(m[1] or m[5], m[2] or m[6]) != int(m[3] or m[4])]
    for rule, found in (("weekday", wrong_days), ("impossible_date", impossible), ("era", wrong_eras)):
        if found and f"accuracy.{rule}" not in marked:
            fault(where, f"{found[0]} without accuracy.{rule}")
        if f"accuracy.{rule}" in expect and not found:
            fault(where, f"expects accuracy.{rule}, but nothing is wrong")


# --- one post ------------------------------------------------------------------------------------------------


def check_shape(where, post, rules):
    for key, value in post.items():
        if key not in POST_KEYS:
            fault(where, f"unknown key {key}")
        elif not isinstance(value, POST_KEYS[key]):
            fault(where, f"{key} is no {POST_KEYS[key].__name__}")
        elif key in VALUES and value not in VALUES[key]:
            fault(where, f"{key} = {value!r} is none of {sorted(VALUES[key])}")
    expect, allow = post.get("expect", []), post.get("allow", [])
    for rule in [*expect, *allow]:
        if rule not in rules:
            fault(where, f"unknown rule {rule}")
    if len(set(expect)) != len(expect) or set(expect) & set(allow):
        fault(where, "a rule is named twice")
    if not post["text"].strip() or "\r" in post["text"] or post["text"] != post["text"].strip():
        fault(where, "the text is empty, or begins or ends with white space")
    for answer in post.get("answers", []):
        if answer.get("says") not in SAYS or ("to" in answer) != (answer.get("says") == "redirects"):
            fault(where, f"an answer that means nothing: {answer}")
    if any(not 1 <= place <= len(post.get("alts", [])) for place in post.get("located", [])):
        fault(where, "a located picture that the post does not have")


MAX_ALT = 1500
MAX_PICTURES = 4


def check_structure(where, post, marked):
    """Labels that the keys of a post decide."""
    alts, body = post.get("alts", []), plain(post["text"])
    decided = {
        "alt.missing": "" in alts,
        "alt.too_long": any(len(alt) > MAX_ALT for alt in alts),
        "personal.location": bool(post.get("located")),
        "form.media_count": len(alts) > MAX_PICTURES,
        "form.reply": post.get("act", "new") != "new",
        "form.sign_off_line": not body.endswith(plain(post.get("sign_off_line", ""))),
        "form.hashtag": not re.search(re.escape(plain(post.get("hashtag", ""))) + r"(?!\w)", body),
    }
    for rule, holds in decided.items():
        if holds != (rule in marked):
            fault(where, f"{rule} is {'missing' if holds else 'expected without cause'}")


def published_at(where, post, default):
    written = post.get("publish_at", default)
    try:
        moment = dt.datetime.fromisoformat(written)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.utcoffset() != dt.timedelta(hours=9):
        fault(where, f"publish_at {written!r} is no time of Japan")
        return dt.date(2026, 12, 1)
    return moment.date()


def check_post(where, post, default, rules, town):
    if not isinstance(post.get("text"), str):
        fault(where, "no text")
        return
    check_shape(where, post, rules)
    marked = {*post.get("expect", []), *post.get("allow", [])}
    text = texts_of(post)
    check_structure(where, post, marked)
    check_numbers(where, post, text, marked)
    check_contacts(where, text, town, marked)
    check_dates(where, post, text, published_at(where, post, default), marked)


# --- all of them ---------------------------------------------------------------------------------------------


def is_clean(post, rules):
    return all(rules.get(rule) == "notice" for rule in post.get("expect", []))


def check_sizes(posts, rules):
    labels = collections.Counter(rule for post in posts for rule in post.get("expect", []))
    clean = sum(is_clean(post, rules) for post in posts)
    personal = sum(count for rule, count in labels.items() if rule.startswith("personal."))
    for rule in sorted(set(rules) - OLDER_RULES - OTHER_DAY_RULES - ELECTION_RULES):
        if labels[rule] < MIN_PER_RULE:
            fault("corpus", f"{labels[rule]} posts expect {rule}; at least {MIN_PER_RULE} are needed")
    for what, have, need in (("posts", len(posts), MIN_POSTS), ("personal labels", personal, MIN_PERSONAL),
                             ("shorteners", labels["link.shortener"], MIN_SHORTENERS),
                             ("clean posts in a hundred", 100 * clean / max(len(posts), 1), 100 * MIN_CLEAN_SHARE)):
        if have < need:
            fault("corpus", f"{what}: {have:.3g}, at least {need:.3g} are needed")
    return labels, clean


def report(files, posts, labels, clean, rules):
    for name, count, clean_here in files:
        print(f"{name:24} {count:4} posts, {clean_here:4} clean")
    loose = sum(any(rules.get(rule) != "notice" for rule in post.get("allow", [])) for post in posts)
    unmarked = sum(not post.get("expect") for post in posts)
    print(f"{'together':24} {len(posts):4} posts, {clean:4} clean ({100 * clean / len(posts):.1f} %), "
          f"of these {unmarked} without any label")
    print(f"{sum(labels.values())} labels of {len(labels)} rules; {loose} posts allow something more than a notice")
    if "--rules" in sys.argv[1:]:
        for rule, count in sorted(labels.items()):
            print(f"  {rule:34} {rules[rule]:8} {count:4}")


def main():
    rules, town = known_rules(), load(CORPUS / "setting" / "town.toml")
    seen, posts, files = {}, [], []
    for path in sorted(CORPUS.glob("*.toml")):
        document = load(path)
        here = document.get("post", [])
        if not path.read_text(encoding="utf-8").startswith("# "):
            fault(path.name, "a header comment is missing")
        for n, post in enumerate(here, 1):
            where = f"{path.name}:{post.get('id', f'post {n}')}"
            if not re.fullmatch(r"[a-z]+(?:-[a-z]+)*-\d{3}", post.get("id", "")):
                fault(where, "the id is not of the form topic-001")
            if post.get("id") in seen:
                fault(where, f"the id stands in {seen[post['id']]} too")
            if post.get("text") in seen:
                fault(where, f"the text stands in {seen[post['text']]} too")
            seen |= {post.get("id"): path.name, post.get("text"): where}
            check_post(where, post, document.get("publish_at"), rules, town)
        posts += here
        files.append((path.name, len(here), sum(is_clean(post, rules) for post in here)))
    labels, clean = check_sizes(posts, rules)
    if faults:
        print("\n".join(faults))
        print(f"{len(faults)} faults")
        sys.exit(1)
    report(files, posts, labels, clean, rules)


if __name__ == "__main__":
    main()
