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

/* Write the ends of an argument of a total. That is NaN if some argument has a NaN, which is looked
 * for then.
 */
INLINE void OF(end_of)(OF(range) *range, double total, const NUMBER *x, intptr_t whole, double *ends) {
    if (total != total) OF(widen)(range, x, whole);
    OF(end_range)(range, ends);
}

#ifndef GIVEN_2
#define GIVEN_2 const NUMBER *a, const NUMBER *b
#define GIVEN_3 GIVEN_2, const NUMBER *c
#define FETCH_2 FETCH(a + at + from) FETCH(b + at + from)
#define FETCH_3 FETCH_2 FETCH(c + at + from)
#define WIDEN_2 WIDEN(ranges[0], a[at + i]) WIDEN(ranges[1], b[at + i])
#define WIDEN_3 WIDEN_2 WIDEN(ranges[2], c[at + i])
#define END_2 OF(end_of)(&ranges[0], total, a, whole, ends); OF(end_of)(&ranges[1], total, b, whole, ends + 2);
#define END_3 END_2 OF(end_of)(&ranges[2], total, c, whole, ends + 4);
#define SIZE_2 WIDEN(sizes, OF(abs)(b[at + i]))
#define SIZE_3 WIDEN(sizes, OF(abs)(c[at + i]))
#define PIECES_2 a + at, b + at, NULL
#define PIECES_3 a + at, b + at, c + at
#endif

/* Totals of losses, of two or three arrays: each makes 512 items by the loop of its items and adds them
 * while they lie in the first cache, so that it has the bits of the sum of the items. Where there is
 * room for the ends of the arguments, they are found on the way.
 */
#define SUM_CHUNKS(ARRAYS, ADD, ADD_AND_WIDEN, END)                                                \
    running_sum sum = {0};                                                                         \
    OF(range) ranges[MOST_TOGETHER], sizes;                                                        \
    for (int which = 0; which < ARRAYS; which++) OF(begin_range)(&ranges[which]);                  \
    OF(begin_range)(&sizes);                                                                       \
    if (ends == NULL) CHUNKS(whole) ADD                                                            \
    else CHUNKS(whole) ADD_AND_WIDEN                                                               \
    double total = sum_of(&sum);                                                                   \
    if (ends != NULL) { END_##ARRAYS END }                                                         \
    return total;
#define TOTAL_OF_ARRAYS(NAME, ARRAYS, ADD, ADD_AND_WIDEN, END)                                     \
    static double OF(NAME##_total)(GIVEN_##ARRAYS, const NUMBER *constants, intptr_t whole,        \
                                   double *ends) {                                                 \
        (void)constants;                                                                           \
        SUM_CHUNKS(ARRAYS, ADD, ADD_AND_WIDEN, END)                                                \
    }
#define TOTAL(NAME, ADD, ADD_AND_WIDEN) TOTAL_OF_ARRAYS(NAME, 2, ADD, ADD_AND_WIDEN, )

/* What takes less time than to read the arguments is added as it is made. */
#define TOTAL_AS_MADE(NAME, ITEM)                                                                  \
    TOTAL(NAME, ADD_ITEMS(&sum, ITEM, n, FETCH_2, ), ADD_ITEMS(&sum, ITEM, n, FETCH_2, WIDEN_2))

TOTAL_AS_MADE(squared_error, OF(squared_error)(a[at + i], b[at + i]))
TOTAL_AS_MADE(absolute_error, OF(absolute_error)(a[at + i], b[at + i]))
TOTAL_AS_MADE(huber, OF(huber)(a[at + i], b[at + i], constants[0]))

#define ITEMS_OF_CHUNK(ITEMS, DONE)                                                                \
    {                                                                                              \
        NUMBER y[CHUNK];                                                                           \
        ITEMS;                                                                                     \
        ADD_ITEMS(&sum, y[i], n, , DONE)                                                           \
    }
#define TOTAL_OF_ITEMS(NAME, ITEMS) TOTAL(NAME, ITEMS_OF_CHUNK(ITEMS, ), ITEMS_OF_CHUNK(ITEMS, WIDEN_2))
#define TOTAL_OF_TWO(NAME) TOTAL_OF_ITEMS(NAME, OF(NAME##_map)(a + at, b + at, y, n))

TOTAL_OF_TWO(expected_nll)
TOTAL_OF_TWO(logistic_nll)
TOTAL_OF_TWO(squared_log_error)
TOTAL_OF_TWO(poisson_deviance)
TOTAL_OF_TWO(gamma_deviance)

/* Its constants: the power and the weights of positives and of negatives. */
TOTAL_OF_ITEMS(focal_nll, OF(focal_nll_map)(a + at, b + at, constants[0], constants + 1, 0,
                                            constants + 2, 0, y, n))

/* Totals of the table of items. Of labels of -1 and 1, which come last, the least size is found with the
 * ends: where it is 1 and the ends are -1 and 1, there are no others.
 */
#define ITEM_OF(NAME, ARRAYS, CONSTANTS) OF(NAME) TAKES_##ARRAYS##_##CONSTANTS(at + i)
#define TOTAL_OF_QUICK(NAME, ARRAYS, CONSTANTS)                                                    \
    TOTAL_OF_ARRAYS(NAME, ARRAYS,                                                                  \
                    ADD_ITEMS(&sum, ITEM_OF(NAME, ARRAYS, CONSTANTS), n, FETCH_##ARRAYS, ),        \
                    ADD_ITEMS(&sum, ITEM_OF(NAME, ARRAYS, CONSTANTS), n, FETCH_##ARRAYS, WIDEN_##ARRAYS), )
/* Of so short a loop with a condition gcc makes branches, but not where ends are found in it. */
#define TOTAL_OF_SIGNED(NAME, ARRAYS, CONSTANTS)                                                   \
    TOTAL_OF_ARRAYS(NAME, ARRAYS,                                                                  \
                    ITEMS_OF_CHUNK(OF(NAME##_map)(PIECES_##ARRAYS, constants, y, n), ),            \
                    ADD_ITEMS(&sum, ITEM_OF(NAME, ARRAYS, CONSTANTS), n, FETCH_##ARRAYS,           \
                              WIDEN_##ARRAYS SIZE_##ARRAYS),                                       \
                    ends[2 * ARRAYS] = OF(least_of)(&sizes);)
#define TOTAL_OF_SLOW(NAME, ARRAYS, CONSTANTS)                                                     \
    TOTAL_OF_ARRAYS(NAME, ARRAYS,                                                                  \
                    ITEMS_OF_CHUNK(OF(NAME##_map)(PIECES_##ARRAYS, constants, y, n), ),            \
                    ITEMS_OF_CHUNK(OF(NAME##_map)(PIECES_##ARRAYS, constants, y, n), WIDEN_##ARRAYS), )

INLINE double OF(least_of)(const OF(range) *range) {
    NUMBER low = range->low[0];
    for (int lane = 1; lane < LANES; lane++) low = range->low[lane] < low ? range->low[lane] : low;
    return (double)low;
}

QUICK_ITEMS(TOTAL_OF_QUICK)
SIGNED_ITEMS(TOTAL_OF_SIGNED)
SLOW_ITEMS(TOTAL_OF_SLOW)
MAPPED_ITEMS(TOTAL_OF_SLOW)

/* Whether each number is one of two. */
static int OF(are_two)(const NUMBER *x, NUMBER a, NUMBER b, intptr_t whole) {
    CHUNKS(whole) {
        int64_t others = 0;
        for (intptr_t i = 0; i < n; i++) others += (x[at + i] != a) & (x[at + i] != b);
        if (others) return 0;
    }
    return 1;
}

/* Sums over two masks p and t of pt, p(1 - t), (1 - p)t, of the last two together, and of t; then the
 * ends of what the masks are made of, and of t. All is added in one loop, as five loops would.
 */
#define OVERLAP_OF(P, Q)                                                                           \
    const NUMBER label = t[at + i], p_of = P, inner = p_of * label, over = (1 - label) * p_of;      \
    const NUMBER under = (Q) * label, outer = over + under;
#define OVERLAP(NAME, MASK, P, Q)                                                                  \
    static void OF(NAME)(const NUMBER *x, const NUMBER *t, intptr_t whole, double *results) {      \
        running_sum sums[OVERLAPS] = {0};                                                          \
        OF(range) ranges[2];                                                                       \
        OF(begin_range)(&ranges[0]);                                                               \
        OF(begin_range)(&ranges[1]);                                                               \
        CHUNKS(whole) {                                                                            \
            double few[OVERLAPS][LANES] = {0};                                                     \
            const intptr_t full = n - n % LANES;                                                   \
            MASK                                                                                   \
            for (intptr_t from = 0; from < full; from += LANES) {                                  \
                EACH_LANE {                                                                        \
                    const intptr_t i = from + lane;                                                \
                    OVERLAP_OF(P, Q)                                                               \
                    few[0][lane] += (double)inner;                                                 \
                    few[1][lane] += (double)over;                                                  \
                    few[2][lane] += (double)under;                                                 \
                    few[3][lane] += (double)outer;                                                 \
                    few[4][lane] += (double)label;                                                 \
                    WIDEN_PAIR(x, t)                                                               \
                }                                                                                  \
                FETCH(x + at + from)                                                               \
                FETCH(t + at + from)                                                               \
            }                                                                                      \
            for (intptr_t i = full; i < n; i++) {                                                  \
                const int lane = (int)(i - full);                                                  \
                OVERLAP_OF(P, Q)                                                                   \
                const NUMBER last[OVERLAPS] = {inner, over, under, outer, label};                  \
                for (int which = 0; which < OVERLAPS; which++)                                     \
                    sums[which].rest[lane] = (double)last[which];                                  \
                WIDEN_PAIR(x, t)                                                                   \
            }                                                                                      \
            for (int which = 0; which < OVERLAPS; which++) {                                       \
                EACH_LANE sums[which].some[lane] += few[which][lane];                              \
                if (++sums[which].chunks == TIER) end_tier(&sums[which]);                          \
            }                                                                                      \
        }                                                                                          \
        for (int at = 0; at < OVERLAPS; at++) results[at] = sum_of(&sums[at]);                     \
        OF(end_of)(&ranges[0], results[0], x, whole, results + OVERLAPS);                          \
        OF(end_of)(&ranges[1], results[0], t, whole, results + OVERLAPS + 2);                      \
    }
#define WIDEN_PAIR(X, T) WIDEN(ranges[0], X[at + i]) WIDEN(ranges[1], T[at + i])

OVERLAP(overlap_sums, , x[at + i], 1 - p_of)
OVERLAP(overlap_sums_of_logits, NUMBER p[CHUNK]; NUMBER q[CHUNK]; OF(sigmoid_pair_map)(x + at, p, q, n);,
        p[i], q[i])
