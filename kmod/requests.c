// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the agent: the process of user space that tells what the kernel cannot know of a
 * process, such as the container that it is in.
 *
 * A request is about a program image, and there is one of each at a time, however many connections
 * wait for it. It ends when it is answered or its time is over. What an answer is about is told by
 * the request, never by a process id, so it cannot be taken for an answer about another process.
 *
 * No more are sent than the agent can have in hand; the others wait for their turn here. A user
 * whose programs cause too many is refused more, so that those of others have theirs.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "reason.h"
#include "requests.h"
#include "uapi/riptides.h"
#include "work.h"

enum {
	SENT_MAX = 64,			/* requests that the agent has in hand */
	OPEN_OF_USER = 256,		/* requests that the programs of one user cause */
	USER_BITS = 10,
	SEND_AGAIN_MS = 10,		/* after the agent had no room for a message */
	ASK_AGAIN_MS = 1000,		/* after a request was not answered */
};

struct rt_request {
	struct list_head node;		/* of the queue, or of what was sent */
	refcount_t users;
	u64 id;
	unsigned long deadline;		/* in jiffies */
	struct rt_image *image;		/* a reference */
	unsigned int user;		/* its place in requests.of_user */
	bool is_sent;
	bool is_open;
	struct list_head waits;
	wait_queue_head_t ended;
};

static struct {
	/* Guards all below. Taken after a bucket's of the registry, before that of the images. */
	spinlock_t lock;
	struct list_head queue;		/* to be sent; in the order of their deadlines */
	struct list_head sent;		/* likewise */
	struct list_head ready;		/* waits whose request has ended */
	unsigned int count;
	unsigned int sent_count;
	u16 of_user[1 << USER_BITS];
	u64 last_id;
	u32 port;			/* of the agent; 0: none is attached */
	pid_t tgid;
	u64 lost_at;			/* since when none is, in jiffies */
	const struct genl_family *family;
	struct rt_requests_observer observer;
} requests = {
	.lock = __SPIN_LOCK_UNLOCKED(requests.lock),
	.queue = LIST_HEAD_INIT(requests.queue),
	.sent = LIST_HEAD_INIT(requests.sent),
	.ready = LIST_HEAD_INIT(requests.ready),
};

static void send_queue(struct work_struct *work);
static void expire(struct work_struct *work);
static DECLARE_DELAYED_WORK(send_work, send_queue);
static DECLARE_DELAYED_WORK(expire_work, expire);

static void put_request(struct rt_request *request)
{
	if (refcount_dec_and_test(&request->users)) {
		rt_image_put(request->image);
		kfree(request);
	}
}

/*
 * Ends a request: whoever waits for it goes on. One that was not answered is not repeated at once,
 * and what an earlier answer allowed may be refused now.
 */
static void end(struct rt_request *request, bool is_answered)
{
	struct rt_image *image = request->image;

	lockdep_assert_held(&requests.lock);
	list_del(&request->node);
	requests.count--;
	requests.sent_count -= request->is_sent;
	requests.of_user[request->user]--;
	WRITE_ONCE(request->is_open, false);
	if (!is_answered) {
		WRITE_ONCE(image->ask_again,
			   (jiffies + msecs_to_jiffies(ASK_AGAIN_MS)) ?: 1);
		rt_image_renew(image);
		requests.observer.changed();
	}
	WRITE_ONCE(image->request, NULL);
	if (!list_empty(&request->waits)) {
		list_splice_tail_init(&request->waits, &requests.ready);
		requests.observer.ended();
	}
	wake_up_all(&request->ended);
	if (requests.port)
		mod_delayed_work(rt_workqueue, &send_work, 0);
	put_request(request);
}

static struct rt_request *first_of(struct list_head *list)
{
	return list_first_entry_or_null(list, struct rt_request, node);
}

static void end_expired(struct list_head *list, bool all)
{
	struct rt_request *request;

	for (;;) {
		request = first_of(list);
		if (!request || (!all && time_before(jiffies, request->deadline)))
			return;
		end(request, false);
	}
}

static void expire(struct work_struct *work)
{
	struct rt_request *queued, *sent;
	unsigned long next;

	spin_lock(&requests.lock);
	end_expired(&requests.queue, false);
	end_expired(&requests.sent, false);
	queued = first_of(&requests.queue);
	sent = first_of(&requests.sent);
	if (queued || sent) {
		next = !sent || (queued && time_before(queued->deadline, sent->deadline)) ?
		       queued->deadline : sent->deadline;
		/* Whoever opened one meanwhile has planned it for later. */
		mod_delayed_work(rt_workqueue, &expire_work,
				 max_t(long, next - jiffies, 1));
	}
	spin_unlock(&requests.lock);
}

/* All that are open end as if nobody had answered. */
void rt_requests_end_all(void)
{
	spin_lock(&requests.lock);
	end_expired(&requests.queue, true);
	end_expired(&requests.sent, true);
	spin_unlock(&requests.lock);
}

/* The next request to be sent, with a reference, or NULL. */
static struct rt_request *take_to_send(u32 *port)
{
	struct rt_request *request = NULL;

	spin_lock(&requests.lock);
	*port = requests.port;
	if (requests.port && requests.sent_count < SENT_MAX)
		request = first_of(&requests.queue);
	if (request) {
		list_move_tail(&request->node, &requests.sent);
		request->is_sent = true;
		requests.sent_count++;
		refcount_inc(&request->users);
	}
	spin_unlock(&requests.lock);
	return request;
}

static void take_back(struct rt_request *request)
{
	lockdep_assert_held(&requests.lock);
	request->is_sent = false;
	requests.sent_count--;
	list_move(&request->node, &requests.queue);
}

static int put_request_attributes(struct sk_buff *skb, const struct rt_request *request)
{
	const struct rt_image *image = request->image;
	long left = max_t(long, request->deadline - jiffies, 0);

	if (nla_put_u64_64bit(skb, RIPTIDES_A_AGENT_REQUEST, request->id, RIPTIDES_A_AGENT_PAD) ||
	    nla_put_u64_64bit(skb, RIPTIDES_A_AGENT_IMAGE, image->number, RIPTIDES_A_AGENT_PAD) ||
	    nla_put_u32(skb, RIPTIDES_A_AGENT_PID, pid_nr(image->pid)) ||
	    nla_put_string(skb, RIPTIDES_A_AGENT_COMM, image->name) ||
	    nla_put_u32(skb, RIPTIDES_A_AGENT_WITHIN, jiffies_to_msecs(left)))
		return -EMSGSIZE;
	return 0;
}

static int send_request(const struct rt_request *request, u32 port)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, requests.family, 0, RIPTIDES_CMD_REQUEST);
	if (!header || put_request_attributes(skb, request)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_unicast(&init_net, skb, port);
}

static void send_queue(struct work_struct *work)
{
	struct rt_request *request;
	int err = 0;
	u32 port;

	while (!err) {
		request = take_to_send(&port);
		if (!request)
			return;
		err = send_request(request, port);
		spin_lock(&requests.lock);
		if (err && request->is_open && request->is_sent && requests.port == port)
			take_back(request);
		spin_unlock(&requests.lock);
		put_request(request);
	}
	queue_delayed_work(rt_workqueue, &send_work, msecs_to_jiffies(SEND_AGAIN_MS));
}

/**
 * rt_requests_attach() - make a socket that of the agent, until it closes
 * @family: of the messages to it
 * @port: its netlink port
 * @tgid: whose it is
 * @extack: takes the reason of a refusal
 *
 * Return: 0, also when it is already, or -EBUSY while another one is.
 */
int rt_requests_attach(const struct genl_family *family, u32 port, pid_t tgid,
		       struct netlink_ext_ack *extack)
{
	pid_t other = 0;

	spin_lock(&requests.lock);
	if (requests.port && requests.port != port) {
		other = requests.tgid;
	} else {
		requests.family = family;
		requests.port = port;
		requests.tgid = tgid;
		mod_delayed_work(rt_workqueue, &send_work, 0);
	}
	spin_unlock(&requests.lock);
	if (other)
		return rt_fail(extack, -EBUSY, "process %d is the agent: stop it first", other);
	return 0;
}

/**
 * rt_requests_forget() - a netlink socket has been closed
 * @port: its port, which need not be the agent's
 */
void rt_requests_forget(u32 port)
{
	struct rt_request *request, *previous;

	spin_lock(&requests.lock);
	if (requests.port == port) {
		requests.port = 0;
		requests.tgid = 0;
		requests.lost_at = get_jiffies_64();
		/* For the next one, before those that came later. */
		list_for_each_entry_safe_reverse(request, previous, &requests.sent, node)
			take_back(request);
	}
	spin_unlock(&requests.lock);
}

/**
 * rt_requests_is_agent() - whether a netlink socket is that of the agent
 * @port: its port
 */
bool rt_requests_is_agent(u32 port)
{
	return port && READ_ONCE(requests.port) == port;
}

/* The process of the agent; 0 while none is attached. */
pid_t rt_requests_agent(void)
{
	return READ_ONCE(requests.tgid);
}

/* Requests that are open. */
unsigned int rt_requests_count(void)
{
	return READ_ONCE(requests.count);
}

/* Whether there has been no agent for so long that nothing waits for one any more. */
bool rt_requests_agent_is_lost(void)
{
	u64 grace = msecs_to_jiffies(RIPTIDES_AGENT_GRACE);

	return !READ_ONCE(requests.port) &&
	       time_after64(get_jiffies_64(), READ_ONCE(requests.lost_at) + grace);
}

/**
 * rt_requests_may_help() - whether to wait for the labels of an image makes sense
 * @image: which
 */
bool rt_requests_may_help(const struct rt_image *image)
{
	unsigned long ask_again = READ_ONCE(image->ask_again);

	if (!image->number)
		return false;
	if (READ_ONCE(image->request))
		return true;
	if (ask_again && time_before(jiffies, ask_again))
		return false;
	return !rt_requests_agent_is_lost();
}

static struct rt_request *open_request(struct rt_image *image)
{
	unsigned int user = hash_32(__kuid_val(image->user), USER_BITS);
	struct rt_request *request;

	lockdep_assert_held(&requests.lock);
	if (!rt_requests_may_help(image) || requests.of_user[user] >= OPEN_OF_USER)
		return NULL;
	request = kzalloc(sizeof(*request), GFP_ATOMIC);
	if (!request)
		return NULL;
	refcount_set(&request->users, 1);
	refcount_inc(&image->users);
	request->image = image;
	request->id = ++requests.last_id;
	request->deadline = jiffies + msecs_to_jiffies(RIPTIDES_ANSWER_WITHIN);
	request->user = user;
	request->is_open = true;
	INIT_LIST_HEAD(&request->waits);
	init_waitqueue_head(&request->ended);

	WRITE_ONCE(image->request, request);
	list_add_tail(&request->node, &requests.queue);
	requests.of_user[user]++;
	requests.count++;
	queue_delayed_work(rt_workqueue, &expire_work, msecs_to_jiffies(RIPTIDES_ANSWER_WITHIN));
	if (requests.port)
		mod_delayed_work(rt_workqueue, &send_work, 0);
	return request;
}

/**
 * rt_requests_ask() - ask for the labels of an image, unless that is under way
 * @image: which
 * @wait: comes from rt_requests_next() once the request has ended; may be NULL
 *
 * Does not sleep. Return: whether it is asked.
 */
bool rt_requests_ask(struct rt_image *image, struct rt_wait *wait)
{
	struct rt_request *request;

	spin_lock(&requests.lock);
	request = image->request ?: open_request(image);
	if (request && wait)
		list_add_tail(&wait->node, &request->waits);
	spin_unlock(&requests.lock);
	return request;
}

/**
 * rt_requests_cancel() - wait no longer
 * @wait: for a request, or one whose request has ended
 *
 * Return: false when rt_requests_next() has returned it already.
 */
bool rt_requests_cancel(struct rt_wait *wait)
{
	bool is_listed;

	spin_lock(&requests.lock);
	is_listed = !list_empty(&wait->node);
	list_del_init(&wait->node);
	spin_unlock(&requests.lock);
	return is_listed;
}

/* Lets rt_requests_next() return it once more. */
void rt_requests_wait_again(struct rt_wait *wait)
{
	spin_lock(&requests.lock);
	list_add_tail(&wait->node, &requests.ready);
	spin_unlock(&requests.lock);
}

/* Returns a wait whose request has ended, each once, or NULL. */
struct rt_wait *rt_requests_next(void)
{
	struct rt_wait *wait;

	spin_lock(&requests.lock);
	wait = list_first_entry_or_null(&requests.ready, struct rt_wait, node);
	if (wait)
		list_del_init(&wait->node);
	spin_unlock(&requests.lock);
	return wait;
}

/**
 * rt_requests_wait() - ask for the labels of an image, and sleep until the request has ended
 * @image: which
 *
 * Return: 0, also when it could not be asked, or -ERESTARTSYS after a signal.
 */
int rt_requests_wait(struct rt_image *image)
{
	struct rt_request *request;
	int err;

	spin_lock(&requests.lock);
	request = image->request ?: open_request(image);
	if (request)
		refcount_inc(&request->users);
	spin_unlock(&requests.lock);
	if (!request)
		return 0;
	err = wait_event_interruptible(request->ended, !READ_ONCE(request->is_open));
	put_request(request);
	return err;
}

/**
 * rt_requests_answer() - the agent answers a request
 * @id: of the request
 * @labels: are taken over
 * @extack: takes the reason of a refusal
 *
 * Return: 0; -ENOENT when it was not sent or is not open any more; -ESRCH when the process does not
 * run the image any more.
 */
int rt_requests_answer(u64 id, struct rt_agent_labels *labels, struct netlink_ext_ack *extack)
{
	struct rt_request *request;
	int err = -ENOENT;

	spin_lock(&requests.lock);
	list_for_each_entry(request, &requests.sent, node) {
		if (request->id != id)
			continue;
		err = rt_image_is_running(request->image) ? 0 : -ESRCH;
		if (!err) {
			if (rt_image_tell(request->image, labels))
				requests.observer.changed();
			labels = NULL;
		}
		end(request, !err);
		break;
	}
	spin_unlock(&requests.lock);
	kfree(labels);
	if (err == -ENOENT)
		return rt_fail(extack, err, "request %llu is not open", id);
	if (err)
		return rt_fail(extack, err, "the process has ended or executed another program");
	return 0;
}

/**
 * rt_requests_tell() - the agent replaces the labels of an image
 * @pid: of its process
 * @number: of the image
 * @labels: are taken over
 * @extack: takes the reason of a refusal
 *
 * Return: 0, or -ESRCH when the process does not run the image any more.
 */
int rt_requests_tell(pid_t pid, u64 number, struct rt_agent_labels *labels,
		     struct netlink_ext_ack *extack)
{
	struct rt_image *image = rt_images_find(pid, number);

	if (!image) {
		kfree(labels);
		return rt_fail(extack, -ESRCH,
			       "the process has ended or executed another program");
	}
	spin_lock(&requests.lock);
	if (rt_image_tell(image, labels))
		requests.observer.changed();
	if (image->request)
		end(image->request, true);
	spin_unlock(&requests.lock);
	rt_image_put(image);
	return 0;
}

/**
 * rt_requests_init() - begin to take requests
 * @observer: is told what the agent said
 */
void __init rt_requests_init(const struct rt_requests_observer *observer)
{
	requests.observer = *observer;
	requests.lost_at = get_jiffies_64();
}

/* Nobody may ask, and no agent be attached, any more. */
void rt_requests_exit(void)
{
	rt_requests_end_all();
	cancel_delayed_work_sync(&send_work);
	cancel_delayed_work_sync(&expire_work);
}
