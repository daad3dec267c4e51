#!/usr/bin/env bash
# The rules, their tests, and the configurations of Prometheus and Alertmanager, by the tools of three Debian suites, which
# it fetches into a cache. Then the same with errors planted, which must be found.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter/debian
# With Prometheus 2.42, 2.53 and 3.5, and Alertmanager 0.25, 0.28 and 0.33. Testing moves on: that is no failure.
suites=(bookworm trixie forky)

# Who is told of an alert, besides `record`, which is told of each.
routes='
page        severity=critical alertname=AwsRootMfaOff account_id=1
page        severity=critical alertname=AwsRootTrailStopped account_id=1 trail=main home_region=us-east-1
page        severity=critical alertname=AwsRootCloudTrailOff account_id=1
page        severity=critical alertname=AwsRootTrailDeliveryFailing account_id=1 trail=main home_region=us-east-1
page        severity=critical alertname=AwsRootAccountUnreachable account_id=1
page        severity=critical alertname=AwsRootExporterDown job=root instance=a
page-event  severity=critical alertname=AwsRootLogin account_id=1 event_time=now
page-event  severity=critical alertname=AwsRootAccessKeyUsed account_id=1 key=1 event_time=now
chat        severity=warning alertname=AwsRootExporterRestarting job=root instance=a
chat        severity=warning alertname=AwsRootCollectorFailing account_id=1 collector=iam
chat        severity=warning alertname=AwsRootTrailDeliveryOld account_id=1 trail=main home_region=us-east-1
chat        severity=warning alertname=AwsRootDataMissing account_id=1 data=mfa_enabled
chat        severity=warning alertname=AwsRootDataOld account_id=1 collector=iam
chat        severity=warning alertname=AwsRootCheckUnknown account_id=1 check=root-mfa
chat        severity=warning alertname=AwsRootAccountMissing account_id=1
chat        severity=warning alertname=AwsRootScpRemoved account_id=1
chat        severity=warning alertname=AwsRootCentralAccessOff organization_id=o-example feature=root_sessions
chat-event  severity=warning alertname=AwsRootWriteActivity account_id=1 event_time=now
digest      severity=info alertname=AwsRootReadActivity account_id=1 event_time=now
digest      severity=info alertname=AwsRootCheckFailing account_id=1 check=root-scp
'

# Each of these fires in two accounts. The receiver, how many notifications it gets, and what they are grouped by.
groups='
page        1 alertname                        severity=critical alertname=AwsRootCloudTrailOff
page        1 alertname                        severity=critical alertname=AwsRootTrailStopped trail=main
page        1 alertname                        severity=critical alertname=AwsRootTrailDeliveryFailing trail=main
page        1 alertname                        severity=critical alertname=AwsRootAccountUnreachable
page        2 account_id                       severity=critical alertname=AwsRootMfaOff
page-event  2 account_id,alertname,event_time  severity=critical alertname=AwsRootLogin event_time=now
chat        1 alertname                        severity=warning alertname=AwsRootTrailDeliveryOld trail=main
chat        1 alertname                        severity=warning alertname=AwsRootCollectorFailing collector=iam
chat        1 alertname                        severity=warning alertname=AwsRootDataMissing data=mfa_enabled
chat        1 alertname                        severity=warning alertname=AwsRootDataOld collector=iam
chat        1 alertname                        severity=warning alertname=AwsRootCheckUnknown check=root-mfa
chat        1 alertname                        severity=warning alertname=AwsRootAccountMissing
chat        1 alertname                        severity=warning alertname=AwsRootScpRemoved
chat        2 account_id                       severity=warning alertname=AwsRootSecurityContactMissing
digest      1 severity                         severity=info alertname=AwsRootCheckFailing check=root-scp
'

# Alerts that fire together; those that are silenced are marked with a dash.
about_accounts='
  AwsRootAccountUnreachable account_id=1
- AwsRootCollectorFailing account_id=1 collector=iam
- AwsRootDataMissing account_id=1 data=mfa_enabled
- AwsRootCheckUnknown account_id=1 check=root-mfa
  AwsRootLogin account_id=1 event_time=now
  AwsRootAccountMissing account_id=2
- AwsRootDataOld account_id=2 collector=iam
- AwsRootCredentialReportOld account_id=2
  AwsRootCollectorFailing account_id=3 collector=iam
- AwsRootDataOld account_id=3 collector=iam
  AwsRootDataOld account_id=3 collector=cloudtrail
  AwsRootCloudTrailOff account_id=3
- AwsRootTrailStopped account_id=3 trail=main
  AwsRootLoginWithoutMfa account_id=3 event_time=now
  AwsRootTrailStopped account_id=4 trail=main
  AwsRootMfaOff account_id=4
- AwsRootCheckFailing account_id=4 check=root-hardware-mfa
  AwsRootScpRemoved account_id=4
- AwsRootCheckFailing account_id=4 check=root-scp
  AwsRootCheckFailing account_id=4 check=iam-users-mfa
  AwsRootCredentialsRestored account_id=4
- AwsRootCheckFailing account_id=4 check=root-credentials-removed
  AwsRootCentralAccessOff feature=root_sessions organization_id=o-example
'
about_exporters='
  AwsRootExporterDown instance=a job=root
- AwsRootExporterAbsent
- AwsRootNoAccounts
- AwsRootAccountMissing account_id=5
- AwsRootDataMissing account_id=6 data=mfa_enabled
- AwsRootDataOld account_id=6 collector=iam
- AwsRootCredentialReportOld account_id=6
  AwsRootMfaOff account_id=6
  AwsRootThrottled service=iam
'
# One of two exporters is down; the other watches account 6.
about_one_exporter='
  AwsRootExporterDown instance=a job=root
- AwsRootAccountMissing account_id=5
  AwsRootDataMissing account_id=6 data=mfa_enabled
  AwsRootDataOld account_id=6 collector=iam
  AwsRootCredentialReportOld account_id=6
  AwsRootMfaOff account_id=6
'

work=$(mktemp -d)
# shellcheck disable=SC2046
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*" >&2
  return 1
}
# Runs a command; shows what it said if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }; }

# The steps, each for the tools in $bin and the tree in $1.
rules() { quietly "$bin/promtool" check rules --lint=all --lint-fatal "$1"/deploy/prometheus/rules/*.yml; }
tests() { quietly "$bin/promtool" test rules "$1"/tests/alerts/*.yml; }
prometheus() { quietly "$bin/promtool" check config --lint=all --lint-fatal "$1/deploy/prometheus/prometheus.yml"; }
alertmanager() { quietly "$bin/amtool" check-config "$1/deploy/prometheus/alertmanager.yml"; }
routing() {
  local receiver labels
  while read -r receiver labels; do
    # shellcheck disable=SC2086
    [ -z "$receiver" ] || quietly "$bin/amtool" config routes test --config.file="$1/deploy/prometheus/alertmanager.yml" \
      --verify.receivers="record,$receiver" $labels || return 1
  done <<<"$routes"
}
inhibition() {
  silences "$1" "$about_accounts" && silences "$1" "$about_exporters" && silences "$1" "$about_one_exporter"
}
# Starts a real Alertmanager, which tells nobody. Its process is $pid.
start() {
  rm -rf "$work/data"
  "$bin/prometheus-alertmanager" --config.file="$1" --storage.path="$work/data" \
    --cluster.listen-address= --web.listen-address="127.0.0.1:$port" >"$work/alertmanager.log" 2>&1 &
  pid=$!
  for _ in {1..100}; do
    if "$bin/amtool" "${am[@]}" alert query >/dev/null 2>&1; then return; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/alertmanager.log" >&2
  fail "Alertmanager does not start"
}
stop() {
  kill "$pid"
  wait "$pid" 2>/dev/null || true
}
# Gives it the routes, and looks how it groups alerts.
grouping() {
  local receiver labels account wanted is
  {
    sed -n '/^route:/,/^inhibit_rules:/{/^inhibit_rules:/!p}' "$1/deploy/prometheus/alertmanager.yml"
    echo 'receivers:'
    sed -n '/^receivers:/,$s/^  - name: /- name: /p' "$1/deploy/prometheus/alertmanager.yml"
  } >"$work/grouping.yml"
  start "$work/grouping.yml" || return 1
  while read -r receiver _ _ labels; do
    # shellcheck disable=SC2086
    for account in $([ -z "$receiver" ] || echo 1 2); do
      quietly "$bin/amtool" "${am[@]}" alert add $labels account_id=$account || return 1
    done
  done <<<"$groups"
  wanted=$(sed -En 's/^(\S+) +(\S+) +(\S+) .*alertname=(\S+).*/\4 \1 \2 \3/p' <<<"$groups" | sort)
  for _ in {1..50}; do
    is=$(python3 - "http://127.0.0.1:$port/api/v2/alerts/groups" <<'END' | sort
import collections, json, sys, urllib.request
found = collections.Counter()
for group in json.load(urllib.request.urlopen(sys.argv[1])):
    receiver, by = group["receiver"]["name"], ",".join(sorted(group["labels"]))
    for alert in {alert["labels"]["alertname"] for alert in group["alerts"]}:
        found[alert, receiver, by] += receiver != "record"
for (alert, receiver, by), count in found.items():
    if count:
        print(alert, receiver, count, by)
END
    )
    if [ "$is" = "$wanted" ]; then break; fi
    sleep 0.1
  done
  stop
  [ "$is" = "$wanted" ] || { diff <(echo "$wanted") <(echo "$is") >&2; fail "not the groups that should be"; }
}
# Gives it the rules of inhibition, and looks which alerts are silenced.
silences() {
  local alert wanted is
  {
    echo 'route: {receiver: nobody}'
    echo 'receivers: [{name: nobody}]'
    sed -n '/^inhibit_rules:/,/^receivers:/{/^receivers:/!p}' "$1/deploy/prometheus/alertmanager.yml"
  } >"$work/inhibition.yml"
  start "$work/inhibition.yml" || return 1
  while read -r alert; do
    # shellcheck disable=SC2086
    [ -z "$alert" ] || quietly "$bin/amtool" "${am[@]}" alert add ${alert#- } || return 1
  done <<<"$2"
  wanted=$(sed -n 's/^- //p' <<<"$2" | sort)
  # They are looked at one after the other.
  for _ in {1..50}; do
    is=$("$bin/amtool" "${am[@]}" alert query --inhibited --output=json | python3 -c '
import json, sys
for alert in json.load(sys.stdin):
    if alert["status"]["state"] == "suppressed":
        labels = alert["labels"]
        print(" ".join([labels.pop("alertname")] + [f"{name}={labels[name]}" for name in sorted(labels)]))' | sort)
    if [ "$is" = "$wanted" ]; then break; fi
    sleep 0.1
  done
  stop
  [ "$is" = "$wanted" ] || { diff <(echo "$wanted") <(echo "$is") >&2; fail "not the alerts that should be are silenced"; }
}

port=$((20000 + RANDOM % 10000))
am=(--alertmanager.url="http://127.0.0.1:$port")
done=0 tried=0
for suite in "${suites[@]}"; do
  packages=(prometheus prometheus-alertmanager)
  [ "$suite" = bookworm ] || packages+=(promtool)
  [ -e "$cache/$suite" ] || tests/tools/unpack-debs.sh "$suite" "$cache/$suite" "${packages[@]}"
  bin=$cache/$suite/usr/bin
  # What does not start is missing.
  promtool=$("$bin/promtool" --version 2>&1 | sed -n '1s/ (.*//p' || true)
  amtool=$("$bin/amtool" --version 2>&1 | sed -n '1s/ (.*//p' || true)
  [[ $promtool = *version* && $amtool = *version* ]] || fail "no tools of $suite"
  printf '%-9s %s, %s:' "$suite" "$promtool" "$amtool"
  for step in rules tests prometheus alertmanager routing grouping inhibition; do
    "$step" .
    printf ' %s' "$step"
    tried=$((tried + 1))
  done
  echo
  done=$((done + 1))
done

# planted STEP FILE SED: the step fails once the file is so changed.
planted() {
  rm -rf "$work/tree"
  mkdir -p "$work/tree/tests"
  cp -r deploy "$work/tree"
  cp -r tests/alerts "$work/tree/tests"
  sed -i "$3" "$work/tree/$2"
  ! cmp -s "$2" "$work/tree/$2" || fail "nothing planted in $2"
  if "$1" "$work/tree" 2>/dev/null; then fail "$1 does not see: $3"; fi
  planted=$((planted + 1))
}
planted=0
planted rules deploy/prometheus/rules/credentials.yml '0,/expr:/s//exprr:/'
planted rules deploy/prometheus/rules/activity.yml '0,/max by (/s//max by ((/'
planted tests deploy/prometheus/rules/credentials.yml 's/aws_root_mfa_enabled/aws_root_mfa_enable/'
planted tests tests/alerts/logging.yml 's/aws_root_cloudtrail_enabled/aws_root_cloudtrail_enable/'
planted tests deploy/prometheus/rules/activity.yml 's/max by (account_id)/max by (account_id, instance)/'
planted tests deploy/prometheus/rules/recording.yml 's/^            unless$/            or/'
planted tests deploy/prometheus/rules/recording.yml 's/last_over_time(aws_root:check_failing_since:timestamp\[1h\])/aws_root:check_failing_since:timestamp/'
planted tests deploy/prometheus/rules/exporter.yml 's/count(last_over_time(aws_root_exporter_build_info\[10m\]))/count(aws_root_exporter_build_info)/'
planted tests deploy/prometheus/rules/exporter.yml 's/group by (account_id) (last_over_time(aws_root_account_info\[10m\]))/group by (account_id) (aws_root_account_info)/'
planted tests deploy/prometheus/rules/exporter.yml '/alert: AwsRootExporterAbsent/,/for:/s/for: 5m/for: 15m/'
planted tests deploy/prometheus/rules/exporter.yml 's/and on (job, instance) ALERTS{/unless on (job, instance) ALERTS{/'
planted tests deploy/prometheus/rules/exporter.yml 's/ALERTS{alertname="AwsRootExporterRestarting".*}/present_over_time(&[30m])/'
planted prometheus deploy/prometheus/prometheus.yml 's/^rule_files:/rule_fils:/'
planted alertmanager deploy/prometheus/alertmanager.yml 's/receiver: digest/receiver: digests/'
planted routing deploy/prometheus/alertmanager.yml 's/severity="info"/severity="notice"/'
planted grouping deploy/prometheus/alertmanager.yml 's/|AwsRootTrailStopped//'
planted inhibition deploy/prometheus/alertmanager.yml 's/equal: \[account_id, collector\]/equal: [account_id]/'
planted inhibition deploy/prometheus/alertmanager.yml 's/AwsRootExporterAbsent|AwsRootNoAccounts"/AwsRootExporterDown|&/'

count() { grep -c "$1" "${@:2}" | awk -F: '{n += $NF} END {print n}'; }
printf '%s alerts, %s recorded series, %s tests, %s routes: %s steps with %s suites; %s planted errors found\n' \
  "$(count '  - alert: ' deploy/prometheus/rules/*.yml)" "$(count '  - record: ' deploy/prometheus/rules/*.yml)" \
  "$(count '^  - name: ' tests/alerts/*.yml)" "$(count . - <<<"$routes")" "$tried" "$done" "$planted"
