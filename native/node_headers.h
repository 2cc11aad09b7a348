// Node's own headers, for the few files that need more than V8 and the Node-API
// give.
#ifndef ABTRACE_NATIVE_NODE_HEADERS_H_
#define ABTRACE_NATIVE_NODE_HEADERS_H_

// First, for the version that the build asks for: node.h would include it as
// experimental, and says itself which version Node has.
#include <node_api.h>
#pragma push_macro("NAPI_VERSION")
#undef NAPI_VERSION
#include <node.h>
#include <node_buffer.h>
#pragma pop_macro("NAPI_VERSION")

#endif  // ABTRACE_NATIVE_NODE_HEADERS_H_
