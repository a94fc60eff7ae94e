/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from spec/riptides.yaml by `npm run generate`. Do not edit. */
#ifndef _RT_NETLINK_POLICY_H
#define _RT_NETLINK_POLICY_H

#include <net/netlink.h>
#include "uapi/riptides.h"

static const struct nla_policy rt_begin_policy[RIPTIDES_A_BEGIN_DIGEST + 1] = {
	[RIPTIDES_A_BEGIN_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[RIPTIDES_A_BEGIN_SIZE] = { .type = NLA_U32 },
	[RIPTIDES_A_BEGIN_DIGEST] = NLA_POLICY_EXACT_LEN(RIPTIDES_DIGEST_SIZE),
};

static const struct nla_policy rt_chunk_policy[RIPTIDES_A_CHUNK_COPY_LENGTH + 1] = {
	[RIPTIDES_A_CHUNK_OFFSET] = { .type = NLA_U32 },
	[RIPTIDES_A_CHUNK_DATA] = NLA_POLICY_RANGE(NLA_BINARY, 1, RIPTIDES_CHUNK_SIZE),
	[RIPTIDES_A_CHUNK_COPY_FROM] = { .type = NLA_U32 },
	[RIPTIDES_A_CHUNK_COPY_LENGTH] = { .type = NLA_U32 },
};

static struct netlink_range_validation rt_commit_confirm_within_range = {
	.min = 1,
	.max = RIPTIDES_CONFIRM_WITHIN_MAX,
};

static const struct nla_policy rt_commit_policy[RIPTIDES_A_COMMIT_CONFIRM_WITHIN + 1] = {
	[RIPTIDES_A_COMMIT_CHECK_ONLY] = { .type = NLA_FLAG },
	[RIPTIDES_A_COMMIT_CONFIRM_WITHIN] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &rt_commit_confirm_within_range),
};

static const struct nla_policy rt_confirm_policy[RIPTIDES_A_CONFIRM_GENERATION + 1] = {
	[RIPTIDES_A_CONFIRM_GENERATION] = { .type = NLA_U64 },
};

static const struct nla_policy rt_rollback_policy[RIPTIDES_A_ROLLBACK_DIGEST + 1] = {
	[RIPTIDES_A_ROLLBACK_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[RIPTIDES_A_ROLLBACK_DIGEST] = NLA_POLICY_EXACT_LEN(RIPTIDES_DIGEST_SIZE),
};

static const struct nla_policy rt_answer_policy[RIPTIDES_A_AGENT_LABEL + 1] = {
	[RIPTIDES_A_AGENT_REQUEST] = { .type = NLA_U64 },
	[RIPTIDES_A_AGENT_GENERATION] = { .type = NLA_U64 },
	[RIPTIDES_A_AGENT_LABEL] = NLA_POLICY_RANGE(NLA_BINARY, 1, RIPTIDES_LABEL_LENGTH),
};

static const struct nla_policy rt_tell_policy[RIPTIDES_A_AGENT_LABEL + 1] = {
	[RIPTIDES_A_AGENT_IMAGE] = { .type = NLA_U64 },
	[RIPTIDES_A_AGENT_PID] = { .type = NLA_U32 },
	[RIPTIDES_A_AGENT_GENERATION] = { .type = NLA_U64 },
	[RIPTIDES_A_AGENT_LABEL] = NLA_POLICY_RANGE(NLA_BINARY, 1, RIPTIDES_LABEL_LENGTH),
};

static const struct nla_policy rt_names_set_policy[RIPTIDES_A_NAMES_SET_ADDRESSES + 1] = {
	[RIPTIDES_A_NAMES_SET_NAME] = NLA_POLICY_RANGE(NLA_BINARY, 1, RIPTIDES_HOST_NAME_SIZE),
	[RIPTIDES_A_NAMES_SET_ADDRESSES] =
		NLA_POLICY_RANGE(NLA_BINARY, RIPTIDES_NAME_ADDRESS_SIZE, RIPTIDES_NAMES_SET_SIZE),
};

static struct netlink_range_validation rt_resolvers_grace_range = {
	.min = 1,
	.max = RIPTIDES_NAMES_GRACE_MAX,
};

static const struct nla_policy rt_resolvers_set_policy[RIPTIDES_A_RESOLVERS_GRACE + 1] = {
	[RIPTIDES_A_RESOLVERS_ADDRESSES] =
		NLA_POLICY_RANGE(NLA_BINARY, RIPTIDES_ADDRESS_SIZE, RIPTIDES_RESOLVERS_SIZE),
	[RIPTIDES_A_RESOLVERS_GRACE] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &rt_resolvers_grace_range),
};

#endif /* _RT_NETLINK_POLICY_H */
