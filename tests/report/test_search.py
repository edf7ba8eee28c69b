"""`list --search`: each loss is found by its textbook names and by those of other libraries."""

import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE, RECIPES, get
from lossctl.losses.framework_names import names_elsewhere
from lossctl.report.listing import nothing_matches

TEXTBOOK = """
mean squared error = mse
squared error = mse
quadratic loss = mse
least squares = mse
L2 loss = mse
mean absolute error = mae
absolute error = mae
L1 = mae
least absolute deviations = mae
Huber loss = huber
smooth L1 = smooth_l1
Charbonnier = pseudo_huber
pseudo-Huber = pseudo_huber
log-cosh = log_cosh
pinball = quantile
check loss = quantile
quantile regression = quantile
asymmetric least squares = expectile
expectile regression = expectile
mean absolute percentage error = mape
symmetric MAPE = smape
mean squared log error = msle
RMSLE = msle
Poisson regression = poisson_nll
Poisson loss = poisson_nll
Gaussian negative log-likelihood = gaussian_nll
heteroscedastic regression = gaussian_nll
Student's t = student_t_nll
Poisson deviance = poisson_deviance
gamma regression = gamma_deviance
Tweedie = tweedie_deviance
Lorentzian = cauchy
Geman-McClure = barron
Welsch = barron
general robust = barron
CRPS = crps_gaussian
continuous ranked probability score = crps_gaussian
Lin's concordance = concordance
CCC loss = concordance
log-softmax KL = kl_divergence_with_log_targets
log loss = bce
binary cross-entropy = bce
Bernoulli likelihood = bce
logarithmic score = bce
sigmoid cross entropy = bce_with_logits
logistic regression = bce_with_logits
focal loss = focal
RetinaNet = focal
cross entropy = cross_entropy
categorical cross-entropy = cross_entropy
softmax loss = cross_entropy
multinomial logistic = cross_entropy
log loss = cross_entropy
SVM = hinge
max margin = hinge
hinge loss = hinge
squared hinge = squared_hinge
L2-SVM = squared_hinge
logistic loss = soft_margin
AdaBoost = exponential
exponential loss = exponential
Brier score = brier
quadratic score = brier
ASL = asymmetric
multi-label focal = asymmetric
PolyLoss = poly1
multi-label soft margin = multilabel_soft_margin
multi-label hinge = multilabel_margin
negative log likelihood = nll
Kullback-Leibler = kl_divergence
relative entropy = kl_divergence
KL = kl_divergence
information gain = kl_divergence
Jensen-Shannon = js_divergence
Weston-Watkins = multi_margin
multi-class SVM = multiclass_hinge
Crammer-Singer = multiclass_hinge
categorical hinge = multiclass_hinge
generalised cross entropy = generalized_cross_entropy
noisy labels = generalized_cross_entropy
reverse cross-entropy = symmetric_cross_entropy
label noise = symmetric_cross_entropy
balanced softmax = logit_adjusted_cross_entropy
logit adjustment = logit_adjusted_cross_entropy
label-distribution-aware margin = ldam
knowledge distillation = distillation
teacher student = distillation
Dice coefficient = dice
Sorensen-Dice = dice
F1 loss = dice
Tversky index = tversky
F-beta = tversky
IoU = jaccard
intersection over union = jaccard
Jaccard index = jaccard
focal Tversky = focal_tversky
generalised Dice = generalized_dice
nnU-Net = dice_cross_entropy
DiceCE = dice_cross_entropy
Lovasz hinge = lovasz_hinge
Lovasz softmax = lovasz_softmax
mean IoU = lovasz_softmax
surface loss = boundary
Hausdorff distance = hausdorff
centerline Dice = cldice
topology-preserving = cldice
triplet margin = triplet
FaceNet = triplet
Siamese = contrastive
cosine embedding = cosine_embedding
hinge embedding = hinge_embedding
pairwise hinge = margin_ranking
RankSVM = margin_ranking
cosine similarity = cosine_similarity
cosine distance = cosine_distance
cosine proximity = cosine_distance
InfoNCE = info_nce
contrastive predictive coding = info_nce
SimCLR = nt_xent
normalised temperature-scaled cross entropy = nt_xent
in-batch negatives = multiple_negatives_ranking
MNR = multiple_negatives_ranking
image text contrastive = clip
SupCon = supervised_contrastive
circle loss = circle
multi-similarity = multi_similarity
N-pair = n_pairs
additive angular margin = arcface
AM-softmax = cosface
large margin cosine = cosface
redundancy reduction = barlow_twins
variance invariance covariance = vicreg
pairwise logistic = ranknet
pairwise ranking = ranknet
listwise softmax = listnet
Plackett-Luce = listmle
LambdaMART = lambda_rank
NDCG loss = lambda_rank
connectionist temporal classification = ctc
PPL = perplexity
bits per byte = bits_per_byte
bits per character = bits_per_byte
reward model = bradley_terry
Bradley-Terry = bradley_terry
proximal policy optimisation = ppo_clip
clipped surrogate = ppo_clip
direct preference optimization = dpo
RMSD = rmse
self-play preference optimization = sppo
noise contrastive estimation of preferences = nca
anchored preference optimization = apo
LRML = discopop
Ranking SVM = pairwise_hinge
soft AUC = pairwise_soft_zero_one
scale-sensitive ranking = pairwise_mse
differentiable NDCG = approx_ndcg
consistent rank logits = coral
continuation ratio = corn
cumulative link = cumulative_logits
discrete CRPS = ordinal_emd
Winkler score = interval
fair CRPS = crps_ensemble
multi-quantile loss = crps_quantile
gamma-Poisson likelihood = negative_binomial_nll
ZIP regression = zero_inflated_poisson_nll
WAPE = wmape
pairwise pinball loss = pairwise_quantile
PolyLoss of lists = poly1_softmax
uni softmax = unique_softmax
top-k ListNet = listnet_top_k
NDCG-Loss2++ = lambda_loss
smooth reciprocal rank = approx_mrr
multi-scale SSIM = ms_ssim
Wasserstein Dice = generalized_wasserstein_dice
M4 competition = mase
M5 competition = rmsse
differentiable L1 = charbonnier
identity preference optimization = ipo
SLiC-HF = slic
provably robust DPO = robust_dpo
Kahneman-Tversky optimization = kto
odds ratio preference optimization = orpo
simple preference optimization = simpo
contrastive preference optimization = cpo
bounding box IoU = box_iou
generalised intersection over union = giou
distance IoU = diou
complete IoU = ciou
VAE KL = kl_standard_normal
ELBO = kl_standard_normal
adversarial loss = gan_discriminator
WGAN = gan_discriminator
LSGAN = gan_generator
non-saturating GAN = gan_generator
DDPM = diffusion_noise
min-SNR = diffusion_noise
denoising score matching = diffusion_noise
perceptual loss = content
VGG loss = content
Gram matrix = gram_style
texture loss = gram_style
TV = total_variation
structural similarity = ssim
Logic Tensor Networks = rule_satisfaction
universal quantifier = forall_rule
existential quantifier = exists_rule
product t-norm = log_product_rule
quadratic penalty = constraint_violation
exact penalty = linear_penalty
L1 penalty = linear_penalty
interior point = log_barrier
barrier = log_barrier
hinge penalty = hinge_penalty
user-defined = custom
expression = custom
variational autoencoder = vae
pix2pix = pix2pix
"""

PAIRS = [
    (name, loss) for line in TEXTBOOK.split("\n") if line for name, loss in [line.split(" = ")]
]


def found(words: str, **narrowed: str) -> list[str]:
    return [entry["id"] for entry in lossctl.catalogue(search=words, **narrowed)]


def test_the_list_is_long_and_has_every_loss() -> None:
    assert len(PAIRS) >= 130
    assert {loss for _, loss in PAIRS} >= set(CATALOGUE)


@pytest.mark.parametrize(("name", "loss"), PAIRS)
def test_a_textbook_name_finds_its_loss_among_the_first(name: str, loss: str) -> None:
    assert loss in found(name)[:4]


@pytest.mark.parametrize("loss", CATALOGUE)
def test_ids_aliases_and_titles_come_first(loss: str) -> None:
    assert found(loss)[0] == loss
    for alias in CATALOGUE[loss].aliases:
        assert found(alias)[0] == loss
    assert loss in found(get(loss).title)[:2]


@pytest.mark.parametrize("loss", CATALOGUE)
def test_names_in_other_libraries_find_their_loss(loss: str) -> None:
    for name in names_elsewhere(loss):
        assert loss in found(name), name


def test_textbook_names_are_not_ids_or_titles_again() -> None:
    for loss in CATALOGUE:
        again = {
            name.lower().replace(" ", "_").replace("-", "_") for name in (loss, get(loss).title)
        }
        again |= {alias.lower() for alias in CATALOGUE[loss].aliases}
        called = [name.lower().replace(" ", "_") for name in get(loss).page.also_called]
        assert not again & set(called), loss
        assert len(set(called)) == len(called)


def test_words_are_all_needed_in_any_case_form_and_order() -> None:
    assert "cross_entropy" in found("Entropy CROSS")[:3]
    assert found("cross-entropy")[0] == found("crossentropy")[0] == "cross_entropy"
    assert set(found("squared hinge")) < set(found("hinge"))
    assert found("lovász") == found("lovasz")
    assert found("optimisation preference") == found("optimization preference")
    assert found("torch.nn.BCELoss")[0] == "bce"
    assert found("quantiles")[0] == "quantile"


def test_a_name_comes_before_a_word_of_a_name_and_that_before_the_summary() -> None:
    order = found("hinge")
    assert order[0] == "hinge"
    assert order.index("squared_hinge") < order.index("vicreg")


def test_a_library_finds_the_losses_it_has() -> None:
    assert {"bce", "huber", "ctc"} <= set(found("pytorch"))
    assert "dpo" not in found("pytorch")


def test_family_and_task_narrow_a_search() -> None:
    assert found("iou", family="detection") == ["box_iou", "giou", "diou", "ciou"]
    assert "hinge" in found("svm", task="binary")
    assert "hinge" not in found("svm", task="multiclass")
    assert found("svm", family="segmentation") == []
    assert "others do" in nothing_matches("svm")


def test_the_text_of_pages_is_searched_where_names_have_nothing() -> None:
    assert found("handwriting") == ["ctc"]
    assert found("label smoothing")[:3] == ["bce_with_logits", "focal", "cross_entropy"]
    assert "handwriting" not in lossctl.catalogue("sequence")[0]["summary"]


def test_what_is_not_found_gets_the_nearest_or_what_it_is() -> None:
    assert found("hubber") == found("word error rate") == found("AngularLoss") == []
    assert "did you mean huber?" in nothing_matches("hubber").lower()
    assert "is a metric" in nothing_matches("word error rate")
    assert "lossctl show n_pairs" in nothing_matches("AngularLoss")
    assert nothing_matches("qqqq") == "no loss matches 'qqqq'; `lossctl list` shows them all"


@pytest.mark.parametrize("query", ["", "  ", "?!", "x" * 61])
def test_a_search_without_words_or_too_long_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="search takes words of at most 60 characters"):
        lossctl.catalogue(search=query)


def test_recipes_are_found_too() -> None:
    for recipe in RECIPES:
        assert recipe in found(recipe)[:2]
    assert found("RetinaNet") == ["focal", "detection"]
