#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The table theta of src/eigen/expm_multiply.cpp.

theta_m is the largest x with sum_{k>m} |c_k| x^(k-1) <= u, where log(exp(-x) T_m(x)) = sum_{k>m} c_k x^k and T_m is the
Taylor polynomial of degree m of exp (Al-Mohy and Higham, SIAM J. Sci. Comput. 33 (2011) 488, section 3): the truncation
is then a relative backward error of u at most. The coefficients follow from the derivative of the logarithm,
-(x^m / m!) / T_m(x), in rational numbers.
"""
from decimal import Decimal, getcontext
from fractions import Fraction
from math import factorial

getcontext().prec = 60
TERMS = 150


def magnitudes(m):
    """|c_k| for k = m + 1 ... m + TERMS"""
    r = [Fraction(1)]  # 1 / T_m(x)
    for j in range(1, TERMS):
        r.append(-sum(r[j - i] / factorial(i) for i in range(1, min(m, j) + 1)))
    return [abs(Decimal(a.numerator) / Decimal(a.denominator)) / (factorial(m) * (m + 1 + j)) for j, a in enumerate(r)]


def theta(c, m, u):
    low, high = Decimal(0), Decimal(30)
    for _ in range(120):
        x = (low + high) / 2
        total, power = Decimal(0), x**m
        for a in c:
            total += a * power
            power *= x
        low, high = (x, high) if total <= u else (low, x)
    return low


if __name__ == "__main__":
    for m in range(1, 56):
        c = magnitudes(m)
        print(f"    {{{theta(c, m, Decimal(2) ** -24):.6e}, {theta(c, m, Decimal(2) ** -53):.6e}}},  // {m}", flush=True)
