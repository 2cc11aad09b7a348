// A TLS endpoint beside another: devices report telemetry to one, which queues it; the other one only counts.
'use strict';

const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');
const { ca, startPeer } = require('../peers/peers');

const credentials = { cert: ca, key: readFileSync(path.join(__dirname, '../peers/localhost-key.pem')) };

const telemetry = { queue: [] }; // RETAINER name=queue

function queueTelemetry(socket) {
  socket.on('data', (report) => telemetry.queue.push(report)); // OWNER
  socket.on('end', () => socket.end());
}

function countHeartbeats(socket) {
  let beats = 0;
  socket.on('data', () => {
    beats += 1;
  });
  socket.on('end', () => socket.end(String(beats)));
}

async function main() {
  const services = [tls.createServer(credentials, queueTelemetry), tls.createServer(credentials, countHeartbeats)];
  for (const service of services) {
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
  }
  const ports = services.map((service) => service.address().port);
  const devices = await startPeer('tcp-client', { ports, bytes: 450_000, rounds: 20, tls: true });
  await devices.finished;
  for (const service of services) service.close();
}

process.on('exit', () => {
  const bytes = telemetry.queue.reduce((sum, report) => sum + report.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
