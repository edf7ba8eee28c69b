"""The losses that the benchmark of recommendations trains, each under a short name."""

from lossctl.racing.candidates import Candidate

LEVEL = 0.9  # of the pinball loss

CLASSES = {
    "cross_entropy": Candidate("cross_entropy"),
    "balanced": Candidate("cross_entropy", {"class_weights": "balanced"}),
    "effective": Candidate("cross_entropy", {"class_weights": "effective:0.999"}),
    "focal": Candidate("focal", {"gamma": 2.0, "alpha": None, "task": "multiclass"}),
    "logit_adjusted": Candidate("logit_adjusted_cross_entropy"),
    "brier": Candidate("brier"),
    "smoothed": Candidate("cross_entropy", {"label_smoothing": 0.1}),
    "poly1": Candidate("poly1"),
    "margin": Candidate("multi_margin"),
}
VALUES = {
    "mse": Candidate("mse"),
    "mae": Candidate("mae"),
    "huber": Candidate("huber", {"delta": 0.5}),
    "huber_wide": Candidate("huber", {"delta": 1.0}),
    "log_cosh": Candidate("log_cosh"),
    "quantile": Candidate("quantile", {"q": LEVEL}),
    "poisson": Candidate("poisson_nll", {"log_input": True}, "log"),
    "gamma": Candidate("gamma_deviance", {}, "exp"),
    "msle": Candidate("mse", {}, "log1p"),
    "mape": Candidate("mape", {}, "exp"),
}
