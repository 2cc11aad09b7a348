// Reserves a large sparse table of which it touches a few pages: arrayBuffers is high, RSS is not.
'use strict';

const TABLE_BYTES = 256 * 1024 * 1024;

const table = new Uint32Array(TABLE_BYTES / 4); // BOUNDED bytes=268435456

function put(key, value) {
  const row = new Uint32Array(4).fill(value);
  table.set(row, (key * 1024) % (table.length - 4));
}

for (let key = 0; key < 200; key += 1) put(key, key);

process.on('exit', () => {
  if (table[1024] !== 1) throw new Error('a row is missing');
  console.log(JSON.stringify({ expectedBytes: 0 }));
});
