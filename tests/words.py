"""Idioms that nothing a user reads may have, and what the field says: the one list for all tests.

Each is a pattern of whole words; the text beside it is what to write instead.
"""

IDIOMS = {
    r"lack(s|ed|ing)?": "has no, is missing, or the amount by name: margin, distance",
    r"dear(er|est)?": "weight, strength",
    r"surpris\w*": "negative log-likelihood, log loss",
    r"pric(e|es|ed|ing)": "weight, cost",
    r"forgiv\w*": "tolerates, has a smaller loss",
    r"shall": "must, should, is",
    r"an items?": "per item, each item, one item",
    r"mass(es)?": "overlap, sum, share, probability",
    r"pull\w*": "gradient, attraction",
    r"push\w*": "gradient, repulsion",
    r"fad(e|es|ed|ing)": "down-weights",
    r"charged": "added, counted",
    r"told": "given, said",
    r"blam\w*": "report, cause",
    r"apart": "at a distance, separately, disjoint",
    r"harsh\w*": "large",
    r"seams?": "kink, discontinuity",
    r"meets?|met": "overlap, touch, reach, fulfil",
    r"those who": "what it is",
    r"false alarms?": "false positives",
    r"sure miss(es)?": "confident wrong prediction",
}
PAGE_IDIOMS = {
    r"judged?|judges": "the metric is, is evaluated by",
    r"weigh(s|ed|ing)?": "weights, weighted",
    r"at hand": "available, given",
    r"drown(s|ed)?": "dominate",
    r"stead(y|ies|ier)": "stabilizes, more stable",
    r"costs? (nothing|without)": "has loss 0, is unbounded",
    r"rivals?": "other classes",
    r"knobs?": "parameter",
    r"shortfalls?": "hinge",
    r"the truth(?! value)|truths": "target, label, truth value",
}
"""Further idioms that pages are free of."""
