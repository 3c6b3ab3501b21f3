"""The town of scripts/walk-accounts: its processes, its people, and what they ask. Standard library only."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from walk_stand_ins import StandIns

PROGRAM, FOLDER, DATABASE = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
PATIENCE = 30.0
MEDIA_HOST = "https://media.walk.test"

SETTINGS = """
public_url = "https://gate.walk.test"
[database]
url = "{database}"
[vault]
key_ring_file = "{ring}"
{pin}
[net]
loopback = "allowed"
[web]
listen = "127.0.0.1:0"
rate_per_minute = 6000
[dispatch]
longest_request_seconds = 5
[media]
directory = "{folder}/media"
public_url = "{media}"
[log]
filter = "trace"
[platforms.line]
api = "{stand_ins}"
[platforms.x]
api = "{stand_ins}"
client_id = "walk"
client_secret_file = "{x_secret}"
[platforms.x_prices]
post = 16000
post_with_link = 210000
"""

PROFILE = """
name = "walk"
duplicate_days = 7
credential_days = 90
[title]
ja = "見本"
en = "Walk"
[office]
national_holidays = "open"
closed = []
[office.working]
""" + "".join(f'{day} = ["00:00-24:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))

# What was not as expected.
failed: list[str] = []


def step(title: str) -> None:
    print(f"=== {title}", flush=True)


def expect(what: str, found: object, wanted: object) -> None:
    if found == wanted:
        print(f"   ok: {what}", flush=True)
    else:
        failed.append(what)
        print(f"   NG: {what}: {found!r}, expected {wanted!r}", flush=True)


@dataclass
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> dict:
        return json.loads(self.body) if self.body else {}

    def kind(self) -> str:
        """The last word of a problem's type."""
        return self.json.get("type", "").rpartition(":")[2]


def send(address: str, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()


def until(what: str, asked: Callable[[], object], wanted: object) -> object:
    """Asks until it is so; tells what it was last."""
    end = time.monotonic() + PATIENCE
    while (found := asked()) != wanted and time.monotonic() < end:
        time.sleep(0.1)
    expect(what, found, wanted)
    return found


@dataclass
class Town:
    """The town, its nodes and its people."""

    stand_ins: StandIns
    tokens: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    processes: list[subprocess.Popen] = field(default_factory=list)
    settings: Path = FOLDER / "dispatch.toml"
    api: str = ""
    sandbox: str = ""
    division: str = ""

    def write(self, name: str, ring: Path, x_secret: Path, pin: str = "") -> Path:
        path = FOLDER / f"{name}.toml"
        path.write_text(SETTINGS.format(
            database=DATABASE, ring=ring, pin=pin, folder=FOLDER, media=MEDIA_HOST,
            stand_ins=self.stand_ins.address, x_secret=x_secret,
        ))
        return path

    def command(self, *words: str, settings: Path | None = None) -> subprocess.CompletedProcess:
        """Runs a command of the program to its end."""
        arguments = [PROGRAM, "--config", str(settings or self.settings), *words]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)

    def told(self, *words: str) -> str:
        """The last word that a command printed, which must succeed."""
        done = self.command(*words)
        if done.returncode != 0:
            raise SystemExit(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout.split()[-1]

    def start(self, name: str, *words: str) -> str:
        """Starts a process of the program; tells where it listens."""
        log = (FOLDER / f"{name}.log").open("wb")
        process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=log, text=True)
        self.processes.append(process)
        listening = process.stdout.readline().split()
        if not listening:
            raise SystemExit(f"{name} does not start: {(FOLDER / f'{name}.log').read_text()[-3000:]}")
        address = listening[-1]
        return address if address.startswith("http") else f"http://{address}"

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)

    def call(self, who: str, method: str, path: str, body: object = None, language: str = "ja", **headers: str) -> Answer:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        all_headers = {
            "Authorization": f"Bearer {self.tokens[who]}", "Content-Type": kind, "Accept-Language": language, **headers,
        }
        return send(self.api, method, path, sent, all_headers)

    def draft(self, account: str, text: str, **more: object) -> dict:
        """What a clerk hands in for one account."""
        target = {"account": self.accounts[account], **more.pop("target", {})}
        return {"text": text, "targets": [target], "publish": {"mode": "on_approval"}, **more}

    def submit(self, draft: dict) -> dict:
        answer = self.call("clerk", "POST", "/v1/posts", {**draft, "submit": True})
        if answer.status != 201:
            raise SystemExit(f"not taken: {answer.status} {answer.body.decode()}")
        return answer.json

    def sign(self, post: dict, who: str) -> Answer:
        """Signs what was answered, and takes responsibility for what the gate asks about."""
        path, given = f"/v1/posts/{post['id']}/approve", {"digest": post["digest"]}
        answer = self.call(who, "POST", path, given)
        if answer.kind() == "unacknowledged":
            asked = [found["id"] for found in answer.json["findings"] if found["severity"] == "confirm"]
            words = [{"finding": one, "reason": "所管課に確認済み"} for one in asked]
            answer = self.call(who, "POST", path, {**given, "acknowledgements": words})
        return answer

    def delivery(self, post: dict) -> dict:
        return self.call("clerk", "GET", f"/v1/posts/{post['id']}").json["deliveries"][0]

    def published(self, post: dict, who: str = "chief") -> dict:
        """Has a post signed and waits until it is out."""
        expect("signed", self.sign(post, who).status, 200)
        until("it is out", lambda: self.delivery(post)["state"], "published")
        return self.delivery(post)

    def statuses(self) -> list[str]:
        return [one["text"] for one in json.loads(send(self.sandbox, "GET", "/sandbox/statuses", None, {}).body)]

    def hand_in(self, who: str, account: str, given: dict, language: str = "ja") -> Answer:
        return self.call(who, "POST", f"/v1/accounts/{self.accounts[account]}/credential", given, language)
