// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections of governed sockets: of each who has it, with whom, and what was decided.
 *
 * With each generation they are decided once more. So what is on record is always what the bundle
 * in force says, but for the moments after a commit; and what it denies can be found and aborted.
 *
 * What began while no bundle was in force is not on record, and neither is what was there before
 * the socket was governed: nobody knows who began it.
 */
#include <linux/spinlock.h>
#include <linux/ktime.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "connections.h"
#include "registry.h"

static void fill(struct rt_connection_record *connection, enum riptides_direction direction,
		 struct rt_subject *subject, const struct rt_remote *remote,
		 const struct rt_decision *decision)
{
	swap(connection->subject, *subject);
	connection->remote = *remote;
	connection->direction = direction;
	connection->decision = *decision;
	connection->since = ktime_get_real_seconds();
	connection->exists = true;
	connection->denied = false;
}

/**
 * rt_connections_begin() - put a connection on record that a program is allowed to begin
 * @sk: the socket
 * @subject: the process, which the record takes over; takes back what it held before
 * @destination: where to
 * @decision: which allows it
 *
 * Whoever calls it looks afterwards whether the generation is still in force: a commit before that
 * may not have seen the record, one after it has.
 */
void rt_connections_begin(struct sock *sk, struct rt_subject *subject,
			  const struct rt_remote *destination, const struct rt_decision *decision)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	/* It is not there when a drain has given the socket back just now. */
	if (socket)
		fill(&socket->connection, RIPTIDES_DIRECTION_CONNECT, subject, destination,
		     decision);
	spin_unlock(&bucket->lock);
}

/**
 * rt_connections_accept() - put a connection on record that a program has accepted
 * @socket: the entry of its socket, which is not in the registry yet
 * @subject: the process, which the record takes over
 * @remote: from where
 * @decision: which allows it
 */
void rt_connections_accept(struct rt_socket *socket, struct rt_subject *subject,
			   const struct rt_remote *remote, const struct rt_decision *decision)
{
	fill(&socket->connection, RIPTIDES_DIRECTION_ACCEPT, subject, remote, decision);
}

/* Takes a connection off record. */
void rt_connections_forget(struct rt_connection_record *connection)
{
	rt_subject_put(&connection->subject);
	connection->exists = false;
	connection->denied = false;
}

/**
 * rt_connections_end() - forget the connection of a socket
 * @sk: the socket
 */
void rt_connections_end(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket)
		rt_connections_forget(&socket->connection);
	spin_unlock(&bucket->lock);
}

static void decide_again(struct rt_socket *socket)
{
	struct rt_connection_record *connection = &socket->connection;

	if (connection->direction == RIPTIDES_DIRECTION_CONNECT)
		rt_decision_connect(&connection->subject, &connection->remote,
				    &connection->decision);
	else
		rt_decision_accept(&connection->subject, &connection->remote,
				   inet_sk(socket->sk)->inet_num, &connection->decision);
	connection->denied = rt_decision_denies(&connection->decision);
}

/**
 * rt_connections_decide() - decide the connection of a socket once more
 * @sk: the socket
 * @decision: is filled in
 *
 * Return: false when it has none.
 */
bool rt_connections_decide(struct sock *sk, struct rt_decision *decision)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;

	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	if (socket && !socket->connection.exists)
		socket = NULL;
	if (socket) {
		decide_again(socket);
		*decision = socket->connection.decision;
	}
	spin_unlock(&bucket->lock);
	return socket;
}

/* Decides it once more when that is needed. Returns whether it is to be aborted. */
static bool is_denied(struct rt_socket *socket)
{
	const struct rt_connection_record *connection = &socket->connection;

	if (connection->exists && !connection->denied &&
	    !rt_decision_is_current(connection->decision.generation))
		decide_again(socket);
	return connection->denied;
}

/**
 * rt_connections_hold_denied() - connections that the bundle in force denies
 * @bucket: where to go on, 0 at first; is moved on, and is 0 again after the last
 * @sks: takes the sockets, each with a reference
 * @room: for how many
 *
 * Where there are more than half of @room in a bucket, the rest may be left out until those are
 * aborted. Return: the number of sockets.
 */
unsigned int rt_connections_hold_denied(unsigned int *bucket, struct sock **sks, unsigned int room)
{
	unsigned int held = 0;

	while (held <= room / 2) {
		struct rt_bucket *this = rt_bucket(*bucket);
		struct rt_socket *socket;

		spin_lock(&this->lock);
		hlist_for_each_entry(socket, &this->sockets, node) {
			if (is_denied(socket) && held < room) {
				sock_hold(socket->sk);
				sks[held++] = socket->sk;
			}
		}
		spin_unlock(&this->lock);
		*bucket = (*bucket + 1) % RT_BUCKETS;
		if (!*bucket)
			break;
	}
	return held;
}

/* Whether the program that began it does not know yet whether it is up. */
static bool is_in_flight(const struct rt_socket *socket)
{
	return socket->connection.direction == RIPTIDES_DIRECTION_CONNECT &&
	       (1 << socket->sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

/**
 * rt_connections_report_denied() - count and trace that a connection is aborted, and forget it
 * @sk: one that rt_connections_hold_denied() gave; its lock is held
 *
 * Return: 0 when it is not to be aborted any more, or the error that its program is to get.
 */
int rt_connections_report_denied(struct sock *sk)
{
	struct rt_bucket *bucket = rt_bucket_of(sk);
	struct rt_socket *socket;
	int err = 0;

	sock_owned_by_me(sk);
	spin_lock(&bucket->lock);
	socket = rt_bucket_find(bucket, sk);
	/* Another generation may allow it by now. */
	if (socket && socket->connection.denied)
		decide_again(socket);
	if (socket && socket->connection.denied) {
		struct rt_connection_record *connection = &socket->connection;

		err = is_in_flight(socket) ? -EACCES : -ECONNABORTED;
		rt_decision_report_abort(connection->direction, &connection->subject,
					 &connection->decision, &connection->remote,
					 err == -EACCES);
		rt_connections_forget(connection);
	}
	spin_unlock(&bucket->lock);
	return err;
}

/* Whether there is a connection to tell of: one that is over may still be on record. */
static bool is_there(const struct rt_socket *socket)
{
	return socket->connection.exists && READ_ONCE(socket->sk->sk_state) != TCP_CLOSE;
}

/**
 * rt_connections_visit() - visit connections, one after the other
 * @bucket: where to go on, 0 at first; is moved on
 * @index: the same, within the bucket
 * @visit: is called with a lock held; the connection that it refuses is the first of the next call
 * @data: is handed to it
 *
 * Connections that come or go meanwhile may be left out, or visited twice. Return: false after the
 * last.
 */
bool rt_connections_visit(unsigned int *bucket, unsigned int *index,
			  rt_connection_visitor *visit, void *data)
{
	for (; *bucket < RT_BUCKETS; (*bucket)++, *index = 0) {
		struct rt_bucket *this = rt_bucket(*bucket);
		const struct rt_socket *socket;
		unsigned int at = 0;
		bool goes_on = true;

		spin_lock(&this->lock);
		hlist_for_each_entry(socket, &this->sockets, node) {
			if (at++ < *index)
				continue;
			goes_on = !is_there(socket) ||
				  visit(&socket->connection, socket->sk, data);
			if (!goes_on)
				break;
			(*index)++;
		}
		spin_unlock(&this->lock);
		if (!goes_on)
			return true;
	}
	return false;
}
