"""The four suites of an evaluation.

`answers`, `depth`, `perception` and `robustness` run one suite each. The `answers_*` files score the parts of the
answers suite.
"""
