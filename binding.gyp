{
  "targets": [
    {
      "target_name": "abtrace",
      "sources": [
        "<!@(node -p \"['native','native/core','native/js'].flatMap(d => fs.readdirSync(d).filter(f => f.endsWith('.cc')).sort().map(f => d + '/' + f)).join('\\n')\")"
      ],
      "include_dirs": [
        "native",
        "<!@(node -p \"require('node-addon-api').include_dir\")"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "conditions": [
        [
          "OS=='win'",
          {
            "msvs_settings": {
              "VCCLCompilerTool": {
                "ExceptionHandling": 0,
                "RuntimeTypeInfo": "false",
                "AdditionalOptions": ["/std:c++20", "/Zc:__cplusplus"]
              }
            },
            "defines": ["NOMINMAX", "_HAS_EXCEPTIONS=0"]
          },
          {
            "cflags_cc!": ["-std=gnu++17", "-std=c++17", "-frtti", "-fexceptions"],
            "cflags_cc": [
              "-std=c++20",
              "-fno-rtti",
              "-fno-exceptions",
              "-fvisibility=hidden",
              "-fvisibility-inlines-hidden",
              "-Wall",
              "-Wextra",
              "-Wno-unused-parameter"
            ]
          }
        ],
        [
          "OS=='linux'",
          { "ldflags": ["-Wl,-z,nodelete"] }
        ],
        [
          "OS=='mac'",
          {
            "xcode_settings": {
              "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
              "CLANG_CXX_LIBRARY": "libc++",
              "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
              "GCC_ENABLE_CPP_RTTI": "NO",
              "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
              "MACOSX_DEPLOYMENT_TARGET": "11.0"
            }
          }
        ]
      ]
    }
  ]
}
