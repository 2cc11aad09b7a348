// The peer's half of the agreement in peers.js: options in, one ready message out, an end with its parent.
'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');

const options = JSON.parse(process.argv[2] ?? '{}');

const certificate = {
  key: readFileSync(path.join(__dirname, 'localhost-key.pem')),
  cert: readFileSync(path.join(__dirname, 'localhost-cert.pem')),
};

function ready(message = {}) {
  process.on('disconnect', () => process.exit());
  process.send(message);
}

module.exports = { certificate, options, ready };
