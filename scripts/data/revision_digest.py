#!/usr/bin/env python3
"""Test vectors of the digest that people sign (tag `sekisho/revision/v1`), computed independently of the Rust code.

    python3 scripts/data/revision_digest.py            writes tests/vectors/revision_digest.json
    python3 scripts/data/revision_digest.py --check    exits 1 if the file is not what would be written

The encoding: every field is its length (8 bytes, big-endian) and its bytes. A text is its UTF-8. A number is a field
of 8 bytes, big-endian, signed; a count the same, unsigned. An optional text is a field of the one byte 0 when it is
absent, else a field of the one byte 1 and then the text. The digest is SHA-256 over all fields in this order:

    tag, organization, act, kind, optional drill, earliest, latest (microseconds since 1970), count of targets
    for each target, by account:  account, optional language, visibility, optional reference, count of parts
      for each part:              text, count of cards (0 or 1), [address, title, description], count of media
        for each medium:          digest (32 bytes), alternative text
      only where not everybody is meant: "audience", groups, groups to leave out (each a count and the numbers as
                                  texts), areas, genders, apps (each a count and texts), optional lowest and highest
                                  age, optional shortest and longest friendship, optional most (as a text), optional
                                  shortage. Lists are sorted; no account's id is "audience", so this is not read as
                                  the next target
    only where a source is named: "source", the source. No audience begins like it

Only the standard library is used (Python 3.11 or later).
"""
import datetime as dt
import hashlib
import json
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "vectors" / "revision_digest.json"
TAG = "sekisho/revision/v1"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


# --- the encoding --------------------------------------------------------------------------------------------

def field(value):
    return len(value).to_bytes(8, "big") + value


def text(value):
    return field(value.encode("utf-8"))


def number(value):
    return field(value.to_bytes(8, "big", signed=True))


def count(items):
    return field(len(items).to_bytes(8, "big"))


def optional(value):
    return field(b"\x00") if value is None else field(b"\x01") + text(value)


def micros(instant):
    return (dt.datetime.fromisoformat(instant) - EPOCH) // dt.timedelta(microseconds=1)


def encode_part(part):
    card = part["link_card"]
    out = text(part["text"]) + count([card] if card else [])
    if card:
        out += text(card["uri"]) + text(card["title"]) + text(card["description"])
    out += count(part["media"])
    for medium in part["media"]:
        out += field(bytes.fromhex(medium["digest"])) + text(medium["alt"])
    return out


def encode_payload(payload):
    out = text(payload["account"]) + optional(payload["language"]) + text(payload["visibility"])
    out += optional(payload["refers_to"]) + count(payload["parts"])
    out += b"".join(encode_part(part) for part in payload["parts"])
    return out + encode_audience(payload["audience"]) if "audience" in payload else out


def encode_audience(audience):
    out = text("audience")
    for name in ("groups", "without_groups", "areas", "genders", "apps"):
        words = sorted(audience.get(name, []))
        out += count(words) + b"".join(text(str(word)) for word in words)
    for name in ("ages", "friends_for"):
        span = audience.get(name, {})
        out += optional(span.get("from")) + optional(span.get("below"))
    most = audience.get("most")
    return out + optional(None if most is None else str(most)) + optional(audience.get("shortage"))


def encode(case):
    payloads = sorted(case["payloads"], key=lambda payload: payload["account"])
    out = text(TAG) + text(case["organization"]) + text(case["act"]) + text(case["kind"])
    out += optional(case["drill"]) + number(micros(case["earliest"])) + number(micros(case["latest"]))
    out += count(payloads) + b"".join(encode_payload(payload) for payload in payloads)
    return out + text("source") + text(case["source"]) if "source" in case else out


# --- the cases -----------------------------------------------------------------------------------------------

def identifier(prefix, value):
    return f"{prefix}_{value:032x}"


TOWN = identifier("org", 0x0199E3A1_0000_7000_8000_0000000000A1)
KOHO = identifier("acc", 0x0199E3A1_0000_7000_8000_0000000000B1)
BOSAI = identifier("acc", 0x0199E3A1_0000_7000_8000_0000000000B2)
TOSHO = identifier("acc", 0x0199E3A1_FFFF_7000_8000_000000000001)
DRILL = identifier("drl", 0x0199E3A1_0000_7000_8000_0000000000C1)


def part(words, link_card=None, media=()):
    return {"text": words, "link_card": link_card, "media": list(media)}


def payload(account, *parts, language="ja", visibility="public", refers_to=None, audience=None):
    parts = [part(words) if isinstance(words, str) else words for words in parts]
    out = {"account": account, "parts": parts, "language": language, "visibility": visibility, "refers_to": refers_to}
    return out | {"audience": audience} if audience else out


def case(name, *payloads, organization=TOWN, act="new", kind="ordinary", drill=None, source=None,
         earliest="2026-11-23T15:00:00.000000+00:00", latest="2026-11-24T14:59:59.999999+00:00"):
    out = {"name": name, "organization": organization, "act": act, "kind": kind, "drill": drill,
           "earliest": earliest, "latest": latest, "payloads": list(payloads)}
    return out | {"source": source} if source else out


CARD = {"uri": "https://www.city.akebono.example/tosho", "title": "市立図書館", "description": "休館日のお知らせ"}
PICTURE = {"digest": hashlib.sha256(b"picture").hexdigest(), "alt": "図書館の正面。入口に「休館」の札が掛かっている。"}
MAP = {"digest": hashlib.sha256(b"map").hexdigest(), "alt": ""}

CASES = [
    case("one plain text", payload(KOHO, "図書館は11月25日、休館します。")),
    case("the same in another organization", payload(KOHO, "図書館は11月25日、休館します。"),
         organization=identifier("org", 0x0199E3A1_0000_7000_8000_0000000000A2)),
    case("a reply", payload(KOHO, "お問い合わせありがとうございます。", refers_to="112233445566778899"), act="reply"),
    case("a quotation", payload(KOHO, "県からのお知らせです。", refers_to="https://social.example/@ken/1"), act="quote"),
    case("a link card", payload(KOHO, part("休館日のお知らせ", link_card=CARD))),
    case("a link card with empty fields",
         payload(KOHO, part("休館日のお知らせ", link_card={"uri": "", "title": "", "description": ""}))),
    case("media in order", payload(KOHO, part("休館日のお知らせ", media=[PICTURE, MAP]))),
    case("media in another order", payload(KOHO, part("休館日のお知らせ", media=[MAP, PICTURE]))),
    case("targets that are given unsorted", payload(TOSHO, "三つ目"), payload(KOHO, "一つ目"), payload(BOSAI, "二つ目")),
    case("two parts", payload(KOHO, "(1/2) 前半です。", "(2/2) 後半です。")),
    case("the same letters in one part", payload(KOHO, "(1/2) 前半です。(2/2) 後半です。")),
    case("a drill with its mark", payload(KOHO, "【訓練】高台へ避難してください。"), kind="drill", drill=DRILL),
    case("an emergency", payload(BOSAI, "高台へ避難してください。"), kind="emergency"),
    case("everything optional absent", payload(KOHO, "。", language=None)),
    case("everything optional there and empty", payload(KOHO, "", language="", refers_to="")),
    case("text beyond the basic plane", payload(KOHO, "𠮷野家の🍚と👨‍👩‍👧、葛󠄀城市、がとか\u3099。\n二行目\t三列目")),
    case("followers only, in English", payload(KOHO, "The library is closed on 25 November.", language="en",
                                               visibility="followers")),
    case("unlisted", payload(KOHO, "図書館は11月25日、休館します。", visibility="unlisted")),
    case("a range of one instant", payload(KOHO, "正午です。"), earliest="2026-11-24T03:00:00.000001+00:00",
         latest="2026-11-24T03:00:00.000001+00:00"),
    case("a range from before 1970, written in the local zone", payload(KOHO, "ずっと前です。"),
         earliest="1969-12-31T23:59:59.999999+09:00", latest="2026-11-24T12:00:00.500000+09:00"),
    case("a correction", payload(KOHO, "先ほどの投稿を訂正します。"), kind="correction"),
    case("an incident, everything together",
         payload(TOSHO, part("一", link_card=CARD, media=[PICTURE]), part("二", media=[MAP]), refers_to="1"),
         payload(KOHO, "なりすましにご注意ください。", language=None, visibility="unlisted", refers_to="2"),
         act="reply", kind="incident"),
    case("to one group", payload(KOHO, "避難所が開きました。", language=None, audience={"groups": [4389303728991]})),
    case("to everybody but one group",
         payload(KOHO, "避難所が開きました。", language=None, audience={"without_groups": [4389303728991]})),
    case("to some by all that can be said of them, and to everybody",
         payload(KOHO, "避難所が開きました。", language=None,
                 audience={"groups": [2, 1], "without_groups": [10], "areas": ["jp_13", "jp_01"],
                           "genders": ["male", "female"], "apps": ["android", "ios"],
                           "ages": {"from": "age_20", "below": "age_65"}, "friends_for": {"from": "day_30"},
                           "most": 5000, "shortage": "nobody"}),
         payload(TOSHO, "避難所が開きました。")),
    case("a source", payload(KOHO, "気象庁によると、明日は大雪です。"), source="気象庁「大雪に関する情報」"),
    case("another source", payload(KOHO, "気象庁によると、明日は大雪です。"), source="audience"),
    case("a source behind an audience",
         payload(KOHO, "気象庁によると、明日は大雪です。", language=None, audience={"groups": [4389303728991]}),
         source="気象庁「大雪に関する情報」"),
]


def render():
    cases = [one | {"digest": hashlib.sha256(encode(one)).hexdigest()} for one in CASES]
    assert len({one["digest"] for one in cases}) == len(cases), "two cases have one digest"
    document = {"about": "Made by scripts/data/revision_digest.py, which describes the encoding.", "tag": TAG,
                "cases": cases}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    wanted = render()
    if not sys.argv[1:]:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(wanted, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != wanted:
        print(f"{FILE.name}: not what scripts/data/revision_digest.py computes; run it without --check", file=sys.stderr)
        return 1
    print(f"revision digests: {len(CASES)} vectors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
