// SPDX-License-Identifier: BSD-3-Clause
// Norms, products, special matrices: rows of the table in recorded.hpp.
#include <limits>

#include "linalg/reference/recorded.hpp"
#include "ritz/linalg/norms.hpp"
#include "ritz/linalg/products.hpp"
#include "ritz/linalg/special_matrices.hpp"
#include "ritz/linalg/tensor.hpp"

namespace ritz::linalg::reference {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// The scalar of the inputs: Of<In>.
template <class In>
using Of = typename In::Scalar;

const bool added[] = {
    add("norm/matrix",
        []<class In>(const In& in, Outputs& out) {
            const auto A = in["A"];
            out.set("fro", norm(A, Norm::frobenius));
            out.set("nuc", norm(A, Norm::nuclear));
            out.set("1", norm(A, 1));
            out.set("-1", norm(A, -1));
            out.set("2", norm(A, 2));
            out.set("-2", norm(A, -2));
            out.set("inf", norm(A, inf));
            out.set("-inf", norm(A, -inf));
        }),
    add("norm/vector",
        []<class In>(const In& in, Outputs& out) {
            const auto v = in.vector("v");
            out.set("0", norm(v, 0));
            out.set("1", norm(v, 1));
            out.set("2", norm(v, 2));
            out.set("3", norm(v, 3));
            out.set("0.5", norm(v, 0.5));
            out.set("-1", norm(v, -1));
            out.set("-2.5", norm(v, -2.5));
            out.set("inf", norm(v, inf));
            out.set("-inf", norm(v, -inf));
        }),
    add("norm/axis",
        []<class In>(const In& in, Outputs& out) {
            const auto A = in["A"];
            out.set("columns", norm(A, 2, Axis::columns));
            out.set("rows", norm(A, 2, Axis::rows));
            out.set("columns_1", norm(A, 1, Axis::columns));
            out.set("rows_inf", norm(A, inf, Axis::rows));
        }),
    add("trace", []<class In>(const In& in, Outputs& out) { out.set("trace", trace(in["A"])); }),
    add("multi_dot",
        []<class In>(const In& in, Outputs& out) { out.set("X", multi_dot(in["A"], in["B"], in["C"]).product); }),
    add("kron", []<class In>(const In& in, Outputs& out) { out.set("X", kron(in["A"], in["B"])); }),
    add("outer", []<class In>(const In& in, Outputs& out) { out.set("X", outer(in.vector("u"), in.vector("v"))); }),
    add("cross", []<class In>(const In& in, Outputs& out) { out.set("x", cross(in.vector("u"), in.vector("v"))); }),
    add("vdot", []<class In>(const In& in, Outputs& out) { out.set("x", vdot(in.vector("u"), in.vector("v"))); }),
    add("matrix_power",
        []<class In>(const In& in, Outputs& out) {
            out.set("p3", matrix_power(in["A"], 3));
            out.set("m2", matrix_power(in["A"], -2));
        }),
    add_real("toeplitz",
             []<class In>(const In& in, Outputs& out) {
                 out.set("one", toeplitz(in.vector("c")));
                 out.set("two", toeplitz(in.vector("c"), in.vector("r")));
             }),
    add_real("hankel",
             []<class In>(const In& in, Outputs& out) {
                 Eigen::VectorX<Of<In>> r = in.vector("r");
                 r[0] = 4;
                 out.set("one", hankel(in.vector("c")));
                 out.set("two", hankel(in.vector("c"), r));
             }),
    add_real("circulant", []<class In>(const In& in, Outputs& out) { out.set("X", circulant(in.vector("c"))); }),
    add_real("companion", []<class In>(const In& in, Outputs& out) { out.set("X", companion(in.vector("c"))); }),
    add_real("fiedler", []<class In>(const In& in, Outputs& out) { out.set("X", fiedler(in.vector("c"))); }),
    add_real("fiedler_companion",
             []<class In>(const In& in, Outputs& out) { out.set("X", fiedler_companion(in.vector("c"))); }),
    add_real("leslie",
             []<class In>(const In& in, Outputs& out) {
                 const Eigen::VectorX<Of<In>> s{{0.5, 0.25, 0.125}};
                 out.set("X", leslie(in.vector("c"), s));
             }),
    add_real("vander",
             []<class In>(const In& in, Outputs& out) {
                 out.set("decreasing", vander(in.vector("c")));
                 out.set("increasing", vander(in.vector("c"), {.columns = 3, .increasing = true}));
             }),
    add_real("convolution_matrix",
             []<class In>(const In& in, Outputs& out) {
                 out.set("full", convolution_matrix(in.vector("r"), 5));
                 out.set("same", convolution_matrix(in.vector("r"), 5, Convolution::same));
                 out.set("valid", convolution_matrix(in.vector("r"), 5, Convolution::valid));
             }),
    add_real("block_diag",
             []<class In>(const In& in, Outputs& out) {
                 using M = Eigen::MatrixX<Of<In>>;
                 out.set("X", block_diag(M::Ones(2, 3), 2 * M::Ones(1, 1), M::Identity(2, 2)));
             }),
    add_real("hilbert", []<class In>(const In& in, Outputs& out) { out.set("X", hilbert<Of<In>>(5)); }),
    add_real("invhilbert", []<class In>(const In& in, Outputs& out) { out.set("X", invhilbert<Of<In>>(5)); }),
    add_real("hadamard", []<class In>(const In& in, Outputs& out) { out.set("X", hadamard<Of<In>>(8)); }),
    add_real("pascal",
             []<class In>(const In& in, Outputs& out) {
                 out.set("symmetric", pascal<Of<In>>(5));
                 out.set("lower", pascal<Of<In>>(5, Pascal::lower));
                 out.set("upper", pascal<Of<In>>(5, Pascal::upper));
             }),
    add_real("invpascal",
             []<class In>(const In& in, Outputs& out) {
                 out.set("symmetric", invpascal<Of<In>>(5));
                 out.set("lower", invpascal<Of<In>>(5, Pascal::lower));
             }),
    add_real("helmert",
             []<class In>(const In& in, Outputs& out) {
                 out.set("X", helmert<Of<In>>(5));
                 out.set("full", helmert<Of<In>>(5, {.full = true}));
             }),
    add_real("dft",
             []<class In>(const In& in, Outputs& out) {
                 out.set("X", dft<std::complex<Of<In>>>(5));
                 out.set("sqrtn", dft<std::complex<Of<In>>>(5, DftScale::sqrt_n));
             }),
    add_real("tri",
             []<class In>(const In& in, Outputs& out) {
                 out.set("X", tri<Of<In>>(4, 5, 1));
                 out.set("tril", tril(hilbert<Of<In>>(4), -1));
                 out.set("triu", triu(hilbert<Of<In>>(4), 1));
             }),
};

}  // namespace
}  // namespace ritz::linalg::reference
