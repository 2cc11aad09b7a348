// Bundles the code and the style of the report page, with the libraries that it uses, into one file each. The result
// lies beside the compiled TypeScript and is published with it; what the libraries are licensed under comes along.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './steps.mjs';

/** Where the page starts. */
const entry = path.join(root, 'lib', 'report', 'html', 'page', 'main.tsx');
/** Below the folder of the compiled files; lib/report/html/render-report.ts reads them from there. */
const place = path.join('report', 'html', 'assets');

/**
 * Bundles the page.
 * @param {string} compiled folder of the compiled files
 */
export function bundleReportPage(compiled) {
  const require = createRequire(path.join(root, 'package.json'));
  const { buildSync } = require('esbuild');
  const folder = path.join(compiled, place);
  const { metafile } = buildSync({
    entryPoints: { page: entry },
    outdir: folder,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    charset: 'ascii',
    metafile: true,
    logLevel: 'error',
  });
  fs.writeFileSync(path.join(folder, 'licenses.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/**
 * The licences of the packages that files belong to.
 * @param {string[]} files relative to the checkout
 */
function licencesOf(files) {
  const packages = new Set(
    files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  );
  return [...packages]
    .sort()
    .map((name) => {
      const folder = path.join(root, 'node_modules', name);
      const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
      const licence = fs.readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      if (licence === undefined) throw new Error(`${name} has no licence file`);
      return `${name} ${version}\n\n${fs.readFileSync(path.join(folder, licence), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
