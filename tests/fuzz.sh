#!/usr/bin/env bash
# Each parser under libFuzzer, for as many seconds (60); or those that are named: tests/fuzz.sh [SECONDS [TARGET]...]. Needs
# Rust's nightly and cargo-fuzz, and says so where they are not. What is found stays in fuzz/artifacts; the corpus that is
# committed is added to nowhere but in the cache.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds=${1:-60}
targets=("${@:2}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter
export CARGO_TARGET_DIR=$cache/target-fuzz
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  echo "not fuzzed: that takes 'rustup toolchain install nightly' and 'cargo install cargo-fuzz'"
  exit 0
fi
# There is no unsafe code that a sanitizer could watch, and without one it is many times as fast.
cargo +nightly fuzz build --sanitizer none
[ "${#targets[@]}" != 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)
for target in "${targets[@]}"; do
  found=$cache/corpus/$target
  mkdir -p "$found"
  echo "== $target"
  cargo +nightly fuzz run --sanitizer none "$target" "$found" "corpus/$target" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 2>&1 |
    tee "$found.log" | grep -E 'ERROR|panicked|stat::(number_of_executed_units|peak_rss_mb)|Test unit|assertion|left:|right:' || true
  # The pipe hides how it ended, and whether it began.
  if grep -qE 'ERROR: |SUMMARY: ' "$found.log" || ! grep -q 'stat::number_of_executed_units' "$found.log"; then
    tail -n 40 "$found.log"
    echo "failed: see $found.log and fuzz/artifacts/$target"
    exit 1
  fi
done
