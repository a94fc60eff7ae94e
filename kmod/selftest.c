// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests at load time of what the module leans on: the hash, the evaluator as this compiler
 * made it, and the kernel's socket operations. When one fails the module does not load.
 */
#include <crypto/sha2.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#include "compat.h"
#include "core/core.h"
#include "gate.h"
#include "selftest.h"
#include "selftest_bundle.h"

/* FIPS 180-4, the one-block example. */
static const u8 abc_digest[SHA256_DIGEST_SIZE] __initconst = {
	0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
	0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
	0x15, 0xad,
};

static const char *__init test_hash(void)
{
	u8 digest[SHA256_DIGEST_SIZE];
	struct sha256_state hash;

	sha256_init(&hash);
	sha256_update(&hash, "ab", 2);
	sha256_update(&hash, "c", 1);
	sha256_final(&hash, digest);
	return memcmp(digest, abc_digest, sizeof(digest)) ? "SHA-256 of a known text" : NULL;
}

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
		return "allocation of a bundle";

	if (!rt_bundle_open(bundle, selftest_bundle, sizeof(selftest_bundle) - 1, &fault))
		failed = "refusal of a bundle that is cut short";
	else if (rt_bundle_open(bundle, selftest_bundle, sizeof(selftest_bundle), &fault))
		failed = "verification of a good bundle";
	for (i = 0; !failed && i < ARRAY_SIZE(decisions); i++) {
		if (!decides(bundle, &decisions[i]))
			failed = "decision of a known connection";
	}
	kfree(bundle);
	return failed;
}

/**
 * rt_selftest() - test what the module leans on
 *
 * rt_hook_init() must have run. Return: 0 or -ENOTRECOVERABLE, with a line in the log.
 */
int __init rt_selftest(void)
{
	const char *failed = test_hash() ?: test_evaluator() ?: rt_gate_selftest();

	if (!failed)
		return 0;
	pr_err("self-test failed: %s\n", failed);
	return -ENOTRECOVERABLE;
}
