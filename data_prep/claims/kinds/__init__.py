"""Kinds of claims, one file each. Every file has ``TYPES``: the kind, and the kinds that share its check.

`data_prep.claims.vocabulary` finds the files by itself. A new kind needs one new file and no other change.
"""
