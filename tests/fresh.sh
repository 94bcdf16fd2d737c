#!/usr/bin/env bash
# Every property test with fresh cases, unlike `cargo test`, whose cases are the same everywhere.
# usage: tests/fresh.sh [SEED [CASES]]; a run that fails is made again by its seed.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${1:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
cases=${2:-20000}
mapfile -t suites < <(grep -rl 'proptest!' tests --include='*.rs' | sed -E 's,^tests/([^/.]+).*,\1,' | sort -u)

echo "property tests of src and ${suites[*]}: $cases cases each, seed $seed"
if ! PROPTEST_RNG_SEED=$seed PROPTEST_CASES=$cases cargo test --lib "${suites[@]/#/--test=}"; then
    echo "a property failed: its smallest input is above; again with tests/fresh.sh $seed $cases" >&2
    exit 1
fi
echo "every property held in $cases fresh cases, seed $seed"
