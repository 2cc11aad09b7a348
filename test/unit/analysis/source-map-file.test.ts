import { describe, expect, it } from 'vitest';
import { findSourceMapUrl } from '../../../lib/analysis/source-map-file';

describe('finding the comment that names a source map', () => {
  it.each<[string, string | null]>([
    ['x()\n//# sourceMappingURL=a.js.map', 'a.js.map'],
    ['x()\n//# sourceMappingURL=a.js.map\n\n', 'a.js.map'],
    ['x()\r\n//# sourceMappingURL=a.js.map\r\n', 'a.js.map'],
    ['x()\n//@ sourceMappingURL=old.map', 'old.map'],
    ['x() //# sourceMappingURL=same-line.map', 'same-line.map'],
    ['x()\n/*# sourceMappingURL=block.map */\n', 'block.map'],
    ['//# sourceMappingURL=first.map\n//# sourceMappingURL=last.map\n', 'last.map'],
    ['//# sourceMappingURL=a.map\n//# sourceURL=b.js\n/* end */\n', 'a.map'],
    ['//# sourceMappingURL=data:application/json;base64,e30=', 'data:application/json;base64,e30='],
    ['//# sourceMappingURL=inner.map\nx()\n', null],
    ['var comment = "//# sourceMappingURL=" + url;\n', null],
    ['var comment = "//# sourceMappingURL=not.map";\n', null],
    ["var a = '//# sourceMappingURL=x';\n//# sourceMappingURL=real.map", 'real.map'],
    ['//# sourceMappingURL=real.map\n//# sourceMappingURL=\n', 'real.map'],
    ['//# sourceMappingURL=two words\n', null],
    ['// sourceMappingURL=plain.map\n', null],
    ['', null],
    ['sourceMappingURL=x', null],
  ])('%j names %j', (code, expected) => {
    expect(findSourceMapUrl(code)).toBe(expected);
  });

  it('stays quick on code that is full of what looks like one', () => {
    const startMs = performance.now();
    expect(findSourceMapUrl('f("//# sourceMappingURL=" + x);\n'.repeat(50_000))).toBeNull();
    expect(
      findSourceMapUrl(`x\n//# sourceMappingURL=data:application/json;base64,${'A'.repeat(30_000_000)}`),
    ).not.toBeNull();
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});
