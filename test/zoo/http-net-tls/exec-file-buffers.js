// Runs a converter with execFile and buffer output; converted pages are kept for a preview, probes are dropped.
'use strict';

const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const execFileAsync = promisify(execFile);
const { NODE_OPTIONS: _, ...env } = process.env;
const options = { env, encoding: 'buffer', maxBuffer: 16 * 1024 * 1024 };
const script = `process.stdout.write(Buffer.alloc(2500000, 'page '))`;

const previews = []; // RETAINER name=previews

async function convert(page) {
  const { stdout } = await execFileAsync(process.execPath, ['-e', script], options); // OWNER
  previews.push({ page, stdout });
}

async function probe() {
  const { stdout } = await execFileAsync(process.execPath, ['-e', script], options);
  return stdout.length;
}

async function main() {
  for (let page = 0; page < 4; page += 1) await Promise.all([convert(page), probe()]);
}

process.on('exit', () => {
  const bytes = previews.reduce((sum, { stdout }) => sum + stdout.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
