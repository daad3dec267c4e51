#!/usr/bin/env bash
# draw.sh PROGRAM FOLDER [WORLD...]: records a day of history of each world (demo), has Prometheus evaluate the recording rules
# over it, and draws every dashboard of it into the folder, in headless Chromium by Grafana's own packages. Fails if a
# query fails, a panel shows nothing, or a table has other columns than it should.
# Needs node, npm, Prometheus with promtool, Chromium, and a Python (PYTHON) with tests/requirements.txt; takes 450 MB of the
# cache once.
set -euo pipefail
program=$(realpath "$1") folder=$(realpath -m "$2")
cd "$(dirname "$0")"
worlds=("${@:3}")
[ ${#worlds[@]} -gt 0 ] || worlds=(demo)

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter/draw-$(cat draw/* | sha256sum | cut -c1-16)
if [ ! -e "$cache/complete" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  cp draw/* "$cache"
  (cd "$cache" && npm ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund --silent && node build.mjs)
  touch "$cache/complete"
fi

mkdir -p "$folder"
work=$(mktemp -d)
trap 'kill "${pid:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
port=$((20000 + RANDOM % 10000))
prometheus() {
  command prometheus --config.file=/dev/null --storage.tsdb.path="$work/blocks" --storage.tsdb.retention.time=30d \
    --web.listen-address="127.0.0.1:$port" 2>"$work/log" &
  pid=$!
  until curl -fs "http://127.0.0.1:$port/-/ready" >/dev/null; do
    kill -0 "$pid" || { cat "$work/log" >&2; exit 1; }
    sleep 0.2
  done
}
stop() {
  kill "$pid"
  wait "$pid" || true
}

# The history has the series that goes on from itself; promtool evaluates hours apart from each other.
awk '/- record:/ { skip = /check_failing_since/ } !skip' ../../deploy/prometheus/rules/recording.yml >"$work/rules.yml"
failed=0
for world in "${worlds[@]}"; do
  "${PYTHON:-python3}" history.py "$world" "$work/blocks" --binary "$program"
  prometheus
  now=$(date +%s)
  promtool tsdb create-blocks-from rules --url "http://127.0.0.1:$port" --start $((now - 86400)) --end $((now + 600)) \
    --eval-interval 4m --output-dir "$work/blocks" "$work/rules.yml" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  stop
  prometheus
  # What is worst is what is looked at.
  account=$(curl -fs "http://127.0.0.1:$port/api/v1/query" --data-urlencode 'query=bottomk(1, min by (account_id) (aws_root_posture_score_ratio))' |
    sed -E 's/.*"account_id":"([0-9]+)".*/\1/')
  for dashboard in fleet account exporter; do
    (cd "$cache" && RANGE=24h SCRAPE_INTERVAL=$([ "$world" = two-hundred ] && echo 240s || echo 60s) node draw.mjs \
      "$folder/$world-$dashboard" "$OLDPWD/../../dashboards/$dashboard.json" "http://127.0.0.1:$port" "account=$account") || failed=1
  done
  stop
done
exit $failed
