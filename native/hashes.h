/* Hashes of numbers and their places, from which the digest of an array is made: sums of products
 * modulo 2^64, whose bits are the same at every level and in any order. Included once.
 */

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 divided by the golden ratio */

/* What distinguishes integers that float64 rounds to the same number. */
INLINE uint64_t lost_digits(int64_t x) {
    double rounded = f64_below((double)x, 0x1.fffffffffffffp+62); /* the last below 2^63 */
    return ((uint64_t)x - (uint64_t)(int64_t)rounded) * GOLDEN;
}
#define HASH(NAME, TYPE, LOST)                                                                     \
    static uint64_t NAME##_hash(const void *given, const uint64_t *factors, intptr_t n) {          \
        const TYPE *x = given;                                                                     \
        uint64_t sum = 0;                                                                          \
        EACH(n) {                                                                                  \
            double number = (double)x[i] + 0.0; /* −0 becomes 0 */                                 \
            uint64_t bits = number == number ? (uint64_t)f64_bits(number) : UINT64_C(0x7ff8) << 48; \
            bits ^= bits >> 32;                                                                    \
            sum += (bits + (LOST)) * factors[i];                                               \
        }                                                                                          \
        return sum;                                                                                \
    }
HASHED(HASH)
#undef HASH
