/* Squares of sixteen numbers in memory, written with columns for rows: as vectors, which no compiler
 * makes of loops over both by itself.
 */

#ifndef LOSSCTL_SQUARES
#define LOSSCTL_SQUARES
#define SQUARE 4

#if defined(__clang__) || __GNUC__ >= 12
typedef float f32_line __attribute__((vector_size(16), aligned(4), may_alias));
typedef double f64_line __attribute__((vector_size(32), aligned(8), may_alias));
#define BOTH __builtin_shufflevector

INLINE void f32_turn(const float *from, intptr_t step, float *to, intptr_t to_step) {
    f32_line a = *(const f32_line *)from, b = *(const f32_line *)(from + step);
    f32_line c = *(const f32_line *)(from + 2 * step), d = *(const f32_line *)(from + 3 * step);
    f32_line a_b = BOTH(a, b, 0, 4, 1, 5), c_d = BOTH(c, d, 0, 4, 1, 5);
    f32_line rest_a_b = BOTH(a, b, 2, 6, 3, 7), rest_c_d = BOTH(c, d, 2, 6, 3, 7);
    *(f32_line *)to = BOTH(a_b, c_d, 0, 1, 4, 5);
    *(f32_line *)(to + to_step) = BOTH(a_b, c_d, 2, 3, 6, 7);
    *(f32_line *)(to + 2 * to_step) = BOTH(rest_a_b, rest_c_d, 0, 1, 4, 5);
    *(f32_line *)(to + 3 * to_step) = BOTH(rest_a_b, rest_c_d, 2, 3, 6, 7);
}

INLINE void f64_turn(const double *from, intptr_t step, double *to, intptr_t to_step) {
    f64_line a = *(const f64_line *)from, b = *(const f64_line *)(from + step);
    f64_line c = *(const f64_line *)(from + 2 * step), d = *(const f64_line *)(from + 3 * step);
    f64_line even_a_b = BOTH(a, b, 0, 4, 2, 6), even_c_d = BOTH(c, d, 0, 4, 2, 6);
    f64_line odd_a_b = BOTH(a, b, 1, 5, 3, 7), odd_c_d = BOTH(c, d, 1, 5, 3, 7);
    *(f64_line *)to = BOTH(even_a_b, even_c_d, 0, 1, 4, 5);
    *(f64_line *)(to + to_step) = BOTH(odd_a_b, odd_c_d, 0, 1, 4, 5);
    *(f64_line *)(to + 2 * to_step) = BOTH(even_a_b, even_c_d, 2, 3, 6, 7);
    *(f64_line *)(to + 3 * to_step) = BOTH(odd_a_b, odd_c_d, 2, 3, 6, 7);
}
#undef BOTH
#else
#define TURN(KIND, NUMBER)                                                                         \
    INLINE void KIND##_turn(const NUMBER *from, intptr_t step, NUMBER *to, intptr_t to_step) {     \
        for (int row = 0; row < SQUARE; row++)                                                     \
            for (int column = 0; column < SQUARE; column++)                                        \
                to[column * to_step + row] = from[row * step + column];                            \
    }
TURN(f32, float)
TURN(f64, double)
#undef TURN
#endif
#endif

/* Write rows with columns for rows. Squares at the ends overlap those before. */
INLINE void OF(turn_rows)(const NUMBER *from, intptr_t step, NUMBER *to, intptr_t to_step,
                          intptr_t rows, intptr_t columns) {
    if (rows < SQUARE || columns < SQUARE) {
        for (intptr_t row = 0; row < rows; row++)
            for (intptr_t column = 0; column < columns; column++)
                to[column * to_step + row] = from[row * step + column];
        return;
    }
    for (intptr_t row = 0; row < rows; row += SQUARE) {
        const intptr_t r = smaller(row, rows - SQUARE);
        for (intptr_t column = 0; column < columns; column += SQUARE) {
            const intptr_t c = smaller(column, columns - SQUARE);
            OF(turn)(from + r * step + c, step, to + c * to_step + r, to_step);
        }
    }
}
