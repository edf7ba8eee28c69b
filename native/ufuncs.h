/* What NumPy calls: loops over arguments that lie anywhere. Included once for each kind of floating
 * point.
 */

#ifndef MOST_BUFFERED
#define MOST_BUFFERED 512

/* Arguments that do not lie one after the other are copied, piece by piece. */
#define GATHER(NUMBER, TO, FROM, STEP, N)                                                          \
    for (npy_intp i = 0; i < (N); i++) (TO)[i] = *(const NUMBER *)((FROM) + i * (STEP))
#define SCATTER(NUMBER, TO, STEP, FROM, N)                                                         \
    for (npy_intp i = 0; i < (N); i++) *(NUMBER *)((TO) + i * (STEP)) = (FROM)[i]

/* Vector instructions set the flags of lanes that are thrown away: what NumPy would warn of. */
#define DONE feclearexcept(FE_ALL_EXCEPT)

#define ENDS_OF(ARRAYS) (2 * (ARRAYS)) /* the least and the greatest number of each */
#define FEW_SLICES 256 /* whose sums stay in the first cache four times */
#endif

static void OF(ufunc_one)(char **args, npy_intp const *dims, npy_intp const *steps,
                             void *loop) {
    OF(one) *run = *(OF(one) **)loop;
    const npy_intp size = sizeof(NUMBER);
    if (steps[0] == size && steps[1] == size) {
        run((const NUMBER *)args[0], (NUMBER *)args[1], dims[0]);
    } else {
        NUMBER x[MOST_BUFFERED];
        for (npy_intp at = 0, n; at < dims[0]; at += n) {
            n = dims[0] - at < MOST_BUFFERED ? dims[0] - at : MOST_BUFFERED;
            GATHER(NUMBER, x, args[0] + at * steps[0], steps[0], n);
            run(x, x, n);
            SCATTER(NUMBER, args[1] + at * steps[1], steps[1], x, n);
        }
    }
    DONE;
}

static void OF(ufunc_two)(char **args, npy_intp const *dims, npy_intp const *steps,
                             void *loop) {
    OF(two) *run = *(OF(two) **)loop;
    const npy_intp size = sizeof(NUMBER);
    if (steps[0] == size && steps[1] == size && steps[2] == size) {
        run((const NUMBER *)args[0], (const NUMBER *)args[1], (NUMBER *)args[2], dims[0]);
    } else {
        NUMBER a[MOST_BUFFERED], b[MOST_BUFFERED];
        for (npy_intp at = 0, n; at < dims[0]; at += n) {
            n = dims[0] - at < MOST_BUFFERED ? dims[0] - at : MOST_BUFFERED;
            GATHER(NUMBER, a, args[0] + at * steps[0], steps[0], n);
            GATHER(NUMBER, b, args[1] + at * steps[1], steps[1], n);
            run(a, b, a, n);
            SCATTER(NUMBER, args[2] + at * steps[2], steps[2], a, n);
        }
    }
    DONE;
}

static void OF(ufunc_two_and_constant)(char **args, npy_intp const *dims,
                                          npy_intp const *steps, void *loop) {
    OF(two_and_constant) *run = *(OF(two_and_constant) **)loop;
    const npy_intp size = sizeof(NUMBER);
    if (steps[0] == size && steps[1] == size && steps[2] == 0 && steps[3] == size) {
        run((const NUMBER *)args[0], (const NUMBER *)args[1], *(const NUMBER *)args[2],
            (NUMBER *)args[3], dims[0]);
    } else {
        for (npy_intp i = 0; i < dims[0]; i++)
            run((const NUMBER *)(args[0] + i * steps[0]),
                (const NUMBER *)(args[1] + i * steps[1]),
                *(const NUMBER *)(args[2] + i * steps[2]),
                (NUMBER *)(args[3] + i * steps[3]), 1);
    }
    DONE;
}

static void OF(ufunc_weighted_labels)(char **args, npy_intp const *dims, npy_intp const *steps,
                                      void *loop) {
    OF(weighted_labels) *run = *(OF(weighted_labels) **)loop;
    const npy_intp size = sizeof(NUMBER);
    int together = steps[0] == size && steps[1] == size && steps[2] == 0 && steps[5] == size;
    npy_intp n = together ? dims[0] : 1;
    for (npy_intp at = 0; at < dims[0]; at += n)
        run((const NUMBER *)(args[0] + at * steps[0]), (const NUMBER *)(args[1] + at * steps[1]),
            *(const NUMBER *)(args[2] + at * steps[2]), (const NUMBER *)(args[3] + at * steps[3]),
            steps[3] / size, (const NUMBER *)(args[4] + at * steps[4]), steps[4] / size,
            (NUMBER *)(args[5] + at * steps[5]), n);
    DONE;
}

static void OF(ufunc_one_to_two)(char **args, npy_intp const *dims, npy_intp const *steps,
                                    void *loop) {
    OF(one_to_two) *run = *(OF(one_to_two) **)loop;
    const npy_intp size = sizeof(NUMBER);
    if (steps[0] == size && steps[1] == size && steps[2] == size) {
        run((const NUMBER *)args[0], (NUMBER *)args[1], (NUMBER *)args[2], dims[0]);
    } else {
        NUMBER x[MOST_BUFFERED], y[MOST_BUFFERED];
        for (npy_intp at = 0, n; at < dims[0]; at += n) {
            n = dims[0] - at < MOST_BUFFERED ? dims[0] - at : MOST_BUFFERED;
            GATHER(NUMBER, x, args[0] + at * steps[0], steps[0], n);
            run(x, x, y, n);
            SCATTER(NUMBER, args[1] + at * steps[1], steps[1], x, n);
            SCATTER(NUMBER, args[2] + at * steps[2], steps[2], y, n);
        }
    }
    DONE;
}

/* Numbers one after the other: those that are given, or a copy, which is to be freed. */
static const NUMBER *OF(together)(const char *given, npy_intp step, npy_intp n, NUMBER **copy) {
    if (step == (npy_intp)sizeof(NUMBER) || n < 2) return (const NUMBER *)given;
    if (*copy == NULL) *copy = malloc((size_t)n * sizeof(NUMBER));
    if (*copy != NULL) GATHER(NUMBER, *copy, given, step, n);
    return *copy;
}

/* (n)->() */
static void OF(ufunc_sum)(char **args, npy_intp const *dims, npy_intp const *steps,
                             void *loop) {
    OF(sum) *run = *(OF(sum) **)loop;
    NUMBER *copy = NULL;
    for (npy_intp outer = 0; outer < dims[0]; outer++)
        *(double *)(args[1] + outer * steps[1]) =
            run(OF(together)(args[0] + outer * steps[0], steps[2], dims[1], &copy), dims[1]);
    free(copy);
    DONE;
}

/* (n),()->() */
static void OF(ufunc_sum_about)(char **args, npy_intp const *dims, npy_intp const *steps,
                                void *loop) {
    OF(sum_about) *run = *(OF(sum_about) **)loop;
    NUMBER *copy = NULL;
    for (npy_intp outer = 0; outer < dims[0]; outer++)
        *(double *)(args[2] + outer * steps[2]) =
            run(OF(together)(args[0] + outer * steps[0], steps[3], dims[1], &copy),
                *(const double *)(args[1] + outer * steps[1]), dims[1]);
    free(copy);
    DONE;
}

/* (n),(n)->(9) */
static void OF(ufunc_overlap)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop) {
    OF(overlaps) *run = *(OF(overlaps) **)loop;
    NUMBER *first = NULL, *second = NULL;
    double results[OVERLAPS + ENDS_OF(2)];
    for (npy_intp outer = 0; outer < dims[0]; outer++) {
        run(OF(together)(args[0] + outer * steps[0], steps[3], dims[1], &first),
            OF(together)(args[1] + outer * steps[1], steps[4], dims[1], &second), dims[1], results);
        SCATTER(double, args[2] + outer * steps[2], steps[5], results, OVERLAPS + ENDS_OF(2));
    }
    free(first);
    free(second);
    DONE;
}

#include "ufuncs_of_items.h"

/* (n),(n),(),(n)->(5), and more () for other constants: fill the third with slopes. */
static void OF(ufunc_total_and_slope)(char **args, npy_intp const *dims, npy_intp const *steps,
                                      void *loop, int count) {
    OF(total_and_slope) *run = *(OF(total_and_slope) **)loop;
    const npy_intp size = sizeof(NUMBER), *core = steps + count + 4;
    NUMBER *first = NULL, *second = NULL, *third = NULL, constants[MOST_CONSTANTS] = {0};
    double ends[ENDS_OF(2)];
    int apart = core[2] != size && dims[1] > 1;
    if (apart) third = malloc((size_t)dims[1] * sizeof(NUMBER));
    for (npy_intp outer = 0; outer < dims[0]; outer++) {
        for (int at = 0; at < count; at++)
            constants[at] = *(const NUMBER *)(args[2 + at] + outer * steps[2 + at]);
        char *to = args[2 + count] + outer * steps[2 + count];
        double total = run(OF(together)(args[0] + outer * steps[0], core[0], dims[1], &first),
                           OF(together)(args[1] + outer * steps[1], core[1], dims[1], &second),
                           constants, apart ? third : (NUMBER *)to, dims[1], ends);
        if (apart) SCATTER(NUMBER, to, core[2], third, dims[1]);
        OF(put_total)(args[3 + count] + outer * steps[3 + count], core[3], total, ends, 1 + ENDS_OF(2));
    }
    free(first);
    free(second);
    free(third);
    DONE;
}

#define WITH_CONSTANTS(COUNT)                                                                      \
    static void OF(ufunc_total_and_slope_##COUNT)(char **args, npy_intp const *dims,               \
                                                  npy_intp const *steps, void *loop) {             \
        OF(ufunc_total_and_slope)(args, dims, steps, loop, COUNT);                                 \
    }
WITH_CONSTANTS(1)
WITH_CONSTANTS(2)
WITH_CONSTANTS(4)
#undef WITH_CONSTANTS

/* (r,c),(r),(),(r,c)->(5): fill rows with slopes; all lie one after the other, or are copied. */
static void OF(ufunc_rows_total_and_slope)(char **args, npy_intp const *dims, npy_intp const *steps,
                                           void *loop) {
    OF(rows_total_and_slope) *run = *(OF(rows_total_and_slope) **)loop;
    const npy_intp size = sizeof(NUMBER), rows = dims[1], classes = dims[2], *core = steps + 5;
    double ends[ENDS_OF(2)];
    NUMBER *scores = NULL, *slopes = NULL;
    int64_t *truth = NULL;
    int together = (classes < 2 || (core[1] == size && core[4] == size)) &&
                   (rows < 2 || (core[0] == size * classes && core[3] == size * classes &&
                                 core[2] == (npy_intp)sizeof(int64_t)));
    if (!together) {
        scores = malloc((size_t)(rows * classes + 1) * sizeof(NUMBER));
        slopes = malloc((size_t)(rows * classes + 1) * sizeof(NUMBER));
        truth = malloc((size_t)(rows + 1) * sizeof(int64_t));
    }
    int ready = together || (scores != NULL && slopes != NULL && truth != NULL);
    for (npy_intp outer = 0; outer < dims[0] && ready; outer++) {
        char *z = args[0] + outer * steps[0], *y = args[1] + outer * steps[1];
        char *to = args[3] + outer * steps[3];
        const NUMBER factor = *(const NUMBER *)(args[2] + outer * steps[2]);
        for (npy_intp row = 0; row < rows && !together; row++) {
            GATHER(NUMBER, scores + row * classes, z + row * core[0], core[1], classes);
            truth[row] = *(const int64_t *)(y + row * core[2]);
        }
        double total = run(together ? (const NUMBER *)z : scores, together ? (const int64_t *)y : truth,
                           factor, together ? (NUMBER *)to : slopes, rows, classes, ends);
        for (npy_intp row = 0; row < rows && !together; row++)
            SCATTER(NUMBER, to + row * core[3], core[4], slopes + row * classes, classes);
        OF(put_total)(args[4] + outer * steps[4], core[5], total, ends, 1 + ENDS_OF(2));
    }
    free(scores);
    free(slopes);
    free(truth);
    DONE;
}

/* (r,c),(r)->() or (r,c),(r)->(n), and as many () between as there are constants; rows that do not
 * lie one after the other are copied.
 */
static void OF(ufunc_all_rows)(char **args, npy_intp const *dims, npy_intp const *outer_steps,
                               void *loop, int count, int wide) {
    OF(rows_total) *run = *(OF(rows_total) **)loop;
    const npy_intp size = sizeof(NUMBER), rows = dims[1], classes = dims[2];
    const npy_intp *steps = outer_steps + 3 + count;
    NUMBER *scores = NULL, constants[MOST_CONSTANTS] = {0};
    double found[PAIR_FOUND];
    int64_t *truth = NULL;
    int together = (steps[1] == size || classes < 2) && (steps[0] == size * classes || rows < 2) &&
                   (steps[2] == (npy_intp)sizeof(int64_t) || rows < 2);
    if (!together) {
        scores = malloc((size_t)(rows * classes + 1) * sizeof(NUMBER));
        truth = malloc((size_t)(rows + 1) * sizeof(int64_t));
    }
    for (npy_intp outer = 0; outer < dims[0]; outer++) {
        const char *z = args[0] + outer * outer_steps[0], *y = args[1] + outer * outer_steps[1];
        for (int at = 0; at < count; at++)
            constants[at] = *(const NUMBER *)(args[2 + at] + outer * outer_steps[2 + at]);
        if (scores != NULL && truth != NULL)
            for (npy_intp row = 0; row < rows; row++) {
                GATHER(NUMBER, scores + row * classes, z + row * steps[0], steps[1], classes);
                truth[row] = *(const int64_t *)(y + row * steps[2]);
            }
        double total = run(together ? (const NUMBER *)z : scores,
                           together ? (const int64_t *)y : truth, constants, rows, classes,
                           wide ? found : NULL);
        OF(put_total)(args[2 + count] + outer * outer_steps[2 + count], wide ? steps[3] : 0, total,
                      found, wide);
    }
    free(scores);
    free(truth);
    DONE;
}

#define WITH_CONSTANTS(NAME, COUNT, FOUND)                                                         \
    static void OF(ufunc_##NAME##_total)(char **args, npy_intp const *dims, npy_intp const *steps, \
                                         void *loop) {                                             \
        OF(ufunc_all_rows)(args, dims, steps, loop, COUNT, 0);                                     \
    }                                                                                              \
    static void OF(ufunc_wide_##NAME##_total)(char **args, npy_intp const *dims,                   \
                                              npy_intp const *steps, void *loop) {                 \
        OF(ufunc_all_rows)(args, dims, steps, loop, COUNT, 1 + FOUND);                             \
    }
ROW_TOTALS(WITH_CONSTANTS)
#undef WITH_CONSTANTS

/* (r,c),(r,c)->() or (r,c),(r,c)->(n), of rows that lie one after the other, or are copied */
static void OF(ufunc_all_pairs)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                                int wide) {
    OF(pairs_total) *run = *(OF(pairs_total) **)loop;
    const npy_intp size = sizeof(NUMBER), rows = dims[1], classes = dims[2];
    NUMBER *copies[2] = {NULL, NULL};
    double found[PAIR_FOUND];
    for (npy_intp outer = 0; outer < dims[0]; outer++) {
        const NUMBER *given[2];
        for (int which = 0; which < 2; which++) {
            const npy_intp *apart = steps + 3 + 2 * which;
            const char *from = args[which] + outer * steps[which];
            given[which] = (const NUMBER *)from;
            if ((apart[1] == size || classes < 2) && (apart[0] == size * classes || rows < 2)) continue;
            if (copies[which] == NULL)
                copies[which] = malloc((size_t)(rows * classes + 1) * sizeof(NUMBER));
            for (npy_intp row = 0; row < rows && copies[which] != NULL; row++)
                GATHER(NUMBER, copies[which] + row * classes, from + row * apart[0], apart[1], classes);
            given[which] = copies[which];
        }
        double total = run(given[0], given[1], rows, classes, wide ? found : NULL);
        OF(put_total)(args[2] + outer * steps[2], wide ? steps[7] : 0, total, found, wide);
    }
    free(copies[0]);
    free(copies[1]);
    DONE;
}

static void OF(ufunc_pairs_total)(char **args, npy_intp const *dims, npy_intp const *steps,
                                  void *loop) {
    OF(ufunc_all_pairs)(args, dims, steps, loop, 0);
}

static void OF(ufunc_wide_pairs_total)(char **args, npy_intp const *dims, npy_intp const *steps,
                                       void *loop) {
    OF(ufunc_all_pairs)(args, dims, steps, loop, 1 + PAIR_FOUND);
}

/* (c),()->() and (c),()->(c), for all rows at once where they lie one after the other. */
static void OF(ufunc_rows)(char **args, npy_intp const *dims, npy_intp const *steps,
                              void *loop, int wide) {
    OF(rows_to_numbers) *run = *(OF(rows_to_numbers) **)loop;
    const npy_intp size = sizeof(NUMBER), rows = dims[0], classes = dims[1];
    const npy_intp result = wide ? size * classes : size;
    if ((steps[3] == size || classes == 1) && steps[0] == size * classes &&
        steps[1] == (npy_intp)sizeof(int64_t) && steps[2] == result &&
        (!wide || steps[4] == size || classes == 1)) {
        run((const NUMBER *)args[0], (const int64_t *)args[1], (NUMBER *)args[2], rows,
            classes);
        DONE;
        return;
    }
    NUMBER *scores = malloc(2 * (size_t)(classes > 0 ? classes : 1) * sizeof(NUMBER));
    NUMBER *results = scores + classes;
    for (npy_intp row = 0; row < rows && scores != NULL; row++) {
        GATHER(NUMBER, scores, args[0] + row * steps[0], steps[3], classes);
        run(scores, (const int64_t *)(args[1] + row * steps[1]), results, 1, classes);
        if (wide) SCATTER(NUMBER, args[2] + row * steps[2], steps[4], results, classes);
        else *(NUMBER *)(args[2] + row * steps[2]) = results[0];
    }
    free(scores);
    DONE;
}

static void OF(ufunc_rows_to_numbers)(char **args, npy_intp const *dims,
                                         npy_intp const *steps, void *loop) {
    OF(ufunc_rows)(args, dims, steps, loop, 0);
}

static void OF(ufunc_rows_to_rows)(char **args, npy_intp const *dims,
                                      npy_intp const *steps, void *loop) {
    OF(ufunc_rows)(args, dims, steps, loop, 1);
}

/* (c),(c)->() and (c),(c)->(c) */
static void OF(ufunc_pairs)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                            int wide) {
    OF(pairs_of_rows) *run = *(OF(pairs_of_rows) **)loop;
    const npy_intp size = sizeof(NUMBER), rows = dims[0], classes = dims[1];
    const npy_intp result = wide ? size * classes : size;
    const intptr_t apart[] = {steps[0] / size, steps[3] / size, steps[1] / size, steps[4] / size};
    const intptr_t in_line[] = {classes, 1, classes, 1};
    int are_rows = (steps[3] == size && steps[4] == size && steps[0] == size * classes &&
                    steps[1] == size * classes);
    if ((are_rows || classes <= FEW_CLASSES) && (steps[2] == result || rows < 2) &&
        (!wide || steps[5] == size || classes < 2)) {
        run((const NUMBER *)args[0], (const NUMBER *)args[1], apart, (NUMBER *)args[2], rows, classes);
        DONE;
        return;
    }
    NUMBER *first = malloc(3 * (size_t)(classes > 0 ? classes : 1) * sizeof(NUMBER));
    for (npy_intp row = 0; row < rows && first != NULL; row++) {
        NUMBER *second = first + classes, *results = second + classes;
        GATHER(NUMBER, first, args[0] + row * steps[0], steps[3], classes);
        GATHER(NUMBER, second, args[1] + row * steps[1], steps[4], classes);
        run(first, second, in_line, results, 1, classes);
        if (wide) SCATTER(NUMBER, args[2] + row * steps[2], steps[5], results, classes);
        else *(NUMBER *)(args[2] + row * steps[2]) = results[0];
    }
    free(first);
    DONE;
}

static void OF(ufunc_pairs_to_numbers)(char **args, npy_intp const *dims, npy_intp const *steps,
                                       void *loop) {
    OF(ufunc_pairs)(args, dims, steps, loop, 0);
}

static void OF(ufunc_pairs_to_rows)(char **args, npy_intp const *dims, npy_intp const *steps,
                                    void *loop) {
    OF(ufunc_pairs)(args, dims, steps, loop, 1);
}

/* (c),(),(),()->() and (c),(),(),()->(c), where the last two of the arguments are constants. */
static void OF(ufunc_hinges)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                             int wide) {
    OF(hinges) *run = *(OF(hinges) **)loop;
    const npy_intp size = sizeof(NUMBER), rows = dims[0], classes = dims[1], row_size = size * classes;
    if ((classes < 2 || (steps[5] == size && (!wide || steps[6] == size))) && steps[2] == 0 &&
        steps[3] == 0 &&
        (rows < 2 || (steps[0] == row_size && steps[1] == (npy_intp)sizeof(int64_t) &&
                      steps[4] == (wide ? row_size : size)))) {
        run((const NUMBER *)args[0], (const int64_t *)args[1], *(const NUMBER *)args[2],
            *(const NUMBER *)args[3], (NUMBER *)args[4], rows, classes);
        DONE;
        return;
    }
    NUMBER *scores = malloc(2 * (size_t)(classes > 0 ? classes : 1) * sizeof(NUMBER));
    for (npy_intp row = 0; row < rows && scores != NULL; row++) {
        NUMBER *results = scores + classes;
        GATHER(NUMBER, scores, args[0] + row * steps[0], steps[5], classes);
        run(scores, (const int64_t *)(args[1] + row * steps[1]),
            *(const NUMBER *)(args[2] + row * steps[2]), *(const NUMBER *)(args[3] + row * steps[3]),
            results, 1, classes);
        if (wide) SCATTER(NUMBER, args[4] + row * steps[4], steps[6], results, classes);
        else *(NUMBER *)(args[4] + row * steps[4]) = results[0];
    }
    free(scores);
    DONE;
}

static void OF(ufunc_hinges_to_numbers)(char **args, npy_intp const *dims, npy_intp const *steps,
                                        void *loop) {
    OF(ufunc_hinges)(args, dims, steps, loop, 0);
}

static void OF(ufunc_hinges_to_rows)(char **args, npy_intp const *dims, npy_intp const *steps,
                                     void *loop) {
    OF(ufunc_hinges)(args, dims, steps, loop, 1);
}

/* A row of features as it lies, or a copy in `room` of one whose features lie apart. */
static const NUMBER *OF(row_at)(const char *given, npy_intp step, npy_intp width, NUMBER *room) {
    if (step == (npy_intp)sizeof(NUMBER) || width < 2) return (const NUMBER *)given;
    GATHER(NUMBER, room, given, step, width);
    return room;
}

/* (n,d),(n,d)->(n) and (n,d),(n,d)->(3,n), and a number that is the same for all rows between. */
static void OF(ufunc_of_pairs)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                               int constants, int results) {
    OF(of_pairs) *run = *(OF(of_pairs) **)loop;
    const npy_intp rows = dims[1], width = dims[2], *core = steps + 3 + constants;
    const npy_intp apart = results > 1 ? core[4] : 0, step = results > 1 ? core[5] : core[4];
    NUMBER *room = malloc((2 * (size_t)width + 1) * sizeof(NUMBER)), found[3];
    for (npy_intp outer = 0; outer < dims[0] && room != NULL; outer++) {
        const NUMBER constant =
            constants ? *(const NUMBER *)(args[2] + outer * steps[2]) : (NUMBER)0;
        const char *a = args[0] + outer * steps[0], *b = args[1] + outer * steps[1];
        char *to = args[2 + constants] + outer * steps[2 + constants];
        for (npy_intp row = 0; row < rows; row++) {
            run(OF(row_at)(a + row * core[0], core[1], width, room),
                OF(row_at)(b + row * core[2], core[3], width, room + width), constant, width, found);
            SCATTER(NUMBER, to + row * step, apart, found, results);
        }
    }
    free(room);
    DONE;
}

static void OF(ufunc_pairs_to_one)(char **args, npy_intp const *dims, npy_intp const *steps,
                                   void *loop) {
    OF(ufunc_of_pairs)(args, dims, steps, loop, 0, 1);
}

static void OF(ufunc_pairs_to_three)(char **args, npy_intp const *dims, npy_intp const *steps,
                                     void *loop) {
    OF(ufunc_of_pairs)(args, dims, steps, loop, 0, 3);
}

static void OF(ufunc_moved_pairs_to_one)(char **args, npy_intp const *dims, npy_intp const *steps,
                                         void *loop) {
    OF(ufunc_of_pairs)(args, dims, steps, loop, 1, 1);
}

/* (n,d),(n,d),(n),(n),(n),(n),(n)->(2,n,d) */
static void OF(ufunc_to_pairs)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop) {
    OF(to_pairs) *run = *(OF(to_pairs) **)loop;
    const npy_intp rows = dims[1], width = dims[2], *core = steps + 3 + PAIR_NUMBERS;
    const npy_intp *out = core + 4 + PAIR_NUMBERS;
    NUMBER *room = malloc((4 * (size_t)width + 1) * sizeof(NUMBER)), numbers[PAIR_NUMBERS];
    int together = out[2] == (npy_intp)sizeof(NUMBER) || width < 2;
    for (npy_intp outer = 0; outer < dims[0] && room != NULL; outer++) {
        const char *a = args[0] + outer * steps[0], *b = args[1] + outer * steps[1];
        char *to = args[2 + PAIR_NUMBERS] + outer * steps[2 + PAIR_NUMBERS];
        for (npy_intp row = 0; row < rows; row++) {
            char *first = to + row * out[1], *second = first + out[0];
            for (int at = 0; at < PAIR_NUMBERS; at++)
                numbers[at] =
                    *(const NUMBER *)(args[2 + at] + outer * steps[2 + at] + row * core[4 + at]);
            run(OF(row_at)(a + row * core[0], core[1], width, room),
                OF(row_at)(b + row * core[2], core[3], width, room + width), numbers, width,
                together ? (NUMBER *)first : room + 2 * width,
                together ? (NUMBER *)second : room + 3 * width);
            if (together) continue;
            SCATTER(NUMBER, first, out[2], room + 2 * width, width);
            SCATTER(NUMBER, second, out[2], room + 3 * width, width);
        }
    }
    free(room);
    DONE;
}

/* (n),(n),(n),(),()->(k,3), where the numbers of slices have some size in bytes. */
static void OF(ufunc_slices)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                             npy_intp bytes) {
    OF(slices) *run = *(OF(slices) **)loop;
    const npy_intp size = sizeof(NUMBER), slices = dims[2];
    const npy_intp turns = slices > FEW_SLICES ? 1 : SLICE_TURNS, width = SLICE_SUMS * turns;
    int together = steps[6] == size && steps[7] == size && steps[8] == bytes;
    double *sums = malloc((size_t)(slices > 0 ? slices * width : 1) * sizeof(double));
    for (npy_intp outer = 0; outer < dims[0] && sums != NULL; outer++) {
        const char *x = args[0] + outer * steps[0], *y = args[1] + outer * steps[1];
        const char *codes = args[2] + outer * steps[2];
        double x_center = *(const double *)(args[3] + outer * steps[3]);
        double y_center = *(const double *)(args[4] + outer * steps[4]);
        char *to = args[5] + outer * steps[5];
        memset(sums, 0, (size_t)(slices * width) * sizeof(double));
        if (together) {
            run((const NUMBER *)x, (const NUMBER *)y, codes, x_center, y_center, dims[1], slices,
                turns, sums);
        } else {
            NUMBER a[MOST_BUFFERED], b[MOST_BUFFERED];
            char own[8 * MOST_BUFFERED];
            for (npy_intp at = 0, n; at < dims[1]; at += n) {
                n = dims[1] - at < MOST_BUFFERED ? dims[1] - at : MOST_BUFFERED;
                GATHER(NUMBER, a, x + at * steps[6], steps[6], n);
                GATHER(NUMBER, b, y + at * steps[7], steps[7], n);
                for (npy_intp i = 0; i < n; i++)
                    memcpy(own + i * bytes, codes + (at + i) * steps[8], (size_t)bytes);
                run(a, b, own, x_center, y_center, n, slices, turns, sums);
            }
        }
        for (npy_intp slice = 0; slice < slices; slice++)
            for (npy_intp which = 0; which < SLICE_SUMS; which++) {
                const double *own = sums + slice * width + which;
                *(double *)(to + slice * steps[9] + which * steps[10]) =
                    turns == 1 ? own[0] : (own[0] + own[SLICE_SUMS]) +
                                     (own[2 * SLICE_SUMS] + own[3 * SLICE_SUMS]);
            }
    }
    free(sums);
    DONE;
}

#define WITH_SLICES(CODE, TYPE)                                                                    \
    static void OF(ufunc_slices_##CODE)(char **args, npy_intp const *dims, npy_intp const *steps,  \
                                        void *loop) {                                              \
        OF(ufunc_slices)(args, dims, steps, loop, sizeof(TYPE));                                   \
    }
CODES(WITH_SLICES)
#undef WITH_SLICES
