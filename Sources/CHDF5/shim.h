// What Swift cannot import from hdf5.h, one getter each. Macros that expand to `H5open(), global` are refused because the
// globals behind them are mutable; macros that pick a version of a function or type are not seen at all.
#pragma once
#include <hdf5.h>

/// H5F_ACC_RDONLY is a macro that calls H5open().
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
/// H5F_ACC_TRUNC is a macro that calls H5open().
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
/// H5F_OBJ_ALL is a macro made of casts.
static inline unsigned chdf5_all_objects(void) { return H5F_OBJ_ALL; }
/// H5F_OBJ_ALL, as H5Fget_obj_count wants it in place of a file, must be an hid_t.
static inline hid_t chdf5_all_files(void) { return (hid_t)H5F_OBJ_ALL; }

/// H5P_FILE_ACCESS is a mutable global behind a macro.
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
/// H5P_FILE_CREATE is a mutable global behind a macro.
static inline hid_t chdf5_file_create(void) { return H5P_FILE_CREATE; }
/// H5P_GROUP_CREATE is a mutable global behind a macro.
static inline hid_t chdf5_group_create(void) { return H5P_GROUP_CREATE; }
/// H5P_DATASET_CREATE is a mutable global behind a macro.
static inline hid_t chdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
/// H5P_ATTRIBUTE_CREATE is a mutable global behind a macro.
static inline hid_t chdf5_attribute_create(void) { return H5P_ATTRIBUTE_CREATE; }
/// H5P_LINK_CREATE is a mutable global behind a macro.
static inline hid_t chdf5_link_create(void) { return H5P_LINK_CREATE; }

/// H5T_STD_I64LE is a mutable global behind a macro; all integer types are made from it.
static inline hid_t chdf5_int64(void) { return H5T_STD_I64LE; }
/// H5T_IEEE_F32LE is a mutable global behind a macro; 16 and 32-bit floats are made from it.
static inline hid_t chdf5_float32(void) { return H5T_IEEE_F32LE; }
/// H5T_IEEE_F64LE is a mutable global behind a macro.
static inline hid_t chdf5_float64(void) { return H5T_IEEE_F64LE; }
/// H5T_C_S1 is a mutable global behind a macro; all string types are made from it.
static inline hid_t chdf5_string(void) { return H5T_C_S1; }
/// H5T_VARIABLE is a macro made of a cast.
static inline size_t chdf5_variable_size(void) { return H5T_VARIABLE; }

/// H5Lget_info and H5L_info_t are macros that pick a version. Returns the type of the link, or -1.
static inline int chdf5_link_type(hid_t group, const char *name) {
    H5L_info_t info;
    return H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ? -1 : (int)info.type;
}
/// H5Literate and H5L_info_t are macros that pick a version. Calls `visit` for every link, by name.
static inline herr_t chdf5_each_link(
    hid_t group, herr_t (*visit)(hid_t, const char *, const H5L_info_t *, void *), void *context) {
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, context);
}
/// HADDR_UNDEF is a macro made of a cast.
static inline haddr_t chdf5_no_address(void) { return HADDR_UNDEF; }
