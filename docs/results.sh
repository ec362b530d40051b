#!/usr/bin/env bash
# Measures the bundled model for docs/results.md. Writes tables, pages and plots to outputs/results.
#
#     docs/results.sh SLIDE...     measures everything on the slides that docs/results.md names
#     docs/results.sh              measures what needs no slide: the perception ladder on synthetic tissue
set -euo pipefail
cd "$(dirname "$0")/.."
nichelens=.venv/bin/nichelens
out=outputs/results

if [ $# -eq 0 ]; then
    "$nichelens" evaluate --suite perception --out "$out/perception.json" --overwrite
    echo "$out: holds the perception ladder only; for the other suites, name slides: make results SLIDES=\"A.h5ad B.h5ad\""
    exit
fi

# The task `identity` is left out: the name of a niche is prior knowledge, which the bundled model does not have.
"$nichelens" prep "$@" --task marker --task marker_panel --task niches_of_gene --task pattern --task describe \
    --task compare --niche-key region --niche-key cell_type --drop-small-niches --store specs \
    --validation-donor starmap_mouse_visual_cortex --validation-donor BZ9 --validation-donor D --validation-donor E \
    --test-donor A --test-donor F --test-donor st_mouse_olfactory_bulb --test-donor embryo1 --test-donor embryo2 \
    --out "$out/dataset" --overwrite
# The evaluations run in parallel with one thread each: processes that share threads slow each other down.
export OMP_NUM_THREADS=1
evaluate_other_splits() {
    "$nichelens" evaluate "$out/dataset" --split test_both --suite answers --out "$out/test_both.json" --overwrite
    "$nichelens" evaluate "$out/dataset" --split ambiguous --suite answers --out "$out/ambiguous.json" --overwrite
}
evaluate_other_splits &
"$nichelens" evaluate "$out/dataset" --split test_slide --out "$out/test_slide.json" --overwrite
wait "$!"
.venv/bin/python docs/tell_results.py "$out"
