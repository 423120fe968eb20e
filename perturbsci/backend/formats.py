"""The constants and polynomials of float64 and of float32, for the portable functions.

Polynomials are minimax fits in the kernel language; what each misses stands in its
docstring. ``tests/backend/fit_polynomials.py`` computes the coefficients, and a test holds
the two together. Long ones run as two chains, of even and odd powers: half the latency for
one product more.
"""

from typing import TypeAlias

__all__ = ["FORMATS", "Format"]

TWO_OVER_PI = 0.6366197723675814


class _Double:
    """Float64."""

    SHIFT = 52  # bits of the fraction
    BIAS = 1023  # of the exponent
    WIDTH = 64  # bits in all
    TAIL_BITS = 27  # low bits to drop so that products are exact
    ROOT = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
    LN2_HIGH = 0.693147180369123816490  # 32 bits: k LN2_HIGH is exact
    LN2_LOW = 1.90821492927058770002e-10
    EXP_RANGE = (-746.0, 710.0)  # e^x is 0 below, inf above
    ERF_LAST = 6.0  # erf(x) is 1 beyond
    ANGLE_LAST = 2.0**30  # sin and cos are NaN beyond

    @staticmethod
    def sin_angle(x: float) -> tuple[float, float, float]:
        """Give k + 1.5 2^52, r, c: x = k pi/2 + r + c; pi/2 in 33, 33 and 53 bits."""
        rounded = x * TWO_OVER_PI + 6755399441055744.0
        k = rounded - 6755399441055744.0
        far = x - k * 1.5707963267341256
        step = k * 6.077100506303966e-11
        near = far - step
        lost = ((far - near) - step) - k * 2.0222662487959506e-21
        r = near + lost
        return rounded, r, (near - r) + lost

    @staticmethod
    def exp_tail(r: float) -> float:
        """Give (e^r - 1 - r)/r^2 for abs r <= ln 2 / 2; 2^-58 of e^r."""
        w = r * r
        even = 2.7631413443190494e-07
        even = even * w + 2.4801489591678277e-05
        even = even * w + 0.0013888888947330006
        even = even * w + 0.04166666666651433
        even = even * w + 0.5000000000000013
        odd = 2.5118002553504612e-08
        odd = odd * w + 2.755721587242082e-06
        odd = odd * w + 0.0001984126991784688
        odd = odd * w + 0.008333333333306986
        odd = odd * w + 0.166666666666667
        return even + r * odd

    @staticmethod
    def erf_inner(z: float) -> float:
        """Give erf(x)/x - 1 in z = x^2 for abs x <= 1; 2^-56."""
        w = z * z
        even = 1.3722976265924504e-08
        even = even * w + 1.6447517677871873e-06
        even = even * w + 0.00012055295320494294
        even = even * w + 0.005223977607423468
        even = even * w + 0.11283791670945253
        even = even * w + 0.12837916709551256
        odd = -7.801188874097751e-10
        odd = odd * w - 1.6209175911748696e-07
        odd = odd * w - 1.4924744663335489e-05
        odd = odd * w - 0.0008548325989696758
        odd = odd * w - 0.02686617064327622
        odd = odd * w - 0.3761263890318355
        return even + z * odd

    @staticmethod
    def erf_outer(y: float) -> float:
        """Give -log(1 - erf(1 + y)) for 0 <= y <= 5; 2^-57 in erf."""
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

    @staticmethod
    def log_tail(z: float) -> float:
        """Give (log((1+s)/(1-s)) - 2s)/s^3 in z = s^2 for abs s < 0.172; 2^-58 of s."""
        p = 0.14797494820483403
        p = p * z + 0.15313904752165527
        p = p * z + 0.18183569668708946
        p = p * z + 0.2222219847767246
        p = p * z + 0.2857142874324242
        p = p * z + 0.399999999994112
        return p * z + 0.6666666666666735

    @staticmethod
    def log_rest(z: float) -> float:
        """Give (log((1+s)/(1-s)) - 2s - 2s^3/3)/s^5 in z = s^2; 2^-65 of s."""
        p = 0.13197746523907444
        p = p * z + 0.13256669435562626
        p = p * z + 0.15386763495794523
        p = p * z + 0.18181784238036705
        p = p * z + 0.22222222521341026
        p = p * z + 0.2857142857009196
        return p * z + 0.4000000000000227

    @staticmethod
    def sin_tail(z: float) -> float:
        """Give (sin r - r)/r^3 in z = r^2 for abs r <= pi/4; 2^-58 of r."""
        p = 1.5896676945719442e-10
        p = p * z - 2.5050756146207266e-08
        p = p * z + 2.7557313679866702e-06
        p = p * z - 0.00019841269829774637
        p = p * z + 0.008333333333322375
        return p * z - 0.16666666666666632

    @staticmethod
    def cos_tail(z: float) -> float:
        """Give (cos r - 1 + r^2/2)/r^4 in z = r^2 for abs r <= pi/4; 2^-64."""
        p = -1.1359564997505223e-11
        p = p * z + 2.0875721731516342e-09
        p = p * z - 2.755731434143761e-07
        p = p * z + 2.48015872894461e-05
        p = p * z - 0.0013888888888874068
        return p * z + 0.0416666666666666


class _Single:
    """Float32; names as in float64."""

    SHIFT = 23
    BIAS = 127
    WIDTH = 32
    TAIL_BITS = 12
    ROOT = 0x3F3504F3
    LN2_HIGH = 0.693359375  # 9 bits
    LN2_LOW = -2.12194440054690583e-4
    EXP_RANGE = (-104.0, 89.0)
    ERF_LAST = 4.0
    ANGLE_LAST = 2.0**16

    @staticmethod
    def sin_angle(x: float) -> tuple[float, float, float]:
        """Give the same; pi/2 in 14, 14, 14 and 24 bits."""
        rounded = x * TWO_OVER_PI + 12582912.0
        k = rounded - 12582912.0
        far = x - k * 1.5706787109375
        step = k * 0.00011761486530303955
        near = far - step
        lost = (far - near) - step
        step = k * 9.920313459588215e-10
        last = near - step
        lost = lost + (((near - last) - step) - k * 6.223371969669989e-14)
        r = last + lost
        return rounded, r, (last - r) + lost

    @staticmethod
    def exp_tail(r: float) -> float:
        """Give the same; 2^-28 of e^r."""
        p = 0.0013950244
        p = p * r + 0.008368951
        p = p * r + 0.04166621
        p = p * r + 0.16666518
        return p * r + 0.5

    @staticmethod
    def erf_inner(z: float) -> float:
        """Give the same; 2^-29."""
        p = 7.889119e-05
        p = p * z - 0.00080208457
        p = p * z + 0.0051895366
        p = p * z - 0.026854446
        p = p * z + 0.112836
        p = p * z - 0.37612626
        return p * z + 0.12837917

    @staticmethod
    def erf_outer(y: float) -> float:
        """Give the same for 0 <= y <= 3; 2^-29 in erf."""
        p = -0.00018556368
        p = p * y + 0.0018261282
        p = p * y - 0.009890853
        p = p * y + 0.041500673
        p = p * y + 0.8431183
        p = p * y + 2.6389668
        return p * y + 1.8496056

    @staticmethod
    def log_tail(z: float) -> float:
        """Give the same; 2^-29 of s."""
        p = 0.29873028
        p = p * z + 0.39977497
        return p * z + 0.66666776

    @staticmethod
    def log_rest(z: float) -> float:
        """Give the same; 2^-35 of s."""
        p = 0.23419574
        p = p * z + 0.28547096
        return p * z + 0.40000153

    @staticmethod
    def sin_tail(z: float) -> float:
        """Give the same; 2^-28 of r."""
        p = -0.0001951699
        p = p * z + 0.008332176
        return p * z - 0.16666655

    @staticmethod
    def cos_tail(z: float) -> float:
        """Give the same; 2^-33."""
        p = 2.4438159e-05
        p = p * z - 0.0013887365
        return p * z + 0.041666646


Format: TypeAlias = type[_Double] | type[_Single]
FORMATS: dict[str, Format] = {"f8": _Double, "f4": _Single}
