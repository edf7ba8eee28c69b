/* Loops over rows of class scores z with a true class y. Included once for each kind of floating
 * point.
 *
 * The loss -log softmax(z)_y is log(1 + others / e^(z_y)) for the sum of the other exponentials:
 * nothing cancels however sure the row is. The exponentials are taken of the scores as they are,
 * which are exact, unless a sum comes near the ends of the range: such a row is done anew, with a
 * shift, in float64.
 */

/* The sum of a row. */
INLINE double OF(row_sum)(const NUMBER *x, intptr_t classes) {
    if (classes > CHUNK) return OF(vector_sum)(x, classes);
    if (classes < LANES) {
        double sum = 0.0;
        for (intptr_t c = 0; c < classes; c++) sum += (double)x[c];
        return sum;
    }
    double lanes[LANES] = {0};
    intptr_t whole = classes - classes % LANES;
    for (intptr_t at = 0; at < whole; at += LANES) EACH_LANE lanes[lane] += (double)x[at + lane];
    for (intptr_t at = whole; at < classes; at++) lanes[at - whole] += (double)x[at];
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    return lanes[0];
}

/* The score of the true class of each row. */
static void OF(true_class_score_rows)(const NUMBER *z, const int64_t *y, NUMBER *scores,
                                      intptr_t rows, intptr_t classes) {
    for (intptr_t row = 0; row < rows; row++) { /* without a condition on what is read */
        int is_none = (uint64_t)y[row] >= (uint64_t)classes;
        NUMBER score = z[row * classes + (is_none ? 0 : y[row])];
        scores[row] = is_none ? NAN : score;
    }
}

/* Take the exponential of the true class out of a row; the sum of the others. */
INLINE double OF(take_out)(NUMBER *e, intptr_t classes, int64_t truth, NUMBER *own) {
    *own = e[truth];
    e[truth] = 0; /* to leave it out of the sum by a condition would cost a wrong guess a row */
    return OF(row_sum)(e, classes);
}

INLINE int OF(is_safe)(double others, NUMBER truth) {
    return others >= SAFE_LEAST && others <= SAFE_MOST && truth >= SAFE_LEAST && truth <= SAFE_MOST;
}

/* The loss of a row whose scores are far from 0. */
static double OF(shifted_nll)(const NUMBER *z, intptr_t classes, int64_t truth) {
    double others = 0.0, next = -INFINITY, own = (double)z[truth];
    for (intptr_t c = 0; c < classes; c++)
        if (c != truth && !((double)z[c] <= next)) next = (double)z[c];
    double top = own > next ? own : next;
    if (!(top > -INFINITY && top < INFINITY) || own != own) return NAN;
    if (own == -INFINITY) return INFINITY;
    if (own >= next) { /* log(1 + a sum of numbers up to 1) */
        for (intptr_t c = 0; c < classes; c++)
            others += c == truth ? 0.0 : f64_exp((double)z[c] - own);
        return f64_log1p(others);
    }
    int found = 0; /* the greatest is taken out of the sum: it is the 1 of log(1 + ...) */
    for (intptr_t c = 0; c < classes; c++) {
        if (!found && c != truth && (double)z[c] == next) found = 1;
        else others += f64_exp((double)z[c] - next);
    }
    return f64_log1p(others) + (next - own);
}

static void OF(true_class_nll_rows)(const NUMBER *z, const int64_t *y, NUMBER *losses, intptr_t rows,
                                    intptr_t classes) {
    NUMBER e[4 * CHUNK], ratios[CHUNK];
    intptr_t most = smaller(4 * CHUNK / (classes > 0 ? classes : 1), CHUNK);
    for (intptr_t first = 0, count; count = smaller(rows - first, most > 0 ? most : 1), count > 0;
         first += count) {
        const NUMBER *block = z + first * classes;
        if (most > 0) OF(exp_map)(block, e, count * classes);
        for (intptr_t row = 0; row < count; row++) {
            int64_t truth = y[first + row];
            if (truth < 0 || truth >= classes) { ratios[row] = NAN; continue; }
            double others = 0.0;
            NUMBER own;
            if (most > 0) {
                others = OF(take_out)(e + row * classes, classes, truth, &own);
            } else { /* a row longer than the buffer: pieces of it */
                own = OF(exp)(block[truth]);
                for (intptr_t at = 0, n; n = smaller(classes - at, 4 * CHUNK), n > 0; at += n) {
                    OF(exp_map)(block + at, e, n);
                    if (truth >= at && truth < at + n) e[truth - at] = 0;
                    others += OF(vector_sum)(e, n);
                }
            }
            ratios[row] = (NUMBER)(others / (double)own);
            if (!OF(is_safe)(others, own)) ratios[row] = -1; /* no ratio: done anew below */
        }
        OF(log1p_map)(ratios, losses + first, count);
        for (intptr_t row = 0; row < count; row++)
            if (ratios[row] == -1)
                losses[first + row] =
                    (NUMBER)OF(shifted_nll)(block + row * classes, classes, y[first + row]);
    }
}

/* The slope of a row whose scores are far from 0. */
static void OF(shifted_slope)(const NUMBER *z, NUMBER *slope, intptr_t classes, int64_t truth) {
    double top = -INFINITY, others = 0.0;
    for (intptr_t c = 0; c < classes; c++)
        if (!((double)z[c] <= top)) top = (double)z[c];
    for (intptr_t c = 0; c < classes; c++)
        others += c == truth ? 0.0 : f64_exp((double)z[c] - top);
    double total = others + f64_exp((double)z[truth] - top);
    for (intptr_t c = 0; c < classes; c++)
        slope[c] = (NUMBER)((c == truth ? -others : f64_exp((double)z[c] - top)) / total);
}

/* Finish a row whose exponentials lie in the place of its slope, the true class taken out of them. */
INLINE void OF(finish_slope)(const NUMBER *z, NUMBER *slope, intptr_t classes, int64_t truth,
                             double others, NUMBER own, NUMBER factor) {
    if (OF(is_safe)(others, own)) {
        NUMBER total = (NUMBER)(others + (double)own);
        EACH(classes) slope[i] = factor * (slope[i] / total);
        slope[truth] = factor * (NUMBER)(-others / (others + (double)own));
    } else {
        OF(shifted_slope)(z, slope, classes, truth);
        EACH(classes) slope[i] *= factor;
    }
}

/* The slope of that loss with respect to the scores: softmax(z), less 1 for the true class. */
static void OF(true_class_slope_rows)(const NUMBER *z, const int64_t *y, NUMBER *slopes,
                                      intptr_t rows, intptr_t classes) {
    intptr_t most = smaller(4 * CHUNK / (classes > 0 ? classes : 1), CHUNK);
    for (intptr_t first = 0, count; count = smaller(rows - first, most > 0 ? most : 1), count > 0;
         first += count) {
        OF(exp_map)(z + first * classes, slopes + first * classes, count * classes);
        for (intptr_t row = first; row < first + count; row++) {
            NUMBER *slope = slopes + row * classes, own;
            int64_t truth = y[row];
            if (truth < 0 || truth >= classes) {
                for (intptr_t c = 0; c < classes; c++) slope[c] = NAN;
                continue;
            }
            double others = OF(take_out)(slope, classes, truth, &own);
            OF(finish_slope)(z + row * classes, slope, classes, truth, others, own, 1);
        }
    }
}
