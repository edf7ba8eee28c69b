/* Polynomials for what would cancel in a formula. Their coefficients: kernels/numeric/chebyshev.py. */

/* ---- float32 ---------------------------------------------------------------------------- */

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

/* log cosh v / v^2 of x = v^2 up to 1. */
INLINE float f32_log_cosh_near(float x) {
    float p = 0x1.68efe4p-14f;
    p = f32_fma(p, x, -0x1.22cdf2p-11f);
    p = f32_fma(p, x, 0x1.100cdap-9f);
    p = f32_fma(p, x, -0x1.b7b6eep-8f);
    p = f32_fma(p, x, 0x1.6bfe26p-6f);
    p = f32_fma(p, x, -0x1.5554f4p-4f);
    return f32_fma(p, x, 0x1p-1f);
}

/* log((1 + e^-2) / (1 + e^-2 (1 - x))) / x for x from 0 to 1. */
INLINE float f32_log_cosh_beyond(float x) {
    float p = 0x1.025bc6p-14f;
    p = f32_fma(p, x, 0x1.24352cp-11f);
    p = f32_fma(p, x, 0x1.d1b552p-8f);
    return f32_fma(p, x, 0x1.e84146p-4f);
}

/* ---- float64 ---------------------------------------------------------------------------- */

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

INLINE double f64_log_cosh_near(double x) {
    double p = -0x1.38de66ccf0ffcp-29;
    p = f64_fma(p, x, 0x1.a0ec04c62e6c9p-26);
    p = f64_fma(p, x, -0x1.18a2f464e65b8p-23);
    p = f64_fma(p, x, 0x1.08625c5bffb1p-21);
    p = f64_fma(p, x, -0x1.9a380fafb434ap-20);
    p = f64_fma(p, x, 0x1.22acedf7e51acp-18);
    p = f64_fma(p, x, -0x1.8fecbf42815e4p-17);
    p = f64_fma(p, x, 0x1.12da15f2192a9p-15);
    p = f64_fma(p, x, -0x1.7d9f0df1b3037p-14);
    p = f64_fma(p, x, 0x1.0d0b1acb3eab3p-12);
    p = f64_fma(p, x, -0x1.833d9891399c2p-11);
    p = f64_fma(p, x, 0x1.1ea5d384968cap-9);
    p = f64_fma(p, x, -0x1.ba1ba1b974eb8p-8);
    p = f64_fma(p, x, 0x1.6c16c16c15861p-6);
    p = f64_fma(p, x, -0x1.5555555555547p-4);
    return f64_fma(p, x, 0x1p-1);
}

INLINE double f64_log_cosh_beyond(double x) {
    double p = 0x1.9e376e738a8a8p-37;
    p = f64_fma(p, x, 0x1.7d26a7e801572p-35);
    p = f64_fma(p, x, 0x1.3433f71747477p-31);
    p = f64_fma(p, x, 0x1.5cf39f490559dp-28);
    p = f64_fma(p, x, 0x1.a3befc71b2014p-25);
    p = f64_fma(p, x, 0x1.00b4e0819ceefp-21);
    p = f64_fma(p, x, 0x1.4307fc032d9f6p-18);
    p = f64_fma(p, x, 0x1.a76d0dd1187d5p-15);
    p = f64_fma(p, x, 0x1.280314a8c41f4p-11);
    p = f64_fma(p, x, 0x1.d19c8e0992aa3p-8);
    return f64_fma(p, x, 0x1.e84152bac31afp-4);
}
