#!/bin/bash
# ManagedDns as a secondary for a benchmark harness. usage: peer.sh DIR PORT THREADS SET[,SET]   (state is kept in DIR; runs in the foreground)
# Listens on 127.0.0.1:PORT with THREADS UDP threads; follows the zones of $BENCH_DIR/zones/SET.list on 127.0.0.1:$PRIMARY_PORT with the key below;
# lets loopback transfer. A kept DIR starts at once. SIGN=nsec|nsec3: signs the zones, one key each.
# An empty DIR gets a copy of a store that was set up by cmdlets (peer.ps1) once for the same arguments: a run measures the server, not PowerShell.
set -euo pipefail
DIR=$1 PORT=$2 THREADS=${3:-1} SET=${4:-big}
export BENCH_DIR=${BENCH_DIR:-${TMPDIR:-/tmp}/bench} PRIMARY_PORT=${PRIMARY_PORT:-5300}
export KEY_NAME=${KEY_NAME:-bench.key} KEY_ALGORITHM=${KEY_ALGORITHM:-HmacSha256} KEY_SECRET=${KEY_SECRET:-YmVuY2gtb25seS1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DAEMON=$ROOT/out/daemon/managed-dnsd
[ -x "$DAEMON" ] || { echo "Build first: dotnet build" >&2; exit 1; }
# What is measured is what a release is: machine code, where there is a linker to make it.
if [ -e "$DAEMON.dll" ] && { [ -x /usr/bin/gcc ] || [ -x /usr/bin/clang ]; }; then
  dotnet build "$ROOT/src/ManagedDns.Daemon" -p:NativeDaemon=true -v q --nologo >&2
fi
mkdir -p "$DIR"

if [ ! -e "$DIR/store/settings.db" ]; then
  made=$BENCH_DIR/manageddns/$SET-$PORT-$THREADS-$PRIMARY_PORT${SIGN:+-$SIGN}
  newest=$(ls -t "$ROOT/out/module/ManagedDns.dll" "$made/ready" $(printf "$BENCH_DIR/zones/%s.list " ${SET//,/ }) 2>/dev/null | head -1 || true)
  if [ "$newest" != "$made/ready" ]; then
    rm -rf "$made"; mkdir -p "$made"
    dotnet run --no-build --project "$ROOT/src/ManagedDns.Console" -- -File "$ROOT/tests/Benchmarks/peer.ps1" "$made/store" "$PORT" "$THREADS" "$SET" >&2
    touch "$made/ready"
  fi
  cp -rp "$made/store" "$DIR/store"
fi
exec "$DAEMON" --store "$DIR/store" --foreground
