// Inflates the reports that main.js keeps.
const { promisify } = require('node:util');
const zlib = require('node:zlib');

const gunzip = promisify(zlib.gunzip);
const stored = zlib.gzipSync(Buffer.alloc(160_000, 'report '));

async function loadReport() {
  const body = await gunzip(stored); // OWNER
  return body;
}

module.exports = { loadReport };
