/* Totals of losses: each makes 512 items by the loop of its items and adds them while they lie in the
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
