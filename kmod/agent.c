// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the agent tells the kernel over netlink, and what it can ask.
 *
 * All that it says is checked here; requests.c has what becomes of it.
 */
#include <linux/netlink.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "agent.h"
#include "images.h"
#include "reason.h"
#include "requests.h"
#include "uapi/riptides.h"

static_assert(RIPTIDES_LABELS_MAX <= RT_MAX_LABELS, "an evaluation takes all labels");
static_assert(RIPTIDES_LABEL_LENGTH <= RT_MAX_LABEL_LENGTH, "a bundle can hold each label");

/* Makes the socket of a command that of the agent. */
int rt_agent_attach(struct genl_info *info, const struct genl_family *family)
{
	return rt_requests_attach(family, info->snd_portid, task_tgid_nr(current), info->extack);
}

static int check_agent(const struct genl_info *info)
{
	if (rt_requests_is_agent(info->snd_portid))
		return 0;
	return rt_fail(info->extack, -EPERM, "only the agent that is attached may do this");
}

/* Counts the labels of a message, and their bytes. */
static int measure(struct genl_info *info, u32 *count, u32 *size)
{
	const struct nlattr *attribute;
	int left;

	*count = 0;
	*size = 0;
	nlmsg_for_each_attr(attribute, info->nlhdr, GENL_HDRLEN, left) {
		if (nla_type(attribute) != RIPTIDES_A_AGENT_LABEL)
			continue;
		++*count;
		*size += nla_len(attribute);
		if (*count > RIPTIDES_LABELS_MAX || *size > RIPTIDES_LABELS_SIZE)
			return rt_fail(info->extack, -E2BIG,
				       "a process can have %d labels with %d bytes",
				       RIPTIDES_LABELS_MAX, RIPTIDES_LABELS_SIZE);
	}
	return 0;
}

static void fill(struct rt_agent_labels *labels, struct genl_info *info)
{
	u8 *text = (u8 *)&labels->label[labels->count];
	const struct nlattr *attribute;
	struct rt_bytes *label = labels->label;
	int left;

	nlmsg_for_each_attr(attribute, info->nlhdr, GENL_HDRLEN, left) {
		if (nla_type(attribute) != RIPTIDES_A_AGENT_LABEL)
			continue;
		memcpy(text, nla_data(attribute), nla_len(attribute));
		*label++ = (struct rt_bytes) { text, nla_len(attribute) };
		text += nla_len(attribute);
	}
}

/* The labels of a message, or an error. */
static struct rt_agent_labels *labels_of(struct genl_info *info)
{
	struct nlattr *generation = info->attrs[RIPTIDES_A_AGENT_GENERATION];
	struct rt_agent_labels *labels;
	u32 count, size;
	int err;

	err = measure(info, &count, &size);
	if (err)
		return ERR_PTR(err);
	labels = kzalloc(struct_size(labels, label, count) + size, GFP_KERNEL_ACCOUNT);
	if (!labels)
		return ERR_PTR(-ENOMEM);
	labels->generation = generation ? nla_get_u64(generation) : 0;
	labels->count = count;
	labels->size = size;
	fill(labels, info);
	return labels;
}

/* Answers a request. */
int rt_agent_answer(struct genl_info *info)
{
	struct nlattr *request = info->attrs[RIPTIDES_A_AGENT_REQUEST];
	struct rt_agent_labels *labels;
	int err;

	err = check_agent(info);
	if (err)
		return err;
	if (!request)
		return rt_fail(info->extack, -EINVAL, "an answer needs the number of its request");
	labels = labels_of(info);
	if (IS_ERR(labels))
		return PTR_ERR(labels);
	return rt_requests_answer(nla_get_u64(request), labels, info->extack);
}

/* Replaces the labels of an image. */
int rt_agent_tell(struct genl_info *info)
{
	struct nlattr *image = info->attrs[RIPTIDES_A_AGENT_IMAGE];
	struct nlattr *pid = info->attrs[RIPTIDES_A_AGENT_PID];
	struct rt_agent_labels *labels;
	int err;

	err = check_agent(info);
	if (err)
		return err;
	if (!image || !pid)
		return rt_fail(info->extack, -EINVAL, "labels need the image and its process");
	labels = labels_of(info);
	if (IS_ERR(labels))
		return PTR_ERR(labels);
	return rt_requests_tell(nla_get_u32(pid), nla_get_u64(image), labels, info->extack);
}

static struct rt_image_place *place_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct rt_image_place) > sizeof(cb->ctx));
	return (struct rt_image_place *)cb->ctx;
}

struct message {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct genl_family *family;
};

static bool add_message(const struct rt_image *image, void *data)
{
	const struct message *message = data;
	struct sk_buff *skb = message->skb;
	void *header = genlmsg_put(skb, NETLINK_CB(message->cb->skb).portid,
				   message->cb->nlh->nlmsg_seq, message->family, NLM_F_MULTI,
				   RIPTIDES_CMD_IMAGES);

	if (!header)
		return false;
	if (nla_put_u64_64bit(skb, RIPTIDES_A_AGENT_IMAGE, image->number, RIPTIDES_A_AGENT_PAD) ||
	    nla_put_u32(skb, RIPTIDES_A_AGENT_PID, pid_nr(image->pid)) ||
	    nla_put_string(skb, RIPTIDES_A_AGENT_COMM, image->name) ||
	    (rcu_access_pointer(image->agent_labels) &&
	     nla_put_flag(skb, RIPTIDES_A_AGENT_TOLD))) {
		genlmsg_cancel(skb, header);
		return false;
	}
	genlmsg_end(skb, header);
	return true;
}

/* Before the first part of the list of images. */
int rt_agent_images_start(struct netlink_callback *cb)
{
	*place_of(cb) = (struct rt_image_place) {};
	return 0;
}

/**
 * rt_agent_images_next() - the next part of the list of images
 * @skb: takes it
 * @cb: the dump
 * @family: of the messages
 *
 * Return: its bytes, 0 at the end.
 */
int rt_agent_images_next(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct genl_family *family)
{
	struct message message = { .skb = skb, .cb = cb, .family = family };

	if (rt_images_visit(place_of(cb), add_message, &message) && !skb->len)
		return -EMSGSIZE;
	return skb->len;
}
