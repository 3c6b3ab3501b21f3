#!/usr/bin/env python3
"""Rebuilds config/lists/shorteners.txt and config/lists/platform-short-hosts.txt.

Input: the domain list of the PyPI package link-shorteners (a text file, one domain a line) and two of the MISP
warning lists (JSON), url-shortener and link-in-bio. Everything else (supplements, platform hosts, what is left out
and why) is written down here, so that a newer upstream can be merged by running it again:

    python3 scripts/data/build_shorteners.py --link-shorteners link-shorteners.txt \\
        --misp url-shortener/list.json --link-in-bio link-in-bio/list.json

Only the standard library is used.
"""
import argparse
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = ROOT / "config" / "lists"

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

# Entries of an upstream list that are no shorteners, by reason. A wrong entry stops a rightful link for good, since the
# rule against shorteners cannot be switched off.
LEFT_OUT = {
    "a public suffix or a registry of subdomains: people keep sites of their own below it":
        "gov.tw net.ms x.se cc.cc dy.fi net46.net zxq.net libero.it vercel.app",
    "a site with content of its own under that name":
        "hulu.com dw.com hover.com genie.co.kr garyvee.com blip.tv yfrog.com ibb.co tinyvid.io cookcenter.info "
        "man.ac.uk nus.edu pew.org kp.org f1.com infy.com ngrid.com homes.jp",
    "the site of a company that also makes link pages, not the host of those pages":
        "later.com uniqode.com tapkit.com linkfire.com",
    "a broken line upstream":
        "isra.liiterasi.net etiny.ios fa.b x2c.eumx letop10 tk sitistore.inkiy.in",
    "a general site, named here so that no later upstream can bring it in":
        "google.com facebook.com youtube.com github.com amazon.com amazon.co.jp line.me microsoft.com x.com twitter.com "
        "instagram.com yahoo.co.jp rakuten.co.jp note.com wikipedia.org apple.com linkedin.com tumblr.com",
    "a Japanese host that town halls link rightly and that only looks like a short one":
        "nhk.jp nhk.or.jp goo.ne.jp w.pia.jp t.pia.jp eplus.jp l-tike.com s.tabelog.com r.goope.jp this.kiji.is retty.me "
        "krs.bz f.msgs.jp tayori.com peatix.com logoform.jp ttzk.graffer.jp grfr.jp",
}

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
    "esri": "arcg.is",
    "canva": "canva.link",
    "soundcloud": "on.soundcloud.com",
    "snap": "t.snapchat.com",
    "medium": "link.medium.com",
    "bytedance": "v.douyin.com",
    "xiaohongshu": "xhslink.com",
    "baidu": "j.map.baidu.com",
    "pocketcasts": "pca.st",
    "kakao": "kko.to",
    "bilibili": "b23.tv",
}

# Japanese supplement: services run for Japanese users, or often met in Japanese posts.
JAPANESE = """
ux.nu 00m.in p.tl urx.nu urx.blue urx.red urx2.nu urx3.nu ur0.jp ur0.pw ur0.biz ur0.link ur0.work ur2.link
u0u0.net u0u1.net u111u.info qq1q.biz qq2q.biz qq3q.biz qq4q.biz wb2.biz urx.morimo.info morimo2.info
onl.la onl.tw onl.sc onl.bz onl.jp qr.paps.jp qr.quel.jp qrtn.jp amzn.asia amzn.to a.co x.gd 2.gy 0n.gs ssl.gg kisa.link
htn.to nav.cx r10.to a.r10.to kuku.lu lnky.jp lru.jp waa.ai go.ascii.jp s.nikkei.com t.asahi.com 5.tvasahi.jp
jump.cx prt.nu cas.st cos.lv wk.tk inf.to tinyly.net num.to nun.nu x5.to c23.biz 9oo.jp miffy.me hec.su
w.mul.asia su.ms-x.biz gdzl.la ustre.am s.lmes.jp lstep.app
twme.jp u-rl.jp tinami.jp bctiny.com moi.st airme.us fc2.in mixi.at npx.me l.smartnews.com gunosy.link muji.lu merc.li
ptix.at yj.pn kkbox.fm linkco.re big-up.style lit.link potofu.me profcard.info instabio.cc
ime.nu ime.st jump.2ch.net jump.5ch.net pinktower.com
bit.ly t.co goo.gl tinyurl.com ow.ly is.gd v.gd buff.ly dlvr.it ift.tt j.mp cutt.ly rebrand.ly lnkd.in s.id
shorturl.at rb.gy t.ly tiny.cc bl.ink x.co bitly.com tr.im trib.al qrco.de me-qr.com
"""

# General services missing upstream.
GENERAL = {
    "link builders of app marketing and of link tools": """
page.link app.link onelink.me adj.st shortcm.li sur.ly tweak.tk tinyarro.ws snipurl.com tighturl.com ul.lc shortenurl.tk
urlgator.com xtw.me dub.link chatg.pt spti.fi git.new cal.link amzn.id ggl.link gotiny.cc tny.sh jmp.sh trkn.us
linkis.com ln.is awe.sm sco.lt smf.is rdd.me flpbd.it shr.link cut-urls.com cutwin.com adlink.click amzlink.to
surl.lu surl.lt surl.gd shorturl.fm urls.id bityl.co bityli.com encurtador.com.br encurta.net acesse.one acesse.dev
l1nq.com l1nk.dev acortaurl.com kurzelinks.de ogy.de qurl.nl vu.fr url.rw smol.link intip.in by.com.vn tnij.at tnij.com
""",
    "makers of changeable QR codes": """
qr.io qr.link qr.page qr.codes qrd.by qr1.at scnv.io qrfy.io delivr.com qrplanet.com qrstud.io scan.page qrto.org
qrcodeveloper.com qrcodedynamic.com uqr.to sqr.co
""",
    "East Asia": """
url.kr buly.kr abit.ly zrr.kr tuney.kr lrl.kr muz.so vvd.bz m.site.naver.com dwz.cn dwz.win dwz.lc dwz.date mrw.so
urlc.cn c-n.cc 0x1.im t.hk.uy ft12.com rrd.me 163.fm s.click.taobao.com u.jd.com tb.cn kks.me
""",
    "Russia, Iran, Turkey": """
qps.ru bitly.su ya.cc vk.link ok.me opizo.com opizo.me plink.ir tr.link ay.live aylink.co
""",
    "short hosts of shops and of affiliate networks": """
amzn.eu amzn.in ebay.us shopstyle.it rstyle.me liketk.it shop-links.co howl.link invol.co invl.io invl.me atid.me
accesstra.de tp.st fas.st ali.pub ali.ski
""",
    "short hosts of newsrooms, publishers, firms and agencies": """
1.usa.gov go.usa.gov wpo.st theatln.tc on.mash.to slnm.us for.tn vrge.co ars.to reg.cx macrumo.rs neow.in tnw.co onvb.co
buswk.co wired.uk gu.com f24.my rfi.my u.afp.com aje.me str.sg on.rt.com mun.do elconfi.de cbc.sh bos.gl wrld.bg osf.to
s.si.edu s.hbr.org mitsmr.com oreil.ly esriurl.com gph.is klou.tt fro.gd kcy.me muo.fm ninten.do vmw.re
s.team igg.me gofund.me gf.me ti.to untp.it
""",
    "pages of links, where the writer's link leads on to others": """
bio.link bento.me campsite.to solo.to msha.ke many.link flow.page flowpage.com koji.to withkoji.com tap.bio allmylinks.com
direct.me jemi.so lynk.id znap.link url.bio linkup.top bio.to linkme.bio link.me zaap.bio zez.am guns.lol e-z.bio
start.page pillar.io stan.store
""",
    "pages of links to music services": """
fanlink.to fanlink.tv ffm.to ffm.bio lnk.to orcd.co ditto.fm bfan.link album.link pods.link pod.link podlink.to mylink.page
push.fm band.link li.sten.to ingrv.es vyd.co show.co hypeddit.com ampl.ink snd.click backl.ink onerpm.link bnd.lc
songwhip.com umusic.link
""",
    "services that show advertising or ask for a deed before they lead on": """
atominik.com tinyium.com microify.com festyy.com ceesty.com gestyy.com corneey.com clkmein.com cllkme.com clkme.me
linkvertise.com linkvertise.download link-to.net link-center.net direct-link.net up-to-down.net file-link.net link-hub.net
link-target.net ouo.today exey.io exe.app fc-lc.com fc-lc.xyz za.gl za.uy cpmlink.net shrinkme.io shrinkme.click uii.io
wicr.me oke.io gplinks.co gplinks.in gplinks.com droplink.co adshrink.it boost.ink mboost.me bst.gg sub2unlock.com
sub2unlock.net sub2unlock.io sub2get.com sub4unlock.com sub4unlock.io sub4unlock.pro rekonise.com social-unlock.com
socialwolvez.com letsboost.net loot-link.com loot-links.com lootdest.com lootdest.org lootlabs.gg lootlinks.co work.ink
linkpays.in shareus.io try2link.com ez4short.com tnlink.in du-link.in atglinks.com earn4link.in shortingly.me stfly.me
stfly.xyz stly.link clk.sh clk.asia clk.wiki clk.kim clicksfly.com linkrex.net 1link.club pnd.tl megalink.pro megaurl.in
met.bz tei.ai tii.ai tii.la iir.ai oii.io oii.la adbull.me linkshrink.net short.pe shortzon.com payskip.org adyou.me
ally.sh zagl.info shortearn.eu link1s.com link1s.net safelinku.net safelinku.com linksly.co earnow.online cuttlinks.com
cety.app shrinkearn.com tmearn.com paster.so paster.gg sfl.gl fir3.net urlshortx.com mdiskshortner.link linksfire.co
adrinolinks.in adrinolinks.com vplink.in inshorturl.com modijiurl.com publicearn.com seturl.in shrtfly.com lksfy.com
arolinks.com rocklinks.net moneykamalo.com link4m.com link4m.co link2m.com yeumoney.com bbmkts.com mneylink.com
linkbucks.com urlcash.net spaste.com allanalpass.com lienscash.com qvvo.com zff.co yellz.com shink.me shrt10.com twik.me
""",
    "services that record who follows a link": """
blasze.tk blasze.com iplis.ru 02ip.ru grabify.org wl.gl ed.tc bc.ax iplogger.cn ps3cfw.com bmwforum.co leancoding.co
quickmessage.us spottyfly.com stopify.co freegiftcards.co joinmy.site curiouscat.club catsnthings.fun catsnthing.com
screenshare.host screenshot.best gamingfun.me fortnight.space fortnitechat.site imageshare.best gyazo.nl youshouldclick.us
partpicker.shop sportshub.bar locations.quest lovebird.guru trulove.guru dateing.club shrekis.life headshot.monster
gaming-at-my.best progaming.monster yourmy.monster crabrave.pw
""",
}

KEYS = [
    ("bio", "MISP warning lists, list link-in-bio version 12, as in pymispwarninglists 1.7.0 (CC0 1.0)"),
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
    ap.add_argument("--link-in-bio", required=True, type=pathlib.Path)
    args = ap.parse_args()

    left_out = {d for ds in LEFT_OUT.values() for d in ds.split()}
    platform = {d: p for p, ds in PLATFORM.items() for d in ds.split()}
    found, dropped = {}, []

    def take(key, raws):
        for raw in raws:
            d = ascii_domain(raw)
            if d is None or d in left_out:
                dropped.append(raw.strip())
            elif d not in platform:
                found.setdefault(d, set()).add(key)

    take("ls", args.link_shorteners.read_text(encoding="utf-8").splitlines())
    take("misp", json.loads(args.misp.read_text(encoding="utf-8"))["list"])
    take("bio", json.loads(args.link_in_bio.read_text(encoding="utf-8"))["list"])
    take("jp", JAPANESE.split())
    for domains in GENERAL.values():
        take("gen", domains.split())
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
