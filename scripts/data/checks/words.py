"""The word lists, the exceptions from them, and the sentences that prove both."""
import re
import unicodedata

from .common import LISTS, PROBES, counts, fault, load

CATEGORIES = {
    "insult": "block", "discrimination": "block", "obscenity": "block", "violence_illegality": "block",
    "politics_religion_election": "block", "secrets_markings": "block", "security_sensitive": "block",
    "disrespect": "confirm", "private_opinion": "confirm", "policy_undecided": "confirm", "rumour": "confirm",
    "infringement_hint": "confirm", "advertising": "confirm", "public_order": "confirm", "election_period": "confirm",
}
# Lists that count only at certain times.
ONLY = {"election_period": "election_period"}
KEYS = {"category", "clauses", "severity", "ja", "en", "except", "title", "help"}
WORD = re.compile(r"[0-9a-z]", re.ASCII)
SENTENCE = re.compile(r"[^。!?\n]+")
LEAST_JA, LEAST_EN, LEAST_TERMS = 150, 100, 5000


def view(text):
    """The form in which texts are searched, as far as these files need it."""
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


def stands_in(text, phrase):
    """A phrase of Latin letters counts as whole words, another one anywhere."""
    return any((spans_en if phrase.isascii() else spans_ja)(text, phrase))


def hidden_spans(text, phrases):
    """Where exceptions stand, leftmost-longest."""
    i = 0
    while i < len(text):
        longest = max((len(p) for p in phrases if text.startswith(p, i)), default=0)
        if longest:
            yield i, i + longest
        i += longest or 1


def weight_at(text, at, data):
    """What a match there weighs: the severity of a context whose phrase stands in the same sentence, or the list's."""
    sentence = next((m[0] for m in SENTENCE.finditer(text) if m.start() <= at < m.end()), text)
    for context in data.get("context", []):
        if any(stands_in(sentence, phrase) for phrase in context["phrases"]):
            return context["severity"]
    return data["severity"]


def spans_pattern(text, pattern):
    """A pattern counts as a whole word or number, and not as a piece of a longer one with dots."""
    for m in re.finditer(pattern, text, re.ASCII):
        (a, b), found = m.span(), m[0]
        open_before = a and WORD.match(found[0]) and re.search(r"[0-9a-z]\.?$", text[:a], re.ASCII)
        goes_on = re.match(r"\.?[0-9a-z]", text[b:], re.ASCII)
        if not open_before and not (goes_on and (WORD.match(found[-1]) or text[b] == ".")):
            yield a, b


def hits(text, data):
    """Words of one category in a text with what each weighs, without those inside an exception."""
    text = view(text)
    hidden = list(hidden_spans(text, data["except"]))
    found = [(a, b, e) for e in data["ja"] for a, b in spans_ja(text, e)]
    found += [(a, b, e) for e in data["en"] for a, b in spans_en(text, e)]
    found += [(a, b, e) for e in data.get("patterns", []) for a, b in spans_pattern(text, e)]
    return {
        (e, weight_at(text, a, data))
        for a, b, e in found if not any(x <= a and b <= y for x, y in hidden)
    }


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


def check_head(where, stem, data, kept):
    category = data["category"]
    if category != stem or category not in CATEGORIES:
        fault(where, f"category {category!r}")
    if data["severity"] != CATEGORIES.get(category):
        fault(where, f"severity {data['severity']!r}, expected {CATEGORIES.get(category)!r}")
    if data.get("only") != ONLY.get(category):
        fault(where, f"only = {data.get('only')!r}, expected {ONLY.get(category)!r}")
    if not data["clauses"]:
        fault(where, "cites no clause")
    for c in data["clauses"]:
        if c not in kept:
            fault(where, f"clause {c} does not exist")
    for key in ("title", "help"):
        check_bilingual(where, key, data[key])


def check_bilingual(where, key, texts):
    if not isinstance(texts, dict) or set(texts) != {"ja", "en"} or not all(texts.values()):
        fault(where, f"{key} needs ja and en")


def check_vocabulary(where, data, owner):
    check_entries(where, data, ("ja", "en", "except"))
    if len(data["ja"]) < LEAST_JA or len(data["en"]) < LEAST_EN:
        fault(where, f"fewer than {LEAST_JA} ja or {LEAST_EN} en entries")
    for e in data["ja"]:
        for shorter in data["ja"]:
            if shorter != e and shorter in e:
                fault(where, f"ja: {e!r} is superfluous beside {shorter!r}")
        if e in data["except"]:
            fault(where, f"{e!r} is entry and exception")
    for e in data["en"]:
        if not e.isascii() or not (WORD.match(e[0]) and WORD.match(e[-1])):
            fault(where, f"en: {e!r} must begin and end with a letter or digit")
        for shorter in data["en"]:
            if shorter != e and any(spans_en(e, shorter)):
                fault(where, f"en: {e!r} is superfluous beside {shorter!r}")
    for p in data.get("patterns", []):
        try:
            re.compile(p)
        except re.error as e:
            fault(where, f"pattern {p!r}: {e}")
    for x in data["except"]:
        if not any(e in x for e in data["ja"]) and not any(any(spans_en(x, e)) for e in data["en"]):
            fault(where, f"except: {x!r} hides no entry")
    for e in data["ja"] + data["en"]:
        if e in owner:
            fault(where, f"{e!r} is already in {owner[e]}")
        owner[e] = where


def check_contexts(where, data):
    """Each context excuses matches, so it must have a reason and must not excuse a word by that word itself."""
    contexts = data.get("context", [])
    for context in contexts:
        if set(context) != {"phrases", "severity", "reason"}:
            fault(where, f"context: keys {sorted(context)}")
            context.setdefault("phrases", [])
            context.setdefault("severity", "notice")
            continue
        if context["severity"] != "notice":
            fault(where, "context: the severity must be notice")
        check_bilingual(where, "context.reason", context["reason"])
        check_entries(where, context, ("phrases",))
    phrases = [p for context in contexts for p in context["phrases"]]
    for p in sorted({p for p in phrases if phrases.count(p) > 1}):
        fault(where, f"context: {p!r} is listed twice")
    for p in phrases:
        for e in data["ja"] + data["en"]:
            if stands_in(e, p):
                fault(where, f"context: {p!r} stands in the entry {e!r} and would always excuse it")


def check_words(kept):
    lists, owner = {}, {}
    for path in sorted((LISTS / "words").glob("*.toml")):
        where, data = f"words/{path.name}", load(path)
        if not KEYS <= set(data) <= KEYS | {"only", "context", "patterns"}:
            fault(where, f"keys {sorted(data)}")
            continue
        check_head(where, path.stem, data, kept)
        check_vocabulary(where, data, owner)
        check_contexts(where, data)
        lists[data["category"]] = data
    for missing in sorted(set(CATEGORIES) - set(lists)):
        fault("words", f"category {missing} is missing")
    total = {key: sum(len(data[key]) for data in lists.values()) for key in ("ja", "en", "except")}
    phrases = sum(len(context["phrases"]) for data in lists.values() for context in data.get("context", []))
    if total["ja"] + total["en"] < LEAST_TERMS:
        fault("words", f"fewer than {LEAST_TERMS} terms")
    patterns = sum(len(data.get("patterns", [])) for data in lists.values())
    counts.append(f"words {len(lists)} categories, {total['ja']} ja, {total['en']} en, {total['except']} exceptions, "
                  f"{phrases} context phrases, {patterns} patterns")
    check_exceptions(kept, lists)
    check_probes(lists)


def check_exceptions(kept, lists):
    for path in sorted((LISTS / "exceptions").glob("*.toml")):
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


def check_probes(lists):
    probes = load(PROBES)
    everyday = {c: data for c, data in lists.items() if "only" not in data}
    period = {c: data for c, data in lists.items() if "only" in data}
    forbid("harmless", probes, everyday, {"block"})
    forbid("silent", probes, everyday, {"block", "confirm"})
    forbid("silent_in_election_period", probes, period, {"block", "confirm"})
    for p in probes.get("hit", []):
        if p["category"] not in lists:
            fault("probes", f"no category {p['category']!r}: {p['text']}")
            continue
        data = lists[p["category"]]
        want = p.get("weighs", data["severity"])
        found = {weight for _, weight in hits(p["text"], data)}
        if want not in found:
            fault("probes", f"{p['category']} weighs {sorted(found) or 'nothing'}, not {want}: {p['text']}")
        if "weighs" in p and found != {want}:
            fault("probes", f"{p['category']} weighs more than {want}: {p['text']}")
    counts.append(f"probes {sum(len(v) for v in probes.values())}")


def forbid(name, probes, lists, severities):
    for text in probes.get(name, []):
        for category, data in lists.items():
            found = sorted(e for e, weight in hits(text, data) if weight in severities)
            if found:
                fault("probes", f"{name}: false alarm {category} {found}: {text}")
