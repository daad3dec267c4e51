#!/bin/sh
# Writes the contents of the image to the directory $1: one static program, the CA certificates for connections to AWS, and the
# name of the user. The program is linked statically with glibc, which resolves names without NSS libraries since 2.34.
set -eu
out=$1
target=$(rustc -vV | sed -n 's/^host: //p')
# Packed relative relocations make the program 5 % smaller. `strip` of the profile does not apply to packages with their own
# profile settings, so it is passed below.
link='-Wl,-z,pack-relative-relocs'
# Merge identical functions. Of the default linkers of Rust, only the one for x86-64 can do this.
case $target in x86_64-*) link="$link,--icf=all" ;; esac
RUSTFLAGS='-C target-feature=+crt-static' cargo rustc --locked --release --bin aws-root-exporter --target "$target" -- \
  -C strip=symbols -C link-arg="$link"
install -D -m 0755 "${CARGO_TARGET_DIR:-target}/$target/release/aws-root-exporter" "$out/aws-root-exporter"
install -D -m 0644 /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/ca-certificates.crt"
echo 'exporter:x:65532:65532::/:' > "$out/etc/passwd"
echo 'exporter:x:65532:' > "$out/etc/group"
