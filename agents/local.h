/* local.h: the files of this machine, reached by descriptor only. */
#ifndef AGENTS_LOCAL_H
#define AGENTS_LOCAL_H

#include "agents/source.h"

/*
 * Every name is opened below an open directory, one at a time, and never
 * through a symbolic link, so that a path of any length works and a link put
 * in its way leads nowhere.  Nothing but regular files and directories is
 * opened.  Access times stay as they are where that is permitted.
 */
extern const struct source_ops local_ops;

#endif /* AGENTS_LOCAL_H */
