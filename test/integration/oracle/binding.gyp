{
  "targets": [
    {
      "target_name": "oracle",
      "sources": ["oracle.cc"],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra"],
      "ldflags": ["-Wl,-z,nodelete"]
    }
  ]
}
