"""The 25 claims of the chapter: what it says, what is true as far as this book can tell, and what
others found.

Four of them hold two things, and are split, so that there are 29 entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What the chapter says, in ten words of ours and in a fragment of its own; and what is known.

    `sentence` is the corrected claim. `bound` is the smallest effect of interest with its reason,
    `literature` what is published, with its source. A `condition` is a sentence about a variable, and
    `fits` says whether the variables of a setting meet it. Where a claim holds in some settings and
    not in others, and no sentence tells them apart, `mixed` says why. `explained` are the pages that
    treat it, each with the heading's anchor.
    """

    id: str
    section: str
    says: str
    fragment: str
    explained: tuple[str, ...]
    sentence: str
    bound: str
    literature: str
    condition: str = ""
    fits: Callable[[dict[str, Any]], bool] | None = None
    mixed: str = ""


CROSS_ENTROPY, HINGE, RAMP = "9_1_1_cross_entropy", "9_1_2_hinge", "9_1_3_ramp"
LARGE_MARGIN, CENTER = "9_1_4_large_margin_softmax", "9_1_5_center"
L1, L2, TUKEY = "9_2_1_l1", "9_2_2_l2", "9_2_3_tukey_biweight"
NOISE = f"{RAMP}#c4-c5-and-c8-a-live-run-with-wrong-labels"
GAPS = f"{CENTER}#c17-c18-c20-tighter-further-apart-easier-to-tell"
BETTER = f"{LARGE_MARGIN}#c15-and-c16-against-over-fitting-and-better-than-its-rivals"
TRUNCATED = f"{RAMP}#c6-and-c7-deaf-to-large-errors-truncated-and-not-convex"

EXACT = "None: it is mathematics, and the runs only check it to rounding."

CLAIMS = (
    Claim(
        id="C1",
        section="9.1.1",
        says="The softmax turns the logits into probabilities.",
        fragment="通过指数化变换使网络输出h转换为概率",
        explained=(f"{CROSS_ENTROPY}#c1-softmax-turns-the-logits-into-probabilities",),
        sentence="The softmax gives positive numbers with the sum 1; whether they tell how often the network is right is another question.",
        bound=EXACT,
        literature="Guo et al. (2017): large networks are more confident than accurate, by several points. This is no contradiction: the chapter does not speak of calibration.",
    ),
    Claim(
        id="C2",
        section="9.1.2",
        says="Cross-entropy does slightly better than the hinge.",
        fragment="略优于合页损失函数",
        explained=(
            f"{HINGE}#c2-cross-entropy-is-slightly-better",
            f"{CROSS_ENTROPY}#c2-cross-entropy-is-slightly-better",
        ),
        sentence="Cross-entropy errs less than Weston and Watkins's hinge and more than the squared hinge, both on MNIST; elsewhere we cannot tell.",
        bound="0.2 points, two test images in a thousand: less is lost in the difference between two seeds.",
        literature="Tang (2013) found a squared hinge ahead of the softmax; Liu et al. (2016), from memory, print 0.47 % for a hinge and 0.40 % for the softmax on MNIST. They differ, as the forms of the hinge do here.",
        condition="beside Weston and Watkins's hinge",
        fits=lambda own: own["hinge"] == "weston_watkins",
    ),
    Claim(
        id="C3",
        section="9.1.3",
        says="The hinge punishes worse errors more severely.",
        fragment="对错误越大的样本施加越严重的惩罚",
        explained=(f"{HINGE}#c3-worse-errors-are-punished-more-severely",),
        sentence="A worse error costs more under the hinge, in proportion, and pulls no harder.",
        bound=EXACT,
        literature="Crammer and Singer (2001) define it so. Agrees.",
    ),
    Claim(
        id="C4",
        section="9.1.3",
        says="The hinge resists noise badly.",
        fragment="对噪声的抵抗能力较差",
        explained=(NOISE,),
        sentence="With 40 % wrong labels the hinges lose more than cross-entropy, Weston and Watkins's least; with 20 % it depends on form and data.",
        bound="0.5 points, a fifth of what wrong labels cost cross-entropy here.",
        literature="Wu and Liu (2007) cut the hinge off for this reason; Ghosh et al. (2017): symmetric losses are safe under wrong labels, and neither the hinge nor cross-entropy is one. Agrees, and says the same of cross-entropy.",
        mixed="It holds with each form, but not in one setting of eighteen: MNIST, 20 % wrong labels, Crammer and Singer's hinge",
    ),
    Claim(
        id="C5a",
        section="9.1.3",
        says="The ramp resists noise.",
        fragment="良好的抗噪特性",
        explained=(NOISE,),
        sentence="After a warm start on MNIST with many wrong labels the ramp gains a point on cross-entropy; on the animals it loses, and from random weights it often fails.",
        bound="0.5 points, as for the hinge.",
        literature="Wu and Liu (2007) report gains over the hinge on small data with convex solvers, not networks. Agrees in part.",
        mixed="It holds on MNIST after a warm start, and fails on the animals and from random weights, with exceptions to both",
    ),
    Claim(
        id="C5b",
        section="9.1.3",
        says="Tukey's biweight resists outliers.",
        fragment="良好的抗噪特性",
        explained=(f"{TUKEY}#c5-resistance-to-noise-and-outliers",),
        sentence="Outliers add little to its error, and far less than to that of l2, where the targets can be predicted.",
        bound="A tenth of the error: what outliers may add and still be called resisted; beside l2, a hundredth of a standard deviation.",
        literature="Belagiannis et al. (2015): fewer errors than l2 on four pose data sets. Agrees.",
    ),
    Claim(
        id="C6",
        section="9.1.3",
        says="Under a truncated loss, large errors stop mattering.",
        fragment="使得较大的误差不再大程度影响",
        explained=(
            TRUNCATED,
            f"{TUKEY}#c6-large-errors-stop-mattering",
        ),
        sentence="Beyond the cut, an error of whatever size has no gradient at all.",
        bound=EXACT,
        literature="Wu and Liu (2007), Beaton and Tukey (1974). Agrees.",
    ),
    Claim(
        id="C7",
        section="9.1.3",
        says="The ramp is the truncated hinge, and not convex.",
        fragment="截断合页损失函数",
        explained=(TRUNCATED,),
        sentence="The ramp is the hinge minus a hinge moved to s: level, falling and level again, and so not convex.",
        bound=EXACT,
        literature="Collobert et al. (2006). Agrees.",
    ),
    Claim(
        id="C8",
        section="9.1.3",
        says="Non-convexity is no obstacle in training networks.",
        fragment="不再成为难题",
        explained=(NOISE,),
        sentence="On clean labels a cut that acts costs accuracy; close to 0 and from random weights it costs most of it.",
        bound="Half a point: what one would hardly pay for a cut that clean labels do not need.",
        literature="Collobert et al. (2006) train such losses well, from a convex start. None tried the chapter's cut in networks.",
    ),
    Claim(
        id="C9a",
        section="9.1.3",
        says="Floating-point numbers never fall on a kink.",
        fragment="并不会得到完全导数落在“尖点”",
        explained=(f"{RAMP}#c9-floating-point-never-lands-on-a-kink",),
        sentence="Floats do fall on a kink: hardly ever in single precision, often in half.",
        bound="One hit: “never” is refuted by one.",
        literature="Bertoin et al. (2021) count such hits in training and find them, more in low precision. Disagrees with the chapter, as we do.",
    ),
    Claim(
        id="C9b",
        section="9.1.3",
        says="The slope chosen at a kink does no harm.",
        fragment="并不会得到完全导数落在“尖点”",
        explained=(f"{RAMP}#c9-floating-point-never-lands-on-a-kink",),
        sentence="Which slope is taken at the kinks changes the test error by less than a point, even with rounded logits.",
        bound="1 point of test error: four or five of 450 images.",
        literature="Bertoin et al. (2021): harmless in double and single precision, not always in half. Agrees in part.",
    ),
    Claim(
        id="C10",
        section="9.1.3",
        says="The best cut is s = −1/(C−1).",
        fragment="s取值最好根据分类任务的类别数C而定",
        explained=(f"{RAMP}#c10-s-should-follow-the-number-of-classes",),
        sentence="The formula is a bound for unlimited data; in training another cut is better wherever we can tell.",
        bound="0.5 points, as for the hinge.",
        literature="Wu and Liu (2007) derive it for unlimited data, as a bound for consistency. It says nothing of networks and 10,000 images.",
    ),
    Claim(
        id="C11",
        section="9.1.4",
        says="With m = 1 the large-margin softmax is cross-entropy.",
        fragment="退化为传统交叉熵损失函数",
        explained=(f"{LARGE_MARGIN}#c11-with-m-1-it-is-the-softmax-loss",),
        sentence="With m = 1 it is the cross-entropy of logits without bias, value and gradients.",
        bound=EXACT,
        literature="Liu et al. (2016). Agrees.",
    ),
    Claim(
        id="C12",
        section="9.1.4",
        says="The larger m, the larger the gap between classes.",
        fragment="m 越大，类间间隔越大",
        explained=(f"{LARGE_MARGIN}#c12-the-larger-m-the-larger-the-gap",),
        sentence="A larger m moves the boundaries further apart, and the features follow, at every step that we can tell.",
        bound="Half a degree: a hundredth of the angle between two of ten classes.",
        literature="Liu et al. (2016): (m − 1)/(m + 1) of the angle, for weights of one length. Agrees.",
    ),
    Claim(
        id="C13",
        section="9.1.4",
        says="The condition of 9.7 contains the plain softmax's.",
        fragment="不仅满足传统交叉熵损失函数的约束",
        explained=(f"{LARGE_MARGIN}#c13-the-new-condition-contains-the-old-one",),
        sentence="Up to the angle π/m, a sample that meets the new condition meets the old one.",
        bound=EXACT,
        literature="Liu et al. (2016). Agrees.",
    ),
    Claim(
        id="C14",
        section="9.1.4",
        says="D only needs to decrease.",
        fragment="只需满足“单调递减”",
        explained=(f"{LARGE_MARGIN}#c14-d-only-needs-to-decrease",),
        sentence="D must decrease and begin at −1, where cos(mθ) ends.",
        bound=EXACT,
        literature="Liu et al. (2016) ask for the same as the chapter, which took it over; the D that they use begins at −1.",
    ),
    Claim(
        id="C15",
        section="9.1.4",
        says="The harder objective prevents over-fitting.",
        fragment="防止模型过拟合",
        explained=(BETTER,),
        sentence="With few images a margin narrows the gap between training and test error and costs no test error; with all of MNIST in three epochs it does not.",
        bound="0.1 points: ten of MNIST's 10,000 test images; and the test error may not be worse by more.",
        literature="Liu et al. (2016) show a smaller distance of training and test error on CIFAR-10. Agrees.",
        condition="with at most 10,000 training images",
        fits=lambda own: own["data"] != "mnist-60000",
    ),
    Claim(
        id="C16",
        section="9.1.4",
        says="The large-margin softmax beats cross-entropy and the hinge.",
        fragment="要优于交叉熵损失函数和合页损失函数",
        explained=(BETTER,),
        sentence="With few training images it errs less than both; with all of MNIST in three epochs, m = 3 and m = 4 err more than cross-entropy.",
        bound="0.1 points: ten of MNIST's 10,000 test images.",
        literature="Liu et al. (2016), MNIST: 0.40 % falls to 0.31 %, nine images, which chance may do; CIFAR-100: 32.7 % to 29.5 %. Agrees.",
        condition="with at most 10,000 training images, or beside the hinge",
        fits=lambda own: own["data"] != "mnist-60000" or own["rival"] == "hinge",
    ),
    Claim(
        id="C17",
        section="9.1.5",
        says="The larger λ, the tighter the clusters.",
        fragment="簇更加集中",
        explained=(GAPS,),
        sentence="Each tenfold increase of λ about halves the spread of the clusters.",
        bound="A twentieth of the spread: half of what two seeds differ by.",
        literature="Wen et al. (2016), figure 3, drawn without axes. Agrees.",
    ),
    Claim(
        id="C18",
        section="9.1.5",
        says="From panel (a) to (d) the gaps grow.",
        fragment="簇的间隔越来越大",
        explained=(GAPS,),
        sentence="The gaps themselves shrink at every step; in units of the spread they grow at every step.",
        bound="A twentieth, as for the spread.",
        literature="Wen et al. (2016), figure 3: each panel has a scale of its own, which shows gaps in units of the picture. Agrees in these.",
        condition="in units of the spread",
        fits=lambda own: own["measured"] == "ratio",
    ),
    Claim(
        id="C19",
        section="9.1.5",
        says="The centre loss must be combined with another loss.",
        fragment="中心损失函数应与其他主要考虑类间距离的损失函数配合使用",
        explained=(f"{CENTER}#c19-not-without-a-partner",),
        sentence="Alone, the centre loss is least where all features are one point, and training goes there.",
        bound="10 points of error: more than any λ up to 1 costs beside a partner.",
        literature="Wen et al. (2016) say the same, without numbers. Agrees.",
    ),
    Claim(
        id="C20",
        section="9.1.5",
        says="The larger λ, the better features tell classes apart.",
        fragment="特征具备更强的判别能力",
        explained=(GAPS,),
        sentence="By the nearest centre, a weight of up to 0.1 helps to tell digits apart; by the largest logit no weight does.",
        bound="0.2 points: twenty of MNIST's 10,000 test images.",
        literature="Wen et al. (2016), figure 5: accuracy on faces rises with λ and falls again. Agrees in part.",
    ),
    Claim(
        id="C21a",
        section="9.1.5",
        says="With centres, cross-entropy does better on known classes.",
        fragment="要优于只使用交叉熵损失函数",
        explained=(f"{CENTER}#c21-cross-entropy-with-centres-beats-cross-entropy",),
        sentence="With 32 features, centres that follow their classes help on known digits, and more than a mere penalty on the length of features.",
        bound="0.1 points: ten of MNIST's 10,000 test images.",
        literature="Wen et al. (2016) compare on faces only; one later comparison on CIFAR-10 found harm.",
    ),
    Claim(
        id="C21b",
        section="9.1.5",
        says="With centres, new classes are told apart better.",
        fragment="要优于只使用交叉熵损失函数",
        explained=(f"{CENTER}#c21-cross-entropy-with-centres-beats-cross-entropy",),
        sentence="On digits and faces never seen we cannot tell: there are too few digits and people.",
        bound="Half a point of the equal error rate, a tenth of what it is for faces in such small networks.",
        literature="Wen et al. (2016), faces: 97.4 % rises to 99.3 % on LFW. We cannot tell.",
    ),
    Claim(
        id="C22",
        section="9.2.2",
        says="The accuracies of l1 and l2 hardly differ.",
        fragment="几乎相差无几",
        explained=(
            f"{L2}#c22-and-c23-how-far-is-a-digit-turned",
            f"{L1}#c22-first-half-l1-and-l2-differ-little",
        ),
        sentence="l1 errs more than l2 under Gaussian noise, by a quarter in one task and a hundredth in another, and a tenth less under Laplacian noise.",
        bound="5 per cent of the error: what “hardly” may mean.",
        literature="Theory: a median has 2/π of the mean's efficiency under Gaussian noise, and twice it under Laplacian (Huber, 1964).",
        mixed="It holds on the rotated digits, and fails on Friedman's function in opposite directions under two kinds of noise",
    ),
    Claim(
        id="C23",
        section="9.2.2",
        says="l2 converges slightly faster than l1.",
        fragment="收敛速度方面l2损失函数也略快于l1",
        explained=(f"{L2}#c22-and-c23-how-far-is-a-digit-turned",),
        sentence="l2 needs about two thirds of the epochs of l1, each at its own rate.",
        bound="A twentieth of the epochs.",
        literature="The chapter refers to its own work (Zhang et al., 2016), which prints no curve that we know of.",
    ),
    Claim(
        id="C24",
        section="9.2.3",
        says="Tukey's biweight overcomes outliers and noise.",
        fragment="可克服在回归任务中的离群点或样本噪声",
        explained=(f"{TUKEY}#c24-tukey-in-a-network",),
        sentence="Tukey's biweight beats l2, Huber and l1 under outliers in two tasks of three; l1 under the same scale comes close.",
        bound="1 per cent of the error.",
        literature="Belagiannis et al. (2015): ahead of l2 on four pose data sets; they do not compare with l1. Agrees beside l2.",
    ),
    Claim(
        id="C25a",
        section="9.2.3",
        says="c = 4.6851 gives an asymptotic efficiency of 95 %.",
        fragment="",
        explained=(f"{TUKEY}#c25-c-4-6851-and-95",),
        sentence="For normal residuals of scale 1, c = 4.6851 gives 95 %.",
        bound="A point of efficiency: what 200 numbers may differ by from infinitely many.",
        literature="Holland and Welsch (1977). Agrees.",
    ),
    Claim(
        id="C25b",
        section="9.2.3",
        says="c needs no tuning.",
        fragment="",
        explained=(f"{TUKEY}#c25-c-4-6851-and-95",),
        sentence="c needs no tuning once residuals are divided by 1.4826 MAD; in raw units it does.",
        bound="A point of efficiency; a tenth of a network's error.",
        literature="Belagiannis et al. (2015) divide by 1.4826 MAD first, and then leave c alone.",
        condition="with residuals divided by 1.4826 MAD",
        fits=lambda own: own.get("scale") == "MAD" or own.get("method") == "Tukey, MAD",
    ),
)
