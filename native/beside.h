/* Loops over rows of class scores that need a maximum, or compare all classes with one. Rows of few
 * classes are laid side by side, so that vectors run across rows; longer ones are read as they lie.
 * Included once for each kind of floating point.
 */

#ifndef LOSSCTL_BESIDE
#define LOSSCTL_BESIDE
#define ROWS 32 /* side by side */
#define EACH_ROW _Pragma("GCC ivdep") for (int r = 0; r < ROWS; r++)
#define EACH_CLASS for (intptr_t c = 0; c < classes; c++)

#define BLOCKS_OF_ROWS                                                                             \
    for (intptr_t first = 0, count; count = smaller(rows - first, ROWS), count > 0; first += count)
#endif

/* Class by class, ROWS numbers each: those of a few rows, and 0 where there are fewer. The numbers
 * of a row, and those of a class, lie so many apart.
 */
INLINE void OF(lay_beside)(const NUMBER *from, intptr_t row_step, intptr_t class_step,
                           NUMBER *beside, intptr_t count, intptr_t classes) {
    if (row_step == 1) EACH_CLASS {
        for (intptr_t r = 0; r < count; r++) beside[c * ROWS + r] = from[c * class_step + r];
    } else if (class_step == 1) {
        OF(turn_rows)(from, row_step, beside, ROWS, count, classes);
    } else {
        for (intptr_t r = 0; r < count; r++)
            EACH_CLASS beside[c * ROWS + r] = from[r * row_step + c * class_step];
    }
    for (intptr_t r = count; r < ROWS; r++) EACH_CLASS beside[c * ROWS + r] = 0;
}

INLINE void OF(lay_back)(const NUMBER *beside, NUMBER *rows, intptr_t count, intptr_t classes) {
    OF(turn_rows)(beside, ROWS, rows, classes, classes, count);
}

/* Of rows side by side: the greatest of each, z less that, e to that, and the sum of these without
 * the 1 of the greatest, so that nothing is subtracted.
 */
INLINE void OF(softmax_beside)(const NUMBER *z, intptr_t classes, NUMBER *top, NUMBER *gaps,
                               NUMBER *weights, NUMBER *others) {
    double sum[ROWS] = {0}, ones[ROWS] = {0};
    EACH_ROW top[r] = z[r];
    EACH_CLASS EACH_ROW {
        NUMBER one = z[c * ROWS + r];
        top[r] = one > top[r] || one != one ? one : top[r];
    }
    EACH_CLASS EACH_ROW gaps[c * ROWS + r] = z[c * ROWS + r] - top[r];
    OF(exp_map)(gaps, weights, classes * ROWS);
    EACH_CLASS EACH_ROW {
        double weight = (double)weights[c * ROWS + r], one = (double)(weight >= 1);
        sum[r] += weight - one;
        ones[r] += one;
    }
    EACH_ROW others[r] = (NUMBER)(sum[r] + (ones[r] - 1));
}

/* The greatest score of a long row, and that sum. */
INLINE NUMBER OF(softmax_of_row)(const NUMBER *z, intptr_t classes, NUMBER *others) {
    NUMBER ends[2], weights[CHUNK];
    double ones = 0;
    running_sum sum = {0};
    OF(extent)(z, classes, ends);
    CHUNKS(classes) {
        int64_t found = 0;
        EACH(n) weights[i] = OF(exp)(z[at + i] - ends[1]);
        EACH(n) found += weights[i] >= 1;
        EACH(n) weights[i] = weights[i] >= 1 ? 0 : weights[i];
        ones += (double)found;
        OF(add_chunk)(&sum, weights, n);
    }
    *others = (NUMBER)(sum_of(&sum) + (ones - 1));
    return ends[1];
}

/* log t, and 0 for a t of 0, whose terms are 0. */
INLINE NUMBER OF(log_of_target)(NUMBER t) { return OF(log)(t == 0 ? 1 : t); }

/* t log(t / p) - t + p, which is at least 0; a series where t and p are close. */
INLINE NUMBER OF(kl_term)(NUMBER t, NUMBER log_ratio, NUMBER p) {
    NUMBER close = OF(exp_rest)(log_ratio) * log_ratio * log_ratio * t;
    NUMBER far = (log_ratio - 1) * t + p;
    far = t == 0 && log_ratio == log_ratio ? p : far;
    return OF(abs)(log_ratio) < 1 && t > 0 ? close : far;
}

/* The Kullback-Leibler divergence of softmax(z) from rows of targets. The steps are those of rows
 * and of classes of both; long rows lie one after the other. Where there is room for them, also the
 * sums of e^z, and then those of the targets.
 */
INLINE void OF(kl_and_sums)(const NUMBER *z, const NUMBER *t, const intptr_t *steps,
                            NUMBER *results, NUMBER *exponentials, NUMBER *masses, intptr_t rows,
                            intptr_t classes) {
    if (classes <= FEW_CLASSES) {
        NUMBER scores[FEW_CLASSES * ROWS], targets[FEW_CLASSES * ROWS], logs[FEW_CLASSES * ROWS];
        NUMBER gaps[FEW_CLASSES * ROWS], weights[FEW_CLASSES * ROWS], others[ROWS], tail[ROWS];
        NUMBER top[ROWS], whole[ROWS];
        BLOCKS_OF_ROWS {
            double sum[ROWS] = {0}, mass[ROWS] = {0};
            OF(lay_beside)(z + first * steps[0], steps[0], steps[1], scores, count, classes);
            OF(lay_beside)(t + first * steps[2], steps[2], steps[3], targets, count, classes);
            OF(softmax_beside)(scores, classes, top, gaps, weights, others);
            EACH_ROW tail[r] = OF(log1p)(others[r]);
            EACH(classes * ROWS) logs[i] = OF(log_of_target)(targets[i]);
            EACH_CLASS EACH_ROW {
                intptr_t i = c * ROWS + r;
                NUMBER log_ratio = logs[i] + (tail[r] - gaps[i]);
                sum[r] += (double)OF(kl_term)(targets[i], log_ratio, weights[i] / (1 + others[r]));
                mass[r] += (double)targets[i];
            }
            for (intptr_t r = 0; r < count; r++)
                results[first + r] = (NUMBER)(sum[r] + (mass[r] - 1));
            if (exponentials == NULL) continue;
            EACH_ROW whole[r] = OF(exp)(top[r]) * (1 + others[r]);
            for (intptr_t r = 0; r < count; r++) {
                exponentials[first + r] = whole[r];
                masses[first + r] = (NUMBER)mass[r];
            }
        }
        return;
    }
    for (intptr_t row = 0; row < rows; row++) {
        const NUMBER *own = z + row * classes, *target = t + row * classes;
        NUMBER others, items[CHUNK], logs[CHUNK], top = OF(softmax_of_row)(own, classes, &others);
        NUMBER tail = OF(log1p)(others);
        running_sum sum = {0}, mass = {0};
        CHUNKS(classes) {
            EACH(n) items[i] = OF(exp)(own[at + i] - top) / (1 + others);
            EACH(n) logs[i] = OF(log_of_target)(target[at + i]) + (tail - (own[at + i] - top));
            EACH(n) items[i] = OF(kl_term)(target[at + i], logs[i], items[i]);
            OF(add_chunk)(&sum, items, n);
            OF(add_chunk)(&mass, target + at, n);
        }
        double whole = sum_of(&mass);
        results[row] = (NUMBER)(sum_of(&sum) + (whole - 1));
        if (exponentials == NULL) continue;
        exponentials[row] = OF(exp)(top) * (1 + others);
        masses[row] = (NUMBER)whole;
    }
}

static void OF(kl_of_logits_rows)(const NUMBER *z, const NUMBER *t, const intptr_t *steps,
                                  NUMBER *results, intptr_t rows, intptr_t classes) {
    OF(kl_and_sums)(z, t, steps, results, NULL, NULL, rows, classes);
}

/* The slope of sum_c w_c (-log softmax(z)_c): p sum(w) - w, as (sum(w) - w) p + w (p - 1), where
 * p - 1 of the greatest is minus the share of the others.
 */
INLINE NUMBER OF(weighted_slope)(NUMBER weight, NUMBER others, NUMBER share, NUMBER w, NUMBER mass) {
    NUMBER p = weight / (1 + others);
    return (mass - w) * p + w * (weight >= 1 ? -share : p - 1);
}

static void OF(weighted_nll_vjp_rows)(const NUMBER *z, const NUMBER *w, const intptr_t *steps,
                                      NUMBER *slopes, intptr_t rows, intptr_t classes) {
    if (classes <= FEW_CLASSES) {
        NUMBER scores[FEW_CLASSES * ROWS], given[FEW_CLASSES * ROWS];
        NUMBER gaps[FEW_CLASSES * ROWS], weights[FEW_CLASSES * ROWS];
        NUMBER top[ROWS], others[ROWS], share[ROWS], mass[ROWS];
        BLOCKS_OF_ROWS {
            double sum[ROWS] = {0};
            OF(lay_beside)(z + first * steps[0], steps[0], steps[1], scores, count, classes);
            OF(lay_beside)(w + first * steps[2], steps[2], steps[3], given, count, classes);
            OF(softmax_beside)(scores, classes, top, gaps, weights, others);
            EACH_CLASS EACH_ROW sum[r] += (double)given[c * ROWS + r];
            EACH_ROW mass[r] = (NUMBER)sum[r];
            EACH_ROW share[r] = others[r] / (1 + others[r]);
            EACH_CLASS EACH_ROW {
                intptr_t i = c * ROWS + r;
                scores[i] = OF(weighted_slope)(weights[i], others[r], share[r], given[i], mass[r]);
            }
            OF(lay_back)(scores, slopes + first * classes, count, classes);
        }
        return;
    }
    for (intptr_t row = 0; row < rows; row++) {
        const NUMBER *own = z + row * classes, *given = w + row * classes;
        NUMBER others, weights[CHUNK], top = OF(softmax_of_row)(own, classes, &others);
        NUMBER share = others / (1 + others), mass = (NUMBER)OF(vector_sum)(given, classes);
        CHUNKS(classes) {
            EACH(n) weights[i] = OF(exp)(own[at + i] - top);
            EACH(n) slopes[row * classes + at + i] =
                OF(weighted_slope)(weights[i], others, share, given[at + i], mass);
        }
    }
}

/* max(0, m + z_j - z_y), which stays NaN. */
INLINE NUMBER OF(hinge_of)(NUMBER score, NUMBER own, NUMBER margin) {
    return OF(above)((score - own) + margin, 0);
}

/* 1 to 4 for a power that is a product; 0 for others. */
INLINE int OF(whole_power)(NUMBER g) { return g == 1 || g == 2 || g == 3 || g == 4 ? (int)g : 0; }

/* g h^(g - 1) / C of an h above 0. */
INLINE NUMBER OF(hinge_slope)(NUMBER h, NUMBER g, NUMBER share, int whole) {
    return whole == 1 ? share : share * OF(power)(h, g - 1, whole - 1);
}

/* Rows side by side, the scores of their true classes, NaN of none, and where these stand. */
INLINE void OF(lay_with_truth)(const NUMBER *z, const int64_t *y, NUMBER *beside, NUMBER *own,
                               NUMBER *place, intptr_t count, intptr_t classes) {
    OF(lay_beside)(z, classes, 1, beside, count, classes);
    for (intptr_t r = 0; r < ROWS; r++) {
        int none = r >= count || y[r] < 0 || y[r] >= classes;
        own[r] = none ? NAN : z[r * classes + y[r]];
        place[r] = none ? -1 : (NUMBER)y[r];
    }
}

/* The mean over all classes of h^g of all but the true one. */
#define HINGE_SUMS(WHOLE)                                                                          \
    EACH_CLASS EACH_ROW {                                                                          \
        NUMBER h = OF(hinge_of)(scores[c * ROWS + r], own[r], margin);                             \
        sum[r] += place[r] == (NUMBER)c ? 0 : (double)OF(power)(h, g, WHOLE);                      \
    }

static void OF(class_hinge_mean_rows)(const NUMBER *z, const int64_t *y, NUMBER margin, NUMBER g,
                                      NUMBER *results, intptr_t rows, intptr_t classes) {
    const int whole = OF(whole_power)(g);
    if (classes <= FEW_CLASSES) {
        NUMBER scores[FEW_CLASSES * ROWS];
        BLOCKS_OF_ROWS {
            double sum[ROWS] = {0};
            NUMBER own[ROWS], place[ROWS], mean[ROWS];
            OF(lay_with_truth)(z + first * classes, y + first, scores, own, place, count, classes);
            if (whole == 1) HINGE_SUMS(1)
            else if (whole == 2) HINGE_SUMS(2)
            else HINGE_SUMS(whole)
            EACH_ROW mean[r] = (NUMBER)sum[r] / (NUMBER)classes;
            for (intptr_t r = 0; r < count; r++) results[first + r] = mean[r];
        }
        return;
    }
    for (intptr_t row = 0; row < rows; row++) {
        const NUMBER *scores = z + row * classes;
        int64_t truth = y[row];
        NUMBER own = truth < 0 || truth >= classes ? NAN : scores[truth], powers[CHUNK];
        running_sum sum = {0};
        CHUNKS(classes) {
            EACH(n) powers[i] = OF(power)(OF(hinge_of)(scores[at + i], own, margin), g, whole);
            if (truth >= at && truth < at + n) powers[truth - at] = 0;
            OF(add_chunk)(&sum, powers, n);
        }
        results[row] = (NUMBER)sum_of(&sum) / (NUMBER)classes;
    }
}

/* The slope of that mean with respect to the scores. */
#define HINGE_SLOPES(WHOLE)                                                                        \
    EACH_CLASS {                                                                                   \
        NUMBER *at = scores + c * ROWS;                                                            \
        EACH_ROW at[r] = OF(hinge_of)(at[r], own[r], margin);                                      \
        EACH_ROW {                                                                                 \
            NUMBER h = at[r], slope = OF(hinge_slope)(h, g, share, WHOLE);                         \
            at[r] = h > 0 ? slope : h;                                                             \
        }                                                                                          \
        EACH_ROW at[r] = place[r] == (NUMBER)c ? 0 : at[r];                                        \
        EACH_ROW sum[r] -= (double)at[r];                                                          \
    }

static void OF(class_hinge_slope_rows)(const NUMBER *z, const int64_t *y, NUMBER margin, NUMBER g,
                                       NUMBER *slopes, intptr_t rows, intptr_t classes) {
    const int whole = OF(whole_power)(g);
    const NUMBER share = g / (NUMBER)classes;
    if (classes <= FEW_CLASSES) {
        NUMBER scores[FEW_CLASSES * ROWS];
        BLOCKS_OF_ROWS {
            double sum[ROWS] = {0};
            NUMBER own[ROWS], place[ROWS];
            OF(lay_with_truth)(z + first * classes, y + first, scores, own, place, count, classes);
            if (whole == 1) HINGE_SLOPES(1)
            else if (whole == 2) HINGE_SLOPES(2)
            else HINGE_SLOPES(whole)
            EACH_CLASS EACH_ROW {
                NUMBER slope = scores[c * ROWS + r];
                scores[c * ROWS + r] = place[r] == (NUMBER)c ? (NUMBER)sum[r] : slope;
            }
            OF(lay_back)(scores, slopes + first * classes, count, classes);
        }
        return;
    }
    for (intptr_t row = 0; row < rows; row++) {
        const NUMBER *scores = z + row * classes;
        NUMBER *to = slopes + row * classes;
        int64_t truth = y[row];
        int none = truth < 0 || truth >= classes;
        NUMBER own = none ? NAN : scores[truth];
        EACH(classes) {
            NUMBER h = OF(hinge_of)(scores[i], own, margin);
            NUMBER slope = OF(hinge_slope)(h, g, share, whole);
            to[i] = h > 0 ? slope : h;
        }
        if (none) continue;
        to[truth] = 0;
        to[truth] = (NUMBER)-OF(row_sum)(to, classes);
    }
}
