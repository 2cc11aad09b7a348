// The story that abtrace began with, ten times smaller than `npm run story` plays it.
import path from 'node:path';
import { expect, it } from 'vitest';
import { packageFolder, runNode } from './support';

it('names the line that retains streamed bodies, and by how much they grow', async () => {
  const story = path.join(packageFolder, 'bench', 'story.mjs');
  const { code, stdout, stderr } = await runNode([story, '--gc', '--bytes', '292e6']);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
});
