/* What losses make of elementary functions, of single numbers. Included once for each kind of
 * floating point: NUMBER is float or double, OF(name) the function of that kind.
 */

/* e^-|x|, from which several of these are made. */
INLINE NUMBER OF(decay)(NUMBER x) { return OF(exp)(-OF(abs)(x)); }

/* log(1 + e^-|x|), given e = e^-|x|. */
INLINE NUMBER OF(softplus_tail)(NUMBER e) { return OF(log1p_of_share)(e); }

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|). */
INLINE NUMBER OF(softplus)(NUMBER e, NUMBER x) {
    return x != x ? x : OF(above)(x, 0) + OF(log1p_of_share)(e);
}

/* w x, and 0 where w is 0 and x is infinite. */
INLINE NUMBER OF(safe_product)(NUMBER w, NUMBER x) { return w == 0 ? (x != x ? x : 0) : w * x; }

/* t log(1 + e^-z) + (1 - t) log(1 + e^z). */
INLINE NUMBER OF(expected_nll)(NUMBER e, NUMBER t, NUMBER z) {
    NUMBER positive = OF(safe_product)(t, OF(above)(-z, 0));
    NUMBER negative = OF(safe_product)(1 - t, OF(above)(z, 0));
    return OF(log1p_of_share)(e) + (positive + negative);
}

/* log cosh x by a polynomial up to 1 and, beyond, |x| - 1 - log((1 + e^-2) / (1 + e^-2|x|)) more, given
 * e^(2 - 2|x|), which is 1 up to 1.
 */
INLINE NUMBER OF(log_cosh_decay)(NUMBER x) {
    NUMBER size = OF(abs)(x);
    return OF(exp)(-2 * (size - OF(below)(size, 1)));
}

INLINE NUMBER OF(log_cosh)(NUMBER e, NUMBER x) {
    NUMBER size = OF(abs)(x), inner = OF(below)(size, 1), share = 1 - e, square = inner * inner;
    NUMBER rest = (size - inner) - share * OF(log_cosh_beyond)(share);
    return rest + square * OF(log_cosh_near)(square);
}

/* 1 / (1 + e^-x), given e = e^-|x|. */
INLINE NUMBER OF(sigmoid_of_decay)(NUMBER e, NUMBER x) {
    return x != x ? x : (x >= 0 ? 1 : e) / (1 + e);
}

INLINE NUMBER OF(sigmoid)(NUMBER x) { return OF(sigmoid_of_decay)(OF(decay)(x), x); }

/* 1 - 1 / (1 + e^-x). */
INLINE NUMBER OF(sigmoid_complement)(NUMBER x) {
    NUMBER e = OF(decay)(x);
    return x != x ? x : (x >= 0 ? e : 1) / (1 + e);
}

/* (1 - t) p - t (1 - p) for p = 1 / (1 + e^-z): over one denominator, so that little is rounded
 * before the difference, which cancels where p is near a soft t. Given e = e^-|z|.
 */
INLINE NUMBER OF(residual_of_decay)(NUMBER e, NUMBER t, NUMBER z) {
    NUMBER above = OF(fma)(-t, e, 1 - t), below = OF(fma)(1 - t, e, -t);
    return z != z ? z : (z >= 0 ? above : below) / (1 + e);
}

INLINE NUMBER OF(sigmoid_residual)(NUMBER t, NUMBER z) {
    return OF(residual_of_decay)(OF(decay)(z), t, z);
}

/* t w q^g log(1 + e^-z) + (1 - t) v p^g log(1 + e^z) for p = 1 / (1 + e^-z) and q = 1 - p, given
 * e^-|z|; a g of 1 to 4 by products.
 */
INLINE NUMBER OF(power)(NUMBER x, NUMBER g, int whole) {
    NUMBER square = x * x;
    if (whole == 1) return x;
    if (whole == 2) return square;
    if (whole == 3) return square * x;
    if (whole == 4) return square * square;
    return g == 0 ? 1 : (NUMBER)f64_exp((double)g * f64_log((double)x));
}

INLINE NUMBER OF(focal_nll)(NUMBER e, NUMBER t, NUMBER z, NUMBER g, NUMBER w, NUMBER v, int whole) {
    NUMBER tail = OF(log1p_of_share)(e), small = e / (1 + e), large = 1 / (1 + e);
    NUMBER p = z >= 0 ? large : small, q = z >= 0 ? small : large;
    NUMBER positive = OF(safe_product)(w, OF(power)(q, g, whole) * (tail + OF(above)(-z, 0)));
    NUMBER negative = OF(safe_product)(v, OF(power)(p, g, whole) * (tail + OF(above)(z, 0)));
    NUMBER loss = OF(safe_product)(t, positive) + OF(safe_product)(1 - t, negative);
    return z != z ? z : loss;
}

/* 1, 0 or -1; NaN stays. */
INLINE NUMBER OF(sign)(NUMBER x) { return x > 0 ? 1 : (x < 0 ? -1 : (x == 0 ? 0 : x)); }

/* The derivative of that: -t w q^g (q + g p log(1 + e^-z)) + (1 - t) v p^g (p + g q log(1 + e^z)). */
INLINE NUMBER OF(focal_slope)(NUMBER e, NUMBER t, NUMBER z, NUMBER g, NUMBER w, NUMBER v, int whole) {
    NUMBER tail = OF(log1p_of_share)(e), small = e / (1 + e), large = 1 / (1 + e);
    NUMBER p = z >= 0 ? large : small, q = z >= 0 ? small : large;
    NUMBER rising = q + g * OF(safe_product)(p, tail + OF(above)(-z, 0));
    NUMBER falling = p + g * OF(safe_product)(q, tail + OF(above)(z, 0));
    NUMBER positive = -w * OF(power)(q, g, whole) * rising;
    NUMBER negative = v * OF(power)(p, g, whole) * falling;
    return z != z ? z : t * positive + (1 - t) * negative;
}

INLINE NUMBER OF(squared_error)(NUMBER p, NUMBER t) { return (p - t) * (p - t); }

INLINE NUMBER OF(absolute_error)(NUMBER p, NUMBER t) { return OF(abs)(p - t); }

/* e^2 / 2 for |e| <= d, else d (|e| - d / 2): the product of e held within d and what is left. */
INLINE NUMBER OF(huber)(NUMBER p, NUMBER t, NUMBER d) {
    NUMBER e = p - t;
    NUMBER inner = OF(above)(OF(below)(e, d), -d);
    return (e - (NUMBER)0.5 * inner) * inner;
}

/* log(1 + e^-m) for the margin m = t z of a label t of -1 or 1, given e^-|m|. */
INLINE NUMBER OF(logistic_nll)(NUMBER e, NUMBER t, NUMBER z) {
    return OF(softplus)(e, -(t * z));
}

/* p (1 - p) ((1 - t) a + t b) for p = 1 / (1 + e^-z): the slope of what is b or a times p
 * within and without a mask.
 */
INLINE NUMBER OF(overlap_slope)(NUMBER z, NUMBER t, NUMBER a, NUMBER b) {
    NUMBER e = OF(decay)(z), small = e / (1 + e), large = 1 / (1 + e);
    NUMBER slope = large * small * ((1 - t) * a + t * b);
    return z != z ? z : slope;
}

/* |log(1 + p) - log(1 + t)|, by the logarithm of a quotient near 1 for p near t. */
INLINE NUMBER OF(log_gap)(NUMBER p, NUMBER t) {
    return OF(log1p)(OF(abs)(p - t) / ((p < t ? p : t) + 1));
}

INLINE NUMBER OF(squared_log_error)(NUMBER p, NUMBER t) {
    NUMBER gap = OF(log_gap)(p, t);
    return gap * gap;
}

/* max(0, k - t z) of a label t of -1 or 1. */
INLINE NUMBER OF(hinge_loss)(NUMBER z, NUMBER t, NUMBER k) { return OF(above)(k - t * z, 0); }

INLINE NUMBER OF(squared_hinge_loss)(NUMBER z, NUMBER t, NUMBER k) {
    NUMBER hinge = OF(hinge_loss)(z, t, k);
    return hinge * hinge;
}

/* A distance d that belongs together, max(0, k - d) of others. */
INLINE NUMBER OF(hinge_embedding_loss)(NUMBER d, NUMBER t, NUMBER k) {
    NUMBER apart = OF(above)(k - d, 0);
    return t < 0 ? apart : t * d; /* of a NaN, NaN */
}

INLINE NUMBER OF(margin_ranking_loss)(NUMBER a, NUMBER b, NUMBER t, NUMBER k) {
    return OF(above)(k - t * (a - b), 0);
}

/* above e for a residual e > 0, below |e| for e < 0. */
INLINE NUMBER OF(pinball_loss)(NUMBER p, NUMBER t, NUMBER below, NUMBER above) {
    NUMBER e = p - t, over = above * e, under = -below * e;
    NUMBER greater = over > under ? over : under; /* the second, if there is a NaN */
    return over != over ? over : greater;
}

/* |p - t| over what costs 1: so much of |t|, which counts as no less than `least`. */
INLINE NUMBER OF(relative_error)(NUMBER p, NUMBER t, NUMBER least, NUMBER share) {
    return OF(abs)(p - t) / (share * OF(above)(OF(abs)(t), least));
}

/* e^z - t z. */
INLINE NUMBER OF(poisson_nll)(NUMBER z, NUMBER t) { return OF(exp)(z) - t * z; }

/* log(v) / 2 + (p - t)^2 / (2 v) and a constant, for a variance v of no less than `least`. */
INLINE NUMBER OF(gaussian_nll)(NUMBER p, NUMBER v, NUMBER t, NUMBER least, NUMBER constant) {
    NUMBER variance = OF(above)(v, least);
    NUMBER unit = (p - t) / OF(sqrt)(2 * variance);
    return ((NUMBER)0.5 * OF(log)(variance) + unit * unit) + constant;
}

/* 1 - p is rest + lost, exactly. */
typedef struct { NUMBER rest, lost; } OF(complement);

INLINE OF(complement) OF(complement_of)(NUMBER p) {
    NUMBER rest = 1 - p, first = rest + p;
    return (OF(complement)){rest, (1 - first) - (p + (rest - first))};
}

/* -log of a probability, no more than `most`. */
INLINE NUMBER OF(capped_nll)(NUMBER p, NUMBER lost, NUMBER most) {
    return OF(below)(0 - OF(log_of_share)(p, lost), most);
}

/* -log of the probability of a label: of p for 1, of 1 - p for 0, of either for what lies between. A
 * label of 0 or 1 takes one logarithm, and has the bits that it has of both.
 */
INLINE NUMBER OF(label_nll)(NUMBER t, NUMBER p, NUMBER most) {
    OF(complement) q = OF(complement_of)(p);
    return OF(capped_nll)(t == 1 ? p : q.rest, t == 1 ? 0 : q.lost, most);
}

INLINE NUMBER OF(soft_label_nll)(NUMBER t, NUMBER p, NUMBER most) {
    OF(complement) q = OF(complement_of)(p);
    return OF(safe_product)(1 - t, OF(capped_nll)(q.rest, q.lost, most)) +
           OF(safe_product)(t, OF(capped_nll)(p, 0, most));
}

/* (1 - t) / (1 - p) - t / p, each 0 where its probability is below `least`. */
INLINE NUMBER OF(binary_nll_slope)(NUMBER t, NUMBER p, NUMBER least) {
    NUMBER q = 1 - p;
    return OF(safe_product)(1 - t, q < least ? 0 : 1 / q) + OF(safe_product)(t, p < least ? 0 : -1 / p);
}

/* 4 (sqrt y - sqrt m)^2 / sqrt m, the deviance of power 1.5. */
INLINE NUMBER OF(root_deviance)(NUMBER y, NUMBER m) {
    NUMBER root = OF(sqrt)(m), gap = (y - m) / (OF(sqrt)(y) + root);
    return (gap / root) * gap * 4;
}

/* Unit deviances of y from m: near y = m by v = (y - m) / (y + m), of which log(y / m) is
 * 2 artanh v, elsewhere by log(y / m).
 */
typedef struct { NUMBER residual, v, rest, log_ratio; int near; } OF(quotient);

INLINE OF(quotient) OF(compare)(NUMBER y, NUMBER m) {
    NUMBER residual = y - m, total = y + m;
    int over = total == INFINITY;
    NUMBER v = (over ? (NUMBER)0.5 * residual : residual) /
               (over ? (NUMBER)0.5 * y + (NUMBER)0.5 * m : total);
    NUMBER square = v * v;
    int small = y > 0 && m > y * FAR_APART, large = y > m * FAR_APART; /* y / m may leave the range */
    NUMBER up = small ? SCALE : large ? 1 / SCALE : 1, down = small ? 1 / SCALE : large ? SCALE : 1;
    NUMBER log_ratio = OF(log)((y * up) / (m * down));
    log_ratio += small ? -LOG_OF_SCALES : large ? LOG_OF_SCALES : 0;
    return (OF(quotient)){residual, v, square * OF(artanh_rest)(square), log_ratio,
                          square <= (NUMBER)0.36};
}

INLINE NUMBER OF(poisson_deviance)(NUMBER y, NUMBER m) {
    OF(quotient) at = OF(compare)(y, m);
    NUMBER near = at.v * (at.rest * y + at.residual);
    NUMBER far = OF(above)(at.log_ratio, -2000) * y - at.residual; /* y log(y / m) is 0 at y = 0 */
    return 2 * (at.near ? near : far);
}

INLINE NUMBER OF(gamma_deviance)(NUMBER y, NUMBER m) {
    OF(quotient) at = OF(compare)(y, m);
    NUMBER relative = at.residual / m;
    return 2 * (at.near ? at.v * (relative - at.rest) : relative - at.log_ratio);
}
