"""Tables of yes/no questions for the tests of the linter."""

import numpy as np
import pandas as pd


def make_questions(n: int, *, leaky: bool, seed: int = 0) -> pd.DataFrame:
    """Questions about tumour and stroma; in a leaky table the niche gives the answer."""
    rng = np.random.default_rng(seed)
    tumour = rng.random(n) < 0.5
    yes = tumour if leaky else rng.permutation(np.arange(n) % 2 == 0)
    return pd.DataFrame(
        {
            "question": [f"Is G{rng.integers(9999)} a marker of {'tumour' if t else 'stroma'}?" for t in tumour],
            "cell_type": np.where(tumour, "tumour", "stroma"),
            "label": np.where(yes, "yes", "no"),
        }
    )
