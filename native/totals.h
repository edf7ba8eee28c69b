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
    for (intptr_t at = 0; at < whole; at += LANES) {
        FETCH(x + at)
        EACH_LANE {
            NUMBER one = x[at + lane];
            low[lane] = one < low[lane] ? one : low[lane];
            high[lane] = one > high[lane] ? one : high[lane];
            none[lane] = one != one ? one : none[lane];
        }
    }
    for (intptr_t at = whole; at < n; at++) {
        low[0] = x[at] < low[0] ? x[at] : low[0];
        high[0] = x[at] > high[0] ? x[at] : high[0];
        none[0] = x[at] != x[at] ? x[at] : none[0];
    }
    EACH_LANE { range->low[lane] = low[lane]; range->high[lane] = high[lane]; range->none[lane] = none[lane]; }
}

/* Write the least and the greatest number, NaN where there is one. */
INLINE void OF(end_range)(OF(range) *range, double *results) {
    NUMBER low = range->low[0], high = range->high[0], none = range->none[0];
    for (int lane = 1; lane < LANES; lane++) {
        low = range->low[lane] < low ? range->low[lane] : low;
        high = range->high[lane] > high ? range->high[lane] : high;
        none += range->none[lane]; /* 0 and NaN */
    }
    results[0] = none == 0 ? (double)low : NAN;
    results[1] = none == 0 ? (double)high : NAN;
}

static void OF(extent)(const NUMBER *x, intptr_t n, NUMBER *results) {
    OF(range) range;
    double ends[2];
    OF(begin_range)(&range);
    OF(widen)(&range, x, n);
    OF(end_range)(&range, ends);
    results[0] = (NUMBER)ends[0];
    results[1] = (NUMBER)ends[1];
}

/* Widen a range by a number for one of its lanes, as `widen` does, but for NaN, which it passes by. */
#define WIDEN(RANGE, X)                                                                            \
    {                                                                                              \
        const NUMBER one = X;                                                                      \
        (RANGE).low[lane] = one < (RANGE).low[lane] ? one : (RANGE).low[lane];                     \
        (RANGE).high[lane] = one > (RANGE).high[lane] ? one : (RANGE).high[lane];                  \
    }

/* Write the ends of both arguments of a total. It is NaN if one has a NaN, which is looked for then. */
INLINE void OF(end_ranges)(OF(range) *ranges, double total, const NUMBER *a, const NUMBER *b,
                           intptr_t whole, double *ends) {
    if (total != total) {
        OF(widen)(&ranges[0], a, whole);
        OF(widen)(&ranges[1], b, whole);
    }
    OF(end_range)(&ranges[0], ends);
    OF(end_range)(&ranges[1], ends + 2);
}

/* Totals of losses: each makes 512 items by the loop of its items and adds them while they lie in
 * the first cache, so that it has the bits of the sum of the items. Where there is room for the ends
 * of the arguments, they are found on the way.
 */
#define TOTAL(NAME, ADD, ADD_AND_WIDEN)                                                            \
    static double OF(NAME##_total)(const NUMBER *a, const NUMBER *b, const NUMBER *constants,      \
                                   intptr_t whole, double *ends) {                                 \
        running_sum sum = {0};                                                                     \
        OF(range) ranges[2];                                                                       \
        OF(begin_range)(&ranges[0]);                                                               \
        OF(begin_range)(&ranges[1]);                                                               \
        (void)constants;                                                                           \
        if (ends == NULL) CHUNKS(whole) ADD                                                        \
        else CHUNKS(whole) ADD_AND_WIDEN                                                           \
        double total = sum_of(&sum);                                                               \
        if (ends != NULL) OF(end_ranges)(ranges, total, a, b, whole, ends);                        \
        return total;                                                                              \
    }

/* What takes less time than to read the arguments is added as it is made. */
#define FETCH_BOTH FETCH(a + at + from) FETCH(b + at + from)
#define WIDEN_BOTH WIDEN(ranges[0], a[at + i]) WIDEN(ranges[1], b[at + i])
#define TOTAL_AS_MADE(NAME, ITEM)                                                                  \
    TOTAL(NAME, ADD_ITEMS(&sum, ITEM, n, FETCH_BOTH, ), ADD_ITEMS(&sum, ITEM, n, FETCH_BOTH, WIDEN_BOTH))

TOTAL_AS_MADE(squared_error, OF(squared_error)(a[at + i], b[at + i]))
TOTAL_AS_MADE(absolute_error, OF(absolute_error)(a[at + i], b[at + i]))
TOTAL_AS_MADE(huber, OF(huber)(a[at + i], b[at + i], constants[0]))

#define ITEMS_OF_CHUNK(ITEMS, DONE)                                                                \
    {                                                                                              \
        NUMBER y[CHUNK];                                                                           \
        ITEMS;                                                                                     \
        ADD_ITEMS(&sum, y[i], n, , DONE)                                                           \
    }
#define TOTAL_OF_ITEMS(NAME, ITEMS) TOTAL(NAME, ITEMS_OF_CHUNK(ITEMS, ), ITEMS_OF_CHUNK(ITEMS, WIDEN_BOTH))
#define TOTAL_OF_TWO(NAME) TOTAL_OF_ITEMS(NAME, OF(NAME##_map)(a + at, b + at, y, n))

TOTAL_OF_TWO(expected_nll)
TOTAL_OF_TWO(logistic_nll)
TOTAL_OF_TWO(squared_log_error)
TOTAL_OF_TWO(poisson_deviance)
TOTAL_OF_TWO(gamma_deviance)

/* Its constants: the power and the weights of positives and of negatives. */
TOTAL_OF_ITEMS(focal_nll, OF(focal_nll_map)(a + at, b + at, constants[0], constants + 1, 0,
                                            constants + 2, 0, y, n))

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
