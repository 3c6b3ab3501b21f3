"""What scripts/walk-accounts needs besides the program: stand-ins for LINE and X, and files that a telephone could have
made. The stand-ins know as much of the two platforms as the walk asks for, and keep what they were sent.

Standard library only.
"""

import hashlib
import json
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class StandIns:
    """LINE and X on one port, each by its own paths."""

    LINE_CHANNEL = "1650000001"
    LINE_SECRET = "line-channel-secret-canary"
    LINE_TOKEN = "line-short-token-canary"
    X_CODE = "x-code-canary"
    X_ACCESS = "x-access-canary"
    X_REFRESH = "x-refresh-canary"

    def __init__(self) -> None:
        self.broadcasts: list[dict] = []
        self.tweets: list[dict] = []
        stand_ins = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_ins.answer(self, b"")

            def do_POST(self) -> None:
                stand_ins.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_: object) -> None:
                """Silent: what counts is kept."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def secrets(self) -> list[str]:
        return [self.LINE_SECRET, self.LINE_TOKEN, self.X_CODE, self.X_ACCESS, self.X_REFRESH]

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        path, _, _ = request.path.partition("?")
        status, told, headers = self.line(request, path, body) or self.x(request, path, body) or (404, {}, {})
        text = json.dumps(told).encode()
        request.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text)

    def line(self, request: BaseHTTPRequestHandler, path: str, body: bytes) -> tuple[int, dict, dict] | None:
        if path == "/oauth2/v3/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            if form.get("client_secret") != self.LINE_SECRET or form.get("client_id") != self.LINE_CHANNEL:
                return 401, {"error": "invalid_client", "error_description": "no such channel"}, {}
            return 200, {"access_token": self.LINE_TOKEN, "expires_in": 900, "token_type": "Bearer"}, {}
        if not path.startswith("/v2/bot/"):
            return None
        if request.headers.get("Authorization") != f"Bearer {self.LINE_TOKEN}":
            return 401, {"message": "Authentication failed"}, {}
        if path == "/v2/bot/info":
            return 200, {"userId": "U" + "0" * 32, "basicId": "@walkline", "displayName": "walk"}, {}
        if path == "/v2/bot/message/broadcast":
            self.broadcasts.append(json.loads(body))
            return 200, {}, {"X-Line-Request-Id": f"broadcast-{len(self.broadcasts)}"}
        if path == "/v2/bot/message/quota":
            return 200, {"type": "limited", "value": 200}, {}
        if path == "/v2/bot/message/quota/consumption":
            return 200, {"totalUsage": 70}, {}
        return 200, {}, {}

    def x(self, request: BaseHTTPRequestHandler, path: str, body: bytes) -> tuple[int, dict, dict] | None:
        if path == "/2/oauth2/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            if form.get("code") != self.X_CODE or not form.get("code_verifier"):
                return 400, {"error": "invalid_grant"}, {}
            told = {"access_token": self.X_ACCESS, "refresh_token": self.X_REFRESH, "expires_in": 7200,
                    "token_type": "bearer",
                    "scope": "tweet.read tweet.write users.read media.write offline.access"}
            return 200, told, {}
        if request.headers.get("Authorization") != f"Bearer {self.X_ACCESS}":
            return 401, {"title": "Unauthorized"}, {}
        if path == "/2/users/me":
            return 200, {"data": {"id": "7", "username": "walk_x", "name": "walk"}}, {}
        if path == "/2/tweets" and request.command == "POST":
            self.tweets.append(json.loads(body))
            return 201, {"data": {"id": str(100 + len(self.tweets)), "text": "…"}}, {}
        return None


def picture() -> bytes:
    """A PNG of one colour with what a camera writes beside the pixels: its make, and where it stood."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    make, artist = b"SECRET-CAMERA\0", b"SECRET-PERSON\0"
    entry = struct.Struct("<HHII")
    texts = 8 + 2 + 3 * entry.size + 4
    entries = [
        entry.pack(0x010F, 2, len(make), texts),
        entry.pack(0x013B, 2, len(artist), texts + len(make)),
        entry.pack(0x8825, 4, 1, texts + len(make) + len(artist)),
    ]
    position = struct.pack("<H", 1) + struct.pack("<HHI4s", 1, 2, 2, b"N\0") + bytes(4)
    exif = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4) + make + artist + position
    rows = (b"\0" + bytes([40, 90, 160]) * 64) * 48
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0))
        + chunk(b"eXIf", exif)
        + chunk(b"tEXt", b"Comment\0SECRET-COMMENT")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


FILM_CONTENT = b"PICTURES"


def film() -> bytes:
    """An MP4 of nine seconds with one track; its pictures are the words of FILM_CONTENT, and it says where it was made."""

    def box(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack(">I", len(body) + 8) + kind + body

    def numbers(*values: int) -> bytes:
        return struct.pack(f">{len(values)}I", *values)

    kind = box(b"ftyp", b"mp42\0\0\0\0mp42isom")
    half = len(FILM_CONTENT) // 2
    tables = box(
        b"stbl",
        box(b"stsd", numbers(0, 1, 16), b"avc1", bytes(8)),
        box(b"stsc", numbers(0, 1, 1, 2, 1)),
        box(b"stsz", numbers(0, 0, 2, half, half)),
        box(b"stco", numbers(0, 1, len(kind) + 8)),
    )
    upright = numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    track = box(
        b"trak",
        box(b"tkhd", numbers(0, 111, 222, 1, 0, 9000, 0, 0, 0, 0), upright, numbers(640 << 16, 360 << 16)),
        box(
            b"mdia",
            box(b"mdhd", numbers(0, 111, 222, 1000, 9000, 0)),
            box(b"hdlr", numbers(0, 0), b"vide", bytes(13)),
            box(b"minf", tables),
        ),
    )
    contents = box(
        b"moov",
        box(b"mvhd", numbers(0, 111, 222, 1000, 9000)),
        track,
        box(b"udta", box(b"\xa9xyz", b"SECRET+35.6+139.7/")),
    )
    return kind + box(b"mdat", FILM_CONTENT) + contents


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
