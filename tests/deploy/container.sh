#!/usr/bin/env bash
# Builds the image as the Containerfile does, except for its first stage: that stage's one command runs here, so that no image
# has to be pulled. Then runs it as its own user, with a read-only root, against the simulator, until SIGTERM. Then runs it without
# CA certificates, which it must report.
set -euo pipefail
cd "$(dirname "$0")/../.."

most=20000000
work=$(mktemp -d)
simulator='' container=exporter-$$
finish() {
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  runc --root "$work/runc" delete --force "$container" >/dev/null 2>&1 || true
  buildah "${store[@]}" rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
store=(--storage-driver vfs --root "$work/store" --runroot "$work/run")
trap finish EXIT
fail() { echo "container: $1" >&2; exit 1; }

# wait_for WHAT COMMAND...: tries once and again for two minutes, unless process $running has ended.
running=
wait_for() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ] || { [ -n "$running" ] && ! kill -0 "$running"; }; then
      cat "$work"/*.log >&2
      fail "waited in vain for $what"
    fi
    sleep 0.1
  done
}

# is WHAT ACTUAL EXPECTED
is() { [ "$2" = "$3" ] || fail "$1 is '$2' and should be '$3'"; }

# What .dockerignore lets through has to be enough for Cargo: each package of the workspace, and its lock file.
mkdir "$work/sources"
sed -n 's/^!//p' .dockerignore | while read -r path; do [ ! -e "$path" ] || cp -r --parents "$path" "$work/sources"; done
(cd "$work/sources" && cargo metadata --quiet --offline --locked --format-version 1 >/dev/null) || fail "the image's context is not complete"

deploy/container/build.sh "$work/context/image"
program=$work/context/image/aws-root-exporter
# Of a program that needs none, ldd says either.
ldd "$program" 2>&1 | grep -qE 'statically linked|not a dynamic executable' || fail "the program is not static"

# The additional context takes the place of the first stage, which nothing else asks for then.
buildah "${store[@]}" bud --quiet --isolation chroot --build-context "build=$work/context" \
  --build-arg REVISION=0123456789ab --file deploy/container/Containerfile --tag localhost/aws-root-exporter:test . >/dev/null
buildah "${store[@]}" push --quiet localhost/aws-root-exporter:test "oci:$work/oci:test" >/dev/null

config() { skopeo inspect --config "oci:$work/oci:test" | python3 -c "import json, sys; print(json.load(sys.stdin)['config']$1)"; }
is "the user" "$(config "['User']")" 65532:65532
is "the entrypoint" "$(config "['Entrypoint']")" "['/aws-root-exporter']"
is "the signal to stop" "$(config "['StopSignal']")" SIGTERM
is "where it listens" "$(config "['Env'][-1]")" "AWS_ROOT_EXPORTER_WEB_LISTEN_ADDRESS=[::]:9816"
is "the port" "$(config "['ExposedPorts']")" "{'9816/tcp': {}}"
is "the revision" "$(config "['Labels']['org.opencontainers.image.revision']")" 0123456789ab
umoci --log=error unpack --image "$work/oci:test" "$work/bundle"
packed=$(du -sb "$work/oci" | cut -f1) size=$(du -sb "$work/bundle/rootfs" | cut -f1)
[ "$size" -lt "$most" ] || fail "the image has $size bytes, over $most"
is "the files" "$(cd "$work/bundle/rootfs" && find . -type f | sort | tr '\n' ' ')" \
  "./aws-root-exporter ./etc/group ./etc/passwd ./etc/ssl/certs/ca-certificates.crt "

# bundle NAME ENVIRONMENT...: how runc is to run it: in this host's network, with nothing that it may do.
bundle() {
  python3 - "$work/bundle/config.json" "$@" <<'PYTHON'
import json, sys

path, *environment = sys.argv[1:]
config = json.load(open(path))
process = config["process"]
process["terminal"] = False
process["env"] = environment
process["capabilities"] = {kind: [] for kind in process["capabilities"]}
process["noNewPrivileges"] = True
config["root"]["readonly"] = True
config["mounts"] = [it for it in config["mounts"] if it["destination"] == "/proc"]
linux = config["linux"]
linux["namespaces"] = [it for it in linux["namespaces"] if it["type"] not in ("network", "cgroup")]
linux.pop("resources", None)
json.dump(config, open(path, "w"))
PYTHON
}

port=$((20000 + RANDOM % 10000))
cat >"$work/world.yaml" <<'YAML'
accounts:
  "111122223333":
    regions: [us-east-1]
    principals: { AKIAIOSFODNN7EXAMPLE: { secret: not-a-secret, name: exporter, policy: { Statement: { Effect: Allow, Action: "*", Resource: "*" } } } }
    root: { password: { changed: -500d }, mfa: [{ kind: virtual }] }
YAML
"$program" simulate --listen 127.0.0.1:0 --scenario "$work/world.yaml" >"$work/simulator.log" &
simulator=$!
wait_for "the simulator" grep -q 'http://.*' "$work/simulator.log"
endpoint=$(grep -o 'http://.*' "$work/simulator.log")

bundle "AWS_ROOT_EXPORTER_WEB_LISTEN_ADDRESS=[::]:$port" "AWS_ENDPOINT_URL=$endpoint" AWS_REGION=us-east-1 \
  AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=not-a-secret
runc --root "$work/runc" run --bundle "$work/bundle" "$container" >"$work/exporter.log" 2>&1 &
running=$!
wait_for "the exporter to be ready" curl -sf --output "$work/ready" "http://127.0.0.1:$port/-/ready"
curl -sf "http://127.0.0.1:$port/metrics" >"$work/metrics" || { cat "$work/exporter.log" >&2; fail "no answer at /metrics"; }
grep -q '^aws_root_mfa_enabled{account_id="111122223333"} 1$' "$work/metrics" || fail "root's MFA is not among the metrics"
pid=$(runc --root "$work/runc" state "$container" | python3 -c "import json, sys; print(json.load(sys.stdin)['pid'])")
is "the process's user" "$(awk '/^Uid:/ { print $2 $3 $4 $5 }' "/proc/$pid/status")" 65532655326553265532
is "what it may do" "$(awk '/^CapEff:/ { print $2 }' "/proc/$pid/status")" 0000000000000000
runc --root "$work/runc" kill "$container" TERM
status=0; wait "$running" || status=$?
is "the exit code after SIGTERM" "$status" 0

rm "$work/bundle/rootfs/etc/ssl/certs/ca-certificates.crt"
bundle "AWS_ROOT_EXPORTER_WEB_LISTEN_ADDRESS=[::]:$port"
status=0; timeout 120 runc --root "$work/runc" run --bundle "$work/bundle" "$container-bare" >"$work/exporter.log" 2>&1 || status=$?
is "the exit code without CA certificates" "$status" 1
grep -q 'CA certificates' "$work/exporter.log" || { cat "$work/exporter.log" >&2; fail "it does not say that CA certificates are missing"; }

echo "image: $size bytes, packed $packed; run as 65532 with a root that is read-only, stopped with 0; without CA certificates it says so"
