#!/bin/sh
# Makes .cache/venv with what the scripts of this folder need. A later call finds it done, or adds what is new.
# The wheel of torch wants its CUDA parts to be importable, so that they come along (some 3 GB).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv="$here/../../.cache/venv"
stamp="$venv/.requirements"
if [ -f "$stamp" ] && cmp -s "$here/requirements.txt" "$stamp"; then
    exit 0
fi
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
cp "$here/requirements.txt" "$stamp"
