#!/usr/bin/env bash
# Trains a LoRA adapter on the real slides of docs/results.sh, and says for each kind of claim whether it beats its base on
# the donors held out for calibration.
#
#     docs/try_adapter.sh BASE ADAPTER SLIDE...
#
# Ten minutes on two CPU cores. A step whose result exists is not repeated.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
out=${OUT:-outputs/results}
base=$1 adapter=$2
shift 2
"$python" docs/results_datasets.py "$out" "$@"
[ -e "$adapter/adapter_config.json" ] || "$python" -m training.sft --config training/recipes/nano.yaml \
    --dataset "$out/real" --model "$base" --output-dir "$adapter" --max-steps "${STEPS:-400}" --eval-steps 200
export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1
[ -e "$out/adapter_gain.json" ] || "$python" -m nichelens evaluate "$out/real" --split validation --suite claims \
    --model "$adapter" --base --out "$out/adapter_gain.json"
"$python" docs/adapter_gain.py "$out/adapter_gain.json"
