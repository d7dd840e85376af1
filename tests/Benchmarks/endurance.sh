#!/bin/bash
# Does a server's memory stay flat under load and updates? usage: endurance.sh PID PORT MINUTES QUERIES CHANGE...
# Asks the server PID on 127.0.0.1:PORT the queries of a dnsperf file over UDP (with DO) and TCP at a low rate, runs the command CHANGE (which makes a new serial
# on the primary) every second, and prints once a minute: the minute, PSS and RSS in KiB, threads, open files, changes so far.
# UDP_RATE (500) and TCP_RATE (100): queries a second.
set -euo pipefail
PID=$1 PORT=$2 MINUTES=$3 QUERIES=$4
shift 4
seconds=$((MINUTES * 60)) changes=$(mktemp)
trap 'kill $(jobs -p) 2>/dev/null; rm -f "$changes"' EXIT

dnsperf -s 127.0.0.1 -p "$PORT" -d "$QUERIES" -D -Q "${UDP_RATE:-500}" -l "$seconds" > /dev/null &
dnsperf -s 127.0.0.1 -p "$PORT" -d "$QUERIES" -m tcp -Q "${TCP_RATE:-100}" -c 4 -l "$seconds" > /dev/null &
(while "$@" > /dev/null && echo >> "$changes"; do sleep 1; done) &

printf 'minute\tpss\trss\tthreads\tfiles\tchanges\n'
for ((minute = 0; minute <= MINUTES; minute++)); do
  kb() { awk -v k="$1:" '$1 == k { print $2 }' "/proc/$PID/smaps_rollup"; }
  printf '%d\t%d\t%d\t%d\t%d\t%d\n' "$minute" "$(kb Pss)" "$(kb Rss)" "$(ls "/proc/$PID/task" | wc -l)" "$(ls "/proc/$PID/fd" | wc -l)" "$(wc -l < "$changes")"
  sleep 60
done
