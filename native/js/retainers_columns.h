// Retainers as JavaScript gets them: columns of numbers and one table of
// strings.
#ifndef ABTRACE_NATIVE_RETAINERS_COLUMNS_H_
#define ABTRACE_NATIVE_RETAINERS_COLUMNS_H_

#include <napi.h>

#include "retainers.h"

namespace abtrace {

// The orders of the columns are those of `kRetainerColumns` in lib/native.ts.
Napi::Value RetainersToJs(Napi::Env env, const Retainers& retainers);

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_RETAINERS_COLUMNS_H_
