/* Loops over pairs of rows of features. Inner products run in sixteen lanes of float64, so that a row
 * has the same bits at every level and wherever it lies. Included once for each kind of floating point.
 */

#ifndef LOSSCTL_EMBEDDINGS
#define LOSSCTL_EMBEDDINGS
INLINE double sum_of_lanes(const double *lanes) {
    double eight[8], four[4];
    for (int lane = 0; lane < 8; lane++) eight[lane] = lanes[lane] + lanes[lane + 8];
    for (int lane = 0; lane < 4; lane++) four[lane] = eight[lane] + eight[lane + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

/* The sum of an ITEM of every feature i; the lanes of the last few lie apart from the others, which
 * stay in registers.
 */
#define SUM_OF_FEATURES(ITEM, WIDTH)                                                               \
    double lanes[LANES] = {0};                                                                     \
    const intptr_t full = (WIDTH) - (WIDTH) % LANES;                                               \
    for (intptr_t from = 0; from < full; from += LANES)                                            \
        EACH_LANE {                                                                                \
            const intptr_t i = from + lane;                                                        \
            lanes[lane] += ITEM;                                                                   \
        }                                                                                          \
    if (full < (WIDTH)) {                                                                          \
        double rest[LANES] = {0};                                                                  \
        for (intptr_t i = full; i < (WIDTH); i++) rest[i - full] = ITEM;                           \
        EACH_LANE lanes[lane] += rest[lane];                                                       \
    }                                                                                              \
    return sum_of_lanes(lanes);
INLINE double squared(double x) { return x * x; }
#endif

INLINE double OF(inner_product)(const NUMBER *a, const NUMBER *b, intptr_t width) {
    SUM_OF_FEATURES((double)a[i] * (double)b[i], width)
}

INLINE double OF(squared_distance)(const NUMBER *a, const NUMBER *b, NUMBER added, intptr_t width) {
    SUM_OF_FEATURES(squared((double)(NUMBER)(a[i] - b[i] + added)), width)
}

/* Numbers that are found of a pair of rows. */
static void OF(inner_products_row)(const NUMBER *a, const NUMBER *b, NUMBER unused, intptr_t width,
                                   NUMBER *results) {
    (void)unused;
    results[0] = (NUMBER)OF(inner_product)(a, b, width);
}

static void OF(row_products_row)(const NUMBER *a, const NUMBER *b, NUMBER unused, intptr_t width,
                                 NUMBER *results) {
    const intptr_t full = width - width % LANES;
    double sums[3][LANES] = {0};
    (void)unused;
    for (intptr_t from = 0; from < full; from += LANES)
        EACH_LANE {
            const double one = (double)a[from + lane], other = (double)b[from + lane];
            sums[0][lane] += one * one;
            sums[1][lane] += other * other;
            sums[2][lane] += one * other;
        }
    if (full < width) {
        double rest[3][LANES] = {0};
        for (intptr_t i = full; i < width; i++) {
            rest[0][i - full] = squared((double)a[i]);
            rest[1][i - full] = squared((double)b[i]);
            rest[2][i - full] = (double)a[i] * (double)b[i];
        }
        for (int which = 0; which < 3; which++)
            EACH_LANE sums[which][lane] += rest[which][lane];
    }
    for (int which = 0; which < 3; which++) results[which] = (NUMBER)sum_of_lanes(sums[which]);
}

static void OF(squared_distances_row)(const NUMBER *a, const NUMBER *b, NUMBER added, intptr_t width,
                                      NUMBER *results) {
    results[0] = (NUMBER)OF(squared_distance)(a, b, added, width);
}

/* Parts of u - ratio v at right angles to u and to v, each times a factor, given 1 / |u|^2, 1 / |v|^2:
 * the numbers are the ratio, both factors and these.
 */
static void OF(perpendicular_parts_row)(const NUMBER *u, const NUMBER *v, const NUMBER *numbers,
                                        intptr_t width, NUMBER *to_u, NUMBER *to_v) {
    const NUMBER ratio = numbers[0];
    EACH(width) to_u[i] = u[i] - ratio * v[i];
    const NUMBER along_u = (NUMBER)OF(inner_product)(to_u, u, width) * numbers[3];
    const NUMBER along_v = (NUMBER)OF(inner_product)(to_u, v, width) * numbers[4];
    EACH(width) {
        const NUMBER difference = to_u[i];
        to_v[i] = numbers[2] * difference - numbers[2] * along_v * v[i];
        to_u[i] = numbers[1] * difference - numbers[1] * along_u * u[i];
    }
}
