// Starts the other side of a zoo program (servers, uploaders, senders) in a child process, so that its memory
// never mixes with that of the program. Peers run untraced.
'use strict';

const { fork } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');

const ca = readFileSync(path.join(__dirname, 'localhost-cert.pem'));

/**
 * Starts `peers/<name>.js` with `options` and waits until it is ready.
 *
 * Returns what the peer said when it was ready (servers: `{ port }`), `finished`, a promise that settles when the
 * peer has ended by itself, and `close()`, which ends it.
 */
function startPeer(name, options = {}) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(path.join(__dirname, `${name}.js`), [JSON.stringify(options)], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const finished = new Promise((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`peer ${name} ended early with code ${code}`)));
    child.once('message', (ready) => {
      child.channel.unref();
      resolve({
        ...ready,
        finished,
        close() {
          child.kill();
          return finished;
        },
      });
    });
  });
}

module.exports = { ca, startPeer };
