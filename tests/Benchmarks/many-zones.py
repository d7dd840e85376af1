#!/usr/bin/env python3
"""The life of many small zones: how long until all are there, what each takes, what an idle one costs, how long a restart takes.

usage: many-zones.py [ZONES ...]        default: 10000 100000

Makes everything itself in $BENCH_DIR/many: a primary (knotd) on 127.0.0.1:$PRIMARY_PORT with that many zones of 10 records, all from one zone file; a
store set up by cmdlets and the built daemon, by peer.sh, on $PEER_PORT. Prints a line for each thing measured; with several also what they differ
by, per zone: memory grows outside the managed heap by the records with their index, inside it by all else.
Wall times are looked at ten times a second. CPU is that of the daemon's own process.
"""
import contextlib, os, re, shutil, signal, socket, sqlite3, subprocess, sys, time

BENCH = os.environ.get("BENCH_DIR") or os.path.join(os.environ.get("TMPDIR", "/tmp"), "bench")
HERE, HOME = os.path.dirname(os.path.abspath(__file__)), os.path.join(BENCH, "many")
PRIMARY, PORT = int(os.environ.get("PRIMARY_PORT", 5300)), int(os.environ.get("PEER_PORT", 5301))
KEY = os.environ.get("KEY_NAME", "bench.key"), os.environ.get("KEY_SECRET", "YmVuY2gtb25seS1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=")
TICK, HUGE = os.sysconf("SC_CLK_TCK"), 8 << 30
ZONE = """$TTL 3600
@ SOA ns1 hostmaster 1000 3600 600 1209600 300
@ NS ns1
@ NS ns2
@ MX 10 mail
@ TXT "v=spf1 mx -all"
ns1 A 192.0.2.1
ns2 A 192.0.2.2
mail A 192.0.2.3
www A 192.0.2.4
www AAAA 2001:db8::4
"""


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        s = f.read()
    return sum(map(int, s[s.rindex(")") + 2:].split()[11:13])) / TICK


def memory(pid):
    """(PSS in KiB, of it in the managed heap): the heap lies in one reservation of many GB, of which pieces are in use."""
    total = managed = run = held = end = 0
    with open(f"/proc/{pid}/smaps") as f:
        for line in f:
            if m := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
                at, to = int(m[1], 16), int(m[2], 16)
                if at != end:
                    managed, run, held = managed + (held if run > HUGE else 0), 0, 0
                run, end = run + to - at, to
            elif line.startswith("Pss:"):
                kib = int(line.split()[1])
                total, held = total + kib, held + kib
    return total, managed + (held if run > HUGE else 0)


def answers(zone):
    name = b"".join(bytes([len(label)]) + label.encode() for label in zone.split(".") if label) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(.3)
        try:
            s.sendto(b"\1\2\0\0\0\1\0\0\0\0\0\0" + name + b"\0\6\0\1", ("127.0.0.1", PORT))
            return s.recv(512)[3] & 15 == 0
        except OSError:
            return False


def count(file, query):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{HOME}/run/store/{file}?mode=ro", uri=True, timeout=10)) as base:
            return base.execute(query).fetchone()[0]
    except sqlite3.Error:
        return -1


def until(done, what, limit=300):
    end = time.time() + limit
    while not done():
        if time.time() > end:
            sys.exit(f"not in {limit} s: {what}; see {HOME}/server.log")
        time.sleep(.1)


def primary(zones):
    """Starts knotd with the zones."""
    folder = f"{HOME}/primary"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(f"{folder}/any.zone", "w") as f:
        f.write(ZONE)
    with open(f"{folder}/knot.conf", "w") as f:
        f.write(f"""server:
    rundir: {folder}
    listen: 127.0.0.1@{PRIMARY}
    tcp-io-timeout: 0
database:
    storage: {folder}
key:
  - id: {KEY[0]}
    algorithm: hmac-sha256
    secret: {KEY[1]}
acl:
  - id: transfer
    key: {KEY[0]}
    action: transfer
template:
  - id: default
    file: {folder}/any.zone
    acl: transfer
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
""" + "".join(f"  - domain: {z}\n" for z in zones))
    log = open(f"{folder}/log", "w")
    knot = subprocess.Popen(["knotd", "-c", f"{folder}/knot.conf"], stdout=log, stderr=log)
    asked = ["dig", "+short", "+time=1", "+tries=1", "@127.0.0.1", "-p", str(PRIMARY), zones[-1], "SOA"]
    until(lambda: " 1000 " in subprocess.run(asked, capture_output=True, text=True).stdout, "the primary")
    return knot


def start(name):
    """Starts the daemon by peer.sh, which becomes it once the store is made."""
    log = open(f"{HOME}/server.log", "a")
    server = subprocess.Popen([f"{HERE}/peer.sh", f"{HOME}/run", str(PORT), "1", name], stdout=log, stderr=log)
    until(lambda: server.poll() is not None or open(f"/proc/{server.pid}/comm").read().strip() == "managed-dnsd", "a store made by cmdlets", 900)
    if server.returncode is not None:
        sys.exit(f"the server does not start; see {HOME}/server.log")
    return server, time.time(), cpu(server.pid)


def stop(server):
    server.send_signal(signal.SIGTERM)
    server.wait(60)


def idle(server, seconds=10):
    before = cpu(server.pid)
    time.sleep(seconds)
    return 100 * (cpu(server.pid) - before) / seconds


def measure(n):
    name, zones = f"many-{n}", [f"z{i:06}.test." for i in range(n)]
    tell = lambda what: print(f"zones={n} {what}", flush=True)
    shutil.rmtree(f"{HOME}/run", ignore_errors=True)
    os.makedirs(f"{BENCH}/zones", exist_ok=True)
    with open(f"{BENCH}/zones/{name}.list", "w") as f:
        f.write("\n".join(zones) + "\n")
    shutil.rmtree(f"{BENCH}/manageddns/{name}-{PORT}-1-{PRIMARY}", ignore_errors=True)
    knot, server = primary(zones), None
    try:
        made = time.time()
        server, begun, used = start(name)
        tell(f"made, assigned and enabled by cmdlets: {begun - made:.1f} s")
        until(lambda: count("settings.db", "SELECT count(*) FROM zone_status WHERE state = 'UpToDate'") == n, "all zones up to date")
        wall = time.time() - begun
        until(lambda: count("contents.db", "SELECT count(*) FROM content") == n, "all zones kept")
        tell(f"all up to date: {wall:.1f} s; kept: {time.time() - begun:.1f} s, CPU {cpu(server.pid) - used:.1f} s")
        time.sleep(15)
        held = memory(server.pid)
        tell(f"memory: PSS {held[0] / 1024:.0f} MiB, of it managed {held[1] / 1024:.0f}; idle: {idle(server):.1f} % of a core")
        stop(server)
        server, begun, used = start(name)
        until(lambda: answers(zones[-1]), "an answer after the restart")
        first = time.time() - begun
        until(lambda: all(map(answers, zones[::max(1, n // 2000)])), "all answers after the restart")
        tell(f"restart: first answer {first:.2f} s, 2,000 of all {time.time() - begun:.2f} s, CPU {cpu(server.pid) - used:.1f} s")
        time.sleep(20)
        tell(f"20 s later: PSS {memory(server.pid)[0] / 1024:.0f} MiB; idle: {idle(server):.1f} % of a core")
        return n, wall, *held
    finally:
        for process in (server, knot):
            if process and process.poll() is None:
                stop(process)


def main():
    if any(not a.isdigit() for a in sys.argv[1:]):
        sys.exit(__doc__)
    os.makedirs(HOME, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    rows = [measure(n) for n in sorted(map(int, sys.argv[1:] or ["10000", "100000"]))]
    for (a, wa, pa, ma), (b, wb, pb, mb) in zip(rows, rows[1:]):
        records, rest = ((pb - mb) - (pa - ma)) / (b - a), (mb - ma) / (b - a)
        print(f"{b} over {a} zones: {wb / wa:.1f} times the time; KiB for each zone more: its records {records:.2f}, all else {rest:.2f}")


main()
