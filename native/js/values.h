// Reads JavaScript's values and makes them, also while the thread is being
// terminated.
#ifndef ABTRACE_NATIVE_JS_VALUES_H_
#define ABTRACE_NATIVE_JS_VALUES_H_

#include <napi.h>

#include <algorithm>
#include <string>
#include <vector>

namespace abtrace {

inline void ThrowWithCode(Napi::Env env, const char* code,
                          const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

// Undefined where nothing can be read because the thread is being terminated:
// another thread may decide that at any moment, and an empty value must not be
// used.
template <typename Key>
Napi::Value PropertyOf(const Napi::Object& object, Key key) {
  const Napi::Value value = object.Get(key);
  return value.IsEmpty() ? object.Env().Undefined() : value;
}

inline std::vector<std::string> StringsOf(const Napi::Value& value) {
  std::vector<std::string> strings;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    strings.push_back(PropertyOf(array, i).As<Napi::String>().Utf8Value());
  }
  return strings;
}

inline Napi::Value ToFloat64Array(Napi::Env env,
                                  const std::vector<double>& numbers) {
  auto array = Napi::Float64Array::New(env, numbers.size());
  if (array.IsEmpty()) return array;  // The thread is being terminated.
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

template <typename Numbers>
Napi::Value ToUint32Array(Napi::Env env, const Numbers& numbers) {
  auto array = Napi::Uint32Array::New(env, numbers.size());
  if (array.IsEmpty()) return array;  // The thread is being terminated.
  for (size_t i = 0; i < numbers.size(); ++i)
    array[i] = static_cast<uint32_t>(numbers[i]);
  return array;
}

}  // namespace abtrace

#endif  // ABTRACE_NATIVE_JS_VALUES_H_
