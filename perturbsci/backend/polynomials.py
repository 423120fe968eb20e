"""The polynomials behind the portable functions, in the kernel language.

Minimax fits on the reduced intervals; what each misses stands in its docstring.
``tests/backend/fit_polynomials.py`` computes the coefficients, and a test holds the two
together. Long ones run as two chains, of even and odd powers: half the latency for one
product more.
"""


def exp_tail(r: float) -> float:
    """(e^r - 1 - r)/r^2 for abs r <= ln 2 / 2; 2^-58 of e^r."""
    w = r * r
    even = 2.7631277860843423e-07
    even = even * w + 2.4801489948763684e-05
    even = even * w + 0.0013888888947010045
    even = even * w + 0.04166666666651544
    even = even * w + 0.5000000000000012
    odd = 2.5117881785728602e-08
    odd = odd * w + 2.7557216250809697e-06
    odd = odd * w + 0.00019841269917426742
    odd = odd * w + 0.008333333333307179
    odd = odd * w + 0.166666666666667
    return even + r * odd


def exp_tail_single(r: float) -> float:
    """As ``exp_tail``; 2^-28 of e^r."""
    p = 0.0013950131
    p = p * r + 0.008368886
    p = p * r + 0.041666213
    p = p * r + 0.16666518
    return p * r + 0.5


def erf_inner(z: float) -> float:
    """erf(x)/x - 1 in z = x^2 for abs x <= 1; 2^-56."""
    w = z * z
    even = 1.3722976265924504e-08
    even = even * w + 1.6447517677871873e-06
    even = even * w + 0.00012055295320494294
    even = even * w + 0.005223977607423468
    even = even * w + 0.11283791670945253
    even = even * w + 0.12837916709551256
    odd = -7.80118887409775e-10
    odd = odd * w - 1.6209175911748696e-07
    odd = odd * w - 1.4924744663335489e-05
    odd = odd * w - 0.0008548325989696758
    odd = odd * w - 0.02686617064327622
    odd = odd * w - 0.3761263890318355
    return even + z * odd


def erf_inner_single(z: float) -> float:
    """As ``erf_inner``; 2^-29."""
    p = 7.889119e-05
    p = p * z - 0.00080208457
    p = p * z + 0.0051895366
    p = p * z - 0.026854446
    p = p * z + 0.112836
    p = p * z - 0.37612626
    return p * z + 0.12837917


def erf_outer(y: float) -> float:
    """-log(1 - erf(1 + y)) for 0 <= y <= 5; 2^-57 in erf."""
    w = y * y
    even = -1.193085701267169e-10
    even = even * w - 8.51792325676556e-09
    even = even * w - 5.800430110163389e-08
    even = even * w + 2.1319555247906554e-06
    even = even * w + 2.7198981770723007e-05
    even = even * w - 0.00023731643345491067
    even = even * w - 0.01003382517909847
    even = even * w + 0.8431072563594124
    even = even * w + 1.8496055099332482
    odd = 4.864174173916279e-12
    odd = odd * w + 1.3189449991294813e-09
    odd = odd * w + 3.338826567464989e-08
    odd = odd * w - 2.0482455078433183e-07
    odd = odd * w - 9.67139105742593e-06
    odd = odd * w - 2.629633110198647e-05
    odd = odd * w + 0.0019779012155451262
    odd = odd * w + 0.041561098025080755
    odd = odd * w + 2.6389675142347757
    return even + y * odd


def erf_outer_single(y: float) -> float:
    """As ``erf_outer`` for 0 <= y <= 3; 2^-29 in erf."""
    p = -0.00018556368
    p = p * y + 0.0018261282
    p = p * y - 0.009890853
    p = p * y + 0.041500673
    p = p * y + 0.8431183
    p = p * y + 2.6389668
    return p * y + 1.8496056


def log_tail(z: float) -> float:
    """(log((1+s)/(1-s)) - 2s)/s^3 in z = s^2 for abs s <= 3 - sqrt 8; 2^-58 of s."""
    p = 0.1479606821875216
    p = p * z + 0.1531403964153601
    p = p * z + 0.18183564711016295
    p = p * z + 0.22222198566689785
    p = p * z + 0.2857142874244096
    p = p * z + 0.3999999999941449
    return p * z + 0.6666666666666734


def log_tail_single(z: float) -> float:
    """As ``log_tail``; 2^-29 of s."""
    p = 0.29871798
    p = p * z + 0.3997754
    return p * z + 0.66666776


def log_rest(z: float) -> float:
    """(log((1+s)/(1-s)) - 2s - 2s^3/3)/s^5 in z = s^2; 2^-65 of s."""
    p = 0.13196342821465648
    p = p * z + 0.13256816196456636
    p = p * z + 0.15386757399484968
    p = p * z + 0.18181784365554932
    p = p * z + 0.2222222251994333
    p = p * z + 0.2857142857009943
    return p * z + 0.40000000000002256


def log_rest_single(z: float) -> float:
    """As ``log_rest``; 2^-35 of s."""
    p = 0.23418437
    p = p * z + 0.2854714
    return p * z + 0.40000153


def sin_tail(z: float) -> float:
    """(sin r - r)/r^3 in z = r^2 for abs r <= pi/4; 2^-58 of r."""
    p = 1.5896676945719442e-10
    p = p * z - 2.505075614620727e-08
    p = p * z + 2.7557313679866707e-06
    p = p * z - 0.00019841269829774637
    p = p * z + 0.008333333333322373
    return p * z - 0.1666666666666663


def sin_tail_single(z: float) -> float:
    """As ``sin_tail``; 2^-28 of r."""
    p = -0.0001951699
    p = p * z + 0.008332176
    return p * z - 0.16666655


def cos_tail(z: float) -> float:
    """(cos r - 1 + r^2/2)/r^4 in z = r^2 for abs r <= pi/4; 2^-64."""
    p = -1.1359564997505223e-11
    p = p * z + 2.0875721731516342e-09
    p = p * z - 2.755731434143761e-07
    p = p * z + 2.48015872894461e-05
    p = p * z - 0.0013888888888874068
    return p * z + 0.041666666666666595


def cos_tail_single(z: float) -> float:
    """As ``cos_tail``; 2^-33."""
    p = 2.4438159e-05
    p = p * z - 0.0013887365
    return p * z + 0.041666646
