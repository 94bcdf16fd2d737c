#!/usr/bin/env bash
# Clients that others wrote against `wirelab serve`, and a server that others wrote against `wirelab listen`:
# curl, Python's websockets, httpx-sse and aiohttp, Node's ws, eventsource and undici, headless Chromium.
# Installs those that are not there; Python's and Node's packages go to a temporary folder.
#
#     tests/clients/check.sh          WIRELAB_BIN names the program, else target/release/wirelab
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/clients
export WIRELAB_BIN=${WIRELAB_BIN:-$PWD/target/release/wirelab}
work=$(mktemp -d)
stop() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work" || true
}
trap stop EXIT

. tests/support/install.sh
need 'command -v curl' curl
need 'command -v node' nodejs
need 'command -v npm' npm
need 'command -v chromium' chromium fonts-dejavu-core
need 'python3 -c "import ensurepip, venv"' python3 python3-venv
python3 -m venv "$work/venv"
patiently "$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    websockets==17.4 httpx==0.28.1 httpx-sse==0.4.3 aiohttp==3.14.5
patiently npm install --silent --no-audit --no-fund --prefix "$work" ws@8.23.0 eventsource@3.0.7 undici@6.29.1
cp "$here"/*.mjs "$work/"

[ -x "$WIRELAB_BIN" ] || { echo "no program at $WIRELAB_BIN: build it, or name another in WIRELAB_BIN" >&2; exit 1; }
"$WIRELAB_BIN" serve --listen 127.0.0.1:0 --feed regular:10 --delay 5ms --hold 2s --sse-comment-every 1s \
    --ping-every 1s --ping-timeout 5s >"$work/address" &
server=$!
for _ in $(seq 100); do
    [ -s "$work/address" ] && break
    sleep 0.1
done
url=$(head -n 1 "$work/address")

# Every check is a line: PASS or FAIL, its name, what was expected and what came.
check() { # name, pattern of bash that must match, what came
    # shellcheck disable=SC2053 # a pattern is meant
    if [[ $3 == $2 ]]; then
        echo "PASS $1"
    else
        printf 'FAIL %s: expected %q, got %q\n' "$1" "$2" "$3"
    fi
}
# A program whose own checks are lines of its output; it has to end by itself and cleanly.
program() { # name, command
    local code=0
    timeout 180 "${@:2}" 2>"$work/errors" || code=$?
    check "$1 ran to the end" 0 "$code"
    [ "$code" -eq 0 ] || sed 's/^/    /' "$work/errors"
}

curls() {
    local get=(curl -sS --max-time 10) head body
    head=$("${get[@]}" -I "$url/now")
    check "curl -I is answered with a head" 'HTTP/1.1 200 OK*content-type: application/json*' "$head"
    head=$("${get[@]}" -o /dev/null -w '%{http_code} %{size_download}' -I "$url/poll?since=0")
    check "curl -I gets no body" '200 0' "$head"
    body=$("${get[@]}" -o /dev/null -o /dev/null -w '%{http_code} %{num_connects}\n' "$url/now" "$url/poll?since=0")
    check "curl with two URLs keeps its connection" $'200 1\n200 0' "$body"
    body=$(curl -sSN --max-time 2 "$url/events" 2>/dev/null || true)
    check "curl -N shows events as they come" $'id: *\ndata: {"id":*,"text":"*"}\n\nid: *' "$body"
    body=$("${get[@]}" "$url/poll?since=0")
    check "curl polls" '\[*{"id":*,"text":"*"}]' "$body"
    body=$("${get[@]}" -d hello "$url/say?from=sse")
    check "curl posts" '{"received":1}' "$body"
    body=$("${get[@]}" -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$url/now")
    check "curl with a foreign Host is refused" 421 "$body"
    body=$("${get[@]}" -o /dev/null -w '%{http_code}' -H 'Origin: http://evil.example' "$url/now")
    check "curl with a foreign Origin is refused" 403 "$body"
    body=$("${get[@]}" -o /dev/null -w '%{http_code}' "$url/nothing")
    check "curl is told where nothing is" 404 "$body"
}

{
    curls
    program "the Python clients" "$work/venv/bin/python" "$here/clients.py" "$url"
    program "the Node clients" node "$work/clients.mjs" "$url"
    program "the browser" node "$work/browser.mjs" "$url" "$work/profile"
    program "listening to a Node server" node "$work/server.mjs"
} | tee "$work/results"

passed=$(grep -c '^PASS ' "$work/results" || true)
failed=$(grep -c '^FAIL ' "$work/results" || true)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
