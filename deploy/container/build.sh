#!/bin/sh
# Makes all that the image holds in the directory $1: one static program, the CA certificates to know AWS by, and a name
# for its user. Linked against glibc, which needs no NSS libraries to resolve names since 2.34.
set -eu
out=$1
target=$(rustc -vV | sed -n 's/^host: //p')
# Relative relocations are a twentieth of its size unless packed; the profile's strip does not reach a package with settings
# of its own.
link='-Wl,-z,pack-relative-relocs'
# Functions that are alike are one; of the linkers that Rust takes by default only that for x86-64 can do that.
case $target in x86_64-*) link="$link,--icf=all" ;; esac
RUSTFLAGS='-C target-feature=+crt-static' cargo rustc --locked --release --bin aws-root-exporter --target "$target" -- \
  -C strip=symbols -C link-arg="$link"
install -D -m 0755 "${CARGO_TARGET_DIR:-target}/$target/release/aws-root-exporter" "$out/aws-root-exporter"
install -D -m 0644 /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/ca-certificates.crt"
echo 'exporter:x:65532:65532::/:' > "$out/etc/passwd"
echo 'exporter:x:65532:' > "$out/etc/group"
