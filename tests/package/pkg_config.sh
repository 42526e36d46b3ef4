#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# pkg_config.sh PKGCONFIG_DIRECTORY COMPILER SOURCE OUTPUT FLAGS: compiles with what ritz.pc says alone, and runs it.
set -euo pipefail
export PKG_CONFIG_PATH=$1
read -ra flags <<<"$5 $(pkg-config --cflags --libs ritz)"
set -x
"$2" -std=c++20 "$3" -o "$4" "${flags[@]}"
"$4"
