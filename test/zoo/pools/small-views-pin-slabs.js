// A session directory that keeps a 16-byte id of every record; each id is a view that pins its slab of Buffer's pool.
'use strict';

const RECORD = JSON.stringify({ id: 'a-sixteen-byte-id', roles: ['reader'], profile: 'x'.repeat(1900) });

class Directory {
  ids = []; // RETAINER name=ids

  remember(json) {
    const record = Buffer.from(json); // OWNER
    this.ids.push(record.subarray(7, 23));
  }
}

function inspect(json) {
  const record = Buffer.from(json);
  return record.subarray(7, 23).toString();
}

const directory = new Directory();
for (let login = 0; login < 5000; login += 1) directory.remember(RECORD);
for (let login = 0; login < 5000; login += 1) inspect(RECORD);

process.on('exit', () => {
  const slabs = new Set(directory.ids.map((id) => id.buffer));
  const bytes = [...slabs].reduce((sum, slab) => sum + slab.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
