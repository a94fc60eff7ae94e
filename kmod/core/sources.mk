# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The files of the core, for every host that compiles it.
core-sources := evaluate.c hash.c tables.c verify.c verify_where.c verify_who.c
