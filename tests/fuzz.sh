#!/usr/bin/env bash
# Fuzzes each parser under libFuzzer for as many seconds (60), or those that are named: tests/fuzz.sh [SECONDS [TARGET]...]. Needs
# nightly Rust and cargo-fuzz, and says so where they are missing. Inputs that fail stay in fuzz/artifacts. New inputs are kept in
# the cache, not in the committed corpus.
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
# No unsafe code that a sanitizer could watch, and many times as fast without one.
cargo +nightly fuzz build --sanitizer none
if [ "${#targets[@]}" = 0 ]; then
  all=$(cargo +nightly fuzz list)
  mapfile -t targets <<<"${all:?there are no targets}"
fi
programs=$CARGO_TARGET_DIR/$(rustc +nightly -vV | sed -n 's/^host: //p')/release

# Runs one target and prints its result at its end. The program itself, as `cargo fuzz run` would check the build again each time.
fuzz() {
  local found=$cache/corpus/$1
  mkdir -p "$found" "artifacts/$1"
  "$programs/$1" -artifact_prefix="artifacts/$1/" "$found" "corpus/$1" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 >"$found.log" 2>&1 || true
  rmdir --ignore-fail-on-non-empty "artifacts/$1"
  local result='ERROR|panicked|stat::(number_of_executed_units|peak_rss_mb)|Test unit|assertion|left:|right:'
  printf '== %s\n%s\n' "$1" "$(grep -E "$result" "$found.log")"
  # The exit code alone does not say how it ended, nor whether it began.
  if grep -qE 'ERROR: |SUMMARY: ' "$found.log" || ! grep -q 'stat::number_of_executed_units' "$found.log"; then
    tail -n 40 "$found.log"
    echo "failed: see $found.log and fuzz/artifacts/$1"
    return 1
  fi
}
export -f fuzz
export cache seconds programs
# As many at once as there are cores.
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I {} bash -c 'fuzz {}'
