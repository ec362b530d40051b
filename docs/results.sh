#!/usr/bin/env bash
# Measures the bundled model as docs/results.md tells it, into outputs/results: tables, pages and plots.
#
#     docs/results.sh SLIDE...     the slides that docs/results.md names, whose donors are held out below
#     docs/results.sh              what needs no slide: the perception ladder on synthetic tissue
set -euo pipefail
cd "$(dirname "$0")/.."
nichelens=.venv/bin/nichelens
out=outputs/results

if [ $# -eq 0 ]; then
    "$nichelens" evaluate --suite perception --out "$out/perception.json" --overwrite
    echo "$out: the perception ladder only; give the slides (make results SLIDES=\"A.h5ad B.h5ad\") for the other suites"
    exit
fi

# Not identity: what a niche is called is knowledge, and the bundled model has none.
"$nichelens" prep "$@" --task marker --task marker_panel --task niches_of_gene --task pattern --task describe \
    --task compare --niche-key region --niche-key cell_type --drop-small-niches --store recipes \
    --validation-donor starmap_mouse_visual_cortex --validation-donor BZ9 --validation-donor D --validation-donor E \
    --test-donor A --test-donor F --test-donor st_mouse_olfactory_bulb --test-donor embryo1 --test-donor embryo2 \
    --out "$out/dataset" --overwrite
# Side by side, one thread each: two processes that share threads hinder each other.
export OMP_NUM_THREADS=1
others() {
    "$nichelens" evaluate "$out/dataset" --split test_both --suite answers --out "$out/test_both.json" --overwrite
    "$nichelens" evaluate "$out/dataset" --split ambiguous --suite answers --out "$out/ambiguous.json" --overwrite
}
others &
"$nichelens" evaluate "$out/dataset" --split test_slide --out "$out/test_slide.json" --overwrite
wait "$!"
.venv/bin/python docs/tell_results.py "$out"
