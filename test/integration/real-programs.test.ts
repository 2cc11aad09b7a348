// Programs from npm that nobody here wrote run traced as they run plain: a bundler that builds a project, and a static
// file server under load. Both times the dump names the line of theirs that handles the bytes.
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { topSites } from '../../lib/analysis/top';
import type { Dump } from '../../lib/dump/format';
import { readDump } from '../../lib/dump/read';
import {
  type ChildOptions,
  type ChildResult,
  isStressed,
  packageFolder,
  runCli,
  runNode,
  temporaryFolder,
} from './support';

const installed = (...parts: string[]) => path.join(packageFolder, 'node_modules', ...parts);

/** Runs a program plain or, into a folder of dumps, traced. */
function runProgram(args: string[], dumps: string | null, options: ChildOptions): Promise<ChildResult> {
  return dumps === null
    ? runNode(args, options)
    : runCli(['run', '--quiet', '--out', dumps, ...args], options);
}

function onlyDumpIn(folder: string): Dump {
  const names = fs.readdirSync(folder);
  expect(names).toHaveLength(1);
  return readDump(path.join(folder, names[0] ?? ''));
}

describe('rollup', () => {
  it('builds the same bundle of axios, and is shown to write it', async () => {
    const output = temporaryFolder();
    const dumps = temporaryFolder();
    const bundle = path.join(output, 'bundle.js');
    const args = [
      installed('rollup', 'dist', 'bin', 'rollup'),
      'index.js',
      '--file',
      bundle,
      '--format',
      'cjs',
    ];
    const build = async (folder: string | null) => {
      const result = await runProgram([...args, '--silent'], folder, { cwd: installed('axios') });
      return { ...result, bundle: fs.readFileSync(bundle, 'utf8') };
    };
    const plain = await build(null);
    expect(plain).toMatchObject({ code: 0, signal: null });
    expect(plain.bundle.length).toBeGreaterThan(100_000);
    expect(await build(dumps)).toEqual(plain);

    const rows = topSites(onlyDumpIn(dumps), { by: 'owner', limit: Number.POSITIVE_INFINITY });
    const writing = rows.find(({ owner }) => owner?.function === 'writeOutputFile');
    expect(writing?.owner?.file).toContain(path.join('rollup', 'dist'));
    expect(writing?.totalBytes).toBeGreaterThanOrEqual(plain.bundle.length);
  });
});

describe('http-server', () => {
  const FILE_BYTES = 300_000;
  const requests = isStressed ? 20 : 200;

  it.skipIf(process.platform === 'win32')(
    'serves the same under load, and is shown to read files',
    async () => {
      const www = temporaryFolder();
      fs.writeFileSync(path.join(www, 'file.bin'), Buffer.alloc(FILE_BYTES, 'abtrace'));
      const dumps = temporaryFolder();
      const serve = async (folder: string | null) => {
        const port = await freePort();
        const server = installed('http-server', 'bin', 'http-server');
        let load: Promise<unknown> | undefined;
        const onStdout = (text: string, child: ChildProcess) => {
          if (!text.includes('Hit CTRL-C')) return;
          load ??= loadServer(`http://127.0.0.1:${port}/file.bin`).finally(() => child.kill('SIGINT'));
        };
        const args = [server, www, '-p', String(port), '-a', '127.0.0.1'];
        const { code, signal, stdout, stderr } = await runProgram(args, folder, { onStdout });
        return {
          code,
          signal,
          stdout: normalize(stdout, port),
          stderr: normalize(stderr, port),
          answers: await load,
        };
      };
      const plain = await serve(null);
      expect(plain).toMatchObject({
        code: 0,
        signal: null,
        answers: { '2xx': requests, non2xx: 0, errors: 0 },
      });
      expect(await serve(dumps)).toEqual(plain);

      const [biggest] = topSites(onlyDumpIn(dumps), { by: 'owner', limit: 1 });
      expect(biggest?.owner?.file).toContain(path.join('http-server', 'lib', 'core', 'index.js'));
      expect(biggest?.totalBytes).toBeGreaterThanOrEqual(requests * FILE_BYTES);
      // A read stream asks for 64 KiB at a time, also for the end of the file.
      expect(biggest?.totalBytes).toBeLessThan(2 * requests * FILE_BYTES);
    },
  );

  /** Sends a bounded number of requests over four connections; returns how they were answered. */
  async function loadServer(url: string): Promise<unknown> {
    const autocannon = installed('autocannon', 'autocannon.js');
    const options = ['--amount', String(requests), '--connections', '4', '--json', '--no-progress'];
    const { stdout, stderr } = await runNode([autocannon, ...options, url]);
    const report: Record<string, unknown> = JSON.parse(stdout || `{"failed": ${JSON.stringify(stderr)}}`);
    return { '2xx': report['2xx'], non2xx: report.non2xx, errors: report.errors };
  }

  /** What a server prints without what differs from run to run: the port, times, its process id, how many requests. */
  function normalize(text: string, port: number): string {
    const lines = text
      .replaceAll(String(port), 'PORT')
      .replace(/\[\d{4}-[^\]]+\]/g, '[TIME]')
      .replace(/\(node:\d+\)/g, '(node:PID)')
      .split('\n');
    return lines.filter((line, index) => line !== lines[index - 1]).join('\n');
  }
});

/** A port that nobody listens on right now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
