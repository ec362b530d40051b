#!/usr/bin/env bash
# Calibrates and measures a model for docs/results.md. Writes datasets, tables, pages and plots to outputs/results.
#
#     docs/results.sh SLIDE...                 the bundled model, on the slides that docs/results.md names
#     MODEL=FOLDER docs/results.sh SLIDE...    another base or adapter
#     docs/results.sh                          synthetic tissue only
#
# A step whose result exists is not repeated: delete outputs/results/NAME to repeat one, or the folder to repeat all.
# The model is calibrated unless its folder holds a calibration.json.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
nichelens() { "$python" -m nichelens "$@"; }
out=${OUT:-outputs/results}
model=${MODEL:-models/nichelens-nano}
mkdir -p "$out"
# Two steps run at a time with one thread each: processes that share threads slow each other down.
export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1

"$python" docs/results_datasets.py "$out" "$@"

measure() { # NAME [ARGUMENT of evaluate]...
    [ -e "$out/$1.json" ] || nichelens evaluate "${@:2}" --model "$model" --no-base --out "$out/$1.json"
}
if [ $# -gt 0 ]; then
    if [ ! -e "$model/calibration.json" ]; then
        # A base has not seen the slides that would train an adapter either. The synthetic ones are too easy for it.
        more=(); [ -e "$model/adapter_config.json" ] || more=(--split validation --split train)
        nichelens calibrate "$out/real" "${more[@]}" --skip-donor "synthetic train" --fallback "$out/synthetic" \
            --fallback "$out/artefacts" --model "$model"
    fi
    measure real "$out/real" --suite claims --suite interview &
    measure depth "$out/real" --suite depth --suite robustness
    measure unclear "$out/real" --split ambiguous --suite claims
fi
measure synthetic "$out/synthetic" --suite claims
measure artefacts "$out/artefacts" --suite claims
measure perception --suite perception
wait
if [ $# -gt 0 ]; then "$python" docs/tell_results.py "$out" "$model"; fi
