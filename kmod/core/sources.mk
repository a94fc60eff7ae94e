# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The files of the core, for every host that compiles it.
core-sources := condition.c evaluate.c hash.c identify.c labels.c question.c search.c tables.c template.c verify.c verify_conditions.c \
	verify_credentials.c verify_lists.c verify_prefixes.c verify_rules.c verify_strings.c verify_tries.c \
	verify_where.c verify_who.c
# What the kernel alone needs, and the tests.
parser-sources := dns.c
