// A sitemap checker on got: the screenshots of broken pages are kept as buffers, those of healthy ones are not.
import http from 'node:http';
import got from 'got';
import { startPeer } from '../peers/peers.js';

const agent = new http.Agent({ keepAlive: true });
const client = got.extend({ agent: { http: agent }, retry: { limit: 1 } });

const report = { screenshots: [] }; // RETAINER name=screenshots

async function captureBroken(url) {
  const screenshot = await client(url).buffer(); // OWNER
  report.screenshots.push({ url, screenshot });
}

async function captureHealthy(url) {
  const screenshot = await client(url).buffer();
  return screenshot.length;
}

process.on('exit', () => {
  const bytes = report.screenshots.reduce((sum, { screenshot }) => sum + screenshot.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});

const server = await startPeer('http-server');
for (let page = 0; page < 40; page += 1) {
  const base = `http://127.0.0.1:${server.port}`;
  await captureBroken(`${base}/broken/${page}?bytes=220000`);
  await captureHealthy(`${base}/healthy/${page}?bytes=220000`);
}
agent.destroy();
await server.close();
