// Builds the tests' own addon unless it is there already, and prints its path.
import fs from 'node:fs';
import path from 'node:path';
import { headersOf, runningNode } from '../../../tools/addon.mjs';
import { cache, hashFiles, readIfThere, runPackage, runTool, withLock } from '../../../tools/steps.mjs';

const source = import.meta.dirname;
const folder = path.join(cache, 'oracle');
const built = path.join(folder, 'build', 'Release', 'oracle.node');
const files = ['binding.gyp', 'oracle.cc'];

await runTool(() =>
  withLock(() => {
    const stamp = hashFiles(files.map((file) => path.join('test', 'integration', 'oracle', file)));
    const stampFile = path.join(folder, 'stamp');
    if (!fs.existsSync(built) || readIfThere(stampFile) !== stamp) {
      fs.mkdirSync(folder, { recursive: true });
      for (const file of files) fs.copyFileSync(path.join(source, file), path.join(folder, file));
      const env = { ...process.env, ...headersOf(runningNode()) };
      runPackage('node-gyp/bin/node-gyp.js', ['configure', 'build'], { cwd: folder, env });
      fs.writeFileSync(stampFile, stamp);
    }
    console.log(built);
  }),
);
