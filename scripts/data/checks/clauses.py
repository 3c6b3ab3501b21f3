"""The clauses of the guidelines."""
import re

from .common import CONFIG, counts, fault, load

CLAUSE = re.compile(r"(KUR|YAM|AKI|MIS|TOW)-[0-9]+(\.[0-9]+)*[a-z]?")


REQUIRED = {"id", "guideline", "kept", "asks_ja", "asks_en"}


def check_clauses():
    data = load(CONFIG / "clauses.toml")
    later = {capability.get("id") for capability in data.get("later", [])}
    prefixes = {}
    for g in data.get("guideline", []):
        if set(g) != {"id", "prefix", "municipality_ja", "municipality_en", "title_ja"} or not all(g.values()):
            fault("clauses.toml", f"guideline {g.get('id')}: keys {sorted(g)}")
        prefixes[g.get("id")] = g.get("prefix")
    kept, used = {}, set()
    for c in data.get("clause", []):
        cid = c.get("id", "?")
        where = f"clauses.toml {cid}"
        if not REQUIRED <= set(c) <= REQUIRED | {"by", "also", "open"}:
            fault(where, f"keys {sorted(c)}")
            continue
        if not c.get("by") and not c.get("open") and c["kept"] != "O":
            fault(where, "neither kept by anything nor open")
        for capability in c.get("open", []):
            if capability not in later:
                fault(where, f"open = {capability!r} is no later capability")
        if not CLAUSE.fullmatch(cid) or prefixes.get(c["guideline"]) != cid.split("-")[0]:
            fault(where, "id does not fit its guideline")
        if cid in kept:
            fault(where, "listed twice")
        if c["kept"] not in {"E", "G", "R", "A", "O"}:
            fault(where, f"kept = {c['kept']!r}")
        text = c["asks_en"]
        if not text[:1].isupper() or not text.endswith(".") or "*" in text or "`" in text or text != text.strip():
            fault(where, "asks_en must be a plain sentence with capital and full stop")
        if not c["asks_ja"].endswith("。"):
            fault(where, "asks_ja must be a sentence")
        kept[cid] = c["kept"]
        used.add(c["guideline"])
    if used != set(prefixes):
        fault("clauses.toml", f"guidelines without clauses: {sorted(set(prefixes) - used)}")
    counts.append(f"clauses {len(kept)}")
    return kept
