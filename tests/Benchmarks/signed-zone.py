#!/usr/bin/env python3
"""A zone like an enterprise's, signed with ECDSA P-256 by BIND's tools, and queries for each kind of signed answer.

usage: signed-zone.py nsec|nsec3 [--names 100000]      (writes $BENCH_DIR/zones/signed-KIND.list, signed.example.zone and queries/signed-*.txt)

Hosts at `hN`, a wildcard below every hundredth `wN`, a delegation every tenth, every other one of them with a DS. The same arguments give the
same names, so that two kinds need two folders for $BENCH_DIR.
"""
import argparse, os, random, subprocess, tempfile

p = argparse.ArgumentParser(usage=__doc__)
p.add_argument("kind", choices=["nsec", "nsec3"])
p.add_argument("--names", type=int, default=100_000)
a = p.parse_args()
bench, zone, r = os.environ.get("BENCH_DIR") or os.path.join(os.environ.get("TMPDIR", "/tmp"), "bench"), "signed.example.", random.Random(1)
for d in ("zones", "queries"):
    os.makedirs(f"{bench}/{d}", exist_ok=True)
lines = [f"{zone} 3600 IN SOA ns.{zone} hostmaster.{zone} 1000 3600 900 604800 300", f"{zone} 3600 IN NS ns.{zone}", f"ns.{zone} 3600 IN A 198.18.0.1"]
for i in range(a.names):
    if i % 10 == 3:
        lines += [f"d{i}.{zone} 3600 IN NS ns.d{i}.{zone}", f"ns.d{i}.{zone} 3600 IN A 198.18.1.1"]
        lines += [f"d{i}.{zone} 3600 IN DS {i % 65536} 13 2 {r.randbytes(32).hex()}"] * (i % 20 == 3)
    elif i % 100 == 7:
        lines.append(f"*.w{i}.{zone} 3600 IN A 198.18.2.1")
    else:
        lines.append(f"h{i}.{zone} 3600 IN A 198.{18 + i % 2}.{i >> 8 & 255}.{i & 255}")
with tempfile.TemporaryDirectory() as work:
    with open(f"{work}/zone", "w") as f:
        f.write("\n".join(lines) + "\n")
    for flags in (["-f", "KSK"], []):
        subprocess.run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", *flags, "-K", work, zone], check=True, stdout=subprocess.DEVNULL)
    denial = ["-3", "-", "-H", "0"] if a.kind == "nsec3" else []
    subprocess.run(["dnssec-signzone", "-q", "-S", "-K", work, *denial, "-e", "+31536000", "-o", zone, "-f", f"{bench}/zones/{zone}zone", f"{work}/zone"],
                   check=True, cwd=work, stdout=subprocess.DEVNULL)
with open(f"{bench}/zones/signed-{a.kind}.list", "w") as f:
    f.write(zone + "\n")
kinds = {
    "mixed": lambda i: f"x{i}.{zone} A" if i % 10 == 1 else f"h{i}.{zone} A",
    "nxdomain": lambda i: f"x{i}.{zone} A",
    "wildcard": lambda i: f"h{i}.w{i // 100 * 100 + 7}.{zone} A",
    "nodata": lambda i: f"h{i // 100 * 100 + 8}.{zone} TXT",
    "referral": lambda i: f"www.d{i // 10 * 10 + 3}.{zone} A",
}
for kind, name in kinds.items():
    with open(f"{bench}/queries/signed-{kind}.txt", "w") as f:
        f.write("".join(name(r.randrange(a.names)) + "\n" for _ in range(100_000)))
