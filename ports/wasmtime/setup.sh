#!/bin/sh
# Makes .venv with the wasmtime of requirements.txt, once: a few seconds and 30 MB. Exit code 77: a tool is missing, named on the last line.
set -u
cd "$(dirname "$0")/../.." || exit 1
wanted=$(cat ports/wasmtime/requirements.txt)
installed() {
  .venv/bin/python -c "import importlib.metadata as m; print('wasmtime==' + m.version('wasmtime'))" 2>/dev/null
}
[ "$(installed)" = "$wanted" ] && exit 0
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo "python3 with venv and pip (Debian: python3-venv)"
  exit 77
fi

# Of several that begin at once one makes it, and the others wait; a lock five minutes old is nobody's.
mkdir -p out
lock=out/venv.lock
waited=0
until mkdir "$lock" 2>/dev/null; do
  sleep 1
  waited=$((waited + 1))
  if [ "$waited" -ge 300 ]; then
    rmdir "$lock" 2>/dev/null
  fi
done
trap 'rmdir "$lock" 2>/dev/null' EXIT
if [ "$(installed)" != "$wanted" ]; then
  python3 -m venv .venv && .venv/bin/python -m pip install --quiet -r ports/wasmtime/requirements.txt
fi
if [ "$(installed)" != "$wanted" ]; then
  echo "$wanted (PyPI)"
  exit 77
fi
