// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands about host names: what the agent says of them, whose answers of DNS are believed,
 * and the list of what is held.
 */
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "learn.h"
#include "names.h"
#include "names_netlink.h"
#include "reason.h"
#include "uapi/riptides.h"

static bool is_host_name(const struct rt_bytes *text)
{
	u32 i;

	for (i = 0; i < text->length; i++) {
		u8 byte = text->bytes[i];

		if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') &&
		    byte != '-' && byte != '_' && byte != '.')
			return false;
	}
	return text->length > 0;
}

/* The next address of a message; all of it is checked before anything is changed. */
static int read_address(const u8 *bytes, struct rt_name_address *address,
			struct netlink_ext_ack *extack)
{
	memcpy(address->address, bytes, RIPTIDES_ADDRESS_SIZE);
	memcpy(&address->seconds, bytes + RIPTIDES_ADDRESS_SIZE, sizeof(address->seconds));
	if (!rt_names_can_have(address->address))
		return rt_fail(extack, -EINVAL,
			       "%pI6c is no address of a host: nothing was changed",
			       address->address);
	if (!address->seconds || address->seconds > RIPTIDES_NAME_TTL_MAX)
		return rt_fail(extack, -EINVAL,
			       "an address is held for 1 to %u seconds, not %u: nothing was changed",
			       RIPTIDES_NAME_TTL_MAX, address->seconds);
	return 0;
}

static int replace(const struct rt_bytes *text, const struct rt_name_address *addresses,
		   unsigned int count, struct netlink_ext_ack *extack)
{
	u64 generation;
	int err;

	if (!rt_names_matter(text, &generation))
		return rt_fail(extack, -ENOENT,
			       "the bundle in force does not look at %.*s: nothing was changed",
			       (int)text->length, text->bytes);
	err = rt_names_replace(text, generation, addresses, count);
	if (err == -EAGAIN)
		return rt_fail(extack, err, "another bundle has come into force: say it again");
	return err;
}

int rt_names_do_set(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *name = info->attrs[RIPTIDES_A_NAMES_SET_NAME];
	struct nlattr *list = info->attrs[RIPTIDES_A_NAMES_SET_ADDRESSES];
	unsigned int count = list ? nla_len(list) / RIPTIDES_NAME_ADDRESS_SIZE : 0;
	struct rt_name_address *addresses;
	struct rt_bytes text;
	unsigned int i;
	int err = 0;

	if (!name || (list && nla_len(list) % RIPTIDES_NAME_ADDRESS_SIZE))
		return rt_fail(info->extack, -EINVAL,
			       "needs a name, and addresses of %u bytes each",
			       RIPTIDES_NAME_ADDRESS_SIZE);
	text = (struct rt_bytes) { .bytes = nla_data(name), .length = nla_len(name) };
	if (!is_host_name(&text))
		return rt_fail(info->extack, -EINVAL,
			       "the name is no host name in lower case: nothing was changed");
	addresses = kcalloc(count ?: 1, sizeof(*addresses), GFP_KERNEL);
	if (!addresses)
		return -ENOMEM;
	for (i = 0; i < count && !err; i++)
		err = read_address((u8 *)nla_data(list) + i * RIPTIDES_NAME_ADDRESS_SIZE,
				   &addresses[i], info->extack);
	if (!err)
		err = replace(&text, addresses, count, info->extack);
	kfree(addresses);
	return err;
}

int rt_names_do_resolvers(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *list = info->attrs[RIPTIDES_A_RESOLVERS_ADDRESSES];
	struct nlattr *grace = info->attrs[RIPTIDES_A_RESOLVERS_GRACE];

	if (list && nla_len(list) % RIPTIDES_ADDRESS_SIZE)
		return rt_fail(info->extack, -EINVAL, "addresses have %u bytes each",
			       RIPTIDES_ADDRESS_SIZE);
	return rt_learn_from(list ? nla_data(list) : NULL,
			     list ? nla_len(list) / RIPTIDES_ADDRESS_SIZE : 0,
			     grace ? nla_get_u32(grace) : RIPTIDES_NAMES_GRACE, info->extack);
}

static struct rt_name_place *place_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct rt_name_place) > sizeof(cb->ctx));
	return (struct rt_name_place *)cb->ctx;
}

struct message {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct genl_family *family;
};

static int put_entry(struct sk_buff *skb, const struct rt_name_entry *entry)
{
	if (nla_put(skb, RIPTIDES_A_NAME_NAME, entry->name.length, entry->name.bytes) ||
	    nla_put(skb, RIPTIDES_A_NAME_ADDRESS, RIPTIDES_ADDRESS_SIZE, entry->address))
		return -EMSGSIZE;
	if (entry->left[RT_NAME_SOURCE_AGENT] &&
	    nla_put_u32(skb, RIPTIDES_A_NAME_AGENT_LEFT, entry->left[RT_NAME_SOURCE_AGENT]))
		return -EMSGSIZE;
	if (entry->left[RT_NAME_SOURCE_DNS] &&
	    nla_put_u32(skb, RIPTIDES_A_NAME_DNS_LEFT, entry->left[RT_NAME_SOURCE_DNS]))
		return -EMSGSIZE;
	return 0;
}

static bool add_message(const struct rt_name_entry *entry, void *data)
{
	const struct message *message = data;
	struct sk_buff *skb = message->skb;
	void *header = genlmsg_put(skb, NETLINK_CB(message->cb->skb).portid,
				   message->cb->nlh->nlmsg_seq, message->family, NLM_F_MULTI,
				   RIPTIDES_CMD_NAMES);

	if (!header)
		return false;
	if (put_entry(skb, entry)) {
		genlmsg_cancel(skb, header);
		return false;
	}
	genlmsg_end(skb, header);
	return true;
}

/* Before the first part of the list. */
int rt_names_start(struct netlink_callback *cb)
{
	*place_of(cb) = (struct rt_name_place) {};
	return 0;
}

/**
 * rt_names_next() - the next part of the list
 * @skb: takes it
 * @cb: the dump
 * @family: of the messages
 *
 * Return: its bytes, 0 at the end.
 */
int rt_names_next(struct sk_buff *skb, struct netlink_callback *cb,
		  const struct genl_family *family)
{
	struct message message = { .skb = skb, .cb = cb, .family = family };

	if (rt_names_visit(place_of(cb), add_message, &message) && !skb->len)
		return -EMSGSIZE;
	return skb->len;
}
