// A build runner that keeps the raw output of every compiler process; the linter's output is only counted.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');

const writeOutput = `
  const line = Buffer.alloc(50000, 'warning: unused variable ');
  let left = 40;
  const next = () => (left-- > 0 ? process.stdout.write(line, next) : undefined);
  next();
`;

function startTool() {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawn(process.execPath, ['-e', writeOutput], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

const buildLogs = new Map(); // RETAINER name=buildLogs

async function compile(target) {
  const tool = startTool();
  const log = [];
  buildLogs.set(target, log);
  tool.stdout.on('data', (chunk) => log.push(chunk)); // OWNER
  await once(tool, 'close');
}

async function lint() {
  const tool = startTool();
  let bytes = 0;
  tool.stdout.on('data', (chunk) => {
    bytes += chunk.length;
  });
  await once(tool, 'close');
  return bytes;
}

async function main() {
  for (let target = 0; target < 5; target += 1) await Promise.all([lint(), compile(`target-${target}`)]);
}

process.on('exit', () => {
  const bytes = [...buildLogs.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
