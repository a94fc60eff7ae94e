/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A case for the core: a bundle and questions, as the tests and the fuzzer write it (little-endian):
 *
 *   u32 size of the bundle, the bundle, then questions to the end:
 *   u8 kind (0 connect, else accept), u8 facts, that many facts; connect: 16 bytes of address, u16 port
 *   fact: u16 fact, u16 length, u32 number, then the bytes
 */
#ifndef RT_TEST_QUERY_H
#define RT_TEST_QUERY_H

#include "core.h"

struct cursor {
	const u8 *p;
	const u8 *end;
};

struct query {
	bool accept;
	struct rt_facts facts;
	struct rt_destination destination;
};

/* Takes `length` bytes; NULL when there are not as many. */
const u8 *take(struct cursor *c, size_t length);

/* A number of `size` bytes; 0 when there are not as many. */
u32 take_number(struct cursor *c, size_t size);

/*
 * The next question; false at the end. Bytes of facts are copies of their exact length, so that
 * reading past them is seen; free_query() frees them.
 */
bool next_query(struct cursor *c, struct query *q);
void free_query(struct query *q);

void answer(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v);

/* The same by brute force: all tables from start to end, no hashing, no tries. */
void answer_slowly(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v);

/* Ends the program when the two differ or a verdict points outside its bundle. */
void check_answer(const struct rt_bundle *b, const struct query *q, const struct rt_verdict *v);

/* A copy of exactly `size` bytes, so that reading past it is seen. */
void *exact_copy(const void *bytes, size_t size);

#endif /* RT_TEST_QUERY_H */
