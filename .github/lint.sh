#!/usr/bin/env bash
# npm run lint:workflows: actionlint on the workflows and their shell steps, shellcheck on the project's scripts. actionlint is taken from
# the PATH, or built from its Go module into a cache outside the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.7.7
cache=${PRESCALE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/prescale-test}
# Where the control plane's build put Go, on a machine that has none.
PATH=$cache/actionlint-$version:$PATH:$cache/go/bin
command -v shellcheck >/dev/null || {
  echo 'lint: found no shellcheck; expected it on the PATH (on Debian: apt-get install shellcheck)' >&2
  exit 2
}
if ! command -v actionlint >/dev/null; then
  command -v go >/dev/null || {
    echo 'lint: found neither actionlint nor Go; expected one of them on the PATH' >&2
    exit 2
  }
  GOFLAGS='' GOBIN=$cache/actionlint-$version go install "github.com/rhysd/actionlint/cmd/actionlint@$version"
fi
actionlint
mapfile -t scripts < <(git ls-files | xargs grep -lE '^#!/usr/bin/env bash' --)
shellcheck "${scripts[@]}"
