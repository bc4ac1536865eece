#!/bin/sh
# krew/archive.sh <archive>: the npm package with what it needs at run time, for kubectl plugins. After `npm run build`.
set -eu
archive=$(realpath "$1")
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
npm pack --silent --pack-destination "$work" > /dev/null
tar -xzf "$work"/prescale-*.tgz -C "$work"
cp package-lock.json .npmrc "$work/package/"
# Optional packages are built for one platform; all of them have a fallback in JavaScript.
(cd "$work/package" && npm ci --silent --omit=dev --omit=optional --omit=peer --ignore-scripts)
rm "$work/package/package-lock.json" "$work/package/.npmrc"
chmod 755 "$work/package/dist/cli/main.js"
tar --sort=name --owner=0 --group=0 --numeric-owner -C "$work" -czf "$archive" package
