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
if [ "${#targets[@]}" = 0 ]; then
  all=$(cargo +nightly fuzz list)
  mapfile -t targets <<<"${all:?there are no targets}"
fi

# As many at once as there are cores; what each has to say comes at its end.
fuzz() {
  local found=$cache/corpus/$1
  mkdir -p "$found"
  cargo +nightly fuzz run --sanitizer none "$1" "$found" "corpus/$1" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 >"$found.log" 2>&1 || true
  local told='ERROR|panicked|stat::(number_of_executed_units|peak_rss_mb)|Test unit|assertion|left:|right:'
  printf '== %s\n%s\n' "$1" "$(grep -E "$told" "$found.log")"
  # How it ended is not told by its exit alone, nor whether it began.
  if grep -qE 'ERROR: |SUMMARY: ' "$found.log" || ! grep -q 'stat::number_of_executed_units' "$found.log"; then
    tail -n 40 "$found.log"
    echo "failed: see $found.log and fuzz/artifacts/$1"
    return 1
  fi
}
export -f fuzz
export cache seconds
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I {} bash -c 'fuzz {}'
