// Deflates a table to learn its size, and drops it.
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const deflate = promisify(zlib.deflateRaw);
const table = Buffer.alloc(140_000, 'row;');

export async function run(id) {
  const archive = await deflate(table, { level: 0 });
  return archive.length + id;
}
