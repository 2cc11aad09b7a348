// The hunt of docs/hunt.md, played: its commands work in their order, and find what it says that they find.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageFolder, runCli, temporaryFolder } from './support';

const guide = fs.readFileSync(path.join(packageFolder, 'docs', 'hunt.md'), 'utf8');
const folder = temporaryFolder();

/** The commands of abtrace in the guide's blocks, as arguments; files of the repository are found from anywhere. */
function readCommands(): string[][] {
  const blocks = [...guide.matchAll(/^```\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
  const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => /^abtrace [a-z]+ /.test(line));
  return lines.map((line) =>
    line
      .split(' ')
      .slice(1)
      .flatMap((word) => (word.includes('*') ? matching(word) : [word]))
      .map((word) => (word.startsWith('docs/') ? path.join(packageFolder, word) : word)),
  );
}

/** What a shell makes of `dumps/*-exit.json`, when it comes to that. */
function matching(pattern: string): string[] {
  const [directory = '', end = ''] = pattern.split('/*');
  const all = path.join(folder, directory);
  if (!fs.existsSync(all)) return [pattern];
  return fs
    .readdirSync(all)
    .filter((name) => name.endsWith(end))
    .map((name) => path.join(directory, name));
}

describe('docs/hunt.md', () => {
  it('has commands that work, one after another, and find the line that it names', async () => {
    const outputs: string[] = [];
    const codes: (number | null)[] = [];
    for (const index of readCommands().keys()) {
      // Files that a command made are found when the next is read.
      const args = readCommands()[index] ?? [];
      const { code, stdout, stderr } = await runCli(args, { cwd: folder });
      codes.push(code);
      outputs.push(`${stdout}${stderr}`);
    }
    expect(codes).toEqual([0, 0, 0, 0, 3]);
    const [, grown, biggest, , limit] = outputs;
    expect(guide).toContain('cause  fetchCached  docs/hunt/cache.js:28:33');
    // The first dump may come when some of it is there already.
    expect(grown).toMatch(/\+[3-6]\.\d\d MB .* cause {2}fetchCached(?:\n)? .*cache\.js:28:33/);
    expect(biggest).toMatch(/6\.00 MB .* 40 .* cause {2}fetchCached(?:\n)? .*cache\.js:28:33/);
    expect(limit).toMatch(/^abtrace: limit exceeded: live bytes grew by [\d.]+ MB, more than 1\.00 MB$/m);
  });
});
