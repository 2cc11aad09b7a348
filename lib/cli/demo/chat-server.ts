// The server of `abtrace demo`: answers every request with a long text, in small pieces, as a language model would.
// Serves on the loopback address until the process that forked it goes away.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PIECE = 'A token is worth a thousand bytes. '.repeat(468);
const PIECES_PER_ANSWER = 64;
const PAUSE_MS = 2;

const server = http.createServer(async (_request, response) => {
  response.setHeader('content-type', 'text/plain');
  for (let sent = 0; sent < PIECES_PER_ANSWER && !response.destroyed; sent++) {
    response.write(PIECE);
    await pause(PAUSE_MS);
  }
  response.end();
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
