#!/usr/bin/env python3
"""Several servers under the same load in turn, second by second: on a machine whose speed wanders, only their ratios hold still.

usage: in-turn.py [--set big] [--rounds 10] [--secs 1] [--threads 1] NAME[:THREADS]=SCRIPT ... -- TEST ...

SCRIPT takes DIR PORT THREADS SET as peer.sh does and follows the same primary; the first server is the one that the others are compared with.
TEST: udp udp-do tcp lat (dnsperf; lat at 5,000 a second), blast blast-do (a cheaper generator: $BLAST PORT FILE SECONDS WINDOW [DO]);
TEST@NAME asks what $BENCH_DIR/queries/NAME.txt says and not what the set's own file does.
Server and generator are pinned to a core each, save for lat and two threads; where blast meets servers of different THREADS, one of N threads gets N cores
and shares each with a generator of its own, so that load and machine grow with it. Prints for each server, as medians over the rounds: server CPU in
microseconds per answer, how much of a core it used, and the first one's CPU over its own, round by round; for lat p50, p99, p999 in microseconds,
and p99 of all rounds together.
"""
import argparse, os, re, shutil, signal, statistics, subprocess, sys, time

BENCH = os.environ.get("BENCH_DIR") or os.path.join(os.environ.get("TMPDIR", "/tmp"), "bench")
TICK, LAST = os.sysconf("SC_CLK_TCK"), str(os.cpu_count() - 1)


def family(root):
    """The processes of a server: its session."""
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and session(p) == root]


def fields(pid):
    with open(f"/proc/{pid}/stat") as f:
        s = f.read()
    return s[s.rindex(")") + 2:].split()


def session(pid):
    try:
        return int(fields(pid)[3])
    except OSError:
        return None


def cpu(root):
    total = 0
    for p in family(root):
        try:
            total += sum(map(int, fields(p)[11:15]))
        except OSError:
            pass
    return total / TICK


def serves(port, zones, serial):
    asked = subprocess.run(["dig", "+short", "+time=1", "+tries=1", "@127.0.0.1", "-p", str(port)] + [x for z in zones for x in (z, "SOA")],
                           capture_output=True, text=True)
    return asked.stdout.count(f" {serial} ") == len(zones)


class Server:
    def __init__(self, spec, port, a):
        self.name, script = spec.split("=", 1)
        self.name, _, threads = self.name.partition(":")
        self.threads = int(threads or a.threads)
        self.port, folder = port, f"{BENCH}/run/turn-{self.name}"
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        log = open(folder + ".log", "w")
        self.proc = subprocess.Popen([script, folder, str(port), str(self.threads), a.set], stdout=log, stderr=log, start_new_session=True)

    def wait(self, zones, serial):
        end = time.time() + 200
        while not serves(self.port, zones, serial):
            if self.proc.poll() is not None or time.time() > end:
                sys.exit(f"{self.name} does not serve; see its log in {BENCH}/run")
            time.sleep(.2)

    def pin(self, cores):
        for p in family(self.proc.pid):
            subprocess.run(["taskset", "-apc", cores, str(p)], stdout=subprocess.DEVNULL)

    def run(self, test, a):
        test, _, name = test.partition("@")
        queries = f"{BENCH}/queries/{name or a.set.split(',')[0]}.txt"
        do = test.endswith("-do")
        cores = [LAST]
        if test.startswith("blast"):
            if a.grows:
                cores = [str(i) for i in range(self.threads)]
            c = [os.environ["BLAST"], str(self.port), queries, str(a.secs), "192"] + (["DO"] if do else [])
        else:
            many = a.threads > 1
            cores = [LAST] if not many else [f"0-{LAST}"]
            c = ["dnsperf", "-s", "127.0.0.1", "-p", str(self.port), "-d", queries, "-t", "2", "-W", "-b", "4096", "-l", str(a.secs)]
            c += ["-c", "4", "-Q", "5000", "-v"] if test == "lat" else ["-c", "16" if test == "tcp" else "8", "-T", "2" if many else "1", "-q", "200" if many else "100"]
            c += ["-D"] * do + ["-m", "tcp"] * (test == "tcp")
        before, t = cpu(self.proc.pid), time.time()
        running = [subprocess.Popen(["taskset", "-c", core] + c, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for core in cores]
        outs = [p.communicate(timeout=60 + a.secs)[0] for p in running]
        used, wall = cpu(self.proc.pid) - before, time.time() - t
        done = sum(float((re.search(r"Queries completed:\s+(\d+)", out) or re.search(r"done=(\d+)", out))[1]) for out in outs)
        return 1e6 * used / done, 100 * used / wall, sorted(1e6 * float(x) for x in re.findall(r"^> .* ([\d.]+)$", outs[0], re.M))

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        try:
            self.proc.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.proc.pid, signal.SIGKILL)


def at(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def measure(servers, test, a):
    for s in servers:
        s.pin(f"0-{s.threads - 1}" if a.grows else "0" if test != "lat" and a.threads == 1 else f"0-{LAST}")
        s.run(test, a)
    rows = {s.name: [] for s in servers}
    for r in range(a.rounds):
        for s in servers if r % 2 == 0 else servers[::-1]:
            rows[s.name].append(s.run(test, a))
    threads = {s.name: s.threads for s in servers}
    for name, runs in rows.items():
        us, util, ratio = (statistics.median(v) for v in (
            [x[0] for x in runs], [x[1] for x in runs], [x[0] / y[0] for x, y in zip(rows[servers[0].name], runs)]))
        line = f"set={a.set} threads={threads[name]} test={test} server={name} us={us:.2f} util={util:.0f} ratio={ratio:.3f}"
        if test == "lat":
            p50, p99, p999 = (statistics.median(at(x[2], k) for x in runs) for k in (.5, .99, .999))
            line += f" p50={p50:.0f} p99={p99:.0f} p999={p999:.0f} p99_of_all={at(sorted(v for x in runs for v in x[2]), .99):.0f}"
        print(line, flush=True)


def main():
    if "--" not in sys.argv:
        sys.exit(__doc__)
    cut = sys.argv.index("--")
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("servers", nargs="+")
    p.add_argument("--set", default="big")
    p.add_argument("--rounds", type=int, default=10)
    p.add_argument("--secs", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args(sys.argv[1:cut])
    zones = [z for s in a.set.split(",") for z in open(f"{BENCH}/zones/{s}.list").read().split()][-100:]
    primary = os.environ.get("PRIMARY_PORT", "5300")
    serial = subprocess.run(["dig", "+short", "@127.0.0.1", "-p", primary, zones[-1], "SOA"], capture_output=True, text=True).stdout.split()[2]
    port, servers = int(os.environ.get("PEER_PORT", 5301)) + 100, []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    try:
        for i, spec in enumerate(a.servers):
            servers.append(Server(spec, port + i, a))
            servers[-1].wait(zones, serial)
        a.grows = len({s.threads for s in servers}) > 1
        time.sleep(3)
        for test in sys.argv[cut + 1:]:
            measure(servers, test, a)
    finally:
        for s in servers:
            s.stop()


main()
