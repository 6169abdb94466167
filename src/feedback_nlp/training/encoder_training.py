"""Fine-tune the encoder on whole mails, all heads at once."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from feedback_nlp.content import areas
from feedback_nlp.encoder import TOKEN_CHANNELS, Layout, Window
from feedback_nlp.schema import Outcome, Role, Span, Stage, Tag
from feedback_nlp.training.augment import augmented
from feedback_nlp.training.dataset import GoldMail
from feedback_nlp.training.network import Heads, Transformer


@dataclass(frozen=True, slots=True)
class Settings:
    """How the encoder is trained. The defaults are what the shipped model was trained with."""

    epochs: int = 8
    seed: int = 7
    encoder_rate: float = 1.8e-4
    head_rate: float = 3e-3
    weight_decay: float = 0.01
    batch_tokens: int = 1400  # padded tokens a step
    smoothing: float = 0.05
    area_weight: float = 5.0
    token_weight: float = 3.0
    token_area_weight: float = 1.5
    mail_weight: float = 0.6
    average_from: float = 0.5  # weights are averaged from this share of the steps on
    average_decay: float = 0.995
    shown_share: float = 0.6  # of the mails that are not actionable, drawn anew for each epoch
    train_embeddings: bool = True
    bfloat16: bool = True
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Example:
    """A mail as arrays: its windows, and the gold values of its sentences and tokens."""

    windows: list[Window]
    roles: Tensor  # (s,)
    areas: Tensor  # (s, 14)
    tokens: list[Tensor]  # per window (t, 5), -1 where there is nothing to learn
    token_areas: list[Tensor]  # per window (t,), -1 outside evidence
    tag: int
    outcome: int
    stage: int
    offered: float


_ROLE_INDEX = {role: index for index, role in enumerate(Role)}
_AREA_INDEX = {area: index for index, area in enumerate(areas())}


def example(mail: GoldMail, layout: Layout, *, keep_mail_labels: bool = True) -> Example:
    """The arrays of one mail. Without `keep_mail_labels` the labels of the mail as a whole are not learned."""
    windows = layout.windows(mail.subject, mail.text, [sentence.span for sentence in mail.sentences])
    area_rows = torch.zeros(len(mail.sentences), len(_AREA_INDEX))
    for row, sentence in enumerate(mail.sentences):
        for area in sentence.areas:
            area_rows[row, _AREA_INDEX[area]] = 1.0
    tokens, token_areas = [], []
    for window in windows:
        channels, area_column = _token_targets(mail, window)
        tokens.append(channels)
        token_areas.append(area_column)
    lost = -100
    return Example(
        windows,
        torch.tensor([_ROLE_INDEX[sentence.role] for sentence in mail.sentences], dtype=torch.long),
        area_rows,
        tokens,
        token_areas,
        list(Tag).index(mail.tag) if keep_mail_labels else lost,
        list(Outcome).index(mail.outcome) if keep_mail_labels else lost,
        list(Stage).index(mail.stage) if keep_mail_labels else lost,
        float(mail.feedback_offered) if keep_mail_labels else -1.0,
    )


def _token_targets(mail: GoldMail, window: Window) -> tuple[Tensor, Tensor]:
    words = (window.sentences >= 0) & (window.spans[:, 0] < window.spans[:, 1])
    channels = np.full((len(window.ids), len(TOKEN_CHANNELS)), -1.0, np.float32)
    channels[words] = 0.0
    area_column = np.full(len(window.ids), -1, np.int64)
    starts, ends = window.spans[:, 0], window.spans[:, 1]

    def inside(span: Span) -> Any:
        return words & (starts < span.end) & (ends > span.start)

    marks = [(mark, 0) for mark in mail.improvements] + [(mark, 2) for mark in mail.strengths]
    for mark, column in marks:
        run = inside(mark.evidence)
        if not run.any():
            continue
        channels[run, column + 1] = 1.0
        channels[np.flatnonzero(run)[0], column] = 1.0
        channels[inside(mark.topic), 4] = 1.0
        if column == 0:
            area_column[run] = _AREA_INDEX[mark.area]
    return torch.from_numpy(channels), torch.from_numpy(area_column)


def train_encoder(
    mails: Sequence[GoldMail],
    layout: Layout,
    transformer: Transformer,
    settings: Settings,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Transformer, Heads]:
    """Fine-tune `transformer` (in place) with fresh heads. Returns the averaged weights of the second half."""
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(settings.threads)
    torch.manual_seed(0)
    heads = Heads()  # the same for every seed, so that networks of several seeds can be averaged
    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)  # noqa: S311 - no secret
    if not settings.train_embeddings:
        transformer.words.weight.requires_grad_(False)
        transformer.positions.weight.requires_grad_(False)
    optimizer = torch.optim.AdamW(_groups(transformer, heads, settings), betas=(0.9, 0.98))
    plain = [example(mail, layout) for mail in mails]
    first = _shown(mails, plain, layout, settings, random.Random(0), clean=True)  # noqa: S311
    steps = settings.epochs * len(_batches(first, settings.batch_tokens, random.Random(0)))  # noqa: S311
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [settings.encoder_rate, settings.head_rate], total_steps=math.ceil(steps * 1.1) + 10, pct_start=0.1
    )
    average = _Average([*transformer.parameters(), *heads.parameters()], settings.average_decay)
    role_weights = _role_weights(plain)
    done = 0
    for epoch in range(settings.epochs):
        transformer.train()
        heads.train()
        began, total, count = time.monotonic(), 0.0, 0
        # The last epoch sees the mails as they are, so that the averaged weights end on clean text.
        shown = _shown(mails, plain, layout, settings, rng, clean=epoch == settings.epochs - 1)
        for batch in _batches(shown, settings.batch_tokens, rng):
            loss = _loss(transformer, heads, batch, settings, role_weights)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], 1.0)
            optimizer.step()
            if schedule.last_epoch < schedule.total_steps - 1:
                schedule.step()
            done += 1
            if done >= settings.average_from * steps:
                average.update()
            total += loss.item()
            count += 1
        progress(
            f"epoch {epoch + 1}/{settings.epochs}: loss {total / max(1, count):.3f}, "
            f"{time.monotonic() - began:.0f} s, {count} steps"
        )
    average.copy_back()
    return transformer.eval(), heads.eval()


def _shown(
    mails: Sequence[GoldMail], plain: list[Example], layout: Layout, settings: Settings, rng: random.Random, clean: bool
) -> list[Example]:
    """The mails of one epoch: all actionable ones, a share of the others, about half of them changed unless `clean`."""
    shown = []
    for mail, as_is in zip(mails, plain, strict=True):
        if mail.tag is not Tag.ACTIONABLE and rng.random() >= settings.shown_share:
            continue
        changed = None if clean else augmented(mail, rng)
        if changed is None:
            shown.append(as_is)
        else:
            shown.append(example(changed.mail, layout, keep_mail_labels=changed.keeps_mail_labels))
    return shown


def _groups(transformer: Transformer, heads: Heads, settings: Settings) -> list[dict[str, Any]]:
    body = [parameter for parameter in transformer.parameters() if parameter.requires_grad]
    return [
        {"params": body, "lr": settings.encoder_rate, "weight_decay": settings.weight_decay},
        {"params": list(heads.parameters()), "lr": settings.head_rate, "weight_decay": settings.weight_decay},
    ]


def _role_weights(examples: Sequence[Example]) -> Tensor:
    """Rare roles count more, by the fourth root: enough to be learned, not enough to be guessed."""
    counts = torch.bincount(torch.cat([item.roles for item in examples]), minlength=len(Role)).float() + 1
    weights = (counts.mean() / counts) ** 0.25
    return weights / weights.mean()


def _batches(examples: Sequence[Example], budget: int, rng: random.Random) -> list[list[Example]]:
    """Mails of like length together, in random order; `budget` padded tokens a batch."""
    keyed = sorted(examples, key=lambda item: max(len(w.ids) for w in item.windows) + rng.uniform(-12, 12))
    batches: list[list[Example]] = []
    current: list[Example] = []
    longest, rows = 0, 0
    for item in keyed:
        length = max(len(window.ids) for window in item.windows)
        if current and max(longest, length) * (rows + len(item.windows)) > budget:
            batches.append(current)
            current, longest, rows = [], 0, 0
        current.append(item)
        longest, rows = max(longest, length), rows + len(item.windows)
    batches.append(current)
    rng.shuffle(batches)
    return batches


def _loss(
    transformer: Transformer, heads: Heads, batch: Sequence[Example], settings: Settings, role_weights: Tensor
) -> Tensor:
    windows = [(number, at, window) for number, item in enumerate(batch) for at, window in enumerate(item.windows)]
    length = max(len(window.ids) for *_, window in windows)
    ids = torch.zeros(len(windows), length, dtype=torch.long)
    mask = torch.zeros(len(windows), length, dtype=torch.long)
    sentence = torch.full((len(windows), length), -1, dtype=torch.long)  # index over the sentences of the batch
    closing = torch.zeros(len(windows), length, dtype=torch.bool)
    channels = torch.full((len(windows), length, len(TOKEN_CHANNELS)), -1.0)
    token_areas = torch.full((len(windows), length), -1, dtype=torch.long)
    offsets = np.cumsum([0, *(len(item.roles) for item in batch)])
    owner = torch.tensor([number for number, *_ in windows])
    for row, (number, at, window) in enumerate(windows):
        size = len(window.ids)
        ids[row, :size] = torch.from_numpy(window.ids)
        mask[row, :size] = 1
        numbers = torch.from_numpy(window.sentences)
        sentence[row, :size] = torch.where(numbers >= 0, numbers + int(offsets[number]), numbers)
        spans = torch.from_numpy(window.spans)
        closing[row, :size] = (numbers >= 0) & (spans[:, 0] == spans[:, 1])
        channels[row, :size] = batch[number].tokens[at]
        token_areas[row, :size] = batch[number].token_areas[at]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bfloat16):
        hidden = transformer(ids, mask)
    hidden = hidden.float()
    total = int(offsets[-1])
    vectors = _sentence_vectors(hidden, sentence, closing, total)
    role_logits = heads.role(heads.dropout(vectors))
    roles = torch.cat([item.roles for item in batch])
    loss = F.cross_entropy(role_logits, roles, weight=role_weights, label_smoothing=settings.smoothing)
    loss = loss + settings.area_weight * _area_loss(heads, vectors, roles, torch.cat([item.areas for item in batch]))
    loss = loss + _token_loss(heads, hidden, channels, token_areas, settings)
    mail_vectors = _mail_vectors(hidden[:, 0], owner, vectors, role_logits, offsets, len(batch))
    return loss + settings.mail_weight * _mail_loss(heads.mail(heads.dropout(mail_vectors)), batch, settings)


def _sentence_vectors(hidden: Tensor, sentence: Tensor, closing: Tensor, total: int) -> Tensor:
    flat, index = hidden.reshape(-1, hidden.shape[-1]), sentence.reshape(-1)
    inside = index >= 0
    sums = torch.zeros(total, hidden.shape[-1]).index_add(0, index[inside], flat[inside])
    sizes = torch.zeros(total).index_add(0, index[inside], torch.ones(int(inside.sum())))
    last = closing.reshape(-1)
    ends = torch.zeros(total, hidden.shape[-1]).index_add(0, index[last], flat[last])
    return torch.cat([sums / sizes.clamp(min=1)[:, None], ends], dim=1)


def _area_loss(heads: Heads, vectors: Tensor, roles: Tensor, gold: Tensor) -> Tensor:
    feedback = roles == 0
    if not bool(feedback.any()):
        return vectors.sum() * 0.0
    logits = heads.area(heads.dropout(vectors[feedback]))
    return F.binary_cross_entropy_with_logits(logits, gold[feedback], pos_weight=torch.tensor(4.0))


def _token_loss(heads: Heads, hidden: Tensor, channels: Tensor, token_areas: Tensor, settings: Settings) -> Tensor:
    known = channels[..., 0] >= 0
    logits = heads.token(heads.dropout(hidden[known]))
    width = len(TOKEN_CHANNELS)
    loss = settings.token_weight * F.binary_cross_entropy_with_logits(
        logits[:, :width], channels[known], pos_weight=torch.tensor([2.0, 1.5, 2.0, 1.5, 1.5])
    )
    areas_here = token_areas[known]
    inside = areas_here >= 0
    if bool(inside.any()):
        loss = loss + settings.token_area_weight * F.cross_entropy(
            logits[inside, width:], areas_here[inside], label_smoothing=settings.smoothing
        )
    return loss


def _mail_vectors(
    first: Tensor, owner: Tensor, vectors: Tensor, role_logits: Tensor, offsets: Any, count: int
) -> Tensor:
    rows = []
    probabilities = role_logits.softmax(-1)
    for number in range(count):
        start, end = int(offsets[number]), int(offsets[number + 1])
        own = vectors[start:end]
        rows.append(
            torch.cat([first[owner == number].mean(0), own.mean(0), own.amax(0), probabilities[start:end].amax(0)])
        )
    return torch.stack(rows)


def _mail_loss(logits: Tensor, batch: Sequence[Example], settings: Settings) -> Tensor:
    kept = [row for row, item in enumerate(batch) if item.tag >= 0]
    if not kept:
        return logits.sum() * 0.0
    logits = logits[kept]
    items = [batch[row] for row in kept]
    tags, outcomes = len(Tag), len(Tag) + len(Outcome)
    stages = outcomes + len(Stage)
    loss = F.cross_entropy(logits[:, :tags], torch.tensor([i.tag for i in items]), label_smoothing=settings.smoothing)
    loss = loss + 0.7 * F.cross_entropy(logits[:, tags:outcomes], torch.tensor([i.outcome for i in items]))
    loss = loss + 0.7 * F.cross_entropy(logits[:, outcomes:stages], torch.tensor([i.stage for i in items]))
    offered = torch.tensor([i.offered for i in items])
    return loss + 0.7 * F.binary_cross_entropy_with_logits(logits[:, stages], offered)


class _Average:
    """Exponential average of weights; steadier than the last step, for nothing."""

    def __init__(self, parameters: Sequence[torch.nn.Parameter], decay: float) -> None:
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.decay = decay
        self.steps = 0
        self.shadow: list[Tensor] = []

    def update(self) -> None:
        with torch.no_grad():
            if not self.shadow:
                self.shadow = [parameter.detach().clone() for parameter in self.parameters]
            self.steps += 1
            decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
            for shadow, parameter in zip(self.shadow, self.parameters, strict=True):
                shadow.lerp_(parameter.detach(), 1 - decay)

    def copy_back(self) -> None:
        with torch.no_grad():
            for shadow, parameter in zip(self.shadow, self.parameters, strict=True):
                parameter.copy_(shadow)
