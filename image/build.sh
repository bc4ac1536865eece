#!/usr/bin/env bash
# npm run image: builds the image with buildah or docker, whichever is there. See USAGE.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(node -p 'require("./package.json").version')
usage="npm run image [-- options]: builds the container image.

  --tag NAME             what it is called; repeatable (default prescale:$version)
  --node-image IMAGE     Node and npm to build with (default node:24-bookworm-slim)
  --runtime-image IMAGE  glibc and libstdc++ to run on (default gcr.io/distroless/cc-debian12)
  --ca FILE              certificate authorities (PEM) to trust while packages are fetched
  --native               with native TensorFlow, 580 MB
  --engine NAME          buildah or docker (default: buildah where it is installed, else docker)

A base image that is given by a tag is looked up, and its digest used. Anything else goes to the engine's build as it is:
npm run image -- --platform linux/amd64,linux/arm64 --push
"

fail() {
  echo "image: $*" >&2
  exit 2
}

node_image=node:24-bookworm-slim
runtime_image=gcr.io/distroless/cc-debian12
engine=
tags=()
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --help)
      printf '%s' "$usage"
      exit
      ;;
    --native) options+=(--build-arg NATIVE_TFJS=true) ;;
    --tag | --node-image | --runtime-image | --ca | --engine)
      [ $# -gt 1 ] || fail "found $1 without a value; npm run image -- --help shows what it takes"
      case $1 in
        --tag) tags+=(--tag "$2") ;;
        --node-image) node_image=$2 ;;
        --runtime-image) runtime_image=$2 ;;
        --ca)
          [ -f "$2" ] || fail "--ca: $2 is no file; expected certificates in PEM"
          options+=(--secret "id=ca,src=$2")
          ;;
        --engine) engine=$2 ;;
      esac
      shift
      ;;
    *) options+=("$1") ;;
  esac
  shift
done

if [ -z "$engine" ]; then
  if command -v buildah >/dev/null; then
    engine=buildah
  elif docker info >/dev/null 2>&1; then
    engine=docker
  else
    fail 'found neither buildah nor a docker that answers; expected one of them (on Debian: apt-get install buildah)'
  fi
fi

# The digest of an image that is given by its tag.
digest() {
  case $engine in
    docker) docker buildx imagetools inspect "$1" --format '{{.Manifest.Digest}}' ;;
    buildah)
      buildah pull --quiet "$1" >/dev/null
      buildah inspect --type image --format '{{.FromImageDigest}}' "$1"
      ;;
  esac
}

by_digest() {
  case $1 in
    *@sha256:*) echo "$1" ;;
    *) echo "$1@$(digest "$1")" ;;
  esac
}

case $engine in
  docker) build=(docker buildx build) ;;
  buildah) build=(buildah build) ;;
  *) fail "--engine: found $engine; expected buildah or docker" ;;
esac
[ ${#tags[@]} -gt 0 ] || tags=(--tag "prescale:$version")
node_image=$(by_digest "$node_image")
runtime_image=$(by_digest "$runtime_image")
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

echo "image: by $engine, from $node_image, on $runtime_image"
exec "${build[@]}" --build-arg "NODE_IMAGE=$node_image" --build-arg "RUNTIME_IMAGE=$runtime_image" \
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "${tags[@]}" "${options[@]}" .
