"""The decoder is found by its real module names."""

import pytest
from torch import nn

from data_prep.errors import NicheLensError
from inference.model.decoder import decoder_linears, decoder_name


def test_the_decoder_and_its_linear_layers_are_found(engine):
    assert decoder_name(engine.model) == "model.text_model"
    layers = decoder_linears(engine.model)
    assert len(layers) == 2 * 7
    assert all(name.startswith("model.text_model.layers.") for name in layers)


def test_a_model_without_a_decoder_beside_other_parts_is_refused():
    class TextModel(nn.Module):
        def get_decoder(self):
            return self

    with pytest.raises(NicheLensError, match="choose a vision-language model"):
        decoder_name(TextModel())
