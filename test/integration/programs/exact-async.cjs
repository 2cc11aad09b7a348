// Everything asynchronous that brings bytes, many at a time: files, sockets, pipes, HTTP, streams old and web,
// compression, cryptography, blobs, ports. The tracer's sum is held against Node's while it runs and after it.
// Arguments: rounds.
const { abtrace, changeOf, collectGarbage, dropsOf, exactBytesOf, report } = require('./lib/tracer.cjs');
const { Blob } = require('node:buffer');
const { execFile } = require('node:child_process');
const crypto = require('node:crypto');
const dgram = require('node:dgram');
const events = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const net = require('node:net');
const stream = require('node:stream');
const { promisify } = require('node:util');
const { BroadcastChannel, MessageChannel } = require('node:worker_threads');
const zlib = require('node:zlib');

const rounds = Number(process.argv[2]);
/** @type {unknown[]} */
const kept = [];
const keep = (/** @type {unknown} */ value) => {
  kept[Math.floor(Math.random() * 300)] = value;
};
const payload = Buffer.alloc(30_000, 'payload');

async function collect(/** @type {AsyncIterable<unknown>} */ source) {
  for await (const chunk of source) keep(chunk);
}

const servers = {
  echo: net.createServer((socket) => socket.pipe(socket)),
  http: http.createServer((request, response) => request.pipe(response)),
  http2: http2.createServer((_request, response) => response.end(payload)),
};
const portOf = (/** @type {net.Server} */ server) => /** @type {net.AddressInfo} */ (server.address()).port;

const activities = {
  readFile: async () => keep(await fs.promises.readFile(__filename)),
  readStream: () => collect(fs.createReadStream(__filename, { highWaterMark: 1000 })),
  fileHandle: async () => {
    const handle = await fs.promises.open(__filename);
    keep((await handle.read({ buffer: Buffer.alloc(700) })).buffer);
    await handle.close();
  },
  gzip: async () => keep(await promisify(zlib.gunzip)(await promisify(zlib.gzip)(payload))),
  gzipStream: () => collect(stream.Readable.from([payload, payload]).pipe(zlib.createGzip())),
  randomBytes: async () => keep(await promisify(crypto.randomBytes)(3000)),
  digest: async () => keep(await crypto.subtle.digest('SHA-256', payload)),
  encrypt: async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, ['encrypt']);
    keep(await crypto.subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, key, payload));
    keep(await crypto.subtle.exportKey('raw', key));
  },
  scrypt: async () => keep(await promisify(crypto.scrypt)('password', 'salt', 64)),
  blob: async () => {
    const blob = new Blob([payload, 'text']);
    keep(await blob.arrayBuffer());
    keep(await blob.slice(10, 2000).text());
    await collect(blob.stream());
  },
  response: async () =>
    keep(await new Response(stream.Readable.toWeb(stream.Readable.from([payload]))).arrayBuffer()),
  fetch: async () => {
    const url = `http://127.0.0.1:${portOf(servers.http)}/`;
    keep(await (await fetch(url, { method: 'POST', body: payload })).arrayBuffer());
    await collect((await fetch(url, { method: 'POST', body: 'small' })).body);
    keep(await fetch(url, { method: 'POST', body: 'never read' }));
  },
  httpRequest: async () => {
    const request = http.request({ port: portOf(servers.http), method: 'POST', agent: false });
    request.end(payload);
    const [response] = await events.once(request, 'response');
    await collect(response);
  },
  http2Request: async () => {
    const session = http2.connect(`http://127.0.0.1:${portOf(servers.http2)}`);
    await collect(session.request({ ':path': '/' }).end());
    session.close();
  },
  socket: async () => {
    const socket = net.connect(portOf(servers.echo));
    socket.end(payload);
    await collect(socket);
  },
  abandonedSocket: async () => {
    const socket = net.connect(portOf(servers.echo));
    socket.write(payload);
    await events.once(socket, 'data');
    socket.destroy();
  },
  datagram: async () => {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await events.once(socket, 'listening');
    socket.send(Buffer.alloc(900), socket.address().port, '127.0.0.1');
    keep(await events.once(socket, 'message'));
    socket.close();
  },
  ports: async () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage({ copy: payload, moved: new ArrayBuffer(4000) });
    keep(await events.once(port2, 'message'));
    port1.postMessage(new Uint8Array(1234));
    port1.close();
  },
  broadcast: async () => {
    const [a, b] = [new BroadcastChannel('exact'), new BroadcastChannel('exact')];
    const got = new Promise((resolve) => {
      b.onmessage = ({ data }) => resolve(data);
    });
    a.postMessage(new Uint8Array(2345));
    keep(await got);
    a.close();
    b.close();
  },
  webStreams: async () => {
    const source = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.enqueue(new Uint8Array(3000));
        controller.close();
      },
    });
    await collect(source.pipeThrough(new CompressionStream('gzip')));
  },
  textStreams: () =>
    collect(stream.Readable.toWeb(stream.Readable.from(['a', 'b'])).pipeThrough(new TextEncoderStream())),
};

async function main() {
  for (const server of Object.values(servers)) {
    server.listen(0, '127.0.0.1');
    await events.once(server, 'listening');
  }
  collectGarbage();
  const bytesAtStart = process.memoryUsage().arrayBuffers;
  abtrace.start({ thresholdBytes: 0 });
  const before = abtrace.dump();
  const checks = [];
  const check = () => {
    const dump = abtrace.dump({ gc: true });
    checks.push({
      nodeBytes: dump.memory.arrayBuffersBytes - bytesAtStart,
      tracedBytes: changeOf(before, dump),
      coverageBytes: dump.coverage.arrayBuffersBytes - dump.memory.arrayBuffersBytes,
      remainderBytes: dump.coverage.remainderBytes,
      siteBytes: exactBytesOf(dump) - dump.coverage.attributedBytes,
      negative: dump.sites.filter((site) => site.liveBytes < 0 || site.liveBytes > 2 ** 40).length,
    });
  };
  const child = promisify(execFile)(process.execPath, [
    '-e',
    'process.stdout.write(Buffer.alloc(200_000, "x"))',
  ]);
  for (let round = 0; round < rounds; round += 1) {
    const all = Promise.all(Object.values(activities).map((activity) => activity()));
    setImmediate(check);
    await all;
    check();
  }
  keep((await child).stdout);
  for (const server of Object.values(servers)) server.close();
  servers.http.closeAllConnections();
  kept.length = 0;
  await new Promise((resolve) => setTimeout(resolve, 50));
  check();
  report({ checks, drops: dropsOf(abtrace.dump()), kinds: Object.keys(activities).length });
  process.exit();
}

main();
