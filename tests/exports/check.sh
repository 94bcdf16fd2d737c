#!/usr/bin/env bash
# Shows the exports of a real experiment to the programs that they are for: tshark, Mermaid, a HAR
# validator, a browser. Installs those that are not there; Node's packages go to a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/exports
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exports=$work/exports
mkdir "$exports"

. tests/support/install.sh
need 'command -v tshark' tshark
need 'command -v chromium' chromium fonts-dejavu-core
need 'command -v node' nodejs
need 'command -v npm' npm
patiently npm install --silent --no-audit --no-fund --prefix "$work" \
    mermaid@11.17.2 jsdom@24.1.3 har-validator@5.1.5

WIRELAB_EXPORTS=$exports cargo test --test exports

# What tshark makes of packets that satisfy a filter, one line each; "fields" as it calls them.
preference=http.desegment_body:TRUE
tshark_says() { # file, filter, fields
    local fields=()
    for field in "${@:3}"; do fields+=(-e "$field"); done
    tshark -r "$1" -o "$preference" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -Y "$2" -T fields "${fields[@]}" 2>"$work/tshark.log" || { cat "$work/tshark.log" >&2; return 1; }
}
fail() { echo "$*" >&2; exit 1; }
rows() { grep -c "$1" "$exports/lab.csv"; }

capture=$exports/lab.pcapng
wrong='_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0'
# In a capture that is whole there is nothing to warn of either.
bad=$(tshark_says "$capture" "$wrong || _ws.expert.severity >= 0x600000" frame.number _ws.expert.message)
bad+=$(tshark_says "$exports/part.pcapng" "$wrong" frame.number _ws.expert.message)
[ -z "$bad" ] || fail "tshark complains of packets: $bad"
requests=$(tshark_says "$capture" http.request http.request.uri | wc -l)
[ "$requests" -eq "$(rows ',up,request,')" ] || fail "tshark sees $requests requests"
frames=$(tshark_says "$capture" websocket websocket.opcode | tr ',' '\n' | wc -l)
[ "$frames" -eq "$(rows ',ws_')" ] || fail "tshark sees $frames WebSocket frames"
# An event stream may have no end to wait for.
preference=http.desegment_body:FALSE
streams=$(tshark_says "$capture" 'http.content_type contains "text/event-stream"' frame.number | wc -l)
[ "$streams" -eq "$(rows ',sse,down,response,200 OK,true,')" ] || fail "tshark sees $streams event streams"
preference=http.desegment_body:TRUE
named=$(tshark_says "$capture" 'frame.comment contains "WebSocket: text frame, event 1: "' websocket.payload | wc -l)
[ "$named" -eq 1 ] || fail "$named comments name event 1's frame"
resets=$(tshark_says "$exports/reset.pcapng" 'tcp.flags.reset == 1' tcp.stream)
[ "$(wc -l <<<"$resets")" -eq 2 ] && [ "$(sort -u <<<"$resets" | wc -l)" -eq 1 ] \
    || fail "tshark sees resets of connections ${resets//$'\n'/ }"
both=$(tshark_says "$exports/reset.pcapng" "tcp.flags.fin == 1 && tcp.stream == ${resets%%$'\n'*}" frame.number)
[ -z "$both" ] || fail "a connection that was reset is finished too"
[ -z "$(tshark_says "$exports/empty.pcapng" frame frame.number)" ] || fail "an empty capture has packets"
echo "tshark: $requests requests, $frames WebSocket frames, nothing malformed"

cp "$here/check.mjs" "$work/"
node "$work/check.mjs" "$exports" "$work/browser"
