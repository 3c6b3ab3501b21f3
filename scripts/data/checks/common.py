"""What the checks share: where the files are, and the faults found so far."""
import pathlib
import re
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONFIG = ROOT / "config"
LISTS = CONFIG / "lists"
PROBES = ROOT / "scripts" / "data" / "probes.toml"

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

faults = []
counts = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def load(path):
    """A TOML file; an empty table, with a fault, when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        fault(path.relative_to(ROOT), e)
        return {}


def is_domain(text):
    labels = text.split(".")
    return (len(labels) > 1 and len(text) <= 253 and not labels[-1].isdigit()
            and all(LABEL.fullmatch(label) for label in labels))


def covers(entry, host):
    """An entry covers the host itself and every host below it."""
    return host == entry or host.endswith("." + entry)
