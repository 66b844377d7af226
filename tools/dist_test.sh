#!/usr/bin/env bash
# Test with several processes: one per GPU, or on the CPU without a GPU.
#
#   tools/dist_test.sh CONFIG CHECKPOINT NUMBER [options of tools/test.py]
#   tools/dist_test.sh configs/minvis/minvis_toyvis.py last.pth 2 --out DIR
#
# Several machines: set NNODES, NODE_RANK and MASTER_ADDR on each.
set -euo pipefail
if [ $# -lt 3 ] || [ "$1" = --help ] || [ "$1" = -h ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit $(($# < 1 ? 2 : 0))
fi
config=$1 checkpoint=$2 number=$3
shift 3
here=$(dirname "$0") python=${PYTHON:-python}
if [ -z "${PYTHON:-}${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] &&
    [ -x "$here/../.venv/bin/python" ]; then
    python=$here/../.venv/bin/python # made by `make setup`
fi
exec "$python" -m mmselfshot.utils.torchrun \
    --nnodes "${NNODES:-1}" --node-rank "${NODE_RANK:-0}" \
    --master-addr "${MASTER_ADDR:-127.0.0.1}" \
    --master-port "${PORT:-29500}" --nproc-per-node "$number" \
    "$here/test.py" "$config" "$checkpoint" --launcher pytorch "$@"
