#!/usr/bin/env bash
# Base images for a machine that reaches no image registry: Debian's packages by mmdebstrap, Node and npm from their npm packages.
# One to build on, as node:24-bookworm-slim has it (Node, npm, a shell), and one to run on, as distroless/cc has it (glibc, libstdc++,
# certificate authorities, no shell). Prints NODE_IMAGE=… and RUNTIME_IMAGE=…, each by its digest. Wants the variables of storage.sh.
set -euo pipefail
cd "$(dirname "$0")"

debian=bookworm
npm=11.21.2
node=$(../node-package.sh 24)
label=$(basename "$node")-npm-$npm
# /bin/sh is a link that dash's own script would make; extracted packages run none.
build=libc6,libstdc++6,libgcc-s1,dash,bash,coreutils,findutils,sed,grep,base-files
runtime=libc6,libstdc++6,libgcc-s1,ca-certificates,netbase,tzdata,base-files
say() { echo "[base images] $* (${SECONDS} s)" >&2; }

# An image of one layer: the root file system in $2.
image() {
  local name=$1 root=$2 container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$root" / >/dev/null
  buildah commit --quiet --rm "$container" "$name" >/dev/null
}

name() { echo "localhost/prescale-$1:$label"; }
by_digest() { echo "localhost/prescale-$1@$(buildah inspect --type image --format '{{.FromImageDigest}}' "$(name "$1")")"; }

has() { buildah inspect --type image "$(name "$1")" >/dev/null 2>&1; }
if ! has base || ! has runtime; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  say "Debian $debian"
  # shellcheck disable=SC2016 # mmdebstrap's own variable
  mmdebstrap --quiet --variant=extract --include=$build --customize-hook='ln -sf dash "$1/bin/sh"' $debian "$work/base" >&2
  mmdebstrap --quiet --variant=extract --include=$runtime $debian "$work/runtime" >&2
  say 'Node and npm'
  prefix=$work/base/usr/local
  mkdir -p "$prefix/bin" "$prefix/lib/node_modules/npm"
  cp "$node/bin/node" "$prefix/bin/node"
  tarball=$(cd "$work" && npm pack --silent "npm@$npm")
  tar -xzf "$work/$tarball" -C "$prefix/lib/node_modules/npm" --strip-components=1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$prefix/bin/npm"
  say 'committing'
  image "$(name base)" "$work/base"
  image "$(name runtime)" "$work/runtime"
  say 'complete'
fi
echo "NODE_IMAGE=$(by_digest base)"
echo "RUNTIME_IMAGE=$(by_digest runtime)"
