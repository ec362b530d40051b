"""A tiny random model, an adapter for it, and a small synthetic slide: everything a test of the engine needs."""

import json
from dataclasses import replace

import numpy as np
import pytest

from data_prep.claims import niche_claims, refer, speak
from data_prep.facts.facts import Facts
from data_prep.figures.contract import figure_contract
from data_prep.synth.tissue import make_slide
from data_prep.tasks import DESCRIBE_PROMPT, MARKER_PROMPT, describe_question, marker_question, panel_claims
from inference.engine.load_engine import load_engine
from training.nano.architecture import NanoConfig, build_nano, save_nano

CONTRACT = json.dumps(figure_contract())


@pytest.fixture(scope="session", autouse=True)
def _offline(monkeypatch_session):
    monkeypatch_session.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def monkeypatch_session():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session")
def facts():
    return Facts.measure(make_slide(3, n_spots=300, n_niches=4, n_genes=24, layout="hex"))


@pytest.fixture(scope="session")
def marker(facts):
    """A gene and a niche that it marks by the counts: (gene, niche)."""
    row, column = next(zip(*(facts.markers.label == 1).nonzero(), strict=True))
    return str(facts.slide.genes[row]), facts.slide.niches[column]


@pytest.fixture(scope="session")
def slide_of_three_genes(facts):
    """Facts of the slide with its three most expressed genes only: too few for the panels of a description."""
    slide = facts.slide
    most = np.argsort(-np.asarray(slide.counts.sum(axis=0)).ravel())[:3]
    return Facts.measure(replace(slide, counts=slide.counts[:, most], genes=slide.genes[most]))


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory, facts):
    """A model whose answers start with anything: weights as drawn."""
    niche, genes = next(iter(facts.shapes)), [str(gene) for gene in facts.slide.genes[:4]]
    names = describe_question(facts.canvas, niche, genes).names
    told = [*niche_claims(facts, niche), *panel_claims(facts, niche, genes)]
    texts = [MARKER_PROMPT, DESCRIBE_PROMPT, speak([refer(claim, names) for claim in told])]
    texts += ["Yes. This gene is strongly enriched in the niche. It is highest in the upper left of the tissue."]
    folder = tmp_path_factory.mktemp("models") / "tiny-base"
    save_nano(*build_nano(NanoConfig.tiny(), texts * 20), folder)
    return folder


@pytest.fixture(scope="session")
def adapter_folder(base_folder):
    """An adapter beside its base, named by a relative path, with LoRA weights that change the answers."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    base = AutoModelForImageTextToText.from_pretrained(base_folder, dtype=torch.float32)
    config = LoraConfig(r=4, target_modules=r".*text_model.*\.(q_proj|v_proj|down_proj)")
    adapted = get_peft_model(base, config)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_" in name:  # both matrices: peft draws the first from a state that other tests move on
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.2)
    folder = base_folder.parent / "tiny-adapter"
    adapted.save_pretrained(folder)
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings["base_model_name_or_path"] = "../tiny-base"
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    (folder / "figure_contract.json").write_text(CONTRACT)
    return folder


@pytest.fixture(scope="session")
def engine(base_folder):
    return load_engine(base_folder, device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def questions(facts):
    """Twelve marker questions: genes × niches, real pictures."""
    genes, niches = facts.slide.genes[:6], facts.slide.niches[:2]
    return [marker_question(facts.canvas, str(gene), niche) for niche in niches for gene in genes]


@pytest.fixture
def rng():
    return np.random.default_rng(0)
