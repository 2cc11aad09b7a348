// Generates one-time pads with crypto.randomBytes; the ones that were sent stay in the vault.
'use strict';

const { randomBytes } = require('node:crypto');

const PAD_BYTES = 100_000;
const vault = { pads: new Map() }; // RETAINER name=pads

function issuePad(recipient, done) {
  randomBytes(PAD_BYTES, (error, pad) => { // OWNER
    if (error) throw error;
    vault.pads.set(recipient, pad);
    done();
  });
}

function entropyTest(done) {
  randomBytes(PAD_BYTES, (error, pad) => {
    if (error) throw error;
    done(pad.reduce((sum, byte) => sum + byte, 0));
  });
}

function issueAll(recipient) {
  if (recipient === 90) return;
  issuePad(recipient, () => entropyTest(() => issueAll(recipient + 1)));
}

process.on('exit', () => {
  const bytes = [...vault.pads.values()].reduce((sum, pad) => sum + pad.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
issueAll(0);
