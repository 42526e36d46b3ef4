// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What NumPy and SciPy returned (values.txt, written by make_values.py), and the table of what of ours is compared
/// with it. A row is a generic function of the recorded inputs; reference_test.cpp runs it in every scalar type that
/// the case allows.

#include <Eigen/Core>
#include <complex>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ritz/core/types.hpp"

namespace ritz::linalg::reference {

struct Recorded {
    std::string name;
    bool is_complex = false;
    double condition = 1;
    std::map<std::string, Eigen::MatrixXcd> in, out;
};

/// All cases, in the order of the file.
const std::vector<Recorded>& recorded();

template <class T>
class Inputs {
public:
    using Scalar = T;
    explicit Inputs(const Recorded& recorded) : recorded_(recorded) {}
    Eigen::MatrixX<T> operator[](const std::string& name) const {
        const Eigen::MatrixXcd& M = recorded_.in.at(name);
        if constexpr (is_complex<T>)
            return M.cast<T>();
        else
            return M.real().template cast<T>();
    }
    Eigen::VectorX<T> vector(const std::string& name) const { return (*this)[name].col(0); }

private:
    const Recorded& recorded_;
};

class Outputs {
public:
    template <class X>
    void set(const std::string& name, const X& x) {
        if constexpr (requires { x.derived(); })
            out[name] = x.template cast<std::complex<double>>();
        else
            out[name] = Eigen::MatrixXcd::Constant(1, 1, std::complex<double>(x));
    }
    std::map<std::string, Eigen::MatrixXcd> out;
};

struct Row {
    std::function<void(const Recorded&, Outputs&)> in_double, in_float;
};

/// By name of the case.
std::map<std::string, Row>& rows();

/// Adds f(inputs, outputs) to the table, for real and complex inputs in both precisions.
template <class F>
bool add(const std::string& name, F f) {
    rows()[name] = {[f](const Recorded& c, Outputs& out) {
                        if (c.is_complex)
                            f(Inputs<std::complex<double>>(c), out);
                        else
                            f(Inputs<double>(c), out);
                    },
                    [f](const Recorded& c, Outputs& out) {
                        if (c.is_complex)
                            f(Inputs<std::complex<float>>(c), out);
                        else
                            f(Inputs<float>(c), out);
                    }};
    return true;
}

/// The same for functions of real inputs alone.
template <class F>
bool add_real(const std::string& name, F f) {
    rows()[name] = {[f](const Recorded& c, Outputs& out) { f(Inputs<double>(c), out); },
                    [f](const Recorded& c, Outputs& out) { f(Inputs<float>(c), out); }};
    return true;
}

/// Eigenvalues in the order of make_values.py.
Eigen::VectorXcd by_size(Eigen::VectorXcd w);

/// V Vᴴ.
template <class M>
auto projector(const M& V) {
    return (V * V.adjoint()).eval();
}

}  // namespace ritz::linalg::reference
