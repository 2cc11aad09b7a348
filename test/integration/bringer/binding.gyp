{
  "target_defaults": {
    "sources": ["bringer.cc"],
    "cflags_cc!": ["-std=gnu++17"],
    "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-Wno-unused-parameter"]
  },
  "targets": [
    { "target_name": "bringer" },
    {
      "target_name": "bringer_guarded",
      "cflags_cc": ["-fno-plt"],
      "ldflags": ["-Wl,-z,relro,-z,now"]
    }
  ]
}
