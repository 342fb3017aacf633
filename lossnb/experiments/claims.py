"""The 25 claims of the chapter, and the verdict that the recorded experiments give on each.

>>> [entry.verdict for entry in ledger() if entry.claim.id == "C11"]
['supported']
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ._record import RESULTS, experiment, load, names
from ._rules import VERDICTS, Outcome, judge, verdict


@dataclass(frozen=True)
class Claim:
    """What the chapter says, in our words and in a fragment of its own, and where.

    `explained` are the pages that treat it, each with the heading's anchor.
    """

    id: str
    section: str
    says: str
    fragment: str
    explained: tuple[str, ...]


CROSS_ENTROPY, HINGE, RAMP = "9_1_1_cross_entropy", "9_1_2_hinge", "9_1_3_ramp"
LARGE_MARGIN, CENTER = "9_1_4_large_margin_softmax", "9_1_5_center"
L1, L2, TUKEY = "9_2_1_l1", "9_2_2_l2", "9_2_3_tukey_biweight"
NOISE = f"{RAMP}#c4-c5-and-c8-a-live-run-with-wrong-labels"
GAPS = f"{CENTER}#c17-c18-c20-tighter-further-apart-easier-to-tell"
BETTER = f"{LARGE_MARGIN}#c15-and-c16-against-over-fitting-and-better-than-its-rivals"

CLAIMS = (
    Claim(
        "C1", "9.1.1", "The softmax turns the logits into probabilities.",
        "通过指数化变换使网络输出h转换为概率",
        (f"{CROSS_ENTROPY}#c1-softmax-turns-the-logits-into-probabilities",),
    ),
    Claim(
        "C2", "9.1.2", "In classification, cross-entropy does slightly better than the hinge.",
        "略优于合页损失函数",
        (f"{HINGE}#c2-cross-entropy-is-slightly-better",
         f"{CROSS_ENTROPY}#c2-cross-entropy-is-slightly-better"),
    ),
    Claim(
        "C3", "9.1.3", "The hinge punishes worse errors more severely.",
        "对错误越大的样本施加越严重的惩罚",
        (f"{HINGE}#c3-worse-errors-are-punished-more-severely",),
    ),
    Claim(
        "C4", "9.1.3", "The hinge resists noise badly.", "对噪声的抵抗能力较差", (NOISE,),
    ),
    Claim(
        "C5", "9.1.3", "The ramp and Tukey's biweight resist noise and outliers.",
        "良好的抗噪特性",
        (NOISE, f"{TUKEY}#c5-resistance-to-noise-and-outliers"),
    ),
    Claim(
        "C6", "9.1.3", "Under a truncated loss, large errors stop mattering.",
        "使得较大的误差不再大程度影响",
        (f"{RAMP}#c7-and-c6-truncated-non-convex-and-deaf-to-large-errors",
         f"{TUKEY}#c6-large-errors-stop-mattering"),
    ),
    Claim(
        "C7", "9.1.3", "The ramp is the hinge truncated at s, and not convex.",
        "截断合页损失函数",
        (f"{RAMP}#c7-and-c6-truncated-non-convex-and-deaf-to-large-errors",),
    ),
    Claim(
        "C8", "9.1.3", "That it is not convex is no obstacle when networks are trained.",
        "不再成为难题", (NOISE,),
    ),
    Claim(
        "C9", "9.1.3", "Floating-point numbers never fall exactly on a kink.",
        "并不会得到完全导数落在“尖点”",
        (f"{RAMP}#c9-floating-point-never-lands-on-a-kink",),
    ),
    Claim(
        "C10", "9.1.3", "The cut s is best set by the number of classes, to −1/(C−1).",
        "s取值最好根据分类任务的类别数C而定",
        (f"{RAMP}#c10-s-should-follow-the-number-of-classes",),
    ),
    Claim(
        "C11", "9.1.4", "With m = 1 the large-margin softmax is cross-entropy.",
        "退化为传统交叉熵损失函数",
        (f"{LARGE_MARGIN}#c11-with-m-1-it-is-the-softmax-loss",),
    ),
    Claim(
        "C12", "9.1.4", "The larger m, the larger the gap between the classes.",
        "m 越大，类间间隔越大",
        (f"{LARGE_MARGIN}#c12-the-larger-m-the-larger-the-gap",),
    ),
    Claim(
        "C13", "9.1.4", "The condition of eq. 9.7 contains that of the plain softmax.",
        "不仅满足传统交叉熵损失函数的约束",
        (f"{LARGE_MARGIN}#c13-the-new-condition-contains-the-old-one",),
    ),
    Claim(
        "C14", "9.1.4", "The D of eq. 9.9 only needs to decrease.", "只需满足“单调递减”",
        (f"{LARGE_MARGIN}#c14-d-only-needs-to-decrease",),
    ),
    Claim(
        "C15", "9.1.4", "The harder objective prevents over-fitting.", "防止模型过拟合", (BETTER,),
    ),
    Claim(
        "C16", "9.1.4", "The large-margin softmax beats cross-entropy and the hinge.",
        "要优于交叉熵损失函数和合页损失函数", (BETTER,),
    ),
    Claim(
        "C17", "9.1.5", "The larger λ, the tighter the clusters.", "簇更加集中", (GAPS,),
    ),
    Claim(
        "C18", "9.1.5", "From panel (a) to (d) of Figure 9.3 the gaps grow.",
        "簇的间隔越来越大", (GAPS,),
    ),
    Claim(
        "C19", "9.1.5", "The centre loss must be combined with another loss.",
        "中心损失函数应与其他主要考虑类间距离的损失函数配合使用",
        (f"{CENTER}#c19-not-without-a-partner",),
    ),
    Claim(
        "C20", "9.1.5", "The larger λ, the better the features tell the classes apart.",
        "特征具备更强的判别能力", (GAPS,),
    ),
    Claim(
        "C21", "9.1.5", "With the centre loss, cross-entropy does better, above all on faces.",
        "要优于只使用交叉熵损失函数",
        (f"{CENTER}#c21-cross-entropy-with-centres-beats-cross-entropy",),
    ),
    Claim(
        "C22", "9.2.2", "The accuracies of l1 and l2 hardly differ.", "几乎相差无几",
        (f"{L2}#c22-and-c23-how-far-is-a-digit-turned",
         f"{L1}#c22-first-half-l1-and-l2-differ-little"),
    ),
    Claim(
        "C23", "9.2.2", "l2 converges slightly faster than l1.",
        "收敛速度方面l2损失函数也略快于l1",
        (f"{L2}#c22-and-c23-how-far-is-a-digit-turned",),
    ),
    Claim(
        "C24", "9.2.3", "Tukey's biweight overcomes outliers and noise.",
        "可克服在回归任务中的离群点或样本噪声",
        (f"{TUKEY}#c24-tukey-in-a-network",),
    ),
    Claim(
        "C25", "9.2.3", "c needs no tuning: 4.6851 gives an asymptotic efficiency of 95 %.",
        "", (f"{TUKEY}#c25-c-4-6851-and-95",),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A claim, the experiments that tried it, and what each of their rules came to."""

    claim: Claim
    experiments: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def verdict(self) -> str:
        return verdict(self.outcomes)


def ledger(page: str | None = None, results: Path = RESULTS) -> list[Entry]:
    """An entry for each claim, or for those that a page, such as "9_1_2_hinge", explains.

    Everything is computed from the records, which must be complete.
    """
    chosen = [
        claim
        for claim in CLAIMS
        if page is None or any(place.partition("#")[0] == page for place in claim.explained)
    ]
    if not chosen:
        raise ValueError(f"page must be one that explains a claim; got {page!r}")
    rules = {name: getattr(experiment(name), "RULES", {}) for name in names()}
    tried = [name for name in rules if any(claim.id in rules[name] for claim in chosen)]
    records = {name: load(name, results) for name in tried}
    entries = []
    for claim in chosen:
        own = tuple(name for name in tried if claim.id in rules[name])
        outcomes = (judge(rule, records[name]) for name in own for rule in rules[name][claim.id])
        entries.append(Entry(claim, own, tuple(outcomes)))
    return entries


def summary(results: Path = RESULTS) -> dict[str, int]:
    """How many of the claims got which verdict."""
    counts = Counter(entry.verdict for entry in ledger(results=results))
    return {name: counts[name] for name in VERDICTS}
