// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The parser of DNS under sanitizers. Reads messages from standard input, each as u32 length (little-endian) and bytes, and writes one
 * line of JSON for each: what it is as a query, what it is about as an answer, and what it answers; null is nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include "dns.h"

static void print_question(bool is, const struct rt_dns_question *q)
{
	if (!is)
		printf("null");
	else
		printf("{\"id\":%u,\"type\":%u,\"name\":\"%.*s\"}", q->id, q->type, (int)q->name.length, (const char *)q->name.bytes);
}

static void print_addresses(bool is, const struct rt_dns_addresses *a)
{
	u32 i, j;

	if (!is) {
		printf("null");
		return;
	}
	printf("{\"ttl\":%u,\"addresses\":[", a->ttl);
	for (i = 0; i < a->count; i++) {
		printf(i > 0 ? ",\"" : "\"");
		for (j = 0; j < 16; j++)
			printf("%02x", a->address[i][j]);
		printf("\"");
	}
	printf("]}");
}

int main(void)
{
	u8 head[4];

	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		u32 length = head[0] | (u32)head[1] << 8 | (u32)head[2] << 16 | (u32)head[3] << 24;
		/* Of its exact length, so that reading past it is seen. */
		u8 *message = malloc(length > 0 ? length : 1);
		static struct rt_dns_addresses addresses;
		struct rt_dns_question question;

		if (!message || fread(message, 1, length, stdin) != length) {
			fprintf(stderr, "dns-native: the input is cut off\n");
			return 2;
		}
		printf("{\"query\":");
		print_question(rt_dns_query(message, length, &question), &question);
		printf(",\"asked\":");
		print_question(rt_dns_asked(message, length, &question), &question);
		printf(",\"answer\":");
		print_addresses(rt_dns_answer(message, length, &addresses), &addresses);
		printf("}\n");
		free(message);
	}
	return 0;
}
