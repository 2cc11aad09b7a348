// Makes a fresh clone ready: installs packages, compiles TypeScript, builds the addon for the Node that runs.
// Does only what is missing or stale, and uses nothing that it would have to install first.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureAddon, removeStaleAddons, runningNode } from './addon.mjs';
import { bundleReportPage } from './report-page.mjs';
import {
  cache,
  filesBelow,
  hashFiles,
  readIfThere,
  root,
  run,
  runPackage,
  runTool,
  StepError,
  step,
  succeeds,
  withLock,
} from './steps.mjs';

const oldestMajor = 20;

await runTool(() => {
  if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
    throw new StepError(`Node ${oldestMajor} or newer is needed; this is ${process.version}.`);
  }
  withLock(() => {
    installPackages();
    compileTypeScript();
    removeStaleAddons();
    ensureAddon(runningNode());
  });
});

function installPackages() {
  if (packagesAreCurrent()) return;
  // Scripts are left out: the addon is built below, and no other package here needs one to work.
  step('installing packages (npm ci)', () =>
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']),
  );
}

/** Compares what package-lock.json wants with what npm noted in node_modules when it last installed. */
function packagesAreCurrent() {
  const wanted = readIfThere(path.join(root, 'package-lock.json'));
  const installed = readIfThere(path.join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null)
    throw new StepError('package-lock.json is missing: this is not a whole checkout of abtrace.');
  if (installed === null) return false;
  const there = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(wanted).packages).every(
    ([place, { version, optional }]) => place === '' || optional || there[place]?.version === version,
  );
}

/**
 * Compiles lib/ to dist/, and bundles the report page into it. The new folder replaces the old one whole, so that no file of a deleted source stays.
 * Type errors are shown but do not stop the set-up: trying a half-done change is fair, and the check refuses it.
 */
function compileTypeScript() {
  const stamp = hashFiles([
    'tsconfig.json',
    'package-lock.json',
    'tools/report-page.mjs',
    'tools/setup.mjs',
    ...filesBelow('lib', /./),
  ]);
  const dist = path.join(root, 'dist');
  const stampFile = path.join(cache, 'dist-stamp');
  if (fs.existsSync(dist) && readIfThere(stampFile) === stamp) return;
  step('compiling TypeScript', () => {
    const fresh = path.join(cache, 'dist-new');
    fs.rmSync(fresh, { recursive: true, force: true });
    fs.rmSync(stampFile, { force: true });
    const clean = succeeds(() =>
      runPackage('typescript/bin/tsc', ['--project', 'tsconfig.json', '--outDir', fresh]),
    );
    if (!fs.existsSync(fresh)) throw new StepError('TypeScript wrote nothing.');
    writeDumpSchema(fresh);
    bundleReportPage(fresh);
    fs.rmSync(dist, { recursive: true, force: true });
    fs.renameSync(fresh, dist);
    if (clean) fs.writeFileSync(stampFile, stamp);
  });
}

/**
 * Publishes the schema of the dump format as `abtrace/dump.schema.json`: its source is TypeScript, lib/dump/format.ts.
 * @param {string} compiled folder of the compiled files
 */
function writeDumpSchema(compiled) {
  const require = createRequire(path.join(compiled, 'index.js'));
  const { defineDumpSchema } = require('./dump/format.js');
  const { Type } = require('@sinclair/typebox');
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...defineDumpSchema(Type) };
  fs.writeFileSync(path.join(compiled, 'dump.schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
}
