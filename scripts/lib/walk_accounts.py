"""The steps of scripts/walk-accounts: walk_accounts.py PROGRAM FOLDER POSTGRES-URL

Ends with 1 if anything is not as a user would expect. Standard library only.
"""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlencode, urlsplit

from walk_stand_ins import FILM_CONTENT, StandIns, digest, film, picture
from walk_town import DATABASE, FOLDER, MEDIA_HOST, PROFILE, Town, expect, failed, send, step, until


def found(town: Town) -> None:
    step("a town is founded; one node serves without a key, one dispatches")
    ring, x_secret = FOLDER / "walk.keys", FOLDER / "x.secret"
    x_secret.write_text("x-application-canary\n")
    town.write("dispatch", ring, x_secret)
    town.told("vault", "init", "--key", "walk")
    town.told("organization", "add", "見本市")
    (FOLDER / "profile.toml").write_text(PROFILE)
    town.told("policy", "import", "--file", str(FOLDER / "profile.toml"))
    town.division = town.told("organization", "add-division", "広報課")
    people = {
        "clerk": (f"author:{town.division}", "write"), "chief": (f"approver:{town.division}", "approve"),
        "duty": ("duty_officer", "approve"), "director": ("publicity", "approve"),
        "admin": ("administrator", "administer"), "auditor": ("auditor", "approve"),
    }
    for login, (role, scope) in people.items():
        user = town.told("user", "add", login, login, "--role", role)
        town.tokens[login] = town.told("token", "issue", user, "--scope", "read", "--scope", scope)
    fingerprint = town.told("vault", "status")
    # The node that serves has neither the key ring nor the secret of our application at X.
    serving = town.write("api", FOLDER / "no.keys", FOLDER / "no.secret", f'dispatchers = "{fingerprint}"')
    town.sandbox = town.start(
        "sandbox", "sandbox", "--listen", "127.0.0.1:0", "--account", "koho=koho-canary", "--account", "bosai=bosai-canary"
    )
    watched = town.start("dispatch", "--config", str(town.settings), "serve", "--role", "dispatch")
    town.api = town.start("api", "--config", str(serving), "serve", "--role", "api")
    shut, opened = (send(at, "GET", "/readyz", None, {}).json["vault"] for at in (town.api, watched))
    expect("who has the key", (shut, opened), ("shut", "open"))
    expect("a dispatcher serves no API", send(watched, "GET", "/v1/me", None, {}).status, 404)
    town.secrets = ["koho-canary", "bosai-canary", "x-application-canary", "nobody-canary",
                    *town.stand_ins.secrets(), *town.tokens.values()]


def register(town: Town) -> None:
    step("accounts are entered in the register")
    for handle, platform, instance in (
        ("koho", "mastodon", town.sandbox), ("bosai", "mastodon", town.sandbox),
        ("walkline", "line", None), ("walk_x", "x", None),
    ):
        new = {
            "platform": platform, "handle": handle, "name": f"見本市{handle}", "divisions": [town.division],
            "route": [{"title": "課長決裁", "requirement": f"approver:{town.division}"}], "emergency_cover": "covered",
        }
        if instance:
            new["instance"] = instance
        answer = town.call("admin", "POST", "/v1/accounts", new)
        expect(f"{handle}: status", (answer.status, answer.json.get("status")), (201, "registered"))
        town.accounts[handle] = answer.json["id"]
    checked = town.call("clerk", "POST", "/v1/checks", town.draft("koho", "接続前の投稿です。")).json
    blocks = [one["rule"] for one in checked["findings"] if one["severity"] == "block"]
    expect("nothing leaves before it is connected", blocks, ["account.not_active"])


def hand_in(town: Town) -> None:
    step("credentials are handed in by hand, at the node without a key")
    token = lambda secret: {"token": {"access_token": secret}}
    expect("a clerk may not", town.hand_in("clerk", "koho", token("koho-canary")).status, 403)
    for language, title in (("ja", "アカウントを接続できませんでした"), ("en", "The account could not be connected")):
        answer = town.hand_in("admin", "koho", token("nobody-canary"), language)
        expect(f"what the platform refuses ({language})", (answer.status, answer.json["title"]), (502, title))
    answer = town.hand_in("admin", "koho", token("bosai-canary"))
    expect("the wrong account's", (answer.status, answer.kind()), (409, "other-account"))
    expect("and it says whose it is", "bosai" in answer.json["detail"], True)
    answer = town.hand_in("admin", "koho", {"app_password": {"identifier": "koho", "password": "koho-canary"}})
    expect("a kind that the platform does not take", (answer.status, answer.json["errors"][0]["pointer"]),
           (422, "/app_password"))
    expect("still without a credential",
           town.call("admin", "GET", f"/v1/accounts/{town.accounts['koho']}").json["status"], "registered")
    answer = town.hand_in("admin", "koho", token("koho-canary"))
    expect("the right one", (answer.status, answer.json.get("status")), (200, "active"))
    account = town.call("admin", "GET", f"/v1/accounts/{town.accounts['koho']}").json
    expect("how it stands", (account["credential"]["state"], account["credential"]["age_days"]), ("good", 0))
    channel = {"channel": town.stand_ins.LINE_CHANNEL, "secret": town.stand_ins.LINE_SECRET}
    answer = town.hand_in("admin", "walkline", {"channel_secret": {**channel, "secret": "nobody-canary"}})
    expect("a wrong secret of a channel", (answer.status, answer.kind()), (502, "connect-failed"))
    answer = town.hand_in("admin", "walkline", {"channel_secret": channel})
    expect("the channel's secret", (answer.status, answer.json.get("status")), (200, "active"))
    quota = town.call("clerk", "GET", f"/v1/accounts/{town.accounts['walkline']}").json["quota"]
    expect("how many messages LINE still takes", (quota["used"], quota["limit"], quota["left"]), (70, 200, 130))
    answer = town.hand_in("admin", "walk_x", token("x-access-canary"))
    expect("X takes none", (answer.status, answer.json["errors"][0]["code"]), (422, "credential-consent"))

    step("and at its command line, from a file")
    secret, serving = FOLDER / "bosai.token", FOLDER / "api.toml"
    secret.write_text("bosai-canary\n")
    connect = ("account", "connect", town.accounts["bosai"], "--file", str(secret))
    done = town.command(*connect, settings=serving)
    expect("connected by the dispatcher", (done.returncode, done.stdout.split()[1:]), (0, ["bosai", "active"]))
    secret.write_text("koho-canary\n")
    done = town.command(*connect, settings=serving)
    expect("the wrong account's", (done.returncode, "koho" in done.stderr, "canary" in done.stderr), (1, True, False))


def consent(town: Town) -> None:
    step("a person consents at X")
    path = f"/v1/accounts/{town.accounts['walk_x']}/connect"
    begun = town.call("admin", "POST", path).json
    asked = parse_qs(urlsplit(begun["authorize_url"]).query)
    state, back = asked["state"][0], asked["redirect_uri"][0]
    town.secrets.append(state)
    returned = {"state": state, "code": town.stand_ins.X_CODE}
    page = send(town.api, "GET", f"{urlsplit(back).path}?{urlencode(returned)}", None, {})
    expect("the page shows what to hand in", (page.status, state in page.body.decode()), (200, True))
    expect("in both languages", [f'lang="{one}"' in page.body.decode() for one in ("ja", "en")], [True, True])
    expect("nobody else may", town.call("clerk", "POST", "/v1/connections/finish", returned).status, 403)
    answer = town.call("admin", "POST", "/v1/connections/finish", returned)
    expect("connected", (answer.status, answer.json.get("status")), (200, "active"))
    answer = town.call("admin", "POST", "/v1/connections/finish", returned)
    expect("once", answer.status, 404)


def publish_and_correct(town: Town) -> None:
    step("a post, its correction, and its withdrawal")
    wrong, right = "給水は午前9時からです。", "給水は午後9時からです。(時刻を訂正しました)"
    post = town.submit(town.draft("koho", wrong))
    expect("nobody signs their own", town.call("clerk", "POST", f"/v1/posts/{post['id']}/approve",
                                             {"digest": post["digest"]}).status, 403)
    delivery = town.published(post)
    expect("on the platform", town.statuses(), [wrong])
    correction = town.submit(town.draft("koho", right, act="correct", target={"refers_to": delivery["id"]}))
    expect("of which kind", (correction["act"], correction["kind"]), ("correct", "correction"))
    expect("what is signed is the platform's id", correction["targets"][0]["refers_to"], delivery["remote"]["id"])
    expect("nothing changes before it is signed", town.statuses(), [wrong])
    town.published(correction)
    expect("on the platform", town.statuses(), [right])
    told = [one["post"] for one in town.delivery(post)["corrected_by"]]
    expect("the corrected post tells", told, [correction["id"]])
    line = town.call("clerk", "POST", "/v1/checks", town.draft("walkline", right, act="correct",
                                                             target={"refers_to": delivery["id"]}))
    expect("what is out elsewhere is not corrected there", line.status, 422)
    path = f"/v1/posts/{correction['id']}"
    reason = {"reason": "取水場所も誤り"}
    expect("a clerk takes nothing back", town.call("clerk", "POST", f"{path}/withdraw", reason).status, 403)
    taken = town.call("chief", "POST", f"{path}/withdraw", reason)
    expect("taken back", (taken.status, len(taken.json["withdrawals"])), (200, 1))
    orders = lambda: [one["state"] for one in town.call("clerk", "GET", f"{path}/withdrawals").json["items"]]
    until("it is gone", orders, ["withdrawn"])
    expect("from the platform", town.statuses(), [])
    answer = town.call("clerk", "POST", "/v1/posts", {**town.draft("koho", right, act="correct",
                                                                 target={"refers_to": delivery["id"]}), "submit": True})
    expect("what is gone is not corrected", answer.json["errors"][0]["code"], "refers-to-withdrawn")


def media(town: Town) -> None:
    step("pictures and films")
    still, moving = (town.call("clerk", "POST", "/v1/media", one()) for one in (picture, film))
    expect("taken in", (still.status, moving.status), (201, 201))
    expect("taken out of the picture", set(still.json["removed"]) >= {"position", "device", "person", "exif"}, True)
    expect("taken out of the film", "position" in moving.json["removed"], True)
    kept = {}
    for name, answer in (("picture", still), ("film", moving)):
        kept[name] = town.call("chief", "GET", answer.json["file"]).body
        expect(f"the {name} is what is signed", digest(kept[name]), answer.json["digest"])
        expect(f"nothing is left in the {name}", b"SECRET" in kept[name], False)
    expect("the film plays as before", (len(kept["film"]), FILM_CONTENT in kept["film"]), (len(film()), True))
    small = town.call("chief", "GET", still.json["thumbnail"])
    expect("a small copy", (small.status, small.headers["content-type"]), (200, "image/jpeg"))
    expect("not without a token", send(town.api, "GET", still.json["file"], None, {}).status, 401)
    shown = [{"digest": still.json["digest"], "alt": "青い看板の写真"},
             {"digest": moving.json["digest"], "alt": "避難経路の動画"}]
    post = town.submit(town.draft("walkline", "避難経路をご確認ください。", media=shown))
    town.published(post)
    text = json.dumps(town.stand_ins.broadcasts[-1])
    addresses = sorted({word for word in text.split('"') if word.startswith(MEDIA_HOST)})
    town.addresses = [one.rpartition("/")[2] for one in addresses]
    fetched = [send(town.api, "GET", urlsplit(one).path, None, {}) for one in addresses]
    digests = {digest(one.body) for one in fetched}
    expect("LINE fetches the film, and the picture before it", (len(fetched), moving.json["digest"] in digests), (2, True))
    of_film = next(one for one, answer in zip(addresses, fetched) if digest(answer.body) == moving.json["digest"])
    piece = send(town.api, "GET", urlsplit(of_film).path, None, {"Range": "bytes=4-7"})
    expect("a piece of it", (piece.status, piece.body), (206, b"ftyp"))
    expect("nothing stands behind another address", send(town.api, "GET", "/m/" + "A" * 43, None, {}).status, 404)


def costs(town: Town) -> None:
    step("what a post at X costs is shown before it is signed")
    plain, linked = "秋の市民講座を開きます。", "秋の市民講座を開きます。https://www.city.mihon.lg.jp/koza"
    for text, amount in ((plain, "0.016000"), (linked, "0.210000")):
        checked = town.call("clerk", "POST", "/v1/checks", town.draft("walk_x", text)).json
        expect("in the check", [one["amount"] for one in checked["costs"]], [amount])
        expect("in both languages", [bool(checked["costs"][0]["why"][one]) for one in ("ja", "en")], [True, True])
    post = town.submit(town.draft("walk_x", plain))
    seen = town.call("chief", "GET", f"/v1/posts/{post['id']}").json
    expect("to whoever signs", [(one["amount"], one["unit"]) for one in seen["costs"]], [("0.016000", "USD")])
    free = town.call("clerk", "POST", "/v1/checks", town.draft("koho", plain)).json
    expect("nothing elsewhere", free["costs"], [])
    town.published(post)
    expect("at X", [one["text"] for one in town.stand_ins.tweets], [plain])


def sql(text: str) -> str:
    return subprocess.run(["psql", DATABASE, "-XAtqc", text], capture_output=True, text=True, check=True).stdout.strip()


def overdue(town: Town) -> None:
    step("a credential becomes too old (credential_days = 90)")
    # Nothing but time makes it so: the row is what a credential of a hundred days ago has left.
    sql("UPDATE credentials SET obtained_at = obtained_at - INTERVAL '100 days' "
        f"WHERE account_id = (SELECT id FROM accounts WHERE handle = 'bosai')")
    listed = town.call("admin", "GET", "/v1/accounts?attention=true").json["items"]
    expect("the register tells", [(one["handle"], one["credential"]["state"]) for one in listed], [("bosai", "overdue")])
    draft = town.draft("bosai", "防災訓練の参加者を募集します。")
    for language, word in (("ja", "認証情報"), ("en", "credential")):
        answer = town.call("clerk", "POST", "/v1/posts", {**draft, "submit": True}, language)
        expect(f"an ordinary post is stopped ({language})",
               (answer.status, [one["rule"] for one in answer.json["findings"]]), (422, ["account.credential_overdue"]))
        message = answer.json["findings"][0]["message"][language]
        expect("and it says why", word in message, True)

    step("an emergency post leaves all the same, and is looked at afterwards")
    ends = (datetime.now(timezone.utc) + timedelta(hours=2)).isoformat()
    declared = town.call("duty", "POST", "/v1/emergencies", {
        "kind": "flood", "reason": "河川の氾濫", "accounts": [town.accounts["bosai"]], "expires_at": ends,
    })
    expect("declared", declared.status, 201)
    text = "川の水位が上がっています。すぐに高い所へ避難してください。"
    post = town.submit(town.draft("bosai", text, kind="emergency"))
    delivery = town.published(post, "duty")
    expect("on the platform", text in town.statuses(), True)
    listed = town.call("clerk", "GET", "/v1/reviews").json["items"]
    expect("it waits for a look", [(one["kind"], one["post"]) for one in listed], [("emergency_post", post["id"])])
    path = f"/v1/deliveries/{delivery['id']}/review"
    expect("not by who signed", town.call("duty", "POST", path, {}).status, 403)
    expect("looked at", town.call("director", "POST", path, {"note": "問題なし"}).status, 204)
    expect("nothing waits", town.call("clerk", "GET", "/v1/reviews").json["items"], [])
    ended = town.call("duty", "POST", f"/v1/emergencies/{declared.json['id']}/end")
    expect("ended", ended.status, 200)
    answer = town.hand_in("admin", "bosai", {"token": {"access_token": "bosai-canary"}})
    expect("connected again", (answer.status, answer.json.get("status")), (200, "active"))
    town.published(town.submit(draft))


def nowhere(town: Town) -> None:
    step("no credential shows anywhere")
    for node in ("api", "dispatch"):
        log = (FOLDER / f"{node}.log").read_bytes()
        expect(f"the {node} node said something", len(log) > 10_000, True)
        shown = [secret for secret in town.secrets + town.addresses if secret.encode() in log]
        expect(f"in what the {node} node logged at the finest level", shown, [])
    # Addresses of pictures are kept for a while: a call that is repeated must be the same, word for word.
    dumped = subprocess.run(["pg_dump", "--dbname", DATABASE], capture_output=True, check=True).stdout
    forms = lambda secret: (secret.encode(), secret.encode().hex().encode())
    shown = [secret for secret in town.secrets if any(form in dumped for form in forms(secret))]
    expect("in the database", shown, [])
    expect("what was sealed for the dispatcher is gone", sql("SELECT count(*) FROM handovers WHERE sealed IS NOT NULL"), "0")
    verified = town.command("ledger", "verify", "--unsealed-seconds", "60")
    expect("the ledger holds", verified.returncode, 0)


def main() -> int:
    os.environ.pop("SEKISHO_CONFIG", None)
    began = time.monotonic()
    town = Town(StandIns())
    try:
        for walk in (found, register, hand_in, consent, publish_and_correct, media, costs, overdue, nowhere):
            walk(town)
    finally:
        town.stop()
    if failed:
        print(f"not as a user would expect: {len(failed)}", file=sys.stderr)
        return 1
    print(f"the walk went as expected, in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
