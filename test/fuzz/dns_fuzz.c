// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libFuzzer target of the parser of DNS: what it takes of any bytes is a host name and addresses within its limits, and an answer that
 * gives something is one that says what it is about. Run: make -C kmod/core fuzz
 */
#include <stdlib.h>
#include <string.h>
#include "dns.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void check_question(const struct rt_dns_question *q)
{
	u32 i;

	if (q->name.length == 0 || q->name.length > RT_MAX_HOST_NAME_LENGTH || (q->type != 1 && q->type != 28))
		abort();
	for (i = 0; i < q->name.length; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", q->name.bytes[i]) || q->name.bytes[i] == 0)
			abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	static struct rt_dns_addresses addresses;
	struct rt_dns_question query, asked;
	u8 *message = malloc(size > 0 ? size : 1);
	bool is_query, is_asked;
	u32 i;

	if (!message)
		abort();
	memcpy(message, data, size);
	is_query = rt_dns_query(message, (u32)size, &query);
	is_asked = rt_dns_asked(message, (u32)size, &asked);
	if (is_query && is_asked)
		abort();
	if (is_query)
		check_question(&query);
	if (is_asked)
		check_question(&asked);
	if (rt_dns_answer(message, (u32)size, &addresses)) {
		if (!is_asked || addresses.count == 0 || addresses.count > RT_DNS_ADDRESSES || addresses.ttl > 0x7fffffff)
			abort();
		for (i = 0; asked.type == 1 && i < addresses.count; i++)
			if (memcmp(addresses.address[i], mapped, sizeof(mapped)) != 0)
				abort();
		/* As a response it is no query; with the bit turned it asks the same. */
		message[2] &= 0x7f;
		if (!rt_dns_query(message, (u32)size, &query) || memcmp(query.name.bytes, asked.name.bytes, asked.name.length) != 0)
			abort();
	}
	free(message);
	return 0;
}
