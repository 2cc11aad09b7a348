import { describe, expect, it } from 'vitest';
import { createPlaceOfTaking, findTakingFrame } from '../../../lib/capture/takers';

const HANDLER = '(req, res) => {\n  kept.push(req.body);\n  res.end();\n}';
const END = { line: 3, column: 7 };
const TAKING = { line: 2, column: 13 };

describe('the frame of a handler that was handed a body', () => {
  it('is put where the handler takes it, by a source that is read once', () => {
    const reads: string[] = [];
    const placeOf = createPlaceOfTaking((file) => {
      reads.push(file);
      return HANDLER;
    });
    expect(placeOf('/srv/app.js', END)).toEqual(TAKING);
    expect(placeOf('/srv/app.js', { line: 1, column: 1 })).toEqual(TAKING);
    expect(reads).toEqual(['/srv/app.js']);
  });

  it('is not found if the source is gone, a bundle, or not what runs', () => {
    const gone = createPlaceOfTaking(() => {
      throw new Error('not there');
    });
    expect(gone('/srv/app.js', END)).toBeNull();
    const bundle = createPlaceOfTaking(() => HANDLER + ' '.repeat(1_000_000));
    expect(bundle('/srv/app.js', END)).toBeNull();
    const transformed = createPlaceOfTaking(() => HANDLER);
    expect(transformed('/srv/app.ts', END)).toBeNull();
  });

  it('is the one whose line has it in hand, not one that it has called', () => {
    const files = ['/srv/save.js', '/srv/app.js', '/srv/node_modules/x/x.js'];
    const sources = createPlaceOfTaking((file) =>
      file === '/srv/save.js'
        ? 'async function save(id, data) {\n  await null;\n  kept.set(id, data);\n}'
        : HANDLER,
    );
    const frames = [
      { file: 0, line: 2, column: 3, origin: 'user' as const },
      { file: 1, ...END, origin: 'user' as const },
      { file: 2, line: 1, column: 1, origin: 'dependency' as const },
    ];
    const find = (some: typeof frames | unknown[]) =>
      findTakingFrame(some as typeof frames, (file) => files[file] ?? '', sources);
    expect(find(frames)).toEqual({ at: 1, place: TAKING });
    expect(find(frames.slice(0, 1))).toBeNull();
    expect(find(frames.slice(2))).toBeNull();
  });
});
