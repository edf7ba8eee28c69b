"""RankNet."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.probability.logistic import sigmoid, softplus
from lossctl.losses.builders.ranking_lists import MARGIN, SIGMA
from lossctl.losses.builders.ranking_pairs import NOTES, pair_loss


def cost(margin: Array, *, sigma: float) -> Array:
    """log(1 + e^(−σ·margin))."""
    return softplus(-sigma * margin)


def cost_slope(margin: Array, *, sigma: float) -> Array:
    """−σ·sigmoid(−σ·margin)."""
    return -sigma * sigmoid(-sigma * margin)


RANKNET = pair_loss(
    "ranknet",
    title="RankNet",
    cost=cost,
    cost_slope=cost_slope,
    params=(SIGMA,),
    page=Page(
        summary="RankNet: log(1 + e^(−σ·(s_i − s_j))) over pairs with i more relevant than j",
        also_called=("pairwise logistic ranking", "pairwise ranking"),
        curve=MARGIN,
        formula="mean over pairs with y_i > y_j of log(1 + e^(−σ(s_i − s_j)))",
        use_when=(
            "items of a list are graded, or compared in pairs",
            "the whole order matters and not only its top",
        ),
        avoid_when=(
            "only the top of the list matters (use lambda_rank)",
            "lists hold many thousands of items: there are L² / 2 pairs (use listnet)",
        ),
        expected={
            "perfect": "0: every more relevant item is far ahead",
            "chance": "log 2 = 0.693 for equal scores",
            "bad": "> log 2: more pairs in the wrong order than in the right one",
        },
        references=(
            Reference(
                "Burges et al., Learning to rank using gradient descent (2005)",
                "doi:10.1145/1102351.1102363",
            ),
            Reference(
                "Burges, From RankNet to LambdaRank to LambdaMART: an overview (2010)",
                "https://www.microsoft.com/en-us/research/publication/"
                "from-ranknet-to-lambdarank-to-lambdamart-an-overview/",
            ),
        ),
        examples=(
            Example.of(
                0.6931471805599453,
                "three pairs of equal scores: log 2 each",
                predictions=[0.0, 0.0, 0.0],
                targets=[2.0, 1.0, 0.0],
            ),
            Example.of(
                1.0064088680781682,
                "differences 1 and 0: log(1 + 1/e) + log 2 = 0.31326… + 0.69314…; the two items of "
                "relevance 0 are no pair",
                {"pairs": "sum"},
                predictions=[1.0, 0.0, 1.0],
                targets=[1.0, 0.0, 0.0],
            ),
        ),
        notes=(
            *NOTES,
            "the paper would ask for equal scores of items of equal relevance",
            "pairs=sum is the paper's cost: long lists then count more, as L²",
        ),
    ),
)
