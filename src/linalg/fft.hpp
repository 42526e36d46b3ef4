// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The discrete Fourier transform of any length, in double precision.

#include <complex>
#include <cstddef>
#include <vector>

namespace ritz::linalg {

/// Transforms of one length n: O(n log n) for every n, powers of two being the fastest.
/// \ref J. W. Cooley and J. W. Tukey, Math. Comp. 19 (1965) 297-301; L. I. Bluestein, IEEE Trans. Audio Electroacoust.
///      18 (1970) 451-455.
class Fft {
public:
    explicit Fft(std::size_t n);

    /// x(k) ← Σⱼ x(j) e^(−2πi jk/n)
    void forward(std::vector<std::complex<double>>& x) const;
    /// The inverse of `forward`, 1/n included.
    void inverse(std::vector<std::complex<double>>& x) const;

private:
    void radix2(std::complex<double>* x) const;

    std::size_t n_, length_;                            // length_: the power of two that is computed with
    std::vector<std::complex<double>> roots_;           // e^(−2πi k/length), k < length/2
    std::vector<std::complex<double>> chirp_, kernel_;  // Bluestein's; empty if n is a power of two
};

}  // namespace ritz::linalg
