// SPDX-License-Identifier: BSD-3-Clause
// Functions of matrices and matrix equations: rows of the table in recorded.hpp.
#include "linalg/reference/recorded.hpp"
#include "ritz/linalg/matrix_equations.hpp"
#include "ritz/linalg/matrix_functions.hpp"
#include "ritz/linalg/tensor.hpp"

namespace ritz::linalg::reference {
namespace {

const bool added[] = {
    add("expm", []<class In>(const In& in, Outputs& out) { out.set("X", expm(in["A"])); }),
    add("expm/norm10", []<class In>(const In& in, Outputs& out) { out.set("X", expm(in["A"])); }),
    add("expm_frechet",
        []<class In>(const In& in, Outputs& out) {
            const auto found = expm_frechet(in["A"], in["E"]);
            out.set("X", found.expm_A);
            out.set("L", found.expm_frechet_AE);
        }),
    add("expm_cond", []<class In>(const In& in, Outputs& out) { out.set("k", expm_cond(in["A"])); }),
    add("logm", []<class In>(const In& in, Outputs& out) { out.set("X", logm(in["A"])); }),
    add("sqrtm", []<class In>(const In& in, Outputs& out) { out.set("X", sqrtm(in["A"])); }),
    add("fractional_matrix_power",
        []<class In>(const In& in, Outputs& out) {
            out.set("p03", fractional_matrix_power(in["A"], 0.3));
            out.set("m17", fractional_matrix_power(in["A"], -1.7));
        }),
    add("cosm", []<class In>(const In& in, Outputs& out) { out.set("X", cosm(in["A"])); }),
    add("sinm", []<class In>(const In& in, Outputs& out) { out.set("X", sinm(in["A"])); }),
    add("tanm", []<class In>(const In& in, Outputs& out) { out.set("X", tanm(in["A"])); }),
    add("coshm", []<class In>(const In& in, Outputs& out) { out.set("X", coshm(in["A"])); }),
    add("sinhm", []<class In>(const In& in, Outputs& out) { out.set("X", sinhm(in["A"])); }),
    add("tanhm", []<class In>(const In& in, Outputs& out) { out.set("X", tanhm(in["A"])); }),
    add("signm", []<class In>(const In& in, Outputs& out) { out.set("X", signm(in["A"])); }),
    add("solve_sylvester",
        []<class In>(const In& in, Outputs& out) { out.set("X", solve_sylvester(in["A"], in["B"], in["Q"])); }),
    add("solve_continuous_lyapunov",
        []<class In>(const In& in, Outputs& out) { out.set("X", solve_continuous_lyapunov(in["A"], in["Q"])); }),
    add("solve_discrete_lyapunov",
        []<class In>(const In& in, Outputs& out) { out.set("X", solve_discrete_lyapunov(in["A"], in["Q"])); }),
    add("solve_continuous_are",
        []<class In>(const In& in, Outputs& out) {
            out.set("X", solve_continuous_are(in["A"], in["B"], in["Q"], in["R"]));
        }),
    add("solve_discrete_are",
        []<class In>(const In& in, Outputs& out) {
            out.set("X", solve_discrete_are(in["A"], in["B"], in["Q"], in["R"]));
        }),
    add_real("tensordot",
             []<class In>(const In& in, Outputs& out) {
                 using T = typename In::Scalar;
                 const Tensor<T> a({2, 3, 4}, in.vector("a")), b({4, 3}, in.vector("b"));
                 out.set("X", tensordot(a, b, {1, 2}, {1, 0}).values());
             }),
};

}  // namespace
}  // namespace ritz::linalg::reference
