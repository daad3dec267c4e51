#!/usr/bin/env bash
# What surrounds the program where there is no Kubernetes, by the tools that requirements-standalone.txt lists, in a virtual
# environment of their own.
set -euo pipefail
cd "$(dirname "$0")"

tools=$(../tools/venv.sh standalone requirements-standalone.txt)
exec "$tools/bin/python" standalone.py
