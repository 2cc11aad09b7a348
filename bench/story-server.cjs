// The server of bench/story.mjs: answers every request with one body of BODY_BYTES, in pieces, until its parent goes.
const http = require('node:http');

const BODY_BYTES = 1_000_000;
const PIECE = Buffer.alloc(50_000, 'A token is worth a thousand bytes. ');

const server = http.createServer((_request, response) => {
  let left = BODY_BYTES;
  const write = () => {
    if (left === 0) return response.end();
    left -= PIECE.length;
    if (response.write(PIECE)) setImmediate(write);
    else response.once('drain', write);
  };
  write();
});

server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit());
