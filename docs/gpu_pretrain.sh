#!/usr/bin/env bash
# Trains the bundled base on one GPU in a given number of minutes, and packs what is worth bringing back.
#
#     docs/gpu_pretrain.sh OUT [OPTION OF training.pretrain]...     for example: --arms training/recipes/arms.yaml
#     docs/gpu_pretrain.sh --tiny OUT                               rehearses it on a CPU in a minute
#
# OUT gets at most 8 files of at most 15 MiB, 62 MiB together: the log, the use of the GPU, and the models and scores as
# one archive in parts. The run itself, with its checkpoint, stays in RUN. After an interruption the same command goes on
# from there, as long as RUN exists. These variables change the defaults:
#
#     MINUTES=8.5   of training, with its start and its last save
#     WORKERS=15    processes that draw slides: one for each core but one
#     RUN=...       folder of the run; by default beside the temporary files
#     KEEP="a b"    models to bring back; if not all fit, the first ones. By default all, those with the best scores first
#     PYTHON=python3
set -euo pipefail
tiny=
if [ "${1-}" = --tiny ]; then
    tiny=yes
    shift
fi
[ $# -gt 0 ] || { sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 2; }
run=${RUN:-${TMPDIR:-/tmp}/nichelens-pretrain}
mkdir -p "$1" "$run"
out=$(realpath "$1")
run=$(realpath "$run")
shift
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
most_bytes=$((61 * 1024 * 1024))

if [ -n "$tiny" ]; then
    minutes=${MINUTES:-1}
    workers=${WORKERS:-2}
    set -- --device cpu --batch 16 --pool 256 --validation-slides 2 --report-seconds 5 --save-seconds 20 \
        --vision-hidden 32 --vision-layers 1 --vision-heads 2 --vision-intermediate 64 \
        --text-hidden 32 --text-layers 1 --text-heads 2 --text-intermediate 64 "$@"
else
    minutes=${MINUTES:-8.5}
    workers=${WORKERS:-15}
    "$python" - <<'EOF'
import os, sys
import torch
if not torch.cuda.is_available():
    sys.exit("error: torch sees no GPU; --tiny rehearses the run on a CPU")
print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {len(os.sched_getaffinity(0))} cores")
EOF
    nvidia-smi --query-gpu=timestamp,utilization.gpu,memory.used --format=csv -l 10 >"$out/gpu.csv" &
    trap 'kill $! 2>/dev/null || true' EXIT
fi

# The last save is packed even if the training fails or does not end in time.
status=0
timeout --kill-after=10 "$("$python" -c "print(int(60 * $minutes + 30))")" \
    "$python" -u -m training.pretrain --config training/recipes/nano_base.yaml --output-dir "$run" \
    --minutes "$minutes" --workers "$workers" "$@" 2>&1 | tee "$out/pretrain.log" || status=$?

best_first() {
    "$python" - "$run" <<'EOF'
import json, sys
from pathlib import Path
run = Path(sys.argv[1])
means = {file.parent.name: -1.0 for file in sorted(run.glob("*/config.json"))}
scores = run / "scores.jsonl"
for line in scores.read_text().splitlines() if scores.exists() else ():
    entry = json.loads(line)
    means[entry["arm"]] = entry["mean"]
print(*sorted(means, key=means.get, reverse=True))
EOF
}
models=()
for name in ${KEEP:-$(best_first)}; do
    [ -f "$run/$name/config.json" ] || continue
    models+=("$name")
    tar czf "$run/$name.tar.gz" -C "$run" "$name" &
    packing+=($!)
done
[ ${#models[@]} -gt 0 ] || { echo "error: no model was saved" >&2; exit 1; }
wait "${packing[@]}"
brought=()
bytes=0
for name in "${models[@]}"; do
    size=$(stat -c %s "$run/$name.tar.gz")
    if [ $((bytes + size)) -le $most_bytes ]; then
        brought+=("$name.tar.gz")
        bytes=$((bytes + size))
    else
        echo "$name is left out: with it, the models are larger than $most_bytes bytes"
    fi
done
rm -f "$out"/models.tar.*
tar cf - -C "$run" --ignore-failed-read scores.jsonl "${brought[@]}" |
    split --bytes=15M --numeric-suffixes - "$out/models.tar."
echo "unpack with: cat models.tar.* | tar x, then each of ${brought[*]}"
(cd "$out" && stat -c '%n %s bytes' ./*)
exit $status
