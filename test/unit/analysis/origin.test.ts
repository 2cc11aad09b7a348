import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClassifier, createPackageFinder } from '../../../lib/analysis/origin';
import { projectRoots } from '../../../lib/analysis/project-roots';

const nothing = () => null;
const classify = (file: string, rules = {}) => createClassifier({ cwd: '/srv/app', ...rules }, nothing)(file);

describe('whose code a file is', () => {
  it.each([
    ['/srv/app/server.js', 'user', null],
    ['/elsewhere/tool.js', 'user', null],
    ['[eval]', 'user', null],
    ['evalmachine.<anonymous>', 'user', null],
    ['', 'user', null],
    ['node:internal/streams/readable', 'node', null],
    ['wasm://wasm/0011aabb', 'native', null],
    ['/srv/app/node_modules/got/dist/index.js', 'dependency', 'got'],
    ['/srv/app/node_modules/@acme/client/index.js', 'dependency', '@acme/client'],
    ['/srv/app/node_modules/a/node_modules/b/index.js', 'dependency', 'b'],
    ['/srv/app/node_modules/a/node_modules/@x/b/lib/c.js', 'dependency', '@x/b'],
    ['/srv/app/node_modules/.pnpm/undici@6.1.0/node_modules/undici/index.js', 'dependency', 'undici'],
    ['/srv/app/node_modules/.pnpm/@a+b@1.0.0_c@2/node_modules/@a/b/i.js', 'dependency', '@a/b'],
    [
      '/srv/app/.yarn/cache/left-pad-npm-1.3.0-x.zip/node_modules/left-pad/index.js',
      'dependency',
      'left-pad',
    ],
    ['/srv/app/.yarn/__virtual__/x-virtual-1/0/cache/x.zip/node_modules/x/i.js', 'dependency', 'x'],
    ['/usr/lib/node_modules/pm2/lib/God.js', 'dependency', 'pm2'],
    ['C:\\app\\node_modules\\ws\\lib\\receiver.js', 'dependency', 'ws'],
    ['C:\\app\\src\\a.js', 'user', null],
    ['/srv/app/my_node_modules/x/a.js', 'user', null],
    ['/srv/app/node_modules_old/x/a.js', 'user', null],
    ['webpack://app/./src/a.ts', 'user', null],
    ['webpack:///./node_modules/got/index.js', 'dependency', 'got'],
    ['webpack://app/webpack/runtime/load script', 'dependency', 'webpack'],
    ['webpack://app/external commonjs "fs"', 'dependency', 'webpack'],
  ])('says that %j is %s code of package %s', (file, origin, name) => {
    expect(classify(file)).toEqual({ origin, package: name });
  });

  it('counts a program that is itself installed as user code, its own dependencies not', () => {
    const roots = projectRoots('/usr/lib/node_modules/@acme/cli/bin/cli.js', '/home/me');
    expect(roots).toEqual(['/home/me', '/usr/lib/node_modules/@acme/cli']);
    const installed = createClassifier({ cwd: '/home/me', roots }, nothing);
    expect(installed('/usr/lib/node_modules/@acme/cli/lib/a.js').origin).toBe('user');
    expect(installed('/usr/lib/node_modules/@acme/cli/node_modules/ws/i.js')).toEqual({
      origin: 'dependency',
      package: 'ws',
    });
    expect(installed('/usr/lib/node_modules/@acme/cli-helper/i.js')).toEqual({
      origin: 'dependency',
      package: '@acme/cli-helper',
    });
    expect(installed('/usr/lib/node_modules/npm/lib/npm.js').origin).toBe('dependency');
  });

  it('counts a working directory below node_modules as user code', () => {
    const roots = projectRoots('/a/node_modules/x/test.js', '/a/node_modules/x/sub');
    expect(createClassifier({ cwd: '/', roots }, nothing)('/a/node_modules/x/b.js').origin).toBe('user');
  });

  it('lets globs of the user win over those of dependencies, and both over the default', () => {
    const rules = {
      user: ['node_modules/mine/**', '/opt/both/**'],
      dependency: ['vendor/', '/opt/**', 'node_modules/mine/**'],
    };
    expect(classify('/srv/app/node_modules/mine/a.js', rules)).toEqual({ origin: 'user', package: 'mine' });
    expect(classify('/srv/app/node_modules/other/a.js', rules).origin).toBe('dependency');
    expect(classify('/srv/app/vendor/deep/a.js', rules).origin).toBe('dependency');
    expect(classify('/opt/a.js', rules).origin).toBe('dependency');
    expect(classify('/opt/both/a.js', rules).origin).toBe('user');
    expect(classify('/srv/app/src/a.js', rules).origin).toBe('user');
  });

  it('does not let globs reach into Node', () => {
    expect(classify('node:fs', { user: ['**'] }).origin).toBe('node');
  });
});

describe('the package of a file outside node_modules', () => {
  let folder = '';
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-origin-'));
    const write = (file: string, content: string) => {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), content);
    };
    write('package.json', '{"name":"monorepo"}');
    write('packages/api/package.json', '{"name":"@acme/api"}');
    write('packages/api/dist/package.json', '{"type":"commonjs"}');
    write('packages/broken/package.json', '{"name":');
    write('packages/empty/package.json', '{"name":""}');
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['server.js', 'monorepo'],
    ['packages/api/src/deep/a.js', '@acme/api'],
    ['packages/api/dist/a.js', '@acme/api'],
    ['packages/broken/a.js', 'monorepo'],
    ['packages/empty/a.js', 'monorepo'],
  ])('finds that of %s', (file, expected) => {
    expect(createPackageFinder()(path.join(folder, file))).toBe(expected);
    const classifier = createClassifier({ cwd: folder });
    expect(classifier(path.join(folder, file))).toEqual({ origin: 'user', package: expected });
  });

  it('is null for what is no path', () => {
    expect(createPackageFinder()('[eval]')).toBeNull();
  });
});
