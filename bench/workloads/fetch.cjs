// Bodies of 1 MiB streamed through fetch from a server in another process and let go: the story of the README without
// its leak.
const { fork } = require('node:child_process');
const http = require('node:http');
const { measure } = require('../measure.cjs');

const bodyBytes = 1 << 20;
const atOnce = 8;

function serve() {
  const body = Buffer.alloc(bodyBytes, 'x');
  const server = http.createServer((_request, response) => response.end(body));
  // A client that some profiler slows down must not lose its connections.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.once('disconnect', () => process.exit());
}

async function stream(url, count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const response = await fetch(url);
    for await (const chunk of response.body) bytes += chunk.length;
  }
  if (bytes !== count * bodyBytes) throw new Error(`received ${bytes} bytes`);
}

function client() {
  const server = fork(__filename, ['serve'], { execArgv: [], env: { ...process.env, LD_PRELOAD: '' } });
  server.once('message', async (port) => {
    const url = `http://127.0.0.1:${port}/`;
    const all = (count) => Promise.all(Array.from({ length: atOnce }, () => stream(url, count / atOnce)));
    await measure({ unit: 'MiB', operations: 640, warmUp: 192, multipleOf: atOnce, run: all });
    server.disconnect();
  });
}

if (process.argv[2] === 'serve') serve();
else client();
