#!/usr/bin/env bash
# aws.sh PATH_TO_BINARY: policies, trust policies, templates and modules of deploy/aws, by the tools that
# requirements-aws.txt lists, in a virtual environment of their own. Then mutations, which must be found.
set -euo pipefail
cd "$(dirname "$0")"

tools=$(../tools/venv.sh aws requirements-aws.txt)
# parliament uses what setuptools will do away with, and setuptools says so.
exec "$tools/bin/python" -W ignore::UserWarning aws/check.py "$1"
