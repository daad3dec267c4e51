#!/usr/bin/env bash
# aws.sh PATH_TO_BINARY: policies, trust policies, templates and modules of deploy/aws, by the tools that
# requirements-aws.txt lists, in a virtual environment of their own. Then the same with errors planted, which must be found.
set -euo pipefail
cd "$(dirname "$0")"

tools=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter/aws-$(sha256sum requirements-aws.txt | cut -c1-16)
if [ ! -e "$tools/complete" ]; then
  python3 -m venv --clear "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r requirements-aws.txt
  touch "$tools/complete"
fi
# parliament uses what setuptools will do away with, and setuptools says so.
exec "$tools/bin/python" -W ignore::UserWarning aws/check.py "$1"
