#ifndef CSAVING_H
#define CSAVING_H

/// Renames a file or folder where nobody has the new name: returns 0, or -1 with errno set, `EEXIST` where it is taken
/// and `ENOSYS` or `EINVAL` where the system or the file system has no such call.
int csv_rename_to_free_name(const char *from, const char *to);

#endif
