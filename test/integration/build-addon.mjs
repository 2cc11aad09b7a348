// Builds one of the tests' own addons for the Node that runs, unless it is there already, and prints the folder that
// it is in.
//
//   node test/integration/build-addon.mjs oracle|bringer
import fs from 'node:fs';
import path from 'node:path';
import { headersOf, runningNode } from '../../tools/addon.mjs';
import {
  cache,
  hashFiles,
  readIfThere,
  runPackage,
  runTool,
  StepError,
  withLock,
} from '../../tools/steps.mjs';

const sources = { oracle: ['binding.gyp', 'oracle.cc'], bringer: ['binding.gyp', 'bringer.cc'] };

await runTool(() => {
  const name = process.argv[2] ?? '';
  const files = sources[name];
  if (files === undefined) throw new StepError(`no addon of the tests has the name ${name}`);
  return withLock(() => {
    const node = runningNode();
    const folder = path.join(cache, 'test-addons', `${name}-abi${node.abi}`);
    const stamp = hashFiles(files.map((file) => path.join('test', 'integration', name, file)));
    const stampFile = path.join(folder, 'stamp');
    if (readIfThere(stampFile) !== stamp) {
      fs.mkdirSync(folder, { recursive: true });
      for (const file of files)
        fs.copyFileSync(path.join(import.meta.dirname, name, file), path.join(folder, file));
      const env = { ...process.env, ...headersOf(node) };
      runPackage('node-gyp/bin/node-gyp.js', ['configure', 'build'], { cwd: folder, env });
      fs.writeFileSync(stampFile, stamp);
    }
    console.log(path.join(folder, 'build', 'Release'));
  });
});
