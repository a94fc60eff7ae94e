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
	      TEXT_SIZE > RT_MAX_NAME_LENGTH && TEXT_SIZE > RT_MAX_SPIFFE_ID_LENGTH,
	      "room for every text");

/* Likewise of labels and of host names. */
#define LABEL_SIZE (RT_MAX_LABEL_LENGTH + 4)
#define NAME_SIZE (RT_MAX_HOST_NAME_LENGTH + 3)

extern u8 __heap_base[];	/* set by the linker: the end of what is below */

static struct rt_bundle bundle;
static struct rt_fault fault;
static struct rt_bytes labels[RT_MAX_LABELS];
static struct rt_facts facts = { .labels = labels };
static struct rt_bytes names[RT_MAX_NAMES];
static struct rt_connection connection = { .names = names };
static struct rt_verdict verdict;
static u8 texts[RT_MAX_FACTS][TEXT_SIZE];
static u8 label_texts[RT_MAX_LABELS][LABEL_SIZE];
static u8 name_texts[RT_MAX_NAMES][NAME_SIZE];
static u8 peer_text[TEXT_SIZE];
static u8 workload_id[RT_MAX_SPIFFE_ID_LENGTH];

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

EXPORT(features) u32 features(void)
{
	return rt_features(&bundle);
}

EXPORT(governs) u32 governs(u32 protocol)
{
	return rt_governs(&bundle, (u16)protocol);
}

EXPORT(refuses_others) u32 refuses_others(void)
{
	return rt_refuses_others(&bundle);
}

/* Begins a question: no facts, and of the connection protocol, ports and time. */
EXPORT(begin) void begin(u32 protocol, u32 remote_port, u32 local_port, u32 time)
{
	facts.count = 0;
	facts.label_count = 0;
	connection.protocol = (u16)protocol;
	connection.remote.port = (u16)remote_port;
	connection.local_port = (u16)local_port;
	connection.time = time;
	connection.name_count = 0;
	connection.peer = (struct rt_bytes){ peer_text, 0 };
}

/* Where the host puts the 16 bytes of the address of the other end. */
EXPORT(address_at) u8 *address_at(void)
{
	return connection.remote.address;
}

/* Of a longer text the host sends so many bytes. */
EXPORT(text_size) u32 text_size(void)
{
	return TEXT_SIZE;
}

EXPORT(label_size) u32 label_size(void)
{
	return LABEL_SIZE;
}

EXPORT(name_size) u32 name_size(void)
{
	return NAME_SIZE;
}

/* One fact too many is counted and not kept: the question then makes no sense. */
EXPORT(add_number) void add_number(u32 fact, u32 number)
{
	if (facts.count < RT_MAX_FACTS)
		facts.fact[facts.count] =
			(struct rt_fact_value){ .fact = (u16)fact, .number = number };
	if (facts.count <= RT_MAX_FACTS)
		facts.count++;
}

/* Where the host puts the bytes of a fact, no more than TEXT_SIZE; NULL when there is no room. */
EXPORT(add_text) u8 *add_text(u32 fact, u32 length)
{
	u32 i = facts.count;

	if (i <= RT_MAX_FACTS)
		facts.count++;
	if (i >= RT_MAX_FACTS || length > TEXT_SIZE)
		return NULL;
	facts.fact[i] = (struct rt_fact_value){
		.fact = (u16)fact, .length = (u16)length, .bytes = texts[i]
	};
	return texts[i];
}

/* Likewise of a label, no more than LABEL_SIZE. */
EXPORT(add_label) u8 *add_label(u32 length)
{
	u32 i = facts.label_count;

	if (i <= RT_MAX_LABELS)
		facts.label_count++;
	if (i >= RT_MAX_LABELS || length > LABEL_SIZE)
		return NULL;
	labels[i] = (struct rt_bytes){ label_texts[i], length };
	return label_texts[i];
}

/* Likewise of a host name that the destination has, no more than NAME_SIZE. */
EXPORT(add_name) u8 *add_name(u32 length)
{
	u32 i = connection.name_count;

	if (i <= RT_MAX_NAMES)
		connection.name_count++;
	if (i >= RT_MAX_NAMES || length > NAME_SIZE)
		return NULL;
	names[i] = (struct rt_bytes){ name_texts[i], length };
	return name_texts[i];
}

/* Where the host puts the peer's SPIFFE ID, no more than TEXT_SIZE bytes. */
EXPORT(set_peer) u8 *set_peer(u32 length)
{
	connection.peer.length = length <= TEXT_SIZE ? length : 0;
	return peer_text;
}

EXPORT(decide_connect) const struct rt_verdict *decide_connect(void)
{
	rt_decide_connect(&bundle, &facts, &connection, &verdict);
	return &verdict;
}

EXPORT(decide_other) const struct rt_verdict *decide_other(void)
{
	rt_decide_other(&bundle, &facts, connection.time, &verdict);
	return &verdict;
}

EXPORT(decide_accept) const struct rt_verdict *decide_accept(void)
{
	rt_decide_accept(&bundle, &facts, &connection, &verdict);
	return &verdict;
}

/* Whether a verdict with this condition on peers lets the peer be the one that was set. */
EXPORT(peer_allowed) bool peer_allowed(u32 peers)
{
	const struct rt_verdict decided = { .peers = peers };

	return rt_peer_allowed(&bundle, &decided, &connection.peer);
}

EXPORT(condition_holds) bool condition_holds(u32 condition, bool accepts)
{
	return rt_condition_holds(&bundle, condition, &facts, &connection, accepts);
}

/* The workload ID of an identity with placeholders, for the question that was put: its length. */
EXPORT(fill_workload_id) u32 fill_workload_id(u32 identity, bool accepts)
{
	return rt_fill_workload_id(&bundle, identity, &facts, &connection, accepts, workload_id);
}

EXPORT(workload_id_at) const u8 *workload_id_at(void)
{
	return workload_id;
}
