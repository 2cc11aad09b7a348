// Preloaded by bench/main.mjs: starts tracing with the options that it gives, or not at all.
const options = JSON.parse(process.env.ABTRACE_BENCH_OPTIONS ?? 'null');
if (options !== null) require('..').start(options);
