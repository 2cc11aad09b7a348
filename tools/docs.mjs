// `npm run docs`: the API reference, made from the docstrings of what the package exports, as Markdown in api-docs.
// With --check it writes nothing, and fails if something public has no docstring, parameter or result described.
import fs from 'node:fs';
import path from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { ApiModel } from '@microsoft/api-extractor-model';
import { cache, filesBelow, root, runPackage, runTool, StepError, step } from './steps.mjs';

/** @typedef {{title: string, types: string, pages: string}} Entry */
/** @typedef {import('@microsoft/api-extractor-model').ApiItem} ApiItem */

/**
 * The entry points of package.json that have an API, and where their pages go.
 * @type {Entry[]}
 */
const entries = [
  { title: 'abtrace', types: 'index.d.ts', pages: '.' },
  { title: 'abtrace/metrics', types: 'metrics/index.d.ts', pages: 'metrics' },
];
const output = path.join(root, 'api-docs');

await runTool(() => {
  for (const entry of entries) step(`reading the docstrings of ${entry.title}`, () => extract(entry));
  const problems = entries.flatMap(findProblems);
  if (problems.length > 0)
    throw new StepError(`not described:\n${problems.map((one) => `  ${one}`).join('\n')}`);
  if (process.argv.includes('--check')) return;
  fs.rmSync(output, { recursive: true, force: true });
  for (const { title, pages } of entries) {
    step(`writing the pages of ${title}`, () =>
      runPackage('@microsoft/api-documenter/bin/api-documenter', [
        'markdown',
        '--input-folder',
        path.dirname(modelOf(pages)),
        '--output-folder',
        path.join(output, pages),
      ]),
    );
  }
  console.log(`${filesBelow('api-docs', /\.md$/).length} pages; the first is api-docs/abtrace.md`);
});

/** @param {string} pages */
function modelOf(pages) {
  return path.join(cache, 'api', pages === '.' ? 'abtrace' : pages, 'abtrace.api.json');
}

/**
 * Writes what an entry point exports, with its docstrings, as JSON.
 * @param {Entry} entry
 */
function extract({ types, pages }) {
  const none = { logLevel: ExtractorLogLevel.None };
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: path.join(root, 'dist', types),
      compiler: { tsconfigFilePath: path.join(root, 'tsconfig.json'), skipLibCheck: true },
      apiReport: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath: modelOf(pages), includeForgottenExports: true },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: none },
        extractorMessageReporting: { default: none },
        tsdocMessageReporting: { default: none },
      },
    },
  });
  const { errorCount } = Extractor.invoke(config, { localBuild: true, messageCallback: silence });
  if (errorCount > 0) throw new StepError(`${types} cannot be read`);
}

/** @param {import('@microsoft/api-extractor').ExtractorMessage} message */
function silence(message) {
  // The compiler that comes with the extractor is older than ours, which it says at length.
  if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
}

/**
 * What is exported and not described.
 * @param {Entry} entry
 * @returns {string[]}
 */
function findProblems({ title, pages }) {
  const items = new ApiModel().loadPackage(modelOf(pages)).entryPoints[0]?.members ?? [];
  if (items.length === 0) throw new StepError(`${title} exports nothing`);
  const isPublic = (/** @type {ApiItem} */ item) => !('isExported' in item) || item.isExported === true;
  return items
    .filter(isPublic)
    .flatMap((item) => problemsOf(item).map((problem) => `${title}: ${item.displayName}${problem}`));
}

/**
 * @param {ApiItem} item
 * @returns {string[]}
 */
function problemsOf(item) {
  const { kind } = item;
  const comment =
    'tsdocComment' in item
      ? /** @type {{returnsBlock?: unknown} | undefined} */ (item.tsdocComment)
      : undefined;
  if (comment === undefined) return [': no docstring'];
  if (kind !== 'Function' || !('parameters' in item)) return [];
  const parameters = /** @type {{name: string, tsdocParamBlock?: unknown}[]} */ (item.parameters);
  const missing = parameters
    .filter(({ tsdocParamBlock }) => tsdocParamBlock === undefined)
    .map(({ name }) => `(${name}): no @param`);
  const result =
    'returnTypeExcerpt' in item ? /** @type {{text: string}} */ (item.returnTypeExcerpt).text : 'void';
  if (result !== 'void' && comment.returnsBlock === undefined) missing.push(': no @returns');
  return missing;
}
