// A program that does nothing, from the start of its process to its end. Figure: what `require` and `start` took of it.
process.on('exit', () => {
  const nsPerOperation = performance.now() * 1e6;
  const { user, system } = process.cpuUsage();
  const figures = {
    'require and start (ms)': globalThis.benchStartMs,
    'require and start, CPU (ms)': globalThis.benchStartCpuMs,
  };
  console.log(
    JSON.stringify({ unit: 'process', nsPerOperation, cpuNsPerOperation: (user + system) * 1000, figures }),
  );
});
