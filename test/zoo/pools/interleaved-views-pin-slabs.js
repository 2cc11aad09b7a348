// Two callers take turns on Buffer's pool, so that each slab holds records of both; only one keeps views of it.
'use strict';

const ENTRY = `${'x'.repeat(1000)}\n`;

const auditLog = { entries: [] }; // RETAINER name=entries

function audit(text) {
  const entry = Buffer.from(text); // OWNER
  auditLog.entries.push(entry.subarray(0, 24));
}

function trace(text) {
  const entry = Buffer.from(text);
  return entry.at(-1);
}

for (let request = 0; request < 5000; request += 1) {
  trace(ENTRY);
  audit(ENTRY);
}

process.on('exit', () => {
  const slabs = new Set(auditLog.entries.map((entry) => entry.buffer));
  const bytes = [...slabs].reduce((sum, slab) => sum + slab.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
