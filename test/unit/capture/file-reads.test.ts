import { describe, expect, it } from 'vitest';
import { isFileRead } from '../../../lib/capture/file-reads';

describe("requests of Node's own reads of files", () => {
  it('are told by their type, and by having no class', () => {
    class FSReqCallback {}
    expect(isFileRead('FSREQCALLBACK', {})).toBe(true);
    expect(isFileRead('FSREQCALLBACK', new FSReqCallback())).toBe(false);
    expect(isFileRead('PROMISE', {})).toBe(false);
    expect(isFileRead('FSREQCALLBACK', Object.create(null))).toBe(false);
  });
});
