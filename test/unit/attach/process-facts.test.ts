// What /proc says: sockets in its own notation, masks of signals, this very process.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  hasSignal,
  isRunning,
  listeningSockets,
  nameOf,
  parseSockets,
  readProcess,
} from '../../../lib/attach/process-facts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (address: string, state: string, inode: number) =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;

describe('parseSockets', () => {
  it('reads addresses of both versions, and only what listens', () => {
    const table =
      HEAD +
      line('0100007F:240D', '0A', 11) +
      line('00000000:0050', '0A', 12) +
      line('0100007F:240E', '01', 13) +
      line('00000000000000000000000001000000:240D', '0A', 14) +
      line('00000000000000000000000000000000:240D', '0A', 15) +
      line('0000000000000000FFFF00000100007F:1F90', '0A', 16);
    expect(parseSockets(table)).toEqual([
      { address: '127.0.0.1', port: 9229, inode: '11' },
      { address: '0.0.0.0', port: 80, inode: '12' },
      { address: '::1', port: 9229, inode: '14' },
      { address: '::', port: 9229, inode: '15' },
      { address: '127.0.0.1', port: 8080, inode: '16' },
    ]);
  });

  it('finds nothing in an empty table', () => {
    expect(parseSockets('')).toEqual([]);
    expect(parseSockets(HEAD)).toEqual([]);
  });
});

it('a mask of signals has signal 1 in its lowest bit', () => {
  expect([1, 2, 10, 64].map((signal) => hasSignal(0x8000_0000_0000_0201n, signal))).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

describe.runIf(process.platform === 'linux')('this process', () => {
  it('is running, with its parent, user and start', () => {
    const facts = readProcess(process.pid);
    expect(facts).toMatchObject({ pid: process.pid, threadGroup: process.pid, parent: process.ppid });
    expect(facts?.userId).toBe(process.geteuid?.());
    expect(facts && isRunning(facts)).toBe(true);
    expect(facts && isRunning({ ...facts, startTime: '1' })).toBe(false);
    expect(facts && nameOf(facts)).toMatch(/node/);
  });

  it('listens where it says that it does', async () => {
    const server = http.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(listeningSockets(process.pid)).toContainEqual(
      expect.objectContaining({ address: '127.0.0.1', port }),
    );
    await new Promise((resolve) => server.close(resolve));
    expect(listeningSockets(process.pid).map((socket) => socket.port)).not.toContain(port);
  });

  it('is not one that never was', () => {
    expect(readProcess(2 ** 30)).toBeNull();
  });
});
