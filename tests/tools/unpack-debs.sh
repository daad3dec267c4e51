#!/usr/bin/env bash
# unpack-debs.sh SUITE DIRECTORY PACKAGE...: fetches packages of a Debian suite and unpacks them into a directory. Nothing
# is installed, and apt's own lists stay as they are.
set -euo pipefail
suite=$1 into=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache/archives}/partial "$work/debs"

# The mirror that this machine uses, if it is a Debian.
# shellcheck disable=SC2016 # for apt-get to expand
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -m 1 '/debian/*$') || mirror=http://deb.debian.org/debian
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
cat >"$work/apt.conf" <<EOF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$work/lists";
// Nothing is installed, so that what is here and newer is not wanted in its stead.
Dir::State::Status "/dev/null";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
EOF
# apt would fetch as another user, who cannot write here.
[ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";' >>"$work/apt.conf"
export APT_CONFIG=$work/apt.conf

apt-get update -qq
(cd "$work/debs" && apt-get download -qq "$@")
mkdir -p "$(dirname "$into")"
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
# At once, so that a half is never taken for the whole.
rm -rf "$into"
mv "$work/root" "$into"
