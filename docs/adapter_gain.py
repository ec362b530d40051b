"""Say for each kind of claim whether an adapter beats its base, from the scores that `nichelens evaluate` wrote.

python docs/adapter_gain.py outputs/results/adapter_gain.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def compare(kinds: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Lines of a table, and whether the adapter pays.

    It pays if it beats its base for more kinds than it loses, by the interval of the difference of AUROC.

    Args:
        kinds: kind of claim → scores, as in the JSON of an evaluation.
    """
    lines, n_better, n_worse = [], 0, 0
    for kind, scores in kinds.items():
        gain = scores["gain_over_base"]
        if gain["value"] is None:
            continue
        better, worse = gain["low"] > 0, gain["high"] < 0
        n_better, n_worse = n_better + better, n_worse + worse
        word = "better" if better else "worse" if worse else "equal"
        interval = f"{gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})"
        lines.append(f"{kind}: {interval}, {scores['n']} questions: {word}")
    return lines, n_better > n_worse


if __name__ == "__main__":
    table, pays = compare(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["kinds"])
    print("\n".join([*table, f"the adapter {'pays' if pays else 'does not pay'}"]))
