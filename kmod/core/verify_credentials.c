// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Verifies what is said of certificates and credentials. The evaluator does not look at it. */
#include "verify.h"

/* A list of strings. */
static int check_texts(struct rt_check *c, u32 svid, struct rt_slice texts, u32 *next)
{
	const struct rt_slice_check slice = {
		RT_SECTION_SVIDS, svid, RT_SECTION_TEXTS, 0, RT_NONE
	};
	u32 i;
	int err;

	err = rt_check_slice(c, &slice, texts, next);
	if (err)
		return err;
	for (i = texts.first; i < texts.first + texts.count; i++) {
		const struct rt_text *t = rt_text(c->b, i);

		err = rt_check_string(c, RT_SECTION_TEXTS, i, t->text_offset, t->text_length,
				      RT_MAX_STRING_LENGTH);
		if (err)
			return err;
	}
	return 0;
}

static int check_svids(struct rt_check *c)
{
	u32 next = 0;
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_SVIDS); i++) {
		const struct rt_svid *s = rt_svid(c->b, i);
		u32 identity = le32_to_cpu(s->identity);
		struct rt_slice names = rt_slice(s->dns_names_first, s->dns_names_count);
		struct rt_slice audiences = rt_slice(s->audiences_first, s->audiences_count);

		c->needs |= RT_FEATURE_TLS;
		if (identity >= rt_count(c->b, RT_SECTION_IDENTITIES))
			return rt_refuse(c, RT_SECTION_SVIDS, i, "a number is out of range");
		if (i > 0 && identity <= le32_to_cpu(rt_svid(c->b, i - 1)->identity))
			return rt_refuse(c, RT_SECTION_SVIDS, i, "identities are not ascending");
		if (le32_to_cpu(s->x509_ttl) == 0 && le32_to_cpu(s->jwt_ttl) == 0 &&
		    names.count == 0 && audiences.count == 0)
			return rt_refuse(c, RT_SECTION_SVIDS, i, "the record says nothing");
		err = check_texts(c, i, names, &next);
		if (err)
			return err;
		err = check_texts(c, i, audiences, &next);
		if (err)
			return err;
	}
	return rt_check_end(c, RT_SECTION_TEXTS, next);
}

static int check_sources(struct rt_check *c)
{
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_SOURCES); i++) {
		const struct rt_source *s = rt_source(c->b, i);
		u32 provider = le32_to_cpu(s->provider);

		err = rt_check_string(c, RT_SECTION_SOURCES, i, s->name_offset, s->name_length,
				      RT_MAX_STRING_LENGTH);
		if (err)
			return err;
		if (i > 0 && le32_to_cpu(s->name_offset) <=
			     le32_to_cpu(rt_source(c->b, i - 1)->name_offset))
			return rt_refuse(c, RT_SECTION_SOURCES, i, "names are not ascending");
		if (provider < RT_PROVIDER_KUBERNETES || provider > RT_PROVIDER_CONJUR)
			return rt_refuse(c, RT_SECTION_SOURCES, i, "a provider is not known");
	}
	return 0;
}

/* By identity, then by name. */
static bool comes_after(const struct rt_binding *binding, const struct rt_binding *before)
{
	if (binding->identity != before->identity)
		return le32_to_cpu(binding->identity) > le32_to_cpu(before->identity);
	return le32_to_cpu(binding->name_offset) > le32_to_cpu(before->name_offset);
}

static int check_binding(struct rt_check *c, u32 index)
{
	const struct rt_binding *binding = rt_binding(c->b, index);
	u32 set = le32_to_cpu(binding->set);
	u32 flags = le32_to_cpu(binding->flags);
	int err;

	err = rt_check_string(c, RT_SECTION_BINDINGS, index, binding->name_offset,
			      binding->name_length, RT_MAX_STRING_LENGTH);
	if (err)
		return err;
	if (le32_to_cpu(binding->identity) >= rt_count(c->b, RT_SECTION_IDENTITIES) ||
	    le32_to_cpu(binding->source) >= rt_count(c->b, RT_SECTION_SOURCES) ||
	    (set != RT_NONE && set >= c->b->set_count))
		return rt_refuse(c, RT_SECTION_BINDINGS, index, "a number is out of range");
	if (index > 0 && !comes_after(binding, rt_binding(c->b, index - 1)))
		return rt_refuse(c, RT_SECTION_BINDINGS, index, "bindings are not ascending");
	if (flags & ~RT_BINDING_FLAGS)
		return rt_refuse(c, RT_SECTION_BINDINGS, index, "a flag is not known");
	if (set == RT_NONE && !(flags & RT_BINDING_SYSFS))
		return rt_refuse(c, RT_SECTION_BINDINGS, index,
				 "a credential is delivered nowhere");
	return rt_check_use(c, RT_SECTION_BINDINGS, index, binding->condition, RT_FIELDS_OF_TIME);
}

static int check_bindings(struct rt_check *c)
{
	u32 i;
	int err;

	for (i = 0; i < rt_count(c->b, RT_SECTION_BINDINGS); i++) {
		c->needs |= RT_FEATURE_CREDENTIALS;
		err = check_binding(c, i);
		if (err)
			return err;
	}
	return 0;
}

int rt_check_credentials(struct rt_check *c)
{
	int err;

	err = check_svids(c);
	if (err)
		return err;
	err = check_sources(c);
	if (err)
		return err;
	return check_bindings(c);
}
