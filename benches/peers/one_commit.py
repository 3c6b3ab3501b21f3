"""How many rows of a kilobyte SQLite inserts in a second, each with a COMMIT of its own: one_commit.py FILE SECONDS"""

import os
import sqlite3
import sys
import time

file, seconds = sys.argv[1], float(sys.argv[2])
database = sqlite3.connect(file, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute("CREATE TABLE posts (id BLOB PRIMARY KEY, due INTEGER, state TEXT NOT NULL, body TEXT NOT NULL)")
database.execute("CREATE INDEX posts_due ON posts (due) WHERE state = 'waiting'")
body = "x" * 1003
count, begin = 0, time.monotonic()
while time.monotonic() < begin + seconds:
    row = (os.urandom(16), count, "waiting", body)
    database.execute("INSERT INTO posts VALUES (?, ?, ?, ?)", row)
    count += 1
print(count / (time.monotonic() - begin))
