#!/usr/bin/env bash
# install.sh [quick]: installs the Debian packages that the tests need and this machine lacks; `quick` those of
# `tests/run.sh quick`. It names them and asks first where a person runs it; without a terminal, or with CI set, it does not ask.
set -euo pipefail

# One line for each package: how to tell that it is there.
has() { command -v "$1" >/dev/null; }
missing=()
need() { "${@:2}" || missing+=("$1"); }

need prometheus has promtool
need prometheus-alertmanager has prometheus-alertmanager
need curl has curl
need openssl has openssl
need iproute2 has ip
need python3-venv python3 -c 'import ensurepip, venv' 2>/dev/null
need libfaketime compgen -G '/usr/lib/*/faketime' >/dev/null
if [ "${1:-}" != quick ]; then
  need systemd has systemd-analyze
  for package in buildah runc skopeo umoci; do need "$package" has "$package"; done
  if ! has chromium; then missing+=(chromium fonts-liberation); fi
fi
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ -t 0 ] && [ -z "${CI:-}" ]; then
  echo "The tests need these Debian packages (no service of theirs has to run): ${missing[*]}"
  read -rp 'Install them with apt-get? [y/N] ' answer
  case $answer in
    [yY]*) ;;
    *) echo "not installed; the tests cannot run without: ${missing[*]}" >&2; exit 1 ;;
  esac
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
