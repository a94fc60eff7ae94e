// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts: what the bundle in force says of a connection of the process that runs, counted
 * and traced.
 */
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "facts.h"
#include "tables.h"
#include "verdict.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

struct counters {
	u64 value[__RIPTIDES_COUNTER_MAX];
};

static DEFINE_PER_CPU(struct counters, counters);

static void record(enum rt_direction direction, u64 generation, const struct rt_verdict *verdict,
		   const struct rt_destination *peer)
{
	enum riptides_counter counter;

	if (direction == RT_DIRECTION_CONNECT)
		counter = verdict->action == RT_ACTION_DENY ? RIPTIDES_COUNTER_CONNECT_DENIED :
			  verdict->action == RT_ACTION_AUDIT ? RIPTIDES_COUNTER_CONNECT_AUDITED :
							       RIPTIDES_COUNTER_CONNECT_ALLOWED;
	else
		counter = verdict->action == RT_ACTION_ALLOW ? RIPTIDES_COUNTER_ACCEPT_ALLOWED :
							       RIPTIDES_COUNTER_ACCEPT_AUDITED;
	this_cpu_inc(counters.value[counter]);
	trace_riptides_verdict(generation, direction, verdict, peer);
}

/* Seconds since 1970, as the core counts them. */
static u32 now(void)
{
	return clamp_t(time64_t, ktime_get_real_seconds(), 0, U32_MAX);
}

/**
 * rt_verdict_connect() - decide a connection that the process that runs opens
 * @destination: where to
 * @begins: whether it opens now; otherwise it may be one that is open already, and only a
 *	refusal is counted and traced
 *
 * May sleep. Return: 0 when it may go on, also when no bundle is in force; -EACCES when it
 * is refused; -ENOMEM when its facts could not be had.
 */
int rt_verdict_connect(const struct rt_destination *destination, bool begins)
{
	const struct rt_connection connection = { .remote = *destination, .time = now() };
	const struct rt_generation *generation;
	struct rt_process *process;
	struct rt_verdict verdict;
	struct rt_facts facts;
	int err = 0;

	process = rt_process_get();
	if (IS_ERR(process))
		return PTR_ERR(process);
	rt_process_facts(process, &facts);

	rcu_read_lock();
	generation = rt_generation_in_force();
	if (generation->table) {
		rt_decide_connect(&generation->table->bundle, &facts, &connection, &verdict);
		if (verdict.action == RT_ACTION_DENY)
			err = -EACCES;
		if (err || begins)
			record(RT_DIRECTION_CONNECT, generation->number, &verdict, destination);
	}
	rcu_read_unlock();

	rt_process_put(process);
	return err;
}

/**
 * rt_verdict_refuse() - refuse a connection whatever the bundle in force says of it
 * @destination: where it claims to go
 *
 * Counts and traces it, with no rule. Return: -EACCES.
 */
int rt_verdict_refuse(const struct rt_destination *destination)
{
	static const struct rt_verdict refused = {
		.action = RT_ACTION_DENY, .rule = RT_NONE, .identity = RT_NONE,
		.service = RT_NONE,
	};

	rcu_read_lock();
	record(RT_DIRECTION_CONNECT, rt_generation_in_force()->number, &refused, destination);
	rcu_read_unlock();
	return -EACCES;
}

/**
 * rt_verdict_accept() - attribute a connection that the process that runs accepted
 * @peer: from where
 * @local_port: where it came in
 *
 * Counts and traces it. It is accepted whatever the verdict: many servers stop when accept
 * fails, and one peer could end them so. What the bundle would deny counts as audited.
 */
void rt_verdict_accept(const struct rt_destination *peer, u16 local_port)
{
	const struct rt_connection connection = {
		.remote = *peer, .local_port = local_port, .time = now(),
	};
	const struct rt_generation *generation;
	struct rt_process *process;
	struct rt_verdict verdict;
	struct rt_facts facts;

	process = rt_process_get();
	if (IS_ERR(process))
		process = NULL;
	rt_process_facts(process, &facts);

	rcu_read_lock();
	generation = rt_generation_in_force();
	if (generation->table) {
		rt_decide_accept(&generation->table->bundle, &facts, &connection, &verdict);
		record(RT_DIRECTION_ACCEPT, generation->number, &verdict, peer);
	}
	rcu_read_unlock();

	rt_process_put(process);
}

/**
 * rt_verdict_counters() - verdicts since the module was loaded
 * @sums: of all processors, by enum riptides_counter
 */
void rt_verdict_counters(u64 sums[__RIPTIDES_COUNTER_MAX])
{
	int cpu, i;

	memset(sums, 0, sizeof(u64) * __RIPTIDES_COUNTER_MAX);
	for_each_possible_cpu(cpu) {
		for (i = 0; i < __RIPTIDES_COUNTER_MAX; i++)
			sums[i] += READ_ONCE(per_cpu_ptr(&counters, cpu)->value[i]);
	}
}
