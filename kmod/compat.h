/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels. No other file asks for a version.
 *
 * The module leans on things that the kernel promises to nobody: that a socket's
 * operations are looked up on every call, that creating and accepting a socket takes a
 * reference to the module that owns them, and in what order. They were read and tested
 * for the series below; others build, but have to be allowed by name at load time.
 */
#ifndef _RT_COMPAT_H
#define _RT_COMPAT_H

#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hrtimer.h>
#include <linux/mm_types.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/version.h>
#include <net/net_namespace.h>
#include <net/ping.h>
#include <net/sock.h>
#include <net/transp_v6.h>
#include <net/udp.h>
#ifdef RT_HAS_UDPLITE
#include <net/udplite.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "riptides needs Linux 6.1 or later"
#endif

#ifndef CONFIG_TASKS_RCU
#error "riptides needs a kernel with CONFIG_TASKS_RCU (every preemptible kernel has it)"
#endif

/* The list is in the file "kernels", too. */
#define RT_TESTED_KERNELS	"6.1, 6.12 and 7.3"

/* Whether the module was tested with the series that it was built for. */
static inline bool rt_kernel_is_tested(void)
{
	switch (LINUX_VERSION_CODE >> 8) {
	case KERNEL_VERSION(6, 1, 0) >> 8:
	case KERNEL_VERSION(6, 12, 0) >> 8:
	case KERNEL_VERSION(7, 3, 0) >> 8:
		return true;
	default:
		return false;
	}
}

/* 6.19 takes addresses whose length only the caller knows by a type of their own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define sockaddr_unsized sockaddr
#endif

/*
 * 7.3 prefers another operation to getsockopt, where there is one: TCP has none yet, and must
 * not get one past the gate.
 */
static inline void rt_ops_clear_getsockopt_iter(struct proto_ops *ops)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	ops->getsockopt_iter = NULL;
#endif
}

/*
 * Before 6.5 splice has an operation of its own. A socket without it gets a sendmsg for each page,
 * which is the gate's.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define RT_OPS_SENDPAGE offsetof(struct proto_ops, sendpage),
#else
#define RT_OPS_SENDPAGE
#endif

static inline void rt_ops_clear_sendpage(struct proto_ops *ops)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
	ops->sendpage = NULL;
#endif
}

/* The table of the UDP sockets of a network namespace: one for all, or its own. */
static inline struct udp_table *rt_udp_table(const struct net *net)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return net->ipv4.udp_table;
#else
	return &udp_table;
#endif
}

/* That of the UDP-Lite sockets of all; NULL where the kernel has none, as by 7.3 (Kbuild looks). */
static inline struct udp_table *rt_udplite_table(void)
{
#ifdef RT_HAS_UDPLITE
	return &udplite_table;
#else
	return NULL;
#endif
}

/*
 * The protocol of ICMP sockets that need no privilege, where it is exported; elsewhere it has to be
 * asked of such a socket.
 */
static inline struct proto *rt_ping_proto(int family)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (family == AF_INET6)
		return &pingv6_prot;
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	if (family == AF_INET)
		return &ping_prot;
#endif
	return NULL;
}

/* Where a socket of IPv6 has its own part: 6.6 wants to be told. */
static inline void rt_proto_set_ipv6_offset(struct proto *proto, size_t offset)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	proto->ipv6_pinfo_offset = offset;
#endif
}

/*
 * 6.10 put the arguments of accept into a structure. RT_ACCEPT_OP() defines the operation
 * in the kernel's form, on top of a function that takes the structure.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)

#define RT_ACCEPT_OP(name, function)							\
	static int name(struct socket *sock, struct socket *newsock,			\
			struct proto_accept_arg *arg)					\
	{										\
		return function(sock, newsock, arg);					\
	}

static inline int rt_accept(const struct proto_ops *ops, struct socket *sock,
			    struct socket *newsock, struct proto_accept_arg *arg)
{
	return ops->accept(sock, newsock, arg);
}

#else

struct proto_accept_arg {
	int flags;
	bool kern;
};

#define RT_ACCEPT_OP(name, function)							\
	static int name(struct socket *sock, struct socket *newsock, int flags,	\
			bool kern)							\
	{										\
		struct proto_accept_arg arg = { .flags = flags, .kern = kern };		\
											\
		return function(sock, newsock, &arg);					\
	}

static inline int rt_accept(const struct proto_ops *ops, struct socket *sock,
			    struct socket *newsock, struct proto_accept_arg *arg)
{
	return ops->accept(sock, newsock, arg->flags, arg->kern);
}

#endif

/* 6.13 puts it into one call, and 6.15 takes the other one away. */
static inline void rt_hrtimer_setup(struct hrtimer *timer,
				    enum hrtimer_restart (*function)(struct hrtimer *),
				    clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* Exported by all, but 6.1 declares it in a header of its own file systems only. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);

/*
 * The root of the host, with a reference. By 7.3 the kernel's own threads, and with them
 * init_task, have an empty one.
 */
static inline void rt_host_root(struct path *root)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	get_fs_root(userspace_init_fs, root);
#else
	get_fs_root(init_task.fs, root);
#endif
}

/* The executable of a program image, with a reference, or NULL. */
static inline struct file *rt_exe_file(struct mm_struct *mm)
{
	struct file *file;

	rcu_read_lock();
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	file = get_file_rcu(&mm->exe_file);
#else
	file = rcu_dereference(mm->exe_file);
	if (file && !get_file_rcu(file))
		file = NULL;
#endif
	rcu_read_unlock();
	return file;
}

/* When the content of a file, and when anything of it, was changed last. */
static inline struct timespec64 rt_inode_mtime(const struct inode *inode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return inode_get_mtime(inode);
#else
	return inode->i_mtime;
#endif
}

static inline struct timespec64 rt_inode_ctime(const struct inode *inode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return inode_get_ctime(inode);
#else
	return inode->i_ctime;
#endif
}

/* The file at a location that may be cleared, or whose last reference may go; or NULL. */
static inline struct file *rt_get_file(struct file **location)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return get_file_active(location);
#else
	struct file *file;

	rcu_read_lock();
	file = READ_ONCE(*location);
	if (file && !get_file_rcu(file))
		file = NULL;
	rcu_read_unlock();
	return file;
#endif
}

/*
 * Whether an accept reads the operations of the listener once, so that the new socket has those by
 * which it was accepted. Before 6.6 it reads them twice: do_accept() gives the first to the new
 * socket and calls the second, kernel_accept() the other way round.
 */
static inline bool rt_accept_reads_ops_once(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0);
}

#endif /* _RT_COMPAT_H */
