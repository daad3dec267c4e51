#!/usr/bin/env bash
# What surrounds the program where there is no Kubernetes, by the tools that requirements-standalone.txt lists, in a virtual
# environment of their own.
set -euo pipefail
cd "$(dirname "$0")"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter
tools=$cache/standalone-$(sha256sum requirements-standalone.txt | cut -c1-16)
if [ ! -e "$tools/complete" ]; then
  python3 -m venv --clear "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r requirements-standalone.txt
  touch "$tools/complete"
fi
exec "$tools/bin/python" standalone.py
