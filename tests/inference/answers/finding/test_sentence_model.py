"""A tiny random text encoder serves as a sentence model; what is none is refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from inference.answers.finding.sentence_model import load_sentence_model

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "myelin", "heart", "muscle", "of")


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer with random weights."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("models") / "tiny-bert"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(WORDS), **sizes)).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_texts_become_vectors_and_padding_does_not_count(tiny_bert: Path) -> None:
    encode = load_sentence_model(tiny_bert).encode
    together = encode(["myelin", "heart muscle of myelin", "heart"])
    assert together.shape == (3, 16)
    assert np.allclose(together[0], encode(["myelin"])[0], atol=1e-5)
    assert not np.allclose(together[0], together[2], atol=1e-2)


def test_the_same_text_is_most_similar(tiny_bert: Path) -> None:
    model = load_sentence_model(tiny_bert)
    texts = ["heart", "myelin", "muscle", "heart muscle", "of"]
    similar = model.similar("myelin", model.encode, {"lists": texts})["lists"]
    assert similar.argmax() == 1
    assert similar[1] == pytest.approx(1.0, abs=1e-4)
    assert sorted(similar)[-2] < 0.9


@pytest.mark.parametrize("content", [None, "{}", '{"model_type": "nonsense"}'])
def test_what_is_no_text_encoder_is_refused(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    if content is not None:
        (folder / "config.json").write_text(content)
    with pytest.raises(NicheLensError, match="model: ") as refusal:
        load_sentence_model(folder)
    assert "\n" not in str(refusal.value)


def test_weights_that_are_pickled_are_refused(tiny_bert: Path, tmp_path: Path) -> None:
    import shutil

    import torch

    folder = tmp_path / "pickled"
    shutil.copytree(tiny_bert, folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(NicheLensError, match="safetensors"):
        load_sentence_model(folder)
