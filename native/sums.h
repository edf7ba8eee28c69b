/* Sums in float64 by sixteen running sums, whatever the width of the vectors, so that every level
 * adds in the same order: sums of 512 numbers, of 32 of those, and of all. Included once for each
 * kind of floating point.
 */

#ifndef LOSSCTL_SUMS
#define LOSSCTL_SUMS
#define LANES 16
#define TIER 32
#define EACH_LANE for (int lane = 0; lane < LANES; lane++)
_Static_assert(CHUNK == LANES * TIER, "a chunk is a sum of the first tier");

typedef struct {
    double all[LANES], some[LANES], rest[LANES]; /* the rest are the last numbers, fewer than lanes */
    int chunks;
} running_sum;

INLINE void end_tier(running_sum *sum) {
    EACH_LANE {
        sum->all[lane] += sum->some[lane];
        sum->some[lane] = 0.0;
    }
    sum->chunks = 0;
}

INLINE double sum_of(running_sum *sum) {
    if (sum->chunks > 0) end_tier(sum);
    EACH_LANE sum->all[lane] += sum->rest[lane];
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) sum->all[lane] += sum->all[lane + half];
    return sum->all[0];
}

/* Ask for numbers that are read soon: processors read ahead by themselves, but not as far. */
#define AHEAD 8192 /* bytes */
#define FETCH(NUMBERS)                                                                             \
    __builtin_prefetch((const void *)((uintptr_t)(NUMBERS) + AHEAD));                              \
    if (LANES * sizeof(*(NUMBERS)) > 64)                                                           \
        __builtin_prefetch((const void *)((uintptr_t)(NUMBERS) + AHEAD + 64));

/* Add the next 512 numbers, or the last, which may be fewer: ITEM makes them of an index i. FETCHES
 * are made for LANES of them at once, from an index on, and what is DONE beside for each.
 */
#define ADD_ITEMS(SUM, ITEM, N, FETCHES, DONE)                                                     \
    {                                                                                              \
        double few[LANES] = {0};                                                                   \
        const intptr_t full = (N) - (N) % LANES;                                                   \
        for (intptr_t from = 0; from < full; from += LANES) {                                      \
            EACH_LANE {                                                                            \
                const intptr_t i = from + lane;                                                    \
                few[lane] += (double)(ITEM);                                                       \
                DONE                                                                               \
            }                                                                                      \
            FETCHES                                                                                \
        }                                                                                          \
        EACH_LANE (SUM)->some[lane] += few[lane];                                                  \
        for (intptr_t i = full; i < (N); i++) {                                                    \
            const int lane = (int)(i - full);                                                      \
            (SUM)->rest[lane] = (double)(ITEM);                                                    \
            DONE                                                                                   \
        }                                                                                          \
        if (++(SUM)->chunks == TIER) end_tier(SUM);                                                \
    }
#define ADD_CHUNK(KIND, TYPE)                                                                      \
    INLINE void KIND##_add_chunk(running_sum *sum, const TYPE *x, intptr_t n)                      \
        ADD_ITEMS(sum, x[i], n, , )
ADD_CHUNK(f32, float)
ADD_CHUNK(f64, double)
#endif

static double OF(vector_sum)(const NUMBER *x, intptr_t whole) {
    running_sum sum = {0};
    CHUNKS(whole) ADD_ITEMS(&sum, x[at + i], n, FETCH(x + at + from), )
    return sum_of(&sum);
}

static double OF(squared_deviations)(const NUMBER *x, double center, intptr_t whole) {
    running_sum sum = {0};
    double squares[CHUNK];
    CHUNKS(whole) {
        EACH(n) {
            double deviation = (double)x[at + i] - center;
            squares[i] = deviation * deviation;
        }
        f64_add_chunk(&sum, squares, n);
    }
    return sum_of(&sum);
}
