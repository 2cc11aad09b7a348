// Requests with bodies of 16 KiB, read whole by a server; the client, in another process, is the same in all modes.
const { fork } = require('node:child_process');
const http = require('node:http');
const { measure } = require('../measure.cjs');

const bodyBytes = 16 * 1024;
const atOnce = 8;

/** Uploads `count` bodies to the port each time that the parent asks for it. */
function upload() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  const body = Buffer.alloc(bodyBytes, 'x');
  const send = (port) =>
    new Promise((resolve, reject) => {
      const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent }, (response) =>
        response.resume().on('end', resolve),
      );
      request.on('error', reject).end(body);
    });
  const sendMany = async (port, count) => {
    for (let i = 0; i < count; i++) await send(port);
  };
  process.on('message', async ({ port, count }) => {
    await Promise.all(Array.from({ length: atOnce }, () => sendMany(port, count / atOnce)));
    process.send('done');
  });
  process.once('disconnect', () => process.exit());
}

function serve() {
  const client = fork(__filename, ['upload'], { execArgv: [], env: { ...process.env, LD_PRELOAD: '' } });
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end(String(Buffer.concat(chunks).length));
  });
  // As for the server of fetch.cjs.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', async () => {
    const { port } = server.address();
    const all = (count) =>
      new Promise((resolve) => {
        client.once('message', resolve);
        client.send({ port, count });
      });
    await measure({ unit: 'request', operations: 16_000, warmUp: 6000, multipleOf: atOnce, run: all });
    client.disconnect();
    server.close();
  });
}

if (process.argv[2] === 'upload') upload();
else serve();
