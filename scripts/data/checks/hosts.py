"""The lists of hosts: shorteners, platform hosts, official suffixes, trusted hosts."""
import re

from .common import LISTS, counts, covers, fault, is_domain

KEY = re.compile(r"[a-z]+")
# Never shorteners as a whole: public suffixes and general sites. A guard against a careless merge.
NEVER = set("""
co.jp ne.jp or.jp ac.jp ad.jp ed.jp go.jp gr.jp lg.jp gov.tw com.tw co.kr com.cn com.au co.uk gov.uk
tokyo.jp osaka.jp kyoto.jp hokkaido.jp akita.jp aomori.jp fukuoka.jp kumamoto.jp okayama.jp
google.com google.co.jp facebook.com youtube.com github.com amazon.com amazon.co.jp line.me page.line.me liff.line.me
microsoft.com apple.com x.com twitter.com instagram.com threads.net bsky.app mastodon.social tiktok.com linkedin.com
yahoo.co.jp rakuten.co.jp note.com wikipedia.org nhk.or.jp jma.go.jp mhlw.go.jp soumu.go.jp e-gov.go.jp
logoform.jp graffer.jp
city.kurume.fukuoka.jp city.yamaga.kumamoto.jp pref.akita.lg.jp town.misaki.okayama.jp city.towada.lg.jp
""".split())
# The lists that stop a link, and those that let it pass.
STOPPING = ("shorteners.txt", "platform-short-hosts.txt")
PASSING = ("official-suffixes.txt", "trusted-hosts.txt")
MUST = {
    "shorteners.txt": "bit.ly t.co goo.gl tinyurl.com ow.ly is.gd x.gd ux.nu urx.nu amzn.to lnkd.in buff.ly p.tl "
                      "00m.in onl.la onl.sc qr.paps.jp amzn.asia u0u1.net linktr.ee lit.link linkco.re".split(),
    "platform-short-hosts.txt": "youtu.be lin.ee fb.me forms.gle g.co wp.me maps.app.goo.gl".split(),
    "official-suffixes.txt": "go.jp lg.jp metro.tokyo.jp pref.kumamoto.jp city.kurume.fukuoka.jp city.kobe.jp".split(),
    "trusted-hosts.txt": "nhk.or.jp jartic.or.jp jrc.or.jp".split(),
}
LEAST = {"shorteners.txt": 2600, "platform-short-hosts.txt": 40, "official-suffixes.txt": 60, "trusted-hosts.txt": 5}
SUBJECT = re.compile(r"[a-z]+: [^\t]+")


def rows(name):
    """The lines below the header, with their places; faults in the form of the file are reported once."""
    text = (LISTS / name).read_bytes().decode("utf-8")
    if not text.endswith("\n") or "\r" in text:
        fault(name, "lines must end with a single line feed, the last one too")
    lines = text.splitlines()
    body = [(f"{name}:{n}", line) for n, line in enumerate(lines, 1) if not line.startswith("#")]
    if lines[-len(body):] != [line for _, line in body]:
        fault(name, "comments belong to the header")
    if [line for _, line in body] != sorted(line for _, line in body):
        fault(name, "not sorted by bytes")
    keys = {m[1] for line in lines if (m := re.match(r"#   ([a-z]+): ", line))}
    return body, keys


def check_list(name, seen):
    body, keys = rows(name)
    domains = []
    for where, line in body:
        domain, tab, note = line.partition("\t")
        if not tab or not note:
            fault(where, "expected domain<TAB>note")
            continue
        if not is_domain(domain):
            fault(where, f"no well-formed domain: {domain!r}")
        if domain in NEVER and name in STOPPING:
            fault(where, f"{domain} is no shortener as a whole")
        if domain in seen:
            fault(where, f"{domain} is already listed at {seen[domain]}")
        seen[domain] = where
        check_note(name, where, note, keys)
        domains.append(domain)
    for d in MUST[name]:
        if d not in domains:
            fault(name, f"{d} is missing")
    if len(domains) < LEAST[name]:
        fault(name, f"fewer than {LEAST[name]} domains")
    counts.append(f"{name} {len(domains)}")
    return domains


def check_note(name, where, note, keys):
    if name == "trusted-hosts.txt":
        if not SUBJECT.fullmatch(note):
            fault(where, "expected a subject, a colon and the reason")
        return
    for key in note.split("+"):
        if not KEY.fullmatch(key) or (keys and key not in keys):
            fault(where, f"unknown key {key!r}")


def check_hosts():
    """All four lists; returns the shorteners."""
    seen = {}
    lists = {name: check_list(name, seen) for name in STOPPING + PASSING}
    stopping = {d for name in STOPPING for d in lists[name]}
    for name in PASSING:
        for d in lists[name]:
            parents = {".".join(d.split(".")[n:]) for n in range(d.count("."))}
            if hidden := parents & stopping:
                fault(name, f"{d} lies below {sorted(hidden)}, which stops it")
    for d in stopping:
        for name in PASSING:
            for entry in lists[name]:
                if covers(entry, d):
                    fault(name, f"{entry} covers {d}, which stops a link")
    return lists["shorteners.txt"]
