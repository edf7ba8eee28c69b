/* What is found of a whole array at once: its ends, sums of losses, sums over two masks. Included once
 * for each kind of floating point.
 */

/* The least and the greatest number so far, and the last NaN, if there is any. */
typedef struct {
    NUMBER low[LANES], high[LANES], none[LANES];
} OF(range);

INLINE void OF(begin_range)(OF(range) *range) {
    EACH_LANE { range->low[lane] = INFINITY; range->high[lane] = -INFINITY; range->none[lane] = 0; }
}

INLINE void OF(widen)(OF(range) *range, const NUMBER *x, intptr_t n) {
    NUMBER low[LANES], high[LANES], none[LANES]; /* which stay in registers */
    intptr_t whole = n - n % LANES;
    EACH_LANE { low[lane] = range->low[lane]; high[lane] = range->high[lane]; none[lane] = range->none[lane]; }
    for (intptr_t at = 0; at < whole; at += LANES)
        EACH_LANE {
            NUMBER one = x[at + lane];
            low[lane] = one < low[lane] ? one : low[lane];
            high[lane] = one > high[lane] ? one : high[lane];
            none[lane] = one != one ? one : none[lane];
        }
    for (intptr_t at = whole; at < n; at++) {
        low[0] = x[at] < low[0] ? x[at] : low[0];
        high[0] = x[at] > high[0] ? x[at] : high[0];
        none[0] = x[at] != x[at] ? x[at] : none[0];
    }
    EACH_LANE { range->low[lane] = low[lane]; range->high[lane] = high[lane]; range->none[lane] = none[lane]; }
}

/* Write the least and the greatest number, NaN where there is one. */
INLINE void OF(end_range)(OF(range) *range, NUMBER *results) {
    NUMBER low = range->low[0], high = range->high[0], none = range->none[0];
    for (int lane = 1; lane < LANES; lane++) {
        low = range->low[lane] < low ? range->low[lane] : low;
        high = range->high[lane] > high ? range->high[lane] : high;
        none += range->none[lane]; /* 0 and NaN */
    }
    results[0] = none == 0 ? low : NAN;
    results[1] = none == 0 ? high : NAN;
}

static void OF(extent)(const NUMBER *x, intptr_t n, NUMBER *results) {
    OF(range) range;
    OF(begin_range)(&range);
    OF(widen)(&range, x, n);
    OF(end_range)(&range, results);
}

/* Totals of losses: each makes 512 items by the loop of its items and adds them while they lie in
 * the first cache, so that it has the bits of the sum of the items. Where there is room for the ends
 * of the arguments, they are found on the way.
 */
#define TOTAL(ITEMS, FIRST, SECOND, WIDTH)                                                         \
    running_sum sum = {0};                                                                         \
    NUMBER y[CHUNK];                                                                               \
    const NUMBER *first = FIRST, *second = SECOND;                                                 \
    OF(range) ranges[2];                                                                           \
    OF(begin_range)(&ranges[0]);                                                                   \
    OF(begin_range)(&ranges[1]);                                                                   \
    CHUNKS(whole) {                                                                                \
        ITEMS;                                                                                     \
        if (ends != NULL) OF(widen)(&ranges[0], first + at * (WIDTH), n * (WIDTH));                \
        if (ends != NULL && second != NULL) OF(widen)(&ranges[1], second + at, n);                 \
        OF(add_chunk)(&sum, y, n);                                                                 \
    }                                                                                              \
    if (ends != NULL) OF(end_range)(&ranges[0], ends);                                             \
    if (ends != NULL && second != NULL) OF(end_range)(&ranges[1], ends + 2);                       \
    return sum_of(&sum);

#define TOTAL_OF_TWO(NAME)                                                                         \
    static double OF(NAME##_total)(const NUMBER *a, const NUMBER *b, const NUMBER *constants,      \
                                   intptr_t whole, NUMBER *ends) {                                 \
        (void)constants;                                                                           \
        TOTAL(OF(NAME##_map)(a + at, b + at, y, n), a, b, 1)                                       \
    }

TOTAL_OF_TWO(squared_error)
TOTAL_OF_TWO(absolute_error)
TOTAL_OF_TWO(expected_nll)
TOTAL_OF_TWO(logistic_nll)
TOTAL_OF_TWO(squared_log_error)
TOTAL_OF_TWO(poisson_deviance)
TOTAL_OF_TWO(gamma_deviance)

static double OF(huber_total)(const NUMBER *p, const NUMBER *t, const NUMBER *delta, intptr_t whole,
                              NUMBER *ends) {
    TOTAL(OF(huber_map)(p + at, t + at, delta[0], y, n), p, t, 1)
}

/* Its constants: the power and the weights of positives and of negatives. */
static double OF(focal_nll_total)(const NUMBER *t, const NUMBER *z, const NUMBER *constants,
                                  intptr_t whole, NUMBER *ends) {
    TOTAL(OF(focal_nll_map)(t + at, z + at, constants[0], constants + 1, 0, constants + 2, 0, y, n), t,
          z, 1)
}

/* Of its ends there are those of the scores alone. */
static double OF(true_class_nll_total)(const NUMBER *z, const int64_t *truth, intptr_t whole,
                                       intptr_t classes, NUMBER *ends) {
    TOTAL(OF(true_class_nll_rows)(z + at * classes, truth + at, y, n, classes), z, NULL, classes)
}

/* Whether each number is one of two. */
static int OF(are_two)(const NUMBER *x, NUMBER a, NUMBER b, intptr_t whole) {
    CHUNKS(whole) {
        int64_t others = 0;
        for (intptr_t i = 0; i < n; i++) others += (x[at + i] != a) & (x[at + i] != b);
        if (others) return 0;
    }
    return 1;
}

/* Sums over two masks p and t of pt, p(1 - t), (1 - p)t, of the last two together, and of t. */
#define OVERLAP(NAME, MASK)                                                                        \
    static void OF(NAME)(const NUMBER *x, const NUMBER *t, intptr_t whole, double *results) {      \
        running_sum sums[OVERLAPS] = {0};                                                          \
        NUMBER p[CHUNK], q[CHUNK], inner[CHUNK], over[CHUNK], under[CHUNK], outer[CHUNK];          \
        CHUNKS(whole) {                                                                            \
            MASK;                                                                                  \
            EACH(n) {                                                                              \
                NUMBER label = t[at + i];                                                          \
                inner[i] = p[i] * label;                                                           \
                over[i] = (1 - label) * p[i];                                                      \
                under[i] = q[i] * label;                                                           \
                outer[i] = over[i] + under[i];                                                     \
            }                                                                                      \
            OF(add_chunk)(&sums[0], inner, n);                                                     \
            OF(add_chunk)(&sums[1], over, n);                                                      \
            OF(add_chunk)(&sums[2], under, n);                                                     \
            OF(add_chunk)(&sums[3], outer, n);                                                     \
            OF(add_chunk)(&sums[4], t + at, n);                                                    \
        }                                                                                          \
        for (int at = 0; at < OVERLAPS; at++) results[at] = sum_of(&sums[at]);                     \
    }

OVERLAP(overlap_sums, EACH(n) { p[i] = x[at + i]; q[i] = 1 - p[i]; })
OVERLAP(overlap_sums_of_logits, OF(sigmoid_pair_map)(x + at, p, q, n))
