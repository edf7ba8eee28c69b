/* Elementary functions of single numbers, written so that a compiler turns a loop over them into
 * vector instructions: no branch, no table, no call. Every product that is added to is an explicit
 * fused multiply-add and nothing else may be contracted, so each function has the same bits at
 * every level of instructions that has a fused multiply-add, and (slowly) without one.
 *
 * Coefficients: tools/native_coefficients.py; from artanh_rest on, kernels/numeric/chebyshev.py.
 */

#include <math.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

typedef union { float number; int32_t bits; } float_bits;
typedef union { double number; int64_t bits; } double_bits;

INLINE int32_t f32_bits(float x) { float_bits both = {.number = x}; return both.bits; }
INLINE float f32_of_bits(int32_t bits) { float_bits both = {.bits = bits}; return both.number; }
INLINE int64_t f64_bits(double x) { double_bits both = {.number = x}; return both.bits; }
INLINE double f64_of_bits(int64_t bits) { double_bits both = {.bits = bits}; return both.number; }

INLINE float f32_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
INLINE double f64_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
INLINE float f32_abs(float x) { return f32_of_bits(f32_bits(x) & 0x7fffffff); }
INLINE double f64_abs(double x) { return f64_of_bits(f64_bits(x) & 0x7fffffffffffffff); }
/* NaN stays. */
INLINE float f32_above(float x, float least) { return x < least ? least : x; }
INLINE float f32_below(float x, float most) { return x > most ? most : x; }
INLINE double f64_above(double x, double least) { return x < least ? least : x; }
INLINE double f64_below(double x, double most) { return x > most ? most : x; }
INLINE float f32_with_sign(float size, float sign) {
    return f32_of_bits((f32_bits(size) & 0x7fffffff) | (f32_bits(sign) & (int32_t)0x80000000));
}
INLINE double f64_with_sign(double size, double sign) {
    return f64_of_bits((f64_bits(size) & 0x7fffffffffffffff) |
                       (f64_bits(sign) & (int64_t)0x8000000000000000));
}

/* ---- float32 ---------------------------------------------------------------------------- */

#define F32_INTEGERS 12582912.0f /* 3 * 2^22: numbers from here on are whole, the last bits count */
#define F32_LOG2E 0x1.715476p+0f
#define F32_LN2_HIGH 0x1.62e4p-1f
#define F32_LN2_LOW 0x1.7f7d1cp-20f

/* x = n ln 2 + r with a whole n, and expm1(r) = r + rest, which has what r lost in rounding. */
typedef struct { float r, rest; int32_t n; } f32_reduced;

INLINE f32_reduced f32_reduce(float x) {
    float shifted = f32_fma(x, F32_LOG2E, F32_INTEGERS);
    float n = shifted - F32_INTEGERS;
    float exact = f32_fma(n, -F32_LN2_HIGH, x);
    float r = f32_fma(n, -F32_LN2_LOW, exact);
    float lost = f32_fma(n, -F32_LN2_LOW, exact - r);
    float p = 0x1.a1256cp-13f;
    p = f32_fma(p, r, 0x1.6d43b0p-10f);
    p = f32_fma(p, r, 0x1.1110e0p-7f);
    p = f32_fma(p, r, 0x1.5554e8p-5f);
    p = f32_fma(p, r, 0x1.555556p-3f);
    p = f32_fma(p, r, 0x1p-1f);
    return (f32_reduced){r, f32_fma(r * r, p, lost), f32_bits(shifted) - f32_bits(F32_INTEGERS)};
}

/* 2^n for n from -126 to 127. */
INLINE float f32_power_of_two(int32_t n) { return f32_of_bits((n + 127) << 23); }

INLINE float f32_exp(float x) {
    x = f32_above(f32_below(x, 89.0f), -104.0f);
    f32_reduced at = f32_reduce(x);
    /* Two factors: 2^n alone leaves the range where the result is denormal, or infinite. */
    int32_t half = at.n >> 1;
    return (1.0f + (at.r + at.rest)) * f32_power_of_two(half) * f32_power_of_two(at.n - half);
}

INLINE float f32_expm1(float x) {
    float clipped = f32_above(f32_below(x, 89.0f), -18.0f);
    f32_reduced at = f32_reduce(clipped);
    float half = f32_power_of_two(at.n - 1); /* 2^128 is none; half of it is */
    float result = 2.0f * f32_fma(half, at.rest, f32_fma(half, at.r, half - 0.5f));
    return at.n == 0 ? (x == 0.0f ? x : at.r + at.rest) : result;
}

/* log(2^k (1 + f)) for f in [sqrt(1/2) - 1, sqrt 2 - 1]. */
INLINE float f32_log_of_parts(float k, float f) {
    float square = f * f;
    float p = 0x1.1d8ebep-4f;
    p = f32_fma(p, f, -0x1.d635e4p-4f);
    p = f32_fma(p, f, 0x1.dea28cp-4f);
    p = f32_fma(p, f, -0x1.fcf4c2p-4f);
    p = f32_fma(p, f, 0x1.23d218p-3f);
    p = f32_fma(p, f, -0x1.555b4ap-3f);
    p = f32_fma(p, f, 0x1.999d5ap-3f);
    p = f32_fma(p, f, -0x1.fffffcp-3f);
    p = f32_fma(p, f, 0x1.555554p-2f);
    float rest = f32_fma(p, f, -0.5f) * square; /* log(1 + f) - f */
    rest = f32_fma(k, F32_LN2_LOW, rest);
    return f32_fma(k, F32_LN2_HIGH, f + rest);
}

#define F32_SQRT_HALF_BITS 0x3f3504f3

INLINE float f32_log(float x) {
    int tiny = x < 0x1p-126f;
    float scaled = tiny ? x * 0x1p23f : x;
    int32_t above = f32_bits(scaled) - F32_SQRT_HALF_BITS;
    float k = (float)(above >> 23) - (tiny ? 23.0f : 0.0f);
    float f = f32_of_bits((above & 0x7fffff) + F32_SQRT_HALF_BITS) - 1.0f;
    float result = f32_log_of_parts(k, f);
    result = x == INFINITY ? x : result;
    result = x == 0.0f ? -INFINITY : result;
    return x >= 0.0f ? result : (x < 0.0f ? NAN : x);
}

/* log(sum + lost), where lost is what the sum lost in rounding. */
INLINE float f32_log_of_sum(float sum, float lost) {
    int32_t above = f32_bits(sum) - F32_SQRT_HALF_BITS;
    int32_t k = above >> 23;
    float f = f32_of_bits((above & 0x7fffff) + F32_SQRT_HALF_BITS) - 1.0f;
    f = f32_fma(lost, f32_power_of_two(-(k < 126 ? k : 126)), f);
    return f32_log_of_parts((float)k, f);
}

INLINE float f32_log1p(float x) {
    float sum = 1.0f + x;
    float first = sum - x;
    float lost = (1.0f - first) + (x - (sum - first)); /* 1 + x is sum + lost, exactly */
    float result = f32_log_of_sum(sum, lost);
    result = x == INFINITY ? x : result;
    result = x == -1.0f ? -INFINITY : result;
    result = x == 0.0f ? x : result; /* -0 stays */
    return x >= -1.0f ? result : (x < -1.0f ? NAN : x);
}

/* log(1 + x^2); of a large |x|, whose square would leave the range, 2 log |x|. */
INLINE float f32_log_square(float x) {
    float size = f32_abs(x), square = size * size;
    int far = size > 1e8f;
    float sum = far ? size : 1.0f + square;
    float first = sum - square;
    float lost = far ? 0.0f : (1.0f - first) + (square - (sum - first));
    float result = (far ? 2.0f : 1.0f) * f32_log_of_sum(sum, lost);
    result = size == INFINITY ? size : result;
    result = square == 0.0f ? 0.0f : result;
    return x != x ? x : result;
}

/* tanh |x| = expm1(2|x|) / (expm1(2|x|) + 2). */
INLINE float f32_tanh(float x) {
    float grown = f32_expm1(2.0f * f32_below(f32_abs(x), 10.0f));
    return x != x ? x : f32_with_sign(grown / (grown + 2.0f), x);
}

/* log(1 + e) for e in [0, 1]. */
INLINE float f32_log1p_of_share(float e) {
    float p = -0x1.24b298p-8f;
    p = f32_fma(p, e, 0x1.9d455ap-6f);
    p = f32_fma(p, e, -0x1.11708cp-4f);
    p = f32_fma(p, e, 0x1.d992bcp-4f);
    p = f32_fma(p, e, -0x1.448ee2p-3f);
    p = f32_fma(p, e, 0x1.969cb2p-3f);
    p = f32_fma(p, e, -0x1.ffb95cp-3f);
    p = f32_fma(p, e, 0x1.55540cp-2f);
    p = f32_fma(p, e, -0x1.fffffep-2f);
    return f32_fma(p, e * e, e);
}

/* 2 (artanh v - v) / v^3 as a polynomial of v^2 up to 0.36. */
INLINE float f32_artanh_rest(float z) {
    float p = 0x1.0d3f28p-1f;
    p = f32_fma(p, z, -0x1.629eb6p-3f);
    p = f32_fma(p, z, 0x1.095b7ap-2f);
    p = f32_fma(p, z, 0x1.4d5c64p-3f);
    p = f32_fma(p, z, 0x1.cad736p-3f);
    p = f32_fma(p, z, 0x1.247c3ep-2f);
    p = f32_fma(p, z, 0x1.9999fcp-2f);
    return f32_fma(p, z, 0x1.555556p-1f);
}

/* (e^-x - 1 + x) / x^2 for |x| up to 1. */
INLINE float f32_exp_rest(float x) {
    float p = -0x1.78a70ep-19f;
    p = f32_fma(p, x, 0x1.a971fcp-16f);
    p = f32_fma(p, x, -0x1.a009p-13f);
    p = f32_fma(p, x, 0x1.6bff52p-10f);
    p = f32_fma(p, x, -0x1.11111ep-7f);
    p = f32_fma(p, x, 0x1.55557ap-5f);
    p = f32_fma(p, x, -0x1.555556p-3f);
    return f32_fma(p, x, 0x1p-1f);
}

/* log cosh x / x^2 as a polynomial of x^2 up to 1. */
INLINE float f32_log_cosh_near(float z) {
    float p = 0x1.68efe4p-14f;
    p = f32_fma(p, z, -0x1.22cdf2p-11f);
    p = f32_fma(p, z, 0x1.100cdap-9f);
    p = f32_fma(p, z, -0x1.b7b6eep-8f);
    p = f32_fma(p, z, 0x1.6bfe26p-6f);
    p = f32_fma(p, z, -0x1.5554f4p-4f);
    return f32_fma(p, z, 0x1p-1f);
}

/* log((1 + e^-2) / (1 + e^-2 (1 - y))) / y for y from 0 to 1. */
INLINE float f32_log_cosh_beyond(float y) {
    float p = 0x1.025bc6p-14f;
    p = f32_fma(p, y, 0x1.24352cp-11f);
    p = f32_fma(p, y, 0x1.d1b552p-8f);
    return f32_fma(p, y, 0x1.e84146p-4f);
}

/* ---- float64 ---------------------------------------------------------------------------- */

#define F64_INTEGERS 0x1.8p52
#define F64_LOG2E 0x1.71547652b82fep+0
#define F64_LN2_HIGH 0x1.62e42feep-1
#define F64_LN2_LOW 0x1.a39ef35793c76p-33

typedef struct { double r, rest; int64_t n; } f64_reduced;

INLINE f64_reduced f64_reduce(double x) {
    double shifted = f64_fma(x, F64_LOG2E, F64_INTEGERS);
    double n = shifted - F64_INTEGERS;
    double exact = f64_fma(n, -F64_LN2_HIGH, x);
    double r = f64_fma(n, -F64_LN2_LOW, exact);
    double lost = f64_fma(n, -F64_LN2_LOW, exact - r);
    double p = 0x1.1f7340dbc337ep-29;
    p = f64_fma(p, r, 0x1.af4e554377204p-26);
    p = f64_fma(p, r, 0x1.27e4db46cddd1p-22);
    p = f64_fma(p, r, 0x1.71de01fdbf9cap-19);
    p = f64_fma(p, r, 0x1.a01a01a6e1e2ap-16);
    p = f64_fma(p, r, 0x1.a01a01abf85abp-13);
    p = f64_fma(p, r, 0x1.6c16c16c162c3p-10);
    p = f64_fma(p, r, 0x1.11111111100bep-7);
    p = f64_fma(p, r, 0x1.5555555555556p-5);
    p = f64_fma(p, r, 0x1.5555555555557p-3);
    p = f64_fma(p, r, 0x1p-1);
    return (f64_reduced){r, f64_fma(r * r, p, lost), f64_bits(shifted) - f64_bits(F64_INTEGERS)};
}

INLINE double f64_power_of_two(int64_t n) {
    return f64_of_bits((int64_t)((uint64_t)(n + 1023) << 52));
}

INLINE double f64_exp(double x) {
    x = f64_above(f64_below(x, 710.0), -746.0);
    f64_reduced at = f64_reduce(x);
    /* Floor of n / 2 by a shift of unsigned numbers: AVX2 has none of signed ones. */
    int64_t half = (int64_t)((uint64_t)(at.n + 2048) >> 1) - 1024;
    return (1.0 + (at.r + at.rest)) * f64_power_of_two(half) * f64_power_of_two(at.n - half);
}

INLINE double f64_expm1(double x) {
    double clipped = f64_above(f64_below(x, 710.0), -38.0);
    f64_reduced at = f64_reduce(clipped);
    double half = f64_power_of_two(at.n - 1);
    double result = 2.0 * f64_fma(half, at.rest, f64_fma(half, at.r, half - 0.5));
    return at.n == 0 ? (x == 0.0 ? x : at.r + at.rest) : result;
}

/* A number of at most 2^51 in size as a double: AVX2 does not convert 64-bit integers. */
INLINE double f64_of_small(int64_t n) {
    return f64_of_bits(n + f64_bits(F64_INTEGERS)) - F64_INTEGERS;
}

/* log(2^k (1 + f)): with s = f / (2 + f), log(1 + f) is 2 atanh s = f - (f^2/2 - s (f^2/2 + R)). */
INLINE double f64_log_of_parts(double k, double f) {
    double s = f / (2.0 + f);
    double z = s * s;
    double p = 0x1.2b584aae78a57p-3;
    p = f64_fma(p, z, 0x1.39fe606542ddep-3);
    p = f64_fma(p, z, 0x1.7462b4ab2ef6bp-3);
    p = f64_fma(p, z, 0x1.c71c62e5800a1p-3);
    p = f64_fma(p, z, 0x1.2492492df148dp-2);
    p = f64_fma(p, z, 0x1.99999999952e2p-2);
    p = f64_fma(p, z, 0x1.5555555555558p-1);
    double half_square = 0.5 * f * f;
    double low = f64_fma(k, F64_LN2_LOW, s * f64_fma(p, z, half_square));
    return f64_fma(k, F64_LN2_HIGH, f - (half_square - low));
}

#define F64_SQRT_HALF_BITS 0x3fe6a09e667f3bcd

/* Exponent of 2 nearest below, by a shift of unsigned numbers. */
INLINE int64_t f64_exponent(int64_t above) {
    return (int64_t)((uint64_t)(above + 0x7ff0000000000000) >> 52) - 0x7ff;
}

INLINE double f64_log(double x) {
    int tiny = x < 0x1p-1022;
    double scaled = tiny ? x * 0x1p52 : x;
    int64_t above = f64_bits(scaled) - F64_SQRT_HALF_BITS;
    double k = f64_of_small(f64_exponent(above)) - (tiny ? 52.0 : 0.0);
    double f = f64_of_bits((above & 0xfffffffffffff) + F64_SQRT_HALF_BITS) - 1.0;
    double result = f64_log_of_parts(k, f);
    result = x == INFINITY ? x : result;
    result = x == 0.0 ? -INFINITY : result;
    return x >= 0.0 ? result : (x < 0.0 ? NAN : x);
}

/* log(sum + lost), where lost is what the sum lost in rounding. */
INLINE double f64_log_of_sum(double sum, double lost) {
    int64_t above = f64_bits(sum) - F64_SQRT_HALF_BITS;
    int64_t k = f64_exponent(above);
    double f = f64_of_bits((above & 0xfffffffffffff) + F64_SQRT_HALF_BITS) - 1.0;
    f = f64_fma(lost, f64_power_of_two(-(k < 1022 ? k : 1022)), f);
    return f64_log_of_parts(f64_of_small(k), f);
}

INLINE double f64_log1p(double x) {
    double sum = 1.0 + x;
    double first = sum - x;
    double lost = (1.0 - first) + (x - (sum - first));
    double result = f64_log_of_sum(sum, lost);
    result = x == INFINITY ? x : result;
    result = x == -1.0 ? -INFINITY : result;
    result = x == 0.0 ? x : result;
    return x >= -1.0 ? result : (x < -1.0 ? NAN : x);
}

INLINE double f64_log_square(double x) {
    double size = f64_abs(x), square = size * size;
    int far = size > 1e8;
    double sum = far ? size : 1.0 + square;
    double first = sum - square;
    double lost = far ? 0.0 : (1.0 - first) + (square - (sum - first));
    double result = (far ? 2.0 : 1.0) * f64_log_of_sum(sum, lost);
    result = size == INFINITY ? size : result;
    result = square == 0.0 ? 0.0 : result;
    return x != x ? x : result;
}

INLINE double f64_tanh(double x) {
    double grown = f64_expm1(2.0 * f64_below(f64_abs(x), 20.0));
    return x != x ? x : f64_with_sign(grown / (grown + 2.0), x);
}

INLINE double f64_log1p_of_share(double e) {
    double sum = 1.0 + e, lost = e - (sum - 1.0);
    int large = sum > 0x1.6a09e667f3bcdp+0; /* than sqrt 2 */
    double f = (large ? 0.5 * sum : sum) - 1.0;
    return f64_log_of_parts(large ? 1.0 : 0.0, f + (large ? 0.5 * lost : lost));
}

INLINE double f64_artanh_rest(double z) {
    double p = 0x1.7051e94769afdp+0;
    p = f64_fma(p, z, -0x1.50859a4aa6494p+1);
    p = f64_fma(p, z, 0x1.527c16b6033dbp+1);
    p = f64_fma(p, z, -0x1.72bbdd4747f5fp+0);
    p = f64_fma(p, z, 0x1.60fd2da2a94efp-1);
    p = f64_fma(p, z, -0x1.5ef7e4eb55667p-4);
    p = f64_fma(p, z, 0x1.0b612803f6ca7p-3);
    p = f64_fma(p, z, 0x1.99aa53eac561cp-4);
    p = f64_fma(p, z, 0x1.e42ff100bdbe1p-4);
    p = f64_fma(p, z, 0x1.10faa0298c136p-3);
    p = f64_fma(p, z, 0x1.3b14dda0fe87ap-3);
    p = f64_fma(p, z, 0x1.745d0d015ee2cp-3);
    p = f64_fma(p, z, 0x1.c71c71fd3dd2fp-3);
    p = f64_fma(p, z, 0x1.249249244796cp-2);
    p = f64_fma(p, z, 0x1.9999999999eaep-2);
    return f64_fma(p, z, 0x1.5555555555555p-1);
}

INLINE double f64_exp_rest(double x) {
    double p = -0x1.b41232cf9950fp-41;
    p = f64_fma(p, x, 0x1.99848a67700e4p-37);
    p = f64_fma(p, x, -0x1.611cb330c1fe8p-33);
    p = f64_fma(p, x, 0x1.1ee5640e638a2p-29);
    p = f64_fma(p, x, -0x1.ae6460fae3728p-26);
    p = f64_fma(p, x, 0x1.27e5069de9344p-22);
    p = f64_fma(p, x, -0x1.71de3a4e14f4p-19);
    p = f64_fma(p, x, 0x1.a01a01907b7eep-16);
    p = f64_fma(p, x, -0x1.a01a01a01ee7p-13);
    p = f64_fma(p, x, 0x1.6c16c16c212cp-10);
    p = f64_fma(p, x, -0x1.11111111110fdp-7);
    p = f64_fma(p, x, 0x1.5555555555502p-5);
    p = f64_fma(p, x, -0x1.5555555555555p-3);
    return f64_fma(p, x, 0x1p-1);
}

INLINE double f64_log_cosh_near(double z) {
    double p = -0x1.38de66ccf0ffcp-29;
    p = f64_fma(p, z, 0x1.a0ec04c62e6c9p-26);
    p = f64_fma(p, z, -0x1.18a2f464e65b8p-23);
    p = f64_fma(p, z, 0x1.08625c5bffb1p-21);
    p = f64_fma(p, z, -0x1.9a380fafb434ap-20);
    p = f64_fma(p, z, 0x1.22acedf7e51acp-18);
    p = f64_fma(p, z, -0x1.8fecbf42815e4p-17);
    p = f64_fma(p, z, 0x1.12da15f2192a9p-15);
    p = f64_fma(p, z, -0x1.7d9f0df1b3037p-14);
    p = f64_fma(p, z, 0x1.0d0b1acb3eab3p-12);
    p = f64_fma(p, z, -0x1.833d9891399c2p-11);
    p = f64_fma(p, z, 0x1.1ea5d384968cap-9);
    p = f64_fma(p, z, -0x1.ba1ba1b974eb8p-8);
    p = f64_fma(p, z, 0x1.6c16c16c15861p-6);
    p = f64_fma(p, z, -0x1.5555555555547p-4);
    return f64_fma(p, z, 0x1p-1);
}

INLINE double f64_log_cosh_beyond(double y) {
    double p = 0x1.9e376e738a8a8p-37;
    p = f64_fma(p, y, 0x1.7d26a7e801572p-35);
    p = f64_fma(p, y, 0x1.3433f71747477p-31);
    p = f64_fma(p, y, 0x1.5cf39f490559dp-28);
    p = f64_fma(p, y, 0x1.a3befc71b2014p-25);
    p = f64_fma(p, y, 0x1.00b4e0819ceefp-21);
    p = f64_fma(p, y, 0x1.4307fc032d9f6p-18);
    p = f64_fma(p, y, 0x1.a76d0dd1187d5p-15);
    p = f64_fma(p, y, 0x1.280314a8c41f4p-11);
    p = f64_fma(p, y, 0x1.d19c8e0992aa3p-8);
    return f64_fma(p, y, 0x1.e84152bac31afp-4);
}
