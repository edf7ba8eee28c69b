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

/* log cosh x: a series up to 1 and, beyond, |x| - 1 - log((1 + e^-2) / (1 + e^-2|x|)) more. */
INLINE NUMBER OF(log_cosh)(NUMBER x) {
    NUMBER size = OF(abs)(x), inner = OF(below)(size, 1), square = inner * inner;
    NUMBER beyond = size - inner, share = -OF(expm1)(-2 * beyond);
    NUMBER more = beyond - share * OF(log_cosh_beyond)(share);
    return OF(fma)(square, OF(log_cosh_near)(square), more);
}

/* 1 / (1 + e^-x). */
INLINE NUMBER OF(sigmoid)(NUMBER x) {
    NUMBER e = OF(decay)(x);
    return x != x ? x : (x >= 0 ? 1 : e) / (1 + e);
}

/* 1 - 1 / (1 + e^-x). */
INLINE NUMBER OF(sigmoid_complement)(NUMBER x) {
    NUMBER e = OF(decay)(x);
    return x != x ? x : (x >= 0 ? e : 1) / (1 + e);
}

/* (1 - t) p - t (1 - p) for p = 1 / (1 + e^-z): over one denominator, so that little is rounded
 * before the difference, which cancels where p is near a soft t.
 */
INLINE NUMBER OF(sigmoid_residual)(NUMBER t, NUMBER z) {
    NUMBER e = OF(decay)(z);
    NUMBER above = OF(fma)(-t, e, 1 - t), below = OF(fma)(1 - t, e, -t);
    return z != z ? z : (z >= 0 ? above : below) / (1 + e);
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

/* (log(1 + p) - log(1 + t))^2, by the logarithm of a quotient near 1 for p near t. */
INLINE NUMBER OF(squared_log_error)(NUMBER p, NUMBER t) {
    NUMBER gap = OF(log1p)(OF(abs)(p - t) / ((p < t ? p : t) + 1));
    return gap * gap;
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
