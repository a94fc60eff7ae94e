// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts that are known, so that a program that connects to the same service again needs
 * neither facts nor tables.
 *
 * A key holds all that its verdict follows from, so nothing is ever invalidated: a generation
 * and an image have numbers that do not come back. Who calls leaves out verdicts that depend on
 * anything else. Each processor has a table of its own, without locks.
 */
#include <linux/build_bug.h>
#include <linux/jhash.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "cache.h"
#include "core/core.h"

enum { ENTRY_BITS = 8 };

struct entry {
	struct rt_cache_key key;	/* its image is 0 while there is none */
	struct rt_verdict verdict;
};

struct cache {
	struct entry entries[1 << ENTRY_BITS];
};

static struct cache __percpu *caches;

static_assert(sizeof(struct rt_cache_key) == 72, "a key has no padding");
static_assert(sizeof(struct cache) <= PCPU_MIN_UNIT_SIZE, "a processor's share can be allocated");

static u32 slot_of(const struct rt_cache_key *key)
{
	u32 hash = jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), 0);

	return hash >> (32 - ENTRY_BITS);
}

/**
 * rt_cache_find() - look a verdict up
 * @key: what it follows from
 * @verdict: is filled in when it is known
 *
 * Return: whether it is known.
 */
bool rt_cache_find(const struct rt_cache_key *key, struct rt_verdict *verdict)
{
	u32 slot = slot_of(key);
	const struct entry *entry;
	bool found;

	entry = &get_cpu_ptr(caches)->entries[slot];
	found = !memcmp(&entry->key, key, sizeof(*key));
	if (found)
		*verdict = entry->verdict;
	put_cpu_ptr(caches);
	return found;
}

/**
 * rt_cache_store() - keep a verdict, until its entry is needed for another
 * @key: what it follows from
 * @verdict: depends on nothing else
 */
void rt_cache_store(const struct rt_cache_key *key, const struct rt_verdict *verdict)
{
	u32 slot = slot_of(key);
	struct entry *entry;

	entry = &get_cpu_ptr(caches)->entries[slot];
	entry->key = *key;
	entry->verdict = *verdict;
	put_cpu_ptr(caches);
}

int __init rt_cache_init(void)
{
	caches = alloc_percpu(struct cache);
	return caches ? 0 : -ENOMEM;
}

/* No decision may be running or start. */
void rt_cache_exit(void)
{
	free_percpu(caches);
}
