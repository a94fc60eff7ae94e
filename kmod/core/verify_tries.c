// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies that the nodes of a trie are in order and hang together. */
#include "verify.h"

bool rt_is_clean_prefix(const u8 *address, u32 size, u32 prefix_length)
{
	u32 bit;

	if (prefix_length > size * 8)
		return false;
	for (bit = prefix_length; bit < size * 8; bit++)
		if (rt_bit(address, bit))
			return false;
	return true;
}

/* Whether a prefix lies on one side of a node. The bits of `inner` need not have been checked. */
static bool on_side(const struct rt_ip_layout *family, const struct rt_node *node,
		    const struct rt_node *inner, u32 side)
{
	return node->prefix_length < family->size * 8 &&
	       inner->prefix_length > node->prefix_length &&
	       rt_same_bits(inner->address, node->address, node->prefix_length) &&
	       rt_bit(inner->address, node->prefix_length) == side;
}

static int check_children(struct rt_check *c, const struct rt_ip_layout *family, u32 index,
			  const struct rt_node *node)
{
	u32 count = rt_count(c->b, family->trie);

	if (node->left != RT_NONE) {
		struct rt_node left;

		if (node->left != index + 1 || node->left >= count)
			return rt_refuse(c, family->trie, index,
					 "the left child is not the next node");
		left = rt_node(c->b, family, node->left);
		if (!on_side(family, node, &left, 0))
			return rt_refuse(c, family->trie, index,
					 "the left child does not belong there");
	}
	if (node->right != RT_NONE) {
		struct rt_node right, before;

		if (node->right <= index || node->right >= count)
			return rt_refuse(c, family->trie, index, "the right child is out of range");
		right = rt_node(c->b, family, node->right);
		if (!on_side(family, node, &right, 1))
			return rt_refuse(c, family->trie, index,
					 "the right child does not belong there");
		before = rt_node(c->b, family, node->right - 1);
		if (on_side(family, node, &before, 1))
			return rt_refuse(c, family->trie, index,
					 "the right child is not the first of its side");
	}
	return 0;
}

/* Whether a node comes after another in the order of the trie. */
static bool comes_after(const struct rt_ip_layout *family, const struct rt_node *node,
			const struct rt_node *before)
{
	u32 i;

	for (i = 0; i < family->size; i++)
		if (node->address[i] != before->address[i])
			return node->address[i] > before->address[i];
	return node->prefix_length > before->prefix_length;
}

/* One node: its prefix, its order and its children. */
static int check_node(struct rt_check *c, const struct rt_ip_layout *family, u32 index,
		      u32 *children)
{
	struct rt_node node = rt_node(c->b, family, index);
	u32 own = (node.left != RT_NONE) + (node.right != RT_NONE);

	if (!rt_is_clean_prefix(node.address, family->size, node.prefix_length))
		return rt_refuse(c, family->trie, index, "a prefix has bits beyond its length");
	if (index == 0) {
		if (node.prefix_length != 0)
			return rt_refuse(c, family->trie, index,
					 "the root is not the empty prefix");
		if (own == 0 && node.ports.count == 0)
			return rt_refuse(c, family->trie, index, "the trie says nothing");
	} else {
		struct rt_node before = rt_node(c->b, family, index - 1);

		if (!comes_after(family, &node, &before))
			return rt_refuse(c, family->trie, index, "nodes are not ascending");
		if (own < 2 && node.ports.count == 0)
			return rt_refuse(c, family->trie, index,
					 "a node without ports does not branch");
	}
	*children += own;
	return check_children(c, family, index, &node);
}

/*
 * As the nodes are in order and a right child is the first node of its side, no node can be the
 * child of two; when there are as many children as nodes other than the root, each of
 * these is the child of one, and all hang together.
 */
int rt_check_nodes(struct rt_check *c, const struct rt_ip_layout *family)
{
	u32 count = rt_count(c->b, family->trie);
	u32 children = 0;
	u32 i;
	int err;

	for (i = 0; i < count; i++) {
		rt_relax();
		err = check_node(c, family, i, &children);
		if (err)
			return err;
	}
	if (count > 0 && children != count - 1)
		return rt_refuse(c, family->trie, RT_NONE, "a node is the child of none");
	return 0;
}
