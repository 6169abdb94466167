"""Training is true to the shipped files, and deterministic."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feedback_nlp.errors import DataError, ModelError
from feedback_nlp.training.dataset import read_corpus, read_gold
from feedback_nlp.training.heads_training import features_of, fit_mail_models
from feedback_nlp.training.train import check_blind, load_held_out, main

ROOT = Path(__file__).parent.parent.parent


def test_no_blind_mail_nor_its_like_is_in_the_corpus():
    """The mails that the figures rest on never teach."""
    check_blind(ROOT / "data", read_corpus(ROOT / "data" / "corpus"))


def test_a_copy_of_a_blind_mail_is_found(tmp_path):
    """A blind mail under another id stops the training."""
    blind = read_gold(ROOT / "data" / "blind" / "blind.jsonl")
    copy = replace(next(mail for mail in blind if len(mail.text) > 400), id="copy")
    (tmp_path / "blind").mkdir()
    (tmp_path / "blind" / "blind.jsonl").write_bytes((ROOT / "data" / "blind" / "blind.jsonl").read_bytes())
    with pytest.raises(DataError, match="is too close to copy"):
        check_blind(tmp_path, [copy])


@pytest.mark.slow
def test_fitting_again_gives_the_shipped_models():
    """The models of the mail, fitted anew from the stored numbers, are the shipped ones."""
    import joblib

    shipped = joblib.load(ROOT / "models" / "labeler.joblib")
    held = load_held_out(read_corpus(ROOT / "data" / "corpus"), ROOT / "models" / "held_out.npz")
    fresh = fit_mail_models(held)
    features = features_of(held)
    for name in ("tag", "outcome", "stage", "offered"):
        np.testing.assert_allclose(
            fresh[name].predict_proba(features), shipped[name].predict_proba(features), atol=1e-3, err_msg=name
        )
    for name in ("actionable_from", "unsure_below"):
        assert fresh[name] == pytest.approx(shipped[name], abs=0.02)


def test_held_out_numbers_of_other_mails_are_refused(tmp_path):
    """Stale numbers name the command that mends them."""
    with pytest.raises(ModelError, match="train --encoder"):
        load_held_out([], ROOT / "models" / "held_out.npz")
    with pytest.raises(ModelError, match="is missing"):
        load_held_out([], tmp_path / "held_out.npz")


def test_training_without_data_says_what_is_missing(tmp_path):
    """An empty folder is refused by name."""
    with pytest.raises(DataError, match=r"holds no \.jsonl file"):
        main(tmp_path, tmp_path / "models")


def test_the_network_learns_the_same_twice_and_survives_export(tmp_path):
    """Two trainings with one seed give the same heads; the ONNX file says what torch says, within 8-bit error."""
    torch = pytest.importorskip("torch", reason="needs the extra 'training'")
    pytest.importorskip("onnx", reason="needs the extra 'training'")
    onnxruntime = pytest.importorskip("onnxruntime")
    from tokenizers import Tokenizer

    from feedback_nlp.encoder import Layout
    from feedback_nlp.training.encoder_training import Settings, train_encoder
    from feedback_nlp.training.network import Transformer, export

    mails = read_gold(ROOT / "data" / "corpus" / "n06.jsonl")[:12]
    layout = Layout(Tokenizer.from_file(str(ROOT / "models" / "tokenizer.json")))
    settings = Settings(epochs=2, bfloat16=False, shown_share=1.0)
    losses = []

    def run():
        torch.manual_seed(1)
        small = Transformer(layout.tokenizer.get_vocab_size(), 512)
        return train_encoder(mails, layout, small, settings, losses.append)

    transformer, heads = run()
    _, again = run()
    for name, array in heads.arrays().items():
        np.testing.assert_array_equal(array, again.arrays()[name])
    assert float(losses[1].split("loss ")[1].split(",")[0]) < float(losses[0].split("loss ")[1].split(",")[0])
    export(transformer, tmp_path / "encoder.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "encoder.onnx"))
    ids = np.arange(1000, 1024, dtype=np.int64).reshape(2, 12)
    mask = np.ones_like(ids)
    mask[1, 7:] = 0
    out = session.run(["hidden"], {"ids": ids, "mask": mask})[0]
    with torch.no_grad():
        expected = transformer(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
    similarity = (out[1, :7] * expected[1, :7]).sum() / np.linalg.norm(out[1, :7]) / np.linalg.norm(expected[1, :7])
    assert similarity > 0.98
