/* Totals of losses of rows of class scores, which have the bits of the sum of their items. Included
 * once for each kind of floating point.
 *
 * What checks ask for is found on the way where there is room for it: the ends of both arguments,
 * and of some those of the sums of rows. Scores are looked at first, in the order of memory, and
 * so few at a time that they lie in the first cache when their losses are made.
 */

#ifndef CLOSE_SCORES
#define CLOSE_SCORES 4096

/* How many rows are looked at before their losses are made: whole blocks of those side by side. */
INLINE intptr_t close_rows(intptr_t classes) {
    intptr_t rows = CLOSE_SCORES / (classes + 1);
    return rows > ROWS ? rows - rows % ROWS : rows > 0 ? rows : 1;
}

/* The least and the greatest label so far. */
typedef struct { int64_t low, high; } label_range;

INLINE void widen_labels(label_range *range, const int64_t *x, intptr_t n) {
    int64_t low = range->low, high = range->high;
    for (intptr_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    range->low = low;
    range->high = high;
}

INLINE void end_labels(const label_range *range, double *results) {
    results[0] = range->low > range->high ? INFINITY : (double)range->low;
    results[1] = range->low > range->high ? -INFINITY : (double)range->high;
}
#endif

/* The sum of each row, to the last bits: of few classes, of rows side by side. */
INLINE void OF(sum_rows)(const NUMBER *x, NUMBER *sums, intptr_t rows, intptr_t classes) {
    if (classes > FEW_CLASSES) {
        for (intptr_t row = 0; row < rows; row++)
            sums[row] = (NUMBER)OF(row_sum)(x + row * classes, classes);
        return;
    }
    NUMBER beside[FEW_CLASSES * ROWS];
    BLOCKS_OF_ROWS {
        NUMBER sum[ROWS] = {0};
        OF(lay_beside)(x + first * classes, classes, 1, beside, count, classes);
        EACH_CLASS EACH_ROW sum[r] += beside[c * ROWS + r];
        for (intptr_t r = 0; r < count; r++) sums[first + r] = sum[r];
    }
}

/* -max(log p, least) of the true classes. */
static void OF(true_class_clipped_nll_rows)(const NUMBER *p, const int64_t *y, NUMBER least,
                                            NUMBER *losses, intptr_t rows, intptr_t classes) {
    OF(true_class_score_rows)(p, y, losses, rows, classes);
    EACH(rows) {
        NUMBER log_p = OF(log)(losses[i]);
        losses[i] = -(log_p < least ? least : log_p);
    }
}

/* LOSSES are made of `few` rows of a `block` and their `own` classes, MOST of them at a time. */
#define TOTAL_OF_ROWS(NAME, MOST, WITH_SUMS, LOSSES)                                               \
    static double OF(NAME##_total)(const NUMBER *z, const int64_t *truth, const NUMBER *constants, \
                                   intptr_t whole, intptr_t classes, double *found) {              \
        const intptr_t most = smaller(close_rows(classes), MOST);                                  \
        running_sum sum = {0};                                                                     \
        NUMBER y[CHUNK], sums[CHUNK];                                                              \
        OF(range) scores, row_sums;                                                                \
        label_range labels = {INT64_MAX, INT64_MIN};                                               \
        OF(begin_range)(&scores);                                                                  \
        OF(begin_range)(&row_sums);                                                                \
        (void)constants;                                                                           \
        CHUNKS(whole) {                                                                            \
            for (intptr_t row = 0, few; few = smaller(n - row, most), few > 0; row += few) {       \
                const NUMBER *block = z + (at + row) * classes;                                    \
                const int64_t *own = truth + at + row;                                             \
                NUMBER *losses = y + row;                                                          \
                if (found != NULL) OF(widen)(&scores, block, few * classes);                       \
                if (found != NULL && WITH_SUMS) OF(sum_rows)(block, sums + row, few, classes);     \
                LOSSES;                                                                            \
            }                                                                                      \
            if (found != NULL) widen_labels(&labels, truth + at, n);                               \
            if (found != NULL && WITH_SUMS) OF(widen)(&row_sums, sums, n);                         \
            OF(add_chunk)(&sum, y, n);                                                             \
        }                                                                                          \
        if (found != NULL) OF(end_range)(&scores, found);                                          \
        if (found != NULL) end_labels(&labels, found + 2);                                         \
        if (found != NULL && WITH_SUMS) OF(end_range)(&row_sums, found + 4);                       \
        return sum_of(&sum);                                                                       \
    }

TOTAL_OF_ROWS(true_class_nll, CHUNK, 0, OF(true_class_nll_rows)(block, own, losses, few, classes))
TOTAL_OF_ROWS(true_class_score, ROWS, 0,
              OF(true_class_score_rows)(block, own, losses, few, classes))

/* Its constant is the logarithm of the least probability. */
TOTAL_OF_ROWS(true_class_clipped_nll, CHUNK, 1,
              OF(true_class_clipped_nll_rows)(block, own, constants[0], losses, few, classes))

/* Its constants: the margin and the power. */
TOTAL_OF_ROWS(class_hinge_mean, CHUNK, 0,
              OF(class_hinge_mean_rows)(block, own, constants[0], constants[1], losses, few, classes))

/* Of the scores those of the sums of their exponentials are found, and of the targets of the sums. */
static double OF(kl_of_logits_total)(const NUMBER *z, const NUMBER *t, intptr_t whole,
                                     intptr_t classes, double *found) {
    const intptr_t most = close_rows(classes), steps[] = {classes, 1, classes, 1};
    running_sum sum = {0};
    NUMBER y[CHUNK], sums[2][CHUNK];
    OF(range) ranges[4];
    for (int which = 0; which < 4; which++) OF(begin_range)(&ranges[which]);
    CHUNKS(whole) {
        for (intptr_t row = 0, few; few = smaller(n - row, most), few > 0; row += few) {
            const intptr_t first = (at + row) * classes;
            if (found != NULL) OF(widen)(&ranges[0], z + first, few * classes);
            if (found != NULL) OF(widen)(&ranges[1], t + first, few * classes);
            OF(kl_and_sums)(z + first, t + first, steps, y + row,
                            found == NULL ? NULL : sums[0] + row, sums[1] + row, few, classes);
        }
        for (int which = 0; which < 2 && found != NULL; which++)
            OF(widen)(&ranges[2 + which], sums[which], n);
        OF(add_chunk)(&sum, y, n);
    }
    for (int which = 0; which < 4 && found != NULL; which++)
        OF(end_range)(&ranges[which], found + 2 * which);
    return sum_of(&sum);
}
