"""Fine-tuning on text rows: with a vision-language model and with a language model, only the answer is learnt."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer

from data_prep.claims.names import Names
from data_prep.errors import NicheLensError
from data_prep.tasks import Question
from inference.engine.load_engine import load_engine
from inference.model.decoder import decoder_linears
from inference.model.loader import load, load_base
from tests.gene_words import all_texts, save_tiny_llama, text_row, write_text_rows
from training.adapter.lora_targets import lora_config
from training.adapter.settings import SftSettings
from training.adapter.text_examples import NOT_LEARNT, check_text_rows, load_text_splits, tokenized
from training.nano.architecture import NanoConfig
from training.sft import main, train

KINDS = {"vision": (2e-2, 50), "text": (5e-3, 200)}
"""Kind of base → learning rate and steps with which eight rows are learnt."""


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> dict[str, Path]:
    from tests.training.conftest import save_base

    folder = tmp_path_factory.mktemp("text bases")
    return {
        "vision": save_base(folder / "vlm", NanoConfig.tiny(), all_texts() * 4),
        "text": save_tiny_llama(folder / "llama"),
    }


@pytest.fixture(scope="module")
def genes(tmp_path_factory) -> Path:
    rows = [text_row(number) for number in range(8)]
    return write_text_rows(
        tmp_path_factory.mktemp("text data") / "eight", train=rows, validation=rows[:4], test=rows[:4]
    )


@pytest.fixture(scope="module", params=KINDS)
def run(request, bases, genes, tmp_path_factory):
    """(kind of base, folder of the adapter) of a finished run on eight rows."""
    folder = tmp_path_factory.mktemp("runs") / request.param
    train(
        SftSettings(
            model=str(bases[request.param]),
            dataset=str(genes),
            output_dir=str(folder),
            batch_size=8,
            per_device_batch_size=8,
            learning_rate=KINDS[request.param][0],
            warmup_steps=0,
            logging_steps=1,
            precision="fp32",
            max_steps=KINDS[request.param][1],
            epochs=1000,
        )
    )
    return request.param, folder


def test_eight_rows_are_learnt(run):
    _, folder = run
    losses = [entry["loss"] for entry in json.loads((folder / "training_log.json").read_text()) if "loss" in entry]
    assert losses[-1] < 0.3 * losses[0]
    assert json.loads((folder / "run_config.json").read_text())["result"]["eval_loss"] < 0.3 * losses[0]


def test_the_adapter_has_the_files_of_every_run_but_no_figure_contract(run):
    _, folder = run
    files = {file.name for file in folder.iterdir()}
    wanted = {"README.md", "adapter_config.json", "adapter_model.safetensors", "run_config.json", "training_log.json"}
    assert wanted | {"tokenizer.json"} <= files
    assert not files & {"figure_contract.json", "checkpoints"}
    assert json.loads((folder / "run_config.json").read_text())["dataset"]["kind"] == "gene text"
    assert "figures" not in (folder / "README.md").read_text()


def test_lora_is_on_the_decoders_linear_layers_and_nowhere_else(run, bases):
    kind, folder = run
    base = load_base(str(bases[kind]), reads_pictures=False).model
    expected = set(decoder_linears(base))
    adapted = PeftModel.from_pretrained(base, folder).get_base_model()
    assert {name for name, layer in adapted.named_modules() if isinstance(layer, BaseTunerLayer)} == expected
    assert not any("vision" in name or "connector" in name or "lm_head" in name for name in expected)
    assert lora_config(load_base(str(bases[kind]), reads_pictures=False).model, 4, 8).r == 4


def test_the_loaded_adapter_says_what_it_learnt_and_its_base_does_not(run):
    _, folder = run
    engine = load_engine(folder, device="cpu", dtype="float32", reads_pictures=False)
    rows = [text_row(number) for number in range(8)]
    questions = [Question((), row.question, Names(), ()) for row in rows]
    said = engine.answer(questions)
    assert sum(answer in {row.answer for row in rows} for answer in said) >= 6
    assert sum(answer == row.answer for answer, row in zip(said, rows, strict=True)) >= 2
    base = engine.load_base()
    assert base is not None
    right = [engine.log_likelihood(q, [row.answer])[0] for q, row in zip(questions, rows, strict=True)]
    before = [base.log_likelihood(q, [row.answer])[0] for q, row in zip(questions, rows, strict=True)]
    assert all(after > earlier for after, earlier in zip(right, before, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_answer_and_its_end_are_learnt(kind, bases, genes):
    base = load_base(str(bases[kind]), reads_pictures=False)
    rows, _ = load_text_splits(str(genes))
    for row, example in zip(rows, tokenized(rows, base.processor), strict=True):
        labels = [label for label in example["labels"] if label != NOT_LEARNT]
        learnt = base.processor.tokenizer.decode(labels)
        assert learnt.startswith(row["answer"])
        assert labels[-1] == base.processor.tokenizer.eos_token_id
        asked = base.processor.tokenizer.decode(example["input_ids"][: -len(labels)])
        assert row["question"] in asked
        assert row["answer"] not in asked


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_the_question_do_not_move_the_loss(kind, bases, genes):
    base = load_base(str(bases[kind]), reads_pictures=False)
    example = tokenized(load_text_splits(str(genes))[0], base.processor)[0]
    ids, labels = (torch.tensor([example[name]]) for name in ("input_ids", "labels"))
    with torch.no_grad():
        logits = base.model.eval()(input_ids=ids).logits
        loss = base.model(input_ids=ids, labels=labels).loss
    answer = labels[0, 1:] != NOT_LEARNT
    expected = torch.nn.functional.cross_entropy(logits[0, :-1][answer], labels[0, 1:][answer])
    assert loss == pytest.approx(expected.item(), rel=1e-4)


def test_a_row_longer_than_the_model_is_refused(bases, genes, tmp_path):
    base = load_base(str(bases["text"]), reads_pictures=False)
    rows, _ = load_text_splits(str(genes))
    base.model.config.max_position_embeddings = 8
    with pytest.raises(NicheLensError, match=r"has \d+ tokens and the model reads 8"):
        check_text_rows(rows, base.model.config, base.processor, "genes")


def test_a_language_model_is_refused_where_pictures_are_read(bases, dataset, tmp_path, capsys):
    for attempt in (lambda: load_base(str(bases["text"])), lambda: load(bases["text"], "cpu", None)):
        with pytest.raises(NicheLensError, match="vision-language model"):
            attempt()
    arguments = ["--model", str(bases["text"]), "--dataset", str(dataset), "--output-dir", str(tmp_path / "a")]
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_what_needs_pictures_is_refused_on_text(bases, genes, tmp_path):
    for setting in ("lora_vision", "train_projector"):
        with pytest.raises(NicheLensError, match="no pictures"):
            train(
                SftSettings(
                    model=str(bases["vision"]), dataset=str(genes), output_dir=str(tmp_path / "a"), **{setting: True}
                )
            )


def test_two_runs_give_the_same_adapter(bases, genes, tmp_path):
    weights = []
    for name in ("one", "two"):
        out = tmp_path / name
        train(
            SftSettings(
                model=str(bases["text"]),
                dataset=str(genes),
                output_dir=str(out),
                batch_size=4,
                per_device_batch_size=2,
                max_steps=3,
                precision="fp32",
            )
        )
        weights.append((out / "adapter_model.safetensors").read_bytes())
    assert weights[0] == weights[1]


@pytest.mark.slow
def test_the_recipe_runs_under_accelerate(bases, genes, tmp_path):
    command = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "-m",
        "training.sft",
        "--config",
        "gene_text",
    ]
    command += ["--model", str(bases["text"]), "--dataset", str(genes), "--output-dir", str(tmp_path / "a")]
    ran = subprocess.run([*command, "--max-steps", "2"], capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert (tmp_path / "a" / "adapter_config.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("family", ["qwen3_5", "qwen3_vl", "smolvlm", "gemma3", "gemma4", "internvl", "lfm2_vl"])
def test_every_family_takes_rows_without_pictures(family, genes, tmp_path):
    from tests.families.tiny_families import TINY

    model, processor = TINY[family].build(all_texts() * 4)
    model.save_pretrained(tmp_path / "base")
    processor.save_pretrained(tmp_path / "base")
    out = tmp_path / "adapter"
    train(
        SftSettings(
            model=str(tmp_path / "base"),
            dataset=str(genes),
            output_dir=str(out),
            batch_size=8,
            per_device_batch_size=8,
            learning_rate=1e-2,
            warmup_steps=0,
            logging_steps=1,
            precision="fp32",
            max_steps=8,
            epochs=1000,
        )
    )
    losses = [entry["loss"] for entry in json.loads((out / "training_log.json").read_text()) if "loss" in entry]
    assert losses[-1] < losses[0]
    engine = load_engine(out, device="cpu", dtype="float32", reads_pictures=False)
    assert len(engine.answer([Question((), text_row(0).question, Names(), ())], max_new_tokens=4)) == 1
    assert engine.log_likelihood(
        Question((), text_row(0).question, Names(), ()), ["This gene.", "A kinase."]
    ).shape == (2,)
