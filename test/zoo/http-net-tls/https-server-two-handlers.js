// An https server whose two handlers share keep-alive TLS connections; one keeps the reports that it is sent.
'use strict';

const { readFileSync } = require('node:fs');
const https = require('node:https');
const path = require('node:path');
const { ca, startPeer } = require('../peers/peers');

const key = readFileSync(path.join(__dirname, '../peers/localhost-key.pem'));

class CrashReports {
  #received = new Map(); // RETAINER name=received

  handle(request, response) {
    const report = [];
    this.#received.set(this.#received.size, report);
    request.on('data', (chunk) => report.push(chunk)); // OWNER
    request.on('end', () => response.end('thanks'));
  }

  get bytes() {
    return [...this.#received.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

class UsagePings {
  #bytes = 0;

  handle(request, response) {
    request.on('data', (chunk) => {
      this.#bytes += chunk.length;
    });
    request.on('end', () => response.end(String(this.#bytes)));
  }
}

const crashReports = new CrashReports();
const usagePings = new UsagePings();
const server = https.createServer({ key, cert: ca }, (request, response) => {
  (request.url === '/crashes' ? crashReports : usagePings).handle(request, response);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/usage', '/crashes'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 220_000, rounds: 44, connections: 2, tls: true });
  await uploader.finished;
  server.close();
});

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: crashReports.bytes })));
