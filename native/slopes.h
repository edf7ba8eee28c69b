/* Totals of losses together with the slopes of their items, each times a factor: one pass over the
 * arguments where two would read them from memory twice, and one exponential for both. A total has
 * the bits that it has alone, a slope those of the loop of slopes. Included once for each kind of
 * floating point.
 */

/* The slopes are those of the predictions; the factor is the last of the constants. */
#define TOTAL_AND_SLOPE(NAME, FACTOR, ADD, ADD_AND_WIDEN)                                          \
    static double OF(NAME##_total_and_slope)(const NUMBER *a, const NUMBER *b,                     \
                                             const NUMBER *constants, NUMBER *slopes,              \
                                             intptr_t whole, double *ends) {                       \
        const NUMBER factor = constants[FACTOR];                                                   \
        SUM_CHUNKS(2, ADD, ADD_AND_WIDEN, )                                                        \
    }

#define SLOPE_AS_MADE(NAME, FACTOR, ITEM, SLOPE)                                                   \
    TOTAL_AND_SLOPE(NAME, FACTOR,                                                                  \
                    ADD_ITEMS(&sum, ITEM, n, FETCH_2, slopes[at + i] = factor * (SLOPE);),         \
                    ADD_ITEMS(&sum, ITEM, n, FETCH_2,                                              \
                              slopes[at + i] = factor * (SLOPE); WIDEN_2))

SLOPE_AS_MADE(squared_error, 0, OF(squared_error)(a[at + i], b[at + i]), 2 * (a[at + i] - b[at + i]))
SLOPE_AS_MADE(absolute_error, 0, OF(absolute_error)(a[at + i], b[at + i]),
              OF(sign)(a[at + i] - b[at + i]))
SLOPE_AS_MADE(huber, 1, OF(huber)(a[at + i], b[at + i], constants[0]),
              OF(above)(OF(below)(a[at + i] - b[at + i], constants[0]), -constants[0]))

/* What is made of 512 numbers at once: ITEMS fill y, and the slopes. */
#define SLOPE_OF_ITEMS(NAME, FACTOR, ITEMS)                                                        \
    TOTAL_AND_SLOPE(NAME, FACTOR, ITEMS_OF_CHUNK(ITEMS, ), ITEMS_OF_CHUNK(ITEMS, WIDEN_2))

/* What is made of e^-|x| has one exponential for both. */
SLOPE_OF_ITEMS(expected_nll, 0, {
    NUMBER e[CHUNK];
    EACH(n) e[i] = OF(decay)(b[at + i]);
    EACH(n) y[i] = OF(expected_nll)(e[i], a[at + i], b[at + i]);
    EACH(n) slopes[at + i] = factor * OF(residual_of_decay)(e[i], a[at + i], b[at + i]);
})
SLOPE_OF_ITEMS(logistic_nll, 0, {
    NUMBER e[CHUNK];
    EACH(n) e[i] = OF(decay)(a[at + i] * b[at + i]);
    EACH(n) y[i] = OF(logistic_nll)(e[i], a[at + i], b[at + i]);
    EACH(n) {
        NUMBER sign = a[at + i];
        slopes[at + i] = factor * (-OF(sigmoid_of_decay)(e[i], -(sign * b[at + i])) * sign);
    }
})
SLOPE_OF_ITEMS(squared_log_error, 0, {
    EACH(n) {
        NUMBER p = a[at + i];
        NUMBER gap = OF(log_gap)(p, b[at + i]);
        y[i] = gap * gap;
        slopes[at + i] = factor * (2 * OF(with_sign)(gap, p - b[at + i]) / (1 + p));
    }
})
SLOPE_OF_ITEMS(poisson_deviance, 0, {
    OF(poisson_deviance_map)(a + at, b + at, y, n);
    EACH(n) slopes[at + i] = factor * (2 * (b[at + i] - a[at + i]) / b[at + i]);
})
SLOPE_OF_ITEMS(gamma_deviance, 0, {
    OF(gamma_deviance_map)(a + at, b + at, y, n);
    EACH(n) slopes[at + i] = factor * (2 * (b[at + i] - a[at + i]) / b[at + i] / b[at + i]);
})
SLOPE_OF_ITEMS(focal_nll, 3, {
    OF(focal_nll_map)(a + at, b + at, constants[0], constants + 1, 0, constants + 2, 0, y, n);
    OF(focal_slope_map)(a + at, b + at, constants[0], constants + 1, 0, constants + 2, 0,
                        slopes + at, n);
    EACH(n) slopes[at + i] *= factor;
})

/* The losses and the slopes of rows, from the same exponentials. */
static void OF(true_class_nll_and_slope_rows)(const NUMBER *z, const int64_t *y, NUMBER factor,
                                              NUMBER *losses, NUMBER *slopes, intptr_t rows,
                                              intptr_t classes) {
    NUMBER ratios[CHUNK];
    OF(exp_map)(z, slopes, rows * classes);
    for (intptr_t row = 0; row < rows; row++) {
        NUMBER *slope = slopes + row * classes, own;
        int64_t truth = y[row];
        if (truth < 0 || truth >= classes) {
            EACH(classes) slope[i] = NAN;
            ratios[row] = NAN;
            continue;
        }
        double others = OF(take_out)(slope, classes, truth, &own), in_pieces = others;
        if (classes > 4 * CHUNK) { /* as the loss of a long row is summed */
            in_pieces = 0.0;
            for (intptr_t at = 0, n; n = smaller(classes - at, 4 * CHUNK), n > 0; at += n)
                in_pieces += OF(vector_sum)(slope + at, n);
        }
        ratios[row] = OF(is_safe)(in_pieces, own) ? (NUMBER)(in_pieces / (double)own) : -1;
        OF(finish_slope)(z + row * classes, slope, classes, truth, others, own, factor);
    }
    OF(log1p_map)(ratios, losses, rows);
    for (intptr_t row = 0; row < rows; row++)
        if (ratios[row] == -1)
            losses[row] = (NUMBER)OF(shifted_nll)(z + row * classes, classes, y[row]);
}

static double OF(true_class_nll_total_and_slope)(const NUMBER *z, const int64_t *truth,
                                                 NUMBER factor, NUMBER *slopes, intptr_t whole,
                                                 intptr_t classes, double *ends) {
    const intptr_t most = classes < CLOSE_SCORES / 2 ? CLOSE_SCORES / 2 / (classes + 1) : 1;
    running_sum sum = {0};
    NUMBER y[CHUNK];
    OF(range) scores;
    label_range labels = {INT64_MAX, INT64_MIN};
    OF(begin_range)(&scores);
    CHUNKS(whole) {
        for (intptr_t row = 0, few; few = smaller(n - row, most), few > 0; row += few) {
            const NUMBER *block = z + (at + row) * classes;
            OF(widen)(&scores, block, few * classes);
            OF(true_class_nll_and_slope_rows)(block, truth + at + row, factor, y + row,
                                              slopes + (at + row) * classes, few, classes);
        }
        widen_labels(&labels, truth + at, n);
        OF(add_chunk)(&sum, y, n);
    }
    OF(end_range)(&scores, ends);
    end_labels(&labels, ends + 2);
    return sum_of(&sum);
}
