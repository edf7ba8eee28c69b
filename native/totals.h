/* What is found of a whole array at once. Totals of losses: each makes 512 items by the loop of its items and adds them while they lie in the
 * first cache, so that it has the bits of the sum of the items. Included once for each kind of
 * floating point.
 */

#define TOTAL(ITEMS)                                                                               \
    running_sum sum = {0};                                                                         \
    NUMBER y[CHUNK];                                                                               \
    CHUNKS(whole) {                                                                                \
        ITEMS;                                                                                     \
        OF(add_chunk)(&sum, y, n);                                                                 \
    }                                                                                              \
    return sum_of(&sum);

#define TOTAL_OF_TWO(NAME)                                                                         \
    static double OF(NAME##_total)(const NUMBER *a, const NUMBER *b, const NUMBER *constants,      \
                                   intptr_t whole) {                                               \
        (void)constants;                                                                           \
        TOTAL(OF(NAME##_map)(a + at, b + at, y, n))                                                \
    }

TOTAL_OF_TWO(squared_error)
TOTAL_OF_TWO(absolute_error)
TOTAL_OF_TWO(expected_nll)
TOTAL_OF_TWO(logistic_nll)
TOTAL_OF_TWO(squared_log_error)
TOTAL_OF_TWO(poisson_deviance)
TOTAL_OF_TWO(gamma_deviance)

static double OF(huber_total)(const NUMBER *p, const NUMBER *t, const NUMBER *delta, intptr_t whole) {
    TOTAL(OF(huber_map)(p + at, t + at, delta[0], y, n))
}

/* Its constants: the power and the weights of positives and of negatives. */
static double OF(focal_nll_total)(const NUMBER *t, const NUMBER *z, const NUMBER *constants,
                                  intptr_t whole) {
    TOTAL(OF(focal_nll_map)(t + at, z + at, constants[0], constants + 1, 0, constants + 2, 0, y, n))
}

static double OF(true_class_nll_total)(const NUMBER *z, const int64_t *truth, intptr_t whole,
                                       intptr_t classes) {
    TOTAL(OF(true_class_nll_rows)(z + at * classes, truth + at, y, n, classes))
}

/* The least and the greatest number, NaN where there is one. */
static void OF(extent)(const NUMBER *x, intptr_t n, NUMBER *results) {
    NUMBER low[LANES], high[LANES], none[LANES] = {0}; /* the last NaN, if there is any */
    intptr_t whole = n - n % LANES;
    EACH_LANE { low[lane] = INFINITY; high[lane] = -INFINITY; }
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
    for (int lane = 1; lane < LANES; lane++) {
        low[0] = low[lane] < low[0] ? low[lane] : low[0];
        high[0] = high[lane] > high[0] ? high[lane] : high[0];
        none[0] += none[lane]; /* 0 and NaN */
    }
    results[0] = none[0] == 0 ? low[0] : NAN;
    results[1] = none[0] == 0 ? high[0] : NAN;
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
