// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reads messages of DNS. They come from whoever can send a packet, so nothing in them is believed:
 * every read is held against the end, and a compressed name can only lead backwards.
 */
#include "dns.h"
#include "tables.h"

enum {
	HEADER_SIZE = 12,
	LABEL_LENGTH = 63,
	POINTER = 0xc0,			/* the two bits that mark one */
	CLASS_IN = 1,
	TYPE_A = 1,
	TYPE_CNAME = 5,
	TYPE_AAAA = 28,
	FLAG_RESPONSE = 0x8000,
	FLAGS_OPCODE = 0x7800,
	FLAG_CUT_OFF = 0x0200,
	FLAGS_ERROR = 0x000f,
};

/* What is left of a message to read. */
struct cursor {
	const u8 *message;
	u32 at;
	u32 end;
};

/* A record, but for its owner. */
struct record {
	u32 type;
	u32 class;
	u32 ttl;
	u32 data;			/* where it begins */
	u32 length;
};

static bool read_u16(struct cursor *c, u32 *number)
{
	if (c->end - c->at < 2)
		return false;
	*number = (u32)c->message[c->at] << 8 | c->message[c->at + 1];
	c->at += 2;
	return true;
}

static bool read_u32(struct cursor *c, u32 *number)
{
	u32 high, low;

	if (!read_u16(c, &high) || !read_u16(c, &low))
		return false;
	*number = high << 16 | low;
	return true;
}

/* In lower case; 0 when no host name has it. A dot would make two labels of one. */
static u8 letter_of(u8 byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (u8)(byte + ('a' - 'A'));
	if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
	    byte == '_')
		return byte;
	return 0;
}

/* Adds a label; of a name that no host has, nothing more is kept. */
static void add_label(struct rt_dns_name *name, bool *is_host, const u8 *label, u32 length)
{
	u32 dot = name->length > 0 ? 1 : 0;
	u32 i;

	if (name->length + dot + length > RT_MAX_HOST_NAME_LENGTH)
		*is_host = false;
	if (!*is_host)
		return;
	if (dot)
		name->bytes[name->length++] = '.';
	for (i = 0; i < length; i++) {
		u8 letter = letter_of(label[i]);

		if (!letter)
			*is_host = false;
		name->bytes[name->length++] = letter;
	}
}

/*
 * Reads a name; what is a name in DNS, and not of a host, is read as the empty one. Each pointer
 * leads to before the place where the bytes began that it ends, so there is an end to them, and
 * no name has more than 255 bytes in all.
 */
static bool read_name(struct cursor *c, struct rt_dns_name *name)
{
	bool is_host = true;
	u32 began = c->at;		/* the bytes that are read now */
	u32 at = c->at;
	u32 after = 0;			/* where the first pointer ends; 0: there was none */
	u32 total = 0;
	u32 length;

	name->length = 0;
	for (;;) {
		if (at >= c->end)
			return false;
		length = c->message[at];
		if ((length & POINTER) == POINTER) {
			u32 target;

			if (c->end - at < 2)
				return false;
			target = (length & ~(u32)POINTER) << 8 | c->message[at + 1];
			if (target >= began)
				return false;
			if (after == 0)
				after = at + 2;
			began = target;
			at = target;
			continue;
		}
		if (length > LABEL_LENGTH)
			return false;
		at++;
		total += length + 1;
		if (length == 0)
			break;
		if (total >= RT_MAX_HOST_NAME_LENGTH + 2 || length > c->end - at)
			return false;
		add_label(name, &is_host, c->message + at, length);
		at += length;
	}
	if (!is_host)
		name->length = 0;
	c->at = after ? after : at;
	return true;
}

/* The empty name stands for all that are no host names: it is the same as none. */
static bool same_name(const struct rt_dns_name *x, const struct rt_dns_name *y)
{
	return x->length > 0 && x->length == y->length &&
	       rt_same_bytes(x->bytes, y->bytes, x->length);
}

/* The header, up to the counts of records; there must be one question. */
static bool read_header(struct cursor *c, const u8 *message, u32 length, u32 *id, u32 *flags,
			u32 *answers)
{
	u32 questions;

	*c = (struct cursor){ message, 0, length };
	if (length < HEADER_SIZE || !read_u16(c, id) || !read_u16(c, flags) ||
	    !read_u16(c, &questions) || !read_u16(c, answers))
		return false;
	c->at = HEADER_SIZE;
	return questions == 1 && (*flags & FLAGS_OPCODE) == 0;
}

static bool read_question(struct cursor *c, u32 id, struct rt_dns_question *question)
{
	u32 type, class;

	if (!read_name(c, &question->name) || !read_u16(c, &type) || !read_u16(c, &class))
		return false;
	question->id = (u16)id;
	question->type = (u16)type;
	return class == CLASS_IN && (type == TYPE_A || type == TYPE_AAAA) &&
	       question->name.length > 0;
}

bool rt_dns_query(const u8 *message, u32 length, struct rt_dns_question *question)
{
	struct cursor c;
	u32 id, flags, answers;

	return read_header(&c, message, length, &id, &flags, &answers) &&
	       !(flags & FLAG_RESPONSE) && read_question(&c, id, question);
}

bool rt_dns_asked(const u8 *message, u32 length, struct rt_dns_question *question)
{
	struct cursor c;
	u32 id, flags, answers;

	return read_header(&c, message, length, &id, &flags, &answers) &&
	       (flags & FLAG_RESPONSE) && read_question(&c, id, question);
}

static bool read_record(struct cursor *c, struct rt_dns_name *owner, struct record *r)
{
	if (!read_name(c, owner) || !read_u16(c, &r->type) || !read_u16(c, &r->class) ||
	    !read_u32(c, &r->ttl) || !read_u16(c, &r->length) || r->length > c->end - c->at)
		return false;
	r->data = c->at;
	c->at += r->length;
	/* RFC 2181, 8: what looks negative is zero. */
	if (r->ttl > 0x7fffffff)
		r->ttl = 0;
	return true;
}

/* The name that a record's owner is an alias of. It fills the data. */
static bool read_alias(const struct cursor *c, const struct record *r, struct rt_dns_name *name)
{
	struct cursor data = { c->message, r->data, r->data + r->length };

	return read_name(&data, name) && data.at == data.end;
}

static bool take_address(const struct cursor *c, const struct record *r,
			 struct rt_dns_addresses *addresses)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	u32 start = r->type == TYPE_A ? sizeof(mapped) : 0;
	u8 *address;
	u32 i;

	if (r->length != 16 - start)
		return false;
	if (addresses->count == RT_DNS_ADDRESSES)
		return true;
	address = addresses->address[addresses->count++];
	for (i = 0; i < start; i++)
		address[i] = mapped[i];
	for (i = start; i < 16; i++)
		address[i] = c->message[r->data + i - start];
	return true;
}

bool rt_dns_answer(const u8 *message, u32 length, struct rt_dns_addresses *addresses)
{
	struct rt_dns_question question;
	struct rt_dns_name owner;
	struct cursor c;
	u32 id, flags, answers;
	u32 aliases = 0;

	addresses->ttl = 0x7fffffff;
	addresses->count = 0;
	if (!read_header(&c, message, length, &id, &flags, &answers) ||
	    (flags & (FLAG_RESPONSE | FLAG_CUT_OFF | FLAGS_ERROR)) != FLAG_RESPONSE ||
	    !read_question(&c, id, &question))
		return false;
	/* Each record takes some bytes, so a count that lies ends with them. */
	for (; answers > 0; answers--) {
		struct record r;

		if (!read_record(&c, &owner, &r))
			return false;
		/* From here on the question's name is that which an alias led to. */
		if (r.class != CLASS_IN || !same_name(&owner, &question.name))
			continue;
		if (r.type == TYPE_CNAME) {
			/* An alias has no addresses of its own. */
			if (addresses->count > 0 || ++aliases > RT_DNS_CHAIN ||
			    !read_alias(&c, &r, &question.name))
				return false;
		} else if (r.type == question.type) {
			if (!take_address(&c, &r, addresses))
				return false;
		} else {
			continue;
		}
		if (r.ttl < addresses->ttl)
			addresses->ttl = r.ttl;
	}
	return addresses->count > 0;
}
