#!/usr/bin/env python3
"""Rebuilds config/lists/shorteners.txt and config/lists/platform-short-hosts.txt.

Input: the domain list of the PyPI package link-shorteners (a text file, one domain a line) and the
url-shortener list of the MISP warning lists (JSON). Everything else (Japanese supplement, platform hosts,
what is left out and why) is written down here, so that a newer upstream can be merged by running it again:

    python3 scripts/data/build_shorteners.py --link-shorteners link-shorteners.txt --misp list.json

Only the standard library is used.
"""
import argparse
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = ROOT / "config" / "lists"

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

# Entries of an upstream list that are not shorteners: public suffixes and registries of subdomains, hosts with
# content of their own, and lines that are broken upstream.
LEFT_OUT = set("""
gov.tw net.ms x.se cc.cc dy.fi net46.net zxq.net libero.it
hulu.com dw.com hover.com genie.co.kr garyvee.com blip.tv yfrog.com ibb.co
tinyvid.io cookcenter.info
isra.liiterasi.net etiny.ios fa.b x2c.eumx letop10 tk sitistore.inkiy.in
google.com facebook.com youtube.com github.com amazon.com amazon.co.jp line.me microsoft.com x.com twitter.com
instagram.com yahoo.co.jp rakuten.co.jp note.com wikipedia.org apple.com linkedin.com vercel.app tumblr.com
""".split())

# Short hosts that a platform makes itself and that lead to its own content.
PLATFORM = {
    "meta": "fb.me fb.watch on.fb.me m.me ig.me instagr.am wa.me",
    "google": "youtu.be forms.gle g.co g.page goo.gle maps.app.goo.gl photos.app.goo.gl share.google search.app",
    "line": "lin.ee",
    "microsoft": "aka.ms msft.it 1drv.ms",
    "apple": "apple.co apple.news itun.es appsto.re",
    "automattic": "wp.me tmblr.co",
    "reddit": "redd.it v.redd.it",
    "tiktok": "vm.tiktok.com vt.tiktok.com",
    "telegram": "t.me",
    "discord": "discord.gg dis.gd",
    "pinterest": "pin.it",
    "flickr": "flic.kr",
    "spotify": "spoti.fi spotify.link",
    "github": "git.io",
    "dropbox": "db.tt",
    "wetransfer": "we.tl",
    "niconico": "nico.ms",
    "ameba": "amba.to",
    "yahoojp": "yahoo.jp",
    "naver": "naver.me me2.do",
    "kakao": "kko.to",
    "bilibili": "b23.tv",
}

# Japanese supplement: services run for Japanese users, or often met in Japanese posts.
JAPANESE = """
ux.nu 00m.in p.tl urx.nu urx.blue urx.red urx2.nu urx3.nu ur0.jp ur0.pw ur0.biz ur0.link ur0.work ur2.link
u0u0.net u0u1.net u111u.info qq1q.biz qq2q.biz qq3q.biz qq4q.biz wb2.biz urx.morimo.info morimo2.info
onl.la onl.tw onl.sc onl.bz qr.paps.jp qrtn.jp amzn.asia amzn.to a.co x.gd 2.gy 0n.gs ssl.gg
htn.to nav.cx r10.to a.r10.to kuku.lu lnky.jp lru.jp waa.ai go.ascii.jp s.nikkei.com t.asahi.com 5.tvasahi.jp
jump.cx prt.nu cas.st cos.lv wk.tk inf.to tinyly.net num.to nun.nu x5.to c23.biz 9oo.jp miffy.me hec.su
w.mul.asia su.ms-x.biz gdzl.la ustre.am s.lmes.jp lstep.app
bit.ly t.co goo.gl tinyurl.com ow.ly is.gd v.gd buff.ly dlvr.it ift.tt j.mp cutt.ly rebrand.ly lnkd.in s.id
shorturl.at rb.gy t.ly tiny.cc bl.ink x.co bitly.com tr.im trib.al qrco.de me-qr.com
"""

# General services missing upstream: link builders of app marketing and of link tools.
GENERAL = """
page.link app.link onelink.me adj.st shortcm.li sur.ly tweak.tk tinyarro.ws snipurl.com tighturl.com url.kr buly.kr
dwz.cn urlgator.com xtw.me ul.lc shortenurl.tk
"""

KEYS = [
    ("gen", "general supplement, own collection"),
    ("jp", "Japanese supplement, own collection"),
    ("ls", "link-shorteners 1.14.1 (PyPI, MIT, Copyright (c) 2024 Waitlist LLC)"),
    ("misp", "MISP warning lists, list url-shortener version 25, as in pymispwarninglists 1.7.0 (CC0 1.0)"),
]


def ascii_domain(raw):
    """Lower-case, punycode; None when it is no domain with at least one dot."""
    host = raw.strip().rstrip(",").rstrip("/").lower()
    labels = []
    for label in host.split("."):
        if not label.isascii():
            label = "xn--" + label.encode("punycode").decode("ascii")
        if not LABEL.fullmatch(label):
            return None
        labels.append(label)
    if len(labels) < 2 or labels[-1].isdigit():
        return None
    if labels[0] == "www":
        labels = labels[1:]
    return ".".join(labels) if len(labels) > 1 else None


def write(path, head, entries):
    lines = ["# " + h if h else "#" for h in head]
    lines += [f"{d}\t{k}" for d, k in sorted(entries.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(entries)} domains")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--link-shorteners", required=True, type=pathlib.Path)
    ap.add_argument("--misp", required=True, type=pathlib.Path)
    args = ap.parse_args()

    platform = {d: p for p, ds in PLATFORM.items() for d in ds.split()}
    found, dropped = {}, []

    def take(key, raws):
        for raw in raws:
            d = ascii_domain(raw)
            if d is None or d in LEFT_OUT:
                dropped.append(raw.strip())
            elif d not in platform:
                found.setdefault(d, set()).add(key)

    take("ls", args.link_shorteners.read_text(encoding="utf-8").splitlines())
    take("misp", json.loads(args.misp.read_text(encoding="utf-8"))["list"])
    take("jp", JAPANESE.split())
    take("gen", GENERAL.split())
    for key in ("jp", "gen"):  # what an upstream already lists needs no second source
        for d, keys in found.items():
            if key in keys and len(keys) > 1:
                keys.discard(key)

    write(LISTS / "shorteners.txt", [
        "URL shorteners: hosts whose links hide where they lead. One domain a line: domain<TAB>source keys joined by '+'.",
        "An entry covers the host and every host below it; of several entries (here and in platform-short-hosts.txt)",
        "the longest one decides. Lower case, punycode, sorted by bytes.",
        "Sources:",
        *[f"  {k}: {v}" for k, v in KEYS],
        "Rebuild: scripts/data/build_shorteners.py    Check: scripts/data/check_lists.py    See docs/data.md",
    ], {d: "+".join(sorted(k)) for d, k in found.items()})
    write(LISTS / "platform-short-hosts.txt", [
        "Official short hosts of platforms: they lead to the platform's own content only, but the reader cannot see where.",
        "Blocked by default; a profile may allow them. One domain a line: domain<TAB>platform key.",
        "Same rules as shorteners.txt: covers hosts below it, the longest entry decides, lower case, punycode, sorted.",
        "Source of all lines: own collection; the key names the platform that runs the host.",
    ], platform)
    print("left out:", " ".join(sorted(set(dropped))))


if __name__ == "__main__":
    main()
