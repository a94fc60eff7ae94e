// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "tables.h"

#define KIND(n, m, l) \
	[n] = { .match = (m), .limit = (l), .known = true },
const struct rt_fact_kind rt_fact_kinds[RT_FACT_NUMBERS] = { RT_FACT_TABLE(KIND) };

const struct rt_ip_layout rt_ipv4 = {
	RT_SECTION_EXACT4, RT_SECTION_EXACT4_BUCKETS, RT_SECTION_TRIE4, 4
};

const struct rt_ip_layout rt_ipv6 = {
	RT_SECTION_EXACT6, RT_SECTION_EXACT6_BUCKETS, RT_SECTION_TRIE6, 16
};
