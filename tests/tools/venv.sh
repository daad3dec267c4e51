#!/usr/bin/env bash
# venv.sh NAME REQUIREMENTS: prints the folder of a Python virtual environment with just these requirements, which it makes in
# the cache if it is not there. What is not complete, or for other requirements, is made anew.
set -euo pipefail

folder=${XDG_CACHE_HOME:-$HOME/.cache}/aws-root-exporter/$1-$(sha256sum "$2" | cut -c1-16)
if [ ! -e "$folder/complete" ]; then
  python3 -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$2" >&2
  touch "$folder/complete"
fi
echo "$folder"
