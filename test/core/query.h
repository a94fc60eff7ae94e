/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A case for the core: a bundle and questions, as the tests and the fuzzer write it (little-endian):
 *
 *   u32 size of the bundle, the bundle, then questions to the end:
 *   u8 kind (bit 0: accept, else connect; bit 1: UDP, else TCP), u8 facts, that many facts, u8 labels, that many labels, the connection
 *   fact: u16 fact, u16 length, u32 number, then the bytes
 *   label: u16 length, then the bytes
 *   connection: 16 bytes of address, u16 port, u16 local port, u32 time, u8 names, that many names; of each name and the peer
 *   u16 length and bytes
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
	struct rt_bytes labels[RT_MAX_LABELS];
	struct rt_bytes names[RT_MAX_NAMES];
	struct rt_connection connection;
};

/* Takes `length` bytes; NULL when there are not as many. */
const u8 *take(struct cursor *c, size_t length);

/* A number of `size` bytes; 0 when there are not as many. */
u32 take_number(struct cursor *c, size_t size);

/*
 * The next question; false at the end. All bytes are copies of their exact length, so that
 * reading past them is seen; free_query() frees them. The query must stay where it is.
 */
bool next_query(struct cursor *c, struct query *q);
void free_query(struct query *q);

/* The question with one of its names alone; `q` must stay as long as it is used. */
struct query by_name(const struct query *q, u32 name);

void answer(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v);

/* The same by brute force: all tables from start to end, no hashing, no tries. */
void answer_slowly(const struct rt_bundle *b, const struct query *q, struct rt_verdict *v);

/* Likewise of one condition; `peers` when it is about the peer of a connection that is opened, and of nothing else. */
bool condition_slowly(const struct rt_bundle *b, u32 condition, const struct query *q, bool peers);

/* Whether a service has a name, or a condition looks for it. */
bool name_matters_slowly(const struct rt_bundle *b, const struct rt_bytes *name);

/* What the tables need. They need not have been verified; numbers that lead nowhere need nothing. */
u32 features_slowly(const struct rt_bundle *b);

/* Ends the program when the two differ or a verdict points outside its bundle. */
void check_answer(const struct rt_bundle *b, const struct query *q, const struct rt_verdict *v);

/* A copy of exactly `size` bytes, so that reading past it is seen. */
void *exact_copy(const void *bytes, size_t size);

#endif /* RT_TEST_QUERY_H */
