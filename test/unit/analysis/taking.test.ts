import { describe, expect, it } from 'vitest';
import { findTaking } from '../../../lib/analysis/taking';

/** What stands where the handler that has `at` in it takes what it was handed. */
function takenIn(text: string, at: string): string | null {
  const before = text.slice(0, text.indexOf(at)).split('\n');
  const taking = findTaking(text, before.length, (before.at(-1)?.length ?? 0) + 1);
  if (taking === null) return null;
  const line = text.split('\n')[taking.line - 1] ?? '';
  return line.slice(taking.column - 1);
}

describe('the line on which a handler takes what it was handed', () => {
  it.each([
    ['(req, res) => {\n  kept.push(req.body);\n  res.end();\n}', 'req.body);'],
    ['(req, res) => {\n  kept.push(req.file.buffer);\n  res.end();\n}', 'req.file.buffer);'],
    ['(ctx, res) => {\n  last = ctx.request.body;\n  res.end();\n}', 'ctx.request.body;'],
    ['(req, res) => {\n  const { body } = req;\n  kept.push(body);\n  res.end();\n}', '{ body } = req;'],
    ['({ body }, res) => {\n  kept.push(body);\n  res.end();\n}', 'body);'],
    ['({ body: text }, res) => {\n  kept.push({ text });\n  res.end();\n}', 'text });'],
    ['(req, res) => {\n  if (!req.body) return;\n  kept.push(req.body);\n  res.end();\n}', 'req.body);'],
    ['(req, res) => {\n  log(req.body.length > 0);\n  kept.push(req.body);\n  res.end();\n}', 'req.body);'],
    ['(req, res) => {\n  Buffer.isBuffer(req.body);\n  kept.push(req.body);\n  res.end();\n}', 'req.body);'],
    ['(req, res) => {\n  req.body = null;\n  kept.push(req.body);\n  res.end();\n}', 'req.body);'],
    ['(req, res) => {\n  kept.push(req.body);\n  later(() => {\n    res.end();\n  });\n}', 'req.body);'],
  ])('is found in %j', (handler, taking) => {
    expect(takenIn(`app.post('/', ${handler});`, 'res.end')).toBe(taking);
  });

  it('is where it is only looked at, if it is nowhere more', () => {
    expect(takenIn('(req, res) => {\n  send(req.body.length);\n  res.end();\n}', 'res.end')).toBe(
      'req.body.length);',
    );
  });

  it('is found from the beginning of an asynchronous handler', () => {
    expect(takenIn('async function keep(req) {\n  kept.push(req.body);\n}', '(req)')).toBe('req.body);');
    expect(takenIn('route(async (req) => {\n  kept.push(req.body);\n})', 'async')).toBe('req.body);');
  });

  it.each([
    ['code that was handed nothing of the kind', '(req, res) => {\n  res.end();\n}'],
    ['a body of its own', '(req, res) => {\n  keep(other.body);\n  res.end();\n}'],
    ['a body that it sets', '(req, res) => {\n  req.body = read(req);\n  res.end();\n}'],
    ['what is no JavaScript', '(req: Request, res) => {\n  keep(req.body);\n  res.end();\n}'],
  ])('is not made up for %s', (_, text) => {
    expect(takenIn(text, 'res.end')).toBeNull();
  });
});
