// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core as a WebAssembly module. One instance holds one bundle: the host grows the memory,
 * writes the file at bundle_at(), and calls open(). Questions are put into the buffers below, so
 * nothing needs an allocator. src/bundle/core.ts is the host.
 */
#include "core.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* One byte more than any value has, so that a text that was cut off equals none. */
#define TEXT_SIZE 4096

static_assert(TEXT_SIZE > RT_MAX_PATH_LENGTH && TEXT_SIZE > RT_MAX_CMDLINE_LENGTH &&
	      TEXT_SIZE > RT_MAX_NAME_LENGTH, "room for every fact");

extern u8 __heap_base[];	/* set by the linker: the end of what is below */

static struct rt_bundle bundle;
static struct rt_fault fault;
static struct rt_facts facts;
static struct rt_destination destination;
static struct rt_verdict verdict;
static u8 texts[RT_MAX_FACTS][TEXT_SIZE];

/* Where the file goes. */
EXPORT(bundle_at) u8 *bundle_at(void)
{
	return (u8 *)(((size_t)__heap_base + 7) & ~(size_t)7);
}

/* 0, or a value of enum rt_refusal. */
EXPORT(open) int open_bundle(u32 size)
{
	return rt_bundle_open(&bundle, bundle_at(), size, &fault);
}

EXPORT(fault_section) u32 fault_section(void)
{
	return fault.section;
}

EXPORT(fault_index) u32 fault_index(void)
{
	return fault.index;
}

/* A text that ends with a NUL. */
EXPORT(fault_reason) const char *fault_reason(void)
{
	return fault.reason;
}

EXPORT(clear_facts) void clear_facts(void)
{
	facts.count = 0;
}

/* False when there is no room for another fact. */
EXPORT(add_number) bool add_number(u32 fact, u32 number)
{
	if (facts.count >= RT_MAX_FACTS)
		return false;
	facts.fact[facts.count++] = (struct rt_fact_value){ .fact = (u16)fact, .number = number };
	return true;
}

/* Where the host puts the bytes of a fact, no more than TEXT_SIZE; NULL when there is no room. */
EXPORT(add_text) u8 *add_text(u32 fact, u32 length)
{
	u8 *text;

	if (facts.count >= RT_MAX_FACTS || length > TEXT_SIZE)
		return NULL;
	text = texts[facts.count];
	facts.fact[facts.count++] = (struct rt_fact_value){
		.fact = (u16)fact, .length = (u16)length, .bytes = text
	};
	return text;
}

EXPORT(text_size) u32 text_size(void)
{
	return TEXT_SIZE;
}

/* Where the host puts the 16 bytes of the address that is connected to. */
EXPORT(address_at) u8 *address_at(void)
{
	return destination.address;
}

EXPORT(decide_connect) const struct rt_verdict *decide_connect(u32 port)
{
	destination.port = (u16)port;
	rt_decide_connect(&bundle, &facts, &destination, &verdict);
	return &verdict;
}

EXPORT(decide_accept) const struct rt_verdict *decide_accept(void)
{
	rt_decide_accept(&bundle, &facts, &verdict);
	return &verdict;
}
