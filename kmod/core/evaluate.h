/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The parts of the evaluator: question.c checks what is asked, identify.c finds whom facts
 * describe, template.c makes the workload ID, condition.c runs conditions, search.c finds the rule
 * for a destination, evaluate.c puts them together.
 */
#ifndef RT_CORE_EVALUATE_H
#define RT_CORE_EVALUATE_H

#include "question.h"
#include "tables.h"

/* The rule that decides, and the service through which it was found; both RT_NONE: none. */
struct rt_found {
	u32 rule;
	u32 service;
};

/* Whom the facts describe, or RT_NONE. */
u32 rt_find_identity(const struct rt_bundle *b, struct rt_question *q);

/* Whether an identity, or RT_NONE, has a workload ID: enum rt_filling. */
u32 rt_check_filling(const struct rt_bundle *b, u32 identity, struct rt_question *q);

/* Whether a condition holds; at most as many steps as it has instructions. */
bool rt_run_condition(const struct rt_bundle *b, u32 condition, struct rt_question *q);

/* Whether an instruction is true of a host name that is not true of every other. */
bool rt_conditions_test_name(const struct rt_bundle *b, const struct rt_bytes *name);

/* The entry of a host name in the table of names, or RT_NONE. */
u32 rt_find_name(const struct rt_bundle *b, const struct rt_bytes *name);

/* The first rule of an identity that grants the connection in question. */
struct rt_found rt_find_rule(const struct rt_bundle *b, u32 identity, struct rt_question *q);

#endif /* RT_CORE_EVALUATE_H */
