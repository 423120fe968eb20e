"""The value of an expansion in C99, one function a kind of basis.

Each text defines ``double NAME_value(const double *x, const int *a, int field)``, the
derivative of orders ``a``; NAME stands for the name of the surrogate. The arithmetic is
that of the Python code, operation by operation, except for the order of sums.
"""

__all__ = ["ELEMENTS", "GAUSSIANS", "GAUSSIAN_CHANNELS", "NETWORK", "RANDOM", "TENSOR"]

PIECE = """
static int NAME_piece(double x, const double *ends, int n, int right) {
    int k = 0;
    while (k + 1 < n && (right ? ends[k + 1] <= x : ends[k + 1] < x)) { k++; }
    return k;
}
"""

ELEMENTS = (
    PIECE
    + """
static void NAME_table(double x, double low, double high, int count, int order, double *p) {
    double width = high - low, z = ((x - low) - (high - x)) / width, scale = 1.0;
    double q[NAME_COUNT + 1];
    p[0] = 1.0;
    if (count > 1) { p[1] = z; }
    for (int n = 1; n + 1 < count; n++) {
        p[n + 1] = ((2 * n + 1) * z * p[n] - n * p[n - 1]) / (n + 1);
    }
    for (int s = 0; s < order; s++) {
        q[0] = 0.0;
        if (count > 1) { q[1] = p[0]; }
        for (int n = 2; n < count; n++) { q[n] = q[n - 2] + (2 * n - 1) * p[n - 1]; }
        for (int n = 0; n < count; n++) { p[n] = q[n]; }
        scale *= 2.0 / width;
    }
    for (int n = 0; n < count; n++) { p[n] *= scale; }
}

static double NAME_value(const double *x, const int *a, int field) {
    double left[NAME_COUNT], right[NAME_COUNT], total = 0.0;
    int slab = NAME_D > 1 ? NAME_piece(x[NAME_D - 1], NAME_slabs, NAME_N_SLABS, 0) : 0;
    const double *mesh = NAME_meshes + NAME_starts[slab] + slab;
    int e = NAME_piece(x[0], mesh, NAME_starts[slab + 1] - NAME_starts[slab], 0);
    const double *c = NAME_c;
    c += ((int64_t)(NAME_starts[slab] + e) * NAME_M + field) * NAME_NX * NAME_NT;
    NAME_table(x[0], mesh[e], mesh[e + 1], NAME_NX, a[0], left);
    right[0] = 1.0;
    if (NAME_D > 1) {
        double start = NAME_slabs[slab], end = NAME_slabs[slab + 1];
        NAME_table(x[NAME_D - 1], start, end, NAME_NT, a[NAME_D - 1], right);
    }
    for (int j = 0; j < NAME_NT; j++) {
        double sum = 0.0;
        for (int i = 0; i < NAME_NX; i++) { sum += left[i] * c[i * NAME_NT + j]; }
        total += sum * right[j];
    }
    return total;
}
"""
)

TENSOR = (
    PIECE
    + """
static void NAME_polynomials(double x, double low, double high, int count, int order,
                             double *p) {
    double z = ((x - low) - (high - x)) / (high - low), half = 0.5 * (high - low);
    double lower[NAME_COUNT] = {0.0}, scale = 1.0;
    for (int s = 0; s <= order; s++) {
        double before = 0.0, value = s == 0 ? 1.0 : 0.0;
        for (int k = 0; k < count; k++) {
            double a = NAME_CHEBYSHEV ? (k ? 2.0 : 1.0) : (2.0 * k + 1.0) / (k + 1.0);
            double c = NAME_CHEBYSHEV ? 1.0 : k / (k + 1.0);
            double after = a * z * value + s * a * lower[k] - c * before;
            lower[k] = p[k] = value;
            before = value;
            value = after;
        }
        if (s < order) { scale /= half; }
    }
    for (int k = 0; k < count; k++) { p[k] *= scale; }
}

static void NAME_waves(double x, double low, double high, int count, int order, double *p) {
    double rate = 6.283185307179586 / (high - low), phase = (x - low) * rate;
    double re[NAME_COUNT], im[NAME_COUNT];
    p[0] = order ? 0.0 : 1.0;
    for (int k = 1; 2 * k < count; k++) {
        double c = cos(phase), s = sin(phase), size = 1.0;
        if (k > 1) {
            int h = k / 2, r = k - h;
            c = re[h] * re[r] - im[h] * im[r];
            s = re[h] * im[r] + im[h] * re[r];
        }
        re[k] = c;
        im[k] = s;
        for (int j = 0; j < order; j++) { size *= k * rate; }
        p[2 * k - 1] = size * (order % 4 == 0 ? c : order % 4 == 1 ? -s
                               : order % 4 == 2 ? -c : s);
        p[2 * k] = size * (order % 4 == 0 ? s : order % 4 == 1 ? c
                           : order % 4 == 2 ? -s : -c);
    }
}

static double NAME_sum(int k, int64_t at, double tables[][NAME_COUNT], const int *first) {
    double total = 0.0;
    for (int i = 0; i < NAME_counts[k]; i++) {
        int64_t next = at * NAME_lengths[k] + first[k] + i;
        total += tables[k][i]
            * (k + 1 < NAME_D ? NAME_sum(k + 1, next, tables, first) : NAME_c[next]);
    }
    return total;
}

static double NAME_value(const double *x, const int *a, int field) {
    double tables[NAME_D][NAME_COUNT];
    int first[NAME_D];
    const double *ends = NAME_cells;
    for (int k = 0; k < NAME_D; k++) {
        int n = NAME_lengths[k] / NAME_counts[k], cell = NAME_piece(x[k], ends, n, 1);
        first[k] = cell * NAME_counts[k];
        if (NAME_FOURIER) {
            NAME_waves(x[k], ends[0], ends[1], NAME_counts[k], a[k], tables[k]);
        } else {
            NAME_polynomials(x[k], ends[cell], ends[cell + 1], NAME_counts[k], a[k],
                             tables[k]);
        }
        ends += n + 1;
    }
    return NAME_sum(0, field, tables, first);
}
"""
)

RANDOM = """
static double NAME_feature(double z, int order) {
    double s, fall, slope, value = 0.0;
    if (NAME_SINE) {
        s = order % 2 ? cos(z) : sin(z);
        return order % 4 < 2 ? s : -s;
    }
    s = tanh(z);
    if (order == 0) { return s; }
    for (int k = NAME_N_QUOTIENT - 1; k >= 0; k--) {
        value = value * s + NAME_quotients[order][k];
    }
    fall = exp(-fabs(z));
    slope = 2.0 * fall / (1.0 + fall * fall);
    return value * (slope * slope);
}

static double NAME_value(const double *x, const int *a, int field) {
    double total = 0.0;
    for (int j = 0; j < NAME_N_FEATURES; j++) {
        double z = NAME_SINE ? NAME_b[j] : 0.0, factor = 1.0;
        int order = 0;
        for (int k = 0; k < NAME_D; k++) {
            double w = NAME_w[j * NAME_D + k];
            z += x[k] * w;
            for (int i = 0; i < a[k]; i++) { factor *= w; }
            order += a[k];
        }
        if (!NAME_SINE) { z += NAME_b[j]; }
        total += NAME_feature(z, order) * factor
            * NAME_c[(int64_t)field * NAME_N_FEATURES + j];
    }
    return total;
}
"""

GAUSSIANS = """
static double NAME_value(const double *x, const int *a, int field) {
    double total = 0.0;
    for (int j = 0; j < NAME_N_FEATURES; j++) {
        double square = 0.0, product = 1.0;
        for (int k = 0; k < NAME_D; k++) {
            double s = NAME_scales[j * NAME_D + k];
            double z = (x[k] - NAME_centers[j * NAME_D + k]) * s;
            double before = 0.0, value = 1.0;
            square += z * z;
            for (int i = 0; i < a[k]; i++) {
                double after = -s * (z * value + i * s * before);
                before = value;
                value = after;
            }
            product *= value;
        }
        total += product * exp(-0.5 * square)
            * NAME_c[(int64_t)field * NAME_N_FEATURES + j];
    }
    return total;
}
"""

LAYERS = """
static double NAME_weighted(double z[][NAME_COUNT], double f[][NAME_COUNT], int k, int i) {
    double total = k * z[k][i] * f[0][i];
    for (int j = 1; j < k; j++) { total += j * z[j][i] * f[k - j][i]; }
    return total / k;
}

static void NAME_activate(double z[][NAME_COUNT], int n, int degree) {
    double s[NAME_DEGREE + 1][NAME_COUNT], c[NAME_DEGREE + 1][NAME_COUNT];
    for (int i = 0; i < n; i++) {
        double fall = exp(-2.0 * fabs(z[0][i]));
        s[0][i] = NAME_TANH ? tanh(z[0][i]) : sin(z[0][i]);
        c[0][i] = NAME_TANH ? 4.0 * fall / ((1.0 + fall) * (1.0 + fall)) : cos(z[0][i]);
        for (int k = 1; k <= degree; k++) {
            s[k][i] = NAME_weighted(z, c, k, i);
            if (NAME_TANH) {
                double total = 2.0 * s[0][i] * s[k][i];
                for (int j = 1; j < k; j++) { total += s[j][i] * s[k - j][i]; }
                c[k][i] = -total;
            } else {
                c[k][i] = -NAME_weighted(z, s, k, i);
            }
        }
        for (int k = 0; k <= degree; k++) { z[k][i] = s[k][i]; }
    }
}

static double NAME_layers(double z[][NAME_COUNT], const double *p, int degree, int field) {
    double y[NAME_DEGREE + 1][NAME_COUNT];
    for (int l = 0; l + 1 < NAME_N_WIDTHS; l++) {
        int n_in = NAME_widths[l], n_out = NAME_widths[l + 1];
        for (int k = 0; k <= degree; k++) {
            for (int j = 0; j < n_out; j++) {
                double total = 0.0;
                for (int i = 0; i < n_in; i++) { total += z[k][i] * p[i * n_out + j]; }
                y[k][j] = k == 0 ? total + p[n_in * n_out + j] : total;
            }
        }
        p += (n_in + 1) * n_out;
        for (int k = 0; k <= degree; k++) {
            for (int j = 0; j < n_out; j++) { z[k][j] = y[k][j]; }
        }
        if (l + 2 < NAME_N_WIDTHS) { NAME_activate(z, n_out, degree); }
    }
    return z[degree][field];
}
"""

ALONG = """
static double NAME_value(const double *x, const int *a, int field) {
    double place[NAME_D], total = 0.0, factor = 1.0;
    int degree = 0, index = 0;
    for (int k = 0; k < NAME_D; k++) {
        place[k] = (x[k] - NAME_lows[k]) * NAME_rates[k] - 1.0;
        for (int i = 0; i < a[k]; i++) { factor *= NAME_rates[k]; }
        degree += a[k];
    }
    while (NAME_orders[index] != a) { index++; }
    for (int r = NAME_first[index]; r < NAME_first[index + 1]; r++) {
        total += NAME_weights[r] * NAME_along(place, NAME_vectors[r], degree, field);
    }
    return factor * total;
}
"""

NETWORK = (
    LAYERS
    + """
static double NAME_along(const double *x, const double *v, int degree, int field) {
    double z[NAME_DEGREE + 1][NAME_COUNT];
    for (int k = 0; k <= degree; k++) {
        for (int i = 0; i < NAME_D; i++) { z[k][i] = k == 0 ? x[i] : k == 1 ? v[i] : 0.0; }
    }
    return NAME_layers(z, NAME_c, degree, field);
}
"""
    + ALONG
)

GAUSSIAN_CHANNELS = (
    LAYERS
    + """
static double NAME_along(const double *x, const double *v, int degree, int field) {
    double z[NAME_DEGREE + 1][NAME_COUNT], e[NAME_DEGREE + 1];
    const double *centers = NAME_c + NAME_N_SUMS * NAME_N_GAUSSIANS;
    for (int k = 0; k <= degree; k++) {
        for (int c = 0; c < NAME_N_SUMS; c++) { z[k][c] = 0.0; }
    }
    for (int g = 0; g < NAME_N_SUMS * NAME_N_GAUSSIANS; g++) {
        double square = 0.0, linear = 0.0, bend = 0.0;
        for (int i = 0; i < NAME_D; i++) {
            double place = (x[i] - centers[g * NAME_D + i]) * NAME_scales[g * NAME_D + i];
            double slope = v[i] * NAME_scales[g * NAME_D + i];
            square += place * place;
            linear += place * slope;
            bend += slope * slope;
        }
        e[0] = exp(-0.5 * square);
        for (int k = 1; k <= degree; k++) {
            double total = -linear * e[k - 1];
            if (k >= 2) { total += 2.0 * (-0.5 * bend) * e[k - 2]; }
            e[k] = total / k;
        }
        for (int k = 0; k <= degree; k++) {
            z[k][g / NAME_N_GAUSSIANS] += e[k] * NAME_c[g];
        }
    }
    return NAME_layers(z, NAME_c + NAME_N_HEAD, degree, field);
}
"""
    + ALONG
)
