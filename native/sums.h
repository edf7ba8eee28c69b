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

/* Add the next 512 numbers, or the last, which may be fewer. */
#define ADD_CHUNK(KIND, TYPE)                                                                      \
    INLINE void KIND##_add_chunk(running_sum *sum, const TYPE *x, intptr_t n) {                    \
        double few[LANES] = {0};                                                                   \
        intptr_t whole = n - n % LANES;                                                            \
        for (intptr_t at = 0; at < whole; at += LANES)                                             \
            EACH_LANE few[lane] += (double)x[at + lane];                                           \
        EACH_LANE sum->some[lane] += few[lane];                                                    \
        for (intptr_t at = whole; at < n; at++) sum->rest[at - whole] = (double)x[at];             \
        if (++sum->chunks == TIER) end_tier(sum);                                                  \
    }
ADD_CHUNK(f32, float)
ADD_CHUNK(f64, double)
#endif

static double OF(vector_sum)(const NUMBER *x, intptr_t whole) {
    running_sum sum = {0};
    CHUNKS(whole) OF(add_chunk)(&sum, x + at, n);
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
