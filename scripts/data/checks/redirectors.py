"""The list of open redirectors, and the links that prove it."""
import re
from urllib.parse import parse_qsl, urlsplit

from .common import PROBES, counts, covers, fault, is_domain, load
from .hosts import rows

NAME = "open-redirectors.txt"
PATH = re.compile(r"/[!-~]*")
PARAMETER = re.compile(r"[a-z0-9._-]+")
LEAST = 60


def parse(where, line):
    """(host, path, parameters), or None with a fault; no parameters at all stands for `-`."""
    fields = line.split("\t")
    if len(fields) != 3:
        fault(where, "expected host<TAB>path<TAB>parameters")
        return None
    host, path, names = fields
    if not is_domain(host):
        fault(where, f"no well-formed host: {host!r}")
    if not PATH.fullmatch(path) or path != path.lower() or set("?#%") & set(path):
        fault(where, f"no plain path in lower case: {path!r}")
    parameters = [] if names == "-" else names.split("|")
    if names != "-" and not all(PARAMETER.fullmatch(p) for p in parameters):
        fault(where, f"parameters in lower case, joined by '|', or '-': {names!r}")
    if parameters != sorted(set(parameters)):
        fault(where, "parameters are sorted, each once")
    return host, path, parameters


def leads_on(entries, link):
    """Whether an entry fits the address, as the header of the file says."""
    parts = urlsplit(link)
    given = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    path = parts.path.lower() or "/"
    return any(
        covers(host, parts.hostname or "") and path.startswith(prefix) and (not names or given & set(names))
        for host, prefix, names in entries
    )


def check_superfluous(where, entry, others):
    host, path, names = entry
    for other in others:
        wider = not other[2] or (names and set(names) <= set(other[2]))
        if other != entry and covers(other[0], host) and path.startswith(other[1]) and wider:
            fault(where, f"superfluous beside {other[0]} {other[1]}")


def check_redirectors(shorteners):
    body, _ = rows(NAME)
    placed = [(where, entry) for where, line in body if (entry := parse(where, line))]
    entries = [entry for _, entry in placed]
    for where, entry in placed:
        if any(covers(d, entry[0]) for d in shorteners):
            fault(where, f"{entry[0]} is a shortener as a whole")
        if entries.count(entry) > 1:
            fault(where, "listed twice")
        check_superfluous(where, entry, entries)
    if len(entries) < LEAST:
        fault(NAME, f"fewer than {LEAST} entries")
    probes = load(PROBES).get("redirect", {})
    for link in probes.get("leads_on", []):
        if not leads_on(entries, link):
            fault("probes", f"not seen as a redirect: {link}")
    for link in probes.get("stays", []):
        if leads_on(entries, link):
            fault("probes", f"wrongly seen as a redirect: {link}")
    counts.append(f"{NAME} {len(entries)}")
