// Writes text to a stream whose sink keeps the chunks, which Node makes of it; a second stream drops its own.
'use strict';

const { Writable } = require('node:stream');

const auditTrail = []; // RETAINER name=auditTrail
const audit = new Writable({
  write(chunk, _encoding, done) {
    auditTrail.push(chunk);
    done();
  },
});
const trace = new Writable({
  write(_chunk, _encoding, done) {
    done();
  },
});

function signIn(user) {
  audit.write(`user ${user} signed in ${'.'.repeat(150)}`); // OWNER
}

function render(user) {
  trace.write(`rendered the page of ${user} ${'-'.repeat(700)}`);
}

async function main() {
  for (let user = 0; user < 11_000; user += 1) {
    signIn(user);
    render(user);
    if (user % 200 === 0) await new Promise(setImmediate);
  }
}

process.on('exit', () => {
  const slabs = new Set(auditTrail.map((chunk) => chunk.buffer));
  const bytes = [...slabs].reduce((sum, slab) => sum + slab.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
