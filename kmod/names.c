// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses host names have, for names that the bundle in force looks at.
 *
 * A connect has an address, and a policy may have a name. The agent says which addresses names
 * have, and answers of DNS that programs of this host get (learn.c); each says for how long.
 *
 * A verdict that follows from names is kept and looked up by the stamp of its address. The stamp is
 * another one whenever the address gains or loses a name, and none comes back.
 */
#include <linux/errno.h>
#include <linux/in6.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>

#include "generations.h"
#include "names.h"
#include "work.h"

enum {
	BUCKET_BITS = 12,
	BUCKETS = 1 << BUCKET_BITS,
	DROPS_AT_ONCE = 64,		/* while the lock is held */
	LONGEST_SLEEP = 10,		/* seconds: jiffies stand still while the host sleeps */
};

static_assert(RIPTIDES_HOST_NAME_SIZE == RT_MAX_HOST_NAME_LENGTH, "the same names");
static_assert(RIPTIDES_NAMES_SET_SIZE ==
	      RIPTIDES_NAME_ADDRESSES_MAX * RIPTIDES_NAME_ADDRESS_SIZE, "as many as may be said");

/* A name that has addresses. Its text is constant. */
struct name {
	struct rcu_head rcu;
	struct hlist_node node;		/* in its bucket */
	struct list_head holdings;
	unsigned int count;		/* of holdings */
	bool busy;			/* somebody is at work on it: it stays without any */
	u64 pruned;			/* the generation that is known to look at it */
	u32 length;
	u8 text[RT_MAX_HOST_NAME_LENGTH];
};

/* An address that names have. Readers see it through RCU. */
struct rt_named {
	struct rcu_head rcu;
	struct hlist_node node;		/* in its bucket, the latest first */
	u64 number;			/* in the order in which they came; none comes back */
	u64 stamp;			/* is set after the slots, and read before them */
	u64 soonest;			/* when the first of its holdings ends */
	unsigned int count;		/* of slots in use */
	u8 address[16];
	struct holding __rcu *slots[RT_MAX_NAMES];
};

/* That a name has an address. */
struct holding {
	struct rcu_head rcu;
	struct rb_node by_end;
	struct list_head of_name;
	struct name *name;		/* constant, like the next: valid as long as this is */
	struct rt_named *named;
	u64 ends;			/* nanoseconds of boot time: the last of those below */
	u64 until[RT_NAME_SOURCES];	/* 0: never said, or taken back */
	u64 said;			/* the latest call that said it */
};

static struct {
	/*
	 * Guards all below but for what readers see. It is taken in softirqs as well, and nothing
	 * is taken under it but what the workqueue takes.
	 */
	spinlock_t lock;
	siphash_key_t key;		/* constant: whoever chooses addresses does not know it */
	void (*moved)(void);		/* constant */
	/* Holdings of the agent, and of nobody but DNS; that which ends first is the leftmost. */
	struct rb_root_cached by_end[RT_NAME_SOURCES];
	unsigned int count[RT_NAME_SOURCES];	/* of holdings, likewise */
	u64 numbers;			/* the last that was given: number, stamp or call */
	bool changed;			/* an address has gained or lost a name in this call */
} names = {
	.lock = __SPIN_LOCK_UNLOCKED(names.lock),
};

static struct hlist_head by_address[BUCKETS];
static struct hlist_head by_text[BUCKETS];

static void end_some(struct work_struct *work);
static void prune_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(end_work, end_some);
static DECLARE_WORK(prune_work, prune_all);

static u64 now(void)
{
	return ktime_get_coarse_boottime_ns();
}

static struct hlist_head *bucket_of(struct hlist_head *table, const u8 *bytes, u32 length)
{
	return &table[siphash(bytes, length, &names.key) & (BUCKETS - 1)];
}

static struct rt_named *find_named(const u8 *address)
{
	struct rt_named *named;

	hlist_for_each_entry_rcu(named, bucket_of(by_address, address, sizeof(named->address)),
				 node, lockdep_is_held(&names.lock)) {
		if (!memcmp(named->address, address, sizeof(named->address)))
			return named;
	}
	return NULL;
}

/**
 * rt_names_find() - the names of an address
 * @address: 16 bytes, IPv4 in its mapped form
 *
 * Return: what the next functions take, valid for as long as the caller's rcu_read_lock(); NULL
 * when it has none.
 */
const struct rt_named *rt_names_find(const u8 *address)
{
	return find_named(address);
}

/**
 * rt_names_stamp() - what stands for the names that an address has now
 * @named: from rt_names_find()
 *
 * To be read before rt_names_list(): a verdict of these names may then be kept by it.
 *
 * Return: the stamp, 0 for an address without names.
 */
u64 rt_names_stamp(const struct rt_named *named)
{
	/* The slots are read after it: pairs with restamp(). */
	return named ? smp_load_acquire(&named->stamp) : 0;
}

/**
 * rt_names_is_steady() - whether the stamp says all
 * @named: from rt_names_find()
 *
 * Return: false when a name has just ended, and the stamp does not tell yet.
 */
bool rt_names_is_steady(const struct rt_named *named)
{
	return !named || now() < READ_ONCE(named->soonest);
}

/**
 * rt_names_list() - the names that an address has now
 * @named: from rt_names_find()
 * @list: takes them, valid as long as @named
 *
 * Return: how many they are.
 */
u32 rt_names_list(const struct rt_named *named, struct rt_bytes list[RT_MAX_NAMES])
{
	u64 at = now();
	u32 count = 0;
	int i;

	for (i = 0; named && i < RT_MAX_NAMES; i++) {
		const struct holding *holding = rcu_dereference(named->slots[i]);

		if (holding && at < READ_ONCE(holding->ends))
			list[count++] = (struct rt_bytes) {
				.bytes = holding->name->text, .length = holding->name->length,
			};
	}
	return count;
}

static struct holding *slot_of(const struct rt_named *named, int i)
{
	return rcu_dereference_protected(named->slots[i], lockdep_is_held(&names.lock));
}

static struct name *find_name(const struct rt_bytes *text)
{
	struct name *name;

	lockdep_assert_held(&names.lock);
	hlist_for_each_entry(name, bucket_of(by_text, text->bytes, text->length), node) {
		if (name->length == text->length && !memcmp(name->text, text->bytes, text->length))
			return name;
	}
	return NULL;
}

/* When the first of an address's holdings ends. */
static void find_soonest(struct rt_named *named)
{
	u64 soonest = U64_MAX;
	int i;

	for (i = 0; i < RT_MAX_NAMES; i++) {
		const struct holding *holding = slot_of(named, i);

		if (holding)
			soonest = min(soonest, holding->ends);
	}
	WRITE_ONCE(named->soonest, soonest);
}

/* The address has gained or lost a name. */
static void restamp(struct rt_named *named)
{
	lockdep_assert_held(&names.lock);
	find_soonest(named);
	/* The slots are written before it: pairs with rt_names_stamp(). */
	smp_store_release(&named->stamp, ++names.numbers);
	names.changed = true;
}

static bool ends_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct holding, by_end)->ends <
	       rb_entry(b, struct holding, by_end)->ends;
}

/* What the agent says is of the agent, whoever else says it. */
static enum rt_name_source owner_of(const struct holding *holding)
{
	return holding->until[RT_NAME_SOURCE_AGENT] ? RT_NAME_SOURCE_AGENT : RT_NAME_SOURCE_DNS;
}

static void link_by_end(struct holding *holding)
{
	enum rt_name_source owner = owner_of(holding);

	lockdep_assert_held(&names.lock);
	rb_add_cached(&holding->by_end, &names.by_end[owner], ends_before);
	names.count[owner]++;
}

static void unlink_by_end(struct holding *holding)
{
	enum rt_name_source owner = owner_of(holding);

	lockdep_assert_held(&names.lock);
	rb_erase_cached(&holding->by_end, &names.by_end[owner]);
	names.count[owner]--;
}

static struct holding *first_of(enum rt_name_source owner)
{
	struct rb_node *first = rb_first_cached(&names.by_end[owner]);

	return first ? rb_entry(first, struct holding, by_end) : NULL;
}

static struct holding *first_to_end(void)
{
	struct holding *agents = first_of(RT_NAME_SOURCE_AGENT);
	struct holding *learnt = first_of(RT_NAME_SOURCE_DNS);

	if (!agents || !learnt)
		return agents ?: learnt;
	return agents->ends <= learnt->ends ? agents : learnt;
}

static void free_unused(struct name *name)
{
	if (name->count || name->busy)
		return;
	hlist_del(&name->node);
	kfree_rcu(name, rcu);
}

/* A name loses an address. Neither need be there afterwards. */
static void drop(struct holding *holding)
{
	struct rt_named *named = holding->named;
	struct name *name = holding->name;
	int i;

	lockdep_assert_held(&names.lock);
	unlink_by_end(holding);
	list_del(&holding->of_name);
	for (i = 0; i < RT_MAX_NAMES; i++) {
		if (slot_of(named, i) == holding)
			RCU_INIT_POINTER(named->slots[i], NULL);
	}
	restamp(named);
	if (!--named->count) {
		hlist_del_rcu(&named->node);
		kfree_rcu(named, rcu);
	}
	name->count--;
	free_unused(name);
	kfree_rcu(holding, rcu);
}

/* Until when it is held: whatever the last one of those who say so says. */
static void set_until(struct holding *holding, enum rt_name_source source, u64 until)
{
	u64 ends = 0;
	int i;

	lockdep_assert_held(&names.lock);
	unlink_by_end(holding);
	WRITE_ONCE(holding->until[source], until);
	for (i = 0; i < RT_NAME_SOURCES; i++)
		ends = max(ends, holding->until[i]);
	WRITE_ONCE(holding->ends, ends);
	link_by_end(holding);
	find_soonest(holding->named);
}

/* What gives way for another one: what the agent does not say first, then what ends first. */
static bool gives_way_before(const struct holding *a, const struct holding *b)
{
	bool of_agent = a->until[RT_NAME_SOURCE_AGENT];

	if (of_agent != !!b->until[RT_NAME_SOURCE_AGENT])
		return !of_agent;
	return a->ends < b->ends;
}

static void drop_one_of_name(struct name *name)
{
	struct holding *holding, *first = NULL;

	list_for_each_entry(holding, &name->holdings, of_name) {
		if (!first || gives_way_before(holding, first))
			first = holding;
	}
	if (first)
		drop(first);
}

static void drop_one_of_address(struct rt_named *named)
{
	struct holding *first = NULL;
	int i;

	for (i = 0; i < RT_MAX_NAMES; i++) {
		struct holding *holding = slot_of(named, i);

		if (holding && (!first || gives_way_before(holding, first)))
			first = holding;
	}
	if (first)
		drop(first);
}

/* What a call may need, allocated before it takes the lock so that it cannot fail halfway. */
struct stock {
	unsigned int count;		/* of each of the lists */
	struct name *name;
	struct holding **holdings;
	struct rt_named **named;
	void *lists[];
};

static void free_stock(struct stock *stock)
{
	unsigned int i;

	if (!stock)
		return;
	for (i = 0; i < stock->count; i++) {
		kfree(stock->holdings[i]);
		kfree(stock->named[i]);
	}
	kfree(stock->name);
	kfree(stock);
}

static struct stock *new_stock(unsigned int count, gfp_t gfp)
{
	struct stock *stock = kzalloc(struct_size(stock, lists, 2 * count), gfp);
	unsigned int i;

	if (!stock)
		return NULL;
	stock->count = count;
	stock->holdings = (struct holding **)stock->lists;
	stock->named = (struct rt_named **)stock->lists + count;
	stock->name = kzalloc(sizeof(*stock->name), gfp);
	if (!stock->name)
		goto err;
	for (i = 0; i < count; i++) {
		stock->holdings[i] = kzalloc(sizeof(**stock->holdings), gfp);
		stock->named[i] = kzalloc(sizeof(**stock->named), gfp);
		if (!stock->holdings[i] || !stock->named[i])
			goto err;
	}
	return stock;

err:
	free_stock(stock);
	return NULL;
}

static struct name *add_name(const struct rt_bytes *text, struct stock *stock)
{
	struct name *name = stock->name;

	stock->name = NULL;
	INIT_LIST_HEAD(&name->holdings);
	name->length = text->length;
	memcpy(name->text, text->bytes, text->length);
	hlist_add_head(&name->node, bucket_of(by_text, text->bytes, text->length));
	return name;
}

static struct rt_named *add_named(const u8 *address, struct rt_named **stocked)
{
	struct rt_named *named = *stocked;

	*stocked = NULL;
	memcpy(named->address, address, sizeof(named->address));
	named->number = ++names.numbers;
	hlist_add_head_rcu(&named->node,
			   bucket_of(by_address, address, sizeof(named->address)));
	return named;
}

static struct holding *find_holding(const struct name *name, const struct rt_named *named)
{
	int i;

	for (i = 0; named && i < RT_MAX_NAMES; i++) {
		struct holding *holding = slot_of(named, i);

		if (holding && holding->name == name)
			return holding;
	}
	return NULL;
}

/*
 * Makes room for a holding. Any program can have names learnt, so these take half of the room at
 * most, and nothing from what the agent says. Returns false when there is none.
 */
static bool make_room(enum rt_name_source source)
{
	unsigned int learnt = names.count[RT_NAME_SOURCE_DNS];
	bool is_full = learnt + names.count[RT_NAME_SOURCE_AGENT] >= RIPTIDES_NAMES_MAX;

	if (!is_full && (source == RT_NAME_SOURCE_AGENT || learnt < RIPTIDES_NAMES_MAX / 2))
		return true;
	if (learnt)
		drop(first_of(RT_NAME_SOURCE_DNS));
	else if (source == RT_NAME_SOURCE_AGENT)
		drop(first_of(RT_NAME_SOURCE_AGENT));
	else
		return false;
	return true;
}

/* A name gains an address, from the stock, if there is room; what is one too many gives way. */
static void hold(struct name *name, const u8 *address, enum rt_name_source source, u64 until,
		 struct holding **stocked, struct rt_named **stocked_named)
{
	struct holding *holding = *stocked;
	struct rt_named *named;
	int i;

	lockdep_assert_held(&names.lock);
	if (!make_room(source))
		return;
	if (name->count == RIPTIDES_NAME_ADDRESSES_MAX)
		drop_one_of_name(name);
	/* Either may have been the last of the address. */
	named = find_named(address);
	if (named && named->count == RT_MAX_NAMES)
		drop_one_of_address(named);
	if (!named)
		named = add_named(address, stocked_named);

	*stocked = NULL;
	holding->name = name;
	holding->named = named;
	holding->until[source] = until;
	holding->ends = until;
	holding->said = names.numbers;
	list_add(&holding->of_name, &name->holdings);
	link_by_end(holding);
	name->count++;
	named->count++;
	for (i = 0; i < RT_MAX_NAMES; i++) {
		if (!slot_of(named, i)) {
			rcu_assign_pointer(named->slots[i], holding);
			break;
		}
	}
	restamp(named);
}

/* Sets the work on its way that ends what is over. */
static void plan_ends(void)
{
	const struct holding *first = first_to_end();
	u64 at = now();
	u64 left;

	lockdep_assert_held(&names.lock);
	if (!first)
		return;
	left = first->ends > at ? first->ends - at : 0;
	left = min_t(u64, left, (u64)LONGEST_SLEEP * NSEC_PER_SEC);
	mod_delayed_work(rt_workqueue, &end_work, nsecs_to_jiffies(left) + 1);
}

/* Ends a call: the lock is released, and what follows from a change set on its way. */
static void finish(void)
	__releases(&names.lock)
{
	bool changed = names.changed;

	names.changed = false;
	plan_ends();
	spin_unlock_bh(&names.lock);
	if (changed)
		names.moved();
}

static bool is_in_force(u64 generation)
{
	bool is;

	rcu_read_lock();
	is = rt_generation_in_force()->number == generation;
	rcu_read_unlock();
	return is;
}

static u64 end_of(const struct rt_name_address *address, u64 at)
{
	return at + (u64)address->seconds * NSEC_PER_SEC;
}

/* Renews what is held already. */
static void say_again(struct name *name, const struct rt_name_address *address,
		      enum rt_name_source source, u64 at)
{
	struct holding *holding = find_holding(name, find_named(address->address));
	u64 until = end_of(address, at);

	if (!holding)
		return;
	/* Another answer may have promised it for longer. */
	if (source == RT_NAME_SOURCE_DNS)
		until = max(until, holding->until[source]);
	set_until(holding, source, until);
	holding->said = ++names.numbers;
}

/* What the agent said of a name before, and does not say any more. */
static void take_back(struct name *name, u64 call)
{
	struct holding *holding, *next;
	u64 at = now();

	list_for_each_entry_safe(holding, next, &name->holdings, of_name) {
		if (!holding->until[RT_NAME_SOURCE_AGENT] || holding->said >= call)
			continue;
		set_until(holding, RT_NAME_SOURCE_AGENT, 0);
		if (holding->ends <= at)
			drop(holding);
	}
}

static int say(const struct rt_bytes *text, u64 generation,
	       const struct rt_name_address *addresses, unsigned int count,
	       enum rt_name_source source, struct stock *stock)
{
	struct name *name;
	unsigned int i;
	u64 at, call;

	spin_lock_bh(&names.lock);
	/* Whatever comes into force from here on prunes after this. */
	if (!is_in_force(generation)) {
		spin_unlock_bh(&names.lock);
		return -EAGAIN;
	}
	at = now();
	call = ++names.numbers;
	name = find_name(text);
	if (!name)
		name = add_name(text, stock);
	name->pruned = generation;
	name->busy = true;
	/* What is new comes last, so that it does not give way for what is taken back. */
	for (i = 0; i < count; i++)
		say_again(name, &addresses[i], source, at);
	if (source == RT_NAME_SOURCE_AGENT)
		take_back(name, call);
	for (i = 0; i < count; i++) {
		if (!find_holding(name, find_named(addresses[i].address)))
			hold(name, addresses[i].address, source, end_of(&addresses[i], at),
			     &stock->holdings[i], &stock->named[i]);
	}
	name->busy = false;
	free_unused(name);
	finish();
	return 0;
}

/**
 * rt_names_add() - a name has these addresses as well, an answer of DNS says
 * @text: the name, of which rt_names_matter() returned true
 * @generation: that it told of
 * @addresses: those for which rt_names_can_have() returns true
 * @count: how many, up to RT_DNS_ADDRESSES
 *
 * May be called in a softirq. Return: 0; -EAGAIN when another generation is in force; or -ENOMEM.
 */
int rt_names_add(const struct rt_bytes *text, u64 generation,
		 const struct rt_name_address *addresses, unsigned int count)
{
	struct stock *stock = new_stock(count, GFP_ATOMIC | __GFP_NOWARN);
	int err;

	if (!stock)
		return -ENOMEM;
	err = say(text, generation, addresses, count, RT_NAME_SOURCE_DNS, stock);
	free_stock(stock);
	return err;
}

/**
 * rt_names_replace() - a name has these addresses, the agent says, and none that it said before
 * @text: the name, of which rt_names_matter() returned true
 * @generation: that it told of
 * @addresses: those for which rt_names_can_have() returns true
 * @count: how many, up to RIPTIDES_NAME_ADDRESSES_MAX
 *
 * May sleep. Return: as rt_names_add(); unless it is 0, nothing has changed.
 */
int rt_names_replace(const struct rt_bytes *text, u64 generation,
		     const struct rt_name_address *addresses, unsigned int count)
{
	struct stock *stock;
	int err;

	might_sleep();
	stock = new_stock(count, GFP_KERNEL);
	if (!stock)
		return -ENOMEM;
	err = say(text, generation, addresses, count, RT_NAME_SOURCE_AGENT, stock);
	free_stock(stock);
	return err;
}

/**
 * rt_names_matter() - whether the bundle in force looks at a name
 * @text: the name, as the bundle would have it
 * @generation: takes the generation in force
 */
bool rt_names_matter(const struct rt_bytes *text, u64 *generation)
{
	const struct rt_generation *in_force;
	bool matter;

	rcu_read_lock();
	in_force = rt_generation_in_force();
	*generation = in_force->number;
	matter = in_force->bundle && rt_name_matters(&in_force->bundle->opened, text);
	rcu_read_unlock();
	return matter;
}

/**
 * rt_names_can_have() - whether a name can have an address
 * @address: 16 bytes, IPv4 in its mapped form
 *
 * Return: false for that of no host, and those of many: nobody connects to them. The kernel takes
 * the first for another one.
 */
bool rt_names_can_have(const u8 *address)
{
	const struct in6_addr *in6 = (const struct in6_addr *)address;

	if (ipv6_addr_v4mapped(in6)) {
		__be32 v4 = in6->s6_addr32[3];

		return !ipv4_is_zeronet(v4) && !ipv4_is_multicast(v4) && !ipv4_is_lbcast(v4);
	}
	return !ipv6_addr_any(in6) && !ipv6_addr_is_multicast(in6);
}

/* The time of some has come. */
static void end_some(struct work_struct *work)
{
	unsigned int left = DROPS_AT_ONCE;
	struct holding *holding;
	u64 at;

	spin_lock_bh(&names.lock);
	at = now();
	for (holding = first_to_end(); holding && holding->ends <= at; holding = first_to_end()) {
		if (!left--)
			break;
		drop(holding);
	}
	finish();
}

static void drop_name(struct name *name)
{
	struct holding *holding, *next;

	lockdep_assert_held(&names.lock);
	name->busy = true;
	list_for_each_entry_safe(holding, next, &name->holdings, of_name)
		drop(holding);
	name->busy = false;
	free_unused(name);
}

/* The text of a name of a bucket that is not known to matter to a generation. */
static bool next_to_prune(struct hlist_head *bucket, u64 generation, u8 *text, u32 *length)
{
	struct name *name;
	bool found = false;

	spin_lock_bh(&names.lock);
	hlist_for_each_entry(name, bucket, node) {
		if (name->pruned == generation)
			continue;
		name->pruned = generation;
		*length = name->length;
		memcpy(text, name->text, name->length);
		found = true;
		break;
	}
	spin_unlock_bh(&names.lock);
	return found;
}

/* Forgets the names that the bundle in force does not look at. It is asked without the lock. */
static void prune_all(struct work_struct *work)
{
	u8 bytes[RT_MAX_HOST_NAME_LENGTH];
	struct rt_bytes text = { .bytes = bytes };
	struct name *name;
	u64 generation;
	int i;

	rcu_read_lock();
	generation = rt_generation_in_force()->number;
	rcu_read_unlock();
	for (i = 0; i < BUCKETS; i++) {
		cond_resched();
		while (next_to_prune(&by_text[i], generation, bytes, &text.length)) {
			u64 asked;

			/* When yet another one has come into force, this work is queued again. */
			if (rt_names_matter(&text, &asked) || asked != generation)
				continue;
			spin_lock_bh(&names.lock);
			name = find_name(&text);
			if (name && is_in_force(generation))
				drop_name(name);
			finish();
			cond_resched();
		}
	}
}

/* Another generation is in force. */
void rt_names_prune(void)
{
	queue_work(rt_workqueue, &prune_work);
}

static bool show(const struct rt_named *named, int slot, rt_name_visitor *visit, void *data)
{
	const struct holding *holding = rcu_dereference(named->slots[slot]);
	struct rt_name_entry entry = { .address = named->address };
	u64 at = now();
	int i;

	if (!holding)
		return true;
	entry.name = (struct rt_bytes) {
		.bytes = holding->name->text, .length = holding->name->length,
	};
	for (i = 0; i < RT_NAME_SOURCES; i++) {
		u64 until = READ_ONCE(holding->until[i]);

		entry.left[i] = until > at ? DIV_ROUND_UP_ULL(until - at, NSEC_PER_MSEC) : 0;
	}
	return (!entry.left[0] && !entry.left[1]) || visit(&entry, data);
}

/* Returns false when a visit was refused. */
static bool visit_bucket(struct rt_name_place *place, rt_name_visitor *visit, void *data)
{
	const struct rt_named *named;

	hlist_for_each_entry_rcu(named, &by_address[place->bucket], node) {
		if (place->before && named->number > place->before)
			continue;
		if (named->number != place->before)
			place->slot = 0;
		place->before = named->number;
		for (; place->slot < RT_MAX_NAMES; place->slot++) {
			if (!show(named, place->slot, visit, data))
				return false;
		}
	}
	return true;
}

/**
 * rt_names_visit() - visit the addresses of names, one after the other
 * @place: where to go on; is moved on
 * @visit: must not sleep; the entry that it refuses is the first of the next call
 * @data: is handed to it
 *
 * Entries that come or go meanwhile may be left out. Return: false after the last.
 */
bool rt_names_visit(struct rt_name_place *place, rt_name_visitor *visit, void *data)
{
	bool all;

	for (; place->bucket < BUCKETS; place->bucket++, place->before = 0, place->slot = 0) {
		rcu_read_lock();
		all = visit_bucket(place, visit, data);
		rcu_read_unlock();
		if (!all)
			return true;
		cond_resched();
	}
	return false;
}

/**
 * rt_names_init() - hold no names
 * @moved: is called each time after addresses have gained or lost names; must not sleep
 */
void __init rt_names_init(void (*moved)(void))
{
	get_random_bytes(&names.key, sizeof(names.key));
	names.moved = moved;
}

/* Nobody may say anything any more, and no generation may come into force. */
void rt_names_exit(void)
{
	struct holding *holding;

	cancel_work_sync(&prune_work);
	cancel_delayed_work_sync(&end_work);
	spin_lock_bh(&names.lock);
	while ((holding = first_to_end()))
		drop(holding);
	spin_unlock_bh(&names.lock);
}
