#!/usr/bin/env bash
# The Helm chart and the plain manifests, by the real Helm engine, kustomize, and the schemas of Kubernetes and of the
# Prometheus operator; then mutations, which must be found. kubernetes.sh PATH_TO_BINARY.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter
# An environment of its own: Helm's engine alone takes 250 MB.
tools=$(tests/tools/venv.sh kubernetes tests/deploy/requirements-kubernetes.txt)
if ! command -v kubectl >/dev/null; then
  [ -e "$cache/debian/kubectl" ] || tests/tools/unpack-debs.sh trixie "$cache/debian/kubectl" kubectl
  PATH=$PATH:$cache/debian/kubectl/usr/bin
fi
PYTHONDONTWRITEBYTECODE=1 exec "$tools/bin/python" tests/deploy/kubernetes.py "$@"
