// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core under sanitizers. Reads cases from standard input, each as u32 length and the bytes of query.h, and
 * writes one line of JSON for each: {"open":0,"verdicts":[[action,rule,identity,service,presents,peers,tls,flags,keeps,filling],…]} or
 * {"open":-1,"section":3,"index":7,"reason":"…"}. Every verdict is held against brute force.
 */
#include <stdio.h>
#include <stdlib.h>
#include "query.h"

static void answer_all(const struct rt_bundle *b, struct cursor *c)
{
	struct query q;
	const char *separator = "";

	printf("{\"open\":0,\"verdicts\":[");
	while (next_query(c, &q)) {
		struct rt_verdict v;

		answer(b, &q, &v);
		check_answer(b, &q, &v);
		printf("%s[%u,%u,%u,%u,%u,%u,%u,%u,%u,%u]", separator, v.action, v.rule, v.identity, v.service,
		       v.presents, v.peers, v.tls, v.flags, v.keeps, v.filling);
		separator = ",";
		free_query(&q);
	}
	printf("]}\n");
}

static void run_case(struct cursor *c)
{
	u32 size = take_number(c, 4);
	const u8 *bytes = take(c, size);
	struct rt_bundle b;
	struct rt_fault fault;
	void *copy;
	int code;

	if (!bytes) {
		fprintf(stderr, "core-native: a case is cut off\n");
		exit(2);
	}
	copy = exact_copy(bytes, size);
	code = rt_bundle_open(&b, copy, size, &fault);
	if (code == 0)
		answer_all(&b, c);
	else
		printf("{\"open\":%d,\"section\":%u,\"index\":%u,\"reason\":\"%s\"}\n", code, fault.section,
		       fault.index, fault.reason);
	free(copy);
}

int main(void)
{
	u8 head[4];

	while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
		struct cursor c = { head, head + sizeof(head) };
		u32 length = take_number(&c, 4);
		u8 *bytes = malloc(length > 0 ? length : 1);

		if (!bytes || fread(bytes, 1, length, stdin) != length) {
			fprintf(stderr, "core-native: the input is cut off\n");
			return 2;
		}
		c = (struct cursor){ bytes, bytes + length };
		run_case(&c);
		free(bytes);
	}
	return 0;
}
