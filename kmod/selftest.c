// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests at load time of what the module leans on: the hash, the evaluator as this compiler
 * made it, and the kernel's socket operations. When one fails the module does not load.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#include "core/core.h"
#include "datagrams.h"
#include "gate.h"
#include "selftest.h"
#include "selftest_bundle.h"
#include "transaction.h"

struct decision {
	const char *name;
	u32 uid;
	u8 last_byte;			/* of the address 192.0.x.1: x */
	u16 port;
	struct rt_verdict verdict;
};

static const struct decision decisions[] __initconst = {
	{ "selftest", 0, 2, 443, { RT_ACTION_ALLOW, 3, 0, 0, 0, RT_NONE } },
	{ "selftest", 0, 2, 444, { RT_ACTION_AUDIT, 2, 0, RT_NONE, 0, RT_NONE } },
	{ "selftest", 0, 3, 443, { RT_ACTION_AUDIT, 2, 0, RT_NONE, 0, RT_NONE } },
	{ "selftest", 1, 2, 443, { RT_ACTION_DENY, 0, RT_NONE, RT_NONE, RT_NONE, RT_NONE } },
	{ "selftesT", 0, 2, 443, { RT_ACTION_DENY, 0, RT_NONE, RT_NONE, RT_NONE, RT_NONE } },
};

static bool __init decides(const struct rt_bundle *bundle, const struct decision *expected)
{
	struct rt_connection connection = {
		.remote = {
			.address = { [10] = 0xff, [11] = 0xff, 192, 0, expected->last_byte, 1 },
			.port = expected->port,
		},
	};
	struct rt_facts facts = {
		.count = 2,
		.fact = {
			{ .fact = RT_FACT_PROCESS_NAME, .length = strlen(expected->name),
			  .bytes = (const u8 *)expected->name },
			{ .fact = RT_FACT_PROCESS_UID, .number = expected->uid },
		},
	};
	struct rt_verdict verdict;

	rt_decide_connect(bundle, &facts, &connection, &verdict);
	if (memcmp(&verdict, &expected->verdict, sizeof(verdict)))
		return false;

	rt_decide_accept(bundle, &facts, &connection, &verdict);
	return verdict.action == RT_ACTION_ALLOW && verdict.rule == RT_RULE_INGRESS_POSTURE &&
	       verdict.identity == expected->verdict.identity;
}

static const char *__init test_evaluator(void)
{
	const char *failed = NULL;
	struct rt_bundle *bundle;
	struct rt_fault fault;
	unsigned int i;

	bundle = kmalloc(sizeof(*bundle), GFP_KERNEL);
	if (!bundle)
		return "no memory for a bundle";

	if (!rt_bundle_open(bundle, selftest_bundle, sizeof(selftest_bundle) - 1, &fault))
		failed = "a bundle that is cut short is accepted";
	else if (rt_bundle_open(bundle, selftest_bundle, sizeof(selftest_bundle), &fault))
		failed = "a good bundle is refused";
	for (i = 0; !failed && i < ARRAY_SIZE(decisions); i++) {
		if (!decides(bundle, &decisions[i]))
			failed = "wrong decision of a known connection";
	}
	kfree(bundle);
	return failed;
}

/**
 * rt_selftest() - test what the module leans on
 *
 * rt_transaction_init() and rt_hook_init() must have run. Return: 0 or -ENOTRECOVERABLE, with a
 * line in the log.
 */
int __init rt_selftest(void)
{
	const char *failed = rt_transaction_selftest() ?: test_evaluator() ?: rt_gate_selftest() ?:
			     rt_datagrams_selftest();

	if (!failed)
		return 0;
	pr_err("self-test failed: %s\n", failed);
	return -ENOTRECOVERABLE;
}
