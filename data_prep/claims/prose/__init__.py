"""Free prose: claims in sentences of any style, with real names or references.

    hear_prose("KRT19 is clearly enriched in Cancer, but not in Stroma.", names)

A sentence is marked (`entities`), reduced to few forms (`reduction`), and searched for the phrases of the `lexicon`.
What cannot be mapped surely is not heard: questions, conditionals, doubts (`reservations`), comparisons of two niches,
and everything beside a phrase that the lexicon does not know.
"""

from data_prep.claims.prose.antecedents import Antecedents
from data_prep.claims.prose.entities import REFERENCES
from data_prep.claims.prose.heard_sentence import HeardSentence, hear_prose
from data_prep.claims.prose.sentence_splitting import split_sentences

__all__ = ["REFERENCES", "Antecedents", "HeardSentence", "hear_prose", "split_sentences"]
