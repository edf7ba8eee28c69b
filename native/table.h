/* The loops of one level of instructions, as module.c gives them to NumPy. */

#ifndef LOSSCTL_TABLE_H
#define LOSSCTL_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Functions of one number, of two, of two and a constant, and of one with two results. */
#define ONE(X) X(exp) X(log) X(log1p) X(expm1) X(tanh) X(log_square) X(log_cosh) X(softplus_tail) X(softplus) X(sigmoid)
#define TWO(X)                                                                                     \
    X(expected_nll) X(sigmoid_residual) X(squared_error) X(absolute_error) X(logistic_nll)         \
    X(squared_log_error) X(poisson_deviance) X(gamma_deviance)
#define TWO_AND_CONSTANT(X) X(huber)
#define ONE_TO_TWO(X) X(sigmoid_pair)

/* Losses of items, of so many arrays and constants: those that take less time than to read the arrays,
 * and of these whose last array holds labels of -1 and 1; others; and those whose loop is written by
 * hand. Each has a total.
 */
#define QUICK_ITEMS(X) X(pinball_loss, 2, 2) X(relative_error, 2, 2) X(poisson_nll, 2, 0)
#define SIGNED_ITEMS(X)                                                                            \
    X(hinge_loss, 2, 1) X(squared_hinge_loss, 2, 1) X(hinge_embedding_loss, 2, 1)                  \
    X(margin_ranking_loss, 3, 1)
#define SLOW_ITEMS(X) X(gaussian_nll, 3, 2) X(root_deviance, 2, 0)
#define MAPPED_ITEMS(X) X(binary_nll, 2, 1) X(log_cosh_error, 2, 0)
#define UNSIGNED_ITEMS(X) QUICK_ITEMS(X) SLOW_ITEMS(X) MAPPED_ITEMS(X)
#define ITEMS(X) UNSIGNED_ITEMS(X) SIGNED_ITEMS(X)

/* Slopes of items, which have no total. */
#define ITEM_SLOPES(X) X(binary_nll_slope, 2, 1) X(overlap_slope, 2, 2)

/* Totals of functions of two numbers and so many constants. */
#define TOTALS(X)                                                                                  \
    X(squared_error, 0) X(absolute_error, 0) X(expected_nll, 0) X(logistic_nll, 0)                 \
    X(squared_log_error, 0) X(poisson_deviance, 0) X(gamma_deviance, 0) X(huber, 1) X(focal_nll, 3)
/* Those that are made together with slopes, whose factor is one more constant. */
#define SLOPES(X)                                                                                  \
    X(squared_error, 1) X(absolute_error, 1) X(expected_nll, 1) X(logistic_nll, 1)                 \
    X(squared_log_error, 1) X(poisson_deviance, 1) X(gamma_deviance, 1) X(huber, 2) X(focal_nll, 4)
#define MOST_CONSTANTS 4
#define MOST_TOGETHER 3 /* arrays of items */

/* Totals of functions of rows of scores, the true class of each and so many constants, and how many
 * numbers they find on the way: the ends of both arguments, and of some those of the sums of rows.
 */
#define ROW_TOTALS(X)                                                                              \
    X(true_class_nll, 0, 4) X(true_class_score, 0, 4) X(true_class_clipped_nll, 1, 6)              \
    X(class_hinge_mean, 2, 4)
#define PAIR_FOUND 8 /* numbers that the total of two arrays of rows finds */

#define FEW_CLASSES 32 /* rows of so many are laid side by side, wherever they lie */
#define OVERLAPS 5 /* sums over two masks */

/* Numbers of slices are of three types; a slice has so many sums. */
#define CODES(X) X(u8, uint8_t) X(i32, int32_t) X(i64, int64_t)
#define SLICE_SUMS 3
#define PAIR_NUMBERS 5 /* of a pair of rows, whose slopes follow from them */
#define SLICE_TURNS 4 /* sums of each of few slices */

/* Numbers of these types have hashes; what is added tells apart what float64 rounds to one. */
#define HASHED(X)                                                                                  \
    X(f32, float, 0) X(u8, uint8_t, 0) X(i32, int32_t, 0) X(i64, int64_t, lost_digits(x[i]))        \
    X(f64, double, 0)
typedef uint64_t hash_loop(const void *, const uint64_t *, intptr_t);

#define LOOPS(KIND, NUMBER)                                                                        \
    typedef void KIND##_one(const NUMBER *, NUMBER *, intptr_t);                                   \
    typedef void KIND##_two(const NUMBER *, const NUMBER *, NUMBER *, intptr_t);                   \
    typedef void KIND##_two_and_constant(const NUMBER *, const NUMBER *, NUMBER, NUMBER *, intptr_t); \
    typedef void KIND##_one_to_two(const NUMBER *, NUMBER *, NUMBER *, intptr_t);                  \
    typedef void KIND##_weighted_labels(const NUMBER *, const NUMBER *, NUMBER, const NUMBER *, intptr_t, \
                                        const NUMBER *, intptr_t, NUMBER *, intptr_t);             \
    typedef double KIND##_sum(const NUMBER *, intptr_t);                                           \
    typedef double KIND##_sum_about(const NUMBER *, double, intptr_t);                              \
    typedef void KIND##_rows_to_numbers(const NUMBER *, const int64_t *, NUMBER *, intptr_t, intptr_t); \
    typedef void KIND##_pairs_of_rows(const NUMBER *, const NUMBER *, const intptr_t *, NUMBER *,  \
                                      intptr_t, intptr_t);                                         \
    typedef void KIND##_hinges(const NUMBER *, const int64_t *, NUMBER, NUMBER, NUMBER *, intptr_t, \
                               intptr_t);                                                          \
    typedef double KIND##_total(const NUMBER *, const NUMBER *, const NUMBER *, intptr_t, double *); \
    typedef void KIND##_items(const NUMBER *, const NUMBER *, const NUMBER *, const NUMBER *, NUMBER *, \
                              intptr_t);                                                           \
    typedef KIND##_total KIND##_total_of_2;                                                        \
    typedef double KIND##_total_of_3(const NUMBER *, const NUMBER *, const NUMBER *, const NUMBER *, \
                                     intptr_t, double *);                                          \
    typedef double KIND##_total_and_slope(const NUMBER *, const NUMBER *, const NUMBER *, NUMBER *, \
                                          intptr_t, double *);                                     \
    typedef double KIND##_rows_total_and_slope(const NUMBER *, const int64_t *, NUMBER, NUMBER *,  \
                                               intptr_t, intptr_t, double *);                      \
    typedef double KIND##_rows_total(const NUMBER *, const int64_t *, const NUMBER *, intptr_t,    \
                                     intptr_t, double *);                                          \
    typedef double KIND##_pairs_total(const NUMBER *, const NUMBER *, intptr_t, intptr_t, double *); \
    typedef void KIND##_extents(const NUMBER *, intptr_t, NUMBER *);                               \
    typedef int KIND##_are(const NUMBER *, NUMBER, NUMBER, intptr_t);                              \
    typedef void KIND##_overlaps(const NUMBER *, const NUMBER *, intptr_t, double *);              \
    typedef void KIND##_of_pairs(const NUMBER *, const NUMBER *, NUMBER, intptr_t, NUMBER *);       \
    typedef void KIND##_to_pairs(const NUMBER *, const NUMBER *, const NUMBER *, intptr_t, NUMBER *, \
                                 NUMBER *);                                                        \
    typedef void KIND##_slices(const NUMBER *, const NUMBER *, const void *, double, double,       \
                               intptr_t, intptr_t, intptr_t, double *);                            \
    typedef struct {                                                                               \
        ONE(KIND##_MEMBER_ONE) TWO(KIND##_MEMBER_TWO)                                              \
        TWO_AND_CONSTANT(KIND##_MEMBER_CONSTANT) ONE_TO_TWO(KIND##_MEMBER_PAIR)                    \
        KIND##_weighted_labels *focal_nll, *focal_slope;                                           \
        KIND##_sum *vector_sum;                                                                           \
        KIND##_sum_about *squared_deviations;                                                      \
        KIND##_rows_to_numbers *true_class_nll, *true_class_slope, *true_class_score;              \
        KIND##_pairs_of_rows *kl_of_logits, *weighted_nll_vjp;                                     \
        KIND##_hinges *class_hinge_mean, *class_hinge_slope;                                       \
        TOTALS(KIND##_MEMBER_TOTAL) ITEMS(KIND##_MEMBER_ITEMS)                                     \
        ITEM_SLOPES(KIND##_MEMBER_ITEM_SLOPE) SLOPES(KIND##_MEMBER_SLOPE)                          \
        ROW_TOTALS(KIND##_MEMBER_ROW_TOTAL)                                                        \
        KIND##_rows_total_and_slope *true_class_nll_total_and_slope;                               \
        KIND##_pairs_total *kl_of_logits_total;                                                    \
        KIND##_extents *extent;                                                                    \
        KIND##_are *are_two;                                                                       \
        KIND##_overlaps *overlap_sums, *overlap_sums_of_logits;                                    \
        KIND##_of_pairs *inner_products, *row_products, *squared_distances;                        \
        KIND##_to_pairs *perpendicular_parts;                                                      \
        KIND##_slices *slice_sums[3]; /* by type of their numbers */                               \
    } KIND##_loops;

#define f32_MEMBER_ONE(NAME) f32_one *NAME;
#define f64_MEMBER_ONE(NAME) f64_one *NAME;
#define f32_MEMBER_TWO(NAME) f32_two *NAME;
#define f64_MEMBER_TWO(NAME) f64_two *NAME;
#define f32_MEMBER_CONSTANT(NAME) f32_two_and_constant *NAME;
#define f64_MEMBER_CONSTANT(NAME) f64_two_and_constant *NAME;
#define f32_MEMBER_PAIR(NAME) f32_one_to_two *NAME;
#define f64_MEMBER_PAIR(NAME) f64_one_to_two *NAME;
#define f32_MEMBER_TOTAL(NAME, CONSTANTS) f32_total *NAME##_total;
#define f64_MEMBER_TOTAL(NAME, CONSTANTS) f64_total *NAME##_total;
#define f32_MEMBER_ITEMS(NAME, ARRAYS, CONSTANTS) f32_items *NAME; f32_total_of_##ARRAYS *NAME##_total;
#define f64_MEMBER_ITEMS(NAME, ARRAYS, CONSTANTS) f64_items *NAME; f64_total_of_##ARRAYS *NAME##_total;
#define f32_MEMBER_SLOPE(NAME, CONSTANTS) f32_total_and_slope *NAME##_total_and_slope;
#define f64_MEMBER_SLOPE(NAME, CONSTANTS) f64_total_and_slope *NAME##_total_and_slope;
#define f32_MEMBER_ITEM_SLOPE(NAME, ARRAYS, CONSTANTS) f32_items *NAME;
#define f64_MEMBER_ITEM_SLOPE(NAME, ARRAYS, CONSTANTS) f64_items *NAME;
#define f32_MEMBER_ROW_TOTAL(NAME, CONSTANTS, FOUND) f32_rows_total *NAME##_total;
#define f64_MEMBER_ROW_TOTAL(NAME, CONSTANTS, FOUND) f64_rows_total *NAME##_total;

LOOPS(f32, float)
LOOPS(f64, double)

#define MEMBER_HASH(KIND, TYPE, LOST) hash_loop *KIND##_hash;
typedef struct {
    const char *level;
    f32_loops f32;
    f64_loops f64;
    HASHED(MEMBER_HASH)
} all_loops;

extern const all_loops loops_base, loops_v3, loops_v4;

#endif
