/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_PATHS_H
#define _RT_PATHS_H

struct file;
struct path;

int rt_path_find(const char *text, unsigned int flags, struct path *found);
int rt_path_trusted(const struct file *file, char *buffer, char **path);

int rt_paths_init(void);
void rt_paths_exit(void);

#endif /* _RT_PATHS_H */
