import { describe, expect, it } from 'vitest';
import { createPlaceOfTaking } from '../../../lib/capture/takers';

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

  it('stays where it is if the source is gone, a bundle, or not what runs', () => {
    const gone = createPlaceOfTaking(() => {
      throw new Error('not there');
    });
    expect(gone('/srv/app.js', END)).toEqual(END);
    const bundle = createPlaceOfTaking(() => HANDLER + ' '.repeat(1_000_000));
    expect(bundle('/srv/app.js', END)).toEqual(END);
    const transformed = createPlaceOfTaking(() => HANDLER);
    expect(transformed('/srv/app.ts', END)).toEqual(END);
  });
});
