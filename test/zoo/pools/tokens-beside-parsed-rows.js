// Keeps a short token of each session, made by Buffer.from, while rows are parsed from Buffers of the same slabs.
'use strict';

const sessions = new Map(); // RETAINER name=sessions

function openSession(id) {
  sessions.set(id, { token: Buffer.from(`session-${id}-${'k'.repeat(40)}`) }); // OWNER
}

function parseRow(id) {
  const row = Buffer.from(`${id};${'cell;'.repeat(700)}`);
  return row.indexOf(';');
}

for (let id = 0; id < 3000; id += 1) {
  openSession(id);
  parseRow(id);
}

process.on('exit', () => {
  const slabs = new Set([...sessions.values()].map(({ token }) => token.buffer));
  const bytes = [...slabs].reduce((sum, slab) => sum + slab.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
